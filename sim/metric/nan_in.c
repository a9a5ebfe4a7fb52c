#include "sim/metric/parts.h"

static double value(const struct metric_input *in)
{
    return (double)in->counts.nan_in;
}

const struct metric metric_nan_in = {
    .name = "nan_in",
    .unit = "count",
    .formula = "elements x that are NaN",
    .doc = "NaN given.",
    .better = NULL,
    .of = "quantizer",
    .needs = METRIC_COUNTS,
    .value = value,
};
