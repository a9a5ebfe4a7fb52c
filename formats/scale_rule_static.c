/* Scale rule "static". */
#include "formats/scaling.h"

static struct number scale(const struct scaling *s, struct number amax, const struct scale_target *t)
{
    (void)amax;
    (void)t;
    return number_from_f32(s->scale_value);
}

const struct scale_rule scale_rule_static = {
    .name = "static",
    .doc = "the scale of key scale_value, whatever the values",
    .citation = "static calibration: Krishnamoorthi, arXiv 1806.08342, section 3",
    .scale = scale,
    .overflow_is_nan = false,
    .ignores_amax = true,
};
