#include "sim/metric/parts.h"

static double value(const struct metric_input *in)
{
    return parts_ratio((double)in->counts.sums_beyond, (double)in->counts.sums_rounded);
}

const struct metric metric_acc_overflow_rate = {
    .name = "acc_overflow_rate",
    .unit = "1",
    .formula = "acc_overflow / roundings",
    .doc = "Probability that a rounding into an accumulator or a result overflows: acc_overflow over all of "
           "them.",
    .better = "lower",
    .of = "accumulator",
    .value = value,
};
