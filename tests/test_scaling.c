/* Every key of a scheme against MPFR (tests/scaling_oracle.h): scale, code and value of every element. */
#include "tests/check.h"

#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/scheme.h"
#include "tests/draws.h"
#include "tests/scaling_oracle.h"

/* Proven elsewhere: statistics and fits in tests of their own, codebook files in test_codebook and test_book.
 */
static const char *const elsewhere[] = {"stat", "stat_arg", "fit", "book_hash"};

/* --- coverage --- */

static bool *covered;

static void cover(const struct quant_spec *q)
{
    struct quant_spec plain;
    struct error e = {{0}};
    char scratch[2][SCHEME_VALUE_SIZE], text[SCHEME_TEXT_SIZE];
    if (!covered)
        covered = calloc(scheme_key_count(), sizeof *covered);
    for (size_t k = 0; k < scheme_key_count(); k++) {
        /* A default is what a scheme has that does not say the key: the text is made anew without it. */
        const char *has = scheme_get(q, scheme_key_at(k), scratch[0]);
        if (!*has)
            continue;
        int n = snprintf(text, sizeof text, "%s", q->element.name);
        for (size_t other = 0; other < scheme_key_count(); other++) {
            const char *value = scheme_get(q, scheme_key_at(other), scratch[1]);
            if (other != k && *value)
                n += snprintf(text + n, sizeof text - (size_t)n, ",%s=%s", scheme_key_at(other)->name, value);
        }
        covered[k] |= scheme_parse(text, &plain, &e) != STATUS_OK ||
                      strcmp(has, scheme_get(&plain, scheme_key_at(k), scratch[1])) != 0;
    }
}

static struct scaling_checked checked;

static void check(const char *scheme, const struct quant_spec *q, const struct quant_input *in)
{
    scaling_check(scheme, q, in, &checked);
}

static void parse(const char *scheme, struct quant_spec *q)
{
    struct error e = {{0}};
    if (scheme_parse(scheme, q, &e))
        fail_msg("%s", e.text);
}

/* --- schemes --- */

static const struct {
    int rank, axis;
    size_t shape[4];
} shapes[] = {{0, 0, {0}},        {1, 0, {37}},          {2, 1, {5, 19}},     {2, 0, {19, 5}},
              {3, 1, {2, 18, 3}}, {4, 3, {2, 2, 3, 11}}, {4, 1, {2, 9, 1, 3}}};

static void every_scheme_equals_mpfr(void **state)
{
    (void)state;
    float x[256];
    for (size_t i = 0; i < scaling_scheme_count(); i++) {
        struct quant_spec q;
        parse(scaling_scheme_at(i), &q);
        cover(&q);
        size_t step = WATCHED ? 5 : 1;
        for (size_t c = WATCHED ? i % step : 0; c < sizeof shapes / sizeof *shapes * DRAWS; c += step) {
            size_t s = c / DRAWS, n = 1;
            enum draw kind = (enum draw)(c % DRAWS);
            struct quant_input in = {
                .x = x, .rank = shapes[s].rank, .axis = shapes[s].axis, .seed = i, .stream = 77};
            for (int d = 0; d < in.rank; d++)
                n *= in.shape[d] = shapes[s].shape[d];
            draw_fill(x, n, kind, 100 * i + c);
            if (q.scaling.tail != TAIL_REFUSE)
                check(scaling_scheme_at(i), &q, &in);
        }
        if (q.scaling.tail == TAIL_REFUSE) { /* fits or is refused */
            struct quant_input in = {.x = x, .rank = 2, .axis = 1, .shape = {8, 16}};
            struct quant_stats stats;
            struct error e = {{0}};
            draw_fill(x, 128, DRAW_NORMAL, i);
            check(scaling_scheme_at(i), &q, &in);
            in.shape[1] = 15;
            assert_int_equal(quantize(&q, &in, &(struct quant_output){.values = x}, &stats, &e),
                             STATUS_INVALID);
            assert_non_null(strstr(e.text, "tail=refuse"));
        }
    }
}

/* The order of steps shows where a scale or an element lies near a tie: many blocks of values with few bits.
 */
static void order_of_steps(void **state)
{
    (void)state;
    enum { TENSOR = 256, TENSORS = WATCHED ? 4 : 32 };
    float x[TENSOR];
    size_t used = 0, before = checked.scales;
    for (size_t i = 0; i < scaling_scheme_count(); i++) {
        struct quant_spec q;
        parse(scaling_scheme_at(i), &q);
        if (q.scaling.order != ORDER_TE && (q.scaling.quotient == QUOTIENT_EXACT || !q.scaling.second))
            continue;
        struct quant_input in = {.x = x, .rank = 2, .axis = 1, .shape = {TENSOR / 64, 64}, .stream = 77};
        for (in.seed = 0; in.seed < TENSORS; in.seed++) {
            draw_fill(x, TENSOR, DRAW_SHORT, in.seed);
            for (size_t k = 0; k < TENSOR; k++) /* exact: another binary32 quotient by the largest */
                x[k] *= (float)(65 + 2 * in.seed);
            check(scaling_scheme_at(i), &q, &in);
        }
        /* Largest values of the tensor and of blocks for which other orders than that of four-over-six give
         * another E4M3 scale (found by trying all below 600), and values that make 4 the better peak. */
        static const int pairs[][2] = {{40, 35}, {56, 49}, {80, 35}, {80, 70}, {112, 49}, {124, 93}};
        for (size_t p = 0; p < sizeof pairs / sizeof *pairs; p++) {
            for (size_t k = 0; k < TENSOR; k++)
                x[k] = (float)(pairs[p][1] * (int)(4 - k % 4)) / 4;
            x[0] = (float)pairs[p][0];
            check(scaling_scheme_at(i), &q, &in);
        }
        used++;
    }
    printf("# covered order of steps: %zu schemes, %zu scales of short values\n", used,
           checked.scales - before);
}

/* --- logarithms --- */

/* Magnitudes on both sides of where a rounded logarithm becomes an integer or a half, found by bisection, and
 * powers of two: every rule that takes a logarithm, in every format of it, all binades. */
static void logarithms(void **state)
{
    (void)state;
    static const char *const elements[] = {"e2m1", "e4m3", "int8,fraction=6"};
    static float x[16 * 300];
    size_t before = checked.scales, schemes = 0, moved = 0;
    for (size_t i = 0; i < scale_rule_count(); i++)
        for (int how = 1; how < LOG2_KINDS && scale_rule_at(i)->takes_log2; how++)
            for (size_t f = 0; f < sizeof elements / sizeof *elements; f++, schemes++) {
                char text[SCHEME_TEXT_SIZE];
                struct quant_spec q, exact;
                snprintf(text, sizeof text, "%s,block=1,scale=fp32,scale_rule=%s,scale_log2=%s", elements[f],
                         scale_rule_at(i)->name, scale_log2_names[how]);
                parse(text, &q);
                exact = q;
                exact.scaling.log2 = LOG2_EXACT;
                size_t n = 0;
                struct candidate c = {.element = &q.element};
                struct outer_scale outer = scaling_outer(&q.scaling, &q.element, 0);
                for (int k = -148; k <= 127; k++) { /* the scale's step in this binade, by bisection */
                    float low = ldexpf(1, k), high = nextafterf(ldexpf(1, k + 1), 0);
                    uint32_t a = bits_from_f32(low), b = bits_from_f32(high);
                    struct region_range r = {-low, low, low};
                    uint32_t at_low = scaling_block(&q.scaling, &c, &outer, &r, 0).code;
                    while (b - a > 1) {
                        float m = f32_from_bits(a + (b - a) / 2);
                        struct region_range range = {-m, m, m};
                        bool same = scaling_block(&q.scaling, &c, &outer, &range, 0).code == at_low;
                        moved += !same && scaling_block(&exact.scaling, &c, &outer, &range, 0).code == at_low;
                        *(same ? &a : &b) = bits_from_f32(m);
                    }
                    const uint32_t points[] = {bits_from_f32(low), bits_from_f32(low) + 1, a - 1, a, b, b + 1,
                                               bits_from_f32(high)};
                    for (size_t p = 0; p < sizeof points / sizeof *points; p++)
                        x[n++] = f32_from_bits(points[p]);
                }
                struct quant_input in = {.x = x, .rank = 1, .shape = {n}};
                check(text, &q, &in);
            }
    assert_true(moved > 1000);
    printf("# covered rounded logarithms: %zu schemes, %zu scales, %zu of them moved\n", schemes,
           checked.scales - before, moved);
}

/* --- thresholds of scale rules --- */

/* Largest magnitudes exactly at, one binary32 number below and above the thresholds of the rule and powers of
 * two: in every binade near the ends of binary32 and E8M0 and around 1, in every eighth between. */
static void thresholds(void **state)
{
    (void)state;
    static const char *const elements[] = {"e2m1", "e4m3", "e5m2",          "e3m2", "e2m3", "int8,fraction=6",
                                           "int4", "e3m0", "e4m3,peak=400", "ue4m3"};
    static const char *const scales[] = {"e8m0", "e5m3", "fp32"};
    enum { MOST = 4096 };
    static float x[2 * MOST];
    size_t rules = 0, cases = 0, before = checked.scales;
    for (size_t i = 0; i < scale_rule_count(); i++, rules++)
        for (size_t f = 0; f < sizeof elements / sizeof *elements; f++)
            for (size_t s = 0; s < sizeof scales / sizeof *scales; s++) {
                char text[SCHEME_TEXT_SIZE];
                const char *rule = scale_rule_at(i)->name, *format = elements[f];
                if (WATCHED && (f + s + i) % 4)
                    continue;
                if (scale_rule_at(i)->ignores_amax && strstr(format, "peak"))
                    format = "e4m3";
                snprintf(text, sizeof text, "%s,block=2,scale=%s,scale_rule=%s%s", format, scales[s], rule,
                         strcmp(rule, "static") == 0 ? ",scale_value=0.3" : "");
                struct quant_spec q;
                parse(text, &q);
                mpfr_t top, at;
                mpfr_inits2(ORACLE_PRECISION, top, at, (mpfr_ptr)0);
                mpfr_set_d(top, number_to_f64(format_max(&q.element)), MPFR_RNDN);
                if (q.scaling.n_peaks)
                    mpfr_set_flt(top, q.scaling.peak[0], MPFR_RNDN);
                bool strict;
                if (!scaling_threshold(at, rule, &q.element, top, &strict))
                    mpfr_set(at, top, MPFR_RNDN);
                mpfr_set_exp(at, 1);
                float t = mpfr_get_flt(at, MPFR_RNDN); /* in [1, 2) */
                mpfr_set_exp(top, 1);
                float u = mpfr_get_flt(top, MPFR_RNDN);
                float base[] = {1, nextafterf(1, 2), nextafterf(2, 1), t, nextafterf(t, 0), nextafterf(t, 2),
                                u, nextafterf(u, 0), nextafterf(u, 2)};
                size_t n = 0;
                for (int k = -149; k <= 127; k += k < -120 || k > 110 || (k > -12 && k < 12) ? 1 : 8)
                    for (size_t b = 0; b < sizeof base / sizeof *base; b++) {
                        float a = ldexpf(base[b], k);
                        x[n] = isfinite(a) ? a : FLT_MAX;
                        x[n + 1] = -0.3f * x[n];
                        n += 2;
                    }
                mpfr_clears(top, at, (mpfr_ptr)0);
                assert_true(n <= 2 * MOST);
                struct quant_input in = {.x = x, .rank = 1, .shape = {n}};
                check(text, &q, &in);
                cases++;
            }
    assert_int_equal(rules, 14);
    printf("# covered thresholds: %zu scale rules, %zu schemes, %zu largest magnitudes\n", rules, cases,
           checked.scales - before);
}

/* --- faults --- */

static void faults(void **state)
{
    (void)state;
    enum { N = 20000 };
    static float x[N];
    static uint32_t plain[N], bad[N], again[N];
    struct quant_spec q;
    struct quant_stats stats;
    struct error e = {{0}};
    draw_fill(x, N, DRAW_NORMAL, 9);
    struct quant_input in = {.x = x, .rank = 2, .axis = 1, .shape = {N / 20, 20}, .seed = 4, .stream = 8};
    parse("mxfp8_e4m3", &q);
    assert_int_equal(quantize(&q, &in, &(struct quant_output){.codes = plain}, &stats, &e), STATUS_OK);
    assert_int_equal(stats.flipped, 0);
    parse("mxfp8_e4m3,flip=1", &q);
    assert_int_equal(quantize(&q, &in, &(struct quant_output){.codes = bad}, &stats, &e), STATUS_OK);
    assert_int_equal(stats.flipped, 8 * N);
    for (size_t k = 0; k < N; k++)
        assert_int_equal(bad[k], plain[k] ^ 0xff);
    static const double rates[] = {0.5, 0.1, 0.001};
    for (size_t i = 0; i < 3; i++) {
        char text[64];
        snprintf(text, sizeof text, "mxfp8_e4m3,flip=%g", rates[i]);
        parse(text, &q);
        assert_int_equal(quantize(&q, &in, &(struct quant_output){.codes = bad}, &stats, &e), STATUS_OK);
        size_t count = 0;
        for (size_t k = 0; k < N; k++)
            count += (size_t)__builtin_popcount(bad[k] ^ plain[k]);
        assert_int_equal(count, stats.flipped);
        double n = 8.0 * N, sigma = sqrt(n * rates[i] * (1 - rates[i]));
        assert_true(fabs((double)count - n * rates[i]) < 5 * sigma);
        assert_int_equal(quantize(&q, &in, &(struct quant_output){.codes = again}, &stats, &e), STATUS_OK);
        assert_memory_equal(again, bad, sizeof bad);
        /* Faults belong to places: another grouping has the same ones. */
        snprintf(text, sizeof text, "e4m3,per=channel,axis=0,flip=%g", rates[i]);
        parse(text, &q);
        struct quant_input columns = in;
        columns.axis = 0;
        assert_int_equal(quantize(&q, &columns, &(struct quant_output){.codes = again}, &stats, &e),
                         STATUS_OK);
        assert_int_equal(stats.flipped, count);
        in.seed++;
        assert_int_equal(quantize(&q, &in, &(struct quant_output){.codes = again}, &stats, &e), STATUS_OK);
        assert_memory_not_equal(again, bad, sizeof bad);
        in.seed--;
    }
}

/* Last: what the schemes above set. */
static void every_key_is_covered(void **state)
{
    (void)state;
    size_t n = 0, other = 0;
    for (size_t k = 0; k < scheme_key_count(); k++) {
        bool is_elsewhere = false;
        for (size_t i = 0; i < sizeof elsewhere / sizeof *elsewhere; i++)
            is_elsewhere |= strcmp(elsewhere[i], scheme_key_at(k)->name) == 0;
        if (!covered[k] && !is_elsewhere)
            fail_msg("no scheme of tests/scaling_schemes.def sets %s", scheme_key_at(k)->name);
        n += covered[k];
        other += is_elsewhere && !covered[k];
    }
    printf(
        "# covered scaling against MPFR: %zu schemes, %zu keys (%zu more elsewhere) of %zu, %zu scales, %zu "
        "elements\n",
        scaling_scheme_count(), n, other, scheme_key_count(), checked.scales, checked.elements);
    free(covered);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_scheme_equals_mpfr),
        cmocka_unit_test(order_of_steps),
        cmocka_unit_test(logarithms),
        cmocka_unit_test(thresholds),
        cmocka_unit_test(faults),
        cmocka_unit_test(every_key_is_covered),
    };
    return cmocka_run_group_tests_name("scaling", tests, NULL, NULL);
}
