/* Statistic "laplace". */
#include "sim/quant/stat_parts.h"

static float magnitude(const struct stat_input *in)
{
    double most = stat_constant(theory_best_magnitude, in->element, &density_laplace);
    return most > 0 ? stat_to_f32(most * stat_mean_distance(in, 0)) : most == 0 ? in->amax : (float)most;
}

const struct statistic stat_laplace = {
    .name = "laplace",
    .doc =
        "the magnitude whose scale is best for Laplace data and the values of the element, solved from the "
        "expected error of every cell, times the mean of |x|; elements of more than 16 bits: max |x|",
    .citation = "the same principle as \"gauss\" for the Laplace distribution",
    .magnitude = magnitude,
};
