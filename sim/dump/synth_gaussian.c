#include <gsl/gsl_cdf.h>
#include <gsl/gsl_randist.h>
#include <math.h>

#include "sim/distribution.h"

static double quantile(double p, double parameter)
{
    (void)parameter;
    return gsl_cdf_ugaussian_Pinv(p);
}

static double pdf(double x, double parameter)
{
    (void)parameter;
    return gsl_ran_ugaussian_pdf(x);
}

static double lower(double x, double parameter)
{
    (void)parameter;
    return gsl_cdf_ugaussian_P(x);
}

static double upper(double x, double parameter)
{
    (void)parameter;
    return gsl_cdf_ugaussian_Q(x);
}

static double mean(double parameter)
{
    (void)parameter;
    return 0;
}

static double power(double parameter)
{
    (void)parameter;
    return 1;
}

/* pdf(x + t) is pdf(x) exp(-x t - t^2 / 2). */
static double smooth(double x, double parameter)
{
    (void)parameter;
    return 4 / (1 + fabs(x));
}

const struct distribution distribution_gaussian = {
    .name = "gaussian",
    .doc = "normal distribution with standard deviation 1",
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
