/* Product "mitchell": Mitchell's logarithmic multiplication: log2(1 + f) is taken for f, so the product is
 * (1 + s) 2^E, or s 2^(E+1) where the sum s of the fractions reaches 1. Never above the exact product, by at
 * most 1/9 of it. Integers are normalised first, and their products are integers: a carry comes from
 * fractions of whose bits at most E lie behind the point. */
#include "sim/arith/logarithm.h"
#include "sim/arith/operand.h"

static struct number antilog(int32_t exponent, uint64_t sum, int m, int l)
{
    (void)l;
    return logarithm_carried(exponent, sum, m);
}

static const char *refuses(const struct format *a, const struct format *b, const struct product_args *args)
{
    if (logarithm_fraction_bits(a, b) < 0)
        return "operands must be integers, or floats with an exponent field, an integer bias and at most 24 "
               "bits of precision";
    return product_into_problem(args);
}

static struct term multiply(const struct product_args *args, const struct format *fa, uint32_t a,
                            const struct format *fb, uint32_t b, uint32_t *events)
{
    return logarithm_multiply(args, fa, a, fb, b, antilog, events);
}

const struct product product_mitchell = {
    .name = "mitchell",
    .doc = "Mitchell's logarithmic multiplication: lmul_bits without the offset",
    .citation = "Mitchell, IRE Trans. Electronic Computers EC-11 (1962)",
    .uses = PRODUCT_SUBNORMAL | PRODUCT_INTO,
    .refuses = refuses,
    .multiply = multiply,
};
