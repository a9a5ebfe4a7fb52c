/* Metrics: one named number about a tensor x, its quantized image y, and what quantizing did. One file and
 * one line in sim/metric/registry.def each. */
#ifndef SIM_METRIC_METRIC_H
#define SIM_METRIC_METRIC_H

#include <stddef.h>
#include <stdint.h>

/* Sums over a tensor x (sim/base/sum.h: a fixed shape, terms in element order; an excluded element is a term
 * 0, so the shape depends on the number of elements alone). x^2 and x^4 neither overflow nor underflow. */
struct metric_signal {
    uint64_t n;       /* elements summed */
    uint64_t zeros;   /* of them, x == 0 */
    double sum, sum2; /* of x and of x^2 */
    double lo, hi;    /* smallest and largest x; NaN if n is 0 */
    double absmax;    /* largest |x|; NaN if n is 0 */
    double mean;      /* sum / n; NaN if n is 0 */
    double m2, m4;    /* sum (x - mean)^2 and ^4, in a second pass */
};

/* Sums over x and its image y. Elements where x is not finite have no error: they are `excluded`. Where x is
 * finite and y is not, the element is `lost` and its error infinite: then sum_e2, sum_abs_e, sum_rel_e, max_e
 * and sum_y2 are infinite, and sum_e and sum_xy undefined. Metrics of the input use the finite elements of x,
 * whatever became of them, so they do not depend on the scheme. e = y - x in binary64: exact where y is 0 or
 * |x| and |y| are within a factor of 2^28, else rounded once. */
struct metric_moments {
    uint64_t excluded, lost;
    struct metric_signal x;     /* x where it has an error: input */
    struct metric_signal input; /* x where x is finite */
    double sum_y2, sum_xy;
    double sum_e, sum_e2, sum_abs_e;
    double sum_rel_e; /* sum of |e| / |x| over x != 0: x.n - x.zeros terms */
    double max_e;     /* largest |e|; NaN if x.n is 0 */
};

/* Counts of quantizing, copied by the pipeline so that metrics do not depend on the stage before them. */
struct metric_counts {
    uint64_t saturated, flushed, nan_in, nan_out, nan_lost, near_ties, codes_used;
    uint64_t scale_saturated, scale_flushed, scale_nan;
    double expected_error; /* sum over the random bits of stochastic rounding */
};

struct metric_input {
    const float *x, *y; /* n elements, C order; y may be x: then only metrics of the input say something */
    size_t n;
    size_t row; /* length of the last axis (1 for rank 0): n is a multiple of it */
    struct metric_moments moments;
    struct metric_counts counts;
};

struct metric {
    const char *name;
    const char *unit;    /* "x" and "x^2" stand for the unit of the tensor and its square, "1" for none */
    const char *formula; /* in terms of x, y, e = y - x; E is the mean over the elements */
    const char *doc;
    const char *better; /* "lower", "higher" or NULL */
    const char *of;     /* "error", "input" or "quantizer" */
    /* NaN (the canonical one) means undefined here (0/0, no elements); infinities are values. The same bits
     * on every machine, except that metrics in dB and nats are as good as its libm. */
    double (*value)(const struct metric_input *in);
};

/* Fills in->moments from x, y, n. */
void metric_moments(struct metric_input *in);

size_t metric_count(void);
const struct metric *metric_at(size_t i);
const struct metric *metric_find(const char *name); /* NULL if unknown */

#endif
