/* experiments/knapsack.h against all choices of small problems. */
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "experiments/knapsack.h"
#include "sim/base/rng.h"
#include "tests/check.h"

enum { MOST_GROUPS = 6, MOST_ITEMS = 5 };

struct problem {
    struct knapsack_item items[MOST_GROUPS][MOST_ITEMS];
    struct knapsack_group groups[MOST_GROUPS];
    size_t n;
};

static double sum_of(const struct problem *p, const size_t *choice, int errors)
{
    double sum = 0;
    for (size_t g = 0; g < p->n; g++) {
        const struct knapsack_item *i = &p->items[g][choice[g]];
        sum += errors ? i->error : i->cost;
    }
    return sum;
}

/* The least sum of errors over all choices; NaN if none keeps the budget. */
static double brute(const struct problem *p, double budget)
{
    size_t at[MOST_GROUPS] = {0};
    double least = (double)NAN;
    for (size_t g = 0; g < p->n;) {
        const double error = sum_of(p, at, 1);
        if (sum_of(p, at, 0) <= budget && !(error >= least))
            least = error;
        for (g = 0; g < p->n && ++at[g] == p->groups[g].n; g++)
            at[g] = 0;
    }
    return least;
}

static uint32_t draw(uint64_t seed, uint64_t i, uint32_t below)
{
    return rng_u32(seed, 7, i) % below;
}

/* Errors over twelve decades in every other problem, and whole numbers, so that ties are many, in the rest.
 */
static void make(struct problem *p, uint64_t seed)
{
    uint64_t at = 0;
    p->n = 1 + draw(seed, at++, MOST_GROUPS);
    for (size_t g = 0; g < p->n; g++) {
        p->groups[g] = (struct knapsack_group){p->items[g], 1 + draw(seed, at++, MOST_ITEMS)};
        for (size_t i = 0; i < p->groups[g].n; i++) {
            const double cost = draw(seed, at++, 40), error = draw(seed, at++, 30);
            const double scale = seed % 2 ? pow(10, -(double)draw(seed, at++, 12)) : 1;
            p->items[g][i] = (struct knapsack_item){cost * (seed % 3 ? 1 : 1e9), error * scale};
        }
    }
}

static void against_all_choices(void **state)
{
    (void)state;
    enum { PROBLEMS = 400 };
    size_t met = 0, refused = 0, choice[MOST_GROUPS];
    for (uint64_t seed = 0; seed < PROBLEMS; seed++) {
        struct problem p;
        make(&p, seed);
        double dearest = 0;
        for (size_t g = 0; g < p.n; g++)
            dearest += 40;
        const double budget = dearest * (seed % 3 ? 1 : 1e9) * (0.1 + 0.05 * (double)(seed % 11));
        const double want = brute(&p, budget);
        struct error e = {{0}};
        const enum status s = knapsack_solve(p.groups, p.n, budget, 0, choice, &e);
        if (isnan(want)) {
            assert_int_equal(s, STATUS_SKIP);
            assert_non_null(strstr(e.text, "the least possible is"));
            refused++;
            continue;
        }
        const double got = s ? (double)NAN : sum_of(&p, choice, 1);
        if (s || sum_of(&p, choice, 0) > budget || !(got <= want * (1 + 1e-9)))
            fail_msg("problem %u: status %d (%s), %.17g, the least is %.17g", (unsigned)seed, s, e.text, got,
                     want);
        met++;
    }
    printf("# covered knapsack: %zu problems against all choices, %zu that nothing meets\n", met, refused);
    assert_true(met > 200 && refused > 5);
}

/* Worked by hand: of (cost, error) the pairs (1, 9) (2, 4) (4, 1) twice, a budget of 5 allows 1 + 4 with 10
 * and 2 + 2 with 8. Of equal items the first is taken. */
static void by_hand(void **state)
{
    (void)state;
    const struct knapsack_item items[] = {{1, 9}, {2, 4}, {2, 4}, {4, 1}, {4, 5}};
    const struct knapsack_group groups[] = {{items, 5}, {items, 5}};
    size_t choice[2];
    assert_int_equal(knapsack_solve(groups, 2, 5, 0, choice, NULL), STATUS_OK);
    assert_int_equal(choice[0], 1);
    assert_int_equal(choice[1], 1);
    assert_int_equal(knapsack_solve(groups, 2, 8, 0, choice, NULL), STATUS_OK);
    assert_int_equal(choice[0], 3);
    assert_int_equal(choice[1], 3);
    assert_true(knapsack_least(groups, 2) == 2);
    assert_int_equal(knapsack_solve(groups, 2, 2, 0, choice, NULL), STATUS_OK);
    assert_int_equal(choice[0] + choice[1], 0);
    assert_int_equal(knapsack_solve(groups, 2, 1.999, 0, choice, NULL), STATUS_SKIP);
}

/* A cost that misses the budget by less than the solver can tell: 3e9 + 1 against 3e9. */
static void near_misses(void **state)
{
    (void)state;
    const struct knapsack_item a[] = {{1e9, 5}, {2e9 + 1, 0}, {2e9, 1}},
                               b[] = {{1e9, 5}, {2e9 + 1, 0}, {2e9, 2}};
    const struct knapsack_group groups[] = {{a, 3}, {b, 3}};
    size_t choice[2];
    assert_int_equal(knapsack_solve(groups, 2, 3e9, 0, choice, NULL), STATUS_OK);
    assert_int_equal(choice[0], 2);
    assert_int_equal(choice[1], 0);
    assert_int_equal(knapsack_solve(groups, 2, 3e9 + 1, 0, choice, NULL), STATUS_OK);
    assert_int_equal(choice[0] + choice[1], 1);
}

/* The same of two items together, each of which the budget allows: 1e9 + 1 against 1e9. */
static void near_misses_together(void **state)
{
    (void)state;
    const struct knapsack_item a[] = {{0, 5}, {5e8 + 1, 0}, {4e8, 1}}, b[] = {{0, 5}, {5e8, 0}, {4e8, 2}};
    const struct knapsack_group groups[] = {{a, 3}, {b, 3}};
    size_t choice[2];
    assert_int_equal(knapsack_solve(groups, 2, 1e9, 0, choice, NULL), STATUS_OK);
    assert_int_equal(choice[0], 2);
    assert_int_equal(choice[1], 1);
    assert_int_equal(knapsack_solve(groups, 2, 1e9 + 1, 0, choice, NULL), STATUS_OK);
    assert_int_equal(choice[0] + choice[1], 2);
}

/* What the cheapest items lose is 1e17 times the answer's difference: 1.9 twice, not 3 and 1. */
static void far_apart(void **state)
{
    (void)state;
    const struct knapsack_item items[] = {{0, 1e17}, {1, 3}, {2, 1.9}, {3, 1}};
    const struct knapsack_group groups[] = {{items, 4}, {items, 4}};
    size_t choice[2];
    assert_int_equal(knapsack_solve(groups, 2, 4, 0, choice, NULL), STATUS_OK);
    assert_int_equal(choice[0], 2);
    assert_int_equal(choice[1], 2);
}

/* As many groups as a large model has layers: answered in a moment, the same each time. */
static void many_groups(void **state)
{
    (void)state;
    enum { GROUPS = 224, ITEMS = 12 };
    static struct knapsack_item items[GROUPS][ITEMS];
    static struct knapsack_group groups[GROUPS];
    size_t choice[GROUPS], again[GROUPS];
    double elements = 0, cost = 0;
    for (size_t g = 0; g < GROUPS; g++) {
        const double n = 4096.0 * (1 + draw(1, g, 8)), size = 0.5 + 0.01 * draw(2, g, 100);
        groups[g] = (struct knapsack_group){items[g], ITEMS};
        elements += n;
        for (size_t i = 0; i < ITEMS; i++)
            items[g][i] = (struct knapsack_item){n * (2 + 0.5 * (double)i),
                                                 n * size * exp2(-(double)i) *
                                                     (1 + 1e-3 * draw(3, g * ITEMS + i, 500))};
    }
    const double budget = 4.25 * elements;
    assert_int_equal(knapsack_solve(groups, GROUPS, budget, 0, choice, NULL), STATUS_OK);
    assert_int_equal(knapsack_solve(groups, GROUPS, budget, 0, again, NULL), STATUS_OK);
    assert_memory_equal(choice, again, sizeof choice);
    for (size_t g = 0; g < GROUPS; g++)
        cost += items[g][choice[g]].cost;
    assert_true(cost <= budget && cost > budget * 0.999);
}

/* HAWQ-V3's ResNet18: traces of the Hessian over parameters, squared errors of the weights at 8 and 4 bits,
 * parameters and multiplications of 19 layers (ILP.ipynb of github.com/Zhen-Dong/HAWQ, MIT licence), and the
 * bits that the authors chose from them (bit_config.py: a 4 here is a layer of 4 bits). Layers 4, 9, 14 and
 * the residual ones beside them, 6, 11, 16, go together. */
enum { LAYERS = 19 };
static const double trace[LAYERS] = {0.06857826, 0.03162379, 0.03298575, 0.01205663, 0.02222431,
                                     0.00596336, 0.06931772, 0.00807129, 0.00372905, 0.00530698,
                                     0.00209011, 0.00737569, 0.00210454, 0.00151197, 0.00158041,
                                     0.00078146, 0.00451841, 0.00098745, 0.00072944};
static const double error8[LAYERS] = {0.0235, 0.0125, 0.0102, 0.0082, 0.0145, 0.0344, 0.0023,
                                      0.0287, 0.0148, 0.0333, 0.0682, 0.0027, 0.0448, 0.0336,
                                      0.0576, 0.1130, 0.0102, 0.0947, 0.0532};
static const double error4[LAYERS] = {6.7430,  3.9691,  3.3281,  2.6796,  4.7277, 10.5966, 0.6827,
                                      9.0942,  4.8857,  10.7599, 21.7546, 0.8603, 14.5324, 10.9651,
                                      18.7706, 36.4044, 3.1572,  29.6994, 17.4016};
static const double parameters[LAYERS] = {36864,   36864,   36864,  36864,   73728,  147456, 8192,
                                          147456,  147456,  294912, 589824,  32768,  589824, 589824,
                                          1179648, 2359296, 131072, 2359296, 2359296};
static const double multiplications[LAYERS] = {
    115605504, 115605504, 115605504, 115605504, 57802752, 115605504, 6422528, 115605504, 115605504, 57802752,
    115605504, 6422528,   115605504, 115605504, 57802752, 115605504, 6422528, 115605504, 115605504};

static double cost_at(bool bops, size_t layer, double bits)
{
    return bops ? multiplications[layer] * bits * bits : parameters[layer] * bits;
}

/* The layer that goes with one of the residual blocks' first; itself otherwise. */
static size_t partner(size_t layer)
{
    return layer == 4 || layer == 9 || layer == 14 ? layer + 2 : layer;
}

static void check_hawq(bool bops, double share, const char *want)
{
    struct knapsack_item items[LAYERS][2];
    struct knapsack_group groups[LAYERS];
    size_t choice[LAYERS], of_group[LAYERS], n = 0;
    double low = 0, high = 0;
    char got[LAYERS + 1] = "";
    for (size_t i = 0; i < LAYERS; i++) {
        const size_t p = partner(i);
        low += cost_at(bops, i, 4);
        high += cost_at(bops, i, 8);
        if (i == 6 || i == 11 || i == 16)
            continue;
        for (int k = 0; k < 2; k++) {
            const double bits = k ? 8 : 4, *error = k ? error8 : error4;
            items[n][k] = (struct knapsack_item){cost_at(bops, i, bits), trace[i] * error[i]};
            if (p != i) {
                items[n][k].cost += cost_at(bops, p, bits);
                items[n][k].error += trace[p] * error[p];
            }
        }
        of_group[i] = of_group[p] = n;
        groups[n] = (struct knapsack_group){items[n], 2};
        n++;
    }
    assert_int_equal(knapsack_solve(groups, n, low + share * (high - low), 0, choice, NULL), STATUS_OK);
    for (size_t i = 0; i < LAYERS; i++)
        got[i] = choice[of_group[i]] ? '8' : '4';
    if (strcmp(got, want) != 0)
        fail_msg("%s, share %g: %s, published %s", bops ? "bit operations" : "size", share, got, want);
}

static void published(void **state)
{
    (void)state;
    check_hawq(false, 0.75, "8888888888888488884");
    check_hawq(false, 0.5, "8888888888888884844");
    check_hawq(false, 0.25, "8888888888888844444");
    check_hawq(true, 0.75, "8888888848888484884");
    check_hawq(true, 0.5, "8884888848884444444");
    check_hawq(true, 0.25, "8884848444444444444");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(against_all_choices), cmocka_unit_test(by_hand),
        cmocka_unit_test(near_misses),         cmocka_unit_test(near_misses_together),
        cmocka_unit_test(far_apart),           cmocka_unit_test(many_groups),
        cmocka_unit_test(published),
    };
    return cmocka_run_group_tests_name("knapsack", tests, NULL, NULL);
}
