#include "sim/metric/parts.h"

static double value(const struct metric_input *in)
{
    double rms = sqrt(parts_mean(in, in->facts->signal.sum2));
    return parts_ratio(in->facts->signal.absmax, rms);
}

const struct metric metric_crest = {
    .name = "crest",
    .unit = "1",
    .formula = "max |x| / sqrt(E(x^2))",
    .doc = "Crest factor of the whole tensor. Undefined where x is all zero.",
    .better = NULL,
    .of = "input",
    .value = value,
};
