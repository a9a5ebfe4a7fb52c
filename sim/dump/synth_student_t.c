#include <gsl/gsl_cdf.h>
#include <gsl/gsl_randist.h>
#include <math.h>

#include "sim/distribution.h"

/* The lower half is mirrored, so that both tails are equally fine. With one degree of freedom (Cauchy) the
 * general function loses all digits of the far tail to cancellation; below about 0.81 degrees of freedom its
 * iteration fails for some p, hence the least parameter (GSL 2.7). */
static double quantile(double p, double parameter)
{
    if (p > 0.5)
        return -quantile(1 - p, parameter);
    return parameter > 1 ? gsl_cdf_tdist_Pinv(p, parameter) : gsl_cdf_cauchy_Pinv(p, 1.0);
}

static double pdf(double x, double parameter)
{
    return gsl_ran_tdist_pdf(x, parameter);
}

static double lower(double x, double parameter)
{
    return gsl_cdf_tdist_P(x, parameter);
}

static double upper(double x, double parameter)
{
    return gsl_cdf_tdist_Q(x, parameter);
}

static double mean(double parameter)
{
    return parameter > 1 ? 0 : (double)NAN;
}

static double power(double parameter)
{
    return parameter > 2 ? parameter / (parameter - 2) : (double)INFINITY;
}

/* (1 + x^2 / nu)^(-(nu + 1) / 2) has its singularities at +-i sqrt nu, and near x it falls as
 * exp(-(nu + 1) x t / (nu + x^2)). */
static double smooth(double x, double parameter)
{
    double radius = sqrt(parameter + x * x);
    double fall = 4 / (1 + (parameter + 1) * fabs(x) / (radius * radius));
    return radius / 2 < fall ? radius / 2 : fall;
}

const struct distribution distribution_student_t = {
    .name = "student-t",
    .doc = "Student's t distribution: heavy tails, the heavier the fewer degrees of freedom",
    .parameter = "degrees of freedom",
    .parameter_default = 4.0,
    .parameter_min = 1.0,
    .parameter_max = 1e6,
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
