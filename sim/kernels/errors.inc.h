/* Sums over pairs of elements: see struct kernel_errors. One pass for what is commonly asked for, one for
 * quotients, one for distances.
 *
 * e = y - x is finite where x and y are, and only there: two binary32 numbers differ by less than 2^129. x y
 * and y^2 are exact in binary64: 24 + 24 bits of at most 53, exponents within +-298. e^2 may be inexact, so
 * it is rounded before it is added, as the definition does. */
#include "sim/kernels/kernels.h"
#include "sim/kernels/sums.inc.h"

struct errors_kind {
    bool squares, largest, products, means, relative; /* what is computed; kept is what *k asks for */
    bool masked;                                      /* some elements are not finite */
};

struct errors_lanes {
    vd e2[HALVES], e[HALVES], abs_e[HALVES], max_e[HALVES], xy[HALVES], y2[HALVES], rel_e[HALVES];
};

ALWAYS_INLINE void errors_half(struct errors_lanes *s, size_t h, const float *x, const float *y,
                               struct errors_kind kind)
{
    vd a = vd_load_f32(x), b = vd_load_f32(y), e = vd_sub(b, a), zero = vd_set1(0);
    if (kind.masked) {
        vn keep = vd_lt(vd_abs(e), vd_set1((double)INFINITY));
        a = vd_select(keep, a, zero);
        b = vd_select(keep, b, zero);
        e = vd_select(keep, e, zero);
    }
    if (kind.squares)
        s->e2[h] = vd_add(s->e2[h], vd_mul(e, e));
    if (kind.largest)
        s->max_e[h] = vd_largest(s->max_e[h], e);
    if (kind.means) {
        s->e[h] = vd_add(s->e[h], e);
        s->abs_e[h] = vd_add(s->abs_e[h], vd_abs(e));
    }
    if (kind.products) {
        s->xy[h] = vd_add_exact(s->xy[h], a, b);
        s->y2[h] = vd_add_exact(s->y2[h], b, b);
    }
    if (kind.relative) {
        vd ratio = vd_div(vd_abs(e), vd_abs(a));
        s->rel_e[h] = vd_add(s->rel_e[h], vd_select(vd_eq(a, zero), zero, ratio));
    }
}

/* False, and nothing added, if an element is not finite; only sums of squares notice. */
ALWAYS_INLINE bool errors_column(struct kernel_errors *k, const float *x, const float *y, size_t n,
                                 size_t column, struct errors_kind kind)
{
    struct errors_lanes s;
    if (kind.squares)
        lanes_load(s.e2, &k->e2, column);
    if (kind.means) {
        lanes_load(s.e, &k->e, column);
        lanes_load(s.abs_e, &k->abs_e, column);
    }
    if (kind.largest) {
#pragma GCC unroll 4
        for (size_t h = 0; h < HALVES; h++)
            s.max_e[h] = vd_set1(k->max_e);
    }
    if (kind.products) {
        lanes_load(s.xy, &k->xy, column);
        lanes_load(s.y2, &k->y2, column);
    }
    if (kind.relative)
        lanes_load(s.rel_e, &k->rel_e, column);
    for (size_t i = column; i < n; i += SUM_LANES)
#pragma GCC unroll 4
        for (size_t h = 0; h < HALVES; h++)
            errors_half(&s, h, x + i + h * HALF, y + i + h * HALF, kind);
    if (kind.squares && !lanes_are_finite(s.e2))
        return false;
    if (kind.squares)
        lanes_store(s.e2, &k->e2, column);
    if (kind.largest && k->largest)
        k->max_e = lanes_top(s.max_e);
    if (kind.means && k->means) {
        lanes_store(s.e, &k->e, column);
        lanes_store(s.abs_e, &k->abs_e, column);
    }
    if (kind.products && k->products) {
        lanes_store(s.xy, &k->xy, column);
        lanes_store(s.y2, &k->y2, column);
    }
    if (kind.relative)
        lanes_store(s.rel_e, &k->rel_e, column);
    return true;
}

/* `finite`: whether all elements are known to be. Returns what it found. */
ALWAYS_INLINE bool errors_pass(struct kernel_errors *k, const float *x, const float *y, size_t n, bool finite,
                               struct errors_kind kind)
{
    struct errors_kind masked = kind;
    masked.masked = true;
    for (size_t column = 0; column < SUM_LANES; column += COLUMN)
        if (!finite || !errors_column(k, x, y, n, column, kind)) {
            finite = false;
            errors_column(k, x, y, n, column, masked);
        }
    return finite;
}

/* The place on the ordered line of binary32 values; both zeros at 0. */
ALWAYS_INLINE vi errors_place(vf v)
{
    vi bits = vf_bits(v), steps = vi_and(bits, vi_set1(INT32_MAX));
    return vi_select(vi_lt(bits, vi_set1(0)), vi_sub(vi_set1(0), steps), steps);
}

/* Distances take 32 bits without a sign: they are compared with the top bit turned. */
static void errors_ulps(struct kernel_errors *k, const float *x, const float *y, size_t n)
{
    const vi turn = vi_set1(INT32_MIN);
    const vf infinity = vf_set1(INFINITY);
    vi top = turn;
    for (size_t i = 0; i < n; i += W) {
        vf a = vf_load(x + i), b = vf_load(y + i);
        vm keep = vm_and(vf_lt(vf_abs(a), infinity), vf_lt(vf_abs(b), infinity));
        vi p = errors_place(a), q = errors_place(b);
        vi distance = vi_sub(vi_max(p, q), vi_min(p, q));
        top = vi_max(top, vi_xor(vi_select(keep, distance, vi_set1(0)), turn));
    }
    int32_t lane[W];
    vi_store(lane, vi_xor(top, turn));
    for (size_t j = 0; j < W; j++)
        k->max_ulp = (uint32_t)lane[j] > k->max_ulp ? (uint32_t)lane[j] : k->max_ulp;
}

static uint64_t errors_lost(const float *x, const float *y, size_t n)
{
    uint64_t lost = 0;
    for (size_t i = 0; i < n; i++)
        lost += fabsf(x[i]) < INFINITY && !(fabsf(y[i]) < INFINITY);
    return lost;
}

static void errors_strip(struct kernel_errors *k, const float *x, const float *y, size_t n)
{
    const struct errors_kind squares = {.squares = true},
                             usual = {.squares = true, .largest = true, .products = true},
                             all = {.squares = true, .largest = true, .products = true, .means = true},
                             relative = {.relative = true};
    bool finite = k->means                    ? errors_pass(k, x, y, n, true, all)
                  : k->largest || k->products ? errors_pass(k, x, y, n, true, usual)
                                              : errors_pass(k, x, y, n, true, squares);
    if (!finite)
        k->lost += errors_lost(x, y, n);
    sum_advance(&k->e2, n);
    if (k->means) {
        sum_advance(&k->e, n);
        sum_advance(&k->abs_e, n);
    }
    if (k->products) {
        sum_advance(&k->xy, n);
        sum_advance(&k->y2, n);
    }
    if (k->relative) {
        errors_pass(k, x, y, n, finite, relative);
        sum_advance(&k->rel_e, n);
    }
    if (k->ulps)
        errors_ulps(k, x, y, n);
}

static void errors(struct kernel_errors *k, const float *x, const float *y, size_t n)
{
    for (size_t strip; n; x += strip, y += strip, n -= strip) {
        strip = strip_length(&k->e2, n);
        errors_strip(k, x, y, strip);
    }
}
