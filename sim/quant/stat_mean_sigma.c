/* Statistic "mean_sigma". */
#include <math.h>

#include "sim/quant/stat_parts.h"

static float magnitude(const struct stat_input *in)
{
    double mean = stat_mean(in);
    return stat_around(mean, in->arg * sqrt(stat_mean_square(in, mean, 1)));
}

const struct statistic stat_mean_sigma = {
    .name = "mean_sigma",
    .doc = "max(|m - k s|, |m + k s|), m the mean of x and s its standard deviation with divisor n - 1; may "
           "exceed max |x|",
    .citation = "Guo et al., OliVe, arXiv 2304.07493 (k = 3; clevercool/ANT-Quantization, "
                "olive_quantization/antquant/quant_modules.py)",
    .arg_doc = "k, standard deviations",
    .arg_default = 3,
    .arg_min = 0,
    .arg_max = 100,
    .magnitude = magnitude,
};
