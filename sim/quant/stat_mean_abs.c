/* Statistic "mean_abs". */
#include "sim/quant/stat_parts.h"

static float magnitude(const struct stat_input *in)
{
    return stat_to_f32(stat_mean_distance(in, 0));
}

const struct statistic stat_mean_abs = {
    .name = "mean_abs",
    .doc = "mean of |x|: the best scale of binary weights -1 and 1",
    .citation = "Rastegari et al., XNOR-Net, arXiv 1603.05279, section 3.1",
    .magnitude = magnitude,
};
