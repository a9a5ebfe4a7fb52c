/* Scale rule "four-thirds". */
#include "formats/scale_log2.h"

/* With 4/3 beside it the range is Xmax * 4/3 = 8 of E2M1: no amax below 2^(emax + 1) saturates. */
static struct number scale(const struct scaling *s, struct number amax, const struct scale_target *t)
{
    struct number scale = scale_log2_power(scale_log2_floor(s->log2, amax));
    scale.exponent -= number_exponent(t->top);
    return scale;
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
