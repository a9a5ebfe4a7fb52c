#include "sim/metric/parts.h"

static double value(const struct metric_input *in)
{
    return parts_ratio(in->facts->signal.absmax, in->facts->median_abs);
}

const struct metric metric_massive = {
    .name = "massive",
    .unit = "1",
    .formula = "max |x| / median(|x|)",
    .doc = "How far the largest activation stands above the usual one (Sun et al., Massive "
           "Activations in Large Language Models, arXiv 2402.17762: massive from 1000 on, and "
           "|x| above 100). Of two middle elements the smaller is the median, which is cut to 19 "
           "bits. Undefined where it is 0 and so is x.",
    .better = NULL,
    .of = "input",
    .value = value,
};
