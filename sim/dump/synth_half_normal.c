#include <gsl/gsl_cdf.h>
#include <gsl/gsl_randist.h>
#include <math.h>

#include "sim/distribution.h"

/* By the upper tail of the normal distribution, which keeps the digits of large values. */
static double quantile(double p, double parameter)
{
    (void)parameter;
    return gsl_cdf_ugaussian_Qinv(.5 * (1 - p));
}

static double pdf(double x, double parameter)
{
    (void)parameter;
    return x >= 0 ? 2 * gsl_ran_ugaussian_pdf(x) : 0;
}

/* P(|Z| <= x) = erf(x / sqrt 2), which is accurate near 0, too. */
static double lower(double x, double parameter)
{
    (void)parameter;
    return x > 0 ? erf(x * M_SQRT1_2) : 0;
}

static double upper(double x, double parameter)
{
    (void)parameter;
    return x > 0 ? 2 * gsl_cdf_ugaussian_Q(x) : 1;
}

static double mean(double parameter)
{
    (void)parameter;
    return M_SQRT2 / sqrt(M_PI);
}

static double power(double parameter)
{
    (void)parameter;
    return 1;
}

/* As for the normal distribution. */
static double smooth(double x, double parameter)
{
    (void)parameter;
    return 4 / (1 + fabs(x));
}

const struct distribution distribution_half_normal = {
    .name = "half-normal",
    .doc = "magnitudes of the normal distribution with standard deviation 1: positive values",
    .quantile = quantile,
    .pdf = pdf,
    .lower = lower,
    .upper = upper,
    .mean = mean,
    .power = power,
    .smooth = smooth,
    .support = (double)INFINITY,
};
