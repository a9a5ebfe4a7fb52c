#include "sim/metric/parts.h"

static double value(const struct metric_input *in)
{
    return parts_ratio(in->moments.sum_e2, in->facts->signal.sum2);
}

const struct metric metric_nmse = {
    .name = "nmse",
    .unit = "1",
    .formula = "sum(e^2) / sum(x^2)",
    .doc = "Mean squared error over the mean square of x. Infinite where only x is all zero.",
    .better = "lower",
    .of = "error",
    .needs = METRIC_SQUARES,
    .value = value,
};
