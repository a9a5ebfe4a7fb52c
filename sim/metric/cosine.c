#include "sim/metric/parts.h"

static double value(const struct metric_input *in)
{
    /* sqrt(a * a) is a for a sum of squares of binary32 values, so y = x gives exactly 1; rounding of the
     * sums could lead beyond 1 by an ulp otherwise. */
    double c = parts_ratio(in->moments.sum_xy, sqrt(in->facts->signal.sum2 * in->moments.sum_y2));
    return c > 1.0 ? 1.0 : c < -1.0 ? -1.0 : c;
}

const struct metric metric_cosine = {
    .name = "cosine",
    .unit = "1",
    .formula = "sum(x y) / sqrt(sum(x^2) sum(y^2))",
    .doc = "Cosine of the angle between x and y as vectors, 1 for equal directions. Undefined "
           "where either is all zero.",
    .better = "higher",
    .of = "error",
    .needs = METRIC_PRODUCTS,
    .value = value,
};
