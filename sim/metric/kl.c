#include "sim/metric/parts.h"

static double value(const struct metric_input *in)
{
    const struct metric_signal *x = &in->facts->signal;
    if (x->n == 0)
        return (double)NAN;
    if (in->moments.lost)
        return HUGE_VAL;
    if (x->absmax == 0.0)
        return 0.0;
    double all = (double)x->n + KERNEL_BINS / 2.0;
    struct sum s = {0};
    for (size_t i = 0; i < KERNEL_BINS; i++) {
        double p = (double)in->facts->bins[i] + 0.5, q = (double)in->moments.bins[i] + 0.5;
        sum_add(&s, p / all * log(p / q));
    }
    return sum_value(&s);
}

const struct metric metric_kl = {
    .name = "kl",
    .unit = "nat",
    .formula = "sum p ln(p / q) over 256 equal bins of [-a, a], a = max |x|; p = (count of x + "
               "1/2) / (n + 128), q likewise of y",
    .doc = "Kullback-Leibler divergence of the histogram of y from that of x. A value on an "
           "inner edge counts in the upper bin; y beyond the range counts in the end bins. 0 "
           "where x is all zero, infinite where an element was lost.",
    .better = "lower",
    .of = "error",
    .needs = METRIC_BINS,
    .value = value,
};
