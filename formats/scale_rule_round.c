/* Scale rule "round". */
#include "formats/scaling.h"

/* q = amax / Xmax goes up from sqrt(2) * 2^e on: q^2 against 2^(2e + 1). Both sides are never equal: sqrt(2)
 * is irrational. q has 64 bits, so a q closer than 2^-62 to the threshold may fall on either side. */
static struct number scale(const struct scaling *s, struct number amax, const struct scale_target *t)
{
    (void)s;
    struct number q = number_div(amax, t->top);
    int32_t e = number_exponent(q);
    return number_pow2(e + (number_compare_magnitude(number_mul(q, q), number_pow2(2 * e + 1)) > 0));
}

const struct scale_rule scale_rule_round = {
    .name = "round",
    .doc = "2^round(log2(amax / Xmax)): the power of two nearest in the log domain, so some values saturate",
    .citation = "INT v.s. FP, arXiv 2510.25602, rounding option of its code",
    .scale = scale,
    .overflow_is_nan = true,
    .power_of_two = true,
};
