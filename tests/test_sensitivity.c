/* experiments/tradeoff.h and cost_parts.h against definitions on small sets, and what sensitivity.h reads. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "experiments/cost_parts.h"
#include "experiments/sensitivity.h"
#include "experiments/tradeoff.h"
#include "sim/base/rng.h"
#include "tests/check.h"
#include "tests/rows.h"

/* Parts are whole numbers of 0..5, so crossings are multiples of 1/60; GRID points lie between those. */
enum { MOST = 7, PARTS = 3, LARGEST = 5, GRID = 120 };

struct set {
    size_t n, n_parts;
    double sqnr[MOST], part[MOST * PARTS];
};

static uint32_t draw(uint64_t seed, uint64_t i, uint32_t below)
{
    return rng_u32(seed, 11, i) % below;
}

static void make(struct set *s, uint64_t seed)
{
    uint64_t at = 0;
    s->n = 1 + draw(seed, at++, MOST);
    s->n_parts = 1 + draw(seed, at++, PARTS);
    for (size_t i = 0; i < s->n; i++)
        s->sqnr[i] = draw(seed, at++, seed % 2 ? 4 : 40);
    for (size_t i = 0; i < s->n * s->n_parts; i++)
        s->part[i] = draw(seed, at++, LARGEST + 1);
}

static void open_set(const struct set *s, struct tradeoff *t)
{
    struct error e = {{0}};
    if (tradeoff_open(s->n, s->n_parts, s->sqnr, s->part, t, &e))
        fail_msg("%s", e.text);
}

/* The definition: no other is cheaper or as cheap and earlier, with that SQNR or more. */
static void define_front(const struct set *s, const double *cost, bool *front)
{
    for (size_t i = 0; i < s->n; i++) {
        front[i] = true;
        for (size_t j = 0; j < s->n; j++) {
            const bool as_good = s->sqnr[j] >= s->sqnr[i];
            const bool first =
                cost[j] < cost[i] || (cost[j] == cost[i] && (s->sqnr[j] > s->sqnr[i] || (j < i)));
            front[i] &= !(j != i && as_good && first);
        }
    }
}

/* Under `factor` / (2 GRID) on one part: whole numbers in binary64. */
static void grid_front(const struct set *s, size_t part, int factor, bool *front)
{
    double cost[MOST] = {0};
    for (size_t i = 0; i < s->n; i++)
        for (size_t p = 0; p < s->n_parts; p++)
            cost[i] += s->part[i * s->n_parts + p] * (p == part ? factor : 2 * GRID);
    define_front(s, cost, front);
}

static bool same(const struct set *s, const bool *a, const bool *b)
{
    return !memcmp(a, b, s->n * sizeof *a);
}

/* The nearest grid point beyond 1 whose front is another; 0 if there is none before the last crossing. */
static int scan(const struct set *s, size_t part, bool up, const bool *base, bool *after)
{
    const int last = up ? 2 * GRID * (3 * LARGEST * PARTS + 2) : 0;
    for (int k = up ? 2 * GRID + 1 : 2 * GRID - 1; up ? k < last : k > last; k += up ? 2 : -2) {
        grid_front(s, part, k, after);
        if (!same(s, base, after))
            return k;
    }
    memcpy(after, base, s->n * sizeof *base);
    return 0;
}

static int check_move(const struct set *s, const struct tradeoff *t, size_t part, bool up, uint64_t seed)
{
    bool base[MOST], want[MOST], got[MOST];
    struct tradeoff_move m;
    struct error e = {{0}};
    grid_front(s, part, 2 * GRID, base);
    assert_int_equal(tradeoff_front(t, got, &e), STATUS_OK);
    if (!same(s, base, got))
        fail_msg("set %llu: another front", (unsigned long long)seed);
    const int k = scan(s, part, up, base, want);
    assert_int_equal(tradeoff_move(t, part, up, &m, got, &e), STATUS_OK);
    const double factor = (double)(up ? k - 1 : k + 1) / (2 * GRID);
    if (m.changes != (k != 0) || (k && m.factor != factor) || !same(s, want, got))
        fail_msg("set %llu, part %zu, %s: %d %.17g, expected %d %.17g", (unsigned long long)seed, part,
                 up ? "up" : "down", m.changes, m.factor, k != 0, factor);
    return k ? (m.factor == 1 ? 2 : 1) : 0; /* NOLINT: 1 exactly */
}

static void moves(void **state)
{
    (void)state;
    const uint64_t sets = WATCHED ? 300 : 6000;
    long cases[3] = {0, 0, 0};
    for (uint64_t seed = 0; seed < sets; seed++) {
        struct set s;
        struct tradeoff t;
        make(&s, seed);
        open_set(&s, &t);
        for (size_t p = 0; p < s.n_parts; p++)
            for (int up = 0; up < 2; up++)
                cases[check_move(&s, &t, p, up, seed)]++;
        tradeoff_close(&t);
    }
    assert_true(cases[0] && cases[1] && cases[2]);
    printf("# covered moves: %ld that change the front, %ld at once, %ld never\n", cases[1] + cases[2],
           cases[2], cases[0]);
}

/* Of one scheme's own cost: on the front just below the factor and not above it. */
static void check_margin(const struct set *s, const struct tradeoff *t, size_t i, uint64_t seed)
{
    size_t rival;
    const double factor = tradeoff_margin(t, i, &rival);
    if (!t->cost[i]) {
        assert_true(isnan(factor));
        return;
    }
    for (int side = 0; side < 3; side++) { /* ratios of whole numbers below 16 are 1/225 apart */
        const double f = side == 0 ? factor / 2 : side == 1 ? factor - 1e-3 : factor + 1e-3;
        double cost[MOST];
        bool front[MOST];
        for (size_t j = 0; j < s->n; j++)
            cost[j] = (double)t->cost[j] * t->unit * (j != i ? 1 : isinf(factor) ? 1000 : f);
        define_front(s, cost, front);
        if (factor > 0 && front[i] != (side < 2 || isinf(factor)))
            fail_msg("set %llu, scheme %zu: %g is no margin", (unsigned long long)seed, i, factor);
    }
    assert_int_equal(rival == s->n, isinf(factor));
    assert_true(rival == s->n || s->sqnr[rival] >= s->sqnr[i]);
}

static void margins(void **state)
{
    (void)state;
    for (uint64_t seed = 0; seed < 2000; seed++) {
        struct set s;
        struct tradeoff t;
        make(&s, seed);
        open_set(&s, &t);
        for (size_t i = 0; i < s.n; i++)
            check_margin(&s, &t, i, seed);
        tradeoff_close(&t);
    }
}

/* B is on the front always, A as long as it is cheaper: 100 f < 110 g with f, g in 0.8..1.2. The share of the
 * square where f >= 1.1 g is a triangle: from g = 0.8 (f >= 0.88) to g = 1.2 / 1.1. */
static void draws(void **state)
{
    (void)state;
    static const struct set two = {
        .n = 3, .n_parts = 2, .sqnr = {10, 20, 19}, .part = {100, 0, 0, 110, 300, 0}};
    struct tradeoff t;
    struct tradeoff_share a, b, c;
    struct error e = {{0}};
    const uint64_t n = 40000;
    open_set(&two, &t);
    assert_int_equal(tradeoff_draw(&t, 0.04, n, 0, &a, &e), STATUS_OK);
    assert_true(a.unchanged == 1 && a.kept == 1 && a.entered == 0);
    assert_int_equal(tradeoff_draw(&t, 0.2, n, 0, &a, &e), STATUS_OK);
    const double leaves = 0.5 * (1.2 - 0.88) * (1.2 / 1.1 - 0.8) / (0.4 * 0.4);
    const double sigma = sqrt(leaves * (1 - leaves) / (double)n);
    if (!(fabs(1 - a.unchanged - leaves) < 4 * sigma))
        fail_msg("%g of draws change the front, expected %g", 1 - a.unchanged, leaves);
    assert_true(fabs(a.kept - (1 + a.unchanged) / 2) < 1e-12);
    assert_int_equal(tradeoff_draw(&t, 0.2, n, 0, &b, &e), STATUS_OK);
    assert_int_equal(tradeoff_draw(&t, 0.2, n, 1, &c, &e), STATUS_OK);
    assert_memory_equal(&a, &b, sizeof a);
    assert_true(a.unchanged != c.unchanged);
    assert_true(a.entered == 0); /* a part three times as dear does not get below */
    tradeoff_close(&t);
    /* Here one is on the front and another comes. */
    static const struct set one = {.n = 2, .n_parts = 2, .sqnr = {20, 10}, .part = {100, 0, 0, 110}};
    open_set(&one, &t);
    assert_int_equal(tradeoff_draw(&t, 0.2, n, 0, &a, &e), STATUS_OK);
    assert_true(a.kept == 1 && a.entered > 0 && fabs(1 - a.unchanged - a.entered) < 1e-12);
    tradeoff_close(&t);
}

/* Costs over many decades, and what is no cost. */
static void extremes(void **state)
{
    (void)state;
    struct tradeoff t;
    struct tradeoff_move m;
    struct error e = {{0}};
    bool after[2];
    const double sqnr[] = {10, 20}, scales[] = {1e-200, 1e-12, 1, 3e11, 1e200};
    for (size_t i = 0; i < sizeof scales / sizeof *scales; i++) {
        const double part[] = {3 * scales[i], 1 * scales[i], 1 * scales[i], 5 * scales[i]};
        assert_int_equal(tradeoff_open(2, 2, sqnr, part, &t, &e), STATUS_OK);
        assert_int_equal(tradeoff_move(&t, 0, true, &m, after, &e), STATUS_OK);
        assert_true(m.changes && fabs(m.factor - 2) < 1e-10 && !after[0] && after[1]);
        tradeoff_close(&t);
    }
    const double zeros[] = {0, 0, 0, 0}, negative[] = {1, -1, 1, 1}, none[] = {1, (double)NAN, 1, 1};
    assert_int_equal(tradeoff_open(2, 2, sqnr, zeros, &t, &e), STATUS_OK);
    assert_int_equal(tradeoff_move(&t, 0, true, &m, after, &e), STATUS_OK);
    assert_true(!m.changes && !after[0] && after[1]);
    tradeoff_close(&t);
    assert_int_equal(tradeoff_open(2, 2, sqnr, negative, &t, &e), STATUS_INVALID);
    assert_non_null(strstr(e.text, "a part of a cost is -1; parts are 0 or more"));
    assert_int_equal(tradeoff_open(2, 2, sqnr, none, &t, NULL), STATUS_INVALID);
}

static void expect_parts(size_t n, size_t m, const double *total, const double *value, const char *want)
{
    bool chosen[8];
    char got[9] = "";
    const bool found = cost_parts_find(n, m, total, value, chosen);
    for (size_t q = 0; q < m; q++)
        got[q] = chosen[q] ? 'x' : '.', got[q + 1] = '\0';
    assert_string_equal(got, want);
    assert_int_equal(found, strchr(want, 'x') != NULL);
}

static void sums(void **state)
{
    (void)state;
    const double total[] = {10, 7.3};
    /* the finest of two ways, without what is 0 or comes to it in one scheme alone */
    static const double product_too[] = {6, 4, 2, 4, 0, 10, 5.1, 3.1, 2, 2.2, 0, 7.3};
    expect_parts(2, 6, total, product_too, ".xxx..");
    static const double whole[] = {10, 3, 7.3, 3};
    expect_parts(2, 2, total, whole, "x.");
    static const double twice[] = {4, 4, 6, 3, 3, 4.3};
    expect_parts(2, 3, total, twice, "x.x");
    static const double by_chance[] = {5, 5, 2, 3};
    expect_parts(2, 2, total, by_chance, "..");
    static const double below[] = {11, -1, 7, 0.3};
    expect_parts(2, 2, total, below, "..");
}

static struct sensitivity opened(const char *db, const struct sensitivity_request *r)
{
    struct error e = {{0}};
    struct query *q = NULL;
    struct sensitivity s = {.n = 0};
    if (query_open(db, 0, &q, &e) || sensitivity_open(r, q, &s, &e))
        fail_msg("%s", e.text);
    query_close(q);
    return s;
}

static void refused(const char *db, const struct sensitivity_request *r, const char *words)
{
    struct error e = {{0}};
    struct query *q = NULL;
    struct sensitivity s;
    assert_int_equal(query_open(db, 0, &q, &e), STATUS_OK);
    if (sensitivity_open(r, q, &s, &e) != STATUS_INVALID || !strstr(e.text, words))
        fail_msg("\"%s\"; expected \"%s\"", e.text, words);
    sensitivity_close(&s);
    query_close(q);
}

/* The front is that of v_pareto, and parts add up to its costs. */
static void reads(void **state)
{
    (void)state;
    char db[512], sql[256];
    struct error e = {{0}};
    snprintf(db, sizeof db, "%s", test_path("full.db"));
    rows_fill(db, 0);
    struct sensitivity_request r = {.cost = "yosys.mac_gates", .op = "quantize"};
    struct sensitivity s = opened(db, &r);
    bool *front = calloc(s.n, sizeof *front);
    size_t members = 0;
    assert_int_equal(s.n_parts, 2);
    assert_string_equal(s.parts[0], "accumulate_gates");
    assert_string_equal(s.parts[1], "product_gates");
    assert_string_equal(s.unit, "gate");
    assert_int_equal(tradeoff_front(&s.tradeoff, front, &e), STATUS_OK);
    for (size_t i = 0; i < s.n; i++) {
        snprintf(
            sql, sizeof sql,
            "SELECT count(*) FROM v_pareto WHERE op = 'quantize' AND cost = 'yosys.mac_gates' AND label = "
            "'%s' AND abs(value - %.17g) < 1e-6",
            s.labels[i], (double)s.tradeoff.cost[i] * s.tradeoff.unit);
        members += front[i];
        if (front[i])
            assert_string_equal(rows_ask(db, sql), "1");
    }
    snprintf(sql, sizeof sql, "%zu", members);
    assert_string_equal(
        rows_ask(db, "SELECT count(*) FROM v_pareto WHERE op = 'quantize' AND cost = 'yosys.mac_gates'"),
        sql);
    free(front);
    sensitivity_close(&s);

    const char *const part = "product_gates", *const wrong = "mac_area", *const glob = "int*";
    r.parts = &part, r.n_parts = 1, r.labels = &glob, r.n_labels = 1;
    s = opened(db, &r);
    assert_string_equal(s.parts[1], "rest");
    for (size_t i = 0; i < s.n; i++)
        assert_memory_equal(s.labels[i], "int", 3);
    sensitivity_close(&s);
    r.parts = &wrong;
    refused(db, &r, "'mac_area' is no part of mac_gates; there are: accumulate_gates, product_gates");
    r = (struct sensitivity_request){.cost = "fp8_vs_int8.mac_gates", .op = "quantize"};
    refused(db, &r, "no quantities of its unit add up to mac_gates in all");
    r.whole = true;
    s = opened(db, &r);
    assert_int_equal(s.n_parts, 1);
    sensitivity_close(&s);
    r.op = NULL;
    refused(db, &r, "say which with --op");
    r.dump = "ylm.safetensors";
    refused(db, &r,
            "no dump ylm.safetensors has the cost fp8_vs_int8.mac_gates; did you mean 'tinylm.safetensors'?; "
            "those that have: dumps/tinylm");
    r.dump = "tinylm.safetensors", r.op = "matmul";
    s = opened(db, &r);
    sensitivity_close(&s);
    r.cost = "mac_gates";
    refused(db, &r,
            "several models have a cost 'mac_gates'; say which: fp8_vs_int8.mac_gates, yosys.mac_gates");
    r.cost = "yosys.mac_gates", r.labels = &wrong, r.n_labels = 1;
    refused(db, &r, "no complete scheme of dumps/tinylm.safetensors has the cost yosys.mac_gates");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(moves),    cmocka_unit_test(margins), cmocka_unit_test(draws),
        cmocka_unit_test(extremes), cmocka_unit_test(sums),    cmocka_unit_test(reads),
    };
    return cmocka_run_group_tests_name("sensitivity", tests, NULL, NULL);
}
