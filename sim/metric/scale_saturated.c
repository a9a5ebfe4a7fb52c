#include "sim/metric/parts.h"

static double value(const struct metric_input *in)
{
    return (double)in->counts.scale_saturated;
}

const struct metric metric_scale_saturated = {
    .name = "scale_saturated",
    .unit = "count",
    .formula = "scales beyond the range of their format",
    .doc = "Scales clamped to the largest value of their format.",
    .better = "lower",
    .of = "quantizer",
    .needs = METRIC_COUNTS,
    .value = value,
};
