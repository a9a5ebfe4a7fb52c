#include "sim/stat.h"

static float magnitude(const struct stat_input *in)
{
    return in->amax;
}

const struct statistic stat_absmax = {
    .name = "absmax",
    .doc = "largest magnitude: nothing is clipped",
    .citation = "Wu et al., arXiv 2004.09602, section 3.1.2",
    .magnitude = magnitude,
};
