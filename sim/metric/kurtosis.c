#include "sim/metric/parts.h"

static double value(const struct metric_input *in)
{
    double variance = parts_mean(in, in->facts->signal.m2);
    return parts_ratio(parts_mean(in, in->facts->signal.m4), variance * variance);
}

const struct metric metric_kurtosis = {
    .name = "kurtosis",
    .unit = "1",
    .formula = "E((x - E(x))^4) / E((x - E(x))^2)^2",
    .doc = "Kurtosis, not reduced by 3: 3 for a normal distribution, large where outliers "
           "carry the variance. Undefined where all x are equal.",
    .better = NULL,
    .of = "input",
    .value = value,
};
