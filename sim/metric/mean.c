#include "sim/metric/parts.h"

static double value(const struct metric_input *in)
{
    return in->facts->signal.mean;
}

const struct metric metric_mean = {
    .name = "mean",
    .unit = "x",
    .formula = "E(x)",
    .doc = "Mean.",
    .better = NULL,
    .of = "input",
    .value = value,
};
