#include "sim/arith/logarithm.h"

#include "sim/arith/operand.h"

int logarithm_fraction_bits(const struct format *a, const struct format *b)
{
    int ma = operand_fraction_bits(a), mb = operand_fraction_bits(b);
    if (ma < 0 || mb < 0)
        return -1;
    return ma > mb ? ma : mb;
}

int lmul_offset(const struct product_args *args, int m)
{
    if (args->offset != PRODUCT_OFFSET_PAPER)
        return args->offset;
    return m <= 3 ? m : m == 4 ? 3 : 4;
}

const char *lmul_refuses(const struct format *a, const struct format *b, const struct product_args *args,
                         bool bits)
{
    int m = logarithm_fraction_bits(a, b);
    if (m < 0 || a->family != &family_float || b->family != &family_float)
        return "operands must be floats with an exponent field, an integer bias and at most 24 bits of "
               "precision";
    if (m == 0)
        return "without a fraction the offset 2^0 would double every product: at least one fraction bit";
    if (args->offset < PRODUCT_OFFSET_PAPER || args->offset > PRODUCT_OFFSET_MAX)
        return "the offset 2^-l takes l of 0 to 24, or l(m) of the paper";
    if (bits && lmul_offset(args, m) > m)
        return "the offset 2^-l lies below the last bit of the fraction: l at most the fraction's bits";
    return product_into_problem(args);
}

int64_t lmul_constant(const struct format *f, const struct product_args *args)
{
    int m = operand_fraction_bits(f);
    return (int64_t)f->bias * (INT64_C(1) << m) - (INT64_C(1) << (m - lmul_offset(args, m)));
}

/* The operand after flushing. */
static struct number operand(const struct product_args *args, const struct format *f, uint32_t code)
{
    struct number x = format_decode(f, code);
    return operand_is_subnormal(f, x) && !args->normalise ? number_make(x.negative, 0, 0) : x;
}

/* The bits behind the leading one, m of them. A value has no more: operand_fraction_bits. */
static uint64_t fraction(struct number x, int m)
{
    return m ? x.significand << 1 >> (64 - m) : 0;
}

struct number logarithm_carried(int32_t exponent, uint64_t sum, int m)
{
    uint64_t one = UINT64_C(1) << m;
    return number_make(false, one + (sum & (one - 1)), exponent + (int32_t)(sum >> m) - m);
}

struct term logarithm_multiply(const struct product_args *args, const struct format *fa, uint32_t a,
                               const struct format *fb, uint32_t b,
                               struct number (*antilog)(int32_t exponent, uint64_t sum, int m, int l),
                               uint32_t *events)
{
    struct number x = operand(args, fa, a), y = operand(args, fb, b);
    if (x.class != NUMBER_FINITE || y.class != NUMBER_FINITE) {
        struct number none = number_mul(x, y); /* zero, Inf or NaN */
        if (none.class == NUMBER_ZERO && format_decode(fa, a).class != NUMBER_ZERO &&
            format_decode(fb, b).class != NUMBER_ZERO)
            *events |= EVENT_FLUSHED | EVENT_INEXACT;
        return product_end(args, none, true, events);
    }
    int m = logarithm_fraction_bits(fa, fb);
    struct number z = antilog(number_exponent(x) + number_exponent(y), fraction(x, m) + fraction(y, m), m,
                              lmul_offset(args, m));
    z.negative = x.negative != y.negative;
    return product_end(args, z, true, events);
}
