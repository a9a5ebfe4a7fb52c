#include <gsl/gsl_cdf.h>

#include "sim/dump/synth.h"

static double quantile(double p, double parameter)
{
    (void)parameter;
    return gsl_cdf_laplace_Pinv(p, 1.0);
}

const struct synth_distribution synth_laplace = {
    .name = "laplace",
    .doc = "two-sided exponential distribution, density exp(-|x|)/2; standard deviation sqrt(2)",
    .quantile = quantile,
};
