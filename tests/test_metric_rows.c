/* Metrics of rows and of order (sim/metric/tops.c, spread.c) against their definitions, for tiles and parts
 * of any length. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/base/rng.h"
#include "sim/metric/metric.h"
#include "tests/check.h"

enum { MOST = 4096 };
static float x[MOST], y[MOST];

/* One in eight is special; few values, so that ties are many. */
static float draw(uint64_t seed, uint64_t i, bool ties)
{
    static const float special[] = {0.0F, -0.0F, INFINITY, -INFINITY, NAN, 6.0F, -6.0F, 5.9999995F};
    const uint32_t r = rng_u32(seed, 3, i);
    if (r % 8 == 0)
        return special[r / 8 % 8];
    return ties ? (float)(r / 64 % 9) - 4.0F : (float)((double)(r / 64) / 4e6 - 8.0);
}

static void fill(size_t n, uint64_t seed)
{
    for (size_t i = 0; i < n; i++) {
        x[i] = draw(seed, 2 * i, seed % 2);
        y[i] = draw(seed + 1000, i, false) / 4 + x[i];
    }
}

/* Whether element i of a row comes before element j: NaN last, the first of equal ones first. */
static bool before(const float *row, size_t i, size_t j)
{
    const float a = isnan(row[i]) ? -INFINITY : row[i], b = isnan(row[j]) ? -INFINITY : row[j];
    return a > b || (a == b && i < j);
}

static bool among_ten(const float *row, size_t n, size_t i)
{
    size_t ahead = 0;
    for (size_t j = 0; j < n; j++)
        ahead += before(row, j, i);
    return ahead < METRIC_TOP;
}

static void define(size_t rows, size_t row, uint64_t *kept)
{
    *kept = 0;
    for (size_t r = 0; r < rows; r++)
        for (size_t i = 0; i < row; i++)
            *kept += among_ten(x + r * row, row, i) && among_ten(y + r * row, row, i);
}

static const struct metric *recall(void)
{
    return metric_find("recall10");
}

static void measure(size_t n, size_t row, size_t part, size_t tile, struct metric_input *in)
{
    static struct metric_facts facts;
    struct metric_errors all;
    metric_facts_of(x, n, row, &facts);
    metric_errors_begin(&all, recall()->needs, &facts);
    for (size_t i = 0; i < n; i += part) {
        struct metric_errors e;
        const size_t end = i + part < n ? i + part : n;
        metric_errors_begin(&e, recall()->needs, &facts);
        metric_errors_start(&e, i);
        for (size_t j = i; j < end; j += tile)
            metric_errors_add(&e, x + j, y + j, end - j < tile ? end - j : tile);
        metric_errors_join(&all, &e);
    }
    metric_errors_end(&all, in);
}

static void tops(void **state)
{
    (void)state;
    static const size_t lengths[] = {11, 12, 33, 128, 1000};
    size_t cases = 0;
    for (size_t l = 0; l < sizeof lengths / sizeof *lengths; l++)
        for (uint64_t seed = 0; seed < 4; seed++) {
            const size_t row = lengths[l], rows = 1 + (size_t)seed, n = rows * row;
            static const size_t parts[] = {7, 16, 100, MOST}, tiles[] = {1, 5, MOST};
            uint64_t want;
            fill(n, seed);
            define(rows, row, &want);
            for (size_t p = 0; p < 4; p++)
                for (size_t t = 0; t < 3; t++, cases++) {
                    struct metric_input in;
                    measure(n, row, parts[p], tiles[t], &in);
                    if (in.moments.top_rows != rows || in.moments.top_kept != want)
                        fail_msg("rows of %zu, parts of %zu: %zu of %zu kept, the definition has %zu", row,
                                 parts[p], (size_t)in.moments.top_kept, (size_t)in.moments.top_rows,
                                 (size_t)want);
                    assert_true(recall()->value(&in) == (double)want / (double)(10 * rows));
                }
        }
    struct metric_input in;
    measure(100, 10, 100, 100, &in);
    assert_true(isnan(recall()->value(&in)));
    printf("# covered recall10: %zu divisions of rows\n", cases);
}

/* By hand: of 12 scores the two least are out; y lifts one of them above the tenth. */
static void recall_by_hand(void **state)
{
    (void)state;
    for (size_t i = 0; i < 12; i++)
        x[i] = y[i] = (float)i;
    y[1] = 2.5F; /* 2 falls out of the ten, 1 comes in */
    struct metric_input in;
    measure(12, 12, 12, 12, &in);
    assert_true(recall()->value(&in) == 0.9);
}

static int compare(const void *a, const void *b)
{
    const float u = *(const float *)a, v = *(const float *)b;
    return (u > v) - (u < v);
}

static void order(void **state)
{
    (void)state;
    static float sorted[MOST];
    static struct metric_facts f;
    for (uint64_t seed = 0; seed < 40; seed++) {
        const size_t row = 1 + (size_t)(seed * 37 % 150), n = row * (1 + seed % 20) % MOST / row * row;
        size_t m = 0, channels = 0;
        fill(n, seed);
        if (seed % 3 == 2) /* of BF16, which the median does not cut */
            for (size_t i = 0; i < n; i++) {
                uint32_t bits;
                memcpy(&bits, &x[i], sizeof bits);
                bits &= 0xffff0000u;
                memcpy(&x[i], &bits, sizeof bits);
            }
        for (size_t i = 0; i < n; i++)
            if (isfinite(x[i]))
                sorted[m++] = fabsf(x[i]);
        for (size_t c = 0; c < row; c++) {
            bool out = false;
            for (size_t i = c; i < n; i += row)
                out |= fabsf(x[i]) >= 6;
            channels += out;
        }
        qsort(sorted, m, sizeof *sorted, compare);
        metric_facts_of(x, n, row, &f);
        assert_true(f.outlier_channels == (double)channels);
        if (!m) {
            assert_true(isnan(f.median_abs));
            continue;
        }
        const double want = (double)sorted[(m - 1) / 2];
        assert_true(f.median_abs <= want && f.median_abs >= want * (1 - 0x1p-18));
        assert_true(seed % 3 != 2 || f.median_abs == want);
    }
    /* |x| of 1, 3, 5, 200: the smaller of the middle ones is 3; one channel of two */
    const float small[] = {1, -3, 5, 200, -5.5F, 0.5F};
    metric_facts_of(small, 4, 2, &f);
    const struct metric_input in = {.facts = &f};
    assert_true(metric_find("massive")->value(&in) == 200.0 / 3.0);
    assert_true(metric_find("outlier_channels")->value(&in) == 1.0);
    metric_facts_of(small, 6, METRIC_CHANNELS + 1, &f);
    assert_true(isnan(metric_find("outlier_channels")->value(&in)));
}

/* Half of x in each of two bins: one bit, which y loses when all of it lies in one. */
static void entropy(void **state)
{
    (void)state;
    const float a[] = {-1, 1, 1, -1}, b[] = {1, 1, 1, 1};
    struct metric_facts f;
    struct metric_errors s;
    struct metric_input in;
    metric_facts_of(a, 4, 4, &f);
    metric_errors_begin(&s, METRIC_BINS, &f);
    metric_errors_add(&s, a, b, 4);
    metric_errors_end(&s, &in);
    assert_true(metric_find("entropy")->value(&in) == 1.0);
    assert_true(metric_find("entropy_lost")->value(&in) == 1.0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(tops), cmocka_unit_test(recall_by_hand),
                                       cmocka_unit_test(order), cmocka_unit_test(entropy)};
    return cmocka_run_group_tests_name("metric_rows", tests, NULL, NULL);
}
