#include "sim/arith/gemm.h"

#include <assert.h>
#include <math.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "sim/arith/dot_parts.h"
#include "sim/arith/gemm_parts.h"
#include "sim/arith/kulisch.h"

static_assert(GEMM_ROWS_AT_ONCE % KERNEL_GEMM_ROWS == 0, "whole tiles");

enum { R = KERNEL_GEMM_ROWS, C = KERNEL_GEMM_COLUMNS, SUM_BITS = 53 };

struct work;
static void work_close(struct work *w);

struct gemm {
    struct mac_spec spec, inner; /* of the whole; of a block */
    struct gemm_input in;
    const struct kernels *kernels; /* NULL: the definition alone */
    struct kernel_gemm kernel;     /* what all tiles share */
    struct reader a, b;
    int32_t *table;       /* NULL: exact products */
    struct extent extent; /* of its products */
    bool partials, out_is_f32;
    size_t block, blocks;         /* terms of a partial sum; one of all terms without partials */
    struct program whole, tail;   /* of a block and of the last one */
    uint32_t *order;              /* of all terms */
    uint64_t roundings;           /* of one dot product */
    _Atomic(struct work *) spare; /* of the thread that is done, for the next; NULL: none */
};

/* --- what is served --- */

static int32_t log2_up(size_t n)
{
    int32_t bits = 0;
    while (bits < 63 && ((size_t)1 << bits) < n)
        bits++;
    return bits;
}

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
               (!m->fraction || (m->align == ROUND_RTZ && !wants_table(g) &&
                                 m->fraction + 2 + log2_up(m->group + 1) <= SUM_BITS));
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

static struct dot_input element(const struct gemm *g, size_t i, size_t j, struct dot_scales scales[2])
{
    const struct gemm_input *in = &g->in;
    size_t at = i * in->columns + j;
    return (struct dot_input){.a = dot_row(&in->a, i, in->n, &scales[0]),
                              .b = dot_row(&in->b, j, in->n, &scales[1]),
                              .n = in->n,
                              .c = in->c ? in->c + at : NULL,
                              .seed = in->seed,
                              .row = in->first_row + at};
}

static uint32_t define(const struct gemm *g, size_t i, size_t j, struct dot_stats *stats)
{
    struct dot_scales scales[2];
    struct dot_input one = element(g, i, j, scales);
    return dot_product(&g->spec, &one, stats);
}

/* Whether opening kernels takes less time than the definition would in their stead. */
static bool pays(const struct gemm *g)
{
    double products = (double)g->in.rows * (double)g->in.columns * (double)g->in.n;
    size_t table = (size_t)1 << (g->in.a.format->bits + g->in.b.format->bits);
    return products > (wants_table(g) ? (double)table : 4096);
}

static size_t block_of(const struct gemm *g)
{
    if (!g->partials)
        return g->in.n;
    size_t a = g->in.a.scales->block, b = g->in.b.scales->block, block = a < b ? a : b;
    return block < g->in.n ? block : g->in.n;
}

static size_t least(size_t x, size_t y)
{
    return x < y ? x : y;
}

static const struct program *program_of(const struct gemm *g, size_t block)
{
    return block + 1 < g->blocks ? &g->whole : &g->tail;
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
        g->table = product_table_make(&g->spec, in->a.format, in->b.format, &g->extent);
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
    g->partials = m->scales == MAC_SCALES_PARTIALS || m->scales == MAC_SCALES_PARTIALS_FMA;
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
    define(g, 0, 0, &one);
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

/* --- tiles --- */

/* What gemm_rows works in. */
struct work {
    struct kernel_gemm kernel;
    struct kernel_gemm_tile tile;
    double *a, *a_power, *b, *b_power;
    uint8_t *a_code;
    int32_t *b_code;
    struct extent *of_a, of_b, of_c; /* of each R rows; of the columns; of the addends */
    int32_t low, top;                /* of sums in bins */
    float scales[2][C];
    float sum[R][C]; /* under partials */
    double inexact[R][C], beyond[R][C];
    int64_t lost[R][C];
    bool odd[R][C]; /* the definition must tell */
};

static void work_close(struct work *w)
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

static struct work *work_open(const struct gemm *g)
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

static void take_addends(const struct gemm *g, struct work *w, size_t row, size_t rows, size_t column,
                         size_t columns)
{
    w->of_c = EXTENT_NONE;
    for (size_t i = 0; g->kernel.has_c && i < rows; i++)
        for (size_t j = 0; j < columns; j++) {
            w->tile.c[i][j] = addend(g, g->in.c[(row + i) * g->in.columns + column + j]);
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
    if (k->way == KERNEL_GEMM_ALIGNED) /* terms are multiples of what they are cut to */
        return !k->acc.fixed && (!k->nests || !k->outer.fixed);
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

/* --- sums --- */

/* The sum of bins, and of an addend. */
static struct number sum_of_bins(const struct work *w, size_t i, size_t j, const struct number *c)
{
    struct kulisch k;
    if (!c && w->top - w->low <= 120) { /* bins are integers times 2^low, below 2^(top - low) */
        const double unit = number_to_f64(number_pow2(-w->low));
        __int128 sum = 0;
        for (int b = 0; b < w->kernel.bins; b++)
            sum += (__int128)(w->tile.bin[b][i][j] * unit);
        return number_from_i128(sum, w->low);
    }
    kulisch_clear(&k);
    for (int b = 0; b < w->kernel.bins; b++)
        kulisch_add(&k, number_from_f64(w->tile.bin[b][i][j]));
    if (c)
        kulisch_add(&k, *c);
    return kulisch_sum(&k);
}

static bool bins_have_nan(const struct work *w, size_t i, size_t j)
{
    double all = 0;
    for (int b = 0; b < w->kernel.bins; b++)
        all += w->tile.bin[b][i][j];
    return all != all;
}

/* x rounded to nearest into binary32, which must not flush it. */
static float to_f32(struct work *w, size_t i, size_t j, double x)
{
    float r = (float)x;
    w->inexact[i][j] += (double)r != x;
    w->odd[i][j] |= r == 0 && x != 0;
    return r;
}

/* Adds what a kernel says. */
static void note(struct work *w)
{
    const struct kernel_gemm_tile *t = &w->tile;
    const bool bins = w->kernel.way == KERNEL_GEMM_BINS_WAY;
    for (size_t i = 0; i < R; i++)
        for (size_t j = 0; j < C; j++) {
            w->lost[i][j] += t->lost[i][j];
            w->odd[i][j] |= bins ? bins_have_nan(w, i, j) : t->sum[i][j] != t->sum[i][j];
        }
    for (size_t i = 0; i < R && !bins; i++)
        for (size_t j = 0; j < C; j++) {
            w->inexact[i][j] += t->inexact[i][j];
            w->beyond[i][j] += t->beyond[i][j];
        }
}

/* --- scales of blocks --- */

/* x * y + z of binary32 numbers rounded once, counted. */
static float fused_f32(struct work *w, size_t i, size_t j, float x, float y, float z)
{
    float r = fmaf(x, y, z);
    double p = (double)x * (double)y, s = p + (double)z, part = s - p;
    double rest = (p - (s - part)) + ((double)z - part);
    w->inexact[i][j] += rest != 0 || s != (double)r;
    w->odd[i][j] |= r == 0 && (rest != 0 || s != 0);
    return r;
}

static double scale_value(const struct dot_scales *s, size_t row, size_t n, size_t k)
{
    size_t blocks = (n + s->block - 1) / s->block;
    return plain_value(format_decode(s->format, s->codes[row * blocks + k / s->block]));
}

static double partial_value(struct work *w, size_t i, size_t j)
{
    if (w->kernel.way != KERNEL_GEMM_BINS_WAY)
        return w->tile.sum[i][j];
    struct number x = w->odd[i][j] ? (struct number){.class = NUMBER_ZERO} : sum_of_bins(w, i, j, NULL);
    float r = number_to_f32(x);
    struct number back = number_from_f32(r);
    bool exact = x.class == NUMBER_ZERO || (!x.sticky && number_compare(back, x) == 0);
    w->inexact[i][j] += !exact;
    w->odd[i][j] |= r == 0 && x.class != NUMBER_ZERO;
    return (double)r;
}

static void add_partial(const struct gemm *g, struct work *w, size_t i, size_t j, double scale_a,
                        double scale_b)
{
    double partial = partial_value(w, i, j);
    float scale = to_f32(w, i, j, scale_a * scale_b);
    double scaled = partial * (double)scale;
    w->odd[i][j] |= fma(partial, (double)scale, -scaled) != 0;
    if (g->spec.scales == MAC_SCALES_PARTIALS_FMA) {
        w->odd[i][j] |= (double)(float)partial != partial;
        w->sum[i][j] = fused_f32(w, i, j, (float)partial, scale, w->sum[i][j]);
    } else
        w->sum[i][j] = fused_f32(w, i, j, 1, to_f32(w, i, j, scaled), w->sum[i][j]);
}

static void add_partials(const struct gemm *g, struct work *w, size_t row, size_t rows, size_t column,
                         size_t columns, size_t k)
{
    double of_b[C];
    for (size_t j = 0; j < columns; j++)
        of_b[j] = scale_value(g->in.b.scales, column + j, g->in.n, k);
    for (size_t i = 0; i < rows; i++) {
        double of_a = scale_value(g->in.a.scales, row + i, g->in.n, k);
        for (size_t j = 0; j < columns; j++)
            add_partial(g, w, i, j, of_a, of_b[j]);
    }
}

/* The second level and the addend, onto the scaled sum. */
static double outermost(const struct gemm *g, struct work *w, size_t i, size_t j, size_t at)
{
    float a = g->in.a.scales->second, b = g->in.b.scales->second, sum = w->sum[i][j];
    if (a != 1 || b != 1)
        sum = to_f32(w, i, j, (double)sum * (double)to_f32(w, i, j, (double)a * (double)b));
    if (!g->in.c)
        return (double)sum;
    double c = plain_value(dot_addend(&g->spec, g->in.c[at]).value);
    w->odd[i][j] |= (double)(float)c != c || (c == 0 && signbit(c));
    return (double)fused_f32(w, i, j, 1, sum, (float)c);
}

/* --- results --- */

/* An exact sum as a code of out. */
static uint32_t result(const struct gemm *g, struct number sum, struct dot_stats *stats)
{
    struct dot_run d = {.spec = &g->spec, .in = &(struct dot_input){.n = 0}, .stats = stats};
    stats->roundings--; /* dot_result counts it */
    return dot_result(&d, sum);
}

static struct number sum_at(const struct gemm *g, struct work *w, size_t i, size_t j, size_t at,
                            double *value)
{
    bool bins = w->kernel.way == KERNEL_GEMM_BINS_WAY && !g->partials;
    struct number c = g->in.c && bins ? dot_addend(&g->spec, g->in.c[at]).value : number_make(false, 0, 0);
    *value = (double)NAN;
    if (!bins)
        *value = g->partials ? outermost(g, w, i, j, at) : w->tile.sum[i][j];
    else if (w->kernel.bins == 1 && !g->in.c)
        *value = w->tile.bin[0][i][j];
    if (*value == *value)
        return number_from_f64(*value);
    struct number sum = sum_of_bins(w, i, j, g->in.c ? &c : NULL);
    w->odd[i][j] |= sum.class != NUMBER_FINITE; /* also zero: its sign is that of the products */
    return sum;
}

static void put(const struct gemm *g, struct work *w, size_t i, size_t j, size_t row, size_t column,
                uint32_t *d, struct dot_stats *stats)
{
    double value = 0;
    const size_t at = (row + i) * g->in.columns + column + j;
    struct number sum = w->odd[i][j] ? number_make(false, 0, 0) : sum_at(g, w, i, j, at, &value);
    bool zero = w->kernel.way == KERNEL_GEMM_BINS_WAY && !g->partials && value == 0;
    if (w->odd[i][j] || zero || !(fabs(value) <= 0x1p600 || value != value)) {
        *d = define(g, row + i, column + j, stats);
        return;
    }
    const bool clamps = g->inner.overflow != MAC_WRAP;
    stats->roundings += g->roundings;
    stats->inexact += (uint64_t)w->inexact[i][j];
    stats->saturated += clamps ? (uint64_t)w->beyond[i][j] : 0;
    stats->wrapped += clamps ? 0 : (uint64_t)w->beyond[i][j];
    stats->products += (uint64_t)w->lost[i][j];
    if (g->out_is_f32 && (double)(float)value == value)
        *d = bits_from_f32((float)value);
    else
        *d = result(g, sum, stats);
}

static void tile(const struct gemm *g, struct work *w, size_t at, size_t row, size_t rows, size_t column,
                 size_t columns, uint32_t *d, struct dot_stats *stats)
{
    const size_t n = g->in.n, lanes = g->kernels->lanes;
    memset(w->sum, 0, sizeof w->sum);
    memset(w->inexact, 0, sizeof w->inexact);
    memset(w->beyond, 0, sizeof w->beyond);
    memset(w->lost, 0, sizeof w->lost);
    memset(w->odd, 0, sizeof w->odd);
    take_addends(g, w, row, rows, column, columns);
    bool served = choose(g, w, at / R);
    for (size_t block = 0; served && block < g->blocks; block++) {
        const struct program *p = program_of(g, block);
        const size_t k = block * g->block;
        struct kernel_gemm_tile *t = &w->tile;
        w->kernel.steps = p->steps;
        w->kernel.n_steps = p->n_steps;
        t->stride = n;
        t->a = w->a ? w->a + at * n + k : NULL;
        t->a_power = w->a_power ? w->a_power + at * n + k : NULL;
        t->a_code = w->a_code ? w->a_code + at * n + k : NULL;
        t->b = w->b ? w->b + k * lanes : NULL;
        t->b_power = w->b_power ? w->b_power + k * lanes : NULL;
        t->b_code = w->b_code ? w->b_code + k * lanes : NULL;
        g->kernels->gemm(&w->kernel, t);
        note(w);
        if (g->partials)
            add_partials(g, w, row, rows, column, columns, k);
    }
    for (size_t i = 0; i < rows; i++)
        for (size_t j = 0; j < columns; j++) {
            w->odd[i][j] |= !served;
            put(g, w, i, j, row, column, d + i * g->in.columns + j, stats);
        }
}

static void by_definition(const struct gemm *g, size_t first, size_t n, uint32_t *d, struct dot_stats *stats)
{
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < g->in.columns; j++)
            d[i * g->in.columns + j] = define(g, first + i, j, stats);
}

static void by_kernels(const struct gemm *g, struct work *w, size_t first, size_t n, uint32_t *d,
                       struct dot_stats *stats)
{
    pack_rows(g, w, first, n);
    for (size_t column = 0; column < g->in.columns; column += g->kernels->lanes) {
        size_t columns = least(g->kernels->lanes, g->in.columns - column);
        pack_columns(g, w, column, columns);
        for (size_t i = 0; i < n; i += R)
            tile(g, w, i, first + i, least(R, n - i), column, columns, d + i * g->in.columns + column, stats);
    }
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
            by_kernels(g, w, first + i, rows, d + i * g->in.columns, s);
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
