/* sim/metric: the sums to the bit, whatever the tiles; each metric with no more than it says it needs. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/base/rng.h"
#include "sim/metric/metric.h"
#include "tests/check.h"

enum { MOST = 9000, ALL_NEEDS = METRIC_SUMS };
static float x[MOST], y[MOST];

enum data { FINITE, EXCLUDED, LOST, DATA };

/* Only some pieces hold elements that are not finite; the largest values lie in others. */
static void draw(enum data kind)
{
    for (size_t i = 0; i < MOST; i++) {
        x[i] = (float)((double)rng_u32(1, 1, i) * 0x1p-31 - 1.0);
        y[i] = (float)((double)rng_u32(1, 2, i) * 0x1p-31 - 1.0);
        if (i % 100 == 7)
            x[i] = 0;
        if (kind == EXCLUDED && i % 1000 == 3)
            x[i] = i % 3 == 0 ? INFINITY : i % 3 == 1 ? -INFINITY : NAN;
        if (kind == LOST && i % 2000 == 13)
            y[i] = NAN;
    }
}

static void measure(size_t n, size_t row, size_t tile, unsigned needs, struct metric_facts *f,
                    struct metric_input *in)
{
    struct metric_passes p;
    struct metric_errors e;
    metric_facts_begin(&p, row);
    for (size_t i = 0; i < n; i += tile)
        metric_facts_add(&p, x + i, n - i < tile ? n - i : tile);
    metric_facts_turn(&p);
    for (size_t i = 0; i < n; i += tile)
        metric_facts_add(&p, x + i, n - i < tile ? n - i : tile);
    metric_facts_end(&p, f);
    metric_errors_begin(&e, needs, f);
    for (size_t i = 0; i < n; i += tile)
        metric_errors_add(&e, x + i, y + i, n - i < tile ? n - i : tile);
    metric_errors_end(&e, in);
}

static void expect(const char *what, size_t n, double got, double want)
{
    if (memcmp(&got, &want, sizeof got) != 0 && !(isnan(got) && isnan(want)))
        fail_msg("%s of %zu elements: %a, want %a", what, n, got, want);
}

/* Of parts that are measured by themselves and joined. */
static void measure_parts(size_t n, size_t part, const struct metric_facts *f, struct metric_input *in)
{
    struct metric_errors all;
    metric_errors_begin(&all, ALL_NEEDS, f);
    for (size_t i = 0; i < n; i += part) {
        struct metric_errors e;
        metric_errors_begin(&e, ALL_NEEDS, f);
        metric_errors_start(&e, i);
        metric_errors_add(&e, x + i, y + i, n - i < part ? n - i : part);
        metric_errors_join(&all, &e);
    }
    metric_errors_end(&all, in);
}

/* Term by term in element order, excluded and lost elements as terms 0. */
static void expect_sums(size_t n, const struct metric_facts *f, const struct metric_input *in)
{
    enum { X, X2, M2, M4, E, E2, ABS_E, REL_E, XY, Y2, SUMS };
    struct sum s[SUMS] = {{.pending = 0}};
    double lo = HUGE_VAL, hi = -HUGE_VAL, max_e = 0;
    uint64_t excluded = 0, nan = 0, zeros = 0, lost = 0;
    for (size_t i = 0; i < n; i++) {
        bool known = isfinite(x[i]), keep = known && isfinite(y[i]);
        double v = known ? (double)x[i] : 0, d = known ? v - f->signal.mean : 0;
        double a = keep ? v : 0, b = keep ? (double)y[i] : 0, e = b - a;
        const double term[SUMS] = {v,     v * v, d * d,   d * d * (d * d),
                                   e,     e * e, fabs(e), a == 0 ? 0 : fabs(e) / fabs(a),
                                   a * b, b * b};
        for (size_t k = 0; k < SUMS; k++)
            sum_add(&s[k], term[k]);
        lo = known && v < lo ? v : lo;
        hi = known && v > hi ? v : hi;
        max_e = fmax(max_e, fabs(e));
        excluded += !known;
        nan += isnan(x[i]) != 0;
        zeros += x[i] == 0;
        lost += known && !keep;
    }
    const struct metric_moments *m = &in->moments;
    const double got[SUMS] = {f->signal.sum, f->signal.sum2, f->signal.m2, f->signal.m4, m->sum_e,
                              m->sum_e2,     m->sum_abs_e,   m->sum_rel_e, m->sum_xy,    m->sum_y2};
    for (size_t k = 0; k < SUMS; k++)
        expect("a sum", n, got[k],
               k < E || !lost      ? sum_value(&s[k])
               : k == E || k == XY ? (double)NAN
                                   : HUGE_VAL);
    expect("max_e", n, m->max_e, lost ? HUGE_VAL : max_e);
    assert_true(f->signal.lo == lo && f->signal.hi == hi && f->signal.absmax == fmax(-lo, hi));
    assert_true(f->n == n && f->excluded == excluded && f->nan == nan && f->signal.n == n - excluded);
    assert_true(f->signal.zeros == zeros && m->lost == lost);
}

static double crest_of_blocks(size_t n, size_t row, size_t block)
{
    struct sum mean = {0};
    uint64_t blocks = 0;
    for (size_t start = 0; start < n; start += row)
        for (size_t i = 0; i + block <= row; i += block) {
            struct sum s = {0};
            double top = 0;
            for (size_t k = 0; k < block; k++) {
                double v = fabs((double)x[start + i + k]);
                top = v > top || !isfinite(v) ? v : top;
                sum_add(&s, v * v);
            }
            if (top == 0 || !isfinite(sum_value(&s)))
                continue;
            sum_add(&mean, top / sqrt(sum_value(&s) / (double)block));
            blocks++;
        }
    return sum_value(&mean) / (double)blocks;
}

static void expect_bins(size_t n, const struct metric_facts *f, const struct metric_input *in)
{
    uint64_t p[KERNEL_BINS] = {0}, q[KERNEL_BINS] = {0};
    for (size_t i = 0; i < n; i++) {
        if (!isfinite(x[i]))
            continue;
        for (int which = 0; which < 2; which++) {
            double b = ((double)(which ? y : x)[i] / f->signal.absmax + 1.0) * (KERNEL_BINS / 2);
            if (isfinite(b))
                (which ? q : p)[b < 0.0 ? 0 : b >= KERNEL_BINS ? KERNEL_BINS - 1 : (int)b]++;
        }
    }
    assert_memory_equal(p, f->bins, sizeof p);
    assert_memory_equal(q, in->moments.bins, sizeof q);
}

static void in_element_order(void **state)
{
    (void)state;
    static const size_t lengths[] = {1, 15, 16, 17, 255, 1023, 1024, 1025, 4095, 4096, 4097, 8192, MOST};
    static const size_t tiles[] = {MOST, 4096, 1, 7, 16, 33, 1000, 4095, 5000};
    size_t cases = 0;
    for (int kind = 0; kind < DATA; kind++) {
        draw((enum data)kind);
        for (size_t l = 0; l < sizeof lengths / sizeof *lengths; l++)
            for (size_t t = 0; t < sizeof tiles / sizeof *tiles; t++, cases++) {
                struct metric_facts f;
                struct metric_input in, parts;
                size_t n = lengths[l];
                measure(n, n, tiles[t], ALL_NEEDS, &f, &in);
                expect_sums(n, &f, &in);
                expect_bins(n, &f, &in);
                if (t)
                    continue;
                measure_parts(n, SUM_CHUNK, &f, &parts);
                expect_sums(n, &f, &parts);
                expect_bins(n, &f, &parts);
                expect("max_ulp", n, parts.moments.max_ulp, in.moments.max_ulp);
            }
    }
    printf("# covered sums of metrics: %zu lengths in tiles, finite, excluded and lost\n", cases);
}

static void blocks_of_rows(void **state)
{
    (void)state;
    static const size_t rows[] = {1, 15, 16, 17, 31, 32, 33, 48, 50, 64, 100, 4096, 4500, MOST};
    static const size_t tiles[] = {MOST, 4096, 1, 13, 16, 32, 47};
    draw(EXCLUDED);
    memset(x + 500, 0, 100 * sizeof *x);
    for (size_t r = 0; r < sizeof rows / sizeof *rows; r++)
        for (size_t t = 0; t < sizeof tiles / sizeof *tiles; t++) {
            struct metric_facts f;
            struct metric_input in;
            size_t n = MOST / rows[r] * rows[r];
            measure(n, rows[r], tiles[t], 0, &f, &in);
            expect("crest_block16", n, f.crest_block16, crest_of_blocks(n, rows[r], 16));
            expect("crest_block32", n, f.crest_block32, crest_of_blocks(n, rows[r], 32));
        }
}

/* Every metric reads only what it says it needs. */
static void needs(void **state)
{
    (void)state;
    for (int kind = 0; kind < DATA; kind++) {
        struct metric_facts f;
        struct metric_input all, own;
        draw((enum data)kind);
        measure(MOST, 100, 4096, ALL_NEEDS, &f, &all);
        all.counts = (struct metric_counts){.codes_used = 3, .expected_error = 0.5};
        for (size_t i = 0; i < metric_count(); i++) {
            const struct metric *m = metric_at(i);
            assert_int_equal(metric_needs(&m, 1), m->needs);
            assert_true(!(m->needs & METRIC_SUMS) == (strcmp(m->of, "error") || !strcmp(m->name, "sr_bias")));
            assert_true(!(m->needs & ~METRIC_SUMS) ==
                        (strcmp(m->of, "quantizer") && strcmp(m->of, "theory") && strcmp(m->name, "sr_bias")));
            measure(MOST, 100, 4096, m->needs, &f, &own);
            own.counts = all.counts;
            expect(m->name, MOST, m->value(&own), m->value(&all));
        }
    }
    const struct metric *two[] = {metric_find("kl"), metric_find("cosine")};
    assert_int_equal(metric_needs(two, 2), METRIC_BINS | METRIC_PRODUCTS);
    assert_int_equal(metric_needs(NULL, 0), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(in_element_order),
        cmocka_unit_test(blocks_of_rows),
        cmocka_unit_test(needs),
    };
    return cmocka_run_group_tests_name("metric_sums", tests, NULL, NULL);
}
