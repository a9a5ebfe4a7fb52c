/* Product "exact". */
#include "sim/arith/operand.h"

static struct term multiply(const struct product_args *args, const struct format *fa, uint32_t a,
                            const struct format *fb, uint32_t b, uint32_t *events)
{
    (void)args;
    (void)events;
    struct number x = format_decode(fa, a), y = format_decode(fb, b);
    struct term t = {.value = number_mul(x, y)};
    if (t.value.class == NUMBER_FINITE)
        t.exponent = operand_exponent(fa, x) + operand_exponent(fb, y);
    return t;
}

const struct product product_exact = {
    .name = "exact",
    .doc = "the product itself; its rounding is the accumulator's",
    .citation = "by definition",
    .multiply = multiply,
};
