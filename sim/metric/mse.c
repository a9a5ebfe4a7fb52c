#include "sim/metric/parts.h"

static double value(const struct metric_input *in)
{
    return parts_mean(in, in->moments.sum_e2);
}

const struct metric metric_mse = {
    .name = "mse",
    .unit = "x^2",
    .formula = "E(e^2)",
    .doc = "Mean squared error.",
    .better = "lower",
    .of = "error",
    .needs = METRIC_SQUARES,
    .value = value,
};
