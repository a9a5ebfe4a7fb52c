/* The fast path of plain casts against the definition: intervals, neighbours and random patterns; whole
 * tensors. */
#include "tests/check.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "sim/base/rng.h"
#include "sim/kernels/cast.h"
#include "sim/quant/quant.h"
#include "sim/scheme.h"

static struct {
    uint64_t formats, tables, intervals, patterns;
} covered;

static void try_pattern(const struct cast *c, const struct format *f, const struct rounding *r, uint32_t bits)
{
    struct encoded want = format_round(f, number_from_f32(f32_from_bits(bits)), r, 0),
                   got = cast_pattern(c, bits);
    covered.patterns++;
    if (got.code != want.code || got.events != want.events)
        fail_msg("%s round=%s overflow=%s ftz=%d: input %a (0x%08x): got code 0x%x events 0x%x, the "
                 "definition says 0x%x "
                 "events 0x%x",
                 f->name, round_mode_names[r->mode], overflow_mode_names[r->overflow], r->ftz,
                 (double)f32_from_bits(bits), bits, got.code, got.events, want.code, want.events);
}

/* Both ends of every `step`th interval, and a pattern inside; random patterns. */
static void try_table(const struct format *f, const struct rounding *r, size_t step)
{
    struct cast *c = cast_open(f, r);
    if (!c)
        fail_msg("%s round=%s overflow=%s: no table", f->name, round_mode_names[r->mode],
                 overflow_mode_names[r->overflow]);
    for (size_t i = 0; i < c->intervals; i += step) {
        uint32_t first = c->interval[i].first,
                 last = i + 1 < c->intervals ? c->interval[i + 1].first - 1 : 0xffffffff;
        try_pattern(c, f, r, first);
        try_pattern(c, f, r, last);
        try_pattern(c, f, r, first + (uint32_t)(((uint64_t)(last - first) * rng_u32(1, 0, i)) >> 32));
    }
    for (uint64_t i = 0; i < 300; i++)
        try_pattern(c, f, r, rng_u32(1, 1, i));
    covered.tables++;
    covered.intervals += c->intervals;
    cast_close(c);
}

static void try_format(const struct format *f)
{
    bool wide = f->bits > 12;
    if (f->bits > 16 || (WATCHED && f->bits > 8))
        return;
    for (int mode = 0; mode < ROUND_SR; mode++) {
        struct rounding r = {.mode = (enum round_mode)mode};
        bool some = mode == ROUND_RNE || (!wide && mode == ROUND_RUP);
        if (wide && (mode != ROUND_RNE || (f->family->ladder && f->bits > 12)))
            continue;
        for (int policy = 0; policy < (some && !wide ? OVERFLOW_MODES : 1); policy++) {
            r.overflow = (enum overflow_mode)((policy + mode) % OVERFLOW_MODES);
            r.ftz = policy % 2;
            r.neg_zero = (enum neg_zero_mode)(policy / 2 % 2);
            r.nan = (enum nan_mode)(policy % 2);
            try_table(f, &r, wide ? 37 : WATCHED ? 5 : 1);
        }
    }
    covered.formats++;
}

static void tables_equal_definition(void **state)
{
    (void)state;
    for (size_t i = 0; i < format_count(); i++)
        try_format(format_at(i));
    static const char *const rules[] = {"p3109_k8p4uf", "p3109_k8p3ue", "p3109_k5p1sf",    "p3109_k8p8se",
                                        "e0m4",         "e7m0",         "ue4m3",           "e11m2",
                                        "posit6es0",    "lns7f0",       "cfloat8_1_5_2b63"};
    for (size_t i = 0; i < sizeof rules / sizeof *rules; i++) {
        struct format f;
        assert_true(format_by_name(rules[i], &f, NULL));
        try_format(&f);
    }
    struct format biased = *format_find("e4m3");
    biased.real_bias = 7.3F;
    biased.stretch = 0.8122524F; /* any in (1/2, 1) */
    try_format(&biased);
    printf(
        "# covered casts against the definition: %llu formats, %llu tables, %llu intervals, %llu patterns\n",
        (unsigned long long)covered.formats, (unsigned long long)covered.tables,
        (unsigned long long)covered.intervals, (unsigned long long)covered.patterns);
    assert_true(covered.formats && covered.tables && covered.patterns);
}

static void refuses(void **state)
{
    (void)state;
    assert_null(cast_open(format_find("fp32"), &(struct rounding){.mode = ROUND_RNE}));
    assert_null(cast_open(format_find("e4m3"), &(struct rounding){.mode = ROUND_SR}));
    assert_false(cast_pays(format_find("tf32"), SIZE_MAX));
    assert_false(cast_pays(format_find("e4m3"), 100));
    cast_close(NULL);
}

struct cast_result {
    float *values;
    uint32_t *codes;
    struct quant_stats stats;
};

static double quantized(const char *scheme, const float *x, size_t n, size_t piece, struct cast_result *out)
{
    struct quant_spec q;
    struct error e = {0};
    struct timespec start, end;
    assert_int_equal(scheme_parse(scheme, &q, &e), STATUS_OK);
    out->values = malloc(n * sizeof *out->values);
    out->codes = malloc(n * sizeof *out->codes);
    out->stats = (struct quant_stats){0};
    clock_gettime(CLOCK_MONOTONIC, &start);
    for (size_t first = 0; first < n; first += piece) {
        struct quant_input in = {.x = x + first, .rank = 1, .shape = {piece}};
        struct quant_output to = {.values = out->values + first, .codes = out->codes + first};
        struct quant_stats s;
        assert_int_equal(quantize(&q, &in, &to, &s, &e), STATUS_OK);
        out->stats.saturated += s.saturated;
        out->stats.flushed += s.flushed;
        out->stats.nan_in += s.nan_in;
        out->stats.nan_out += s.nan_out;
        out->stats.nan_lost += s.nan_lost;
        out->stats.near_ties += s.near_ties;
    }
    clock_gettime(CLOCK_MONOTONIC, &end);
    return (double)(end.tv_sec - start.tv_sec) + 1e-9 * (double)(end.tv_nsec - start.tv_nsec);
}

/* A tensor in one call takes the table, in small pieces the definition. */
static void tensors_equal_definition(void **state)
{
    (void)state;
    enum { N = 1 << 17, PIECE = 1 << 9 };
    static const char *const schemes[] = {"e4m3",
                                          "e4m3,overflow=infinity,round=rup",
                                          "e5m2fnuz,overflow=nan",
                                          "e2m1,nan=max,round=odd",
                                          "e4m3,daz=yes,ftz=yes",
                                          "e8m0",
                                          "int8",
                                          "posit8",
                                          "takum_log8",
                                          "nf4",
                                          "dynamic8",
                                          "p3109_k8p4ue,overflow=infinity"};
    float *x = malloc(N * sizeof *x);
    for (uint64_t i = 0; i < N; i++) {
        uint32_t u = rng_u32(2, 0, i), v = rng_u32(2, 1, i);
        x[i] = i % 8 == 0 ? f32_from_bits(u) : ((float)u * 0x1p-31f - 1) * (float)(1 << v % 12) * 0x1p-6f;
    }
    for (size_t s = 0; s < sizeof schemes / sizeof *schemes; s++) {
        struct cast_result fast, slow;
        double fast_time = quantized(schemes[s], x, N, N, &fast),
               slow_time = quantized(schemes[s], x, N, PIECE, &slow);
        assert_memory_equal(fast.values, slow.values, N * sizeof *x);
        assert_memory_equal(fast.codes, slow.codes, N * sizeof *fast.codes);
        assert_memory_equal(&fast.stats, &slow.stats, sizeof fast.stats);
        assert_true(fast.stats.nan_in > 0);
        printf("# %s: the table takes %.1f ns an element, the definition %.1f\n", schemes[s],
               1e9 * fast_time / N, 1e9 * slow_time / N);
        free(fast.values);
        free(fast.codes);
        free(slow.values);
        free(slow.codes);
    }
    free(x);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tables_equal_definition),
        cmocka_unit_test(refuses),
        cmocka_unit_test(tensors_equal_definition),
    };
    return cmocka_run_group_tests_name("cast", tests, NULL, NULL);
}
