/* Product "rounded": the exact product, rounded once into a format of its own under a rounding of its own. Of
 * posits and logarithmic numbers the product is exact to 64 digits and a mark that there are more, which
 * rounds alike. */
#include "sim/arith/operand.h"

static const char *refuses(const struct format *a, const struct format *b, const struct product_args *args)
{
    (void)a;
    (void)b;
    return args->into.family ? product_into_problem(args) : "it needs a format to round products into";
}

static struct term multiply(const struct product_args *args, const struct format *fa, uint32_t a,
                            const struct format *fb, uint32_t b, uint32_t *events)
{
    return product_end(args, number_mul(format_decode(fa, a), format_decode(fb, b)), false, events);
}

const struct product product_rounded = {
    .name = "rounded",
    .doc = "the exact product, rounded once into a format",
    .citation = "IEEE 754-2019, 4.3 and 5.4.1",
    .uses = PRODUCT_INTO,
    .refuses = refuses,
    .multiply = multiply,
};
