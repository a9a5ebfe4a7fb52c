/* Scale rule "ceil-exp". */
#include "formats/scale_log2.h"

static struct number scale(const struct scaling *s, struct number amax, const struct scale_target *t)
{
    struct number scale = scale_log2_power(scale_log2_ceil(s->log2, amax));
    scale.exponent -= number_exponent(t->top);
    return scale;
}

const struct scale_rule scale_rule_ceil_exp = {
    .name = "ceil-exp",
    .doc = "2^(ceil(log2 amax) - emax): the exponent goes up at every fraction bit",
    .citation = "torchao ScaleCalculationMode.CEIL",
    .scale = scale,
    .overflow_is_nan = true,
    .power_of_two = true,
    .takes_log2 = true,
};
