/* Scale rule "absmax". */
#include "formats/scaling.h"

static struct number scale(struct number amax, const struct format *element)
{
    return number_div(amax, format_max(element));
}

const struct scale_rule scale_rule_absmax = {
    .name = "absmax",
    .doc = "amax / Xmax, the largest element value",
    .citation = "Wu et al., arXiv 2004.09602, section 3.1.2",
    .scale = scale,
    .overflow_is_nan = false,
};
