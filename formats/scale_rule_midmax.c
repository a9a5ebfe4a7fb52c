/* Scale rule "midmax". */
#include "formats/scaling.h"

/* Up from the middle between Xmax and the next power of two: a significand above (Xmax / 2^emax + 2) / 2. The
 * middle itself stays. Brevitas computes it with a logarithm (a bias of the reserved codes' share of the
 * mantissa); this is its real meaning. */
static struct number scale(const struct scaling *s, struct number amax, const struct scale_target *t)
{
    (void)s;
    int32_t emax = number_exponent(t->top);
    struct number middle = number_add(t->top, number_pow2(emax + 1));
    int32_t e = number_exponent(amax) - emax;
    middle.exponent += e - 1;
    return number_pow2(e + (number_compare_magnitude(amax, middle) > 0));
}

const struct scale_rule scale_rule_midmax = {
    .name = "midmax",
    .doc = "floor rule with the exponent up beyond the middle between Xmax and the next power of two",
    .citation = "brevitas, MX midmax scaling",
    .scale = scale,
    .overflow_is_nan = true,
    .power_of_two = true,
};
