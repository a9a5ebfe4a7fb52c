/* Rounding quotients to a grid: see struct kernel_scaled. Of grids, grid.inc.h.
 *
 * Fast. With S = value + rest, rest < 2^-23 value, and inverse = 1 / value rounded, q = x * inverse is within
 * 2^-21.9 of x / S, relatively: 2^-23 for the rest and 2^-24 for each of two roundings. x / S lies in a
 * binade's cell of q or in one that meets it at a number of the grid, but where q is nearer to a midpoint b
 * than 2^-21.9 b: b < 2^(E+1), so that is less than 2^(precision - 20.9) of half a quantum, 2^(E -
 * precision). Nearer than 2^(precision - 20) of it, where also every near-tie (2^-24 b) lies, the vector is
 * done exactly.
 *
 * Exact. x and S times the power of two that brings S to [1, 2): X, and U + R. (X is exact, or so far out of
 * the grid that it does not matter.) The midpoint b on q's side of the number that q goes to is the only one
 * that x / S may lie on the other side of; the sign of X - b S decides. b has precision + 1 <= 17 bits, b U
 * 41 at most. e = X - b U is exact where it is below 2^-17 b U, and there and beyond, rounded, has more than
 * b R < 2^-23 b U on its side of zero or is exact, so that e - b R, rounded, has the sign of X - b S, and is
 * zero where that is. (Nothing underflows: b >= 2^-61, and the last bits of b U and b R are at least
 * 2^-61-40.) A quarter of a quantum on that side of b, or b itself, rounds to where x / S does, ties to even.
 *
 * Whether |x / S - b| <= 2^-24 b is read off the rounded e, with a margin: within 2^-20 of equality the
 * definition decides.
 *
 * Results. value * S = y U + y R up to a power of two: y R has 24 bits, so the fused sum rounds once.
 *
 * Limits. Where saturated elements are counted, q is limited to three quarters of a quantum beyond the
 * outermost values: from there it rounds to a number beyond them. */
#include "sim/kernels/define.h"
#include "sim/kernels/kernels.h"

enum { SCALED_STEP = 4 }; /* vectors between two looks for what is not fast */

struct scaled_constants {
    vf low, high, low_limit, high_limit;
    vf fixed, half; /* one quantum for all: 1.5 C, half a quantum */
    vi high_bits, limit_bits, least_normal, magic, near;
};

struct scaled_scale {
    vf inverse, value, rest;
};

struct scaled_kind {
    bool fixed, signed_zero;
    bool wide;    /* the scale has a rest */
    bool stepped; /* x * inverse rounded to binary32 is what is rounded, and -0 is +0 */
    bool finite;  /* no element is NaN */
    bool counting;
};

struct scaled_counters {
    vi saturated, zeros_in, zeros_out, near_ties;
};

struct scaled_result {
    vf rounded; /* before it is limited to the outermost values; a magnitude unless there is one quantum */
    vf out;
    vi near;                /* fast: against scaled_constants.near */
    vi magnitude;           /* fast: bits of q */
    vm near_tie, undecided; /* exact */
};

ALWAYS_INLINE struct scaled_constants scaled_constants_of(const struct kernel_scaled *k,
                                                          struct scaled_kind kind)
{
    const struct kernel_grid *g = &k->grid;
    float half = g->last_tie - g->high;
    int32_t near = kind.fixed ? (int32_t)(bits_from_f32(half) + (24u << 23) + (uint32_t)k->near) : k->near;
    return (struct scaled_constants){.low = vf_set1(g->low),
                                     .high = vf_set1(g->high),
                                     .low_limit = vf_set1(k->low_limit),
                                     .high_limit = vf_set1(k->high_limit),
                                     .fixed = vf_set1(g->fixed),
                                     .half = vf_set1(half),
                                     .high_bits = vf_bits(vf_set1(g->high)),
                                     .limit_bits = vf_bits(vf_set1(k->high_limit)),
                                     .least_normal = vf_bits(vf_set1(g->least_normal)),
                                     .magic = vi_set1(g->magic),
                                     .near = vi_set1(near)};
}

ALWAYS_INLINE struct scaled_scale scaled_scale_of(const struct kernel_scale *s)
{
    return (struct scaled_scale){vf_set1(s->inverse), vf_set1(s->value), vf_set1(s->rest)};
}

ALWAYS_INLINE struct scaled_counters scaled_no_counts(void)
{
    return (struct scaled_counters){vi_set1(0), vi_set1(0), vi_set1(0), vi_set1(0)};
}

static void scaled_define_under(const struct kernel_scaled *k, struct kernel_scale s, const float *x,
                                float *y, size_t n, struct kernel_counts *counts)
{
    struct number scale = number_add(number_from_f32(s.value), number_from_f32(s.rest));
    struct block_scale b = {.element = &k->grid.f, .value = scale};
    kernel_define_scaled(&k->scaling, &k->grid.r, &b, x, y, n, counts);
}

/* The magic number of a magnitude's binade. */
ALWAYS_INLINE vf scaled_magic(const struct scaled_constants *c, vi magnitude)
{
    vi binade = vi_and(vi_max(magnitude, c->least_normal), vi_set1(0x7f800000));
    return vf_from_bits(vi_add(binade, c->magic));
}

/* The number under the scale. */
ALWAYS_INLINE vf scaled_output(const struct scaled_constants *c, const struct scaled_scale *s, vf rounded,
                               vf x, bool beyond, struct scaled_kind kind)
{
    vf y = rounded;
    if (kind.fixed && beyond)
        y = vf_min(vf_max(y, c->low), c->high);
    if (!kind.fixed && beyond)
        y = vf_min(y, c->high);
    if (!kind.fixed)
        y = vf_or(y, vf_sign(x));
    if (!kind.fixed && !kind.signed_zero)
        y = vf_add(y, vf_set1(0));
    if (kind.wide)
        return vf_fma(y, s->value, vf_mul(y, s->rest));
    return vf_mul(y, s->value);
}

ALWAYS_INLINE struct scaled_result scaled_fast(const struct scaled_constants *c, const struct scaled_scale *s,
                                               vf x, struct scaled_kind kind)
{
    struct scaled_result r = {.near_tie = vm_first(0), .undecided = vm_first(0)};
    const vi magnitude = vi_set1(INT32_MAX);
    vf q = vf_mul(x, s->inverse);
    if (kind.stepped)
        q = vf_add(q, vf_set1(0));
    r.magnitude = vi_and(vf_bits(q), magnitude);
    if (kind.fixed) {
        vf low = kind.counting ? c->low_limit : c->low, high = kind.counting ? c->high_limit : c->high;
        vf limited = vf_min(high, vf_max(low, q)); /* a NaN stays, and is near */
        r.rounded = vf_sub(vf_add(limited, c->fixed), c->fixed);
        r.near = vi_and(vf_bits(vf_sub(limited, r.rounded)), magnitude);
    } else {
        vi limited = vi_min(r.magnitude, kind.counting ? c->limit_bits : c->high_bits);
        vf magic = scaled_magic(c, limited);
        r.rounded = vf_sub(vf_add(vf_from_bits(limited), magic), magic);
        vf error = vf_sub(vf_from_bits(limited), r.rounded);
        r.near = vi_sub(vi_and(vf_bits(error), magnitude), vf_bits(magic));
    }
    r.out = scaled_output(c, s, r.rounded, q, kind.counting, kind);
    return r;
}

ALWAYS_INLINE struct scaled_result scaled_exact(const struct scaled_constants *c,
                                                const struct scaled_scale *s, vf x, struct scaled_kind kind)
{
    struct scaled_result r = {.near = vi_set1(0), .magnitude = vi_set1(0), .undecided = vm_first(0)};
    const vf sign = vf_set1(-0.0F), zero = vf_set1(0);
    vf value = s->value;
    vf shift = vf_from_bits(vi_sub(vi_set1(254 << 23), vi_and(vf_bits(value), vi_set1(0x7f800000))));
    vf q = vf_mul(x, s->inverse), xs = vf_mul(x, shift), unit = vf_mul(value, shift);
    vf magic = c->fixed, half = c->half, limited;
    if (kind.fixed) {
        limited = vf_min(vf_max(q, c->low_limit), c->high_limit);
    } else {
        vi l = vi_min(vi_and(vf_bits(q), vi_set1(INT32_MAX)), c->limit_bits);
        limited = vf_from_bits(l);
        magic = scaled_magic(c, l);
        half = vf_from_bits(vi_sub(vf_bits(magic), vi_set1(24 << 23)));
        xs = vf_abs(xs);
    }
    vf y = vf_sub(vf_add(limited, magic), magic);
    vf b = vf_add(y, vf_or(half, vf_and(vf_sub(limited, y), sign)));
    vf e = vf_fnma(b, unit, xs);
    if (kind.wide)
        e = vf_fnma(b, vf_mul(s->rest, shift), e);
    vf quarter = vf_or(vf_mul(half, vf_set1(0.5F)), vf_and(e, sign));
    vf moved = vf_add(b, vf_select(vf_eq(e, zero), zero, quarter));
    r.rounded = vf_sub(vf_add(moved, magic), magic);
    r.out = scaled_output(c, s, r.rounded, x, true, kind);
    if (kind.counting) {
        vf far = vf_abs(e), tie = vf_mul(vf_abs(b), vf_mul(unit, vf_set1(0x1p-24F)));
        r.near_tie = vf_le(far, tie);
        r.undecided = vm_and(vf_lt(vf_mul(tie, vf_set1(1 - 0x1p-20F)), far),
                             vf_lt(far, vf_mul(tie, vf_set1(1 + 0x1p-20F))));
    }
    return r;
}

ALWAYS_INLINE void scaled_count(const struct scaled_constants *c, vf x, const struct scaled_result *r,
                                vm near_tie, struct scaled_kind kind, vm lanes, struct scaled_counters *n)
{
    n->zeros_in = vi_count(n->zeros_in, vm_and(lanes, vf_eq(x, vf_set1(0))));
    n->zeros_out = vi_count(n->zeros_out, vm_and(lanes, vf_eq(r->out, vf_set1(0))));
    n->near_ties = vi_count(n->near_ties, vm_and(lanes, near_tie));
    n->saturated = vi_count(n->saturated, vm_and(lanes, vf_lt(c->high, r->rounded)));
    if (kind.fixed)
        n->saturated = vi_count(n->saturated, vm_and(lanes, vf_lt(r->rounded, c->low)));
}

ALWAYS_INLINE void scaled_report(const struct scaled_counters *n, struct kernel_counts *counts)
{
    counts->saturated += vi_sum(n->saturated);
    counts->flushed += vi_sum(n->zeros_out) - vi_sum(n->zeros_in); /* zero stays zero */
    counts->near_ties += vi_sum(n->near_ties);
}

/* In steps q is a binary32 number, and near a tie as in grid.inc.h. */
ALWAYS_INLINE vm scaled_stepped_tie(const struct scaled_result *r)
{
    return vi_lt_unsigned(vi_sub(vi_set1(-(24 << 23)), r->near), vi_set1(2));
}

/* n <= W elements. */
ALWAYS_INLINE void scaled_vector(const struct kernel_scaled *k, const struct scaled_constants *c,
                                 const struct kernel_scale *s, const float *x, float *y, size_t n,
                                 struct scaled_counters *counters, struct kernel_counts *counts,
                                 struct scaled_kind kind)
{
    const struct scaled_scale scale = scaled_scale_of(s);
    vf v = vf_load_n(x, n);
    struct scaled_result r =
        kind.stepped ? scaled_fast(c, &scale, v, kind) : scaled_exact(c, &scale, v, kind);
    vm undecided = r.undecided;
    if (!kind.finite)
        undecided = vm_or(undecided, vf_is_nan(v));
    if (vm_any(undecided)) {
        scaled_define_under(k, *s, x, y, n, counts);
        return;
    }
    vf_store_n(y, r.out, n);
    if (kind.counting)
        scaled_count(c, v, &r, kind.stepped ? scaled_stepped_tie(&r) : r.near_tie, kind, vm_first(n),
                     counters);
}

/* SCALED_STEP vectors, each under its scale; false if one of them is for scaled_vector. */
ALWAYS_INLINE bool scaled_vectors(const struct scaled_constants *c, const struct scaled_scale s[SCALED_STEP],
                                  const float *x, float *y, struct scaled_counters *counters,
                                  struct scaled_kind kind)
{
    struct scaled_result r[SCALED_STEP];
    vf v[SCALED_STEP];
#pragma GCC unroll 4
    for (size_t j = 0; j < SCALED_STEP; j++) {
        v[j] = vf_load(x + j * W);
        r[j] = scaled_fast(c, &s[j], v[j], kind);
    }
    vi near = vi_max(vi_max(r[0].near, r[1].near), vi_max(r[2].near, r[3].near));
    vi top = vi_max(vi_max(r[0].magnitude, r[1].magnitude), vi_max(r[2].magnitude, r[3].magnitude));
    vm slow = vm_first(0);
    if (!kind.stepped)
        slow = vi_lt(c->near, near);
    if (!kind.finite && !kind.fixed)
        slow = vm_or(slow, vi_lt(vi_set1(0x7f800000), top));
    if (!kind.stepped && vm_any(slow))
        return false;
#pragma GCC unroll 4
    for (size_t j = 0; j < SCALED_STEP; j++) {
        vf_store(y + j * W, r[j].out);
        if (kind.counting)
            scaled_count(c, v[j], &r[j], kind.stepped ? scaled_stepped_tie(&r[j]) : vm_first(0), kind,
                         vm_first(W), counters);
    }
    return true;
}

/* n elements under one scale. */
ALWAYS_INLINE void scaled_some(const struct kernel_scaled *k, const struct scaled_constants *c,
                               const struct kernel_scale *s, const float *x, float *y, size_t n,
                               struct scaled_counters *counters, struct kernel_counts *counts,
                               struct scaled_kind kind)
{
    const struct scaled_scale scale = scaled_scale_of(s);
    for (size_t i = 0; i < n;) {
        size_t end = i + SCALED_STEP * W <= n ? i + SCALED_STEP * W : n;
        if (end - i == SCALED_STEP * W &&
            scaled_vectors(c, (const struct scaled_scale[]){scale, scale, scale, scale}, x + i, y + i,
                           counters, kind))
            i = end;
        for (; i < end; i += W)
            scaled_vector(k, c, s, x + i, y + i, end - i < W ? end - i : W, counters, counts, kind);
        i = end;
    }
}

ALWAYS_INLINE void scaled_run(const struct kernel_scaled *k, struct kernel_scale s, const float *x, float *y,
                              size_t n, struct kernel_counts *counts, struct scaled_kind kind)
{
    const struct scaled_constants c = scaled_constants_of(k, kind);
    struct scaled_counters counters = scaled_no_counts();
    scaled_some(k, &c, &s, x, y, n, &counters, counts, kind);
    if (kind.counting)
        scaled_report(&counters, counts);
}

/* One function for each kind, so that none decides anything by the element. */
#define SCALED_RUN(name, ...)                                                                       \
    static void scaled_##name(const struct kernel_scaled *k, struct kernel_scale s, const float *x, \
                              float *y, size_t n, struct kernel_counts *counts)                     \
    {                                                                                               \
        scaled_run(k, s, x, y, n, counts, (struct scaled_kind){__VA_ARGS__});                       \
    }
SCALED_RUN(fixed, .fixed = true)
SCALED_RUN(fixed_counted, .fixed = true, .counting = true)
SCALED_RUN(fixed_wide, .fixed = true, .wide = true)
SCALED_RUN(fixed_wide_counted, .fixed = true, .wide = true, .counting = true)
SCALED_RUN(signed, .signed_zero = true)
SCALED_RUN(signed_counted, .signed_zero = true, .counting = true)
SCALED_RUN(signed_wide, .signed_zero = true, .wide = true)
SCALED_RUN(signed_wide_counted, .signed_zero = true, .wide = true, .counting = true)
SCALED_RUN(unsigned, .signed_zero = false)
SCALED_RUN(unsigned_counted, .counting = true)
SCALED_RUN(unsigned_wide, .wide = true)
SCALED_RUN(unsigned_wide_counted, .wide = true, .counting = true)
#undef SCALED_RUN

typedef void scaled_fn(const struct kernel_scaled *k, struct kernel_scale s, const float *x, float *y,
                       size_t n, struct kernel_counts *counts);

static void scaled(const struct kernel_scaled *k, const struct block_scale *b, const float *x, float *y,
                   size_t n, struct kernel_counts *counts)
{
    static scaled_fn *const run[3][2][2] = {
        {{scaled_fixed, scaled_fixed_counted}, {scaled_fixed_wide, scaled_fixed_wide_counted}},
        {{scaled_signed, scaled_signed_counted}, {scaled_signed_wide, scaled_signed_wide_counted}},
        {{scaled_unsigned, scaled_unsigned_counted}, {scaled_unsigned_wide, scaled_unsigned_wide_counted}}};
    struct kernel_scale s;
    if (!kernel_scale_split(k, b->value, &s))
        kernel_define_scaled(&k->scaling, &k->grid.r, b, x, y, n, counts);
    else if (s.rest == 0 && (bits_from_f32(s.value) & 0x7fffff) == 0)
        grid(&k->grid, s.inverse, s.value, x, y, n, counts);
    else
        run[k->grid.fixed != 0    ? 0
            : k->grid.signed_zero ? 1
                                  : 2][s.rest != 0][counts != NULL](k, s, x, y, n, counts);
}
