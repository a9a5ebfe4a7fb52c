/* Expected errors against measured ones, of formats, of published schemes and of those proven in
 * scaling_schemes.def, and against published figures.
 *
 * Each scheme is measured on SEEDS tensors of their own seeds; the mean of their errors differs from the
 * expected one by its own deviation, which they show. */
#include "tests/check.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/scheme.h"
#include "sim/theory/theory.h"
#include "tests/sample.h"

enum { SEEDS = 16, ROWS = 4, COLUMNS = 256 };
/* Wider elements have up to 2^16 cells: make check-theory has some. */
enum { MOST_BITS = 8 };

static const struct law_case {
    const char *distribution;
    double parameter;
} laws[] = {{"gaussian", (double)NAN},
            {"laplace", (double)NAN},
            {"uniform", (double)NAN},
            {"student-t", 12},
            {"log-normal", 0.5},
            {"half-normal", (double)NAN},
            {"standard-uniform", (double)NAN}};
enum { LAWS = sizeof laws / sizeof *laws };

static struct subject subjects[LAWS][SEEDS];

static struct subject draw(const struct synth_spec *spec)
{
    struct tensor_view view = {.name = "drawn",
                               .dtype = DTYPE_F32,
                               .rank = 2,
                               .shape = {spec->rows, spec->columns},
                               .axes = "token,channel"};
    float *x = malloc(spec->rows * spec->columns * sizeof *x);
    struct error e = {{0}};
    struct subject s;
    tensor_set_c_order(&view);
    view.data = x;
    if (synth_fill(spec, x, &e) || subject_load(&view, NULL, &s, &e))
        fail_msg("%s", e.text);
    s.drawn = *spec;
    free(x);
    return s;
}

static int draw_all(void **state)
{
    (void)state;
    for (size_t i = 0; i < LAWS; i++)
        for (size_t k = 0; k < SEEDS; k++) {
            struct synth_spec spec = synth_standard();
            spec.distribution = laws[i].distribution;
            spec.parameter = laws[i].parameter;
            spec.rows = ROWS;
            spec.columns = COLUMNS;
            spec.seed = 100 * i + k;
            spec.scale = 0.75;
            subjects[i][k] = draw(&spec);
        }
    return 0;
}

static int free_all(void **state)
{
    (void)state;
    for (size_t i = 0; i < LAWS; i++)
        for (size_t k = 0; k < SEEDS; k++)
            subject_free(&subjects[i][k]);
    return 0;
}

static double measured_mse(const struct subject *s, const struct quant_spec *q)
{
    const struct metric *metric = metric_find("mse");
    double value = 0;
    struct error e = {{0}};
    struct cell_request r = {.subject = s, .spec = q, .seed = 5, .metrics = &metric, .n_metrics = 1};
    struct cell_result out = {.metrics = &value};
    if (pipeline_cell(&r, &out, &e))
        fail_msg("%s", e.text);
    return value;
}

struct tally {
    size_t compared, skipped;
    double worst;   /* difference over its deviation */
    double largest; /* in dB */
};

/* The mean of 16 deviates by more than 6.5 of its estimated deviations once in 10^5; the model itself by
 * 2e-4. */
static void compare(const char *scheme, const struct quant_spec *q, const struct subject *s, struct tally *t)
{
    const struct cell_request r = {.subject = s, .spec = q};
    struct metric_theory expected;
    struct error why = {{0}};
    const enum status status = pipeline_expect(&r, true, &expected, &why);
    if (status == STATUS_SKIP) {
        assert_true(*why.text);
        t->skipped++;
        return;
    }
    assert_int_equal(status, STATUS_OK);
    double sum = 0, squares = 0;
    for (size_t k = 0; k < SEEDS; k++) {
        const double mse = measured_mse(&s[k], q);
        sum += mse;
        squares += mse * mse;
    }
    const double mean = sum / SEEDS, variance = (squares / SEEDS - mean * mean) / (SEEDS - 1);
    const double deviation = sqrt(fmax(variance, 0)), difference = fabs(mean - expected.mse);
    const double ratio = difference / (deviation + 2e-4 / 6.5 * expected.mse + 1e-300);
    t->compared++;
    t->worst = fmax(t->worst, ratio);
    t->largest = fmax(t->largest, fabs(10 * log10(mean / expected.mse)));
    if (ratio > 6.5)
        fail_msg("%s on %s: measured %.6g +- %.2g, expected %.6g", scheme, s->drawn.distribution, mean,
                 deviation, expected.mse);
}

/* On so many distributions, in turn. */
static void compare_scheme(const char *scheme, size_t n, struct tally *t)
{
    static size_t turn;
    struct quant_spec q;
    struct error e = {{0}};
    if (scheme_parse(scheme, &q, &e))
        fail_msg("%s", e.text);
    for (size_t i = 0; i < (WATCHED ? 1 : n); i++)
        compare(scheme, &q, subjects[turn++ % LAWS], t);
}

static void say(const char *what, const struct tally *t)
{
    printf("# covered expected errors of %s: %zu schemes and distributions compared, %zu without a model, "
           "largest "
           "difference %.1f deviations, %.3f dB\n",
           what, t->compared, t->skipped, t->worst, t->largest);
    assert_true(t->compared > 0);
}

static void proven(void **state)
{
    static const char *const schemes[] = {
#define SCALING_SCHEME(text) text,
#include "tests/scaling_schemes.def"
#undef SCALING_SCHEME
    };
    struct tally t = {0};
    (void)state;
    for (size_t i = 0; i < sizeof schemes / sizeof *schemes; i += WATCHED ? 2 : 1) {
        struct quant_spec q;
        struct error e = {{0}};
        if (!scheme_parse(schemes[i], &q, &e) && q.scaling.tail != TAIL_REFUSE && q.element.bits <= MOST_BITS)
            compare_scheme(schemes[i], 1, &t);
    }
    say("proven schemes", &t);
}

static void published(void **state)
{
    static const char *const schemes[] = {
#define SCHEME(name, text, doc, citation) name,
#include "sim/schemes.def"
#undef SCHEME
    };
    struct tally t = {0};
    (void)state;
    for (size_t i = 0; i < sizeof schemes / sizeof *schemes; i++) {
        struct quant_spec q;
        struct error e = {{0}};
        if (!scheme_parse(schemes[i], &q, &e) && q.element.bits <= MOST_BITS)
            compare_scheme(schemes[i], 3, &t);
    }
    say("published schemes", &t);
}

/* Plain casts, and under a real scale of blocks. */
static void formats(void **state)
{
    struct tally t = {0};
    (void)state;
    for (size_t i = 0; i < format_count(); i++) {
        char text[FORMAT_NAME_SIZE + 32];
        struct quant_spec q;
        struct error e = {{0}};
        const struct format *f = format_at(i);
        snprintf(text, sizeof text, "%s", f->name);
        if ((f->bits <= MOST_BITS || f->family == &family_float) && !scheme_parse(text, &q, &e))
            compare_scheme(text, 1, &t);
        snprintf(text, sizeof text, "%s,block=24", f->name);
        if (f->bits <= MOST_BITS && !scheme_parse(text, &q, &e))
            compare_scheme(text, 1, &t);
    }
    say("formats", &t);
}

/* PUBLISHED: SQNR in dB of Gaussian data and others, as expected values, of tensors of
 * 4096 x 4096 values. */
static void published_figures(void **state)
{
    static const struct {
        const char *scheme, *distribution;
        double parameter, sqnr_db, room;
    } figures[] = {
#define G(scheme, db) {scheme, "gaussian", 0, db, 0.02},
#define L(scheme, db) {scheme, "laplace", 0, db, 0.02},
#define T(scheme, db) {scheme, "student-t", 5, db, 0.02},
#define U(scheme, db) {scheme, "uniform", 0, db, 0.02},
        G("mxfp8_e4m3", 30.64) L("mxfp8_e4m3", 29.99) G("mxfp8_e4m3,scale_rule=rceil", 31.52) L(
            "mxfp8_e4m3,scale_rule=rceil", 31.53) G("mxfp8_e4m3,scale_rule=even",
                                                    31.18) L("mxfp8_e4m3,scale_rule=even",
                                                             30.82) G("mxfp8_e5m2", 25.36)
            G("mxfp8_e5m2,scale_rule=rceil", 25.54) G("mxfp8_e5m2,scale_rule=even", 25.54) G(
                "mxfp6_e3m2", 25.36) G("mxfp6_e3m2,scale_rule=rceil", 25.54) G("mxfp6_e3m2,scale_rule=even",
                                                                               25.54) G("mxfp6_e2m3", 30.94)
                G("mxfp6_e2m3,scale_rule=rceil", 30.96) G("mxfp6_e2m3,scale_rule=even", 30.99) L(
                    "mxfp6_e2m3", 30.28) L("mxfp6_e2m3,scale_rule=rceil",
                                           30.23) L("mxfp6_e2m3,scale_rule=even", 30.33) G("mxfp4", 18.79)
                    G("mxfp4,scale_rule=rceil", 18.76) G("mxfp4,scale_rule=even", 19.03) L("mxfp4", 17.94)
                        L("mxfp4,scale_rule=rceil", 17.58) L("mxfp4,scale_rule=even", 18.14)
                            G("mxint8-sym", 41.67) G("mxint8-sym,scale_rule=rceil", 41.61)
                                L("mxint8-sym", 40.00) L("mxint8-sym,scale_rule=rceil", 39.93)
                                    G("mxint6", 29.62) G("mxint6,scale_rule=rceil", 29.43) L("mxint6", 27.96)
                                        L("mxint6,scale_rule=rceil", 27.68)
                                            G("mxint4", 17.56) G("mxint4,scale_rule=rceil", 16.85)
                                                L("mxint4", 16.01) L("mxint4,scale_rule=rceil", 14.90) G(
                                                    "nvfp4", 20.44) T("nvfp4", 20.69) U("nvfp4", 19.86)
                                                    G("nvint4", 21.28) T("nvint4", 19.83) U("nvint4", 23.58)
                                                        G("e2m1,block=16", 20.53) G("int4,block=16", 21.40) G(
                                                            "nf4,block=128", 20.40) G("e2m1,block=128", 19.27)
                                                            G("int4,block=128",
                                                              18.62) G("int4,block=128,zero_point=yes", 19.96)
                                                                G("int3,block=128", 11.26)
                                                                    G("int3,block=128,zero_point=yes", 13.34)
#undef G
#undef L
#undef T
#undef U
    };
    double worst = 0;
    (void)state;
    for (size_t i = 0; i < sizeof figures / sizeof *figures; i++) {
        struct quant_spec q;
        struct error e = {{0}};
        char why[THEORY_WHY_SIZE];
        struct theory_error out;
        if (scheme_parse(figures[i].scheme, &q, &e))
            fail_msg("%s", e.text);
        const struct theory_input in = {.q = &q,
                                        .d = distribution_find(figures[i].distribution),
                                        .parameter =
                                            figures[i].parameter > 0 ? figures[i].parameter : (double)NAN,
                                        .scale = 1,
                                        .rank = 2,
                                        .shape = {4096, 4096},
                                        .axis = 1};
        if (theory_expect(&in, &out, why))
            fail_msg("%s: %s", figures[i].scheme, why);
        const double got = 10 * log10(out.power / out.mse), difference = fabs(got - figures[i].sqnr_db);
        worst = fmax(worst, difference);
        if (difference > figures[i].room)
            fail_msg("%s on %s: %.4f dB, published %.2f", figures[i].scheme, figures[i].distribution, got,
                     figures[i].sqnr_db);
    }
    printf("# covered published SQNR as expected values: %zu figures, largest difference %.3f dB\n",
           sizeof figures / sizeof *figures, worst);
}

/* Bits of accuracy at clip k of a grid over a binade and more; the best so far, and where. */
static void try_clip(const char *format, bool normal, int k, double *best, int *at)
{
    const double clip = normal ? 2.1 + k / 64.0 : 0.95 + k / 512.0;
    char text[128], why[THEORY_WHY_SIZE];
    struct quant_spec q;
    struct error e = {{0}};
    struct theory_error out;
    snprintf(text, sizeof text, "%s,per=tensor,scale_rule=static,scale_value=1", format);
    if (scheme_parse(text, &q, &e))
        fail_msg("%s", e.text);
    q.scaling.scale_value = (float)(clip / number_to_f64(format_max(&q.element)));
    const struct theory_input in = {.q = &q,
                                    .d = distribution_find(normal ? "gaussian" : "uniform"),
                                    .parameter = (double)NAN,
                                    .scale = 1,
                                    .rank = 2,
                                    .shape = {64, 64}};
    if (theory_expect(&in, &out, why))
        fail_msg("%s: %s", text, why);
    const double bits = 0.5 * log2(out.variance / out.mse);
    if (bits > *best)
        *best = bits, *at = k;
}

/* FP8 versus INT8, Figure 5, computed row: bits of accuracy at the best clip of a real scale, every code a
 * number. The error is flat around the best one, which a coarse grid finds the neighbours of. */
static void best_clips(void **state)
{
    enum { MOST = 540, COARSE = 20 };
    static const struct {
        const char *format;
        double uniform, normal;
    } rows[] = {{"int8", 7.994, 6.734},
                {"e2m5,specials=none", 7.390, 7.087},
                {"e3m4,specials=none", 6.420, 6.239},
                {"e4m3,specials=none", 5.437, 5.241},
                {"e5m2,specials=none", 4.470, 4.249}};
    double worst = 0;
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        for (int normal = 0; normal < 2; normal++) {
            const double want = normal ? rows[i].normal : rows[i].uniform;
            double best = 0;
            int at = 0;
            for (int k = 0; k <= MOST; k += COARSE)
                try_clip(rows[i].format, normal, k, &best, &at);
            for (int k = at - COARSE + 1, end = at + COARSE; k < end; k++)
                try_clip(rows[i].format, normal, k, &best, &at);
            worst = fmax(worst, fabs(best - want));
            if (fabs(best - want) > 0.005)
                fail_msg("%s: %.4f bits, published %.3f", rows[i].format, best, want);
        }
    printf("# covered bits of accuracy at the best clip: %zu formats, largest difference %.4f bits\n",
           sizeof rows / sizeof *rows, worst);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(proven),     cmocka_unit_test(published),
        cmocka_unit_test(formats),    cmocka_unit_test(published_figures),
        cmocka_unit_test(best_clips),
    };
    return cmocka_run_group_tests_name("theory_schemes", tests, draw_all, free_all);
}
