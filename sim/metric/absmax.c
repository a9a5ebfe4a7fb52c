#include "sim/metric/parts.h"

static double value(const struct metric_input *in)
{
    return in->facts->signal.absmax;
}

const struct metric metric_absmax = {
    .name = "absmax",
    .unit = "x",
    .formula = "max |x|",
    .doc = "Largest magnitude.",
    .better = NULL,
    .of = "input",
    .value = value,
};
