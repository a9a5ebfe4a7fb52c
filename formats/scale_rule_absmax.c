/* Scale rule "absmax". */
#include "formats/scaling.h"

static struct number scale(const struct scaling *s, struct number amax, const struct scale_target *t)
{
    (void)s;
    return number_div(amax, t->top);
}

const struct scale_rule scale_rule_absmax = {
    .name = "absmax",
    .doc = "amax / Xmax, the largest element value",
    .citation = "Wu et al., arXiv 2004.09602, section 3.1.2",
    .scale = scale,
    .overflow_is_nan = false,
};
