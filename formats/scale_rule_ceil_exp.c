/* Scale rule "ceil-exp". */
#include "formats/scaling.h"

static struct number scale(const struct scaling *s, struct number amax, const struct scale_target *t)
{
    (void)s;
    bool power_of_two = amax.significand == UINT64_C(1) << 63 && !amax.sticky;
    return number_pow2(number_exponent(amax) + !power_of_two - number_exponent(t->top));
}

const struct scale_rule scale_rule_ceil_exp = {
    .name = "ceil-exp",
    .doc = "2^(ceil(log2 amax) - emax): the exponent goes up at every fraction bit",
    .citation = "torchao ScaleCalculationMode.CEIL",
    .scale = scale,
    .overflow_is_nan = true,
    .power_of_two = true,
};
