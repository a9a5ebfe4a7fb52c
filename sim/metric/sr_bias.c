#include "sim/metric/parts.h"

static double value(const struct metric_input *in)
{
    return parts_mean(in, in->counts.expected_error);
}

const struct metric metric_sr_bias = {
    .name = "sr_bias",
    .unit = "x",
    .formula = "E(expected e)",
    .doc = "Mean error that theory expects of stochastic rounding, over all values of its random bits and "
           "before "
           "faults: what bias should be. 0 without it.",
    .better = NULL,
    .of = "error",
    .needs = METRIC_EXPECTED,
    .value = value,
};
