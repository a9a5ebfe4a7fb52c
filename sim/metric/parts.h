/* Shared by the files of this folder. */
#ifndef SIM_METRIC_PARTS_H
#define SIM_METRIC_PARTS_H

#include <float.h>
#include <math.h>
#include <stdbool.h>

#include "sim/metric/metric.h"

/* Whether metrics of the error use an element: both values are finite. */
static inline bool parts_keeps(float x, float y)
{
    return fabsf(x) <= FLT_MAX && fabsf(y) <= FLT_MAX;
}

/* a / b, with the canonical NaN for 0/0: the sign of a fresh NaN differs between machines. */
static inline double parts_ratio(double a, double b)
{
    double r = a / b;
    return isnan(r) ? (double)NAN : r;
}

/* Mean over the elements that metrics of the error use. */
static inline double parts_mean(const struct metric_input *in, double sum)
{
    return parts_ratio(sum, (double)in->moments.x.n);
}

/* Mean over the elements that metrics of the input use. */
static inline double parts_input_mean(const struct metric_input *in, double sum)
{
    return parts_ratio(sum, (double)in->moments.input.n);
}

/* Mean over the blocks of `block` elements along the last axis of max|x| / rms. Left out: a shorter rest,
 * blocks that are all zero, blocks with an element that is not finite. */
double parts_crest_of_blocks(const struct metric_input *in, size_t block);

#endif
