#include <gsl/gsl_cdf.h>
#include <math.h>

#include "sim/distribution.h"

static double quantile(double p, double parameter)
{
    (void)parameter;
    return gsl_cdf_laplace_Pinv(p, 1.0);
}

static double pdf(double x, double parameter)
{
    (void)parameter;
    return 0.5 * exp(-fabs(x));
}

static double lower(double x, double parameter)
{
    (void)parameter;
    return gsl_cdf_laplace_P(x, 1.0);
}

static double upper(double x, double parameter)
{
    (void)parameter;
    return gsl_cdf_laplace_Q(x, 1.0);
}

static double mean(double parameter)
{
    (void)parameter;
    return 0;
}

static double power(double parameter)
{
    (void)parameter;
    return 2;
}

static double smooth(double x, double parameter)
{
    (void)x;
    (void)parameter;
    return 4;
}

const struct distribution distribution_laplace = {
    .name = "laplace",
    .doc = "two-sided exponential distribution, density exp(-|x|)/2; standard deviation sqrt(2)",
    .even = true,
    .quantile = quantile,
    .pdf = pdf,
    .lower = lower,
    .upper = upper,
    .mean = mean,
    .power = power,
    .smooth = smooth,
    .support = (double)INFINITY,
};
