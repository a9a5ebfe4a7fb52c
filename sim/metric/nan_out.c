#include "sim/metric/parts.h"

static double value(const struct metric_input *in)
{
    return (double)in->counts.nan_out;
}

const struct metric metric_nan_out = {
    .name = "nan_out",
    .unit = "count",
    .formula = "elements y that are NaN",
    .doc = "NaN after dequantizing, by poisoned blocks too.",
    .better = "lower",
    .of = "quantizer",
    .needs = METRIC_COUNTS,
    .value = value,
};
