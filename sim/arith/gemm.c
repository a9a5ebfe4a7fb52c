#include "sim/arith/gemm.h"

#include <stdlib.h>

#include "sim/arith/dot_parts.h"
#include "sim/arith/gemm_parts.h"

/* --- what is served --- */

static enum kernel_beyond beyond(const struct mac_spec *m, const struct format *f)
{
    bool fixed = f->family == &family_int;
    return !fixed ? BEYOND_ODD : m->overflow == MAC_WRAP ? BEYOND_WRAP : BEYOND_CLAMP;
}

static bool wants_table(const struct gemm *g)
{
    return g->spec.product != product_find("exact");
}

static bool open_accumulators(struct gemm *g)
{
    const struct mac_spec *m = &g->inner;
    struct kernel_gemm *k = &g->kernel;
    if (m->order == MAC_EXACT)
        return true;
    k->nests = m->promote || m->order == MAC_SPLIT;
    k->rounds_products = m->order != MAC_FUSED && !m->fma;
    if (!kernel_accumulator_open(&k->acc, &m->acc, &m->round, beyond(m, &m->acc)))
        return false;
    k->outer = k->acc;
    return !m->promote ||
           kernel_accumulator_open(&k->outer, &m->outer, &m->outer_round, beyond(m, &m->outer));
}

static bool open_order(struct gemm *g)
{
    const struct mac_spec *m = &g->inner;
    struct kernel_gemm *k = &g->kernel;
    switch (m->order) {
    case MAC_EXACT:
        k->way = KERNEL_GEMM_BINS_WAY;
        return true;
    case MAC_SEQUENTIAL:
        k->way = m->fma ? KERNEL_GEMM_SUMMED : KERNEL_GEMM_ADDED;
        return true;
    case MAC_SPLIT:
        k->way = m->fma ? KERNEL_GEMM_SUMMED : KERNEL_GEMM_ADDED;
        return !m->promote;
    case MAC_FUSED:
        k->way = m->fraction ? KERNEL_GEMM_ALIGNED : KERNEL_GEMM_SUMMED;
        k->up = number_to_f64(number_pow2(m->fraction));
        k->down = number_to_f64(number_pow2(-m->fraction));
        k->floor = number_to_f64(number_pow2(-2 * PLAIN_EXPONENT));
        return m->presum == 1 && m->lanes != 2 && !m->join_fraction &&
               (!m->fraction || (m->align == ROUND_RTZ && !wants_table(g) && !k->acc.fixed &&
                                 !k->outer.fixed && m->fraction + 2 + log2_up(m->group + 1) <= SUM_BITS));
    default:
        return false;
    }
}

static bool serves(struct gemm *g)
{
    const struct mac_spec *m = &g->spec;
    bool inside = m->scales == MAC_SCALES_UNIT ||
                  (m->scales == MAC_SCALES_DEQUANTIZE && (g->in.a.scales || g->in.b.scales));
    if (mac_spec_is_stochastic(m) || g->in.n >= UINT32_C(1) << 31)
        return false;
    if (wants_table(g) && (g->in.a.format->bits > 8 || g->in.b.format->bits > 8 || inside))
        return false;
    return open_accumulators(g) && open_order(g);
}

/* --- opening --- */

/* Whether opening kernels takes less time than the definition would in their stead. */
static bool pays(const struct gemm *g)
{
    double products = (double)g->in.rows * (double)g->in.columns * (double)g->in.n;
    int bits = g->in.a.format->bits + g->in.b.format->bits; /* of tables 16 at most: see serves */
    return products > (wants_table(g) && bits <= 16 ? (double)(1 << bits) : 4096);
}

static size_t block_of(const struct gemm *g)
{
    if (!g->partials)
        return g->in.n;
    size_t a = g->in.a.scales->block, b = g->in.b.scales->block, block = a < b ? a : b;
    return block < g->in.n ? block : g->in.n;
}

static uint32_t *order_of(const struct gemm *g)
{
    uint32_t *order = malloc((g->in.n + 1) * sizeof *order);
    for (size_t block = 0, at = 0; order && block < g->blocks; block++)
        for (size_t k = 0; k < program_of(g, block)->n; k++)
            order[at++] = (uint32_t)(block * g->block + program_of(g, block)->order[k]);
    return order;
}

static bool open_data(struct gemm *g)
{
    const struct gemm_input *in = &g->in;
    g->block = block_of(g);
    g->blocks = g->block ? (in->n + g->block - 1) / g->block : !g->partials;
    size_t tail = g->blocks ? in->n - (g->blocks - 1) * g->block : 0;
    bool made = program_make(&g->whole, &g->inner, g->block);
    made &= program_make(&g->tail, &g->inner, tail);
    g->order = made ? order_of(g) : NULL;
    made &= g->order != NULL;
    made &= reader_open(&g->a, &g->spec, &in->a, in->rows, in->n);
    made &= reader_open(&g->b, &g->spec, &in->b, in->columns, in->n);
    if (made && wants_table(g)) {
        g->table = product_table_make(&g->spec, in->a.format, in->b.format, &g->extent, &g->kernel.mirrored);
        made = g->table != NULL;
    }
    g->kernel.table = g->table;
    return made;
}

struct gemm *gemm_open(const struct mac_spec *m, const struct gemm_input *in, const struct kernels *k)
{
    struct gemm *g = calloc(1, sizeof *g);
    if (!g)
        return NULL;
    g->spec = g->inner = *m;
    g->in = *in;
    g->partials = mac_spec_has_partials(m);
    g->out_is_f32 = format_is_f32(&m->out);
    if (g->partials)
        g->inner = dot_partial_spec(&(struct dot_run){.spec = m, .f32 = format_find("fp32")});
    if (!in->rows || !in->columns || !(k || pays(g)) || !serves(g))
        return g;
    g->kernels = k ? k : kernels_best();
    g->kernel.has_c = in->c && !g->partials && m->order != MAC_EXACT;
    g->kernel.c_last = m->c == MAC_C_LAST;
    if (!open_data(g)) {
        gemm_close(g);
        return NULL;
    }
    /* A dot product's roundings are as many whatever its operands. */
    struct dot_stats one = {0};
    dot_gemm_element(&g->spec, &g->in, 0, 0, &one);
    g->roundings = one.roundings;
    return g;
}

void gemm_close(struct gemm *g)
{
    if (!g)
        return;
    work_close(atomic_load(&g->spare));
    reader_close(&g->a);
    reader_close(&g->b);
    program_free(&g->whole);
    program_free(&g->tail);
    free(g->table);
    free(g->order);
    free(g);
}

bool gemm_is_fast(const struct gemm *g)
{
    return g->kernels != NULL;
}

static void by_definition(const struct gemm *g, size_t first, size_t n, uint32_t *d, struct dot_stats *stats)
{
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < g->in.columns; j++)
            d[i * g->in.columns + j] = dot_gemm_element(&g->spec, &g->in, first + i, j, stats);
}

void gemm_rows(struct gemm *g, size_t first, size_t n, uint32_t *d, struct dot_stats *stats)
{
    struct dot_stats unused = {0}, *s = stats ? stats : &unused;
    struct work *w = atomic_exchange(&g->spare, NULL);
    if (g->kernels && !w)
        w = work_open(g);
    for (size_t i = 0; i < n; i += GEMM_ROWS_AT_ONCE) {
        size_t rows = least(GEMM_ROWS_AT_ONCE, n - i);
        if (w)
            gemm_tiles(g, w, first + i, rows, d + i * g->in.columns, s);
        else
            by_definition(g, first + i, rows, d + i * g->in.columns, s);
    }
    work_close(atomic_exchange(&g->spare, w));
}

void gemm(const struct mac_spec *m, const struct gemm_input *in, uint32_t *d, struct dot_stats *stats)
{
    struct gemm *g = gemm_open(m, in, NULL);
    if (g)
        gemm_rows(g, 0, in->rows, d, stats);
    else
        dot_gemm(m, in, d, stats);
    gemm_close(g);
}
