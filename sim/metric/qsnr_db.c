#include "sim/metric/parts.h"

static double value(const struct metric_input *in)
{
    return 10.0 * log10(parts_ratio(in->facts->signal.m2, in->moments.sum_e2));
}

const struct metric metric_qsnr_db = {
    .name = "qsnr_db",
    .unit = "dB",
    .formula = "10 log10(E((x - E(x))^2) / E(e^2))",
    .doc = "As sqnr_db, but the signal is the variance of x: a mean that all elements share "
           "is no signal. Equal to sqnr_db for x of mean zero, lower otherwise.",
    .better = "higher",
    .of = "error",
    .needs = METRIC_SQUARES,
    .value = value,
};
