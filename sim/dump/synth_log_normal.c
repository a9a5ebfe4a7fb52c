#include <gsl/gsl_cdf.h>

#include "sim/dump/synth.h"

/* The largest quantile at sigma 10 is exp(81.3), inside binary32. */
static double quantile(double p, double parameter)
{
    return gsl_cdf_lognormal_Pinv(p, 0.0, parameter);
}

const struct synth_distribution synth_log_normal = {
    .name = "log-normal",
    .doc = "exp of a normal variable with mean 0: positive values over many octaves",
    .parameter = "standard deviation of the logarithm",
    .parameter_default = 1.0,
    .parameter_min = 0.01,
    .parameter_max = 10.0,
    .quantile = quantile,
};
