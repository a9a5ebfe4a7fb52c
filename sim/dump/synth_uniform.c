#include <gsl/gsl_cdf.h>
#include <math.h>

#include "sim/distribution.h"

static double quantile(double p, double parameter)
{
    (void)parameter;
    return gsl_cdf_flat_Pinv(p, -1.0, 1.0);
}

static double pdf(double x, double parameter)
{
    (void)parameter;
    return fabs(x) <= 1 ? 0.5 : 0;
}

static double lower(double x, double parameter)
{
    (void)parameter;
    return gsl_cdf_flat_P(x, -1.0, 1.0);
}

static double upper(double x, double parameter)
{
    (void)parameter;
    return gsl_cdf_flat_Q(x, -1.0, 1.0);
}

static double mean(double parameter)
{
    (void)parameter;
    return 0;
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
    return 2;
}

const struct distribution distribution_uniform = {
    .name = "uniform",
    .doc = "uniform between -1 and 1",
    .even = true,
    .quantile = quantile,
    .pdf = pdf,
    .lower = lower,
    .upper = upper,
    .mean = mean,
    .power = power,
    .smooth = smooth,
    .support = 1,
};
