/* Scale rule "all-ones". */
#include "formats/scaling.h"

/* The largest value if every code were a number: 480 for E4M3. */
static struct number scale(const struct scaling *s, struct number amax, const struct scale_target *t)
{
    (void)s;
    uint64_t ones = (UINT64_C(2) << t->fraction_bits) - 1;
    int32_t top = number_exponent(t->top);
    return number_div(amax, number_make(false, ones, top - t->fraction_bits));
}

const struct scale_rule scale_rule_all_ones = {
    .name = "all-ones",
    .doc = "amax over the largest value with all fraction bits set (480 for E4M3), rounded by scale_round",
    .citation = "LoFloat, MX scale",
    .scale = scale,
    .overflow_is_nan = true,
};
