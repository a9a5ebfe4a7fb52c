/* Metrics: one named number about a tensor x, its quantized image y, and what quantizing did. One file and
 * one line in sim/metric/registry.def each. */
#ifndef SIM_METRIC_METRIC_H
#define SIM_METRIC_METRIC_H

#include <stddef.h>
#include <stdint.h>

/* Sums over all elements, made in one pass (sim/base/sum.h: a fixed shape) by metric_moments. e = y - x in
 * binary64, exact. Elements where x or y is not finite are left out of every sum and counted. */
struct metric_moments {
    uint64_t n;        /* elements */
    uint64_t excluded; /* of them, x or y not finite */
    uint64_t zeros;    /* x == 0 */
    double sum_x, sum_x2, sum_y2, sum_xy;
    double sum_e, sum_e2, sum_abs_e;
    double sum_rel_e;    /* sum of |e| / |x| over x != 0 */
    uint64_t n_rel;      /* terms of it */
    double max_x, max_e; /* largest |x|, |e| */
    double m2, m4;       /* sum (x - mean)^2 and ^4, second pass */
};

/* Counts of quantizing, copied by the pipeline so that metrics do not depend on the stage before them. */
struct metric_counts {
    uint64_t saturated, flushed, nan_in, nan_out, nan_lost, near_ties, codes_used;
    uint64_t scales, scale_saturated, scale_flushed, scale_nan;
};

struct metric_input {
    const float *x, *y; /* n elements, C order */
    size_t n;
    size_t row; /* length of the last axis: n is a multiple of it */
    struct metric_moments moments;
    struct metric_counts counts;
};

struct metric {
    const char *name, *unit, *formula, *doc;
    const char *better; /* "lower", "higher" or NULL */
    const char *of;     /* "error", "input" or "quantizer" */
    /* NaN means undefined here (0/0, empty); infinities are values. */
    double (*value)(const struct metric_input *in);
};

/* Fills in->moments from x, y, n. */
void metric_moments(struct metric_input *in);

size_t metric_count(void);
const struct metric *metric_at(size_t i);
const struct metric *metric_find(const char *name); /* NULL if unknown */

#endif
