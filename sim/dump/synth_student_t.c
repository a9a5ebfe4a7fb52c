#include <gsl/gsl_cdf.h>

#include "sim/dump/synth.h"

/* The lower half is mirrored, so that both tails are equally fine. With one degree of freedom (Cauchy) the
 * general function loses all digits of the far tail to cancellation; below about 0.81 degrees of freedom its
 * iteration fails for some p, hence the least parameter (GSL 2.7). */
static double quantile(double p, double parameter)
{
    if (p > 0.5)
        return -quantile(1 - p, parameter);
    return parameter > 1 ? gsl_cdf_tdist_Pinv(p, parameter) : gsl_cdf_cauchy_Pinv(p, 1.0);
}

const struct synth_distribution synth_student_t = {
    .name = "student-t",
    .doc = "Student's t distribution: heavy tails, the heavier the fewer degrees of freedom",
    .parameter = "degrees of freedom",
    .parameter_default = 4.0,
    .parameter_min = 1.0,
    .parameter_max = 1e6,
    .quantile = quantile,
};
