/* Codebooks by rule: the equations that computed values solve, published values and figures. */
#include "tests/check.h"

#include <gsl/gsl_cdf.h>
#include <gsl/gsl_integration.h>
#include <gsl/gsl_randist.h>
#include <math.h>
#include <stdio.h>

#include "sim/book.h"
#include "sim/scheme.h"

static int compute(const char *name, double values[static CODEBOOK_MAX])
{
    for (size_t i = 0; i < book_rule_count(); i++) {
        const char *why = NULL;
        int n = book_rule_at(i)->compute(name, values, &why);
        assert_true(n || !why);
        if (n)
            return n;
    }
    fail_msg("no rule knows %s", name);
    return 0;
}

static void rules_meet_goldens(void **state)
{
    (void)state;
    size_t values_done = 0;
    for (size_t i = 0; i < book_rule_count(); i++) {
        const struct book_rule *rule = book_rule_at(i);
        assert_true(rule->goldens && rule->names && rule->doc && rule->citation);
        for (size_t g = 0; g < rule->goldens; g++) {
            const struct book_golden *want = &rule->golden[g];
            double values[CODEBOOK_MAX];
            assert_non_null(want->source);
            assert_int_equal(rule->compute(want->name, values, NULL), want->n);
            for (int r = 0; r < want->n; r++, values_done++)
                if (!(fabs(values[r] - want->values[r]) <= want->within))
                    fail_msg("%s rank %d: %.12g, %s says %.12g", want->name, r, values[r], want->source,
                             want->values[r]);
        }
    }
    printf("# covered computed codebooks against publications: %zu values\n", values_done);
}

/* Every codebook that the rules give (block sizes of AF4 sampled): sound, with the bits of its name, and no
 * exact value so near to a binary32 tie that an error of 1e-12 could turn its rounding. */
static void rules_are_sound(void **state)
{
    (void)state;
    static const struct {
        const char *pattern;
        int low, high, values;
    } names[] = {{"nf%d", 2, 8, 0}, {"kvnf%d", 2, 5, 0}, {"lloydmax%d", 1, 8, 0}, {"midrise%d", 1, 8, 0}};
    static const int blocks[] = {4, 32, 64, 100, 128, 4096};
    char name[32];
    double nearest = 1;
    size_t books = 0;
    for (size_t i = 0; i < 4 + sizeof blocks / sizeof *blocks; i++)
        for (int b = i < 4 ? names[i].low : 4; b <= (i < 4 ? names[i].high : 4); b++, books++) {
            struct error e = {{0}};
            struct format f;
            double exact[CODEBOOK_MAX];
            if (i < 4)
                snprintf(name, sizeof name, names[i].pattern, b);
            else
                snprintf(name, sizeof name, "af4_%d", blocks[i - 4]);
            if (book_by_name(name, &f, &e))
                fail_msg("%s: %s", name, e.text);
            assert_string_equal(f.name, name);
            assert_null(format_problem(&f));
            assert_int_equal(f.bits, b);
            assert_int_equal(f.book->n, 1 << b);
            assert_int_equal(compute(name, exact), f.book->n);
            for (int r = 0; r < f.book->n; r++) {
                float v = f.book->values[r];
                assert_true(bits_from_f32(v) == bits_from_f32((float)exact[r]));
                double up = ((double)v + (double)nextafterf(v, HUGE_VALF)) / 2,
                       down = ((double)v + (double)nextafterf(v, -HUGE_VALF)) / 2;
                double gap = fmin(fabs(exact[r] - up), fabs(exact[r] - down)) / (fabs(exact[r]) + 1e-30);
                if (exact[r] != 0)
                    nearest = fmin(nearest, gap);
            }
        }
    printf("# covered computed codebooks: %zu books; nearest to a binary32 tie: %.2g of the value\n", books,
           nearest);
    assert_true(nearest > 2e-12);
}

/* --- AF4: its distribution function by another quadrature --- */

struct af4 {
    double block, x;
};

static double phi_ratio(double m, void *context)
{
    const struct af4 *a = context;
    double within = erf(m / sqrt(2)); /* 2 Phi(m) - 1 */
    double below = (erf(m * a->x / sqrt(2)) + within) / 2 / within;
    return 2 * a->block * exp(-m * m / 2) / sqrt(2 * acos(-1)) * pow(within, a->block - 1) * below;
}

static double af4_distribution(double block, double x, gsl_integration_workspace *w)
{
    struct af4 a = {block, x};
    gsl_function f = {phi_ratio, &a};
    double whole = 0, part, error;
    for (int i = 0; i < 16; i++) {
        gsl_integration_qag(&f, i, i + 1, 1e-14, 1e-13, 1000, GSL_INTEG_GAUSS31, w, &part, &error);
        whole += part;
    }
    return 1 / (2 * block) + (block - 1) / block * whole;
}

/* -1 and n values, ascending below 0: each value is the median of its cell, the last cell ends at 0. */
static double af4_residual(double block, const double *v, int n, gsl_integration_workspace *w)
{
    double worst = fabs(af4_distribution(block, 0, w) - 0.5);
    for (int i = 1; i <= n; i++) {
        double low = (v[i - 1] + v[i]) / 2, high = i < n ? (v[i] + v[i + 1]) / 2 : 0;
        double middle = (af4_distribution(block, low, w) + af4_distribution(block, high, w)) / 2;
        worst = fmax(worst, fabs(af4_distribution(block, v[i], w) - middle));
    }
    return worst;
}

static void af4_solves_its_equations(void **state)
{
    (void)state;
    static const int blocks[] = {4, 17, 64, 1024, 65536};
    gsl_integration_workspace *w = gsl_integration_workspace_alloc(1000);
    double worst = 0;
    for (size_t i = 0; i < sizeof blocks / sizeof *blocks; i++) {
        char name[32];
        double v[CODEBOOK_MAX], mirrored[8];
        snprintf(name, sizeof name, "af4_%d", blocks[i]);
        assert_int_equal(compute(name, v), 16);
        assert_true(v[0] == -1 && v[7] == 0 && v[15] == 1);
        for (int r = 0; r < 8; r++)
            mirrored[r] = -v[15 - r];
        worst = fmax(worst, af4_residual(blocks[i], v, 6, w));
        worst = fmax(worst, af4_residual(blocks[i], mirrored, 7, w));
    }
    gsl_integration_workspace_free(w);
    printf("# covered AF4's equations by adaptive quadrature: 5 block sizes, largest residual %.2g\n", worst);
    assert_true(worst < 1e-12);
}

/* KVQuant's own steps: running sums of probabilities, each half scaled by its ends. */
static void kvquant_steps(void **state)
{
    (void)state;
    for (int bits = 2; bits <= 5; bits++) {
        char name[16];
        double v[CODEBOOK_MAX];
        snprintf(name, sizeof name, "kvnf%d", bits);
        compute(name, v);
        int half = 1 << (bits - 1);
        double offset = 0.5 * (1.0 / 32 + 1.0 / 30), low_end = gsl_cdf_ugaussian_Pinv(offset);
        for (int i = 0; i < half; i++) {
            double p = offset + i * ((0.5 - offset) / (half - 1));
            assert_true(fabs(v[i] - gsl_cdf_ugaussian_Pinv(p) / fabs(low_end)) < 1e-14);
            p = 0.5 + (i + 1) * ((1 - offset - 0.5) / half);
            assert_true(fabs(v[half + i] - gsl_cdf_ugaussian_Pinv(p) / gsl_cdf_ugaussian_Pinv(1 - offset)) <
                        1e-14);
        }
    }
}

/* Distortion of levels on N(0,1), cells halfway: the sum of integrals of (x - y)^2 phi(x), in closed form. */
static double gaussian_mse(const double *y, int n, double scale)
{
    double mse = 0;
    for (int i = 0; i < n; i++) {
        double v = y[i] * scale, a = i ? (y[i - 1] + y[i]) / 2 * scale : -40,
               b = i < n - 1 ? (y[i] + y[i + 1]) / 2 * scale : 40;
        double p = a > 0 ? gsl_cdf_ugaussian_Q(a) - gsl_cdf_ugaussian_Q(b)
                         : gsl_cdf_ugaussian_P(b) - gsl_cdf_ugaussian_P(a);
        double at_a = gsl_ran_ugaussian_pdf(a), at_b = gsl_ran_ugaussian_pdf(b);
        mse += (1 + v * v) * p + a * at_a - b * at_b - 2 * v * (at_a - at_b);
    }
    return mse;
}

static void lloydmax_theory(void **state)
{
    (void)state;
    static const double mse[] = {0, .363380, .117482, .034548,
                                 .009501}; /* Max 1960, and computed again since */
    for (int bits = 1; bits <= 8; bits++) {
        char name[16];
        double y[CODEBOOK_MAX];
        snprintf(name, sizeof name, "lloydmax%d", bits);
        int n = compute(name, y);
        for (int i = 0; i < n; i++) { /* each level is the mean of its cell */
            double a = i ? (y[i - 1] + y[i]) / 2 : -40, b = i < n - 1 ? (y[i] + y[i + 1]) / 2 : 40;
            double p = a > 0 ? gsl_cdf_ugaussian_Q(a) - gsl_cdf_ugaussian_Q(b)
                             : gsl_cdf_ugaussian_P(b) - gsl_cdf_ugaussian_P(a);
            double mean = (gsl_ran_ugaussian_pdf(a) - gsl_ran_ugaussian_pdf(b)) / p;
            assert_true(fabs(mean - y[i]) < 1e-10);
            assert_true(y[i] == -y[n - 1 - i]);
        }
        if (bits <= 4)
            assert_true(fabs(gaussian_mse(y, n, 1) - mse[bits]) < 6e-7);
    }
}

/* The largest SQNR of a list over its scale, on N(0,1), in dB. */
static double best_db(const double *y, int n)
{
    double best = 1;
    for (double scale = 0.02; scale < 8; scale *= 1.002)
        best = fmin(best, gaussian_mse(y, n, scale));
    return -10 * log10(best);
}

static void expect_league(const char *name, int drop, double want)
{
    struct quant_spec q;
    struct error e = {{0}};
    double y[CODEBOOK_MAX];
    int n = 0;
    assert_int_equal(scheme_parse(name, &q, &e), STATUS_OK);
    for (uint32_t code = 0; code <= format_code_mask(&q.element); code++) {
        double v = format_value(&q.element, code);
        if (!(v == 0 && signbit(v)))
            y[n++] = v;
    }
    for (int i = 1; i < n; i++) /* ascending */
        for (int j = i; j > 0 && y[j] < y[j - 1]; j--) {
            double t = y[j];
            y[j] = y[j - 1];
            y[j - 1] = t;
        }
    double got = best_db(y + drop, n - drop);
    if (fabs(got - want) > .006)
        fail_msg("%s: %.4f dB, want %.2f", name, got, want);
}

/* "4-bit league" on N(0,1) with the best scale: two digits of each, computed elsewhere from the definitions.
 */
static void league(void **state)
{
    (void)state;
    expect_league("lloydmax4", 0, 20.22);
    expect_league("nf4", 0, 20.04);
    expect_league("midrise4", 0, 19.38);
    expect_league("int4", 0, 19.26);
    expect_league("e2m1", 0, 18.97);
    expect_league("int4", 1, 18.90); /* without -8 */
    expect_league("e3m0", 0, 14.23);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rules_meet_goldens),       cmocka_unit_test(rules_are_sound),
        cmocka_unit_test(af4_solves_its_equations), cmocka_unit_test(kvquant_steps),
        cmocka_unit_test(lloydmax_theory),          cmocka_unit_test(league),
    };
    return cmocka_run_group_tests_name("book_rules", tests, NULL, NULL);
}
