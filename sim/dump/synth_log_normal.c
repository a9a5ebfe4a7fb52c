#include <gsl/gsl_cdf.h>
#include <gsl/gsl_randist.h>
#include <math.h>

#include "sim/distribution.h"

/* The largest quantile at sigma 10 is exp(81.3), inside binary32. */
static double quantile(double p, double parameter)
{
    return gsl_cdf_lognormal_Pinv(p, 0.0, parameter);
}

static double pdf(double x, double parameter)
{
    return x > 0 ? gsl_ran_lognormal_pdf(x, 0.0, parameter) : 0;
}

static double lower(double x, double parameter)
{
    return x > 0 ? gsl_cdf_lognormal_P(x, 0.0, parameter) : 0;
}

static double upper(double x, double parameter)
{
    return x > 0 ? gsl_cdf_lognormal_Q(x, 0.0, parameter) : 1;
}

static double mean(double parameter)
{
    return exp(0.5 * parameter * parameter);
}

static double power(double parameter)
{
    return exp(2 * parameter * parameter);
}

/* Singular at 0; the derivative of the logarithm of pdf is -(1 + ln x / sigma^2) / x, and ln x itself is a
 * Gaussian's argument. */
static double smooth(double x, double parameter)
{
    double fall = 4 * x / (1 + (1 + fabs(log(x)) / parameter) / parameter);
    return x <= 0 ? HUGE_VAL : x / 2 < fall ? x / 2 : fall;
}

const struct distribution distribution_log_normal = {
    .name = "log-normal",
    .doc = "exp of a normal variable with mean 0: positive values over many octaves",
    .parameter = "standard deviation of the logarithm",
    .parameter_default = 1.0,
    .parameter_min = 0.01,
    .parameter_max = 10.0,
    .quantile = quantile,
    .pdf = pdf,
    .lower = lower,
    .upper = upper,
    .mean = mean,
    .power = power,
    .smooth = smooth,
    .support = (double)INFINITY,
};
