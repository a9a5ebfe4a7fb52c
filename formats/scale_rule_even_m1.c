/* Scale rule "even-m1". */
#include "formats/scaling.h"

/* As "even" with one fraction bit whatever the element: up from a significand of 1.75. */
static struct number scale(const struct scaling *s, struct number amax, const struct scale_target *t)
{
    (void)s;
    bool up = amax.significand >= UINT64_C(7) << 61;
    return number_pow2(number_exponent(amax) + up - number_exponent(t->top));
}

const struct scale_rule scale_rule_even_m1 = {
    .name = "even-m1",
    .doc = "rule even with the threshold 1.75 of a single fraction bit",
    .citation = "compressed-tensors, generate_mx_scales",
    .scale = scale,
    .overflow_is_nan = true,
    .power_of_two = true,
};
