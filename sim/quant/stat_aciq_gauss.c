/* Statistic "aciq_gauss". The authors' code (submission2019/cnn-quantization, qtypes/int_quantizer.py) clips
 * to m - alpha .. m + alpha, with s the standard deviation with divisor n - 1. */
#include <math.h>

#include "sim/quant/stat_parts.h"

static double solve(const struct format *f, const struct density *d)
{
    return theory_aciq(d, f->bits);
}

static float magnitude(const struct stat_input *in)
{
    double mean = stat_mean(in), s = sqrt(stat_mean_square(in, mean, 1));
    return stat_around(mean, stat_constant(solve, in->element, &density_gaussian) * s);
}

const struct statistic stat_aciq_gauss = {
    .name = "aciq_gauss",
    .doc = "|m| + alpha, m the mean of x and alpha the clip that is best for Gaussian data and 2^bits equal "
           "cells; "
           "s the standard deviation with divisor n - 1; may exceed max |x|",
    .citation = "Banner et al., ACIQ, arXiv 1810.05723",
    .magnitude = magnitude,
};
