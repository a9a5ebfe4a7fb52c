/* The table kernel in blocks against quantize(), by memcmp: values, scales and counts. */
#include "tests/check.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/base/rng.h"
#include "sim/kernels/kernels.h"
#include "sim/quant/quant.h"
#include "sim/scheme.h"
#include "tests/room.h"

enum { N = 4096 };

static struct {
    size_t schemes, calls, elements;
} covered;

static struct room from, to;

static void want(const struct quant_spec *q, const float *x, size_t n, float *y, uint32_t *scales,
                 struct quant_stats *stats)
{
    struct quant_input in = {.x = x, .rank = 1, .shape = {n}};
    struct quant_output out = {.values = y, .scales = scales};
    struct error e = {0};
    *stats = (struct quant_stats){0};
    assert_int_equal(quantize(q, &in, &out, stats, &e), STATUS_OK);
}

static void expect_counts(const char *text, const char *isa, const struct kernel_counts *c,
                          const struct quant_stats *s)
{
    const uint64_t pair[][2] = {{c->saturated, s->saturated},
                                {c->flushed, s->flushed},
                                {c->nan_out, s->nan_out},
                                {c->near_ties, s->near_ties},
                                {c->scales, s->scales},
                                {c->scale_saturated, s->scale_saturated},
                                {c->scale_flushed, s->scale_flushed},
                                {c->scale_nan, s->scale_nan}};
    for (size_t i = 0; i < sizeof pair / sizeof *pair; i++)
        if (pair[i][0] != pair[i][1])
            fail_msg("%s %s: count %zu is %llu, want %llu", isa, text, i, (unsigned long long)pair[i][0],
                     (unsigned long long)pair[i][1]);
}

/* n elements that end at the guard page, with and without counts, and in place. */
static void try_blocks(const char *text, const struct quant_spec *q, const struct kernel_table *k,
                       const struct kernel_amax_scale *s, const float *x, size_t n)
{
    static float y[N];
    static uint32_t scales[N], got[N];
    struct quant_stats stats;
    want(q, x, n, y, scales, &stats);
    size_t block = q->scaling.block, blocks = (n + block - 1) / block;
    for (size_t set = 0; set < kernels_count(); set++)
        for (int turn = 0; turn < 3; turn++) {
            const struct kernels *kernels = kernels_at(set);
            float *in = from.end - n, *out = turn == 2 ? in : to.end - n;
            struct kernel_counts counts = {0};
            memcpy(in, x, n * sizeof *x);
            size_t done =
                kernels->table_blocks(k, s, block, in, out, n, turn ? NULL : got, turn ? NULL : &counts);
            if (done != blocks)
                fail_msg("%s %s: %zu of %zu blocks", kernels->isa, text, done, blocks);
            for (size_t i = 0; i < n; i++)
                if (bits_from_f32(out[i]) != bits_from_f32(y[i]))
                    fail_msg("%s %s: element %zu of %zu, %a: got %a, want %a", kernels->isa, text, i, n,
                             (double)x[i], (double)out[i], (double)y[i]);
            if (turn)
                continue;
            assert_memory_equal(got, scales, blocks * sizeof *got);
            expect_counts(text, kernels->isa, &counts, &stats);
        }
    covered.calls++;
    covered.elements += n;
}

/* Kinds of blocks: numbers of 8 bits, whose quotients meet boundaries; values of the element times a number,
 * and midpoints of them, with neighbours; any within a few binades; with zeros; all zeros. */
static float draw(const struct format *f, uint64_t block, uint64_t i)
{
    uint32_t r[4], b[4];
    rng_u32x4(11, block, i, r);
    rng_u32x4(12, 0, block, b);
    float size = ldexpf(1 + (float)(b[1] >> 9) * 0x1p-23F, (int)(b[2] % 40) - 20);
    float value = number_to_f32(format_decode(f, r[1] & format_code_mask(f)));
    float next = number_to_f32(format_decode(f, (r[1] + 1) & format_code_mask(f)));
    switch (b[0] % 6) {
    case 0:
        return (float)((int)(r[0] % 511) - 255);
    case 1:
        return f32_from_bits(bits_from_f32((r[0] & 1 ? value : (value + next) / 2) * size) + r[2] % 3 - 1);
    case 2:
        return r[0] % 3 ? 0.0F : -0.0F;
    case 3:
        return (r[0] & 3) == 0 ? 0.0F : ldexpf(size * ((float)r[1] * 0x1p-31F - 1), -(int)(r[2] % 30));
    default:
        return size * ((float)r[1] * 0x1p-31F - 1);
    }
}

static void try_scheme(const char *text)
{
    static float x[N];
    struct quant_spec q;
    struct error e = {0};
    struct kernel_table k;
    struct kernel_amax_scale s;
    if (scheme_parse(text, &q, &e))
        fail_msg("%s: %s", text, e.text);
    assert_true(kernel_table_open(&k, &q.element, &q.rounding));
    assert_true(kernel_table_serves_blocks(&k));
    if (!kernel_amax_scale_open(&s, &q.scaling, &q.element))
        fail_msg("%s: no scale", text);
    for (size_t i = 0; i < N; i++) {
        x[i] = draw(&q.element, i / q.scaling.block, i);
        x[i] = isfinite(x[i]) ? x[i] : 1;
    }
    for (size_t n = 1; n <= 2 * q.scaling.block + 1; n += n < 40 ? 1 : 7)
        try_blocks(text, &q, &k, &s, x + n % 17 * q.scaling.block, n);
    try_blocks(text, &q, &k, &s, x, N);
    kernel_table_close(&k);
    covered.schemes++;
}

static void blocks(void **state)
{
    (void)state;
    static const char *const schemes[] = {"nf4,block=64",
                                          "fp4_bnb,block=64",
                                          "int4,block=32",
                                          "e2m1,block=32,scale=fp32",
                                          "nf4,block=32,scale=e8m0",
                                          "e2m1,block=32,scale=e8m0",
                                          "nf4,block=48,round=rup",
                                          "int4,block=40,round=rtz",
                                          "e2m1,block=64,scale=fp32,ftz=yes,round=rna",
                                          "pot4,block=64",
                                          "e2m1,block=32,scale=e8m0,scale_rule=ceil-exp,round=raz",
                                          "int3,block=64,scale=fp32"};
    from = room_open(N);
    to = room_open(N);
    for (size_t i = 0; i < sizeof schemes / sizeof *schemes; i++)
        try_scheme(schemes[i]);
    room_close(&from);
    room_close(&to);
    printf("# covered blocks by tables: %zu sets, %zu schemes, %zu calls, %zu elements\n", kernels_count(),
           covered.schemes, covered.calls, covered.elements);
}

/* Blocks that are the caller's. */
static void stops(void **state)
{
    (void)state;
    struct quant_spec q;
    struct error e = {0};
    struct kernel_table k;
    struct kernel_amax_scale s;
    assert_int_equal(scheme_parse("nf4,block=64", &q, &e), STATUS_OK);
    assert_true(kernel_table_open(&k, &q.element, &q.rounding));
    assert_true(kernel_amax_scale_open(&s, &q.scaling, &q.element));
    static const float odd[] = {INFINITY, -INFINITY, NAN, 0x1p127F, 0x1p-140F};
    for (size_t set = 0; set < kernels_count(); set++)
        for (size_t i = 0; i < sizeof odd / sizeof *odd; i++) {
            float x[256], y[256];
            for (size_t j = 0; j < 256; j++)
                x[j] = j >= 128 && j < 192 ? 0 : 1;
            x[130] = odd[i];
            assert_int_equal(kernels_at(set)->table_blocks(&k, &s, 64, x, y, 256, NULL, NULL), 2);
        }
    kernel_table_close(&k);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(blocks), cmocka_unit_test(stops)};
    return cmocka_run_group_tests_name("kernel_blocks", tests, NULL, NULL);
}
