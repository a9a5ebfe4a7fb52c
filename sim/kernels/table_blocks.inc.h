/* Blocks by a short table, each with its scale S.
 *
 * With r the reciprocal of S and q' = x r, both rounded, |q' - x / S| <= (2^-23 + 2^-48) |x / S| + 2^-150: S
 * and r are normal. The numbers of binary32 are at least 2^-24 of themselves apart, so x / S lies less than
 * four of them from q', and fewer than KERNEL_DOUBT from the number that is asked for it. Lanes from which so
 * few numbers lead to another value or event go to the definition. Of the near ties of a boundary b, an
 * interval 2^-23 b wide, one at least is a number of binary32: none is unknown. */
#include "sim/kernels/define.h"
#include "sim/kernels/kernels.h"
#include "sim/kernels/table.inc.h"

struct table_blocks_kind {
    bool power_of_two; /* the scale: x r is exact */
    struct table_kind table;
};

static int32_t table_blocks_amax(const float *x, size_t n)
{
    vi top[2] = {vi_set1(0), vi_set1(0)};
    const vi magnitude = vi_set1(INT32_MAX);
    size_t i = 0;
    for (; i + 2 * W <= n; i += 2 * W)
#pragma GCC unroll 2
        for (size_t j = 0; j < 2; j++)
            top[j] = vi_max(top[j], vi_and(vf_bits(vf_load(x + i + j * W)), magnitude));
    for (; i < n; i += W)
        top[0] = vi_max(top[0], vi_and(vf_bits(vf_load_n(x + i, n - i < W ? n - i : W)), magnitude));
    return vi_top(vi_max(top[0], top[1]));
}

/* A block of zeros, by the definition: of either sign. */
static void table_blocks_zeros(const struct kernel_table *k, const struct kernel_amax_scale *s,
                               const float *x, float *y, size_t n, struct kernel_counts *counts)
{
    struct block_scale scale = s->zeros;
    struct encoded e[2];
    float value[2];
    scale.element = &k->f;
    for (int negative = 0; negative < 2; negative++) {
        e[negative] = scaling_encode(&s->scaling, &k->r, &scale, negative ? -0.0F : 0.0F, 0);
        value[negative] = scaling_decode(&s->scaling, &scale, e[negative].code);
    }
    for (size_t i = 0; i < n; i++) {
        int negative = signbit(x[i]) != 0;
        y[i] = value[negative];
        if (counts)
            kernel_count(0, y[i], e[negative].events, counts);
    }
    if (counts)
        kernel_count_scale(&scale, counts);
}

/* Lanes in doubt are negative. */
ALWAYS_INLINE vi table_blocks_doubt(const struct table_constants *c, vf x)
{
    struct table_place at = table_place(c, x, (struct table_kind){.is_short = true, .scaled = true});
    return vi_and(vi_sub(vt_at(&c->doubt_before, at.index), at.magnitude),
                  vi_sub(at.magnitude, vt_at(&c->doubt_after, at.index)));
}

/* A vector with lanes in doubt. */
static void table_blocks_define(const struct kernel_table *k, const struct table_constants *c, float scale,
                                const float *x, float *y, size_t n, struct kernel_counts *counts)
{
    const struct table_kind any = {.is_short = true, .scaled = true, .counting = true};
    struct table_counters counters = table_no_counts();
    vf v = vf_load_n(x, n);
    float in[W];
    vf_store(in, v);
    vm doubt = vm_and(vm_first(n), vi_lt(table_blocks_doubt(c, v), vi_set1(0)));
    vf_store_n(y, table_vector(c, v, any, vm_andnot(vm_first(n), doubt), &counters), n);
    for (uint32_t rest = vm_bits(doubt); rest; rest &= rest - 1) {
        int i = __builtin_ctz(rest);
        kernel_define(&k->f, &k->r, scale, NULL, in + i, y + i, 1, counts);
    }
    if (counts)
        table_report(&counters, counts);
}

ALWAYS_INLINE void table_blocks_elements(const struct kernel_table *k, const struct table_constants *c,
                                         float scale, const float *x, float *y, size_t n,
                                         struct kernel_counts *counts, struct table_blocks_kind kind,
                                         struct table_counters *counters)
{
    size_t i = 0;
    for (; i + TABLE_STEP * W <= n; i += TABLE_STEP * W) {
        vf v[TABLE_STEP];
        vi doubt = vi_set1(0);
#pragma GCC unroll 4
        for (size_t j = 0; j < TABLE_STEP; j++) {
            v[j] = vf_load(x + i + j * W);
            if (!kind.power_of_two)
                doubt = vi_or(doubt, table_blocks_doubt(c, v[j]));
        }
        if (!kind.power_of_two && vm_any(vi_lt(doubt, vi_set1(0))))
            for (size_t j = 0; j < TABLE_STEP; j++)
                table_blocks_define(k, c, scale, x + i + j * W, y + i + j * W, W, counts);
        else
#pragma GCC unroll 4
            for (size_t j = 0; j < TABLE_STEP; j++)
                vf_store(y + i + j * W, table_vector(c, v[j], kind.table, vm_first(W), counters));
    }
    for (; i < n; i += W) {
        size_t rest = n - i < W ? n - i : W;
        vf v = vf_load_n(x + i, rest);
        if (!kind.power_of_two && vm_any(vi_lt(table_blocks_doubt(c, v), vi_set1(0))))
            table_blocks_define(k, c, scale, x + i, y + i, rest, counts);
        else
            vf_store_n(y + i, table_vector(c, v, kind.table, vm_first(rest), counters), rest);
    }
}

ALWAYS_INLINE size_t table_blocks_run(const struct kernel_table *k, const struct kernel_amax_scale *s,
                                      size_t block, const float *x, float *y, size_t n, uint32_t *scales,
                                      struct kernel_counts *counts, struct table_blocks_kind kind)
{
    struct table_constants c = table_constants(k, 1, 1, true);
    struct table_counters counters = table_no_counts();
    size_t done = 0;
    for (size_t i = 0; i < n; i += block, done++) {
        size_t length = n - i < block ? n - i : block;
        int32_t amax = table_blocks_amax(x + i, length);
        float scale = kernel_amax_scale(s, amax);
        if (scale == 0 && amax != 0)
            break;
        if (scales)
            scales[done] = amax ? bits_from_f32(scale) >> s->code_shift : s->zeros.code;
        c.scale = vf_set1(scale);
        c.inverse = vf_set1(1 / scale);
        if (amax)
            table_blocks_elements(k, &c, scale, x + i, y + i, length, counts, kind, &counters);
        else
            table_blocks_zeros(k, s, x + i, y + i, length, counts);
    }
    if (counts) {
        table_report(&counters, counts);
        counts->scales += done;
    }
    return done;
}

/* One function for each kind, as for table(). */
static size_t table_blocks(const struct kernel_table *k, const struct kernel_amax_scale *s, size_t block,
                           const float *x, float *y, size_t n, uint32_t *scales, struct kernel_counts *counts)
{
#define TABLE_BLOCKS_KIND(power, counting, is_simple)                                     \
    if ((s->top == 0) == (power) && (counts != NULL) == (counting) &&                     \
        (!counts || k->simple == (is_simple))) {                                          \
        const struct table_blocks_kind kind = {power, {true, true, counting, is_simple}}; \
        return table_blocks_run(k, s, block, x, y, n, scales, counts, kind);              \
    }
    TABLE_BLOCKS_KIND(true, false, true)
    TABLE_BLOCKS_KIND(true, true, true)
    TABLE_BLOCKS_KIND(true, true, false)
    TABLE_BLOCKS_KIND(false, false, true)
    TABLE_BLOCKS_KIND(false, true, true)
    TABLE_BLOCKS_KIND(false, true, false)
#undef TABLE_BLOCKS_KIND
    return 0;
}
