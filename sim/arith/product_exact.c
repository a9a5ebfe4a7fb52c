/* Product "exact". */
#include "sim/product.h"

/* Of a code that stands for a finite number other than zero: the exponent of its first digit, which of
 * subnormal numbers is a zero, at the format's least exponent. */
static int32_t exponent_of(const struct format *f, struct number x)
{
    int32_t e = number_exponent(x);
    if (f->family != &family_float)
        return e;
    int32_t least = number_exponent(format_min_normal(f));
    return e < least ? least : e;
}

static struct term multiply(const struct product_args *args, const struct format *fa, uint32_t a,
                            const struct format *fb, uint32_t b, uint32_t *events)
{
    (void)args;
    (void)events;
    struct number x = format_decode(fa, a), y = format_decode(fb, b);
    struct term t = {.value = number_mul(x, y)};
    if (t.value.class == NUMBER_FINITE)
        t.exponent = exponent_of(fa, x) + exponent_of(fb, y);
    return t;
}

const struct product product_exact = {
    .name = "exact",
    .doc = "the product itself; its rounding is the accumulator's",
    .citation = "by definition",
    .multiply = multiply,
};
