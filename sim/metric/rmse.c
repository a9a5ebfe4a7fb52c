#include "sim/metric/parts.h"

static double value(const struct metric_input *in)
{
    return sqrt(parts_mean(in, in->moments.sum_e2));
}

const struct metric metric_rmse = {
    .name = "rmse",
    .unit = "x",
    .formula = "sqrt(E(e^2))",
    .doc = "Root mean squared error.",
    .better = "lower",
    .of = "error",
    .needs = METRIC_SQUARES,
    .value = value,
};
