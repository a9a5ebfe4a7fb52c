#include "sim/metric/parts.h"

static double value(const struct metric_input *in)
{
    return 10.0 * log10(parts_ratio(in->facts->signal.sum2, in->moments.sum_e2));
}

const struct metric metric_sqnr_db = {
    .name = "sqnr_db",
    .unit = "dB",
    .formula = "10 log10(sum(x^2) / sum(e^2))",
    .doc = "Signal to quantization noise ratio: the signal is the mean square of x, its mean "
           "included. Infinite where nothing was lost; undefined where x and e are both all "
           "zero. Compare qsnr_db (variance of x) and neg_mse_db (no signal).",
    .better = "higher",
    .of = "error",
    .needs = METRIC_SQUARES,
    .value = value,
};
