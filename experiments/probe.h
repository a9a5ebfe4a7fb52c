/* Measures some cells of a plan, in a few seconds, whatever they take. */
#ifndef EXPERIMENTS_PROBE_H
#define EXPERIMENTS_PROBE_H

#include "experiments/estimate.h"
#include "experiments/plan.h"

struct probe {
    struct estimate_point *points; /* in seconds of the processor; probe_free frees them */
    size_t n;
    size_t cut; /* of them, that did not end in time: their seconds are a guess */
    double
        slowdown; /* seconds of the clock in a second of the processor; 1 where a processor is always free */
    struct estimate_point *loads; /* n_loads times of loading a subject, as if of one scheme */
    size_t n_loads;
};

void probe_free(struct probe *p);

/* How large a subject is: elements; of outputs products. */
double probe_work(const struct plan *p, size_t subject);

/* One cell of each scheme in `wanted` on the smallest of its subjects, then those that matter most on the
 * largest, by `jobs` processes at a time, which are ended when the time is up: nothing of theirs is left. */
enum status probe_cells(const struct plan *p, const bool *wanted, const struct run_options *o,
                        struct probe *out, struct error *e) MUST_CHECK;

#endif
