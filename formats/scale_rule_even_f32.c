/* Scale rule "even-f32". */
#include "formats/scaling.h"

/* As "even", but amax rounded up to 2^128 is no binary32 number and so infinite. */
static struct number scale(const struct scaling *s, struct number amax, const struct scale_target *t)
{
    enum { BEYOND_BINARY32 = 128 };
    struct number rounded = scale_rule_even.scale(s, amax, t);
    if (number_exponent(rounded) + number_exponent(t->top) >= BEYOND_BINARY32)
        rounded.class = NUMBER_INF;
    return rounded;
}

const struct scale_rule scale_rule_even_f32 = {
    .name = "even-f32",
    .doc = "rule even in binary32: amax that is rounded beyond the largest binary32 gives an infinite scale",
    .citation = "torchao ScaleCalculationMode.EVEN; AMD Quark even_round",
    .scale = scale,
    .overflow_is_nan = true,
    .power_of_two = true,
};
