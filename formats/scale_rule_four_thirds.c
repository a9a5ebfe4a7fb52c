/* Scale rule "four-thirds". */
#include "formats/scaling.h"

/* As "floor"; with 4/3 beside it the range is Xmax * 4/3 = 8 of E2M1: no amax below 2^(emax + 1) saturates.
 */
static struct number scale(const struct scaling *s, struct number amax, const struct scale_target *t)
{
    return scale_rule_floor.scale(s, amax, t);
}

const struct scale_rule scale_rule_four_thirds = {
    .name = "four-thirds",
    .doc = "floor rule, all scales times a constant 4/3 (binary32) that is stored beside them",
    .citation = "FP-Quant and Quartet, arXiv 2505.14669",
    .scale = scale,
    .overflow_is_nan = true,
    .power_of_two = true,
    .takes_log2 = true,
    .side = 0x1.555556p0f,
};
