/* Blocks with scales of their own: see struct kernel_float_blocks. W blocks at a time: their largest
 * magnitudes as one vector, their scales, then their elements.
 *
 * Scales. amax / (top * outer scale) rounded into the scale's format is an element of that grid under the
 * scale D = top * outer scale: the exact way of scaled.inc.h finds it. (b >= 2^-92, D of 48 bits: the last
 * bit of b R is at least 2^-92-47.) Binary32 has more precision than that way: there D is a binary32 number,
 * and the division rounds once. ORDER_TE has binary32 steps.
 *
 * What is stored times the outer scale has 12 + 24 bits at most: value, cut to 24, and the rest, which one
 * fused step each finds.
 *
 * A block whose scale leaves the range that is served, is zero or clamped, or whose elements are not all
 * finite goes to the definition; zeros stay zeros. */
#include <float.h>

#include "sim/kernels/define.h"
#include "sim/kernels/kernels.h"

struct float_blocks_scales {
    float inverse[W], value[W], rest[W];
    uint32_t special, zero; /* bit j: block j */
};

/* As block_range of sim/quant. */
static struct region_range float_blocks_range(const struct scaling *s, const float *x, size_t n)
{
    struct region_range r = {.lo = INFINITY, .hi = -INFINITY};
    bool nan = false, any = false;
    for (size_t i = 0; i < n; i++) {
        nan |= isnan(x[i]) && s->block_nan != SPECIAL_ELEMENT;
        if (isnan(x[i]) || (isinf(x[i]) && s->block_inf == SPECIAL_ELEMENT))
            continue;
        any = true;
        r.lo = x[i] < r.lo ? x[i] : r.lo;
        r.hi = x[i] > r.hi ? x[i] : r.hi;
    }
    if (!any)
        r.lo = r.hi = 0;
    r.amax = nan ? NAN : fmaxf(fabsf(r.lo), fabsf(r.hi));
    return r;
}

static void float_blocks_define(const struct kernel_float_blocks *k, const struct outer_scale *outer,
                                const float *x, float *y, size_t n, struct kernel_counts *counts)
{
    struct region_range range = float_blocks_range(&k->scaling, x, n);
    struct candidate c = {.element = &k->element.grid.f, .peak = k->peak};
    struct block_scale b = scaling_block(&k->scaling, &c, outer, &range, 0);
    if (counts)
        kernel_count_scale(&b, counts);
    kernel_define_scaled(&k->element.scaling, &k->element.grid.r, &b, x, y, n, counts);
}

/* The largest magnitudes, as bits, of W blocks of `block` elements or what there is of them. */
ALWAYS_INLINE vi float_blocks_tops(const float *x, size_t n, size_t block)
{
    const vi magnitude = vi_set1(INT32_MAX);
    vi top[W];
    if (n >= W * block && block % W == 0) {
#pragma GCC unroll 16
        for (size_t j = 0; j < W; j++)
            top[j] = vi_and(vf_bits(vf_load(x + j * block)), magnitude);
        for (size_t i = W; i < block; i += W)
#pragma GCC unroll 16
            for (size_t j = 0; j < W; j++)
                top[j] = vi_max(top[j], vi_and(vf_bits(vf_load(x + j * block + i)), magnitude));
        return vi_tops(top);
    }
    for (size_t j = 0; j < W; j++) {
        size_t first = j * block, end = n < first + block ? n : first + block;
        top[j] = vi_set1(0);
        for (size_t i = first; i < end; i += W)
            top[j] = vi_max(top[j], vi_and(vf_bits(vf_load_n(x + i, end - i < W ? end - i : W)), magnitude));
    }
    return vi_tops(top);
}

/* The scales of n <= W blocks. */
static void float_blocks_find(const struct kernel_float_blocks *k, const struct kernel_float_outer *o, vi top,
                              size_t n, struct float_blocks_scales *s)
{
    const struct scaled_kind grid_kind = {.wide = true, .counting = true};
    const struct scaled_constants c = scaled_constants_of(&k->scale, grid_kind);
    const struct scaled_scale divisor = scaled_scale_of(&o->divisor),
                              multiplier = scaled_scale_of(&(struct kernel_scale){.inverse = o->multiplier});
    vf amax = vf_from_bits(top), outer = vf_set1(o->scale), stored, inverse;
    if (k->stepped)
        stored = scaled_fast(&c, &multiplier, amax, grid_kind).rounded;
    else if (k->direct)
        stored = vf_div(amax, vf_set1(o->top));
    else
        stored = scaled_exact(&c, &divisor, amax, grid_kind).rounded;
    vf value = vf_mul(stored, outer), rest = vf_fma(stored, outer, vf_sub(vf_set1(0), value));
    value = vf_from_bits(vi_sub(vf_bits(value), vi_select(vf_lt(rest, vf_set1(0)), vi_set1(1), vi_set1(0))));
    rest = vf_fma(stored, outer, vf_sub(vf_set1(0), value));
    inverse = vf_div(vf_set1(1), value);
    if (k->stepped)
        inverse = vf_min(vf_div(vf_set1(1), vf_mul(stored, outer)), vf_set1(FLT_MAX));
    vm served = vm_and(vf_le(vf_set1(k->least), stored), vf_le(stored, vf_set1(k->most)));
    served = vm_and(served,
                    vm_and(vf_le(vf_set1(k->element.least_scale), value), vf_lt(value, vf_set1(0x1p100F))));
    served = vm_and(served, vi_lt(top, vi_set1(0x7f800000)));
    vm zero = vi_eq(top, vi_set1(0));
    s->zero = vm_bits(vm_and(vm_first(n), zero));
    s->special = vm_bits(vm_andnot(vm_first(n), vm_or(served, zero)));
    vf_store(s->inverse, inverse);
    vf_store(s->value, value);
    vf_store(s->rest, rest);
}

ALWAYS_INLINE struct kernel_scale float_blocks_scale(const struct float_blocks_scales *s, size_t j)
{
    return (struct kernel_scale){s->inverse[j], s->value[j], s->rest[j]};
}

/* W blocks of 1 << shift vectors each. */
ALWAYS_INLINE void float_blocks_whole(const struct kernel_scaled *k, const struct scaled_constants *c,
                                      const struct float_blocks_scales *s, int shift, const float *x,
                                      float *y, size_t n, struct scaled_counters *counters,
                                      struct kernel_counts *counts, struct scaled_kind kind)
{
    for (size_t i = 0, t = 0; i < n; i += SCALED_STEP * W, t += SCALED_STEP) {
        struct scaled_scale scale[SCALED_STEP];
#pragma GCC unroll 4
        for (size_t j = 0; j < SCALED_STEP; j++) {
            size_t b = (t + j) >> shift;
            scale[j] =
                (struct scaled_scale){vf_set1(s->inverse[b]), vf_set1(s->value[b]), vf_set1(s->rest[b])};
        }
        if (scaled_vectors(c, scale, x + i, y + i, counters, kind))
            continue;
        for (size_t j = 0; j < SCALED_STEP; j++) {
            struct kernel_scale own = float_blocks_scale(s, (t + j) >> shift);
            scaled_vector(k, c, &own, x + i + j * W, y + i + j * W, W, counters, counts, kind);
        }
    }
}

/* Zeros under a scale that is zero or positive. */
ALWAYS_INLINE void float_blocks_zeros(const float *x, float *y, size_t n, struct scaled_kind kind)
{
    for (size_t i = 0; i < n; i++)
        y[i] = kind.signed_zero && !kind.stepped ? x[i] : 0;
}

/* log2 of the vectors in a block, if it is their number and W blocks make whole steps; else -1. */
static int float_blocks_shift(size_t block)
{
    for (int shift = 0; block % SCALED_STEP == 0 && (size_t)W << shift <= block; shift++)
        if ((size_t)W << shift == block)
            return shift;
    return -1;
}

/* W blocks, or fewer, the last one perhaps short. */
ALWAYS_INLINE void float_blocks_elements(const struct kernel_float_blocks *k,
                                         const struct scaled_constants *c, const struct outer_scale *outer,
                                         const struct float_blocks_scales *s, int shift, const float *x,
                                         float *y, size_t n, struct scaled_counters *counters,
                                         struct kernel_counts *counts, struct scaled_kind kind)
{
    const size_t block = k->scaling.block;
    if (shift >= 0 && n % block == 0 && n % (SCALED_STEP * W) == 0 && !(s->special | s->zero)) {
        float_blocks_whole(&k->element, c, s, shift, x, y, n, counters, counts, kind);
        return;
    }
    for (size_t i = 0, j = 0; i < n; i += block, j++) {
        size_t m = n - i < block ? n - i : block;
        struct kernel_scale own = float_blocks_scale(s, j);
        if (s->special >> j & 1)
            float_blocks_define(k, outer, x + i, y + i, m, counts);
        else if (s->zero >> j & 1)
            float_blocks_zeros(x + i, y + i, m, kind);
        else
            scaled_some(&k->element, c, &own, x + i, y + i, m, counters, counts, kind);
    }
}

/* The scales of a few times W blocks come first, so that one waits less for another. */
ALWAYS_INLINE void float_blocks_run(const struct kernel_float_blocks *k, const struct outer_scale *outer,
                                    const struct kernel_float_outer *o, const float *x, float *y, size_t n,
                                    struct kernel_counts *counts, struct scaled_kind kind)
{
    enum { GROUPS = 8, NEAR = 4096 };
    const struct scaled_constants c = scaled_constants_of(&k->element, kind);
    const size_t block = k->scaling.block, group = block * W;
    const int shift = float_blocks_shift(block);
    struct scaled_counters counters = scaled_no_counts();
    struct float_blocks_scales s[GROUPS];
    for (size_t i = 0; i < n;) {
        size_t end = i, done = i;
        for (size_t g = 0; g < GROUPS && end < n && (g == 0 || end - i + group <= NEAR); g++) {
            size_t m = n - end < group ? n - end : group;
            float_blocks_find(k, o, float_blocks_tops(x + end, m, block), (m + block - 1) / block, &s[g]);
            end += m;
        }
        for (size_t g = 0; done < end; g++) {
            size_t m = end - done < group ? end - done : group;
            float_blocks_elements(k, &c, outer, &s[g], shift, x + done, y + done, m, &counters, counts, kind);
            done += m;
        }
        i = end;
    }
    if (kind.counting)
        scaled_report(&counters, counts);
}

/* One function for each kind, so that none decides anything by the element. */
#define FLOAT_BLOCKS_RUN(name, ...)                                                                         \
    static void float_blocks_##name(const struct kernel_float_blocks *k, const struct outer_scale *outer,   \
                                    const struct kernel_float_outer *o, const float *x, float *y, size_t n, \
                                    struct kernel_counts *counts)                                           \
    {                                                                                                       \
        float_blocks_run(k, outer, o, x, y, n, counts, (struct scaled_kind){.finite = true, __VA_ARGS__});  \
    }
FLOAT_BLOCKS_RUN(fixed, .fixed = true)
FLOAT_BLOCKS_RUN(fixed_counted, .fixed = true, .counting = true)
FLOAT_BLOCKS_RUN(fixed_wide, .fixed = true, .wide = true)
FLOAT_BLOCKS_RUN(fixed_wide_counted, .fixed = true, .wide = true, .counting = true)
FLOAT_BLOCKS_RUN(signed, .signed_zero = true)
FLOAT_BLOCKS_RUN(signed_counted, .signed_zero = true, .counting = true)
FLOAT_BLOCKS_RUN(signed_wide, .signed_zero = true, .wide = true)
FLOAT_BLOCKS_RUN(signed_wide_counted, .signed_zero = true, .wide = true, .counting = true)
FLOAT_BLOCKS_RUN(signed_stepped, .signed_zero = true, .wide = true, .stepped = true)
FLOAT_BLOCKS_RUN(signed_stepped_counted, .signed_zero = true, .wide = true, .stepped = true, .counting = true)
FLOAT_BLOCKS_RUN(unsigned, .signed_zero = false)
FLOAT_BLOCKS_RUN(unsigned_counted, .counting = true)
FLOAT_BLOCKS_RUN(unsigned_wide, .wide = true)
FLOAT_BLOCKS_RUN(unsigned_wide_counted, .wide = true, .counting = true)
FLOAT_BLOCKS_RUN(unsigned_stepped, .wide = true, .stepped = true)
FLOAT_BLOCKS_RUN(unsigned_stepped_counted, .wide = true, .stepped = true, .counting = true)
#undef FLOAT_BLOCKS_RUN

typedef void float_blocks_fn(const struct kernel_float_blocks *k, const struct outer_scale *outer,
                             const struct kernel_float_outer *o, const float *x, float *y, size_t n,
                             struct kernel_counts *counts);

static void float_blocks(const struct kernel_float_blocks *k, const struct outer_scale *outer, const float *x,
                         float *y, size_t n, struct kernel_counts *counts)
{
    static float_blocks_fn *const run[3][3][2] = {
        {{float_blocks_fixed, float_blocks_fixed_counted},
         {float_blocks_fixed_wide, float_blocks_fixed_wide_counted}},
        {{float_blocks_signed, float_blocks_signed_counted},
         {float_blocks_signed_wide, float_blocks_signed_wide_counted},
         {float_blocks_signed_stepped, float_blocks_signed_stepped_counted}},
        {{float_blocks_unsigned, float_blocks_unsigned_counted},
         {float_blocks_unsigned_wide, float_blocks_unsigned_wide_counted},
         {float_blocks_unsigned_stepped, float_blocks_unsigned_stepped_counted}}};
    const struct kernel_grid *g = &k->element.grid;
    const size_t block = k->scaling.block;
    struct kernel_float_outer o;
    if (counts)
        counts->scales += n / block + (n % block != 0);
    if (kernel_float_outer(k, outer, &o))
        run[g->fixed != 0    ? 0
            : g->signed_zero ? 1
                             : 2][k->stepped ? 2 : k->scaling.second != SECOND_NONE][counts != NULL](
            k, outer, &o, x, y, n, counts);
    else
        for (size_t i = 0; i < n; i += block)
            float_blocks_define(k, outer, x + i, y + i, n - i < block ? n - i : block, counts);
}
