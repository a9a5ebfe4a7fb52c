/* Product "truncated": an array multiplier of significands without its lowest columns. The partial-product
 * bit a_i AND b_j stands in column i + j; those of the columns 0 .. dropped - 1 are left out, all of them,
 * and no constant is added for what they would have been worth. So without rounding and with a one-sided
 * error.
 *
 * Floats multiply their significands with the hidden bit (0 of subnormal numbers), integers in sign and
 * magnitude their magnitudes, each as wide as the format has it; the result has the sign of the product.
 * Two's complement integers multiply their codes: row and column of the sign bits weigh negative, so what is
 * left out of them counts against the sign; with at most bits - 1 columns none of them is touched, and the
 * error is never positive. Two columns are EvoApprox's mul8s_1KV8, three 1KV9, four 1KVA (equal means and
 * variances of the error). */
#include "sim/arith/operand.h"

/* Digits of the array's operand; 0 for formats that have none. */
static int width(const struct format *f)
{
    if (f->family == &family_float && f->real_bias == 0 && f->precision <= 24)
        return f->precision;
    if (f->family != &family_int || f->stretch > 0)
        return 0;
    return f->codes == CODES_SIGNMAG ? f->bits - 1 : f->bits;
}

static bool is_twos(const struct format *f)
{
    return f->family == &family_int && f->codes != CODES_SIGNMAG;
}

static const char *refuses(const struct format *a, const struct format *b, const struct product_args *args)
{
    int wa = width(a), wb = width(b);
    if (!wa || !wb)
        return "operands must be integers, or floats with an integer bias and at most 24 bits of precision";
    if (is_twos(a) != is_twos(b))
        return "an array is one of two's complement or one of magnitudes: both operands alike";
    if (args->dropped < 0 || args->dropped > wa + wb - 2)
        return "dropped columns: from 0 to all but one of the array, which has one less than both operands "
               "have digits";
    return NULL;
}

/* An operand as the array sees it: value = digits * 2^exponent. */
struct side {
    uint32_t digits;
    int32_t exponent;
};

static struct side side_of(const struct format *f, uint32_t code, struct number x)
{
    if (is_twos(f))
        return (struct side){code & format_code_mask(f), -f->fraction_bits};
    int32_t last = f->family == &family_int ? -f->fraction_bits : operand_exponent(f, x) - f->precision + 1;
    return (struct side){(uint32_t)(x.significand >> (last - x.exponent)), last};
}

/* The sum of a_i b_j 2^(i+j) in the columns from `dropped` on; digits at sign_a and sign_b (-1: none) weigh
 * negative. */
static int64_t array(uint32_t a, int sign_a, uint32_t b, int sign_b, int dropped)
{
    int64_t sum = 0;
    for (int i = 0; i < 32; i++) {
        if (!(a >> i & 1))
            continue;
        uint32_t kept = i >= dropped ? b : dropped - i >= 32 ? 0 : b & ~((UINT32_C(1) << (dropped - i)) - 1);
        int64_t row = kept;
        if (sign_b >= 0 && kept >> sign_b & 1)
            row -= INT64_C(2) << sign_b;
        row *= INT64_C(1) << i;
        sum += i == sign_a ? -row : row;
    }
    return sum;
}

static struct term multiply(const struct product_args *args, const struct format *fa, uint32_t a,
                            const struct format *fb, uint32_t b, uint32_t *events)
{
    struct number x = format_decode(fa, a), y = format_decode(fb, b);
    struct term t = {.value = number_mul(x, y)};
    if (t.value.class != NUMBER_FINITE)
        return t;
    struct side p = side_of(fa, a, x), q = side_of(fb, b, y);
    bool twos = is_twos(fa), negative = !twos && x.negative != y.negative;
    int64_t sum =
        array(p.digits, twos ? fa->bits - 1 : -1, q.digits, twos ? fb->bits - 1 : -1, args->dropped);
    struct number z =
        number_make(negative != (sum < 0), (uint64_t)(sum < 0 ? -sum : sum), p.exponent + q.exponent);
    if (z.class == NUMBER_ZERO)
        *events |= EVENT_FLUSHED;
    if (z.class == NUMBER_ZERO || number_compare(z, t.value) != 0)
        *events |= EVENT_INEXACT;
    t.value = z;
    if (z.class == NUMBER_FINITE)
        t.exponent = operand_exponent(fa, x) + operand_exponent(fb, y);
    return t;
}

const struct product product_truncated = {
    .name = "truncated",
    .doc = "array multiplier of significands without its lowest columns, uncorrected",
    .citation = "Schulte and Swartzlander, VLSI Signal Processing VI (1993), without their constant",
    .uses = PRODUCT_DROPPED,
    .refuses = refuses,
    .multiply = multiply,
};
