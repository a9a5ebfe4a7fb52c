#include "sim/metric/parts.h"

static double value(const struct metric_input *in)
{
    return (double)in->counts.sums_flipped;
}

const struct metric metric_acc_flipped = {
    .name = "acc_flipped",
    .unit = "count",
    .formula = "bits flipped",
    .doc = "Bits of accumulators that faults (flip= in mac) turned.",
    .better = NULL,
    .of = "accumulator",
    .value = value,
};
