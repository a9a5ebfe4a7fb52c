#include "sim/metric/parts.h"

static double value(const struct metric_input *in)
{
    return in->counts.codes_used ? (double)in->counts.codes_used : (double)NAN;
}

const struct metric metric_codes_used = {
    .name = "codes_used",
    .unit = "count",
    .formula = "distinct element codes",
    .doc = "Distinct element codes that occur. Undefined where they were not counted: formats "
           "above 16 bits.",
    .better = NULL,
    .of = "quantizer",
    .needs = METRIC_CODES,
    .value = value,
};
