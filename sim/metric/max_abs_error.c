#include "sim/metric/parts.h"

static double value(const struct metric_input *in)
{
    return in->moments.max_e;
}

const struct metric metric_max_abs_error = {
    .name = "max_abs_error",
    .unit = "x",
    .formula = "max |e|",
    .doc = "Largest absolute error.",
    .better = "lower",
    .of = "error",
    .needs = METRIC_LARGEST,
    .value = value,
};
