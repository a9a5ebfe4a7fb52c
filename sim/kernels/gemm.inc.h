/* Matrix products under modelled accumulators: a lane is a column, so nothing is added across lanes.
 *
 * Everything is binary64. Of two operands with up to 26 bits, from 2^-250 to 2^250, the product is exact.
 *
 * Rounding. x is the exact sum, or the exact sum rounded to odd at 53 bits, which for precisions up to 50
 * rounds on like the sum itself (Boldo, Melquiond, Emulation of FMA and Correctly Rounded Sums, 2008). With
 * u = 2^(e + 1 - p) the quantum of x, |x| < 2^(e + 1), the number 1.5 * 2^52 u has the last place u and so
 * has x added to it, as |x| <= 2^51 u for p <= 51: adding and subtracting it rounds x to the nearest multiple
 * of u, ties to even. Below the least normal number u is that number's. Toward zero one u is taken back where
 * the magnitude grew.
 *
 * Aligned steps. P is the largest power of two among those of the products (of finite values that are not
 * zero) and of the accumulator. A term is below 4 P, so term * 2^F / P is exact, for it only scales, and
 * below 2^(F + 2); cut to an integer it is what the definition aligns. Whoever opens sees to it that a step's
 * integers stay below 2^53, so their sum is exact in any order. Powers lie within 2^+-500: no scale leaves
 * the range.
 *
 * Summed steps. Whoever calls knows that all terms, and the addend, are multiples of one power of two, and
 * that no sum of their magnitudes, nor the accumulator, reaches 2^53 of them; rounded accumulators are
 * multiples of it as well, for rounding drops low bits only.
 *
 * Added terms. The sum of two numbers is s + rest exactly (Knuth's TwoSum), made odd.
 *
 * Bins. M = 1.5 * 2^52 h splits a term, below 2^51 h, into a multiple of h and a rest of up to h / 2,
 * exactly; the rest goes to the next bin, the last one takes what remains. Whoever opens chooses bins so that
 * no sum in one of them reaches 2^53 of its last places.
 *
 * What this does not cover makes its lane NaN, and the definition computes it: operands that are no such
 * numbers (they come as NaN, which survives all of the above), sums beyond the range of a float, and sums
 * other than zero that become zero. So no -0 comes up either: sums start from +0. */
#ifndef SIM_KERNELS_GEMM_INC_H
#define SIM_KERNELS_GEMM_INC_H

#include "sim/kernels/kernels.h"

enum { GEMM_ROWS = KERNEL_GEMM_ROWS };

/* The accumulators of HALF lanes, and what happened there. */
struct gemm_lane {
    vd sum, outer, inexact, beyond;
    vn odd;
};

ALWAYS_INLINE vd gemm_beyond(const struct kernel_accumulator *k, vd r, struct gemm_lane *l)
{
    const vd low = vd_set1(k->low), high = vd_set1(k->high), none = vd_set1(0);
    if (k->beyond == BEYOND_NEVER)
        return r;
    vn below = vd_lt(r, low), above = vd_lt(high, r);
    if (k->beyond == BEYOND_ODD) {
        l->odd = vn_or(l->odd, vn_or(below, above));
        return r;
    }
    l->beyond = vd_add(l->beyond, vd_select(vn_or(below, above), vd_set1(1), none));
    if (k->beyond == BEYOND_CLAMP)
        return vd_min(high, vd_max(low, r));
    /* r - period * nearest integer of r / period lies in +-period / 2, of which the upper end is the lower.
     */
    const vd period = vd_set1(k->period), magic = vd_set1(0x1.8p52);
    vd turns = vd_sub(vd_add(vd_mul(r, vd_set1(1 / k->period)), magic), magic);
    r = vd_sub(r, vd_mul(turns, period));
    r = vd_add(r, vd_select(vd_lt(r, low), period, none));
    return vd_sub(r, vd_select(vd_lt(high, r), period, none));
}

/* Accumulators that are known at compile time. */
enum gemm_kind {
    GEMM_NEAREST, /* a float to nearest, which no sum exceeds or falls below */
    GEMM_CLAMP,   /* integers and sums of integers */
    GEMM_WRAP,
    GEMM_ANY,
};

ALWAYS_INLINE struct kernel_accumulator gemm_of_kind(const struct kernel_accumulator *k, enum gemm_kind kind)
{
    struct kernel_accumulator out = *k;
    if (kind == GEMM_NEAREST) {
        out.fixed = out.toward_zero = out.whole = false;
        out.tiny = 0;
        out.beyond = BEYOND_NEVER;
    } else if (kind != GEMM_ANY) {
        out.whole = true;
        out.beyond = kind == GEMM_CLAMP ? BEYOND_CLAMP : BEYOND_WRAP;
    }
    return out;
}

static enum gemm_kind gemm_kind_of(const struct kernel_accumulator *k)
{
    if (k->whole && (k->beyond == BEYOND_CLAMP || k->beyond == BEYOND_WRAP))
        return k->beyond == BEYOND_CLAMP ? GEMM_CLAMP : GEMM_WRAP;
    bool easy = !k->fixed && !k->toward_zero && !k->whole && !(k->tiny > 0) && k->beyond == BEYOND_NEVER;
    return easy ? GEMM_NEAREST : GEMM_ANY;
}

ALWAYS_INLINE vd gemm_round(const struct kernel_accumulator *k, vd x, struct gemm_lane *l)
{
    const vd none = vd_set1(0), one = vd_set1(1);
    vd r = x;
    if (k->whole && k->beyond == BEYOND_NEVER)
        return x;
    if (!k->whole) {
        vd unit = k->fixed ? one : vd_max(vd_power(x), vd_set1(k->least));
        vd magic = vd_mul(unit, vd_set1(k->magic));
        r = vd_sub(vd_add(x, magic), magic);
        if (k->toward_zero) {
            vd back = vd_or(vd_mul(unit, vd_set1(k->quantum)), vd_and(x, vd_set1(-0.0)));
            r = vd_sub(r, vd_select(vd_lt(vd_abs(x), vd_abs(r)), back, none));
        }
        if (k->tiny > 0) {
            vn flushed = vn_and(vd_lt(vd_abs(r), vd_set1(k->tiny)), vd_lt(none, vd_abs(x)));
            l->odd = vn_or(l->odd, flushed);
        }
    }
    r = gemm_beyond(k, r, l);
    l->inexact = vd_add(l->inexact, vd_select(vd_eq(r, x), none, one));
    return r;
}

/* a + b, rounded to odd. */
ALWAYS_INLINE vd gemm_odd_sum(vd a, vd b)
{
    vd s = vd_add(a, b), part = vd_sub(s, a);
    return vd_odd(s, vd_add(vd_sub(a, vd_sub(s, part)), vd_sub(b, part)));
}

/* --- terms --- */

/* Where a row of the tile meets its columns. */
struct gemm_place {
    const struct kernel_gemm *g;
    struct kernel_gemm_tile *t;
    size_t row;
};

ALWAYS_INLINE void gemm_product(const struct gemm_place *p, size_t k, bool table, vd out[PARTS], vi *lost)
{
    const struct kernel_gemm_tile *t = p->t;
    if (table) {
        const vi b = vi_load(t->b_code + k * W), last = vi_set1(1);
        const uint32_t a = t->a_code[p->row * t->stride + k];
        vi bits;
        if (p->g->mirrored) {
            vi sign = vi_and(vi_shl(vi_xor(b, vi_set1((int32_t)a)), 24), vi_set1(INT32_MIN));
            bits =
                vi_xor(vi_lookup_half(p->g->table + ((size_t)(a & 127) << 8), vi_and(b, vi_set1(127))), sign);
        } else
            bits = vi_lookup(p->g->table + ((size_t)a << 8), b);
        *lost = vi_add(*lost, vi_and(bits, last));
        vf value = vf_from_bits(vi_andnot(bits, last));
#pragma GCC unroll 2
        for (int i = 0; i < PARTS; i++)
            out[i] = vd_from_vf(value, i);
        return;
    }
    const vd a = vd_set1(t->a[p->row * t->stride + k]);
#pragma GCC unroll 2
    for (int i = 0; i < PARTS; i++)
        out[i] = vd_mul(a, vd_load(t->b + k * W + i * HALF));
}

/* --- steps --- */

/* The power of an accumulator; 0 of zero. Subnormal numbers are at the least normal one. */
ALWAYS_INLINE vd gemm_power(const struct kernel_accumulator *k, vd x)
{
    return vd_select(vd_eq(x, vd_set1(0)), vd_set1(0), vd_max(vd_power(x), vd_set1(k->least)));
}

/* Not used with a table: powers of its products are other ones. */
ALWAYS_INLINE void gemm_aligned(const struct kernel_gemm *g, const struct kernel_gemm_tile *t, size_t k,
                                size_t n, struct gemm_lane l[GEMM_ROWS][PARTS])
{
    vd top[GEMM_ROWS][PARTS], sum[GEMM_ROWS][PARTS];
    const vd floor = vd_set1(g->floor), up = vd_set1(g->up), down = vd_set1(g->down);
#pragma GCC unroll 4
    for (int r = 0; r < GEMM_ROWS; r++)
#pragma GCC unroll 2
        for (int i = 0; i < PARTS; i++)
            top[r][i] = floor;
    for (size_t j = k; j < k + n; j++)
#pragma GCC unroll 4
        for (int r = 0; r < GEMM_ROWS; r++) {
            const vd a = vd_set1(t->a_power[(size_t)r * t->stride + j]);
#pragma GCC unroll 2
            for (int i = 0; i < PARTS; i++)
                top[r][i] = vd_max(top[r][i], vd_mul(a, vd_load(t->b_power + j * W + i * HALF)));
        }
#pragma GCC unroll 4
    for (int r = 0; r < GEMM_ROWS; r++)
#pragma GCC unroll 2
        for (int i = 0; i < PARTS; i++) {
            top[r][i] = vd_max(top[r][i], gemm_power(&g->acc, l[r][i].sum));
            vd scale = vd_mul(vd_inverse_power(top[r][i]), up);
            sum[r][i] = vd_truncate(vd_mul(l[r][i].sum, scale));
            l[r][i].sum = scale;
        }
    for (size_t j = k; j < k + n; j++)
#pragma GCC unroll 4
        for (int r = 0; r < GEMM_ROWS; r++) {
            const vd a = vd_set1(t->a[(size_t)r * t->stride + j]);
#pragma GCC unroll 2
            for (int i = 0; i < PARTS; i++) {
                vd x = vd_mul(a, vd_load(t->b + j * W + i * HALF));
                sum[r][i] = vd_add(sum[r][i], vd_truncate(vd_mul(x, l[r][i].sum)));
            }
        }
#pragma GCC unroll 4
    for (int r = 0; r < GEMM_ROWS; r++)
#pragma GCC unroll 2
        for (int i = 0; i < PARTS; i++)
            l[r][i].sum = gemm_round(&g->acc, vd_mul(sum[r][i], vd_mul(top[r][i], down)), &l[r][i]);
}

ALWAYS_INLINE void gemm_summed(const struct kernel_gemm *g, struct kernel_gemm_tile *t,
                               const struct kernel_accumulator *acc, size_t k, size_t n, bool table,
                               struct gemm_lane l[GEMM_ROWS][PARTS], vi lost[GEMM_ROWS])
{
    for (size_t j = k; j < k + n; j++)
#pragma GCC unroll 4
        for (int r = 0; r < GEMM_ROWS; r++) {
            const struct gemm_place p = {g, t, (size_t)r};
            vd x[PARTS];
            gemm_product(&p, j, table, x, &lost[r]);
#pragma GCC unroll 2
            for (int i = 0; i < PARTS; i++)
                l[r][i].sum = vd_add(l[r][i].sum, x[i]);
        }
#pragma GCC unroll 4
    for (int r = 0; r < GEMM_ROWS; r++)
#pragma GCC unroll 2
        for (int i = 0; i < PARTS; i++)
            l[r][i].sum = gemm_round(acc, l[r][i].sum, &l[r][i]);
}

ALWAYS_INLINE void gemm_added(const struct kernel_gemm *g, struct kernel_gemm_tile *t,
                              const struct kernel_accumulator *acc, size_t k, size_t n, bool table,
                              struct gemm_lane l[GEMM_ROWS][PARTS], vi lost[GEMM_ROWS])
{
    for (size_t j = k; j < k + n; j++)
#pragma GCC unroll 4
        for (int r = 0; r < GEMM_ROWS; r++) {
            const struct gemm_place p = {g, t, (size_t)r};
            vd x[PARTS];
            gemm_product(&p, j, table, x, &lost[r]);
#pragma GCC unroll 2
            for (int i = 0; i < PARTS; i++) {
                if (g->rounds_products)
                    x[i] = gemm_round(acc, x[i], &l[r][i]);
                l[r][i].sum = gemm_round(acc, gemm_odd_sum(l[r][i].sum, x[i]), &l[r][i]);
            }
        }
}

/* --- a tile --- */

ALWAYS_INLINE void gemm_begin(const struct kernel_gemm *g, const struct kernel_gemm_tile *t,
                              struct gemm_lane l[GEMM_ROWS][PARTS])
{
    const vd zero = vd_set1(0);
    for (int r = 0; r < GEMM_ROWS; r++)
        for (int i = 0; i < PARTS; i++) {
            vd start = g->has_c && !g->c_last ? vd_load(t->c[r] + i * HALF) : zero;
            l[r][i] =
                (struct gemm_lane){g->nests ? zero : start, g->nests ? start : zero, zero, zero, vn_none()};
        }
}

ALWAYS_INLINE void gemm_store(struct kernel_gemm_tile *t, struct gemm_lane l[GEMM_ROWS][PARTS],
                              const vi lost[GEMM_ROWS])
{
    for (int r = 0; r < GEMM_ROWS; r++) {
        vi_store(t->lost[r], lost[r]);
        for (int i = 0; i < PARTS; i++) {
            vd sum = vd_select(l[r][i].odd, vd_set1((double)NAN), l[r][i].sum);
            vd_store(t->sum[r] + i * HALF, sum);
            vd_store(t->inexact[r] + i * HALF, l[r][i].inexact);
            vd_store(t->beyond[r] + i * HALF, l[r][i].beyond);
        }
    }
}

ALWAYS_INLINE void gemm_end(const struct kernel_gemm *g, struct kernel_gemm_tile *t,
                            struct gemm_lane l[GEMM_ROWS][PARTS], const vi lost[GEMM_ROWS])
{
    for (int r = 0; r < GEMM_ROWS; r++)
        for (int i = 0; i < PARTS; i++) {
            vd sum = g->nests ? l[r][i].outer : l[r][i].sum;
            if (g->has_c && g->c_last)
                sum = gemm_round(g->nests ? &g->outer : &g->acc,
                                 gemm_odd_sum(sum, vd_load(t->c[r] + i * HALF)), &l[r][i]);
            l[r][i].sum = sum;
        }
    gemm_store(t, l, lost);
}

ALWAYS_INLINE void gemm_steps(const struct kernel_gemm *g, struct kernel_gemm_tile *t,
                              enum kernel_gemm_way way, bool table, enum gemm_kind kind)
{
    const struct kernel_accumulator acc = gemm_of_kind(&g->acc, kind);
    struct gemm_lane l[GEMM_ROWS][PARTS];
    vi lost[GEMM_ROWS];
    size_t k = 0;
    for (int r = 0; r < GEMM_ROWS; r++)
        lost[r] = vi_set1(0);
    gemm_begin(g, t, l);
    for (const struct kernel_gemm_step *s = g->steps; s < g->steps + g->n_steps; s++) {
        if (way == KERNEL_GEMM_ALIGNED)
            gemm_aligned(g, t, k, s->terms, l);
        else if (way == KERNEL_GEMM_SUMMED)
            gemm_summed(g, t, &acc, k, s->terms, table, l, lost);
        else
            gemm_added(g, t, &acc, k, s->terms, table, l, lost);
        k += s->terms;
        for (int r = 0; s->ends && r < GEMM_ROWS; r++)
            for (int i = 0; i < PARTS; i++) {
                l[r][i].outer = gemm_round(&g->outer, gemm_odd_sum(l[r][i].outer, l[r][i].sum), &l[r][i]);
                l[r][i].sum = vd_set1(0);
            }
    }
    gemm_end(g, t, l, lost);
}

/* --- bins --- */

/* Terms of one row, all of them together. */
ALWAYS_INLINE void gemm_binned(const struct kernel_gemm *g, struct kernel_gemm_tile *t, size_t row,
                               bool table, int bins)
{
    const struct gemm_place p = {g, t, row};
    vd sum[KERNEL_GEMM_BINS][PARTS];
    vi lost = vi_set1(0);
    for (int b = 0; b < bins; b++)
        for (int i = 0; i < PARTS; i++)
            sum[b][i] = vd_set1(0);
    for (const struct kernel_gemm_step *s = g->steps; s < g->steps + g->n_steps; s++)
        for (size_t k = 0; k < s->terms; k++) {
            vd x[PARTS];
            gemm_product(&p, k, table, x, &lost);
#pragma GCC unroll 4
            for (int b = 0; b + 1 < bins; b++)
#pragma GCC unroll 2
                for (int i = 0; i < PARTS; i++) {
                    const vd magic = vd_set1(g->bin[b]);
                    vd high = vd_sub(vd_add(x[i], magic), magic);
                    sum[b][i] = vd_add(sum[b][i], high);
                    x[i] = vd_sub(x[i], high);
                }
#pragma GCC unroll 2
            for (int i = 0; i < PARTS; i++)
                sum[bins - 1][i] = vd_add(sum[bins - 1][i], x[i]);
        }
    vi_store(t->lost[row], lost);
    for (int b = 0; b < bins; b++)
        for (int i = 0; i < PARTS; i++)
            vd_store(t->bin[b][row] + i * HALF, sum[b][i]);
}

ALWAYS_INLINE void gemm_bins_of(const struct kernel_gemm *g, struct kernel_gemm_tile *t, bool table)
{
    for (size_t row = 0; row < GEMM_ROWS; row++)
        switch (g->bins) {
        case 1:
            gemm_binned(g, t, row, table, 1);
            break;
        case 2:
            gemm_binned(g, t, row, table, 2);
            break;
        case 3:
            gemm_binned(g, t, row, table, 3);
            break;
        case 4:
            gemm_binned(g, t, row, table, 4);
            break;
        default:
            gemm_binned(g, t, row, table, g->bins);
        }
}

/* One function for each kind, so that none decides anything by the term. */
#define GEMM_STEPS(name, way, table, kind)                                    \
    static void name(const struct kernel_gemm *g, struct kernel_gemm_tile *t) \
    {                                                                         \
        gemm_steps(g, t, way, table, kind);                                   \
    }
GEMM_STEPS(gemm_aligned_steps, KERNEL_GEMM_ALIGNED, false, GEMM_ANY)
GEMM_STEPS(gemm_summed_nearest, KERNEL_GEMM_SUMMED, false, GEMM_NEAREST)
GEMM_STEPS(gemm_summed_clamp, KERNEL_GEMM_SUMMED, false, GEMM_CLAMP)
GEMM_STEPS(gemm_summed_wrap, KERNEL_GEMM_SUMMED, false, GEMM_WRAP)
GEMM_STEPS(gemm_summed_any, KERNEL_GEMM_SUMMED, false, GEMM_ANY)
GEMM_STEPS(gemm_added_nearest, KERNEL_GEMM_ADDED, false, GEMM_NEAREST)
GEMM_STEPS(gemm_added_any, KERNEL_GEMM_ADDED, false, GEMM_ANY)
GEMM_STEPS(gemm_table_summed_nearest, KERNEL_GEMM_SUMMED, true, GEMM_NEAREST)
GEMM_STEPS(gemm_table_summed_any, KERNEL_GEMM_SUMMED, true, GEMM_ANY)
GEMM_STEPS(gemm_table_added_nearest, KERNEL_GEMM_ADDED, true, GEMM_NEAREST)
GEMM_STEPS(gemm_table_added_any, KERNEL_GEMM_ADDED, true, GEMM_ANY)
#undef GEMM_STEPS

static void gemm_summed_of(const struct kernel_gemm *g, struct kernel_gemm_tile *t)
{
    static void (*const exact[])(const struct kernel_gemm *, struct kernel_gemm_tile *) = {
        [GEMM_NEAREST] = gemm_summed_nearest,
        [GEMM_CLAMP] = gemm_summed_clamp,
        [GEMM_WRAP] = gemm_summed_wrap,
        [GEMM_ANY] = gemm_summed_any,
    };
    enum gemm_kind kind = gemm_kind_of(&g->acc);
    if (!g->table)
        exact[kind](g, t);
    else if (kind == GEMM_NEAREST)
        gemm_table_summed_nearest(g, t);
    else
        gemm_table_summed_any(g, t);
}

static void gemm_added_of(const struct kernel_gemm *g, struct kernel_gemm_tile *t)
{
    bool nearest = gemm_kind_of(&g->acc) == GEMM_NEAREST;
    if (nearest)
        g->table ? gemm_table_added_nearest(g, t) : gemm_added_nearest(g, t);
    else
        g->table ? gemm_table_added_any(g, t) : gemm_added_any(g, t);
}

static void gemm(const struct kernel_gemm *g, struct kernel_gemm_tile *t)
{
    switch (g->way) {
    case KERNEL_GEMM_ALIGNED:
        gemm_aligned_steps(g, t);
        break;
    case KERNEL_GEMM_SUMMED:
        gemm_summed_of(g, t);
        break;
    case KERNEL_GEMM_ADDED:
        gemm_added_of(g, t);
        break;
    default:
        g->table ? gemm_bins_of(g, t, true) : gemm_bins_of(g, t, false);
    }
}

#endif
