/* Scale rule "floor". */
#include "formats/scaling.h"

/* The largest elements may exceed the range and saturate. */
static struct number scale(const struct scaling *s, struct number amax, const struct scale_target *t)
{
    (void)s;
    return number_pow2(number_exponent(amax) - number_exponent(t->top));
}

const struct scale_rule scale_rule_floor = {
    .name = "floor",
    .doc = "2^(floor(log2 amax) - emax), emax the exponent of the largest element value",
    .citation = "OCP Microscaling Formats (MX) v1.0, section 6.3",
    .scale = scale,
    .overflow_is_nan = true,
    .power_of_two = true,
};
