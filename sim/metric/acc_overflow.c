#include "sim/metric/parts.h"

static double value(const struct metric_input *in)
{
    return (double)in->counts.sums_beyond;
}

const struct metric metric_acc_overflow = {
    .name = "acc_overflow",
    .unit = "count",
    .formula = "roundings beyond the range",
    .doc = "Roundings into accumulators and results whose sum lay beyond the range: saturated, infinite or "
           "NaN, or wrapped.",
    .better = "lower",
    .of = "accumulator",
    .value = value,
};
