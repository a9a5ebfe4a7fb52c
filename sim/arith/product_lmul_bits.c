/* Product "lmul_bits": L-Mul as one addition of integers: exponent and fraction fields of both operands, less
 * the bias, plus the offset. A carry out of the fraction runs into the exponent, so 1 + s with s >= 1 becomes
 * 2 s and with s >= 2 (mx = my = all ones where m >= 4) 4 (s - 1). */
#include "sim/arith/logarithm.h"

static struct number antilog(int32_t exponent, uint64_t sum, int m, int l)
{
    return logarithm_carried(exponent, sum + (UINT64_C(1) << (m - l)), m);
}

static const char *refuses(const struct format *a, const struct format *b, const struct product_args *args)
{
    return lmul_refuses(a, b, args, true);
}

static struct term multiply(const struct product_args *args, const struct format *fa, uint32_t a,
                            const struct format *fb, uint32_t b, uint32_t *events)
{
    return logarithm_multiply(args, fa, a, fb, b, antilog, events);
}

const struct product product_lmul_bits = {
    .name = "lmul_bits",
    .doc = "L-Mul as one integer addition on exponent and fraction fields",
    .citation = "Luo and Sun, arXiv 2410.00907; constants as in ninjakaib/hardware-accelerators",
    .uses = PRODUCT_OFFSET | PRODUCT_SUBNORMAL | PRODUCT_INTO,
    .refuses = refuses,
    .multiply = multiply,
};
