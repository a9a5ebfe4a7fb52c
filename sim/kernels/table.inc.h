/* Elements by a table: see struct kernel_table. A short table lies in registers, a long one is gathered.
 *
 * q = x * 2^-k is exact, or overflows, or underflows. An infinite q counts as the largest finite number
 * unless the two differ. A subnormal q may be off, but where a scale is served it meets no step save those
 * beside zero, for which a q that has become zero takes the place of the least number. */
#ifndef SIM_KERNELS_TABLE_INC_H
#define SIM_KERNELS_TABLE_INC_H

#include "sim/kernels/define.h"
#include "sim/kernels/kernels.h"

enum { TABLE_STEP = 4 }; /* vectors between two looks for NaN */

struct table_constants {
    vf inverse, scale;
    vi low, high, index_mask;
    int shift, index_bits;
    struct vt step, below, beyond, near_before, near_after, doubt_before, doubt_after; /* of a short table */
    const int32_t *steps, *nears_before, *nears_after;                                 /* of a long one */
    const float *values;
    vi saturates_before[2], saturates_after[2];
};

struct table_counters {
    vi saturated, flushed, nan_out, near;
};

struct table_kind {
    bool is_short, scaled, counting, simple;
};

ALWAYS_INLINE vm table_between(vi before, vi a, vi after, vm lanes)
{
    return vm_and(vm_and(lanes, vi_lt(before, a)), vi_lt(a, after));
}

ALWAYS_INLINE vi table_index(const struct table_constants *c, vi bits, vi magnitude, bool is_short)
{
    vi leading = vi_shr(vi_min(vi_max(magnitude, c->low), c->high), c->shift);
    vi sign = vi_shr(bits, 31 - (is_short ? KERNEL_TABLE_SHORT : c->index_bits));
    vi index = vi_blend_bits(c->index_mask, leading, sign);
    return is_short ? index : vi_and(index, vi_add(c->index_mask, vi_add(c->index_mask, vi_set1(1))));
}

ALWAYS_INLINE vf table_value(const struct table_constants *c, vi index, vi magnitude, bool is_short)
{
    if (is_short) {
        vm below = vi_lt(magnitude, vt_at(&c->step, index));
        return vf_from_bits(vi_select(below, vt_at(&c->below, index), vt_at(&c->beyond, index)));
    }
    vm below = vi_lt(magnitude, vi_gather(c->steps, index));
    vi pair = vi_add(index, index);
    return vf_gather(c->values, vi_select(below, pair, vi_add(pair, vi_set1(1))));
}

/* Where saturation is one comparison, and lanes that hold 0 because they lie beyond the end count as nothing:
 * in signs of differences, which cost less than masks. */
ALWAYS_INLINE void table_count_simple(const struct table_constants *c, vi bits, vi magnitude, vi before,
                                      vi after, vf out, struct table_counters *n)
{
    vi near = vi_and(vi_sub(before, magnitude), vi_sub(magnitude, after));
    vi zero = vi_sub(vi_and(vf_bits(out), vi_set1(INT32_MAX)), vi_set1(1));
    vi last = vi_blend_bits(vi_sra(bits, 31), c->saturates_before[1], c->saturates_before[0]);
    n->near = vi_sub(n->near, vi_sra(near, 31));
    n->flushed = vi_sub(n->flushed, vi_sra(vi_and(zero, vi_sub(vi_set1(0), magnitude)), 31));
    n->saturated = vi_sub(n->saturated, vi_sra(vi_sub(last, magnitude), 31));
}

ALWAYS_INLINE void table_count_any(const struct table_constants *c, vi bits, vi magnitude, vi before,
                                   vi after, vf out, vm lanes, struct table_counters *n)
{
    vi sign = vi_sra(bits, 31);
    vm nonzero = vm_and(lanes, vi_lt(vi_set1(0), magnitude));
    n->near = vi_count(n->near, table_between(before, magnitude, after, lanes));
    n->flushed = vi_count(n->flushed, vm_and(nonzero, vf_eq(out, vf_set1(0))));
    n->saturated =
        vi_count(n->saturated,
                 table_between(vi_blend_bits(sign, c->saturates_before[1], c->saturates_before[0]), magnitude,
                               vi_blend_bits(sign, c->saturates_after[1], c->saturates_after[0]), lanes));
    n->nan_out = vi_count(n->nan_out, vm_and(lanes, vf_is_nan(out)));
}

/* Where a number lies. */
struct table_place {
    vi bits, magnitude, index;
};

ALWAYS_INLINE struct table_place table_place(const struct table_constants *c, vf x, struct table_kind kind)
{
    vf q = kind.scaled ? vf_mul(x, c->inverse) : x;
    vi bits = vf_bits(q), magnitude = vi_and(bits, vi_set1(INT32_MAX));
    if (kind.scaled) /* at least 1 if x is not zero */
        magnitude = vi_max(magnitude, vi_min(vi_and(vf_bits(x), vi_set1(INT32_MAX)), vi_set1(1)));
    return (struct table_place){bits, magnitude, table_index(c, bits, magnitude, kind.is_short)};
}

ALWAYS_INLINE vf table_vector(const struct table_constants *c, vf x, struct table_kind kind, vm lanes,
                              struct table_counters *n)
{
    const struct table_place at = table_place(c, x, kind);
    const vi bits = at.bits, magnitude = at.magnitude, index = at.index;
    vf out = table_value(c, index, magnitude, kind.is_short);
    if (kind.scaled)
        out = vf_mul(out, c->scale);
    if (!kind.counting)
        return out;
    vi before = kind.is_short ? vt_at(&c->near_before, index) : vi_gather(c->nears_before, index);
    vi after = kind.is_short ? vt_at(&c->near_after, index) : vi_gather(c->nears_after, index);
    if (kind.simple)
        table_count_simple(c, bits, magnitude, before, after, out, n);
    else
        table_count_any(c, bits, magnitude, before, after, out, lanes, n);
    return out;
}

static struct table_counters table_no_counts(void)
{
    const vi zero = vi_set1(0);
    return (struct table_counters){zero, zero, zero, zero};
}

ALWAYS_INLINE void table_report(const struct table_counters *n, struct kernel_counts *counts)
{
    counts->saturated += vi_sum(n->saturated);
    counts->flushed += vi_sum(n->flushed);
    counts->nan_out += vi_sum(n->nan_out);
    counts->near_ties += vi_sum(n->near);
}

/* Vectors one by one, the last one short; those with a NaN by the definition. */
static void table_tail(const struct kernel_table *k, const struct table_constants *c, float scale,
                       const float *x, float *y, size_t n, struct kernel_counts *counts,
                       struct table_kind kind)
{
    struct table_counters counters = table_no_counts();
    for (size_t i = 0; i < n; i += W) {
        size_t rest = n - i < W ? n - i : W;
        vf v = vf_load_n(x + i, rest);
        if (vm_any(vf_is_nan(v)))
            kernel_define(&k->f, &k->r, scale, NULL, x + i, y + i, rest, counts);
        else
            vf_store_n(y + i, table_vector(c, v, kind, vm_first(rest), &counters), rest);
    }
    if (kind.counting)
        table_report(&counters, counts);
}

ALWAYS_INLINE struct table_constants table_constants(const struct kernel_table *k, float inverse, float scale,
                                                     bool is_short)
{
    struct table_constants c = {.inverse = vf_set1(inverse),
                                .scale = vf_set1(scale),
                                .low = vi_set1(k->low),
                                .high = vi_set1(k->high),
                                .index_mask = vi_set1((INT32_C(1) << k->index_bits) - 1),
                                .shift = k->shift,
                                .index_bits = k->index_bits,
                                .steps = k->step,
                                .values = k->value,
                                .nears_before = k->near_before,
                                .nears_after = k->near_after};
    for (int side = 0; side < 2; side++) {
        c.saturates_before[side] = vi_set1(k->saturates_before[side]);
        c.saturates_after[side] = vi_set1(k->saturates_after[side]);
    }
    if (!is_short)
        return c;
    int32_t below[2 << KERNEL_TABLE_SHORT], beyond[2 << KERNEL_TABLE_SHORT];
    for (int i = 0; i < 2 << KERNEL_TABLE_SHORT; i++) {
        below[i] = (int32_t)bits_from_f32(k->value[2 * i]);
        beyond[i] = (int32_t)bits_from_f32(k->value[2 * i + 1]);
    }
    c.step = vt_load(k->step);
    c.below = vt_load(below);
    c.beyond = vt_load(beyond);
    c.near_before = vt_load(k->near_before);
    c.near_after = vt_load(k->near_after);
    c.doubt_before = vt_load(k->doubt_before);
    c.doubt_after = vt_load(k->doubt_after);
    return c;
}

ALWAYS_INLINE void table_run(const struct kernel_table *k, float inverse, float scale, const float *x,
                             float *y, size_t n, struct kernel_counts *counts, struct table_kind kind)
{
    const struct table_constants c = table_constants(k, inverse, scale, kind.is_short);
    struct table_counters counters = table_no_counts();
    const vm all = vm_first(W);
    size_t i = 0;
    for (; i + TABLE_STEP * W <= n; i += TABLE_STEP * W) {
        vf v[TABLE_STEP];
#pragma GCC unroll 4
        for (size_t j = 0; j < TABLE_STEP; j++)
            v[j] = vf_load(x + i + j * W);
        if (vm_any(vf_is_nan(vf_add(vf_add(v[0], v[1]), vf_add(v[2], v[3])))))
            table_tail(k, &c, scale, x + i, y + i, TABLE_STEP * W, counts, kind);
        else
#pragma GCC unroll 4
            for (size_t j = 0; j < TABLE_STEP; j++)
                vf_store(y + i + j * W, table_vector(&c, v[j], kind, all, &counters));
    }
    table_tail(k, &c, scale, x + i, y + i, n - i, counts, kind);
    if (kind.counting)
        table_report(&counters, counts);
}

/* One function for each kind, so that none decides anything by the element. */
static void table(const struct kernel_table *k, float inverse, float scale, const float *x, float *y,
                  size_t n, struct kernel_counts *counts)
{
    if (scale != 1 && (k->plain_only || (k->inf_is_apart && inverse > 1))) {
        kernel_define(&k->f, &k->r, scale, NULL, x, y, n, counts);
        return;
    }
#define TABLE_KIND(short_table, scales)                                                       \
    if ((k->index_bits == KERNEL_TABLE_SHORT) == (short_table) && (scale != 1) == (scales)) { \
        const struct table_kind values = {short_table, scales, false, true};                  \
        const struct table_kind counted = {short_table, scales, true, true};                  \
        const struct table_kind counted_any = {short_table, scales, true, false};             \
        if (!counts)                                                                          \
            table_run(k, inverse, scale, x, y, n, NULL, values);                              \
        else if (k->simple)                                                                   \
            table_run(k, inverse, scale, x, y, n, counts, counted);                           \
        else                                                                                  \
            table_run(k, inverse, scale, x, y, n, counts, counted_any);                       \
    }
    TABLE_KIND(true, false)
    TABLE_KIND(true, true)
    TABLE_KIND(false, false)
    TABLE_KIND(false, true)
#undef TABLE_KIND
}

#endif
