/* Scale rule "even". */
#include "formats/scaling.h"

/* The exponent goes up when the significand 1.f of amax is at least 2 - 2^-(m+1), m the fraction bits of the
 * element. */
static struct number scale(struct number amax, const struct format *element)
{
    int m = element->family == &family_float ? element->precision - 1 : element->bits - 2;
    bool up = amax.significand >= 0 - (UINT64_C(1) << (62 - m));
    return number_pow2(number_exponent(amax) + up - number_exponent(format_max(element)));
}

const struct scale_rule scale_rule_even = {
    .name = "even",
    .doc = "floor rule after amax is rounded, half up, to the element's fraction bits",
    .citation = "torchao ScaleCalculationMode.EVEN",
    .scale = scale,
    .overflow_is_nan = true,
};
