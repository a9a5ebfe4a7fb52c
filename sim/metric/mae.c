#include "sim/metric/parts.h"

static double value(const struct metric_input *in)
{
    return parts_mean(in, in->moments.sum_abs_e);
}

const struct metric metric_mae = {
    .name = "mae",
    .unit = "x",
    .formula = "E(|e|)",
    .doc = "Mean absolute error.",
    .better = "lower",
    .of = "error",
    .needs = METRIC_MEANS,
    .value = value,
};
