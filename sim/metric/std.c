#include "sim/metric/parts.h"

static double value(const struct metric_input *in)
{
    return sqrt(parts_mean(in, in->facts->signal.m2));
}

const struct metric metric_std = {
    .name = "std",
    .unit = "x",
    .formula = "sqrt(E((x - E(x))^2))",
    .doc = "Standard deviation of the elements (divided by n).",
    .better = NULL,
    .of = "input",
    .value = value,
};
