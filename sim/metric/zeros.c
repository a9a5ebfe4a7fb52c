#include "sim/metric/parts.h"

static double value(const struct metric_input *in)
{
    return parts_mean(in, (double)in->facts->signal.zeros);
}

const struct metric metric_zeros = {
    .name = "zeros",
    .unit = "1",
    .formula = "share of x == 0",
    .doc = "Share of zeros (of either sign) among the finite elements.",
    .better = NULL,
    .of = "input",
    .value = value,
};
