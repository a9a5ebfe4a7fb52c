#include "sim/metric/parts.h"

static double value(const struct metric_input *in)
{
    return sqrt(parts_mean(in, in->facts->signal.sum2));
}

const struct metric metric_rms = {
    .name = "rms",
    .unit = "x",
    .formula = "sqrt(E(x^2))",
    .doc = "Root mean square.",
    .better = NULL,
    .of = "input",
    .value = value,
};
