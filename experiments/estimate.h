/* How long a run will take, from the times of some of its cells. */
#ifndef EXPERIMENTS_ESTIMATE_H
#define EXPERIMENTS_ESTIMATE_H

#include <stdbool.h>
#include <stddef.h>

#include "sim/base/status.h"

/* A cell: its scheme, and how large its subject is, in any measure that orders subjects. */
struct estimate_cell {
    size_t scheme;
    double work;
};
/* One whose time is known. */
struct estimate_point {
    struct estimate_cell cell;
    double seconds;
};

/* Seconds of all cells together, one after another, and of the longest of them. The times of a scheme are
 * those of its points, a power of the work between and beyond the least and the greatest of them; the power
 * is that of its own points where they have two works, else that of all such schemes together, else 1. A
 * scheme without points takes what the others take on average. 0 without points. */
enum status estimate_total(const struct estimate_cell *cells, size_t n, const struct estimate_point *points,
                           size_t n_points, size_t n_schemes, double *total, double *longest,
                           struct error *e) MUST_CHECK;

/* Elapsed time of that much work on so many threads: never less than the longest cell. */
double estimate_elapsed(double total, double longest, int jobs);

#endif
