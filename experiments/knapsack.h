/* The multiple-choice knapsack problem: one item of each group, costs within a budget, the least sum of
 * errors. It is solved as an integer program by GLPK. */
#ifndef EXPERIMENTS_KNAPSACK_H
#define EXPERIMENTS_KNAPSACK_H

#include <stddef.h>

#include "sim/base/status.h"

struct knapsack_item {
    double cost, error; /* finite; cost >= 0 */
};

struct knapsack_group {
    const struct knapsack_item *items;
    size_t n; /* at least 1 */
};

/* Whether a sum of costs keeps a budget: binary64 sums of many products may be off by a part in 1e12. */
static inline double knapsack_limit(double budget)
{
    return budget + 1e-12 * (budget < 0 ? -budget : budget);
}
static inline int knapsack_within(double cost, double budget)
{
    return cost <= knapsack_limit(budget);
}

/* The least sum of costs, in order of the groups. */
double knapsack_least(const struct knapsack_group *groups, size_t n);

/* Chooses an item of each of n > 0 groups into choice[]: costs, summed in order of the groups, keep the
 * budget (checked in binary64, whatever the solver's tolerance), and the sum of errors above those of each
 * group's best item is within a part in 1e9 of the least. Of items of a group with equal numbers the first is
 * taken, and the same problem always gets the same choice. STATUS_SKIP if nothing keeps the budget,
 * STATUS_INTERRUPTED if `seconds` (0: no limit) do not suffice. */
enum status knapsack_solve(const struct knapsack_group *groups, size_t n, double budget, double seconds,
                           size_t *choice, struct error *e) MUST_CHECK;

#endif
