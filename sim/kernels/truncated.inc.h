/* Rounding the bits of binary32 as integers: see struct kernel_truncated.
 *
 * Every value of the format is a number of binary32 whose last bits are 0, and all such numbers are values,
 * subnormal ones as well; a carry out of the significand is the next binade. To half of the last place less
 * one, plus the last bit kept, the sum carries where rounding to nearest even goes up. Near a tie, that is
 * within 2^-24 b of a midpoint b, lies b alone: it is no power of two but half the least value, beside which
 * subnormal numbers are further apart.
 *
 * Under a scale, q = x * 2^-k may overflow, and saturates as what it stands for. Where q is subnormal it may
 * be rounded already: the definition takes such vectors. */
#include "sim/kernels/define.h"
#include "sim/kernels/kernels.h"

enum { TRUNCATED_STEP = 4 }; /* vectors between two looks for NaN and subnormal quotients */

struct truncated_constants {
    vf inverse, scale, high;
    vi below, half, round, before_saturation; /* the bits below the last place; half of it; half less one */
    int shift;
};

struct truncated_counters {
    vi saturated, flushed, near;
};

struct truncated_kind {
    bool scaled, counting;
};

ALWAYS_INLINE vi truncated_magnitude(vf x)
{
    return vi_and(vf_bits(x), vi_set1(INT32_MAX));
}

/* Negative where x is not zero and its quotient is below the normal numbers. */
ALWAYS_INLINE vi truncated_underflow(const struct truncated_constants *c, vf x)
{
    vi q = truncated_magnitude(vf_mul(x, c->inverse));
    return vi_and(vi_sub(q, vi_set1(1 << 23)), vi_sub(vi_set1(0), truncated_magnitude(x)));
}

ALWAYS_INLINE vf truncated_vector(const struct truncated_constants *c, vf x, struct truncated_kind kind,
                                  struct truncated_counters *n)
{
    vf q = kind.scaled ? vf_mul(x, c->inverse) : x;
    vi bits = vf_bits(q), odd = vi_and(vi_shr(bits, c->shift), vi_set1(1));
    vi up = vi_add(vi_add(bits, c->round), odd);
    vf out = vf_least(vf_from_bits(vi_andnot(up, c->below)), c->high);
    if (kind.scaled)
        out = vf_mul(out, c->scale);
    if (kind.counting) { /* in signs of differences, which cost less than masks */
        vi off = vi_xor(vi_and(bits, c->below), c->half);
        vi zero = vi_sub(truncated_magnitude(out), vi_set1(1));
        vi nonzero = vi_sub(vi_set1(0), truncated_magnitude(x));
        n->near = vi_sub(n->near, vi_sra(vi_sub(off, vi_set1(1)), 31));
        n->flushed = vi_sub(n->flushed, vi_sra(vi_and(zero, nonzero), 31));
        n->saturated = vi_sub(n->saturated, vi_sra(vi_sub(c->before_saturation, truncated_magnitude(q)), 31));
    }
    return out;
}

ALWAYS_INLINE void truncated_report(const struct truncated_counters *n, struct kernel_counts *counts)
{
    counts->saturated += vi_sum(n->saturated);
    counts->flushed += vi_sum(n->flushed);
    counts->near_ties += vi_sum(n->near);
}

/* Vectors one by one, the last one short; those with a NaN or a subnormal quotient by the definition. */
static void truncated_tail(const struct kernel_truncated *k, const struct truncated_constants *c, float scale,
                           const float *x, float *y, size_t n, struct kernel_counts *counts,
                           struct truncated_kind kind)
{
    const vi zero = vi_set1(0);
    struct truncated_counters counters = {zero, zero, zero};
    for (size_t i = 0; i < n; i += W) {
        size_t rest = n - i < W ? n - i : W;
        vf v = vf_load_n(x + i, rest);
        bool rare =
            vm_any(vf_is_nan(v)) || (kind.scaled && vm_any(vi_lt(truncated_underflow(c, v), vi_set1(0))));
        if (rare)
            kernel_define(&k->f, &k->r, scale, NULL, x + i, y + i, rest, counts);
        else
            vf_store_n(y + i, truncated_vector(c, v, kind, &counters), rest);
    }
    if (kind.counting)
        truncated_report(&counters, counts);
}

ALWAYS_INLINE bool truncated_is_rare(const struct truncated_constants *c, const vf v[TRUNCATED_STEP],
                                     struct truncated_kind kind)
{
    if (vm_any(vf_is_nan(vf_add(vf_add(v[0], v[1]), vf_add(v[2], v[3])))))
        return true;
    if (!kind.scaled)
        return false;
    vi low = truncated_underflow(c, v[0]);
#pragma GCC unroll 3
    for (size_t j = 1; j < TRUNCATED_STEP; j++)
        low = vi_or(low, truncated_underflow(c, v[j]));
    return vm_any(vi_lt(low, vi_set1(0)));
}

ALWAYS_INLINE void truncated_run(const struct kernel_truncated *k, float inverse, float scale, const float *x,
                                 float *y, size_t n, struct kernel_counts *counts, struct truncated_kind kind)
{
    const int32_t half = INT32_C(1) << (k->shift - 1);
    const struct truncated_constants c = {.inverse = vf_set1(inverse),
                                          .scale = vf_set1(scale),
                                          .high = vf_set1(k->high),
                                          .below = vi_set1(2 * half - 1),
                                          .half = vi_set1(half),
                                          .round = vi_set1(half - 1),
                                          .before_saturation = vi_set1(k->before_saturation),
                                          .shift = k->shift};
    const vi zero = vi_set1(0);
    struct truncated_counters counters = {zero, zero, zero};
    size_t i = 0;
    for (; i + TRUNCATED_STEP * W <= n; i += TRUNCATED_STEP * W) {
        vf v[TRUNCATED_STEP];
#pragma GCC unroll 4
        for (size_t j = 0; j < TRUNCATED_STEP; j++)
            v[j] = vf_load(x + i + j * W);
        if (truncated_is_rare(&c, v, kind))
            truncated_tail(k, &c, scale, x + i, y + i, TRUNCATED_STEP * W, counts, kind);
        else
#pragma GCC unroll 4
            for (size_t j = 0; j < TRUNCATED_STEP; j++)
                vf_store(y + i + j * W, truncated_vector(&c, v[j], kind, &counters));
    }
    truncated_tail(k, &c, scale, x + i, y + i, n - i, counts, kind);
    if (kind.counting)
        truncated_report(&counters, counts);
}

/* One function for each kind, so that none decides anything by the element. */
static void truncated(const struct kernel_truncated *k, float inverse, float scale, const float *x, float *y,
                      size_t n, struct kernel_counts *counts)
{
    if (counts && scale != 1)
        truncated_run(k, inverse, scale, x, y, n, counts, (struct truncated_kind){true, true});
    else if (counts)
        truncated_run(k, inverse, scale, x, y, n, counts, (struct truncated_kind){false, true});
    else if (scale != 1)
        truncated_run(k, inverse, scale, x, y, n, NULL, (struct truncated_kind){true, false});
    else
        truncated_run(k, inverse, scale, x, y, n, NULL, (struct truncated_kind){false, false});
}
