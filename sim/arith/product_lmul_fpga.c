/* Product "lmul_fpga": the circuit of arXiv 2412.18948, equations 6 and 7, tables II and III. Fraction fields
 * and offset are added into Pm of m + 2 bits, whose first two select
 *
 *     00  the exponent's sum, Pm[m-1:0]          10  that + 1, 1 before Pm[m-1:1]
 *     01  that + 1, Pm[m-1:0]                    11  that + 2, Pm[m-1:0]
 *
 * 10 comes up only where both fractions are all ones and m >= 4 (or under larger offsets), 11 never: twice
 * the largest fraction and the largest offset 1 are less than 3. The circuit knows no NaN, infinity or
 * subnormal number: every code is read as 1.T * 2^(E - bias) but those whose bits beside the sign are zero,
 * which give zero.
 *
 * Not in the paper, so ours: the zero's sign is the product's, the fraction of case 11, and that the sum of
 * exponents has room (the paper says that overflow is not handled). A NaN that counts as a number is
 * EVENT_NAN_LOST, an infinity EVENT_SATURATED. */
#include "sim/arith/logarithm.h"
#include "sim/arith/operand.h"

static const char *refuses(const struct format *a, const struct format *b, const struct product_args *args)
{
    const char *why = lmul_refuses(a, b, args, true);
    if (why)
        return why;
    if (a->bits != b->bits || a->exponent_bits != b->exponent_bits || a->precision != b->precision ||
        a->bias != b->bias)
        return "the circuit has one format: both operands with the same fields and bias";
    return NULL;
}

static struct number circuit(const struct format *f, uint32_t x, uint32_t y, int l)
{
    int m = f->precision - 1;
    uint64_t one = UINT64_C(1) << m, field = one - 1;
    uint64_t pm = (x & field) + (y & field) + (one >> l);
    int32_t exponent = (int32_t)(x >> m) + (int32_t)(y >> m) - 2 * f->bias;
    switch (pm >> m) {
    case 0:
        return number_make(false, one + (pm & field), exponent - m);
    case 1:
        return number_make(false, one + (pm & field), exponent + 1 - m);
    case 2:
        return number_make(false, one + (one >> 1) + ((pm & field) >> 1), exponent + 1 - m);
    default:
        return number_make(false, one + (pm & field), exponent + 2 - m);
    }
}

static uint32_t lost(struct number x)
{
    return x.class == NUMBER_NAN ? EVENT_NAN_LOST : x.class == NUMBER_INF ? EVENT_SATURATED : 0;
}

static struct term multiply(const struct product_args *args, const struct format *fa, uint32_t a,
                            const struct format *fb, uint32_t b, uint32_t *events)
{
    const uint32_t mask = format_code_mask(fa), magnitude = mask >> !fa->is_unsigned;
    bool negative = ((a ^ b) & (mask ^ magnitude)) != 0;
    struct term t = {.value = number_make(negative, 0, 0)};
    *events |= lost(format_decode(fa, a)) | lost(format_decode(fb, b));
    if ((a & magnitude) && (b & magnitude)) {
        t.value = circuit(fa, a & magnitude, b & magnitude, lmul_offset(args, fa->precision - 1));
        t.value.negative = negative;
        t.exponent = number_exponent(t.value);
    }
    return t;
}

const struct product product_lmul_fpga = {
    .name = "lmul_fpga",
    .doc = "L-Mul as the published FPGA circuit: no specials, no subnormals, no overflow",
    .citation = "arXiv 2412.18948, eq. 6 and 7, tables II and III",
    .uses = PRODUCT_OFFSET,
    .refuses = refuses,
    .multiply = multiply,
};
