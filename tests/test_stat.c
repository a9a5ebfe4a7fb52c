/* Calibration statistics: each against an independent restatement, at the edges, and as scheme texts. */
#include "tests/check.h"

#include <float.h>
#include <gsl/gsl_errno.h>
#include <math.h>
#include <mpfr.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/dump/synth.h"
#include "sim/quant/quant.h"
#include "sim/quant/theory.h"
#include "sim/scheme.h"
#include "sim/stat.h"

/* --- data --- */

enum { LONG = 5000, SETS = 14 };

struct data {
    const char *name;
    size_t n;
    float x[LONG];
};

static struct data sets[SETS];

static void fill(struct data *d, const char *name, const char *distribution, size_t n, uint64_t seed)
{
    struct error e = {{0}};
    struct synth_spec s = {.distribution = distribution,
                           .parameter = (double)NAN,
                           .scale = 1,
                           .rows = 1,
                           .columns = n,
                           .seed = seed};
    d->name = name;
    d->n = n;
    if (synth_fill(&s, d->x, &e))
        fail_msg("%s", e.text);
}

static int make_sets(void **state)
{
    (void)state;
    gsl_set_error_handler_off();
    fill(&sets[0], "gaussian", "gaussian", LONG, 1);
    fill(&sets[1], "laplace", "laplace", LONG, 2);
    fill(&sets[2], "student", "student-t", 4096, 3);
    fill(&sets[3], "block", "gaussian", 32, 4);
    fill(&sets[4], "short", "uniform", 15, 5);
    fill(&sets[5], "outlier", "gaussian", 1000, 6);
    sets[5].x[500] = -4000;
    fill(&sets[6], "shifted", "gaussian", 999, 7);
    for (size_t i = 0; i < sets[6].n; i++)
        sets[6].x[i] -= 3;
    sets[7] = (struct data){"one", 1, {-2.5f}};
    sets[8] = (struct data){"equal", 6, {3, 3, 3, 3, 3, 3}};
    sets[9] = (struct data){"two values", 4, {1, -7, 1, 1}};
    sets[10] = (struct data){"subnormal", 5, {0x1p-149f, 0, -0x3p-149f, 0x1p-140f, 0}};
    sets[11] = (struct data){"huge", 4, {FLT_MAX, -FLT_MAX, FLT_MAX, 1}};
    sets[12] = (struct data){"not finite", 7, {1, NAN, -2, INFINITY, 5, -INFINITY, 0.5f}};
    fill(&sets[13], "mostly zero", "laplace", 300, 8);
    for (size_t i = 20; i < 300; i++)
        sets[13].x[i] = 0;
    return 0;
}

/* The finite magnitudes in ascending order. */
static size_t sorted(const struct data *d, double *out)
{
    size_t n = 0;
    for (size_t i = 0; i < d->n; i++)
        if (isfinite(d->x[i])) {
            size_t at = n++;
            for (; at && out[at - 1] > fabs((double)d->x[i]); at--)
                out[at] = out[at - 1];
            out[at] = fabs((double)d->x[i]);
        }
    return n;
}

/* --- the call --- */

struct caller {
    const struct data *data;
    struct format element;
    int calls;
};

/* Nearest value of the element under the scale amax / Xmax in binary64, by searching the list of its values.
 */
static double error_of(void *context, float amax, double power)
{
    struct caller *c = context;
    static double value[256], edge[256];
    struct quantizer q = {.value = value, .edge = edge};
    assert_true(quantizer_of_format(&c->element, &q));
    double scale = (double)amax / number_to_f64(format_max(&c->element)), sum = 0;
    for (size_t i = 0; i < c->data->n; i++) {
        double x = (double)c->data->x[i];
        if (!isfinite(x))
            continue;
        size_t k = 0;
        while (k + 1 < q.n && x > edge[k] * scale)
            k++;
        sum += power == 2 ? (value[k] * scale - x) * (value[k] * scale - x)
                          : pow(fabs(value[k] * scale - x), power);
    }
    c->calls++;
    return sum;
}

static float run(const char *stat, const struct data *d, const char *element, double arg)
{
    const struct statistic *s = stat_find(stat);
    assert_non_null(s);
    struct caller c = {.data = d};
    assert_true(format_by_name(element, &c.element, NULL));
    struct stat_input in = {.x = d->x,
                            .n = d->n,
                            .element = &c.element,
                            .arg = isnan(arg) ? s->arg_default : arg,
                            .error = error_of,
                            .context = &c};
    for (size_t i = 0; i < d->n; i++)
        if (isfinite(d->x[i]))
            in.amax = fmaxf(in.amax, fabsf(d->x[i]));
    float m = s->magnitude(&in);
    if (!(m >= 0 && m <= FLT_MAX))
        fail_msg("%s of %s: %g", stat, d->name, (double)m);
    return m;
}

static float amax_of(const struct data *d)
{
    return run("absmax", d, "int8", (double)NAN);
}

/* got is want rounded once to binary32, unless want lies near a tie; beyond the range, the largest. */
static void same(const char *what, const struct data *d, float got, double want)
{
    want = fmin(want, (double)FLT_MAX);
    double unit = fmax((double)(got - nextafterf(got, 0)), 0x1p-149);
    if (!(fabs((double)got - want) <= unit * (0.5 + 1e-5)))
        fail_msg("%s of %s: %.9g, expected %.17g", what, d->name, (double)got, want);
}

static void registry(void **state)
{
    (void)state;
    assert_int_equal(stat_count(), 13);
    for (size_t i = 0; i < stat_count(); i++) {
        const struct statistic *s = stat_at(i);
        assert_ptr_equal(stat_find(s->name), s);
        assert_true(strlen(s->doc) > 10 && strlen(s->citation) > 10);
        assert_true(s->arg_doc ? s->arg_min < s->arg_max : s->arg_min == s->arg_max);
        assert_true(s->arg_min <= s->arg_default && s->arg_default <= s->arg_max);
    }
    assert_null(stat_find("median"));
}

/* --- moments --- */

struct moments {
    size_t n;
    double mean, distance, deviation, mean_abs, rms, survivors;
};

/* Sums of 500 bits: exact. */
static struct moments moments_of(const struct data *d)
{
    struct moments m = {0};
    mpfr_t mean, t, a, b, c, e;
    mpfr_inits2(700, mean, t, a, b, c, e, (mpfr_ptr)0);
    mpfr_set_ui(mean, 0, MPFR_RNDN);
    mpfr_set_ui(c, 0, MPFR_RNDN);
    for (size_t i = 0; i < d->n; i++)
        if (isfinite(d->x[i])) {
            mpfr_add_d(mean, mean, (double)d->x[i], MPFR_RNDN);
            mpfr_add_d(c, c, fabs((double)d->x[i]), MPFR_RNDN);
            m.n++;
        }
    mpfr_div_ui(mean, mean, m.n, MPFR_RNDN);
    mpfr_div_ui(c, c, m.n, MPFR_RNDN);
    m.mean = mpfr_get_d(mean, MPFR_RNDN);
    m.mean_abs = mpfr_get_d(c, MPFR_RNDN);
    mpfr_mul_d(c, c, 0.7, MPFR_RNDN);
    mpfr_set_ui(a, 0, MPFR_RNDN);
    mpfr_set_ui(b, 0, MPFR_RNDN);
    mpfr_set_ui(e, 0, MPFR_RNDN);
    double above = 0;
    size_t kept = 0;
    for (size_t i = 0; i < d->n; i++)
        if (isfinite(d->x[i])) {
            mpfr_sub_d(t, mean, (double)d->x[i], MPFR_RNDN);
            mpfr_abs(t, t, MPFR_RNDN);
            mpfr_add(a, a, t, MPFR_RNDN);
            mpfr_sqr(t, t, MPFR_RNDN);
            mpfr_add(b, b, t, MPFR_RNDN);
            mpfr_set_d(t, (double)d->x[i], MPFR_RNDN);
            mpfr_sqr(t, t, MPFR_RNDN);
            mpfr_add(e, e, t, MPFR_RNDN);
            if (mpfr_cmp_d(c, fabs((double)d->x[i])) < 0) {
                above += fabs((double)d->x[i]);
                kept++;
            }
        }
    m.distance = mpfr_get_d(a, MPFR_RNDN) / (double)m.n;
    m.deviation = m.n > 1 ? sqrt(mpfr_get_d(b, MPFR_RNDN) / (double)(m.n - 1)) : 0;
    m.rms = sqrt(mpfr_get_d(e, MPFR_RNDN) / (double)m.n);
    m.survivors = above / (double)kept;
    mpfr_clears(mean, t, a, b, c, e, (mpfr_ptr)0);
    return m;
}

static double constant(const char *name, const struct density *d)
{
    struct format f;
    assert_true(format_by_name(name, &f, NULL));
    return (double)(float)theory_best_magnitude(&f, d);
}

static void by_moments(void **state)
{
    (void)state;
    static const char *const elements[] = {"int4", "e2m1", "int8", "e4m3", "nf4"};
    int checks = 0;
    for (int i = 0; i < SETS; i++) {
        const struct data *d = &sets[i];
        struct moments m = moments_of(d);
        for (size_t k = 0; k < sizeof elements / sizeof *elements; k++, checks += 4) {
            const char *e = elements[k];
            struct format f;
            assert_true(format_by_name(e, &f, NULL));
            same("gauss", d, run("gauss", d, e, 0), constant(e, &density_gaussian) * m.rms);
            same("laplace", d, run("laplace", d, e, 0), constant(e, &density_laplace) * m.mean_abs);
            same("aciq_gauss", d, run("aciq_gauss", d, e, 0),
                 fabs(m.mean) + (double)(float)theory_aciq(&density_gaussian, f.bits) * m.deviation);
            same("aciq_laplace", d, run("aciq_laplace", d, e, 0),
                 fabs(m.mean) + (double)(float)theory_aciq(&density_laplace, f.bits) * m.distance);
        }
        for (double k = 0; k < 7; k += 1.5, checks++)
            same("mean_sigma", d, run("mean_sigma", d, "int4", k),
                 fmax(fabs(m.mean - k * m.deviation), fabs(m.mean + k * m.deviation)));
        same("mean_abs", d, run("mean_abs", d, "int4", 0), m.mean_abs);
        same("twn", d, run("twn", d, "int4", 0), m.survivors);
    }
    print_message("# covered statistics of moments: %d sets of data, %d comparisons\n", (int)SETS, checks);
    /* one value, and all values equal: nothing to spread */
    assert_true(run("mean_sigma", &sets[7], "int4", 3) == 2.5f &&
                run("aciq_gauss", &sets[7], "int4", 0) == 2.5f);
    assert_true(run("aciq_laplace", &sets[8], "int4", 0) == 3 && run("twn", &sets[8], "int4", 0) == 3);
}

/* The constants of some formats to the bit: any change of them changes results. */
static void constants(void **state)
{
    (void)state;
    static const struct {
        const char *element;
        float gauss, laplace, aciq_gauss, aciq_laplace;
    } want[] = {{"e2m1", 0x1.7613aap+1f, 0x1.775468p+2f, 0x1.cf40dp+1f, 0x1.41d53ep+2f},
                {"int4", 0x1.3ca812p+1f, 0x1.34797ep+2f, 0x1.cf40dp+1f, 0x1.41d53ep+2f},
                {"int8", 0x1.f5d2fap+1f, 0x1.3c3ebp+3f, 0x1.6329c4p+2f, 0x1.3cb242p+3f},
                {"e4m3", 0x1.24209ap+3f, 0x1.5105p+5f, 0x1.6329c4p+2f, 0x1.3cb242p+3f}};
    const struct data unit = {"unit", 2, {1, -1}};
    for (size_t i = 0; i < sizeof want / sizeof *want; i++) {
        float got[4] = {run("gauss", &unit, want[i].element, 0), run("laplace", &unit, want[i].element, 0),
                        run("aciq_gauss", &unit, want[i].element, 0),
                        run("aciq_laplace", &unit, want[i].element, 0)};
        const float expected[4] = {want[i].gauss, want[i].laplace, want[i].aciq_gauss, want[i].aciq_laplace};
        for (int k = 0; k < 4; k++)
            if (got[k] != expected[k])
                fail_msg("%s: {%a, %a, %a, %a}", want[i].element, (double)got[0], (double)got[1],
                         (double)got[2], (double)got[3]);
    }
    /* elements of more than 16 bits: the largest magnitude */
    assert_true(run("gauss", &sets[0], "fp32", 0) == amax_of(&sets[0]));
    assert_true(run("laplace", &sets[0], "fp32", 0) == amax_of(&sets[0]));
}

/* Constants are kept for each format: no other parameter and no other thread may get a wrong one. */
static void *ask(void *context)
{
    float *out = context;
    const struct data unit = {"unit", 1, {1}};
    for (int i = 0; i < 40; i++) {
        struct format f;
        assert_true(format_by_name(i % 2 ? "e3m2" : "e2m3", &f, NULL));
        f.bias += i / 2 % 10; /* the same grid at another place: the same magnitude */
        struct stat_input in = {.x = unit.x, .n = 1, .amax = 1, .element = &f};
        out[i] = stat_find("gauss")->magnitude(&in);
    }
    return NULL;
}

static void kept_constants(void **state)
{
    (void)state;
    pthread_t thread[3];
    float got[4][40];
    for (int t = 0; t < 3; t++)
        assert_int_equal(pthread_create(&thread[t], NULL, ask, got[t]), 0);
    ask(got[3]);
    for (int t = 0; t < 3; t++)
        pthread_join(thread[t], NULL);
    for (int t = 0; t < 4; t++)
        for (int i = 0; i < 40; i++)
            assert_true(got[t][i] == got[0][i % 2]);
    assert_true(got[0][0] != got[0][1]);
    /* more formats than are kept, twice: 2..16 bits, six biases and kinds */
    for (int pass = 0; pass < 2; pass++) {
        static float first[96];
        for (int i = 0; i < 96; i++) {
            struct format f;
            char name[8];
            snprintf(name, sizeof name, "e%dm%d", 1 + i % 3, 1 + i / 3 % 3);
            assert_true(format_by_name(i % 3 ? name : "e1m2b1", &f, NULL));
            f.bias = i;
            struct stat_input in = {.x = sets[7].x, .n = 1, .amax = 2.5f, .element = &f};
            float m = stat_find("laplace")->magnitude(&in);
            assert_true(pass == 0 || m == first[i]);
            first[i] = m;
        }
    }
}

/* --- order statistics --- */

static void percentiles(void **state)
{
    (void)state;
    static const double percents[] = {0, 0.01, 12.5, 50, 90, 99, 99.9, 99.95, 99.99, 99.999, 100};
    static double a[LONG];
    for (int i = 0; i < SETS; i++) {
        size_t n = sorted(&sets[i], a);
        for (size_t k = 0; k < sizeof percents / sizeof *percents; k++) {
            double at = percents[k] / 100 * (double)(n - 1), low = a[(size_t)at];
            double high = a[(size_t)at + 1 < n ? (size_t)at + 1 : n - 1], t = at - floor(at);
            float got = run("percentile", &sets[i], "int8", percents[k]);
            same("percentile", &sets[i], got, low + (high - low) * t);
            assert_true((double)got >= low && (double)got <= high);
        }
        assert_true(run("percentile", &sets[i], "int8", 100) == amax_of(&sets[i]));
    }
    /* numpy.percentile([1, 2, 3, 4], 40) = 2.2; torch.quantile the same */
    const struct data four = {"four", 4, {-4, 1, 3, -2}};
    assert_true(run("percentile", &four, "int8", 40) == 2.2f);
    assert_true(run("percentile", &four, "int8", 99.95) == 3.9985f);
    assert_true(stat_find("percentile")->arg_default == 99.99);
}

/* --- searches --- */

static void searches(void **state)
{
    (void)state;
    static const struct {
        const char *stat;
        double arg, power;
    } cases[] = {{"mse", 0, 2}, {"mae", 0, 1}, {"lp", 2.4, 2.4}, {"lp", 2, 2}, {"lp", 0.5, 0.5}};
    int clipped = 0;
    for (int i = 0; i < (WATCHED ? 10 : SETS); i++)
        for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
            struct caller c = {.data = &sets[i]};
            assert_true(format_by_name(k % 2 ? "e2m1" : "int4", &c.element, NULL));
            float best = 0, got = run(cases[k].stat, &sets[i], k % 2 ? "e2m1" : "int4", cases[k].arg);
            double least = (double)INFINITY;
            for (int percent = 100; percent > 20; percent--) {
                float amax = (float)((double)amax_of(&sets[i]) * percent / 100);
                double error = error_of(&c, amax, cases[k].power);
                if (error < least) {
                    least = error;
                    best = amax;
                }
            }
            assert_true(got == best);
            clipped += got < amax_of(&sets[i]);
        }
    assert_true(clipped > 10);
}

/* An error that the test prescribes, by percent of the largest magnitude. */
static double prescribed(void *context, float amax, double power)
{
    (void)power;
    const double *error = context;
    return error[(int)lrintf(amax)];
}

static float search_in(double *error)
{
    const float x[1] = {100};
    struct stat_input in = {.x = x, .n = 1, .amax = 100, .error = prescribed, .context = error};
    return stat_find("mse")->magnitude(&in);
}

static void ties(void **state)
{
    (void)state;
    double error[101];
    for (int i = 0; i <= 100; i++)
        error[i] = 5;
    assert_true(search_in(error) == 100); /* all alike: nothing is clipped */
    error[80] = error[60] = 4;
    assert_true(search_in(error) == 80); /* the larger of two */
    error[20] = 0;
    assert_true(search_in(error) == 80); /* outside the grid */
    error[21] = 3;
    assert_true(search_in(error) == 21); /* its end */
    error[100] = error[40] = (double)NAN;
    assert_true(search_in(error) == 21); /* undefined errors lose */
    for (int i = 0; i <= 100; i++)
        error[i] = (double)NAN;
    assert_true(search_in(error) > 0);
}

/* --- entropy --- */

/* The published text, line by line: divergence of candidate i in natural units, infinite or NaN as there. */
static double divergence(const double *bins, int i, int cells)
{
    static double q[2048], count[2048], filled[2048];
    static int cell[2048];
    double outside = 0, sum_p = 0, sum_q = 0, ent = 0;
    for (int c = 0; c < cells; c++)
        count[c] = filled[c] = 0;
    for (int j = 0; j < i; j++) {
        cell[j] = j ? cell[j - 1] : 0; /* numpy.digitize(j, linspace(0, i, cells + 1)) - 1 */
        while (cell[j] + 1 < cells && (double)j >= (double)(cell[j] + 1) * ((double)i / cells))
            cell[j]++;
        if (bins[j] > 0) {
            count[cell[j]] += bins[j];
            filled[cell[j]]++;
        }
    }
    for (int j = i; j < 2048; j++)
        outside += bins[j];
    for (int j = 0; j < i; j++) {
        q[j] = bins[j] > 0 ? count[cell[j]] / filled[cell[j]] : 0;
        sum_q += q[j];
        sum_p += bins[j];
    }
    sum_p += outside;
    for (int j = 0; j < i; j++) {
        double p = (bins[j] + (j == i - 1 ? outside : 0)) / sum_p;
        if (p > 0)
            ent += p * log(p / (q[j] / sum_q));
    }
    return ent;
}

static void entropy(void **state)
{
    (void)state;
    static const struct {
        const char *element;
        int cells;
    } elements[] = {{"int8", 128}, {"e2m1", 8}, {"int2", 2}, {"ue4m3", 128}, {"int10", 512}};
    int clipped = 0;
    for (int d = 0; d < SETS; d++)
        for (size_t k = 0; k < (WATCHED ? 2 : sizeof elements / sizeof *elements); k++) {
            struct format f;
            assert_true(format_by_name(elements[k].element, &f, NULL));
            static double bins[2048];
            memset(bins, 0, sizeof bins);
            double amax = (double)amax_of(&sets[d]);
            for (size_t i = 0; i < sets[d].n; i++)
                if (isfinite(sets[d].x[i])) {
                    long at = (long)floorl(fabsl((long double)sets[d].x[i]) * 2048 / (long double)amax);
                    bins[at < 2048 ? at : 2047]++;
                }
            bins[0] = bins[1];
            double least = (double)INFINITY, of_got = least;
            double got = (double)run("kl", &sets[d], elements[k].element, 0);
            for (int i = 128; i <= 2048; i++) {
                double ent = divergence(bins, i, f.is_unsigned ? 2 * (1 << (f.bits - 1)) : elements[k].cells);
                least = fmin(least, ent); /* skips NaN */
                if ((float)(amax * i / 2048) == (float)got)
                    of_got = ent;
            }
            if (!(of_got <= least + 1e-12 * (1 + least)))
                fail_msg("kl of %s for %s: %.9g has %.15g, the least is %.15g", sets[d].name,
                         elements[k].element, got, of_got, least);
            clipped += got < amax;
        }
    assert_true(clipped > 5);
    assert_true(run("kl", &sets[7], "int8", 0) == 2.5f && run("kl", &sets[8], "e2m1", 0) == 3);
    assert_true(run("kl", &sets[0], "int12", 0) == amax_of(&sets[0]));
    /* a clip at an empty bin has q = 0 < p: a lone outlier is never clipped */
    assert_true(run("kl", &sets[5], "int4", 0) == 4000);
}

/* --- as schemes --- */

/* stat=NAME scales as if the magnitude were the largest one. */
static void in_schemes(void **state)
{
    (void)state;
    for (size_t i = 0; i < stat_count(); i++)
        for (int d = 0; d < 10; d++) {
            struct quant_spec q;
            struct error e = {{0}};
            struct quant_stats stats;
            char text[64];
            uint32_t scale;
            snprintf(text, sizeof text, "e2m1,per=tensor,stat=%s", stat_at(i)->name);
            struct quant_input in = {.x = sets[d].x, .rank = 1, .shape = {sets[d].n}};
            struct quant_output out = {.scales = &scale};
            if (scheme_parse(text, &q, &e) || quantize(&q, &in, &out, &stats, &e))
                fail_msg("%s: %s", text, e.text);
            float m = run(stat_at(i)->name, &sets[d], "e2m1", (double)NAN);
            assert_true(f32_from_bits(scale) == m / 6);
        }
}

/* One text, one argument: also a default and decimals that binary32 does not have. */
static void texts(void **state)
{
    (void)state;
    int schemes = 0;
    for (size_t i = 0; i < stat_count(); i++) {
        const struct statistic *s = stat_at(i);
        for (int given = 0; given < (s->arg_doc ? 3 : 1); given++, schemes++) {
            struct quant_spec q, again;
            struct error e = {{0}};
            char text[128], canonical[SCHEME_TEXT_SIZE];
            int n = snprintf(text, sizeof text, "int8,per=token,stat=%s", s->name);
            double arg = given == 1 ? s->arg_default : s->arg_min + (s->arg_max - s->arg_min) / 3;
            if (given)
                snprintf(text + n, sizeof text - (size_t)n, ",stat_arg=%.17g", arg);
            if (scheme_parse(text, &q, &e))
                fail_msg("%s: %s", text, e.text);
            if (q.stat)
                assert_true(q.stat_arg == (given ? arg : s->arg_default));
            scheme_canonical(&q, canonical);
            if (scheme_parse(canonical, &again, &e))
                fail_msg("%s: %s", canonical, e.text);
            assert_true(again.stat == q.stat && again.stat_arg == q.stat_arg);
        }
    }
    print_message("# covered texts: %d schemes with statistics\n", schemes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(registry),       cmocka_unit_test(by_moments),  cmocka_unit_test(constants),
        cmocka_unit_test(kept_constants), cmocka_unit_test(percentiles), cmocka_unit_test(searches),
        cmocka_unit_test(ties),           cmocka_unit_test(entropy),     cmocka_unit_test(in_schemes),
        cmocka_unit_test(texts),
    };
    return cmocka_run_group_tests_name("stat", tests, make_sets, NULL);
}
