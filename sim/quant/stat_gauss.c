/* Statistic "gauss". */
#include <math.h>

#include "sim/quant/stat_parts.h"

static float magnitude(const struct stat_input *in)
{
    double most = stat_constant(theory_best_magnitude, in->element, &density_gaussian);
    return most > 0    ? stat_to_f32(most * sqrt(stat_mean_square(in, 0, 0)))
           : most == 0 ? in->amax
                       : (float)most;
}

const struct statistic stat_gauss = {
    .name = "gauss",
    .doc =
        "the magnitude whose scale is best for Gaussian data and the values of the element, solved from the "
        "expected error of every cell, times the root mean square of x; elements of more than 16 bits: max "
        "|x|",
    .citation =
        "Panferov et al., QuEST, arXiv 2502.05003 (there for equally spaced values and, in the code, E2M1)",
    .magnitude = magnitude,
};
