#include "sim/metric/parts.h"

static double value(const struct metric_input *in)
{
    return (double)in->counts.near_ties;
}

const struct metric metric_near_ties = {
    .name = "near_ties",
    .unit = "count",
    .formula = "elements within 2^-24 of themselves from a rounding boundary",
    .doc = "Elements so near to a midpoint that another order of operations may round them "
           "the other way: where implementations differ.",
    .better = NULL,
    .of = "quantizer",
    .needs = METRIC_COUNTS,
    .value = value,
};
