/* Codebooks fitted to data: against the optimum by dynamic programming, and against theory on Gaussian data;
 * published codebooks on Gaussian data. */
#include "tests/check.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "formats/number.h"
#include "sim/base/rng.h"
#include "sim/book.h"
#include "sim/dump/synth.h"
#include "sim/quant/fit.h"
#include "sim/quant/quant.h"
#include "sim/scheme.h"

/* --- against the optimum --- */

enum { SMALL = 40 };

/* sum of weight (x - nearest level)^2 */
static double distortion(const float *x, const float *weight, size_t n, const float *level, int levels)
{
    double total = 0;
    for (size_t i = 0; i < n; i++) {
        double best = HUGE_VAL;
        for (int l = 0; l < levels; l++)
            best = fmin(best, pow((double)x[i] - (double)level[l], 2));
        total += best * (weight ? (double)weight[i] : 1);
    }
    return total;
}

static int by_float(const void *a, const void *b)
{
    float x = *(const float *)a, y = *(const float *)b;
    return x < y ? -1 : x > y;
}

/* The least distortion of `levels` cells over sorted x: cost[k][j], the best of the first j values in k
 * cells. */
static double optimum(const float *x, size_t n, int levels)
{
    double cost[9][SMALL + 1];
    for (int k = 0; k <= levels; k++)
        for (size_t j = 0; j <= n; j++) {
            cost[k][j] = j ? HUGE_VAL : 0;
            for (size_t i = 0; k && i < j; i++) { /* the last cell is i .. j-1 */
                double sum = 0, squares = 0;
                for (size_t t = i; t < j; t++) {
                    sum += (double)x[t];
                    squares += (double)x[t] * (double)x[t];
                }
                cost[k][j] = fmin(cost[k][j], cost[k - 1][i] + squares - sum * sum / (double)(j - i));
            }
        }
    return cost[levels][n];
}

/* Lloyd's conditions: each level is the mean of the values nearest to it (a tie belongs to the lower). */
static void check_fixed_point(const float *x, const float *weight, size_t n, const float *level, int levels)
{
    for (int l = 0; l < levels; l++) {
        double sum = 0, whole = 0;
        for (size_t i = 0; i < n; i++) {
            int nearest = 0;
            for (int k = 1; k < levels; k++)
                if (fabs((double)x[i] - (double)level[k]) <
                    fabs((double)x[i] - (double)level[nearest]) * (1 - 1e-9))
                    nearest = k;
            if (nearest == l) {
                double w = weight ? (double)weight[i] : 1;
                sum += w * (double)x[i];
                whole += w;
            }
        }
        if (whole > 0 && fabs(sum / whole - (double)level[l]) > 1e-5)
            fail_msg("level %d is %.9g, the mean of its cell %.9g", l, (double)level[l], sum / whole);
        assert_true(l == 0 || level[l - 1] <= level[l]);
    }
}

static void lloyd_against_optimum(void **state)
{
    (void)state;
    int exact = 0, trials = WATCHED ? 60 : 600;
    double ratio = 0;
    for (int t = 0; t < trials; t++) {
        float x[SMALL], weight[SMALL], level[8];
        int levels = 2 + t % 7;
        for (size_t i = 0; i < SMALL; i++) {
            x[i] = (float)(rng_u32(21, (uint64_t)t, 2 * i) >> 8) * 0x1p-22f - 2;
            weight[i] = (float)(rng_u32(21, (uint64_t)t, 2 * i + 1) >> 24);
        }
        assert_int_equal(fit_lloyd(x, SMALL, weight, levels, level), STATUS_OK);
        check_fixed_point(x, weight, SMALL, level, levels);
        assert_int_equal(fit_lloyd(x, SMALL, NULL, levels, level), STATUS_OK);
        check_fixed_point(x, NULL, SMALL, level, levels);
        qsort(x, SMALL, sizeof *x, by_float);
        double got = distortion(x, NULL, SMALL, level, levels), best = optimum(x, SMALL, levels);
        assert_true(got >= best * (1 - 1e-6));
        exact += got <= best * (1 + 1e-6);
        ratio = fmax(ratio, got / best);
    }
    printf("# covered Lloyd against the optimum by dynamic programming: %d samples, %d optimal, worst %.2f "
           "times\n",
           trials, exact, ratio);
    assert_true(exact >= trials / 10 && ratio < 4);
}

/* --- definition --- */

static void expect_levels(const float *x, size_t n, const float *weight, int levels, const float *want)
{
    float got[256];
    assert_int_equal(fit_lloyd(x, n, weight, levels, got), STATUS_OK);
    for (int l = 0; l < levels; l++)
        if (bits_from_f32(got[l]) != bits_from_f32(want[l]))
            fail_msg("level %d of %d: %.9g, want %.9g", l, levels, (double)got[l], (double)want[l]);
}

static void definition(void **state)
{
    (void)state;
    static const float two[] = {5, -1, 5, -1, 5};
    expect_levels(two, 5, NULL, 2, (const float[]){-1, 5});
    expect_levels(two, 5, NULL, 4, (const float[]){-1, 5, 5, 5}); /* fewer values than levels */
    expect_levels(two, 5, NULL, 1, (const float[]){13.0f / 5});
    static const float zeros[] = {0, 0, -0.0f, 0, 0, 0,
                                  0, 0, 1,     2, 8}; /* quantiles alone would all start at 0 */
    expect_levels(zeros, 11, NULL, 3, (const float[]){0, 1.5f, 8});
    static const float line[] = {0, 1, 2, 10, 11, 12}, first_only[] = {1, 0, 0, 1, 0, 0},
                       more[] = {3, 1, 1, 1, 1, 3};
    expect_levels(line, 6, NULL, 2, (const float[]){1, 11});
    expect_levels(line, 6, first_only, 2, (const float[]){0, 10});
    expect_levels(line, 6, more, 2, (const float[]){3.0f / 5, 57.0f / 5});
    static const float repeated[] = {12, 0, 0, 12, 0, 1, 2, 10, 11, 12}; /* a weight is a repetition */
    expect_levels(repeated, 10, NULL, 2, (const float[]){3.0f / 5, 57.0f / 5});
    static const float tie[] = {0, 2, 4}; /* starts at 0 and 4: 2 is a tie and joins the lower cell */
    expect_levels(tie, 3, NULL, 2, (const float[]){1, 4});
    float x[1000], shuffled[1000], a[16], b[16];
    for (size_t i = 0; i < 1000; i++)
        x[i] = (float)(rng_u32(22, 0, i) >> 12) * 0x1p-20f;
    for (size_t i = 0; i < 1000; i++)
        shuffled[i] = x[(i * 7 + 3) % 1000];
    assert_int_equal(fit_lloyd(x, 1000, NULL, 16, a), STATUS_OK);
    assert_int_equal(fit_lloyd(shuffled, 1000, NULL, 16, b), STATUS_OK);
    assert_memory_equal(a, b, sizeof a);
}

static void refusals(void **state)
{
    (void)state;
    float out[4];
    static const float x[] = {1, 2}, nan[] = {1, NAN}, inf[] = {HUGE_VALF, 1}, zero[] = {0, 0},
                       negative[] = {1, -1};
    assert_int_equal(fit_lloyd(x, 0, NULL, 2, out), STATUS_INVALID);
    assert_int_equal(fit_lloyd(x, 2, NULL, 0, out), STATUS_INVALID);
    assert_int_equal(fit_lloyd(x, 2, NULL, 257, out), STATUS_INVALID);
    assert_int_equal(fit_lloyd(nan, 2, NULL, 2, out), STATUS_INVALID);
    assert_int_equal(fit_lloyd(inf, 2, NULL, 2, out), STATUS_INVALID);
    assert_int_equal(fit_lloyd(x, 2, zero, 2, out), STATUS_INVALID);
    assert_int_equal(fit_lloyd(x, 2, negative, 2, out), STATUS_INVALID);
    assert_int_equal(fit_lloyd(x, 2, nan, 2, out), STATUS_INVALID);
}

/* --- Gaussian data --- */

enum { SIDE = WATCHED ? 128 : 512, SAMPLES = SIDE * SIDE };

static float *gaussian(void)
{
    struct synth_spec s = {
        .distribution = "gaussian", .parameter = (double)NAN, .scale = 1, .rows = SIDE, .columns = SIDE};
    float *x = malloc(SAMPLES * sizeof *x);
    struct error e = {{0}};
    assert_non_null(x);
    if (synth_fill(&s, x, &e))
        fail_msg("%s", e.text);
    return x;
}

/* The levels and the distortion that Lloyd and Max give for N(0,1), within the sample's error and what 100
 * rounds leave at the outermost of 16 levels. */
static void lloyd_on_gaussian(void **state)
{
    (void)state;
    static const double mse[] = {0, .363380, .117482, .034548, .009501};
    float *x = gaussian();
    for (int bits = 1; bits <= 4; bits++) {
        char name[16];
        struct format f;
        struct error e = {{0}};
        float level[16];
        snprintf(name, sizeof name, "lloydmax%d", bits);
        assert_int_equal(book_by_name(name, &f, &e), STATUS_OK);
        assert_int_equal(fit_lloyd(x, SAMPLES, NULL, 1 << bits, level), STATUS_OK);
        double got = distortion(x, NULL, SAMPLES, level, 1 << bits) / SAMPLES, worst = 0;
        for (int l = 0; l < 1 << bits; l++)
            worst = fmax(worst, fabs((double)level[l] - (double)f.book->values[l]));
        printf("# covered Lloyd on %d Gaussian values, %d bits: MSE %.6f, theory %.6f; levels within %.4f\n",
               SAMPLES, bits, got, mse[bits], worst);
        assert_true(fabs(got / mse[bits] - 1) < (WATCHED ? .04 : .01));
        assert_true(worst < (WATCHED ? .2 : .08));
    }
    free(x);
}

static double sqnr_db(const char *scheme, const float *x)
{
    struct quant_spec q;
    struct error e = {{0}};
    struct quant_stats stats;
    float *y = malloc(SAMPLES * sizeof *y);
    assert_non_null(y);
    struct quant_input in = {.x = x, .rank = 2, .shape = {SIDE, SIDE}, .axis = 1};
    if (scheme_parse(scheme, &q, &e) || quantize(&q, &in, &(struct quant_output){.values = y}, &stats, &e))
        fail_msg("%s", e.text);
    double signal = 0, noise = 0;
    for (size_t i = 0; i < SAMPLES; i++) {
        signal += (double)x[i] * (double)x[i];
        noise += pow((double)x[i] - (double)y[i], 2);
    }
    free(y);
    return 10 * log10(signal / noise);
}

/* Real scales of 128 values: figures computed elsewhere from the definitions, two digits each. */
static void grouped(void **state)
{
    (void)state;
    static const struct {
        const char *scheme;
        double db;
    } want[] = {
        {"nf4,block=128", 20.40}, {"s3,block=128", 12.45}, {"e2m1,block=128", 19.27}, {"lloydmax4", 20.22}};
    float *x = gaussian();
    for (size_t i = 0; i < sizeof want / sizeof *want; i++) {
        double got = sqnr_db(want[i].scheme, x);
        printf("# covered %s on %d Gaussian values: %.2f dB, published %.2f\n", want[i].scheme, SAMPLES, got,
               want[i].db);
        assert_true(fabs(got - want[i].db) < (WATCHED ? .15 : .04));
    }
    assert_true(sqnr_db("af4_64,block=64", x) > sqnr_db("e2m1,block=64", x) + .5);
    free(x);
}

/* --- through a scheme --- */

enum { ROWS = 6, COLUMNS = 64, FITTED = ROWS * COLUMNS };

/* fit= restated: the scales of the codebook that is named (absmax over its largest value, 1 here), elements
 * over them, Lloyd-Max over all, and each element at the level nearest to it. */
static void check_fit(const char *scheme, const char *plain, size_t block, int levels, enum fit fit)
{
    float x[FITTED], scale[FITTED], quotient[FITTED], weight[FITTED], level[CODEBOOK_MAX], got[FITTED];
    float unfitted[FITTED], sensitivity[FITTED];
    for (size_t i = 0; i < FITTED; i++) /* rows of different size, none of them Gaussian */
        x[i] = ((float)(rng_u32(77, 0, i) >> 8) * 0x1p-23f - 1) * (float)(1 << i / COLUMNS);
    for (size_t i = 0; i < FITTED; i++) {
        scale[i] = block ? 0 : 1;
        for (size_t k = i - (block ? i % block : 0); block && k < i - i % block + block; k++)
            scale[i] = fmaxf(scale[i], fabsf(x[k]));
        quotient[i] = x[i] / scale[i];
        sensitivity[i] = i % 5 ? (float)(rng_u32(78, 0, i) % 1000) : 0;
        weight[i] = fit == FIT_LLOYD ? 1 : scale[i] * scale[i];
        weight[i] *= fit == FIT_SENSITIVITY ? sensitivity[i] : 1;
    }
    assert_int_equal(fit_lloyd(quotient, FITTED, weight, levels, level), STATUS_OK);
    struct quant_spec q;
    struct error e = {{0}};
    struct quant_stats stats, ignored;
    struct quant_input in = {
        .x = x, .sensitivity = sensitivity, .rank = 2, .shape = {ROWS, COLUMNS}, .axis = 1};
    assert_int_equal(scheme_parse(plain, &q, &e), STATUS_OK);
    assert_int_equal(quantize(&q, &in, &(struct quant_output){.values = unfitted}, &ignored, &e), STATUS_OK);
    assert_int_equal(scheme_parse(scheme, &q, &e), STATUS_OK);
    assert_int_equal(quantize(&q, &in, &(struct quant_output){.values = got}, &stats, &e), STATUS_OK);
    double error = 0, before = 0;
    for (size_t i = 0; i < FITTED; i++) {
        int nearest = 0;
        for (int l = 1; l < levels; l++)
            if (fabs((double)x[i] / (double)scale[i] - (double)level[l]) <
                fabs((double)x[i] / (double)scale[i] - (double)level[nearest]))
                nearest = l;
        if (bits_from_f32(got[i]) != bits_from_f32(level[nearest] * scale[i]))
            fail_msg("%s element %zu (%a): %a, want %a", scheme, i, (double)x[i], (double)got[i],
                     (double)(level[nearest] * scale[i]));
        double counts = fit == FIT_SENSITIVITY ? (double)sensitivity[i] : 1;
        error += counts * pow((double)got[i] - (double)x[i], 2);
        before += counts * pow((double)unfitted[i] - (double)x[i], 2);
    }
    assert_true(error < before);
    assert_int_equal(stats.side_bits, 32 * levels);
    printf("# covered %s: error %.3f of that of %s\n", scheme, error / before, plain);
}

static void fit_of_schemes(void **state)
{
    (void)state;
    check_fit("nf4,block=16,fit=lloyd", "nf4,block=16", 16, 16, FIT_LLOYD);
    check_fit("nf4,block=16,fit=mse", "nf4,block=16", 16, 16, FIT_MSE);
    check_fit("nf3,per=token,fit=mse", "nf3,per=token", COLUMNS, 8, FIT_MSE);
    check_fit("nf4,fit=lloyd", "nf4", 0, 16, FIT_LLOYD);
    check_fit("nf4,block=16,fit=sensitivity", "nf4,block=16", 16, 16, FIT_SENSITIVITY);
    check_fit("nf3,per=token,fit=sensitivity", "nf3,per=token", COLUMNS, 8, FIT_SENSITIVITY);
    /* Nothing to fit: the codebook that is named stays. */
    static const float zeros[8] = {0};
    float y[8];
    struct quant_spec q;
    struct error e = {{0}};
    struct quant_stats stats;
    struct quant_input in = {.x = zeros, .rank = 1, .shape = {8}};
    assert_int_equal(scheme_parse("nf4,block=8,fit=lloyd", &q, &e), STATUS_OK);
    assert_int_equal(quantize(&q, &in, &(struct quant_output){.values = y}, &stats, &e), STATUS_OK);
    assert_int_equal(stats.side_bits, 0);
    for (size_t i = 0; i < 8; i++)
        assert_true(y[i] == 0);
}

/* Sensitivities are there, finite and not negative; products beyond binary32 still count. */
static void sensitivities(void **state)
{
    (void)state;
    static const float x[4] = {-1e18F, -5e17F, 5e17F, 1e18F},
                       bad[][4] = {{1, 1, -1, 1}, {1, NAN, 1, 1}, {INFINITY, 1, 1, 1}};
    static const float huge[4] = {1e30F, 1e30F, 1e30F, 1e30F}, none[4] = {0};
    static const char *const says[] = {"element 2 is -1", "element 1 is nan", "element 0 is inf"};
    float y[4];
    struct quant_spec q;
    struct error e = {{0}};
    struct quant_stats stats;
    struct quant_input in = {.x = x, .rank = 1, .shape = {4}};
    assert_int_equal(scheme_parse("nf2,per=tensor,fit=sensitivity", &q, &e), STATUS_OK);
    struct quant_output to = {.values = y};
    assert_int_equal(quantize(&q, &in, &to, &stats, &e), STATUS_INVALID);
    assert_non_null(strstr(e.text, "without sensitivities"));
    for (size_t i = 0; i < 3; i++) {
        in.sensitivity = bad[i];
        e.text[0] = 0;
        assert_int_equal(quantize(&q, &in, &to, &stats, &e), STATUS_INVALID);
        assert_non_null(strstr(e.text, says[i]));
    }
    in.sensitivity = huge;
    assert_int_equal(quantize(&q, &in, &to, &stats, &e), STATUS_OK);
    assert_int_equal(stats.side_bits, 4 * 32);
    in.sensitivity = none; /* nothing counts: the codebook that is named stays */
    assert_int_equal(quantize(&q, &in, &to, &stats, &e), STATUS_OK);
    assert_int_equal(stats.side_bits, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(definition),
        cmocka_unit_test(refusals),
        cmocka_unit_test(lloyd_against_optimum),
        cmocka_unit_test(lloyd_on_gaussian),
        cmocka_unit_test(grouped),
        cmocka_unit_test(fit_of_schemes),
        cmocka_unit_test(sensitivities),
    };
    return cmocka_run_group_tests_name("fit", tests, NULL, NULL);
}
