/* Metrics: one named number about a tensor x, its quantized image y, and what quantizing did. One file and
 * one line in sim/metric/registry.def each.
 *
 * What the input alone decides, the facts, is computed once for each tensor, in two passes over x; what y
 * decides, the errors, in one pass over x and y for each scheme. Both take tiles of any length, in element
 * order, and no array is held whole. */
#ifndef SIM_METRIC_METRIC_H
#define SIM_METRIC_METRIC_H

#include <stddef.h>
#include <stdint.h>

#include "sim/base/sum.h"
#include "sim/kernels/kernels.h"

/* Sums over the finite elements x (sim/base/sum.h: a fixed shape, terms in element order; an element that is
 * not finite is a term 0, so the shape depends on the number of elements alone). x^2 and x^4 neither overflow
 * nor underflow. */
struct metric_signal {
    uint64_t n;       /* elements summed */
    uint64_t zeros;   /* of them, x == 0 */
    double sum, sum2; /* of x and of x^2 */
    double lo, hi;    /* smallest and largest x; NaN if n is 0 */
    double absmax;    /* largest |x|; NaN if n is 0 */
    double mean;      /* sum / n; NaN if n is 0 */
    double m2, m4;    /* sum (x - mean)^2 and ^4, in the second pass */
};

/* What a tensor is, whatever becomes of it: shared by all schemes. */
struct metric_facts {
    uint64_t n;
    uint64_t excluded; /* elements that are not finite: they have no error */
    uint64_t nan;      /* of them */
    struct metric_signal signal;
    /* Mean over the blocks of 16 or 32 elements along the last axis of max|x| / rms; NaN without one. Left
     * out: a shorter rest, blocks that are all zero, blocks with an element that is not finite. */
    double crest_block16, crest_block32;
    uint64_t bins[KERNEL_BINS]; /* of x over [-absmax, absmax]; none if that is 0 */
    size_t row;                 /* length of the last axis */
    /* The median of the finite |x|, of two middle ones the smaller, cut to METRIC_MEDIAN_BITS bits; NaN
     * without one. */
    double median_abs;
    /* Places along the last axis where any |x| is 6 or more; NaN where it is longer than METRIC_CHANNELS. */
    double outlier_channels;
};

/* The two passes: begin, add all tiles, turn, add all tiles again, end. */
struct metric_blocks {
    size_t row, at;
    float held[32]; /* the block that a tile broke off, its first at % 32 elements */
    struct sum crest16, crest32;
    uint64_t n16, n32;
};
#define METRIC_MEDIAN_BITS 19 /* with the leading one */
#define METRIC_CHANNELS    65536
struct metric_spread {
    uint64_t coarse[1 << 12]; /* of |x| by exponent and 4 bits of the fraction, in the first pass */
    uint64_t fine[1 << 14];   /* by 14 bits more, of those in the bucket of the median, in the second */
    uint32_t bucket;
    uint64_t rank; /* of the median within the bucket; UINT64_MAX: there is none */
    size_t row, at;
    uint64_t channel[METRIC_CHANNELS / 64]; /* one bit each */
};
struct metric_passes {
    bool second;
    struct metric_spread spread;
    struct kernel_signal signal;
    struct kernel_deviations deviations;
    struct kernel_bins bins;
    struct metric_blocks blocks;
    struct metric_facts facts;
};
/* `row`: length of the last axis (1 for rank 0); the number of elements is a multiple of it. */
void metric_facts_begin(struct metric_passes *p, size_t row);
void metric_facts_add(struct metric_passes *p, const float *x, size_t n);
void metric_facts_turn(struct metric_passes *p);
void metric_facts_end(const struct metric_passes *p, struct metric_facts *out);
/* The same for an array in memory. */
void metric_facts_of(const float *x, size_t n, size_t row, struct metric_facts *out);

/* What a metric needs of the errors, besides the facts; and of the counts. */
enum {
    METRIC_SQUARES = 1 << 0,    /* sum_e2 and lost; every other need brings them too */
    METRIC_MEANS = 1 << 1,      /* sum_e, sum_abs_e */
    METRIC_PRODUCTS = 1 << 2,   /* sum_xy, sum_y2 */
    METRIC_RELATIVE = 1 << 3,   /* sum_rel_e */
    METRIC_ULPS = 1 << 4,       /* max_ulp */
    METRIC_BINS = 1 << 5,       /* bins */
    METRIC_LARGEST = 1 << 6,    /* max_e */
    METRIC_TOPS = 1 << 7,       /* top_rows, top_kept */
    METRIC_SUMS = (1 << 8) - 1, /* all of these */
    /* no sums: */
    METRIC_COUNTS = 1 << 8,    /* counts, but the two that follow */
    METRIC_CODES = 1 << 9,     /* counts.codes_used */
    METRIC_EXPECTED = 1 << 10, /* counts.expected_error */
    METRIC_THEORY = 1 << 11,   /* theory */
};

/* Sums over x and its image y, e = y - x in binary64: exact where y is 0 or |x| and |y| are within a factor
 * of 2^28, else rounded once. Excluded elements have no error. Where x is finite and y is not, the element is
 * `lost` and its error infinite: then sum_e2, sum_abs_e, sum_rel_e, max_e, max_ulp and sum_y2 are infinite,
 * and sum_e and sum_xy undefined. What was not needed is undefined (NaN; bins 0). */
struct metric_moments {
    uint64_t lost;
    double sum_e2;
    double sum_e, sum_abs_e;
    double max_e; /* largest |e|; NaN if no element is finite */
    double sum_xy, sum_y2;
    double sum_rel_e;            /* sum of |e| / |x| over x != 0: signal.n - signal.zeros terms */
    double max_ulp;              /* as max_e, in places on the ordered line of binary32 values */
    uint64_t bins[KERNEL_BINS];  /* of y, as those of x; what lies beyond counts in the end bins */
    uint64_t top_rows, top_kept; /* rows; of their METRIC_TOP largest x, those whose y are among theirs */
};

/* Counts of quantizing, copied by the pipeline so that metrics do not depend on the stage before them. */
struct metric_counts {
    uint64_t saturated, flushed, nan_in, nan_out, nan_lost, near_ties, codes_used;
    uint64_t scale_saturated, scale_flushed, scale_nan;
    double expected_error;              /* sum over the random bits of stochastic rounding */
    uint64_t sums_rounded, sums_beyond; /* roundings into accumulators and results; beyond their range */
    uint64_t sums_flipped;              /* bits of accumulators flipped by faults */
};

/* What theory expects, copied by the pipeline likewise; NaN where it has no model. */
struct metric_theory {
    double mse, power, variance; /* E e^2, E x^2, of x */
};

struct metric_input {
    struct metric_theory theory;
    const struct metric_facts *facts;
    struct metric_moments moments;
    struct metric_counts counts;
};

struct metric {
    const char *name;
    const char *unit;    /* "x" and "x^2" stand for the unit of the tensor and its square, "1" for none */
    const char *formula; /* in terms of x, y, e = y - x; E is the mean over the elements */
    const char *doc;
    const char *better; /* "lower", "higher" or NULL */
    const char *of;     /* "error", "input", "quantizer", "theory" or "accumulator" */
    unsigned needs;     /* METRIC_ flags: what `value` reads of the moments */
    /* NaN (the canonical one) means undefined here (0/0, no elements); infinities are values. The same bits
     * on every machine, except that metrics in dB and nats are as good as its libm. */
    double (*value)(const struct metric_input *in);
};

/* The largest of each row, of x and of y. NaN is less than all others; of equal ones the first is larger. */
#define METRIC_TOP 10
struct metric_top {
    struct metric_largest {
        size_t n;
        float value[METRIC_TOP]; /* falling */
        size_t place[METRIC_TOP];
    } x, y;
};
struct metric_tops {
    size_t row, at; /* place of the next element in its row */
    bool whole;     /* `now` has its row from the start */
    bool has_head;
    struct metric_top head; /* the end of a row that began before the elements here */
    struct metric_top now;
    uint64_t rows, kept;
};

/* The pass over x and y. `needs` is the union over the metrics; begin, add all tiles, end. */
struct metric_errors {
    unsigned needs;
    const struct metric_facts *facts;
    struct kernel_errors sums;
    struct kernel_bins bins;
    struct metric_tops tops;
};
unsigned metric_needs(const struct metric *const *metrics, size_t n);
/* `facts` are those of x; they must live as long as the input that metric_errors_end fills. */
void metric_errors_begin(struct metric_errors *s, unsigned needs, const struct metric_facts *facts);
void metric_errors_add(struct metric_errors *s, const float *x, const float *y, size_t n);
/* Says before the first tile that it begins with element `first`, not 0. */
void metric_errors_start(struct metric_errors *s, size_t first);
/* Adds the elements of t, begun alike, after those of s; how many s may hold says sum_join. */
void metric_errors_join(struct metric_errors *s, const struct metric_errors *t);
/* Fills in->facts and in->moments. */
void metric_errors_end(const struct metric_errors *s, struct metric_input *in);

size_t metric_count(void);
/* The first so many are those of tensors. Those that follow, up to the second number, are what theory expects
 * of synthetic tensors, and nobody gets them unasked. The others, of accumulators, only sites have. */
size_t metric_tensor_count(void);
size_t metric_drawn_count(void);
const struct metric *metric_at(size_t i);
const struct metric *metric_find(const char *name); /* NULL if unknown */

#endif
