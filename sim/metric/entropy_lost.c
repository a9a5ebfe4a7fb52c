#include "sim/metric/parts.h"

static double value(const struct metric_input *in)
{
    const struct metric_signal *x = &in->facts->signal;
    if (x->n == 0)
        return (double)NAN;
    if (in->moments.lost)
        return HUGE_VAL;
    return x->absmax == 0.0 ? 0.0
                            : parts_entropy(in->facts->bins, x->n) - parts_entropy(in->moments.bins, x->n);
}

const struct metric metric_entropy_lost = {
    .name = "entropy_lost",
    .unit = "bit",
    .formula = "entropy of x - entropy of y, both over the 256 bins of kl",
    .doc = "What quantizing takes from the entropy of the histogram; negative where y spreads "
           "more evenly over the bins. Infinite where an element was lost.",
    .better = NULL,
    .of = "error",
    .needs = METRIC_BINS,
    .value = value,
};
