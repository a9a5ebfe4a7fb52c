/* Scale rule "rceil-f32". */
#include "formats/scaling.h"

/* v = amax * (1 / Xmax) in binary32, its exponent rounded up if any lower bit is set. */
static struct number scale(const struct scaling *s, struct number amax, const struct scale_target *t)
{
    (void)s;
    struct number r = number_from_f32(number_to_f32(number_div(number_pow2(0), t->top)));
    struct number v = number_mul(number_from_f32(number_to_f32(amax)), r);
    v = number_from_f32(number_to_f32(v));
    if (v.class != NUMBER_FINITE) /* underflow: below the smallest scale; overflow: beyond the largest */
        return v.class == NUMBER_ZERO ? number_pow2(-149) : v;
    return number_pow2(number_exponent(v) + (v.significand << 1 != 0));
}

const struct scale_rule scale_rule_rceil_f32 = {
    .name = "rceil-f32",
    .doc = "2^ceil(log2 v) with v = amax * (1 / Xmax) in binary32",
    .citation = "NVIDIA: TransformerEngine MXFP8 cast, torchao ScaleCalculationMode.RCEIL",
    .scale = scale,
    .overflow_is_nan = true,
    .power_of_two = true,
};
