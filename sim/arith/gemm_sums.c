/* What becomes of the sums of kernels: results, and partial sums under the scales of their blocks. */
#include <float.h>
#include <math.h>

#include "sim/arith/dot_parts.h"
#include "sim/arith/gemm_parts.h"
#include "sim/arith/kulisch.h"

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
void tile_note(struct work *w)
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

void tile_add_partials(const struct gemm *g, struct work *w, const struct tile_place *p, size_t k)
{
    double of_b[C];
    for (size_t j = 0; j < p->columns; j++)
        of_b[j] = scale_value(g->in.b.scales, p->column + j, g->in.n, k);
    for (size_t i = 0; i < p->rows; i++) {
        double of_a = scale_value(g->in.a.scales, p->row + i, g->in.n, k);
        for (size_t j = 0; j < p->columns; j++)
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

/* The sum of bins as a code; `at` is the element's place in D. */
static uint32_t put_bins(const struct gemm *g, struct work *w, size_t i, size_t j, size_t at,
                         struct dot_stats *stats)
{
    struct number c = g->in.c ? dot_addend(&g->spec, g->in.c[at]).value : number_make(false, 0, 0);
    struct number sum = sum_of_bins(w, i, j, g->in.c ? &c : NULL);
    w->odd[i][j] |= sum.class != NUMBER_FINITE; /* also zero: its sign is that of the products */
    return w->odd[i][j] ? 0 : result(g, sum, stats);
}

static uint32_t put_sum(const struct gemm *g, struct work *w, size_t i, size_t j, size_t at,
                        struct dot_stats *stats)
{
    double sum = g->partials ? outermost(g, w, i, j, at) : w->tile.sum[i][j];
    w->odd[i][j] |= !(fabs(sum) <= DBL_MAX);
    if (w->odd[i][j])
        return 0;
    if (g->out_is_f32 && (double)(float)sum == sum)
        return bits_from_f32((float)sum);
    return result(g, number_from_f64(sum), stats);
}

static uint32_t put(const struct gemm *g, struct work *w, const struct tile_place *p, size_t i, size_t j,
                    struct dot_stats *stats)
{
    const size_t at = (p->row + i) * g->in.columns + p->column + j;
    const bool clamps = g->inner.overflow != MAC_WRAP, bins = w->kernel.way == KERNEL_GEMM_BINS_WAY;
    uint32_t code = 0;
    if (!w->odd[i][j])
        code = bins && !g->partials ? put_bins(g, w, i, j, at, stats) : put_sum(g, w, i, j, at, stats);
    if (w->odd[i][j])
        return dot_gemm_element(&g->spec, &g->in, p->row + i, p->column + j, stats);
    stats->roundings += g->roundings;
    stats->inexact += (uint64_t)w->inexact[i][j];
    stats->saturated += clamps ? (uint64_t)w->beyond[i][j] : 0;
    stats->wrapped += clamps ? 0 : (uint64_t)w->beyond[i][j];
    stats->products += (uint64_t)w->lost[i][j];
    return code;
}

void tile_put(const struct gemm *g, struct work *w, const struct tile_place *p, uint32_t *d,
              struct dot_stats *stats)
{
    for (size_t i = 0; i < p->rows; i++)
        for (size_t j = 0; j < p->columns; j++)
            d[i * g->in.columns + j] = put(g, w, p, i, j, stats);
}
