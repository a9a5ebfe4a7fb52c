#include "sim/metric/parts.h"

static double value(const struct metric_input *in)
{
    return (double)in->counts.saturated;
}

const struct metric metric_saturated = {
    .name = "saturated",
    .unit = "count",
    .formula = "elements beyond the largest finite value",
    .doc = "Elements that became the largest finite value though they lay beyond it, or "
           "overflowed to Inf or NaN.",
    .better = "lower",
    .of = "quantizer",
    .needs = METRIC_COUNTS,
    .value = value,
};
