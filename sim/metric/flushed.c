#include "sim/metric/parts.h"

static double value(const struct metric_input *in)
{
    return (double)in->counts.flushed;
}

const struct metric metric_flushed = {
    .name = "flushed",
    .unit = "count",
    .formula = "elements x != 0 that became zero",
    .doc = "Nonzero elements that became zero, by a zero scale too.",
    .better = "lower",
    .of = "quantizer",
    .needs = METRIC_COUNTS,
    .value = value,
};
