#include "sim/metric/parts.h"

static double value(const struct metric_input *in)
{
    return (double)in->counts.scale_nan;
}

const struct metric metric_scale_nan = {
    .name = "scale_nan",
    .unit = "count",
    .formula = "scales that are NaN",
    .doc = "Scales that are NaN: their blocks hold NaN or Inf, or the scale overflowed.",
    .better = "lower",
    .of = "quantizer",
    .needs = METRIC_COUNTS,
    .value = value,
};
