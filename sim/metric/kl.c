#include "sim/base/sum.h"
#include "sim/metric/parts.h"

#define BINS 256

static int bin(double v, double range)
{
    double b = (v / range + 1.0) * (BINS / 2);
    return b < 0.0 ? 0 : b >= BINS ? BINS - 1 : (int)b;
}

static double value(const struct metric_input *in)
{
    double range = in->moments.x.absmax;
    if (in->moments.x.n == 0)
        return (double)NAN;
    if (in->moments.lost)
        return HUGE_VAL;
    if (range == 0.0)
        return 0.0;
    uint64_t p[BINS] = {0}, q[BINS] = {0};
    for (size_t i = 0; i < in->n; i++)
        if (parts_keeps(in->x[i], in->y[i])) {
            p[bin((double)in->x[i], range)]++;
            q[bin((double)in->y[i], range)]++;
        }
    double all = (double)in->moments.x.n + BINS / 2.0;
    struct sum s = {0};
    for (int i = 0; i < BINS; i++) {
        double pi = (double)p[i] + 0.5, qi = (double)q[i] + 0.5;
        sum_add(&s, pi / all * log(pi / qi));
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
    .value = value,
};
