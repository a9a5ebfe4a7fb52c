/* Cell integrals and optimal scales, against GNU MPFR and published constants. */
#include "tests/check.h"

#include <gsl/gsl_cdf.h>
#include <gsl/gsl_errno.h>
#include <math.h>
#include <mpfr.h>
#include <stdio.h>
#include <stdlib.h>

#include "sim/base/rng.h"
#include "sim/quant/theory.h"

/* --- cell integrals --- */

static double values[1 << QUANTIZER_BITS], edges[1 << QUANTIZER_BITS];

static struct format format_of(const char *name)
{
    struct format f;
    const char *why = NULL;
    if (!format_by_name(name, &f, &why))
        fail_msg("%s: %s", name, why ? why : "unknown");
    return f;
}

static struct quantizer quantizer_named(const char *name)
{
    struct format f = format_of(name);
    struct quantizer q = {.value = values, .edge = edges};
    assert_true(quantizer_of_format(&f, &q));
    return q;
}

/* value[i] = first + i, edges halfway. */
static struct quantizer equal_steps(double first, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        values[i] = first + (double)i;
        edges[i] = values[i] + 0.5;
    }
    return (struct quantizer){.n = n, .value = values, .edge = edges};
}

enum { PRECISION = 300 };

/* The k-th moment of a density from minus infinity to x, k = 0, 1, 2, in closed form:
 * Gaussian  P = erfc(-x / sqrt 2) / 2, -phi, P - x phi;
 * Laplace   x <= 0: e^x/2 times 1, x - 1, x^2 - 2x + 2; x > 0: the whole less what is above;
 * uniform   (x^(k+1) - (-1)^(k+1)) / (2 (k + 1)) within -1 .. 1. */
static void moment(mpfr_t out, const struct density *d, mpfr_srcptr at, int k)
{
    mpfr_t t, phi, x;
    mpfr_inits2(PRECISION, t, phi, x, (mpfr_ptr)0);
    mpfr_set(x, at, MPFR_RNDN);
    if (d == &density_gaussian) {
        mpfr_sqr(phi, x, MPFR_RNDN);
        mpfr_div_si(phi, phi, -2, MPFR_RNDN);
        mpfr_exp(phi, phi, MPFR_RNDN);
        mpfr_const_pi(t, MPFR_RNDN);
        mpfr_mul_ui(t, t, 2, MPFR_RNDN);
        mpfr_rec_sqrt(t, t, MPFR_RNDN);
        mpfr_mul(phi, phi, t, MPFR_RNDN);
        mpfr_set_ui(t, 2, MPFR_RNDN);
        mpfr_sqrt(t, t, MPFR_RNDN);
        mpfr_div(t, x, t, MPFR_RNDN);
        mpfr_neg(t, t, MPFR_RNDN);
        mpfr_erfc(t, t, MPFR_RNDN);
        mpfr_div_ui(t, t, 2, MPFR_RNDN);
        if (k == 1)
            mpfr_neg(t, phi, MPFR_RNDN);
        else if (k == 2) {
            mpfr_mul(phi, phi, x, MPFR_RNDN);
            mpfr_sub(t, t, phi, MPFR_RNDN);
        }
    } else if (d == &density_laplace) {
        bool above = mpfr_sgn(x) > 0;
        if (above)
            mpfr_neg(x, x, MPFR_RNDN);
        mpfr_exp(t, x, MPFR_RNDN);
        mpfr_div_ui(t, t, 2, MPFR_RNDN);
        mpfr_sub_ui(phi, x, k == 2 ? 2 : 1, MPFR_RNDN);
        if (k == 2) {
            mpfr_mul(phi, phi, x, MPFR_RNDN);
            mpfr_add_ui(phi, phi, 2, MPFR_RNDN);
        }
        if (k)
            mpfr_mul(t, t, phi, MPFR_RNDN);
        if (above && k != 1)
            mpfr_ui_sub(t, k == 2 ? 2 : 1, t, MPFR_RNDN);
    } else {
        if (mpfr_cmp_si(x, -1) < 0)
            mpfr_set_si(x, -1, MPFR_RNDN);
        if (mpfr_cmp_si(x, 1) > 0)
            mpfr_set_si(x, 1, MPFR_RNDN);
        mpfr_pow_ui(t, x, (unsigned long)k + 1, MPFR_RNDN);
        mpfr_add_si(t, t, k % 2 ? -1 : 1, MPFR_RNDN);
        mpfr_div_ui(t, t, 2 * ((unsigned long)k + 1), MPFR_RNDN);
    }
    mpfr_set(out, t, MPFR_RNDN);
    mpfr_clears(t, phi, x, (mpfr_ptr)0);
}

/* sum over cells of m2 - 2 s v m1 + (s v)^2 m0, by moments from minus infinity. */
static void exact_mse(mpfr_t out, const struct density *d, const struct quantizer *q, mpfr_srcptr scale)
{
    mpfr_t x, v, m, last[3], now;
    mpfr_inits2(PRECISION, x, v, m, last[0], last[1], last[2], now, (mpfr_ptr)0);
    for (int k = 0; k < 3; k++)
        mpfr_set_ui(last[k], 0, MPFR_RNDN);
    mpfr_set_ui(out, 0, MPFR_RNDN);
    for (size_t i = 0; i < q->n; i++) {
        if (i + 1 < q->n)
            mpfr_mul_d(x, scale, q->edge[i], MPFR_RNDN);
        else
            mpfr_set_ui(x, 4000, MPFR_RNDN); /* as good as infinite */
        mpfr_mul_d(v, scale, q->value[i], MPFR_RNDN);
        for (int k = 0; k < 3; k++) {
            moment(now, d, x, k);
            mpfr_sub(m, now, last[k], MPFR_RNDN);
            mpfr_set(last[k], now, MPFR_RNDN);
            for (int j = k; j < 2; j++)
                mpfr_mul(m, m, v, MPFR_RNDN);
            if (k == 1)
                mpfr_mul_si(m, m, -2, MPFR_RNDN);
            mpfr_add(out, out, m, MPFR_RNDN);
        }
    }
    mpfr_clears(x, v, m, last[0], last[1], last[2], now, (mpfr_ptr)0);
}

static const struct density *const densities[] = {&density_gaussian, &density_laplace, &density_uniform};
enum { DENSITIES = sizeof densities / sizeof *densities };

static void integrals(void **state)
{
    (void)state;
    static const char *const names[] = {"e2m1", "int4",   "e4m3",  "int8", "e3m0",
                                        "nf4",  "posit8", "ue4m3", "hif8"};
    double worst_mse = 0, worst_slope = 0;
    int cases = 0;
    mpfr_t s, m, up, down, h;
    mpfr_inits2(PRECISION, s, m, up, down, h, (mpfr_ptr)0);
    for (size_t n = 0; n < sizeof names / sizeof *names; n++)
        for (int d = 0; d < DENSITIES; d++)
            for (int i = -3; i < 4; i += WATCHED ? 3 : 1) {
                struct quantizer q = quantizer_named(names[n]);
                double scale = exp2(2.3 * i + 0.37) / q.value[q.n - 1];
                mpfr_set_d(s, scale, MPFR_RNDN);
                exact_mse(m, densities[d], &q, s);
                double want = mpfr_get_d(m, MPFR_RNDN);
                worst_mse = fmax(worst_mse, fabs(theory_mse(densities[d], &q, scale) / want - 1));
                /* the difference over s (1 +- 2^-40) has an error of order 2^-80 */
                mpfr_mul_2si(h, s, -40, MPFR_RNDN);
                mpfr_add(up, s, h, MPFR_RNDN);
                mpfr_sub(down, s, h, MPFR_RNDN);
                exact_mse(m, densities[d], &q, up);
                exact_mse(up, densities[d], &q, down);
                mpfr_sub(m, m, up, MPFR_RNDN);
                mpfr_div(m, m, h, MPFR_RNDN);
                mpfr_div_ui(m, m, 2, MPFR_RNDN);
                double slope = mpfr_get_d(m, MPFR_RNDN), got = theory_slope(densities[d], &q, scale);
                worst_slope = fmax(worst_slope, fabs(got - slope) * scale / want);
                cases++;
            }
    mpfr_clears(s, m, up, down, h, (mpfr_ptr)0);
    print_message(
        "# covered cell integrals: %d sums; largest error of the mse %.2g of it, of its slope %.2g\n", cases,
        worst_mse, worst_slope);
    assert_true(worst_mse < 0x1p-40 && worst_slope < 0x1p-36);
}

/* --- published optima --- */

static double decibels(const struct density *d, const struct quantizer *q, double scale)
{
    return -10 * log10(theory_mse(d, q, scale) / d->variance);
}

static double best_decibels(const struct density *d, const struct quantizer *q)
{
    return decibels(d, q, theory_best_scale(d, q));
}

static void near(const char *what, double got, double want, double tolerance)
{
    if (!(fabs(got - want) <= tolerance))
        fail_msg("%s: %.9g, published %.9g +- %g", what, got, want, tolerance);
}

/* PUBLISHED 5. The tables were minimised numerically, the Gaussian ones to 1e-6. */
static void aciq(void **state)
{
    (void)state;
    static const struct {
        int bits;
        double laplace, gaussian;
    } table[] = {{2, 2.83068299, 1.71063513},
                 {3, 3.89722946, 2.15159283},
                 {4, 5.02864014, 2.55913676},
                 {7, 8.64561998, 3.61511383},
                 {8, 9.89675977, 3.92403440}};
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        near("ACIQ, Laplace", theory_aciq(&density_laplace, table[i].bits), table[i].laplace, 1e-8);
        near("ACIQ, Gaussian", theory_aciq(&density_gaussian, table[i].bits), table[i].gaussian, 2e-6);
    }
    /* The Gaussian condition of the paper: 2 a erfc(a / sqrt 2) - 2 sqrt(2 / pi) exp(-a^2 / 2) + 2 a / (3
     * 4^b) = 0, with other functions of another library. */
    mpfr_t a, t, u;
    mpfr_inits2(200, a, t, u, (mpfr_ptr)0);
    for (int bits = 1; bits <= 16; bits++)
        for (int side = -1; side <= 1; side += 2) {
            mpfr_set_d(a, theory_aciq(&density_gaussian, bits) * (1 + side * 1e-12), MPFR_RNDN);
            mpfr_div_d(t, a, sqrt(2), MPFR_RNDN);
            mpfr_erfc(t, t, MPFR_RNDN);
            mpfr_mul(t, t, a, MPFR_RNDN);
            mpfr_sqr(u, a, MPFR_RNDN);
            mpfr_div_si(u, u, -2, MPFR_RNDN);
            mpfr_exp(u, u, MPFR_RNDN);
            mpfr_mul_d(u, u, sqrt(2 / M_PI), MPFR_RNDN);
            mpfr_sub(t, t, u, MPFR_RNDN);
            mpfr_div_d(u, a, 3 * exp2(2 * bits), MPFR_RNDN);
            mpfr_add(t, t, u, MPFR_RNDN);
            assert_true(mpfr_sgn(t) == side);
            double l = theory_aciq(&density_laplace, bits) * (1 + side * 1e-12);
            assert_true((l - 3 * exp2(2 * bits) * exp(-l) > 0) == (side > 0));
        }
    mpfr_clears(a, t, u, (mpfr_ptr)0);
    assert_true(theory_aciq(&density_gaussian, 32) > 6 && theory_aciq(&density_laplace, 0) > 1);
}

static void quest(void **state)
{
    (void)state;
    static const struct {
        size_t n;
        double published, optimum, mse, tolerance;
    } table[] = {{2, .79788, .797885, .363380, 1e-4},    {3, 1.22401, 1.224006, .190174, 1e-4},
                 {4, 1.49353, 1.493530, .118846, 1e-4},  {8, 2.05107, 2.051068, .037440, 1e-4},
                 {16, 2.51393, 2.514005, .011543, 1e-4}, {128, 3.60105, 3.611102, 0, 2e-2},
                 {256, 3.88494, 3.922206, 0, 4e-2}};
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        double top = (double)(table[i].n - 1) / 2;
        struct quantizer q = equal_steps(-top, table[i].n);
        double s = theory_best_scale(&density_gaussian, &q);
        near("QuEST", s * top, table[i].published, table[i].tolerance);
        near("QuEST's true optimum", s * top, table[i].optimum, 1e-5);
        if (table[i].mse > 0)
            near("QuEST's error", theory_mse(&density_gaussian, &q, s), table[i].mse, 1e-6);
        else /* the published constants of 7 and 8 bits are not the optimum */
            assert_true(theory_mse(&density_gaussian, &q, table[i].published / top) >
                        theory_mse(&density_gaussian, &q, s) * 1.0001);
    }
    struct format e2m1 = format_of("e2m1");
    near("E2M1", theory_best_magnitude(&e2m1, &density_gaussian), 2.92247545, 1e-6);
}

/* Lloyd's algorithm on the density itself: each level becomes the mean of its cell. */
static void lloyd_max(void **state)
{
    (void)state;
    static const double mse[] = {.363380, .117482, .034548, .009501};
    static const double levels[] = {.1284, .3880, .6568, .9423, 1.2562, 1.6180, 2.0690, 2.7326};
    const struct density *d = &density_gaussian;
    struct quantizer q = {0};
    for (int bits = 1; bits <= 4; bits++) {
        size_t n = (size_t)1 << bits;
        q = equal_steps(-(double)(n - 1) / 2, n);
        for (int round = 0; round < 3000; round++) {
            for (size_t i = 0; i + 1 < n; i++)
                edges[i] = (values[i] + values[i + 1]) / 2;
            for (size_t i = 0; i < n; i++) {
                double up = i + 1 < n ? edges[i] - values[i] : (double)INFINITY;
                double down = i ? values[i] - edges[i - 1] : (double)INFINITY, v = values[i];
                values[i] += (density_moment(d, v, up, 1) - density_moment(d, -v, down, 1)) /
                             (density_moment(d, v, up, 0) + density_moment(d, -v, down, 0));
            }
        }
        near("Lloyd-Max", theory_mse(d, &q, 1), mse[bits - 1], 1e-6);
        near("Lloyd-Max levels are at their best scale", theory_best_scale(d, &q), 1, 1e-6);
    }
    for (int i = 0; i < 8; i++)
        near("Lloyd-Max level", values[8 + i], levels[i], 6e-5);
    near("Lloyd, dB", decibels(d, &q, 1), 20.22, .005);
}

/* "4-bit league" and the table of formats of PUBLISHED 2 and 5; all codes usable. */
static void league(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        bool all_codes;
        double gaussian, laplace; /* dB; 0: not known */
        double gaussian_bits, uniform_bits;
    } table[] = {{"int8", false, 40.54, 35.18, 6.734, 0},
                 {"e2m5", true, 42.67, 39.45, 7.087, 7.390},
                 {"e3m4", true, 37.56, 37.54, 6.239, 6.420},
                 {"e4m3", true, 31.56, 31.54, 5.241, 5.437},
                 {"e5m2", true, 25.58, 0, 4.249, 4.470},
                 {"int6", false, 29.71, 0, 0, 0},
                 {"e2m3", true, 30.81, 0, 0, 0},
                 {"e3m2", true, 25.58, 0, 0, 0},
                 {"e4m1", true, 19.73, 0, 0, 0},
                 {"int4", false, 18.90, 15.62, 0, 0},
                 {"e2m1", true, 18.97, 17.33, 0, 0},
                 {"e3m0", true, 14.23, 0, 0, 0}};
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        struct format f = format_of(table[i].name);
        if (table[i].all_codes)
            f.specials = SPECIALS_NONE;
        struct quantizer q = {.value = values, .edge = edges};
        assert_true(quantizer_of_format(&f, &q));
        double db = best_decibels(&density_gaussian, &q);
        near(table[i].name, db, table[i].gaussian, .0055);
        if (table[i].laplace > 0)
            near(table[i].name, best_decibels(&density_laplace, &q), table[i].laplace, .0055);
        if (table[i].gaussian_bits > 0)
            near(table[i].name, db / (20 * log10(2)), table[i].gaussian_bits, .001);
        if (table[i].uniform_bits > 0)
            near(table[i].name, best_decibels(&density_uniform, &q) / (20 * log10(2)), table[i].uniform_bits,
                 .005);
    }
    struct quantizer q = equal_steps(-7.5, 16);
    near("mid-rise", best_decibels(&density_gaussian, &q), 19.38, .005);
    q = equal_steps(-8, 16);
    near("INT4 -8..7", best_decibels(&density_gaussian, &q), 19.26, .005);
    q = quantizer_named("nf4");
    near("NF4", best_decibels(&density_gaussian, &q), 20.04, .005);
    /* INT8 on uniform data: 255 equal cells over -1 .. 1, log2(255) bits */
    q = quantizer_named("int8");
    near("INT8, uniform", best_decibels(&density_uniform, &q) / (20 * log10(2)), log2(255), 1e-9);
    near("INT8, uniform, published", log2(255), 7.994, .001);
}

/* No scale of a finer and longer grid is better, and none that is notably smaller is as good. */
static void nothing_better(void **state)
{
    (void)state;
    int formats = 0;
    for (size_t i = 0; i < format_count(); i += WATCHED ? 7 : 1) {
        const struct format *f = format_at(i);
        struct quantizer q = {.value = values, .edge = edges};
        if (f->bits > 8 || !quantizer_of_format(f, &q))
            continue;
        double top = fmax(fabs(values[0]), fabs(values[q.n - 1])),
               least = number_to_f64(format_min_positive(f));
        for (int d = 0; d < DENSITIES; d++) {
            double s = theory_best_scale(densities[d], &q), best = theory_mse(densities[d], &q, s);
            assert_true(s > 0);
            int steps = top / least > 0x1p64 ? 1 : f->bits > 6 ? 3 : 29; /* in each factor of two */
            for (double t = 0.05 / top; t < 9 / least; t *= exp2(1.0 / steps)) {
                double mse = theory_mse(densities[d], &q, t);
                double less =
                    theory_mse(densities[d], &q, s * 1.02) > best ? 2e-9 : 0x1.1p-20; /* a flat one */
                if (!(mse >= best * (1 - less)) || (t < s / 1.05 && !(mse > best * (1 + 1e-10))))
                    fail_msg("%s, %s: scale %g has mse %.15g, the best one, %g, %.15g", f->name,
                             densities[d]->name, t, mse, s, best);
            }
        }
        formats++;
    }
    print_message("# covered optimal scales: %d formats against a search\n", formats);
    assert_true(formats >= 8);
}

/* Densities with an error of their last bits that changes from place to place. */
static double noise(double x)
{
    return 1 + 1e-15 * (double)((long)(x * 1e9) % 3);
}

static double noisy_gaussian(double x)
{
    return noise(x) * density_gaussian.pdf(x);
}

static double noisy_laplace(double x)
{
    return noise(x) * density_laplace.pdf(x);
}

/* What statistics use, rounded to binary32, does not hang on the last bits of binary64. */
static void noise_does_not_show(void **state)
{
    (void)state;
    int constants = 0;
    double worst = 0;
    for (int l = 0; l < 2; l++) {
        const struct density *d = densities[l];
        struct density noisy = *d;
        noisy.pdf = l ? noisy_laplace : noisy_gaussian;
        for (size_t i = 0; i < format_count(); i += WATCHED ? 7 : 1) {
            const struct format *f = format_at(i);
            if (f->bits > 8 || (!f->family->ladder && i % 4))
                continue;
            double a = theory_best_magnitude(f, d), b = theory_best_magnitude(f, &noisy);
            worst = fmax(worst, fabs(a / b - 1));
            if ((float)a != (float)b || !(fabs(a / b - 1) < 1e-10))
                fail_msg("%s, %s: %.17g, with noise %.17g", f->name, d->name, a, b);
            constants++;
        }
    }
    print_message("# covered constants under noise of 2e-15: %d, largest change %.1e\n", constants, worst);
}

static void no_quantizer(void **state)
{
    (void)state;
    struct quantizer q = {.value = values, .edge = edges};
    assert_false(quantizer_of_format(format_find("fp32"), &q));
    assert_true(theory_best_magnitude(format_find("fp32"), &density_gaussian) == 0);
    struct format wide = format_of("binary16p1se"); /* values up to 2^16382 */
    assert_false(quantizer_of_format(&wide, &q));
    /* symmetric integers never give their lowest code, and zero counts once */
    q = quantizer_named("int4");
    assert_int_equal(q.n, 15);
    assert_true(values[0] == -7 && values[14] == 7 && edges[0] == -6.5);
    q = quantizer_named("e2m1");
    assert_int_equal(q.n, 15);
    /* posits never round to zero: its cell is a point */
    q = quantizer_named("posit8");
    assert_int_equal(q.n, 255);
    assert_true(values[127] == 0 && edges[126] == 0 && edges[127] == 0);
}

int main(void)
{
    gsl_set_error_handler_off();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(integrals),
        cmocka_unit_test(aciq),
        cmocka_unit_test(quest),
        cmocka_unit_test(lloyd_max),
        cmocka_unit_test(league),
        cmocka_unit_test(nothing_better),
        cmocka_unit_test(noise_does_not_show),
        cmocka_unit_test(no_quantizer),
    };
    return cmocka_run_group_tests_name("theory", tests, NULL, NULL);
}
