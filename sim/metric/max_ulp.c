#include "sim/metric/parts.h"

static double value(const struct metric_input *in)
{
    return in->moments.max_ulp;
}

const struct metric metric_max_ulp = {
    .name = "max_ulp",
    .unit = "ulp",
    .formula = "max |o(y) - o(x)|, o(v) = place of v on the ordered line of binary32 values",
    .doc = "Largest distance from x to y counted in steps between neighbouring binary32 "
           "values, subnormal ones included; -0 and +0 are one place. Infinite where an element was lost.",
    .better = "lower",
    .of = "error",
    .needs = METRIC_ULPS,
    .value = value,
};
