#include "sim/metric/parts.h"

static double value(const struct metric_input *in)
{
    return in->facts->crest_block16;
}

const struct metric metric_crest_block16 = {
    .name = "crest_block16",
    .unit = "1",
    .formula = "mean over blocks of 16 along the last axis of max |x| / sqrt(E(x^2)) of the block",
    .doc = "Crest factor of blocks that share a scale. Left out: the shorter rest of a row, "
           "blocks that are all zero, blocks with a value that is not finite.",
    .better = NULL,
    .of = "input",
    .value = value,
};
