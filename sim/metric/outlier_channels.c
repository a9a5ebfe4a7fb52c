#include "sim/metric/parts.h"

static double value(const struct metric_input *in)
{
    return in->facts->outlier_channels;
}

const struct metric metric_outlier_channels = {
    .name = "outlier_channels",
    .unit = "count",
    .formula = "places along the last axis where any |x| >= 6",
    .doc = "Channels that hold an outlier by the threshold of LLM.int8() (Dettmers et al., arXiv "
           "2208.07339). Undefined for axes longer than 65536.",
    .better = NULL,
    .of = "input",
    .value = value,
};
