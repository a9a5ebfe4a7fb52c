/* Tiles of matrix products: operands side by side as a kernel takes them, and which kernel. */
#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "sim/arith/dot_parts.h"
#include "sim/arith/gemm_parts.h"

static_assert(GEMM_ROWS_AT_ONCE % KERNEL_GEMM_ROWS == 0, "whole tiles");

void work_close(struct work *w)
{
    if (!w)
        return;
    free(w->a);
    free(w->a_power);
    free(w->a_code);
    free(w->b);
    free(w->b_power);
    free(w->b_code);
    free(w->of_a);
    free(w);
}

struct work *work_open(const struct gemm *g)
{
    struct work *w = calloc(1, sizeof *w);
    if (!w)
        return NULL;
    const size_t of_a = GEMM_ROWS_AT_ONCE * (g->in.n + 1), of_b = C * (g->in.n + 1);
    const bool table = g->table, aligned = g->kernel.way == KERNEL_GEMM_ALIGNED;
    w->kernel = g->kernel;
    w->of_a = malloc(GEMM_ROWS_AT_ONCE / R * sizeof *w->of_a);
    w->a = table ? NULL : malloc(of_a * sizeof *w->a);
    w->b = table ? NULL : malloc(of_b * sizeof *w->b);
    w->a_power = aligned ? malloc(of_a * sizeof *w->a_power) : NULL;
    w->b_power = aligned ? malloc(of_b * sizeof *w->b_power) : NULL;
    w->a_code = table ? malloc(of_a * sizeof *w->a_code) : NULL;
    w->b_code = table ? malloc(of_b * sizeof *w->b_code) : NULL;
    bool made = table ? w->a_code && w->b_code : w->a && w->b;
    if (w->of_a && made && (!aligned || (w->a_power && w->b_power)))
        return w;
    work_close(w);
    return NULL;
}

static uint32_t code_at(const struct gemm *g, const struct reader *r, size_t row, size_t k)
{
    return r->side->codes[row * g->in.n + g->order[k]] & format_code_mask(r->side->format);
}

/* What lies beyond the last row, or the last column, is multiplied like the rest: it is made a copy of the
 * first one. */
static void pack_rows(const struct gemm *g, struct work *w, size_t first, size_t n)
{
    const size_t of_row = g->in.n;
    for (size_t i = 0; i < n; i += R) {
        w->of_a[i / R] = EXTENT_NONE;
        for (size_t r = i; r < i + R; r++) {
            size_t from = first + (r < n ? r : i), at = r * of_row;
            const struct packed out = {w->a ? w->a + at : NULL, w->a_power ? w->a_power + at : NULL, of_row,
                                       1, w->a_power ? NULL : &w->of_a[i / R]};
            if (!g->table)
                reader_pack(&g->a, g->order, from, 1, &out);
            for (size_t k = 0; g->table && k < of_row; k++)
                w->a_code[at + k] = (uint8_t)code_at(g, &g->a, from, k);
        }
    }
}

static void pack_columns(const struct gemm *g, struct work *w, size_t first, size_t n)
{
    const size_t lanes = g->kernels->lanes;
    w->of_b = EXTENT_NONE;
    const struct packed out = {w->b, w->b_power, 1, lanes, w->b_power ? NULL : &w->of_b};
    if (!g->table)
        reader_pack(&g->b, g->order, first, n, &out);
    for (size_t k = 0; k < g->in.n; k++)
        for (size_t j = g->table ? 0 : n; j < lanes; j++) {
            if (g->table)
                w->b_code[k * lanes + j] = (int32_t)code_at(g, &g->b, first + (j < n ? j : 0), k);
            else {
                w->b[k * lanes + j] = w->b[k * lanes];
                if (w->b_power)
                    w->b_power[k * lanes + j] = w->b_power[k * lanes];
            }
        }
}

/* The addend of an element; NaN where the definition must tell: -0, and numbers that an accumulator may see
 * at another power than the result's format does. */
static double addend(const struct gemm *g, uint32_t code)
{
    double x = plain_value(dot_addend(&g->spec, code).value);
    const struct format *f = &g->spec.out;
    double least_normal = format_has_normals(f) ? number_to_f64(format_min_normal(f)) : 0;
    least_normal = least_normal > g->kernel.acc.least ? least_normal : g->kernel.acc.least;
    bool low = g->kernel.way == KERNEL_GEMM_ALIGNED && x != 0 && fabs(x) < least_normal;
    return low || (x == 0 && signbit(x)) ? (double)NAN : x;
}

static void take_addends(const struct gemm *g, struct work *w, const struct tile_place *p)
{
    w->of_c = EXTENT_NONE;
    for (size_t i = 0; g->kernel.has_c && i < p->rows; i++)
        for (size_t j = 0; j < p->columns; j++) {
            w->tile.c[i][j] = addend(g, g->in.c[(p->row + i) * g->in.columns + p->column + j]);
            extent_add(&w->of_c, w->tile.c[i][j]);
        }
}

/* --- which kernel --- */

/* Whether sums of magnitudes of all terms stay small enough for the one quantum of an accumulator. */
static bool is_near(const struct kernel_accumulator *k, struct extent sums)
{
    return !k->fixed || k->quantum >= number_to_f64(number_pow2(sums.high - 51));
}

static bool choose_bins(struct work *w, struct extent products, size_t n)
{
    const int32_t width = SUM_BITS - 2 - log2_up(n + 1);
    int32_t top = products.high;
    w->low = products.low;
    w->top = products.high + log2_up(n + 1);
    w->kernel.bins = 1;
    while (top - products.low > width) {
        if (w->kernel.bins == KERNEL_GEMM_BINS || width < 8)
            return false;
        top -= width;
        w->kernel.bin[w->kernel.bins++ - 1] = number_to_f64(number_pow2(top)) * 0x1.8p52;
    }
    return true;
}

/* Leaves out what sums that lie there make needless. */
static void fit(struct kernel_accumulator *k, struct extent sums)
{
    k->whole = k->fixed && k->quantum <= number_to_f64(number_pow2(sums.low));
    if (k->tiny <= number_to_f64(number_pow2(sums.low)))
        k->tiny = 0;
    if (number_to_f64(number_pow2(sums.high)) <= k->high)
        k->beyond = BEYOND_NEVER;
}

/* Fits the kernel to where the operands of a tile lie; false if there is none. A sum of magnitudes of terms,
 * each rounded up once at most, with the sums of the outer accumulator: below 2^3 n of the largest. */
static bool choose(const struct gemm *g, struct work *w, size_t tile)
{
    struct kernel_gemm *k = &w->kernel;
    struct extent p = {w->of_a[tile].low + w->of_b.low, w->of_a[tile].high + w->of_b.high};
    *k = g->kernel;
    if (g->table)
        p = g->extent;
    if (p.low > p.high)
        p = (struct extent){0, 1};
    if (k->way == KERNEL_GEMM_BINS_WAY)
        return choose_bins(w, p, g->block);
    if (k->way == KERNEL_GEMM_ALIGNED)
        return true;
    struct extent sums = extent_both(p, w->of_c);
    sums.high += log2_up(g->in.n + 1) + 3;
    if (!is_near(&k->acc, sums) || !is_near(&k->outer, sums))
        return false;
    if (k->way == KERNEL_GEMM_SUMMED && sums.high - sums.low > SUM_BITS) {
        if (g->inner.order == MAC_FUSED)
            return false;
        k->way = KERNEL_GEMM_ADDED;
    }
    fit(&k->acc, sums);
    fit(&k->outer, sums);
    return true;
}

/* --- all tiles of some rows --- */

/* `at`: the tile's first row among those packed. */
static void tile(const struct gemm *g, struct work *w, size_t at, const struct tile_place *p, uint32_t *d,
                 struct dot_stats *stats)
{
    const size_t n = g->in.n, lanes = g->kernels->lanes;
    memset(w->sum, 0, sizeof w->sum);
    memset(w->inexact, 0, sizeof w->inexact);
    memset(w->beyond, 0, sizeof w->beyond);
    memset(w->lost, 0, sizeof w->lost);
    memset(w->odd, 0, sizeof w->odd);
    take_addends(g, w, p);
    bool served = choose(g, w, at / R);
    for (size_t block = 0; served && block < g->blocks; block++) {
        const struct program *order = program_of(g, block);
        const size_t k = block * g->block;
        struct kernel_gemm_tile *t = &w->tile;
        w->kernel.steps = order->steps;
        w->kernel.n_steps = order->n_steps;
        t->stride = n;
        t->a = w->a ? w->a + at * n + k : NULL;
        t->a_power = w->a_power ? w->a_power + at * n + k : NULL;
        t->a_code = w->a_code ? w->a_code + at * n + k : NULL;
        t->b = w->b ? w->b + k * lanes : NULL;
        t->b_power = w->b_power ? w->b_power + k * lanes : NULL;
        t->b_code = w->b_code ? w->b_code + k * lanes : NULL;
        g->kernels->gemm(&w->kernel, t);
        tile_note(w);
        if (g->partials)
            tile_add_partials(g, w, p, k);
    }
    if (!served)
        memset(w->odd, true, sizeof w->odd);
    tile_put(g, w, p, d, stats);
}

void gemm_tiles(const struct gemm *g, struct work *w, size_t first, size_t n, uint32_t *d,
                struct dot_stats *stats)
{
    pack_rows(g, w, first, n);
    for (size_t column = 0; column < g->in.columns; column += g->kernels->lanes) {
        size_t columns = least(g->kernels->lanes, g->in.columns - column);
        pack_columns(g, w, column, columns);
        for (size_t i = 0; i < n; i += R) {
            const struct tile_place p = {first + i, least(R, n - i), column, columns};
            tile(g, w, i, &p, d + i * g->in.columns + column, stats);
        }
    }
}
