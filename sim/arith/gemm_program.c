/* The order of the terms of a dot product and its roundings, as steps of a kernel. */
#include <stdlib.h>

#include "sim/arith/gemm_parts.h"

static void step(struct program *p, uint32_t terms)
{
    p->steps[p->n_steps++] = (struct kernel_gemm_step){terms, false};
}

/* Group number s of `range` terms from `first` on (see place() of dot_fused.c). */
static void group(struct program *p, const struct mac_spec *m, size_t first, size_t range, size_t s)
{
    uint32_t taken = 0;
    for (size_t i = 0; i < m->group; i++) {
        size_t half = s % 2, at = s * m->group + i;
        if (m->take == MAC_TAKE_PAIRS)
            at = (s - half) * m->group + i / 2 * 4 + 2 * half + i % 2;
        if (at < range) {
            p->order[p->n++] = (uint32_t)(first + at);
            taken++;
        }
    }
    if (taken)
        step(p, taken);
}

static void fused(struct program *p, const struct mac_spec *m, size_t first, size_t range)
{
    size_t pair = m->take == MAC_TAKE_PAIRS ? 2 * m->group : m->group;
    for (size_t s = 0; s < (range + pair - 1) / pair * (pair / m->group); s++)
        group(p, m, first, range, s);
}

static void sequential(struct program *p, size_t first, size_t stride, size_t range)
{
    for (size_t i = 0; i < range; i++) {
        p->order[p->n++] = (uint32_t)(first + i * stride);
        step(p, 1);
    }
}

static void ends(struct program *p)
{
    p->steps[p->n_steps - 1].ends = true;
}

static void split(struct program *p, const struct mac_spec *m, size_t n)
{
    size_t length = (n + m->parts - 1) / m->parts;
    for (size_t part = 0; part < m->parts; part++) {
        bool interleaved = m->layout == MAC_INTERLEAVED;
        size_t from = interleaved ? part : part * length;
        if (from >= n)
            continue;
        if (interleaved)
            sequential(p, from, m->parts, (n - part - 1) / m->parts + 1);
        else
            sequential(p, from, 1, n - from < length ? n - from : length);
        ends(p);
    }
}

static void accumulate(struct program *p, const struct mac_spec *m, size_t first, size_t range)
{
    if (m->order == MAC_FUSED)
        fused(p, m, first, range);
    else
        sequential(p, first, 1, range);
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
