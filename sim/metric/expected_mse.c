#include "sim/metric/parts.h"

static double value(const struct metric_input *in)
{
    return in->theory.mse;
}

const struct metric metric_expected_mse = {
    .name = "expected_mse",
    .unit = "x^2",
    .formula = "E(e^2) over the distribution",
    .doc = "Mean squared error that theory expects of a synthetic tensor, by quadrature over its "
           "distribution (sim/theory). To be "
           "asked for by name. Undefined where the scheme has no model there; a run says why.",
    .better = "lower",
    .of = "theory",
    .needs = METRIC_THEORY,
    .value = value,
};
