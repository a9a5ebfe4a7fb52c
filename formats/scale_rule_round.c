/* Scale rule "round". */
#include "formats/scale_log2.h"

static struct number scale(const struct scaling *s, struct number amax, const struct scale_target *t)
{
    return scale_log2_power(scale_log2_nearest(s->log2, number_div(amax, t->top)));
}

const struct scale_rule scale_rule_round = {
    .name = "round",
    .doc = "2^round(log2(amax / Xmax)): the power of two nearest in the log domain, so some values saturate",
    .citation = "INT v.s. FP, arXiv 2510.25602, rounding option of its code",
    .scale = scale,
    .overflow_is_nan = true,
    .power_of_two = true,
    .takes_log2 = true,
};
