#include <gsl/gsl_cdf.h>

#include "sim/dump/synth.h"

static double quantile(double p, double parameter)
{
    (void)parameter;
    return gsl_cdf_flat_Pinv(p, -1.0, 1.0);
}

const struct synth_distribution synth_uniform = {
    .name = "uniform",
    .doc = "uniform between -1 and 1",
    .quantile = quantile,
};
