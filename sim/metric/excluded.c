#include "sim/metric/parts.h"

static double value(const struct metric_input *in)
{
    return (double)in->moments.excluded;
}

const struct metric metric_excluded = {
    .name = "excluded",
    .unit = "count",
    .formula = "elements where x or y is not finite",
    .doc = "Elements that the metrics of the error leave out: x or y is NaN or infinite.",
    .better = "lower",
    .of = "error",
    .value = value,
};
