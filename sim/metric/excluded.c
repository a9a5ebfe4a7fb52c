#include "sim/metric/parts.h"

static double value(const struct metric_input *in)
{
    return (double)in->facts->excluded;
}

const struct metric metric_excluded = {
    .name = "excluded",
    .unit = "count",
    .formula = "elements where x is not finite",
    .doc = "Elements that the metrics of the error leave out: x is NaN or infinite.",
    .of = "input",
    .value = value,
};
