/* The order of the terms of a dot product and its roundings, as steps of a kernel. */
#include <stdlib.h>

#include "sim/arith/dot_parts.h"
#include "sim/arith/gemm_parts.h"

static void step(struct program *p, uint32_t terms)
{
    p->steps[p->n_steps++] = (struct kernel_gemm_step){terms, false};
}

/* Groups of `range` terms from `first` on. */
static void fused(struct program *p, const struct mac_spec *m, size_t first, size_t range)
{
    const size_t steps = dot_fused_steps(m, range);
    for (size_t s = 0; s < steps; s++) {
        uint32_t taken = 0;
        for (size_t i = 0; i < m->group; i++) {
            size_t at = dot_fused_place(m, s, i);
            if (at >= range)
                continue;
            p->order[p->n++] = (uint32_t)(first + at);
            taken++;
        }
        if (taken)
            step(p, taken);
    }
}

static void sequential(struct program *p, struct dot_range range)
{
    for (size_t i = 0; i < range.n; i++) {
        p->order[p->n++] = (uint32_t)(range.first + i * range.stride);
        step(p, 1);
    }
}

static void ends(struct program *p)
{
    p->steps[p->n_steps - 1].ends = true;
}

static void split(struct program *p, const struct mac_spec *m, size_t n)
{
    for (size_t i = 0; i < m->parts; i++) {
        struct dot_range part = dot_part(m, (struct dot_range){0, 1, n}, i);
        if (!part.n)
            continue;
        sequential(p, part);
        ends(p);
    }
}

static void accumulate(struct program *p, const struct mac_spec *m, size_t first, size_t range)
{
    if (m->order == MAC_FUSED)
        fused(p, m, first, range);
    else
        sequential(p, (struct dot_range){first, 1, range});
}

bool program_make(struct program *p, const struct mac_spec *m, size_t n)
{
    *p = (struct program){.order = malloc((n + 1) * sizeof *p->order),
                          .steps = malloc((n + 1) * sizeof *p->steps)};
    if (!p->order || !p->steps)
        return false;
    if (m->order == MAC_EXACT) {
        for (size_t k = 0; k < n; k++)
            p->order[p->n++] = (uint32_t)k;
        step(p, (uint32_t)n);
    } else if (m->order == MAC_SPLIT)
        split(p, m, n);
    else if (!m->promote)
        accumulate(p, m, 0, n);
    else
        for (size_t first = 0; first < n; first += m->promote) {
            accumulate(p, m, first, n - first < m->promote ? n - first : m->promote);
            ends(p);
        }
    return true;
}

void program_free(struct program *p)
{
    free(p->order);
    free(p->steps);
}
