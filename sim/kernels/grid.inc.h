/* Rounding to a grid: see struct kernel_grid.
 *
 * q is first limited to the outermost values, which lie on the grid. With |q| < 2 * 2^E, E at least the least
 * exponent, and C = 2^(E - precision + 24): |q| + C lies in [C, 2 C), whose numbers are the multiples of the
 * quantum 2^(E - precision + 1), so that the addition rounds to it, to even; C is a multiple of twice the
 * quantum, so even stays even; the subtraction is exact. With one quantum for all, 1.5 C serves both signs.
 *
 * Near a tie, that is within 2^-24 b of a midpoint b, lies b itself, and below it no other number of q's
 * binade, whose last bit is at least 2^-23 b / 2: only of the midpoint between zero and the first value,
 * a power of two, the number next to it in the binade below. Both are seen from d = |q - y|, y the value that
 * q, limited, goes to. It is half a quantum h at a midpoint, and at the one beyond an outermost value; the
 * number before h, h (1 - 2^-24), at the number before the first midpoint, where y = 0: elsewhere d is a
 * multiple of q's last bit, at least 2^-23 h, or q lies beyond twice an outermost value, and d beyond h.
 *
 * What goes to zero lies from the least positive number to the first midpoint, which goes to even. */
#include "sim/kernels/define.h"
#include "sim/kernels/kernels.h"

enum { GRID_STEP = 4 }; /* vectors between two looks for NaN */

struct grid_constants {
    vf low, high, inverse, scale;
    vf saturates, saturates_below, first_tie;
    vf fixed; /* 1.5 C */
    vi high_bits, least_normal, magic;
};

struct grid_counters {
    vi saturated, flushed, zeros, near_ties; /* zeros: of the elements that went to zero, those that were */
};

struct grid_kind {
    bool fixed, signed_zero, scaled, counting;
};

ALWAYS_INLINE struct grid_constants grid_constants_of(const struct kernel_grid *k, float inverse, float scale)
{
    return (struct grid_constants){.low = vf_set1(k->low),
                                   .high = vf_set1(k->high),
                                   .inverse = vf_set1(inverse),
                                   .scale = vf_set1(scale),
                                   .saturates = vf_set1(k->saturates),
                                   .saturates_below = vf_set1(k->saturates_below),
                                   .first_tie = vf_set1(k->first_tie),
                                   .fixed = vf_set1(k->fixed),
                                   .high_bits = vf_bits(vf_set1(k->high)),
                                   .least_normal = vf_bits(vf_set1(k->least_normal)),
                                   .magic = vi_set1(k->magic)};
}

/* `half` the quantum; y a magnitude unless there is one quantum. */
ALWAYS_INLINE void grid_count(const struct grid_constants *c, vf x, vf q, vf y, vf half, vf out,
                              struct grid_kind kind, vm lanes, struct grid_counters *n)
{
    const vi magnitude = vi_set1(INT32_MAX), one = vi_set1(1);
    vf a = vf_abs(q);
    vi d = vi_and(vf_bits(vf_sub(kind.fixed ? q : a, y)), magnitude);
    n->near_ties =
        vi_count(n->near_ties, vm_and(lanes, vi_lt_unsigned(vi_sub(vf_bits(half), d), vi_set1(2))));
    if (kind.fixed) {
        n->saturated = vi_count(n->saturated, vm_and(lanes, vf_le(c->saturates, q)));
        n->saturated = vi_count(n->saturated, vm_and(lanes, vf_le(q, c->saturates_below)));
    } else {
        n->saturated = vi_count(n->saturated, vm_and(lanes, vf_le(c->saturates, a)));
    }
    if (kind.scaled) { /* x times 1 / scale, or the value times scale, may be too small for binary32 */
        n->zeros = vi_count(n->zeros, vm_and(lanes, vf_eq(x, vf_set1(0))));
        n->flushed = vi_count(n->flushed, vm_and(lanes, vf_eq(out, vf_set1(0))));
    } else {
        vm small = vi_lt_unsigned(vi_sub(vf_bits(a), one), vf_bits(c->first_tie));
        n->flushed = vi_count(n->flushed, vm_and(lanes, small));
    }
}

ALWAYS_INLINE vf grid_vector(const struct grid_constants *c, vf x, struct grid_kind kind, vm lanes,
                             struct grid_counters *counters)
{
    vf q = kind.scaled ? vf_mul(x, c->inverse) : x, limited, magic, y, out, half;
    if (kind.fixed) {
        limited = vf_min(vf_max(q, c->low), c->high);
        y = vf_sub(vf_add(limited, c->fixed), c->fixed); /* a zero is +0 */
        out = y;
        half = vf_mul(c->fixed, vf_set1(0x1p-24F / 1.5F));
    } else {
        vi a = vi_min(vi_and(vf_bits(q), vi_set1(INT32_MAX)), c->high_bits);
        vi binade = vi_and(vi_max(a, c->least_normal), vi_set1(0x7f800000));
        limited = vf_from_bits(a);
        magic = vf_from_bits(vi_add(binade, c->magic));
        y = vf_sub(vf_add(limited, magic), magic);
        out = vf_or(y, vf_sign(q));
        if (!kind.signed_zero)
            out = vf_add(out, vf_set1(0));
        half = vf_from_bits(vi_sub(vf_bits(magic), vi_set1(24 << 23))); /* the quantum is its last bit */
    }
    if (kind.scaled)
        out = vf_mul(out, c->scale);
    if (kind.counting)
        grid_count(c, x, q, y, half, out, kind, lanes, counters);
    return out;
}

ALWAYS_INLINE struct grid_counters grid_counters_of_none(void)
{
    return (struct grid_counters){
        .saturated = vi_set1(0), .flushed = vi_set1(0), .zeros = vi_set1(0), .near_ties = vi_set1(0)};
}

ALWAYS_INLINE void grid_report(const struct grid_counters *n, struct kernel_counts *counts)
{
    counts->saturated += vi_sum(n->saturated);
    counts->flushed += vi_sum(n->flushed) - vi_sum(n->zeros);
    counts->near_ties += vi_sum(n->near_ties);
}

/* Vectors one by one, the last one short; those with a NaN by the definition. */
static void grid_tail(const struct kernel_grid *k, const struct grid_constants *c, float scale,
                      const float *x, float *y, size_t n, struct kernel_counts *counts, struct grid_kind kind)
{
    struct grid_counters counters = grid_counters_of_none();
    for (size_t i = 0; i < n; i += W) {
        size_t rest = n - i < W ? n - i : W;
        vf v = vf_load_n(x + i, rest);
        if (vm_any(vf_is_nan(v)))
            kernel_define(&k->f, &k->r, scale, NULL, x + i, y + i, rest, counts);
        else
            vf_store_n(y + i, grid_vector(c, v, kind, vm_first(rest), &counters), rest);
    }
    if (kind.counting)
        grid_report(&counters, counts);
}

ALWAYS_INLINE void grid_run(const struct kernel_grid *k, float inverse, float scale, const float *x, float *y,
                            size_t n, struct kernel_counts *counts, struct grid_kind kind)
{
    const struct grid_constants c = grid_constants_of(k, inverse, scale);
    struct grid_counters counters = grid_counters_of_none();
    const vm all = vm_first(W);
    size_t i = 0;
    for (; i + GRID_STEP * W <= n; i += GRID_STEP * W) {
        vf v[GRID_STEP];
#pragma GCC unroll 4
        for (size_t j = 0; j < GRID_STEP; j++)
            v[j] = vf_load(x + i + j * W);
        if (vm_any(vf_is_nan(vf_add(vf_add(v[0], v[1]), vf_add(v[2], v[3])))))
            grid_tail(k, &c, scale, x + i, y + i, GRID_STEP * W, counts, kind);
        else
#pragma GCC unroll 4
            for (size_t j = 0; j < GRID_STEP; j++)
                vf_store(y + i + j * W, grid_vector(&c, v[j], kind, all, &counters));
    }
    grid_tail(k, &c, scale, x + i, y + i, n - i, counts, kind);
    if (kind.counting)
        grid_report(&counters, counts);
}

/* One function for each kind, so that none decides anything by the element. */
static void grid(const struct kernel_grid *k, float inverse, float scale, const float *x, float *y, size_t n,
                 struct kernel_counts *counts)
{
#define GRID_KIND(one_quantum, zero)                                             \
    if ((k->fixed != 0) == (one_quantum) && k->signed_zero == (zero)) {          \
        const struct grid_kind counted = {one_quantum, zero, true, true};        \
        const struct grid_kind counted_plain = {one_quantum, zero, false, true}; \
        const struct grid_kind scaled = {one_quantum, zero, true, false};        \
        const struct grid_kind plain = {one_quantum, zero, false, false};        \
        if (counts && scale != 1)                                                \
            grid_run(k, inverse, scale, x, y, n, counts, counted);               \
        else if (counts)                                                         \
            grid_run(k, inverse, scale, x, y, n, counts, counted_plain);         \
        else if (scale != 1)                                                     \
            grid_run(k, inverse, scale, x, y, n, NULL, scaled);                  \
        else                                                                     \
            grid_run(k, inverse, scale, x, y, n, NULL, plain);                   \
    }
    GRID_KIND(false, true)
    GRID_KIND(false, false)
    GRID_KIND(true, false)
#undef GRID_KIND
}
