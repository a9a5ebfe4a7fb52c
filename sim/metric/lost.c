#include "sim/metric/parts.h"

static double value(const struct metric_input *in)
{
    return (double)in->moments.lost;
}

const struct metric metric_lost = {
    .name = "lost",
    .unit = "count",
    .formula = "elements where x is finite and y is not",
    .doc = "Elements that became NaN or infinite. Their error is infinite, so one of them makes mse and mae "
           "infinite, "
           "sqnr_db -infinity, and cosine and bias undefined.",
    .better = "lower",
    .of = "error",
    .needs = METRIC_SQUARES,
    .value = value,
};
