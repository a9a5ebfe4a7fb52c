/* Product "lmul_real": L-Mul's formula as real arithmetic, (1 + mx + my + 2^-l) 2^(Ex+Ey). Where the bracket
 * reaches 2 the value stays and only its exponent moves. */
#include "sim/arith/logarithm.h"

/* At most 25 + 24 bits. */
static struct number antilog(int32_t exponent, uint64_t sum, int m, int l)
{
    uint64_t one = UINT64_C(1) << m;
    return number_make(false, ((one + sum) << l) + one, exponent - m - l);
}

static const char *refuses(const struct format *a, const struct format *b, const struct product_args *args)
{
    return lmul_refuses(a, b, args, false);
}

static struct term multiply(const struct product_args *args, const struct format *fa, uint32_t a,
                            const struct format *fb, uint32_t b, uint32_t *events)
{
    return logarithm_multiply(args, fa, a, fb, b, antilog, events);
}

const struct product product_lmul_real = {
    .name = "lmul_real",
    .doc = "L-Mul as real arithmetic: (1 + mx + my + 2^-l) * 2^(Ex+Ey)",
    .citation = "Luo and Sun, arXiv 2410.00907; eq. 4 of arXiv 2412.18948",
    .uses = PRODUCT_OFFSET | PRODUCT_SUBNORMAL | PRODUCT_INTO,
    .refuses = refuses,
    .multiply = multiply,
};
