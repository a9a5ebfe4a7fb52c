#include "sim/metric/parts.h"

static double value(const struct metric_input *in)
{
    return parts_ratio((double)in->moments.top_kept, (double)in->moments.top_rows * METRIC_TOP);
}

const struct metric metric_recall10 = {
    .name = "recall10",
    .unit = "1",
    .formula = "share of the 10 largest x of each row along the last axis whose y are among the "
               "10 largest y of the row",
    .doc = "Recall at 10 of a search whose scores are x and are found as y: of a site whose "
           "input are queries and whose weight are documents. Of equal values the first is "
           "larger, NaN is less than all. Undefined in rows of 10 or fewer.",
    .better = "higher",
    .of = "error",
    .needs = METRIC_TOPS,
    .value = value,
};
