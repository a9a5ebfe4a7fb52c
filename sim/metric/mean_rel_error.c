#include "sim/metric/parts.h"

static double value(const struct metric_input *in)
{
    uint64_t terms = in->facts->signal.n - in->facts->signal.zeros;
    return parts_ratio(in->moments.sum_rel_e, (double)terms);
}

const struct metric metric_mean_rel_error = {
    .name = "mean_rel_error",
    .unit = "1",
    .formula = "E(|e| / |x|) over x != 0",
    .doc = "Mean relative error. Elements x = 0 are left out, whatever they became.",
    .better = "lower",
    .of = "error",
    .needs = METRIC_RELATIVE,
    .value = value,
};
