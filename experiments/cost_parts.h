/* Of which other quantities of its model a cost is the sum. */
#ifndef EXPERIMENTS_COST_PARTS_H
#define EXPERIMENTS_COST_PARTS_H

#include <stdbool.h>
#include <stddef.h>

#define COST_PARTS_MAX 20

/* Chooses among m <= COST_PARTS_MAX quantities those that add up to the total in each of n schemes, to a part
 * in 1e9: value[i * m + q], total[i]. Of several such sets the one with the most parts, then that with the
 * earliest. Quantities that are nowhere above 0, or somewhere below, are no parts. False if there is none. */
bool cost_parts_find(size_t n, size_t m, const double *total, const double *value, bool *chosen);

#endif
