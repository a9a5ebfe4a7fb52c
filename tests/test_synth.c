/* sim/dump/synth: moments against theory, fixed bits, order, outlier columns, refusals. */
#include <gsl/gsl_cdf.h>
#include <gsl/gsl_errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "formats/number.h"
#include "sim/dump/dump.h"
#include "sim/dump/synth.h"
#include "tests/check.h"

static struct synth_spec spec_of(const char *distribution, size_t rows, size_t columns, uint64_t seed)
{
    return (struct synth_spec){.distribution = distribution,
                               .parameter = (double)NAN,
                               .scale = 1,
                               .rows = rows,
                               .columns = columns,
                               .seed = seed};
}

static float *fill(const struct synth_spec *s)
{
    struct error e = {{0}};
    float *x = malloc(s->rows * s->columns * sizeof *x);
    if (synth_fill(s, x, &e))
        fail_msg("%s", e.text);
    return x;
}

/* A moment is the mean of f(x); its sampling deviation is sqrt((E f^2 - (E f)^2) / n). Five of them are
 * allowed: a false alarm in 2 million. f is |x|^power, or ln(x)^power for log-normal. */
static void moment_check(const char *name, const float *x, size_t n, int power, double expected,
                         double expected_square)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += pow((double)x[i], power);
    double got = sum / (double)n;
    double deviation = sqrt((expected_square - expected * expected) / (double)n);
    if (!(fabs(got - expected) <= 5 * deviation))
        fail_msg("%s: moment %d is %.6g, expected %.6g +- %.2g", name, power, got, expected, 5 * deviation);
}

static void moments(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        double parameter;
        double m2, m4, m8; /* even moments; odd ones are zero */
    } cases[] = {
        {"gaussian", (double)NAN, 1, 3, 105},
        {"laplace", (double)NAN, 2, 24, 40320},
        {"uniform", (double)NAN, 1.0 / 3, 1.0 / 5, 1.0 / 9},
        /* nu = 20: nu/(nu-2), 3 nu^2/((nu-2)(nu-4)), 105 nu^4/((nu-2)(nu-4)(nu-6)(nu-8)) */
        {"student-t", 20, 20.0 / 18, 1200.0 / (18 * 16), 105 * 160000.0 / (18 * 16 * 14 * 12)},
    };
    enum { ROWS = 700, COLUMNS = 301, N = ROWS * COLUMNS };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct synth_spec s = spec_of(cases[i].name, ROWS, COLUMNS, 11);
        s.parameter = cases[i].parameter;
        float *x = fill(&s);
        moment_check(cases[i].name, x, N, 1, 0, cases[i].m2);
        moment_check(cases[i].name, x, N, 2, cases[i].m2, cases[i].m4);
        moment_check(cases[i].name, x, N, 4, cases[i].m4, cases[i].m8);
        free(x);
    }
    /* of positive values: E x, E x^2, E x^4 */
    static const struct {
        const char *name;
        double m1, m2, m4;
    } positive[] = {{"half-normal", M_SQRT2 / 1.7724538509055160273, 1, 3},
                    {"standard-uniform", .5, 1.0 / 3, 1.0 / 5}};
    for (size_t i = 0; i < sizeof positive / sizeof *positive; i++) {
        struct synth_spec s = spec_of(positive[i].name, ROWS, COLUMNS, 11);
        float *x = fill(&s);
        moment_check(positive[i].name, x, N, 1, positive[i].m1, positive[i].m2);
        moment_check(positive[i].name, x, N, 2, positive[i].m2, positive[i].m4);
        for (size_t k = 0; k < N; k++)
            assert_true(x[k] > 0);
        free(x);
    }
    struct synth_spec s = spec_of("log-normal", ROWS, COLUMNS, 11);
    s.parameter = 0.5;
    float *x = fill(&s);
    for (size_t i = 0; i < N; i++) {
        assert_true(x[i] > 0);
        x[i] = (float)(log((double)x[i]) / 0.5);
    }
    moment_check("ln of log-normal", x, N, 1, 0, 1);
    moment_check("ln of log-normal", x, N, 2, 1, 3);
    free(x);
}

/* Kolmogorov-Smirnov: sqrt(n) D exceeds 2.5 with probability 2 exp(-2 * 2.5^2) = 7e-6. */
static int by_value(const void *a, const void *b)
{
    float x = *(const float *)a, y = *(const float *)b;
    return (x > y) - (x < y);
}

static double cdf(const char *name, double x)
{
    if (strcmp(name, "gaussian") == 0)
        return gsl_cdf_ugaussian_P(x);
    if (strcmp(name, "laplace") == 0)
        return gsl_cdf_laplace_P(x, 1);
    if (strcmp(name, "uniform") == 0)
        return gsl_cdf_flat_P(x, -1, 1);
    if (strcmp(name, "student-t") == 0)
        return gsl_cdf_tdist_P(x, distribution_find(name)->parameter_default);
    if (strcmp(name, "log-normal") == 0)
        return gsl_cdf_lognormal_P(x, 0, distribution_find(name)->parameter_default);
    if (strcmp(name, "half-normal") == 0)
        return erf(x / sqrt(2));
    if (strcmp(name, "standard-uniform") == 0)
        return gsl_cdf_flat_P(x, 0, 1);
    fail_msg("no distribution function of \"%s\" in this test", name);
    return 0;
}

static void whole_distribution(void **state)
{
    (void)state;
    enum { N = 40000 };
    for (size_t d = 0; d < distribution_count(); d++) {
        const char *name = distribution_at(d)->name;
        assert_ptr_equal(distribution_find(name), distribution_at(d));
        assert_true(strlen(distribution_at(d)->doc) > 10);
        struct synth_spec s = spec_of(name, 200, 200, 5 + d);
        float *x = fill(&s);
        qsort(x, N, sizeof *x, by_value);
        double worst = 0;
        for (size_t i = 0; i < N; i++) {
            double p = cdf(name, (double)x[i]);
            worst = fmax(worst, fmax(fabs(p - (double)i / N), fabs(p - (double)(i + 1) / N)));
        }
        assert_true(worst * sqrt(N) < 2.5);
        free(x);
    }
    assert_int_equal(distribution_count(), 7);
}

/* Far tails and the ends of the parameters' ranges: finite, ordered, mirrored where the density is even. */
static void quantiles(void **state)
{
    (void)state;
    for (size_t d = 0; d < distribution_count(); d++) {
        const struct distribution *s = distribution_at(d);
        double ends[] = {s->parameter_min, s->parameter_default, s->parameter_max};
        for (int k = 0; k < (s->parameter ? 3 : 1); k++) {
            double before = -HUGE_VAL;
            for (int i = 53; i >= 2; i--) {
                double p = ldexp(1, -i), x = s->quantile(p, ends[k]), y = s->quantile(1 - p, ends[k]);
                assert_true(isfinite((float)x) && isfinite((float)y) && x > before);
                before = x;
                if (s->even)
                    assert_true(fabs(x + y) <= 1e-12 * fabs(x));
                assert_true(fabs(cdf(s->name, s->quantile(p, s->parameter_default)) - p) <= 1e-9 * p);
            }
        }
    }
    /* Cauchy: the quantile of p is -cot(pi p). */
    assert_true(fabs(distribution_find("student-t")->quantile(0x1p-50, 1) * 3.14159265358979323846 / 0x1p50 +
                     1) < 1e-12);
}

/* The first values of seed 1, as binary32 bits. They were computed by this program and stand for "same seed,
 * same bytes": a changed generator, counter or quantile shows here. */
static void fixed_bits(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        uint32_t bits[4];
    } golden[] = {
        {"gaussian", {0x3f9d2c14, 0x3e5dc2f8, 0x3ee4106a, 0xbd7abe99}},
        {"laplace", {0x3fc21c3c, 0x3e409825, 0x3ed7da8b, 0xbd4cfc2c}},
        {"student-t", {0x3fba2e5f, 0x3e6cafdd, 0x3ef5fd4f, 0xbd85694e}},
        {"uniform", {0x3f47d00d, 0x3e2f9116, 0x3eb02050, 0xbd47f0b7}},
        {"log-normal", {0x405a8043, 0x3f9ef363, 0x3fc7d488, 0x3f70cc6b}},
        {"half-normal", {0x3fccb7cd, 0x3f50ff49, 0x3f7a67d4, 0x3f22f612}},
        {"standard-uniform", {0x3f63e806, 0x3f15f223, 0x3f2c0814, 0x3ef380f5}},
    };
    for (size_t d = 0; d < sizeof golden / sizeof *golden; d++) {
        struct synth_spec s = spec_of(golden[d].name, 2, 2, 1);
        float *x = fill(&s);
        for (int i = 0; i < 4; i++)
            if (bits_from_f32(x[i]) != golden[d].bits[i])
                fail_msg("%s[%d]: %08x, expected %08x", golden[d].name, i, bits_from_f32(x[i]),
                         golden[d].bits[i]);
        free(x);
    }
    assert_int_equal(sizeof golden / sizeof *golden, distribution_count());
}

/* An element depends on its index alone: more rows continue the same sequence; seeds differ. */
static void order_and_seed(void **state)
{
    (void)state;
    struct synth_spec few = spec_of("gaussian", 3, 7, 9), many = spec_of("gaussian", 50, 7, 9),
                      flat = spec_of("gaussian", 1, 350, 9), other = spec_of("gaussian", 3, 7, 10);
    float *a = fill(&few), *b = fill(&many), *c = fill(&flat), *d = fill(&other);
    assert_memory_equal(a, b, 21 * sizeof *a);
    assert_memory_equal(b, c, 350 * sizeof *a);
    for (int i = 0; i < 21; i++)
        assert_true(bits_from_f32(a[i]) != bits_from_f32(d[i]));
    few.scale = 0.25;
    float *scaled = fill(&few);
    for (int i = 0; i < 21; i++)
        assert_true(bits_from_f32(scaled[i]) == bits_from_f32(a[i] * 0.25f));
    free(a), free(b), free(c), free(d), free(scaled);
}

static size_t outlier_columns(double share, size_t columns, uint64_t seed, size_t *hits)
{
    struct synth_spec s = spec_of("laplace", 3, columns, seed);
    float *plain = fill(&s);
    s.outlier_share = share;
    s.outlier_factor = -16;
    float *x = fill(&s);
    size_t n = 0;
    for (size_t c = 0; c < columns; c++) {
        bool out = x[c] != plain[c];
        for (size_t r = 0; r < 3; r++) {
            float want = out ? -16 * plain[r * columns + c] : plain[r * columns + c];
            assert_true(bits_from_f32(x[r * columns + c]) == bits_from_f32(want));
        }
        n += out;
        if (hits)
            hits[c] += out;
    }
    free(plain), free(x);
    return n;
}

static void outliers(void **state)
{
    (void)state;
    assert_int_equal(outlier_columns(0.01, 128, 1, NULL), 1);
    assert_int_equal(outlier_columns(0.05, 50, 1, NULL), 3); /* 2.5: half away from zero */
    assert_int_equal(outlier_columns(1, 17, 1, NULL), 17);
    assert_int_equal(outlier_columns(0.001, 100, 1, NULL), 0);
    /* Each of 10 columns is one of 3 with probability 0.3; 2000 seeds; five deviations of 20.5. */
    size_t hits[10] = {0};
    for (uint64_t seed = 0; seed < 2000; seed++)
        assert_int_equal(outlier_columns(0.3, 10, seed, hits), 3);
    for (int c = 0; c < 10; c++)
        assert_in_range(hits[c], 600 - 103, 600 + 103);
}

static void refusals(void **state)
{
    (void)state;
    static const struct {
        struct synth_spec spec;
        const char *message;
    } cases[] = {
        {{.distribution = "gausian"},
         "unknown distribution \"gausian\", did you mean \"gaussian\"?; known are "
         "gaussian, laplace, student-t, uniform, log-normal, half-normal, standard-uniform"},
        {{.distribution = "zzzzzzzz"}, "unknown distribution \"zzzzzzzz\"; known are"},
        {{.distribution = "gaussian", .parameter = 2}, "gaussian has no parameter, but it is given 2"},
        {{.distribution = "student-t", .parameter = 0.9},
         "student-t: parameter 0.9 (degrees of freedom); allowed are 1 to 1e+06"},
        {{.distribution = "log-normal", .parameter = (double)INFINITY}, "log-normal: parameter inf"},
        {{.distribution = "uniform", .parameter = (double)NAN, .scale = 0, .rows = 1, .columns = 1},
         "scale 0; allowed are positive numbers"},
        {{.distribution = "uniform",
          .parameter = (double)NAN,
          .scale = (double)INFINITY,
          .rows = 1,
          .columns = 1},
         "scale inf"},
        {{.distribution = "uniform", .parameter = (double)NAN, .scale = 1, .rows = 0, .columns = 4},
         "0 rows and 4 columns"},
        {{.distribution = "uniform",
          .parameter = (double)NAN,
          .scale = 1,
          .rows = SIZE_MAX / 2,
          .columns = 4},
         "rows and 4 columns; allowed are"},
        {{.distribution = "uniform",
          .parameter = (double)NAN,
          .scale = 1,
          .rows = 1,
          .columns = 1,
          .outlier_share = 1.5},
         "share of outlier columns 1.5; allowed are 0 to 1"},
        {{.distribution = "uniform",
          .parameter = (double)NAN,
          .scale = 1,
          .rows = 1,
          .columns = 1,
          .outlier_share = 0.5},
         "outlier factor 0; allowed are finite numbers except 0"},
        {{.distribution = "uniform",
          .parameter = (double)NAN,
          .scale = 1,
          .rows = 1,
          .columns = 1,
          .outlier_share = 0.5,
          .outlier_factor = 1},
         "outlier factor 1; allowed are finite numbers except 0 and 1"},
        {{.distribution = "uniform",
          .parameter = (double)NAN,
          .scale = 1,
          .rows = 1,
          .columns = 1,
          .outlier_factor = 20},
         "outlier factor 20 has no effect: the share of outlier columns is 0"},
        {{.distribution = "uniform", .parameter = (double)NAN, .scale = 1e300, .rows = 1, .columns = 1},
         "uniform: the value in row 0, column 0 is beyond binary32"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct error e = {{0}};
        float x[4];
        assert_int_equal(synth_fill(&cases[i].spec, x, &e), STATUS_INVALID);
        if (!strstr(e.text, cases[i].message))
            fail_msg("found \"%s\", expected \"%s\"", e.text, cases[i].message);
    }
}

/* Values of an element are the nearest of it to those without. */
static void elements(void **state)
{
    (void)state;
    struct synth_spec s = spec_of("gaussian", 64, 64, 2);
    s.scale = 256; /* some saturate at 448, many have fewer bits than a normal number */
    float *x = fill(&s);
    s.element = format_find("e4m3");
    float *y = fill(&s);
    size_t saturated = 0;
    for (size_t i = 0; i < 64 * 64; i++) {
        double nearest = HUGE_VAL;
        for (uint32_t code = 0; code < 256; code++) {
            const double v = format_value(s.element, code);
            if (fabs(v - (double)x[i]) < fabs(nearest - (double)x[i]))
                nearest = v;
        }
        assert_true(fabs((double)y[i] - (double)x[i]) == fabs(nearest - (double)x[i]));
        saturated += fabsf(y[i]) == 448;
    }
    assert_true(saturated > 100);
    free(x), free(y);
}

/* Texts read back; a default that is said is not written. */
static void texts(void **state)
{
    (void)state;
    static const struct {
        const char *text, *canonical, *message;
    } cases[] = {
        {"gaussian", "gaussian,rows=256,columns=256", NULL},
        {"student-t,param=4,columns=3,rows=7,seed=18446744073709551615",
         "student-t,rows=7,columns=3,seed=18446744073709551615", NULL},
        {"student-t,param=5.5,scale=0.1,rows=2", "student-t,rows=2,columns=256,param=5.5,scale=0.1", NULL},
        {"laplace,outlier_share=0.25,outlier_factor=20",
         "laplace,rows=256,columns=256,outlier_share=0.25,outlier_factor=20", NULL},
        {"half-normal,element=float8_e4m3fn,rows=2", "half-normal,rows=2,columns=256,element=e4m3", NULL},
        {"laplace,element=e4m33", NULL, "element: expected a format of `bitsweep formats`, found 'e4m33'"},
        {"laplce", NULL, "unknown distribution \"laplce\", did you mean \"laplace\"?"},
        {"laplace,rows=0", NULL, "rows: expected a whole number of 1..1099511627776, found '0'"},
        {"laplace,rows=-1", NULL, "rows: expected a whole number"},
        {"laplace,seed=18446744073709551616", NULL, "seed: expected a whole number"},
        {"laplace,scale=x", NULL, "scale: expected a number, found 'x'"},
        {"laplace,scale=inf", NULL, "scale: expected a number, found 'inf'"},
        {"laplace,rows=2,rows=2", NULL, "key 'rows' is given twice"},
        {"laplace,size=2", NULL, "unknown key 'size'"},
        {"", NULL, "names no distribution"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct synth_spec s;
        bool given[SYNTH_KEYS];
        struct error e = {{0}};
        char text[SYNTH_TEXT_SIZE];
        const enum status status = synth_parse(cases[i].text, &s, given, &e);
        assert_int_equal(status, cases[i].message ? STATUS_INVALID : STATUS_OK);
        if (cases[i].message) {
            if (!strstr(e.text, cases[i].message))
                fail_msg("%s: %s", cases[i].text, e.text);
            continue;
        }
        synth_text(&s, text);
        assert_string_equal(text, cases[i].canonical);
        assert_int_equal(synth_parse(text, &s, given, &e), STATUS_OK);
        synth_text(&s, text);
        assert_string_equal(text, cases[i].canonical);
    }
}

/* A dump of synthetic tensors draws what synth_fill does, when it is loaded. */
static void dumps(void **state)
{
    (void)state;
    struct synth_tensor tensors[] = {{"a.input", "token,in", spec_of("gaussian", 5, 7, 3)},
                                     {"a.weight", "out,in", spec_of("student-t", 2, 7, 4)}};
    struct dump *d;
    struct error e = {{0}};
    assert_int_equal(dump_open_synth(tensors, 2, &d, &e), STATUS_OK);
    assert_int_equal(dump_count(d), 2);
    for (size_t i = 0; i < 2; i++) {
        const struct tensor_view *v = dump_tensor(d, i);
        float *x = fill(&tensors[i].spec);
        assert_null(v->data);
        assert_string_equal(v->name, tensors[i].name);
        assert_string_equal(v->axes, tensors[i].axes);
        assert_int_equal(dump_drawn(d, i)->seed, tensors[i].spec.seed);
        assert_int_equal(dump_load(d, i, &v, &e), STATUS_OK);
        assert_memory_equal(v->data, x, tensor_count(v) * sizeof *x);
        dump_unload(d, i);
        assert_null(dump_tensor(d, i)->data);
        free(x);
    }
    assert_int_equal(dump_check(d, &e), STATUS_OK);
    dump_close(d);
    tensors[1].spec.scale = 0;
    assert_int_equal(dump_open_synth(tensors, 2, &d, &e), STATUS_INVALID);
    assert_null(d);
}

int main(void)
{
    gsl_set_error_handler_off();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(moments),        cmocka_unit_test(whole_distribution),
        cmocka_unit_test(quantiles),      cmocka_unit_test(fixed_bits),
        cmocka_unit_test(order_and_seed), cmocka_unit_test(outliers),
        cmocka_unit_test(refusals),       cmocka_unit_test(texts),
        cmocka_unit_test(dumps),          cmocka_unit_test(elements),
    };
    return cmocka_run_group_tests_name("synth", tests, NULL, NULL);
}
