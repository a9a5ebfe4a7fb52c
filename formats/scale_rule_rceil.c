/* Scale rule "rceil". */
#include "formats/scale_log2.h"

/* ceil(log2(amax / Xmax)) by comparing amax with Xmax * 2^e for the one candidate of equal exponents. */
static struct number scale(const struct scaling *s, struct number amax, const struct scale_target *t)
{
    if (s->log2 != LOG2_EXACT)
        return scale_log2_power(scale_log2_ceil(s->log2, number_div(amax, t->top)));
    struct number top = t->top;
    int32_t e = number_exponent(amax) - number_exponent(top);
    top.exponent += e;
    return number_pow2(e + (number_compare_magnitude(amax, top) > 0));
}

const struct scale_rule scale_rule_rceil = {
    .name = "rceil",
    .doc = "the least power of two with amax <= Xmax * 2^e: nothing saturates",
    .citation = "NVIDIA MXFP8 recipe, Mishra et al., arXiv 2506.08027; torchao ScaleCalculationMode.RCEIL",
    .scale = scale,
    .overflow_is_nan = true,
    .power_of_two = true,
    .takes_log2 = true,
};
