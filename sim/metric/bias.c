#include "sim/metric/parts.h"

static double value(const struct metric_input *in)
{
    return parts_mean(in, in->moments.sum_e);
}

const struct metric metric_bias = {
    .name = "bias",
    .unit = "x",
    .formula = "E(e)",
    .doc = "Mean error: what does not average out in a long sum.",
    .better = NULL,
    .of = "error",
    .needs = METRIC_MEANS,
    .value = value,
};
