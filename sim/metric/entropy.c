#include "sim/metric/parts.h"

static double value(const struct metric_input *in)
{
    const struct metric_signal *x = &in->facts->signal;
    return x->n == 0 ? (double)NAN : x->absmax == 0.0 ? 0.0 : parts_entropy(in->facts->bins, x->n);
}

const struct metric metric_entropy = {
    .name = "entropy",
    .unit = "bit",
    .formula = "- sum p log2 p over 256 equal bins of [-a, a], a = max |x|; p = count of x / n",
    .doc = "Entropy of the histogram of x, in the bins of kl: what few bits must tell apart. 0 "
           "where x is all zero.",
    .better = NULL,
    .of = "input",
    .value = value,
};
