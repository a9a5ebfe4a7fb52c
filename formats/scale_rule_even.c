/* Scale rule "even". */
#include "formats/scaling.h"

/* The exponent goes up when the significand 1.f of amax is at least 2 - 2^-(m+1), m the fraction bits of the
 * element. */
static struct number scale(const struct scaling *s, struct number amax, const struct scale_target *t)
{
    (void)s;
    bool up = amax.significand >= 0 - (UINT64_C(1) << (62 - t->fraction_bits));
    return number_pow2(number_exponent(amax) + up - number_exponent(t->top));
}

const struct scale_rule scale_rule_even = {
    .name = "even",
    .doc = "floor rule after amax is rounded, half up, to the element's fraction bits",
    .citation = "torchao ScaleCalculationMode.EVEN",
    .scale = scale,
    .overflow_is_nan = true,
    .power_of_two = true,
};
