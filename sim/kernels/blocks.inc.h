/* Blocks under powers of two: see struct kernel_blocks.
 *
 * Rounding x / 2^k to a grid and multiplying by 2^k is rounding x to the grid times 2^k: the constants of the
 * grid take 2^k, and elements are neither multiplied nor divided. kernel_blocks_open sees to it that all
 * constants stay normal. A block of zeros takes any scale. */
#include "sim/kernels/kernels.h"

struct blocks_constants {
    struct grid_constants grid;
    vi first, last, carry[2], bias;
};

struct blocks_counters {
    struct grid_counters grid;
    vi zeros; /* blocks of zeros */
};

/* Largest magnitudes that the model does not cover. */
ALWAYS_INLINE vm blocks_odd(const struct blocks_constants *c, vi top)
{
    return vm_or(vi_lt(c->last, top), vm_and(vi_lt(top, c->first), vi_lt(vi_set1(0), top)));
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
                                   .before_first_tie = blocks_times(c->before_first_tie, exponent),
                                   .last_tie = blocks_times(c->last_tie, exponent),
                                   .last_tie_below = blocks_times(c->last_tie_below, exponent),
                                   .fixed = blocks_times(c->fixed, exponent),
                                   .high_bits = vi_add(c->high_bits, exponent),
                                   .least_normal = vi_add(c->least_normal, exponent),
                                   .magic = c->magic};
}

/* A block that the model does not cover: its scale by the definition. */
static void blocks_odd_one(const struct kernel_blocks *k, const float *x, float *y, size_t n,
                           struct kernel_counts *counts)
{
    struct block_scale scale = kernel_blocks_scale(k, x, n, counts);
    float s = number_to_f32(scale.value);
    if (s >= 0x1p-126F && s <= 0x1p126F && (bits_from_f32(s) & 0x7fffff) == 0)
        grid(&k->grid, 1 / s, s, x, y, n, counts);
    else
        kernel_blocks_define(k, &scale, x, y, n, counts);
}

/* A block of any length. */
ALWAYS_INLINE void blocks_one(const struct kernel_blocks *k, const struct blocks_constants *c, const float *x,
                              float *y, size_t n, struct kernel_counts *counts, struct grid_kind kind,
                              struct blocks_counters *counters)
{
    vi top = vi_set1((int32_t)bits_from_f32(absmax(x, n)));
    if (vm_any(blocks_odd(c, top))) {
        blocks_odd_one(k, x, y, n, counts);
        return;
    }
    struct grid_constants g = blocks_grid(&c->grid, blocks_exponent(c, top));
    const vm all = vm_first(W);
    size_t i = 0;
    for (; i + W <= n; i += W)
        vf_store(y + i, grid_vector(&g, vf_load(x + i), kind, all, &counters->grid));
    if (i < n)
        vf_store_n(y + i, grid_vector(&g, vf_load_n(x + i, n - i), kind, vm_first(n - i), &counters->grid),
                   n - i);
    if (kind.counting) {
        counts->scales++;
        counters->zeros = vi_count(counters->zeros, vm_and(vm_first(1), vi_eq(top, vi_set1(0))));
    }
}

/* W blocks of `vectors` vectors each. */
ALWAYS_INLINE void blocks_group(const struct kernel_blocks *k, const struct blocks_constants *c,
                                const float *x, float *y, size_t vectors, struct kernel_counts *counts,
                                struct grid_kind kind, struct blocks_counters *counters)
{
    const vi magnitude = vi_set1(0x7fffffff);
    const size_t block = vectors * W;
    vi top[W];
#pragma GCC unroll 16
    for (size_t b = 0; b < W; b++) {
        top[b] = vi_and(vf_bits(vf_load(x + b * block)), magnitude);
        for (size_t v = 1; v < vectors; v++)
            top[b] = vi_max(top[b], vi_and(vf_bits(vf_load(x + b * block + v * W)), magnitude));
    }
    vi tops = vi_tops(top);
    if (vm_any(blocks_odd(c, tops))) {
        for (size_t b = 0; b < W; b++)
            blocks_one(k, c, x + b * block, y + b * block, block, counts, kind, counters);
        return;
    }
    int32_t exponent[W];
    vi_store(exponent, blocks_exponent(c, tops));
    const vm all = vm_first(W);
    for (size_t b = 0; b < W; b++) {
        struct grid_constants g = blocks_grid(&c->grid, vi_set1(exponent[b]));
        for (size_t v = 0; v < vectors; v++) {
            size_t at = b * block + v * W;
            vf_store(y + at, grid_vector(&g, vf_load(x + at), kind, all, &counters->grid));
        }
    }
    if (kind.counting) {
        counts->scales += W;
        counters->zeros = vi_count(counters->zeros, vi_eq(tops, vi_set1(0)));
    }
}

ALWAYS_INLINE void blocks_run(const struct kernel_blocks *k, const float *x, float *y, size_t n,
                              size_t vectors, struct kernel_counts *counts, struct grid_kind kind)
{
    const struct blocks_constants c = {.grid = grid_constants_of(&k->grid, 1, 1),
                                       .first = vi_set1(k->first),
                                       .last = vi_set1(k->last),
                                       .carry = {vi_set1(k->carry[0]), vi_set1(k->carry[1])},
                                       .bias = vi_set1(k->bias * (1 << 23))};
    struct blocks_counters counters = {.grid = grid_counters_of_none(), .zeros = vi_set1(0)};
    size_t i = 0;
    if (vectors)
        for (; n - i >= vectors * W * W; i += vectors * W * W)
            blocks_group(k, &c, x + i, y + i, vectors, counts, kind, &counters);
    for (; i < n; i += k->block < n - i ? k->block : n - i)
        blocks_one(k, &c, x + i, y + i, k->block < n - i ? k->block : n - i, counts, kind, &counters);
    if (kind.counting) {
        const uint64_t zeros = vi_sum(counters.zeros);
        grid_report(&counters.grid, counts);
        counts->scale_saturated += zeros * k->zeros.scale_saturated;
        counts->scale_flushed += zeros * k->zeros.scale_flushed;
    }
}

static void blocks(const struct kernel_blocks *k, const float *x, float *y, size_t n,
                   struct kernel_counts *counts)
{
    const size_t vectors = k->block % W == 0 ? k->block / W : 0;
#define BLOCKS_KIND(one_quantum, zero)                                            \
    if ((k->grid.fixed != 0) == (one_quantum) && k->grid.signed_zero == (zero)) { \
        const struct grid_kind counted = {one_quantum, zero, false, true};        \
        const struct grid_kind plain = {one_quantum, zero, false, false};         \
        if (counts)                                                               \
            blocks_run(k, x, y, n, vectors, counts, counted);                     \
        else if (vectors == 1)                                                    \
            blocks_run(k, x, y, n, 1, NULL, plain);                               \
        else if (vectors == 2)                                                    \
            blocks_run(k, x, y, n, 2, NULL, plain);                               \
        else                                                                      \
            blocks_run(k, x, y, n, vectors, NULL, plain);                         \
    }
    BLOCKS_KIND(false, true)
    BLOCKS_KIND(false, false)
    BLOCKS_KIND(true, false)
#undef BLOCKS_KIND
}
