#include "sim/metric/parts.h"

static double value(const struct metric_input *in)
{
    return (double)in->counts.nan_lost;
}

const struct metric metric_nan_lost = {
    .name = "nan_lost",
    .unit = "count",
    .formula = "NaN elements that became numbers",
    .doc = "NaN that became a number, as the format has none.",
    .better = "lower",
    .of = "quantizer",
    .needs = METRIC_COUNTS,
    .value = value,
};
