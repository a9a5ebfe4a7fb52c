/* sim/metric: values worked by hand, undefined and infinite cases, sums. */
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "sim/base/rng.h"
#include "sim/base/sum.h"
#include "sim/metric/metric.h"
#include "tests/check.h"

static double value_of(const struct metric_input *in, const char *name)
{
    const struct metric *m = metric_find(name);
    if (!m)
        fail_msg("no metric %s", name);
    return m->value(in);
}

/* Equal as values; NaN equals NaN; else relative 1e-14 (a few roundings and the last digits of the
 * constants). */
static void assert_value(const struct metric_input *in, const char *name, double want)
{
    double got = value_of(in, name);
    if (got == want || (isnan(got) && isnan(want)) || fabs(got - want) <= 1e-14 * fabs(want))
        return;
    fail_msg("%s: %.17g, not %.17g", name, got, want);
}

static unsigned all_needs(void)
{
    unsigned needs = 0;
    for (size_t i = 0; i < metric_count(); i++)
        needs |= metric_at(i)->needs;
    return needs;
}

/* The facts are good for the next three inputs. */
static struct metric_input input_of(const float *x, const float *y, size_t n, size_t row)
{
    static struct metric_facts facts[4];
    static size_t next;
    struct metric_facts *f = &facts[next++ % 4];
    struct metric_errors errors;
    struct metric_input in = {.facts = NULL};
    metric_facts_of(x, n, row, f);
    metric_errors_begin(&errors, all_needs(), f);
    metric_errors_add(&errors, x, y, n);
    metric_errors_end(&errors, &in);
    return in;
}

struct known {
    const char *name;
    double value;
};

/* x =  1, -2,  3, 0,   4: sum 6, sum of squares 30, mean 6/5, deviations -1/5 -16/5 9/5 -6/5 14/5
 * y = 3/2, -2, 2, 1/4, 4: sum of squares 9/4 + 4 + 4 + 1/16 + 16 = 421/16; sum x y = 3/2 + 4 + 6 + 16 = 55/2
 * e = 1/2, 0, -1, 1/4, 0: sum -1/4, absolute 7/4, squares 1/4 + 1 + 1/16 = 21/16, relative 1/2 + 1/3 = 5/6
 * deviations^2 in 25ths: 1 256 81 36 196 = 570, so the variance is 114/25; deviations^4 in 625ths:
 * 1 65536 6561 1296 38416 = 111810, so their mean is 22362/625. Logarithms: tables of log10 2, 3, 7, 19.
 *   sqnr: 30/(21/16) = 160/7;  qsnr: (114/25)/(21/80) = 608/35;  neg_mse: 80/21
 * Steps of binary32: from 0 to 1/4 = 2^-2 lie 125 binades of 2^23 codes (subnormal ones count as one). */
static const struct known by_hand[] = {
    {"mse", 0.2625},
    {"rmse", 0.51234753829797993},
    {"nmse", 0.04375},
    {"mae", 0.35},
    {"max_abs_error", 1.0},
    {"mean_rel_error", 5.0 / 24.0},
    {"sqnr_db", 13.590219426416679},
    {"qsnr_db", 12.398355349224589},
    {"neg_mse_db", 5.8087069225802475},
    {"cosine", 0.978793349599045386},
    {"max_ulp", 125.0 * 8388608.0},
    {"bias", -0.05},
    {"sr_bias", -0.02},
    {"excluded", 0.0},
    {"lost", 0.0},
    {"absmax", 4.0},
    {"rms", 2.4494897427831781},
    {"mean", 1.2},
    {"std", 2.1354156504062622},
    {"kurtosis", 22362.0 / 12996.0},
    {"crest", 1.6329931618554521},
    {"massive", 2.0},
    {"outlier_channels", 0.0},
    {"entropy", 2.32192809488736235},
    {"entropy_lost", 0.0},
    {"recall10", (double)NAN},      /* a row of 10 or fewer */
    {"crest_block16", (double)NAN}, /* rows shorter than a block */
    {"crest_block32", (double)NAN},
    {"zeros", 0.2},
    {"saturated", 11.0},
    {"flushed", 12.0},
    {"nan_in", 13.0},
    {"nan_out", 14.0},
    {"nan_lost", 15.0},
    {"near_ties", 16.0},
    {"codes_used", 17.0},
    {"scale_saturated", 18.0},
    {"scale_flushed", 19.0},
    {"scale_nan", 20.0},
    {"expected_mse", 0.25},
    {"expected_sqnr_db", 12.041199826559248}, /* 40 log10 2 */
    {"expected_bits", 1.0},
    {"acc_overflow", 3.0},
    {"acc_overflow_rate", 0.25},
    {"acc_flipped", 7.0},
    /* Bins of 1/32 over [-4, 4]: x in 160 64 224 128 255 (4 is clamped), y in 176 64 192 136 255. Six bins
     * hold one element of one of the two, smoothed to 3/2 against 1/2 or the reverse, of 5 + 128: three terms
     * of (3/2) ln 3 - (1/2) ln 3 = ln 3 in all, over 133. */
    {"kl", 3.0 * 1.0986122886681098 / 133.0},
};

static void worked_by_hand(void **state)
{
    (void)state;
    const float x[] = {1, -2, 3, 0, 4}, y[] = {1.5f, -2, 2, 0.25f, 4};
    struct metric_input in = input_of(x, y, 5, 5);
    in.counts = (struct metric_counts){.saturated = 11,
                                       .flushed = 12,
                                       .nan_in = 13,
                                       .nan_out = 14,
                                       .nan_lost = 15,
                                       .near_ties = 16,
                                       .codes_used = 17,
                                       .scale_saturated = 18,
                                       .scale_flushed = 19,
                                       .scale_nan = 20,
                                       .sums_rounded = 12,
                                       .sums_beyond = 3,
                                       .sums_flipped = 7,
                                       .expected_error = -0.1};
    in.theory = (struct metric_theory){.mse = 0.25, .power = 4, .variance = 1};
    size_t known = sizeof by_hand / sizeof *by_hand;
    for (size_t i = 0; i < known; i++)
        assert_value(&in, by_hand[i].name, by_hand[i].value);
    assert_int_equal(known, metric_count());
}

static void registry(void **state)
{
    (void)state;
    for (size_t i = 0; i < metric_count(); i++) {
        const struct metric *m = metric_at(i);
        assert_ptr_equal(metric_find(m->name), m);
        assert_true(*m->unit && *m->formula && *m->doc);
        assert_true(!m->better || !strcmp(m->better, "lower") || !strcmp(m->better, "higher"));
        assert_true(!strcmp(m->of, "error") || !strcmp(m->of, "input") || !strcmp(m->of, "quantizer") ||
                    !strcmp(m->of, "theory") || !strcmp(m->of, "accumulator"));
        size_t found = 0;
        for (size_t k = 0; k < sizeof by_hand / sizeof *by_hand; k++)
            found += !strcmp(by_hand[k].name, m->name);
        if (found != 1)
            fail_msg("%s has no value worked by hand", m->name);
    }
    assert_null(metric_find("sqnr"));
}

/* No elements, or none that are finite: the canonical NaN, except for counts. */
static void undefined(void **state)
{
    (void)state;
    const float bad[] = {NAN, INFINITY, -INFINITY}, one[] = {1, 1, 1};
    struct metric_input none = input_of(one, one, 0, 0), all_bad = input_of(bad, one, 3, 3);
    const double canonical = (double)NAN;
    none.theory = all_bad.theory = (struct metric_theory){canonical, canonical, canonical};
    for (size_t i = 0; i < metric_count(); i++) {
        const struct metric *m = metric_at(i);
        bool count = !strcmp(m->unit, "count") && strcmp(m->name, "codes_used") != 0;
        double empty = m->value(&none), bads = m->value(&all_bad);
        if (count) {
            assert_true(empty == 0.0);
            continue;
        }
        if (memcmp(&empty, &canonical, sizeof empty) || memcmp(&bads, &canonical, sizeof bads))
            fail_msg("%s: %g and %g, not NaN", m->name, empty, bads);
    }
    assert_value(&all_bad, "excluded", 3);
}

static void exact_image(void **state)
{
    (void)state;
    const float x[] = {0.1f, -0.7f, 3.3f, 0.1f}, zero[] = {0, -0.0f, 0, 0};
    struct metric_input same = input_of(x, x, 4, 4);
    static const struct known exact[] = {
        {"mse", 0}, {"nmse", 0}, {"mean_rel_error", 0}, {"cosine", 1},         {"max_ulp", 0},
        {"kl", 0},  {"bias", 0}, {"sqnr_db", HUGE_VAL}, {"qsnr_db", HUGE_VAL}, {"neg_mse_db", HUGE_VAL}};
    for (size_t i = 0; i < sizeof exact / sizeof *exact; i++)
        assert_true(value_of(&same, exact[i].name) == exact[i].value);

    static const struct known of_zero[] = {
        {"mse", 0},   {"nmse", (double)NAN},   {"sqnr_db", (double)NAN},        {"qsnr_db", (double)NAN},
        {"kl", 0},    {"cosine", (double)NAN}, {"crest", (double)NAN},          {"kurtosis", (double)NAN},
        {"zeros", 1}, {"absmax", 0},           {"mean_rel_error", (double)NAN}, {"max_ulp", 0}};
    struct metric_input zeros = input_of(zero, zero, 4, 4);
    for (size_t i = 0; i < sizeof of_zero / sizeof *of_zero; i++)
        assert_value(&zeros, of_zero[i].name, of_zero[i].value);
    struct metric_input all_lost = input_of(zero, x, 4, 4);
    assert_value(&all_lost, "nmse", HUGE_VAL);
    assert_value(&all_lost, "sqnr_db", -HUGE_VAL);
}

/* The sum and the mean are exact for up to 2^29 equal values: the variance is exactly 0. */
static void constant_tensor(void **state)
{
    (void)state;
    const float x[] = {0.1f, 0.1f, 0.1f, 0.1f, 0.1f, 0.1f, 0.1f};
    struct metric_input in = input_of(x, x, 7, 7);
    assert_value(&in, "mean", (double)0.1f);
    assert_value(&in, "std", 0.0);
    assert_value(&in, "kurtosis", (double)NAN);
    assert_value(&in, "crest", 1.0);
}

/* Elements that became NaN or infinite: one is enough. */
static void lost(void **state)
{
    (void)state;
    const float x[] = {1, 5, -3, 2}, bad[] = {NAN, INFINITY, -INFINITY};
    for (size_t i = 0; i < 3; i++) {
        const float y[] = {1, bad[i], -2, 2};
        struct metric_input in = input_of(x, y, 4, 4);
        static const struct known worst[] = {{"lost", 1},
                                             {"excluded", 0},
                                             {"mse", HUGE_VAL},
                                             {"rmse", HUGE_VAL},
                                             {"nmse", HUGE_VAL},
                                             {"mae", HUGE_VAL},
                                             {"max_abs_error", HUGE_VAL},
                                             {"mean_rel_error", HUGE_VAL},
                                             {"sqnr_db", -HUGE_VAL},
                                             {"qsnr_db", -HUGE_VAL},
                                             {"neg_mse_db", -HUGE_VAL},
                                             {"cosine", (double)NAN},
                                             {"bias", (double)NAN},
                                             {"kl", HUGE_VAL},
                                             {"max_ulp", HUGE_VAL},
                                             {"absmax", 5},
                                             {"mean", 1.25}};
        for (size_t k = 0; k < sizeof worst / sizeof *worst; k++)
            assert_value(&in, worst[k].name, worst[k].value);
    }
    const float none[] = {NAN, NAN, NAN, NAN};
    struct metric_input all = input_of(x, none, 4, 4);
    assert_value(&all, "lost", 4);
    assert_value(&all, "sqnr_db", -HUGE_VAL);
}

/* x = 1, NaN, -3, Inf; y = 1, NaN, -2, 7: the first and third are measured, with e = 0, 1. */
static void not_finite(void **state)
{
    (void)state;
    const float x[] = {1, NAN, -3, INFINITY}, y[] = {1, NAN, -2, 7};
    struct metric_input in = input_of(x, y, 4, 4);
    assert_value(&in, "lost", 0);
    assert_value(&in, "excluded", 2);
    assert_value(&in, "mse", 0.5);
    assert_value(&in, "bias", 0.5);
    assert_value(&in, "nmse", 0.1);
    assert_value(&in, "mean_rel_error", 1.0 / 6.0);
    assert_value(&in, "max_ulp", 4194304.0);          /* 3 = 1.5 * 2 to 2: half a binade */
    assert_value(&in, "qsnr_db", 9.0308998699194358); /* variance 4 over 1/2: 10 log10 8 */
    assert_value(&in, "absmax", 3.0);
    assert_value(&in, "mean", -1.0);
    assert_value(&in, "std", 2.0);
    assert_true(in.facts->signal.lo == -3.0 && in.facts->signal.hi == 1.0);
    assert_int_equal(in.facts->signal.n, 2);
    assert_int_equal(in.facts->nan, 1);
    /* All values negative: what is left out must not pass for a largest value. */
    const float below[] = {-2, NAN, -3};
    struct metric_input b = input_of(below, below, 3, 3);
    assert_true(b.facts->signal.lo == -3.0 && b.facts->signal.hi == -2.0);
}

static void ulp_distance(void **state)
{
    (void)state;
    struct {
        float x, y;
        double steps;
    } c[] = {{-0x1p-149f, 0x1p-149f, 2},
             {-0.0f, 0.0f, 0},
             {1.0f, 0x1.fffffep-1f, 1},
             {-1.0f, -0x1.000002p0f, 1},
             {-0x1.fffffep127f, 0x1.fffffep127f, 2.0 * 0x7f7fffff}};
    for (size_t i = 0; i < sizeof c / sizeof *c; i++) {
        struct metric_input in = input_of(&c[i].x, &c[i].y, 1, 1);
        assert_value(&in, "max_ulp", c[i].steps);
    }
}

/* x = 1, -1 in the end bins; y = 1, 5: 5 is clamped into the upper one. Counts 1, 1 against 0, 2 of 2,
 * smoothed over 130: (3/2)/130 (ln(1.5/0.5) + ln(1.5/2.5)) = (3/260) ln(9/5). */
static void kl_clamps(void **state)
{
    (void)state;
    const float x[] = {1, -1}, y[] = {1, 5}, low[] = {1, -5};
    struct metric_input in = input_of(x, y, 2, 2);
    assert_value(&in, "kl", 3.0 / 260.0 * 0.58778666490211901);
    struct metric_input same = input_of(x, low, 2, 2);
    assert_value(&same, "kl", 0.0);
}

/* Two rows of 35: the first block of 32 of each row counts, the rest of 3 does not. Row 0: 16 ones, then 3
 * and 15 zeros: blocks of 16 have crest 1 and 3/sqrt(9/16) = 4, the block of 32 has 3/sqrt(25/32). Row 1:
 * zeros, then a block with NaN. */
static void crest_of_blocks(void **state)
{
    (void)state;
    float x[70] = {0};
    for (size_t i = 0; i < 16; i++)
        x[i] = i % 2 ? -1.0f : 1.0f;
    x[16] = -3.0f;
    x[32] = x[33] = 1000.0f;
    x[35 + 16] = NAN;
    x[35 + 17] = 1.0f;
    struct metric_input in = input_of(x, x, 70, 35);
    assert_value(&in, "crest_block16", 2.5);
    assert_value(&in, "crest_block32", 3.0 / sqrt(25.0 / 32.0));
}

/* Beyond what binary32 could hold, and beyond one tile of any size: values and sums that binary64 holds
 * exactly. x = 2^100, e = 2^99 for all but the last element. */
static void large_and_long(void **state)
{
    (void)state;
    size_t n = 3 * SUM_CHUNK + 321;
    float *x = malloc(n * sizeof *x), *y = malloc(n * sizeof *y);
    for (size_t i = 0; i < n; i++) {
        x[i] = i % 2 ? 0x1p100f : -0x1p100f;
        y[i] = x[i] / 2;
    }
    x[n - 1] = y[n - 1] = 0;
    struct metric_input in = input_of(x, y, n, n);
    double terms = (double)(n - 1);
    assert_value(&in, "mse", 0x1p198 * terms / (double)n);
    assert_value(&in, "nmse", 0.25);
    assert_value(&in, "cosine", 1.0);
    assert_value(&in, "max_abs_error", 0x1p99);
    assert_value(&in, "mean_rel_error", 0.5);
    assert_value(&in, "bias", 0.0);
    assert_value(&in, "kurtosis", (double)n / terms);
    assert_value(&in, "zeros", 1.0 / (double)n);
    free(x);
    free(y);
}

/* sum_add_n gives the bits of sum_add, whatever the pieces. */
static void sum_in_pieces(void **state)
{
    (void)state;
    static const size_t pieces[] = {1, 15, 16, 17, 100, 4000, 4096, 5000, 0, 3, 256};
    static double x[20000];
    for (size_t i = 0; i < 20000; i++)
        x[i] = ((double)rng_u32(1, 3, i) - 2147483648.0) * 0x1p-20 * (double)(i % 97);
    struct sum one = {0}, many = {0};
    size_t at = 0;
    for (size_t p = 0; p < sizeof pieces / sizeof *pieces; p++) {
        sum_add_n(&many, x + at, pieces[p]);
        for (size_t i = 0; i < pieces[p]; i++)
            sum_add(&one, x[at++]);
        double a = sum_value(&one), b = sum_value(&many);
        assert_memory_equal(&a, &b, sizeof a);
        assert_memory_equal(&one, &many, sizeof one);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(worked_by_hand),  cmocka_unit_test(registry),        cmocka_unit_test(undefined),
        cmocka_unit_test(exact_image),     cmocka_unit_test(constant_tensor), cmocka_unit_test(lost),
        cmocka_unit_test(not_finite),      cmocka_unit_test(ulp_distance),    cmocka_unit_test(kl_clamps),
        cmocka_unit_test(crest_of_blocks), cmocka_unit_test(large_and_long),  cmocka_unit_test(sum_in_pieces),
    };
    return cmocka_run_group_tests_name("metric", tests, NULL, NULL);
}
