#include "sim/metric/parts.h"

static double value(const struct metric_input *in)
{
    return 0.5 * log2(parts_ratio(in->theory.variance, in->theory.mse));
}

const struct metric metric_expected_bits = {
    .name = "expected_bits",
    .unit = "bits",
    .formula = "log2(sigma / sqrt(E(e^2))) over the distribution",
    .doc = "Bits of accuracy that theory expects (FP8 versus INT8, Figure 5): the standard deviation of the "
           "distribution over the "
           "root of expected_mse.",
    .better = "higher",
    .of = "theory",
    .needs = METRIC_THEORY,
    .value = value,
};
