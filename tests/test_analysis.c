/* Analyses: every one by its golden values, texts that mean what they say, and refusals. */
#include "tests/check.h"

#include <gsl/gsl_errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "sim/analysis/analysis.h"
#include "sim/metric/metric.h"
#include "sim/recoding.h"

static struct analysis_request parsed(const char *text)
{
    struct analysis_request r;
    struct error e = {{0}};
    if (analysis_parse(text, &r, &e))
        fail_msg("%s: %s", text, e.text);
    return r;
}

static struct analysis_result computed(const char *text)
{
    const struct analysis_request r = parsed(text);
    struct analysis_result out;
    struct error e = {{0}};
    if (analysis_compute(&r, &out, &e))
        fail_msg("%s: %s", text, e.text);
    return out;
}

static double value_of(const char *text, const char *output)
{
    const struct analysis_result r = computed(text);
    const struct analysis_value *v = analysis_value_find(&r, output);
    if (!v)
        fail_msg("%s gives no %s", text, output);
    return v->value;
}

static void goldens(void **state)
{
    (void)state;
    size_t n = 0;
    for (size_t i = 0; i < analysis_count(); i++) {
        const struct analysis *a = analysis_at(i);
        assert_true(a->n_golden > 0);
        for (size_t k = 0; k < a->n_golden; k++, n++) {
            const struct analysis_golden *g = &a->golden[k];
            const double v = value_of(g->text, g->output);
            if (!(fabs(v - g->value) <= g->within))
                fail_msg("%s: %s is %.12g, %s: %.12g", g->text, g->output, v, g->source, g->value);
        }
    }
    printf("# covered golden values of analyses: %zu of %zu analyses\n", n, analysis_count());
}

/* Names that mean one thing, in the whole program. */
static void descriptors(void **state)
{
    (void)state;
    for (size_t i = 0; i < analysis_count(); i++) {
        const struct analysis *a = analysis_at(i);
        assert_ptr_equal(analysis_find(a->name), a);
        assert_true(*a->doc && *a->citation && a->version > 0);
        assert_true(a->n_outputs <= ANALYSIS_VALUES && a->n_keys <= ARG_KEYS_MAX);
        for (size_t k = 0; k < a->n_keys; k++)
            assert_true(analysis_has_key(a->keys[k].name));
        const struct analysis_result r = computed(a->name);
        assert_true(r.n > 0 && (!a->outputs || r.n <= a->n_outputs));
        for (size_t k = 0; k < r.n; k++) {
            assert_true(isfinite(r.value[k].value));
            assert_non_null(r.value[k].unit);
            assert_non_null(r.value[k].doc);
            assert_int_equal(strncmp(r.value[k].name, a->name, strlen(a->name)), 0);
            for (size_t j = 0; j < metric_count(); j++)
                assert_string_not_equal(metric_at(j)->name, r.value[k].name);
        }
    }
    assert_null(analysis_find("nonsense"));
    assert_false(analysis_has_key("nonsense"));
}

/* A text, its short and its canonical form are one request with one result, bit for bit. */
static void texts(void **state)
{
    (void)state;
    static const char *const given[][2] = {
        {"crossover, float=e2m1 ,int=int4", "crossover,int=int4,float=e2m1"},
        {"crossover,rho=1.50,steps=printed", "crossover"},
        {"cost,model=(memory,level=dram),scheme=(int4,block=32)", "cost,model=(memory,level=dram),scheme="},
        {"optimal_scale,scheme=(e4m3,specials=none)", "optimal_scale,scheme="},
        {"product_error,offset=-1,codes=table4", "product_error,codes=table4"}};
    for (size_t i = 0; i < sizeof given / sizeof *given; i++) {
        struct analysis_request r = parsed(given[i][0]);
        char shortest[ANALYSIS_TEXT_SIZE], canonical[ANALYSIS_TEXT_SIZE], again[ANALYSIS_TEXT_SIZE];
        char hash[HASH128_HEX_SIZE], other[HASH128_HEX_SIZE];
        struct analysis_result x = computed(given[i][0]), y;
        analysis_short(&r, shortest);
        analysis_canonical(&r, canonical);
        assert_int_equal(strncmp(shortest, given[i][1], strlen(given[i][1])), 0);
        r = parsed(shortest);
        analysis_canonical(&r, again);
        assert_string_equal(canonical, again);
        y = computed(canonical);
        analysis_hash(&x, hash);
        analysis_hash(&y, other);
        assert_string_equal(hash, other);
        y.value[0].value = nextafter(y.value[0].value, 1e300);
        analysis_hash(&y, other);
        assert_string_not_equal(hash, other);
    }
}

static void refusals(void **state)
{
    (void)state;
    static const struct {
        const char *text, *message;
        enum status status; /* of parsing; OK: of computing, STATUS_SKIP */
    } cases[] = {
        {"crosover", "unknown analysis 'crosover' (did you mean 'crossover'?)", STATUS_INVALID},
        {"crossover,roh=2", "unknown key 'roh'", STATUS_INVALID},
        {"crossover,rho=.5", "rho: '.5' is not one of 1..16", STATUS_INVALID},
        {"crossover,int=int99x", "int: ", STATUS_INVALID},
        {"product_error,product=lmul", "unknown product 'lmul'", STATUS_INVALID},
        {"product_error,product=table", "needs a file", STATUS_INVALID},
        {"product_error,product=exact,dropped=2", "has no effect on product=exact", STATUS_INVALID},
        {"product_error,product=exact,offset=2", "has no effect on product=exact", STATUS_INVALID},
        {"nonzero_digits,recoding=booth", "unknown recoding 'booth'", STATUS_INVALID},
        {"microexponent_bound,sub_block=3", "sub_block: 3 does not divide block=16", STATUS_INVALID},
        {"cost,model=gates", "model: unknown cost model", STATUS_INVALID},
        {"crossover,int=e4m3", "is no signed integer", STATUS_OK},
        {"crossover,float=int8", "is no signed float", STATUS_OK},
        {"crossover,int=int4,float=e4m3", "not better", STATUS_OK},
        {"qsnr,scheme=e8m0", "is no signed", STATUS_OK},
        {"qsnr,scheme=(int8,block=32)", "has scales; allowed: an element alone", STATUS_OK},
        {"relative_error,scheme=int8", "no float", STATUS_OK},
        {"optimal_scale,scheme=fp32", "at most 16", STATUS_OK},
        {"level,scheme=fp32", "at most 16", STATUS_OK},
        {"level,scheme=e2m1,first=15", "has 15 values", STATUS_OK},
        {"product_error,scheme=int8", "lmul_real of int8", STATUS_OK},
        {"product_error,scheme=bf16,codes=all", "codes=significands", STATUS_OK},
        {"product_error,product=mitchell,scheme=int8,codes=table4", "no float", STATUS_OK},
        {"cost,scheme=e8m0", "has no sign", STATUS_OK},
        {"qsnr_sampled,scheme=int8", "has no scales of blocks", STATUS_OK},
        {"qsnr_sampled,crest=6", "blocks of 32 have 1 to below 5.65", STATUS_OK},
        {"qsnr_sampled,crest=1.2", "can have it", STATUS_OK},
        {"crossover_sampled,int=nvint4", "blocks of 16 and of 32", STATUS_OK},
        {"crossover_sampled,int=mxint8,float=mxfp8_e4m3", "at all crest factors that blocks of 32 have",
         STATUS_OK},
        {"peak_choice,scheme=nvfp4", "has no two peaks", STATUS_OK},
        {"cost,model=storage,scheme=(int8,per=channel,axis=in)", "more than a row", STATUS_OK},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct analysis_request r;
        struct analysis_result out;
        struct error e = {{0}};
        enum status s = analysis_parse(cases[i].text, &r, &e);
        if (!s)
            s = analysis_compute(&r, &out, &e);
        if (!strstr(e.text, cases[i].message) || (cases[i].status && s != cases[i].status) || !s)
            fail_msg("%s: status %d, %s", cases[i].text, (int)s, e.text);
    }
}

/* Integers by both conventions of Q, floats by their plateau. */
static void theory(void **state)
{
    (void)state;
    const double power = value_of("qsnr,scheme=int8,steps=power", "db");
    const double largest = value_of("qsnr,scheme=int8,steps=largest", "db");
    assert_true(fabs(power - largest - 20 * log10(128. / 127)) < 1e-9);
    assert_true(fabs(value_of("qsnr,scheme=int8", "db") - power) < .015);
    /* doubling the crest factor costs an integer 6.02 dB, and a wide float next to nothing */
    assert_true(fabs(value_of("qsnr,scheme=int8,crest=2", "db") - value_of("qsnr,scheme=int8,crest=4", "db") -
                     20 * log10(2)) < 1e-9);
    assert_true(
        fabs(value_of("qsnr,scheme=e5m2,crest=2", "db") - value_of("qsnr,scheme=e5m2,crest=4", "db")) < 1e-6);
    /* at the crossover both are equal */
    const double crest = value_of("crossover,int=int6,float=e2m3", "crest");
    char text[128];
    snprintf(text, sizeof text, "qsnr,scheme=int6,crest=%.17g", crest);
    const double integer = value_of(text, "db");
    snprintf(text, sizeof text, "qsnr,scheme=e2m3,crest=%.17g", crest);
    assert_true(fabs(integer - value_of(text, "db")) < 1e-9);
}

/* The exact expectation against drawn weights would need random numbers; against a plain sum it does not. */
static void digits(void **state)
{
    (void)state;
    for (size_t k = 0; k < recoding_count(); k++) {
        const struct recoding *c = recoding_at(k);
        double sum = 0, weight = 0;
        for (int x = -128; x < 128; x++) {
            struct digit d[RECODING_BITS + 1];
            const double p = erf((x + .5) / (30 * sqrt(2))) - erf((x - .5) / (30 * sqrt(2)));
            sum += p * c->digits(x, 8, d);
            weight += p;
        }
        char text[128];
        snprintf(text, sizeof text, "nonzero_digits,recoding=%s,sigma=30", c->name);
        assert_true(fabs(value_of(text, "mean") - sum / weight) < 1e-12);
    }
}

/* Midpoints of small cells, weighted by 1 / x. */
static void relative_errors(void **state)
{
    (void)state;
    enum { POINTS = 1 << 16 };
    double mean = 0, square = 0;
    for (int i = 0; i < POINTS; i++) {
        const double x = exp2((i + .5) / POINTS), r = fabs(rint(x * 8) / 8 - x) / x;
        mean += r / POINTS;
        square += r * r / POINTS;
    }
    assert_true(fabs(value_of("relative_error,scheme=e4m3", "mean") - 100 * mean) < 1e-5);
    assert_true(fabs(value_of("relative_error,scheme=e4m3", "rms") - 100 * sqrt(square)) < 1e-5);
    assert_true(fabs(value_of("relative_error,scheme=e3m0", "max") - 100 / 3.) < 1e-12);
}

int main(void)
{
    gsl_set_error_handler_off();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(goldens),         cmocka_unit_test(descriptors), cmocka_unit_test(texts),
        cmocka_unit_test(refusals),        cmocka_unit_test(theory),      cmocka_unit_test(digits),
        cmocka_unit_test(relative_errors),
    };
    return cmocka_run_group_tests_name("analysis", tests, NULL, NULL);
}
