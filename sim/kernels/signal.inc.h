/* Sums over the elements of a tensor: see struct kernel_signal and struct kernel_deviations. x^2 is exact in
 * binary64, (x - mean)^2 and its square may not be. */
#include "sim/kernels/kernels.h"
#include "sim/kernels/sums.inc.h"

/* False, and nothing added, if an element is not finite. */
ALWAYS_INLINE bool signal_column(struct kernel_signal *k, const float *x, size_t n, size_t column,
                                 bool masked)
{
    vd sum[HALVES], sum2[HALVES];
    lanes_load(sum, &k->x, column);
    lanes_load(sum2, &k->x2, column);
    for (size_t i = column; i < n; i += SUM_LANES)
#pragma GCC unroll 4
        for (size_t h = 0; h < HALVES; h++) {
            vd a = vd_load_f32(x + i + h * HALF);
            if (masked)
                a = vd_select(vd_lt(vd_abs(a), vd_set1((double)INFINITY)), a, vd_set1(0));
            sum[h] = vd_add(sum[h], a);
            sum2[h] = vd_add_exact(sum2[h], a, a);
        }
    if (!lanes_are_finite(sum2))
        return false;
    lanes_store(sum, &k->x, column);
    lanes_store(sum2, &k->x2, column);
    return true;
}

/* Ends of the range and counts. */
ALWAYS_INLINE void signal_range(struct kernel_signal *k, const float *x, size_t n, bool masked)
{
    vf lo = vf_set1(k->lo), hi = vf_set1(k->hi);
    vi zeros = vi_set1(0), infinite = vi_set1(0), nan = vi_set1(0);
    for (size_t i = 0; i < n; i += W) {
        vf v = vf_load(x + i), up = v, down = v;
        if (masked) {
            vf magnitude = vf_abs(v);
            up = vf_select(vf_lt(magnitude, vf_set1(INFINITY)), v, vf_set1(-INFINITY));
            down = vf_select(vf_lt(magnitude, vf_set1(INFINITY)), v, vf_set1(INFINITY));
            infinite = vi_count(infinite, vf_eq(magnitude, vf_set1(INFINITY)));
            nan = vi_count(nan, vf_is_nan(v));
        }
        hi = vf_max(hi, up);
        lo = vf_min(lo, down);
        zeros = vi_count(zeros, vf_eq(v, vf_set1(0)));
    }
    float low[W], high[W];
    vf_store(low, lo);
    vf_store(high, hi);
    for (size_t j = 0; j < W; j++) {
        k->lo = low[j] < k->lo ? low[j] : k->lo;
        k->hi = high[j] > k->hi ? high[j] : k->hi;
    }
    k->zeros += vi_sum(zeros);
    k->infinite += vi_sum(infinite);
    k->nan += vi_sum(nan);
}

static void signal_strip(struct kernel_signal *k, const float *x, size_t n)
{
    bool finite = true;
    for (size_t column = 0; column < SUM_LANES; column += COLUMN)
        if (!finite || !signal_column(k, x, n, column, false)) {
            finite = false;
            signal_column(k, x, n, column, true);
        }
    if (finite)
        signal_range(k, x, n, false);
    else
        signal_range(k, x, n, true);
    sum_advance(&k->x, n);
    sum_advance(&k->x2, n);
}

static void signal_sums(struct kernel_signal *k, const float *x, size_t n)
{
    for (size_t strip; n; x += strip, n -= strip) {
        strip = strip_length(&k->x, n);
        signal_strip(k, x, strip);
    }
}

/* False, and nothing added, if an element is not finite. */
ALWAYS_INLINE bool deviations_column(struct kernel_deviations *k, const float *x, size_t n, size_t column,
                                     bool masked)
{
    const vd mean = vd_set1(k->mean);
    vd m2[HALVES], m4[HALVES];
    lanes_load(m2, &k->m2, column);
    lanes_load(m4, &k->m4, column);
    for (size_t i = column; i < n; i += SUM_LANES)
#pragma GCC unroll 4
        for (size_t h = 0; h < HALVES; h++) {
            vd d = vd_sub(vd_load_f32(x + i + h * HALF), mean);
            if (masked)
                d = vd_select(vd_lt(vd_abs(d), vd_set1((double)INFINITY)), d, vd_set1(0));
            vd square = vd_mul(d, d);
            m2[h] = vd_add(m2[h], square);
            m4[h] = vd_add(m4[h], vd_mul(square, square));
        }
    if (!lanes_are_finite(m2))
        return false;
    lanes_store(m2, &k->m2, column);
    lanes_store(m4, &k->m4, column);
    return true;
}

static void deviations(struct kernel_deviations *k, const float *x, size_t n)
{
    for (size_t strip; n; x += strip, n -= strip) {
        strip = strip_length(&k->m2, n);
        for (size_t column = 0; column < SUM_LANES; column += COLUMN)
            if (!deviations_column(k, x, strip, column, false))
                deviations_column(k, x, strip, column, true);
        sum_advance(&k->m2, strip);
        sum_advance(&k->m4, strip);
    }
}
