/* Kernels of blocks under powers of two against quantize(), by memcmp: values and counts. */
#include "tests/check.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "sim/base/rng.h"
#include "sim/kernels/kernels.h"
#include "sim/quant/quant.h"
#include "sim/scheme.h"
#include "tests/draws.h"
#include "tests/room.h"

enum { MOST = 33, BATCH = 1800, BEFORE = 16 }; /* lengths to try one by one; elements at a time; kept */

static const size_t blocks[] = {16, 32, 64, 8, 4, 5, 24, 1000};
enum { BLOCKS = sizeof blocks / sizeof *blocks };

/* --- inputs --- */

enum input {
    INPUT_NORMAL,
    INPUT_SHORT,    /* as of bfloat16 */
    INPUT_STEPS,    /* amax around the steps of rules */
    INPUT_ELEMENTS, /* around values and midpoints of the element format, amax its largest value */
    INPUT_ZEROS,    /* mostly blocks of zeros */
    INPUT_DRAWS,    /* each block another of tests/draws.h: specials, huge, tiny */
    INPUT_RARE,     /* a few blocks of them */
    INPUTS
};

/* Significands at which rules step, and those beside them. */
static uint32_t step_significand(const struct format *f, uint32_t random)
{
    const uint32_t top = bits_from_f32(number_to_f32(format_max(f))) & 0x7fffff;
    const uint32_t steps[] = {0,        top,     (top + (1u << 23)) / 2, 0x400000,   0x600000, 0x3504f3,
                              0x7fffff, top / 2, top + (top >> 1),       random >> 9};
    return (steps[random % 10] + random / 10 % 5 - 2) & 0x7fffff;
}

/* A power of two: within the range of narrow scale formats, or not. */
static float magnitude(uint64_t seed, uint32_t random)
{
    return ldexpf(1, seed / BATCH % 2 ? (int)(random % 60) - 30 : (int)(random % 8) - 4);
}

static void fill_steps(const struct format *f, float *x, size_t n, float scale, const uint32_t r[4])
{
    const uint32_t field = bits_from_f32(scale * number_to_f32(format_max(f))) >> 23;
    const float amax = f32_from_bits((r[0] % 64 ? field : r[2] % 255) << 23 | step_significand(f, r[1]));
    for (size_t i = 0; i < n; i++)
        x[i] = amax * (float)((int)(rng_u32(8, r[2], i) >> 8) - (1 << 23)) * 0x1p-23F;
    x[r[3] % n] = r[3] & 0x80000000 ? -amax : amax;
}

static void fill_elements(const struct format *f, float *x, size_t n, float scale, const uint32_t r[4])
{
    const float top = number_to_f32(format_max(f));
    kernel_inputs(f, x, n, r[1]);
    for (size_t i = 0; i < n; i++)
        x[i] = scale * (fabsf(x[i]) <= 1.5F * top ? x[i] : top);
    x[r[3] % n] = scale * top;
}

static enum draw draw_of(enum input input, uint32_t random)
{
    if (input == INPUT_DRAWS || (input == INPUT_RARE && random / DRAWS % 40 == 0))
        return (enum draw)(random % DRAWS);
    return input == INPUT_ZEROS && random % 8 ? DRAW_ZEROS : DRAW_NORMAL;
}

/* One block. */
static void fill(enum input input, const struct format *f, float *x, size_t n, uint64_t seed)
{
    uint32_t r[4];
    rng_u32x4(9, input, seed, r);
    const float scale = magnitude(seed, r[0] / 64);
    if (input == INPUT_STEPS) {
        fill_steps(f, x, n, scale, r);
        return;
    }
    if (input == INPUT_ELEMENTS) {
        fill_elements(f, x, n, scale, r);
        return;
    }
    draw_fill(x, n, draw_of(input, r[1]), seed);
    for (size_t i = 0; i < n; i++)
        x[i] = f32_from_bits(bits_from_f32(scale * x[i]) & (input == INPUT_SHORT ? 0xffff0000 : ~0u));
}

static void fill_all(enum input input, const struct quant_spec *q, size_t block, float *x, size_t n,
                     uint64_t seed)
{
    for (size_t i = 0; i < n; i += block)
        fill(input, &q->element, x + i, n - i < block ? n - i : block, seed * BATCH + i);
}

/* --- one call --- */

struct want {
    float y[BATCH];
    struct kernel_counts counts;
};

static void define(const struct quant_spec *q, const float *x, size_t n, struct want *w)
{
    const struct quant_input in = {.x = x, .rank = 1, .shape = {n}};
    struct quant_stats s;
    struct error e = {{0}};
    if (quantize(q, &in, &(struct quant_output){.values = w->y}, &s, &e))
        fail_msg("%s", e.text);
    w->counts = (struct kernel_counts){.saturated = s.saturated,
                                       .flushed = s.flushed,
                                       .nan_in = s.nan_in,
                                       .nan_out = s.nan_out,
                                       .nan_lost = s.nan_lost,
                                       .near_ties = s.near_ties,
                                       .scales = s.scales,
                                       .scale_saturated = s.scale_saturated,
                                       .scale_flushed = s.scale_flushed,
                                       .scale_nan = s.scale_nan};
}

static void expect(const char *isa, const char *scheme, const float *x, const float *y,
                   const struct kernel_counts *counts, const struct want *w, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (bits_from_f32(y[i]) != bits_from_f32(w->y[i]))
            fail_msg("%s %s: element %zu of %zu, %a: got %a, want %a", isa, scheme, i, n, (double)x[i],
                     (double)y[i], (double)w->y[i]);
    const uint64_t *got = (const uint64_t *)counts, *want = (const uint64_t *)&w->counts;
    for (size_t i = 0; counts && i < sizeof *counts / sizeof *got; i++)
        if (got[i] != want[i])
            fail_msg("%s %s: %zu elements from %a: count %zu is %llu, want %llu", isa, scheme, n,
                     (double)x[0], i, (unsigned long long)got[i], (unsigned long long)want[i]);
}

static void expect_kept(const char *isa, const char *scheme, const float *y)
{
    for (int i = 1; i <= BEFORE; i++)
        if (bits_from_f32(y[-i]) != 0xa5a5a5a5)
            fail_msg("%s %s: wrote before its elements", isa, scheme);
}

/* n elements that end at the guard page, elsewhere and in place, with and without counts. */
static void try_blocks(const struct kernel_blocks *k, const char *scheme, const float *x, size_t n,
                       const struct want *w, struct room *from, struct room *to)
{
    float *in = from->end - n, *out = to->end - n;
    for (size_t set = 0; set < kernels_count(); set++) {
        const struct kernels *s = kernels_at(set);
        struct kernel_counts counts = {0};
        memcpy(in, x, n * sizeof *x);
        memset(out - BEFORE, 0xa5, (n + BEFORE) * sizeof *out);
        s->blocks(k, in, out, n, &counts);
        expect(s->isa, scheme, x, out, &counts, w, n);
        expect_kept(s->isa, scheme, out);
        memset(out, 0xa5, n * sizeof *out);
        s->blocks(k, in, out, n, NULL);
        expect(s->isa, scheme, x, out, NULL, w, n);
        expect_kept(s->isa, scheme, out);
        s->blocks(k, in, in, n, NULL);
        expect(s->isa, scheme, x, in, NULL, w, n);
        memcpy(in, x, n * sizeof *x);
        counts = (struct kernel_counts){0};
        s->blocks(k, in, in, n, &counts);
        expect(s->isa, scheme, x, in, &counts, w, n);
    }
}

/* --- schemes --- */

static const char *const scales[] = {
    "scale=e8m0,scale_rule=floor",
    "scale=e8m0,scale_rule=rceil",
    "scale=e8m0,scale_rule=ceil-exp",
    "scale=e8m0,scale_rule=even",
    "scale=e8m0,scale_rule=rceil-f32",
    "scale=e8m0,scale_rule=even-m1",
    "scale=e8m0,scale_rule=round",
    "scale=e8m0,scale_rule=midmax",
    "scale=e8m0,scale_rule=all-ones",
    "scale=e8m0,scale_rule=absmax",
    "scale=e8m0,scale_rule=absmax,scale_round=rup",
    "scale=e8m0,scale_rule=absmax,scale_round=rtz",
    "scale=fp32,scale_rule=floor",
    "scale=bf16,scale_rule=rceil",
    "scale=fp16,scale_rule=floor",
    "scale=e4m3,scale_rule=floor",
    "scale=e5m2,scale_rule=floor,scale_overflow=nan",
    "scale=e8m0,scale_rule=floor,scale_min=0.01,scale_max=8",
    "scale=e8m0,scale_rule=rceil,scale_overflow=clamp,zero_block=one",
    "scale=e4m3,scale_rule=rceil,zero_block=min",
    "scale=e8m0,scale_rule=floor,block_nan=element,block_inf=element",
    "scale=fp16,scale_rule=floor,block_nan=element,block_inf=max",
};
enum { SCALES = sizeof scales / sizeof *scales };

static const char *const elements[] = {"e4m3",
                                       "e5m2",
                                       "e3m2",
                                       "e2m3",
                                       "e2m1",
                                       "e3m4",
                                       "e4m3fnuz",
                                       "e5m2fnuz",
                                       "fp16",
                                       "e0m3",
                                       "e4m12",
                                       "p3109_k8p4se",
                                       "e2m1,neg_zero=drop",
                                       "e2m1,nan=max",
                                       "int8,codes=twos,fraction=6",
                                       "int8,codes=sym,fraction=6",
                                       "int8,codes=signmag,fraction=6,nan=max",
                                       "int4,codes=sym,fraction=2",
                                       "int2,codes=sym",
                                       "int8,codes=signmag",
                                       "int16"};
enum { ELEMENTS = sizeof elements / sizeof *elements };

struct progress {
    size_t schemes, elements, served[SCALES], of_inputs[INPUTS];
    struct room from, to;
};

static void try_length(const struct kernel_blocks *k, const struct quant_spec *q, const char *scheme,
                       size_t block, size_t turn, size_t n, struct progress *p)
{
    static float x[BATCH];
    static struct want w;
    const enum input input = (enum input)((turn + turn / SCALES + n) % INPUTS);
    fill_all(input, q, block, x, n, turn);
    define(q, x, n, &w);
    try_blocks(k, scheme, x, n, &w, &p->from, &p->to);
    p->of_inputs[input]++;
    p->elements += n;
}

static void try_scheme(const char *scheme, size_t block, size_t turn, struct progress *p)
{
    struct quant_spec q;
    struct kernel_blocks k;
    struct error e = {{0}};
    if (scheme_parse(scheme, &q, &e))
        fail_msg("%s: %s", scheme, e.text);
    if (!kernel_blocks_open(&k, &q.element, &q.rounding, &q.scaling))
        return;
    p->schemes++;
    p->served[turn % SCALES]++;
    for (size_t n = turn % 4 ? BATCH : 0; n <= MOST; n++)
        try_length(&k, &q, scheme, block, turn, n, p);
    try_length(&k, &q, scheme, block, turn, BATCH - turn % 41, p);
}

static void schemes(void **state)
{
    (void)state;
    struct progress p = {.from = room_open(BATCH + BEFORE), .to = room_open(BATCH + BEFORE)};
    char scheme[256];
    for (size_t b = 0; b <= BLOCKS; b++)
        for (size_t e = 0; e < ELEMENTS; e++)
            for (size_t s = 0; s < SCALES; s++) {
                if (b < BLOCKS)
                    snprintf(scheme, sizeof scheme, "%s,block=%zu,%s", elements[e], blocks[b], scales[s]);
                else
                    snprintf(scheme, sizeof scheme, "%s,per=token,%s", elements[e], scales[s]);
                try_scheme(scheme, b < BLOCKS ? blocks[b] : BATCH, (b * ELEMENTS + e) * SCALES + s, &p);
            }
    for (size_t s = 0; s < SCALES; s++)
        if (!p.served[s])
            fail_msg("%s: no element served", scales[s]);
    room_close(&p.from);
    room_close(&p.to);
    for (size_t i = 0; i < INPUTS; i++)
        assert_true(p.of_inputs[i] > 0);
    printf("# covered kernels of blocks: %zu sets, %zu of %d schemes, %zu elements\n", kernels_count(),
           p.schemes, (BLOCKS + 1) * ELEMENTS * SCALES, p.elements);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(schemes),
    };
    return cmocka_run_group_tests_name("kernels of blocks", tests, NULL, NULL);
}
