/* Statistic "aciq_laplace". The authors' code (submission2019/cnn-quantization, qtypes/int_quantizer.py)
 * clips to m - alpha .. m + alpha, with b the mean of |x - m|. */
#include "sim/quant/stat_parts.h"

static double solve(const struct format *f, const struct density *d)
{
    return theory_aciq(d, f->bits);
}

static float magnitude(const struct stat_input *in)
{
    double mean = stat_mean(in), b = stat_mean_distance(in, mean);
    return stat_around(mean, stat_constant(solve, in->element, &density_laplace) * b);
}

const struct statistic stat_aciq_laplace = {
    .name = "aciq_laplace",
    .doc = "|m| + alpha, m the mean of x and alpha the clip that is best for Laplace data and 2^bits equal "
           "cells; "
           "b the mean of |x - m|; may exceed max |x|",
    .citation = "Banner et al., ACIQ, arXiv 1810.05723",
    .magnitude = magnitude,
};
