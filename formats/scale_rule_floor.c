/* Scale rule "floor". */
#include "formats/scale_log2.h"

/* The largest elements may exceed the range and saturate. */
static struct number scale(const struct scaling *s, struct number amax, const struct scale_target *t)
{
    struct number scale = scale_log2_power(scale_log2_floor(s->log2, amax));
    scale.exponent -= number_exponent(t->top);
    return scale;
}

const struct scale_rule scale_rule_floor = {
    .name = "floor",
    .doc = "2^(floor(log2 amax) - emax), emax the exponent of the largest element value",
    .citation = "OCP Microscaling Formats (MX) v1.0, section 6.3",
    .scale = scale,
    .overflow_is_nan = true,
    .power_of_two = true,
    .takes_log2 = true,
};
