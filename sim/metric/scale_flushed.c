#include "sim/metric/parts.h"

static double value(const struct metric_input *in)
{
    return (double)in->counts.scale_flushed;
}

const struct metric metric_scale_flushed = {
    .name = "scale_flushed",
    .unit = "count",
    .formula = "scales that became zero",
    .doc = "Scales of blocks with nonzero elements that became zero.",
    .better = "lower",
    .of = "quantizer",
    .needs = METRIC_COUNTS,
    .value = value,
};
