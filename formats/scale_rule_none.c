/* Scale rule "none". */
#include "formats/scaling.h"

static struct number scale(const struct scaling *s, struct number amax, const struct scale_target *t)
{
    (void)s;
    (void)amax;
    (void)t;
    return number_pow2(0);
}

const struct scale_rule scale_rule_none = {
    .name = "none",
    .doc = "the scale 1, whatever the values",
    .citation = "microxcaling, scale_bits = 0",
    .scale = scale,
    .overflow_is_nan = true,
    .power_of_two = true,
    .ignores_amax = true,
};
