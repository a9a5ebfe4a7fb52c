#include <gsl/gsl_cdf.h>
#include <math.h>

#include "sim/distribution.h"

static double quantile(double p, double parameter)
{
    (void)parameter;
    return gsl_cdf_flat_Pinv(p, 0.0, 1.0);
}

static double pdf(double x, double parameter)
{
    (void)parameter;
    return x >= 0 && x <= 1;
}

static double lower(double x, double parameter)
{
    (void)parameter;
    return gsl_cdf_flat_P(x, 0.0, 1.0);
}

static double upper(double x, double parameter)
{
    (void)parameter;
    return gsl_cdf_flat_Q(x, 0.0, 1.0);
}

static double mean(double parameter)
{
    (void)parameter;
    return .5;
}

static double power(double parameter)
{
    (void)parameter;
    return 1.0 / 3;
}

static double smooth(double x, double parameter)
{
    (void)x;
    (void)parameter;
    return 1;
}

const struct distribution distribution_standard_uniform = {
    .name = "standard-uniform",
    .doc = "uniform between 0 and 1: positive values",
    .quantile = quantile,
    .pdf = pdf,
    .lower = lower,
    .upper = upper,
    .mean = mean,
    .power = power,
    .smooth = smooth,
    .support = 1,
};
