#include "sim/metric/parts.h"

static double value(const struct metric_input *in)
{
    return 10.0 * log10(parts_ratio(in->theory.power, in->theory.mse));
}

const struct metric metric_expected_sqnr_db = {
    .name = "expected_sqnr_db",
    .unit = "dB",
    .formula = "10 log10(E(x^2) / E(e^2)) over the distribution",
    .doc = "What theory expects sqnr_db to be: mean square of the distribution over expected_mse.",
    .better = "higher",
    .of = "theory",
    .needs = METRIC_THEORY,
    .value = value,
};
