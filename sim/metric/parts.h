/* Shared by the files of this folder. */
#ifndef SIM_METRIC_PARTS_H
#define SIM_METRIC_PARTS_H

#include <float.h>
#include <math.h>
#include <stdbool.h>

#include "sim/metric/metric.h"

/* a / b, with the canonical NaN for 0/0: the sign of a fresh NaN differs between machines. */
static inline double parts_ratio(double a, double b)
{
    double r = a / b;
    return isnan(r) ? (double)NAN : r;
}

/* Mean over the finite elements. */
static inline double parts_mean(const struct metric_input *in, double sum)
{
    return parts_ratio(sum, (double)in->facts->signal.n);
}

/* Which of n elements a kernel takes: `whole`, a multiple of SUM_LANES, after the first `head`. */
struct parts_split {
    size_t head, whole;
};
static inline struct parts_split parts_split(const struct sum *s, size_t n)
{
    size_t head = sum_is_even(s) ? 0 : sum_room(s) % SUM_LANES;
    return head < n ? (struct parts_split){head, (n - head) / SUM_LANES * SUM_LANES}
                    : (struct parts_split){n, 0};
}

/* sim/metric/blocks.c: crest factors of blocks. */
void parts_blocks_add(struct metric_blocks *b, const float *x, size_t n);

#endif
