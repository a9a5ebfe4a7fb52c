#include <gsl/gsl_cdf.h>

#include "sim/dump/synth.h"

static double quantile(double p, double parameter)
{
    (void)parameter;
    return gsl_cdf_ugaussian_Pinv(p);
}

const struct synth_distribution synth_gaussian = {
    .name = "gaussian",
    .doc = "normal distribution with standard deviation 1",
    .quantile = quantile,
};
