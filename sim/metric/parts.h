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

/* In bits, of a histogram of n > 0 elements. */
static inline double parts_entropy(const uint64_t bins[static KERNEL_BINS], uint64_t n)
{
    struct sum s = {0};
    for (size_t i = 0; i < KERNEL_BINS; i++) {
        const double p = (double)bins[i] / (double)n;
        sum_add(&s, bins[i] ? -p * log2(p) : 0.0);
    }
    return sum_value(&s);
}

/* sim/metric/spread.c: the median of |x| and channels with outliers. */
void parts_spread_begin(struct metric_spread *s, size_t row);
void parts_spread_first(struct metric_spread *s, const float *x, size_t n);
void parts_spread_turn(struct metric_spread *s);
void parts_spread_second(struct metric_spread *s, const float *x, size_t n);
void parts_spread_end(const struct metric_spread *s, struct metric_facts *out);

/* sim/metric/tops.c: the largest of each row. */
void parts_tops_begin(struct metric_tops *t, size_t row);
void parts_tops_add(struct metric_tops *t, const float *x, const float *y, size_t n);
void parts_tops_join(struct metric_tops *s, const struct metric_tops *t);

#endif
