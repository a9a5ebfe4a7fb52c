#include "sim/metric/parts.h"

static double value(const struct metric_input *in)
{
    return -10.0 * log10(parts_mean(in, in->moments.sum_e2));
}

const struct metric metric_neg_mse_db = {
    .name = "neg_mse_db",
    .unit = "dB",
    .formula = "-10 log10(E(e^2))",
    .doc = "Mean squared error in dB below 1, not normalised by the signal: only tensors of "
           "one scale compare.",
    .better = "higher",
    .of = "error",
    .needs = METRIC_SQUARES,
    .value = value,
};
