/* experiments/knapsack.h against all choices of small problems. */
#include <math.h>
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(against_all_choices),
        cmocka_unit_test(by_hand),
        cmocka_unit_test(near_misses),
        cmocka_unit_test(many_groups),
    };
    return cmocka_run_group_tests_name("knapsack", tests, NULL, NULL);
}
