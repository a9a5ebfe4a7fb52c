/* Blocks under powers of two: see struct kernel_blocks.
 *
 * Rounding x / 2^k to a grid and multiplying by 2^k is rounding x to the grid times 2^k: the constants of the
 * grid take 2^k, and elements are neither multiplied nor divided. kernel_blocks_open sees to it that all
 * constants stay normal. A block of zeros takes any scale. */
#include "sim/kernels/define.h"
#include "sim/kernels/kernels.h"

struct blocks_constants {
    struct grid_constants grid;
    vi first, first_key, last, carry[2], bias;
};

struct blocks_counters {
    struct grid_counters grid;
    vi zeros;      /* blocks of zeros */
    vi zero_lanes; /* elements of them, in runs */
};

enum { BLOCKS_AHEAD = 2048, LINE = 16 }; /* elements */

/* Asks for the lines of n elements as far ahead as memory takes time: streams that jump from block to block
 * are not foreseen by the processor. Any address may be asked for. */
ALWAYS_INLINE void blocks_fetch(const float *x, size_t n)
{
    for (size_t i = 0; i < n; i += LINE)
        __builtin_prefetch((const void *)((uintptr_t)x + (BLOCKS_AHEAD + i) * sizeof *x));
}

/* Keeps the order of magnitudes, but zero comes last. */
ALWAYS_INLINE vi blocks_key(vi top)
{
    return vi_add(top, vi_set1(INT32_MAX));
}

/* Where the model does not cover all largest magnitudes from that of the least key to the largest. */
ALWAYS_INLINE vm blocks_odd(const struct blocks_constants *c, vi least_key, vi most)
{
    return vm_or(vi_lt(least_key, c->first_key), vi_lt(c->last, most));
}

/* The exponents of scales, in the place of those of binary32; for zero one that is served. */
ALWAYS_INLINE vi blocks_exponent(const struct blocks_constants *c, vi top)
{
    vi bits = vi_max(top, c->first);
    vm even = vi_eq(vi_and(bits, vi_set1(1 << 23)), vi_set1(0));
    vi carried = vi_add(bits, vi_select(even, c->carry[0], c->carry[1]));
    return vi_sub(vi_and(carried, vi_set1(0x7f800000)), c->bias);
}

ALWAYS_INLINE vf blocks_times(vf x, vi exponent)
{
    return vf_from_bits(vi_add(vf_bits(x), exponent));
}

ALWAYS_INLINE struct grid_constants blocks_grid(const struct grid_constants *c, vi exponent)
{
    return (struct grid_constants){.low = blocks_times(c->low, exponent),
                                   .high = blocks_times(c->high, exponent),
                                   .saturates = blocks_times(c->saturates, exponent),
                                   .saturates_below = blocks_times(c->saturates_below, exponent),
                                   .first_tie = blocks_times(c->first_tie, exponent),
                                   .fixed = blocks_times(c->fixed, exponent),
                                   .high_bits = vi_add(c->high_bits, exponent),
                                   .least_normal = vi_add(c->least_normal, exponent),
                                   .magic = c->magic};
}

/* A block that the model does not cover: its scale by the definition. */
static void blocks_odd_one(const struct kernel_blocks *k, const float *x, float *y, size_t n,
                           struct kernel_counts *counts)
{
    const struct block_scale scale = kernel_blocks_scale(k, x, n, counts);
    int32_t exponent;
    if (kernel_blocks_power(&scale, &exponent) && exponent >= -126 && exponent <= 126)
        grid(&k->grid, f32_from_bits((uint32_t)(127 - exponent) << 23),
             f32_from_bits((uint32_t)(127 + exponent) << 23), x, y, n, counts);
    else
        kernel_define_scaled(&k->scaling, &k->grid.r, &scale, x, y, n, counts);
}

ALWAYS_INLINE vi blocks_magnitude(vf x)
{
    return vi_and(vf_bits(x), vi_set1(0x7fffffff));
}

/* In every lane. */
ALWAYS_INLINE vi blocks_top(const float *x, size_t n)
{
    vi a = vi_set1(0), b = vi_set1(0);
    size_t i = 0;
    for (; i + 2 * W <= n; i += 2 * W) {
        a = vi_max(a, blocks_magnitude(vf_load(x + i)));
        b = vi_max(b, blocks_magnitude(vf_load(x + i + W)));
    }
    if (i + W <= n) {
        a = vi_max(a, blocks_magnitude(vf_load(x + i)));
        i += W;
    }
    if (i < n)
        b = vi_max(b, blocks_magnitude(vf_load_n(x + i, n - i)));
    return vi_tops_of_runs(vi_max(a, b), W);
}

/* The elements of a block of at least W. The last vector overlaps the one before rather than be short: loads
 * that follow would wait for a partial store. */
ALWAYS_INLINE void blocks_elements(const struct grid_constants *g, const float *x, float *y, size_t n,
                                   struct grid_kind kind, struct blocks_counters *counters)
{
    const size_t whole = n / W * W, rest = n % W;
    const vm all = vm_first(W);
    const vf last = rest ? vf_load(x + n - W) : vf_set1(0);
#pragma GCC unroll 2
    for (size_t i = 0; i < whole; i += W)
        vf_store(y + i, grid_vector(g, vf_load(x + i), kind, all, &counters->grid));
    if (rest)
        vf_store(y + n - W, grid_vector(g, last, kind, vm_andnot(all, vm_first(W - rest)), &counters->grid));
}

/* A block of any length. */
ALWAYS_INLINE void blocks_one(const struct kernel_blocks *k, const struct blocks_constants *c, const float *x,
                              float *y, size_t n, struct kernel_counts *counts, struct grid_kind kind,
                              struct blocks_counters *counters)
{
    const vi top = blocks_top(x, n);
    if (vm_any(blocks_odd(c, blocks_key(top), top))) {
        blocks_odd_one(k, x, y, n, counts);
        return;
    }
    const struct grid_constants g = blocks_grid(&c->grid, blocks_exponent(c, top));
    if (n < W)
        vf_store_n(y, grid_vector(&g, vf_load_n(x, n), kind, vm_first(n), &counters->grid), n);
    else
        blocks_elements(&g, x, y, n, kind, counters);
    if (kind.counting) {
        counts->scales++;
        counters->zeros = vi_count(counters->zeros, vm_and(vm_first(1), vi_eq(top, vi_set1(0))));
    }
}

/* Blocks that are taken together, a group: W of `block` elements each, at least W and few enough to stay in
 * the nearest cache; or those of RUN_VECTORS vectors, `run` lanes each. The other one is 0; both are where
 * blocks are taken one by one. */
struct blocks_shape {
    size_t block, run;
};

enum { BLOCK_MOST = 256, RUN_VECTORS = 8 };

/* The exponents of a group's scales: one a block, or one a lane. */
struct blocks_exponents {
    int32_t of[RUN_VECTORS * W];
};

/* These return false where the model does not cover all blocks of a group. */
ALWAYS_INLINE bool blocks_measure_whole(const struct blocks_constants *c, const float *x, size_t block,
                                        bool counting, struct blocks_counters *counters,
                                        struct blocks_exponents *e)
{
    vi top[W];
#pragma GCC unroll 16
    for (size_t b = 0; b < W; b++) {
        const float *from = x + b * block;
        blocks_fetch(from, block);
        top[b] = blocks_magnitude(vf_load(from));
        for (size_t i = 2 * W; i <= block; i += W)
            top[b] = vi_max(top[b], blocks_magnitude(vf_load(from + i - W)));
        if (block % W)
            top[b] = vi_max(top[b], blocks_magnitude(vf_load(from + block - W)));
    }
    const vi tops = vi_tops(top);
    vi_store(e->of, blocks_exponent(c, tops));
    const bool odd = vm_any(blocks_odd(c, blocks_key(tops), tops));
    if (counting && !odd)
        counters->zeros = vi_count(counters->zeros, vi_eq(tops, vi_set1(0)));
    return !odd;
}

ALWAYS_INLINE bool blocks_measure_runs(const struct blocks_constants *c, const float *x, size_t run,
                                       bool counting, struct blocks_counters *counters,
                                       struct blocks_exponents *e)
{
    vi least_key = vi_set1(INT32_MAX), most = vi_set1(0), zero_lanes = counters->zero_lanes;
#pragma GCC unroll 8
    for (size_t v = 0; v < RUN_VECTORS; v++) {
        vi top = vi_tops_of_runs(blocks_magnitude(vf_load(x + v * W)), run);
        vi_store(e->of + v * W, blocks_exponent(c, top));
        least_key = vi_min(least_key, blocks_key(top));
        most = vi_max(most, top);
        if (counting)
            zero_lanes = vi_count(zero_lanes, vi_eq(top, vi_set1(0)));
    }
    if (vm_any(blocks_odd(c, least_key, most)))
        return false;
    counters->zero_lanes = zero_lanes;
    return true;
}

ALWAYS_INLINE bool blocks_measure(const struct blocks_constants *c, const float *x, struct blocks_shape shape,
                                  bool counting, struct blocks_counters *counters, struct blocks_exponents *e)
{
    if (shape.block)
        return blocks_measure_whole(c, x, shape.block, counting, counters, e);
    if (shape.run == W / 2) /* without a decision for each step */
        return blocks_measure_runs(c, x, W / 2, counting, counters, e);
    return blocks_measure_runs(c, x, shape.run, counting, counters, e);
}

ALWAYS_INLINE void blocks_apply(const struct blocks_constants *c, const float *x, float *y,
                                struct blocks_shape shape, const struct blocks_exponents *e,
                                struct grid_kind kind, struct blocks_counters *counters)
{
    if (shape.block) {
        for (size_t b = 0; b < W; b++) {
            const struct grid_constants g = blocks_grid(&c->grid, vi_set1(e->of[b]));
            blocks_elements(&g, x + b * shape.block, y + b * shape.block, shape.block, kind, counters);
        }
        return;
    }
    const vm all = vm_first(W);
#pragma GCC unroll 4
    for (size_t v = 0; v < RUN_VECTORS; v++) {
        const struct grid_constants g = blocks_grid(&c->grid, vi_load(e->of + v * W));
        vf_store(y + v * W, grid_vector(&g, vf_load(x + v * W), kind, all, &counters->grid));
    }
}

/* Each group is measured while the one before is under way; what is left, or has a block that the model does
 * not cover, goes block by block. */
ALWAYS_INLINE void blocks_run(const struct kernel_blocks *k, const float *x, float *y, size_t n,
                              struct blocks_shape shape, struct kernel_counts *counts, struct grid_kind kind)
{
    const struct blocks_constants c = {.grid = grid_constants_of(&k->grid, 1, 1),
                                       .first = vi_set1(k->first),
                                       .first_key = blocks_key(vi_set1(k->first)),
                                       .last = vi_set1(k->last),
                                       .carry = {vi_set1(k->carry[0]), vi_set1(k->carry[1])},
                                       .bias = vi_set1(k->bias * (1 << 23))};
    struct blocks_counters counters = {
        .grid = grid_counters_of_none(), .zeros = vi_set1(0), .zero_lanes = vi_set1(0)};
    struct blocks_exponents e[2];
    const size_t group = shape.block ? W * shape.block : shape.run ? RUN_VECTORS * W : n;
    const size_t groups = shape.block || shape.run ? n / group : 0;
    bool covered = false;
    for (size_t g = 0; g <= groups + 1; g++) {
        const bool next =
            g < groups && blocks_measure(&c, x + g * group, shape, kind.counting, &counters, &e[g & 1]);
        size_t at = g ? (g - 1) * group : 0, end = g > groups ? n : g * group;
        if (covered) {
            blocks_apply(&c, x + at, y + at, shape, &e[(g - 1) & 1], kind, &counters);
            if (kind.counting)
                counts->scales += group / k->block;
        } else
            while (at < end) {
                size_t length = k->block < end - at ? k->block : end - at;
                blocks_one(k, &c, x + at, y + at, length, counts, kind, &counters);
                at += length;
            }
        covered = next;
    }
    if (kind.counting) {
        const uint64_t zeros =
            vi_sum(counters.zeros) + (shape.run ? vi_sum(counters.zero_lanes) / shape.run : 0);
        grid_report(&counters.grid, counts);
        counts->scale_saturated += zeros * k->zeros.scale_saturated;
        counts->scale_flushed += zeros * k->zeros.scale_flushed;
    }
}

/* One function for each kind, and for the commonest shapes: those of 32 elements, and one vector, whose loop
 * costs as much as it does. */
static void blocks(const struct kernel_blocks *k, const float *x, float *y, size_t n,
                   struct kernel_counts *counts)
{
    const struct blocks_shape shape = {
        .block = k->block >= W && k->block <= BLOCK_MOST ? k->block : 0,
        .run = k->block < W && W % k->block == 0 ? k->block : 0,
    };
#define BLOCKS_KIND(one_quantum, zero)                                            \
    if ((k->grid.fixed != 0) == (one_quantum) && k->grid.signed_zero == (zero)) { \
        const struct grid_kind counted = {one_quantum, zero, false, true};        \
        const struct grid_kind plain = {one_quantum, zero, false, false};         \
        const struct blocks_shape one = {W, 0}, two = {2 * W, 0};                 \
        const bool often = (one_quantum) || (zero);                               \
        if (often && counts && shape.block == 2 * W)                              \
            blocks_run(k, x, y, n, two, counts, counted);                         \
        else if (counts)                                                          \
            blocks_run(k, x, y, n, shape, counts, counted);                       \
        else if (often && shape.block == W)                                       \
            blocks_run(k, x, y, n, one, NULL, plain);                             \
        else if (often && shape.block == 2 * W)                                   \
            blocks_run(k, x, y, n, two, NULL, plain);                             \
        else                                                                      \
            blocks_run(k, x, y, n, shape, NULL, plain);                           \
    }
    BLOCKS_KIND(false, true)
    BLOCKS_KIND(false, false)
    BLOCKS_KIND(true, false)
#undef BLOCKS_KIND
}
