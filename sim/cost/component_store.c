/* Registers, tables, and the way between codes and numbers. */
#include <stdbool.h>

#include "sim/cost/component.h"

enum { F32_EXPONENT = 8, F32_PRECISION = 24 };

struct bill bill_register(int64_t bits)
{
    return bill_of(CELL_FLIP_FLOP, bits);
}

/* Each output bit is a function of `bits` inputs. A multiplexer tree over its constants, whose first level
 * has but 0, 1, the input and its inverse to choose from and needs no multiplexer. */
struct bill bill_table(int64_t bits, int64_t width)
{
    const int64_t rest = (INT64_C(1) << (bits - 1)) - 1;
    struct bill b = bill_of(CELL_MUX, rest * width);
    b.levels = bits - 1;
    bill_add(&b, bill_of(CELL_INV, 1), 1);
    return b;
}

/* Integers lose their sign first: inverted and incremented where negative. */
static struct bill magnitude(int64_t bits)
{
    struct bill b = bill_of(CELL_XOR, bits);
    bill_then(&b, bill_incrementer(bits));
    return b;
}

/* By a power of two, or without a scale: zeros in front are shifted out, and say the exponent where the field
 * is zero. Else significands are multiplied and normalised. The other bias is a constant that costs nothing.
 */
struct bill bill_dequantizer(int64_t exponent, int64_t mantissa, int64_t scale_exponent,
                             int64_t scale_mantissa)
{
    const int64_t significand = exponent > 0 ? mantissa + 1 : mantissa;
    struct bill b = exponent > 0 ? bill_tree(CELL_OR, exponent) : magnitude(mantissa);
    if (scale_mantissa > 0) {
        bill_then(&b, bill_multiplier(significand, scale_mantissa + 1));
        bill_then(&b, bill_normaliser(significand + scale_mantissa + 1, scale_exponent + 1));
    } else {
        struct bill shift = bill_shifter(significand, significand - 1);
        bill_add(&shift, bill_of(CELL_MUX, exponent), 1);
        bill_then(&b, bill_leading_zeros(significand));
        bill_then(&b, shift);
    }
    if (scale_exponent > 0)
        bill_then(&b, bill_adder(exponent > scale_exponent ? exponent : scale_exponent));
    return b;
}

/* The exponent less the scale's, or a constant. Of a float the digits that a code has, and one, are shifted
 * where the code is subnormal; rounded; and the largest code taken where the exponent is too large. */
static struct bill float_quantizer(int64_t exponent, int64_t mantissa, bool scaled)
{
    const int64_t precision = mantissa + 1;
    struct bill b = scaled ? bill_subtractor(F32_EXPONENT + 1) : bill_incrementer(F32_EXPONENT);
    bill_then(&b, bill_shifter(precision + 1, precision + 1));
    bill_then(&b, bill_rounder(precision, F32_PRECISION - precision, exponent));
    bill_then(&b, bill_tree(CELL_OR, F32_EXPONENT));
    bill_then(&b, bill_of(CELL_OR, exponent + mantissa));
    return b;
}

/* Of an integer all 24 digits are shifted to where its last one is. */
static struct bill integer_quantizer(int64_t bits)
{
    struct bill b = bill_subtractor(F32_EXPONENT + 1);
    bill_then(&b, bill_shifter(F32_PRECISION, bits + 1));
    bill_then(&b, bill_rounder(bits, F32_PRECISION, 0));
    bill_then(&b, bill_comparator(bits));
    bill_then(&b, bill_of(CELL_MUX, bits));
    bill_then(&b, magnitude(bits));
    return b;
}

struct bill bill_quantizer(int64_t exponent, int64_t mantissa, int64_t scale_exponent)
{
    return exponent > 0 ? float_quantizer(exponent, mantissa, scale_exponent > 0)
                        : integer_quantizer(mantissa);
}

/* --- descriptors --- */

static const struct arg_key register_keys[] = {{"bits", ARG_INTEGER, 32, 1, 65536, NULL, "bits kept"}};

static struct bill register_bits(const double *arg)
{
    return bill_register((int64_t)arg[0]);
}

const struct component component_register = {"register", "one flip-flop a bit", "counted", register_keys,
                                             1,          register_bits};

static const struct arg_key table_keys[] = {
    {"bits", ARG_INTEGER, 4, 1, 12, NULL, "bits of a code"},
    {"width", ARG_INTEGER, 8, 1, 64, NULL, "bits of the value of each"}};

static struct bill codebook_table(const double *arg)
{
    return bill_table((int64_t)arg[0], (int64_t)arg[1]);
}

const struct component component_codebook_table = {
    "codebook_table",
    "values of a codebook by their code: a multiplexer tree over constants, at most",
    "counted: Shannon's expansion, the last input against constants",
    table_keys,
    2,
    codebook_table};

static const struct arg_key dequantizer_keys[] = {
    {"exponent", ARG_INTEGER, 4, 0, 8, NULL, "bits of the element's exponent field; 0: an integer"},
    {"mantissa", ARG_INTEGER, 3, 0, 23, NULL, "bits of its mantissa field; of an integer all bits"},
    {"scale_exponent", ARG_INTEGER, 8, 0, 8, NULL, "bits of the scale's exponent field; 0: no scale"},
    {"scale_mantissa", ARG_INTEGER, 0, 0, 23, NULL, "bits of its mantissa field"}};

static struct bill dequantizer(const double *arg)
{
    return bill_dequantizer((int64_t)arg[0], (int64_t)arg[1], (int64_t)arg[2], (int64_t)arg[3]);
}

const struct component component_dequantizer = {
    "dequantizer",
    "a code times its scale as a normalised binary32 number",
    "counted: significands multiplied, normalised, exponents added",
    dequantizer_keys,
    4,
    dequantizer};

static const struct arg_key quantizer_keys[] = {
    {"exponent", ARG_INTEGER, 4, 0, 8, NULL, "bits of the element's exponent field; 0: an integer"},
    {"mantissa", ARG_INTEGER, 3, 0, 23, NULL, "bits of its mantissa field; of an integer all bits"},
    {"scale_exponent", ARG_INTEGER, 8, 0, 8, NULL, "bits of the scale's exponent field; 0: no scale"}};

static struct bill quantizer(const double *arg)
{
    return bill_quantizer((int64_t)arg[0], (int64_t)arg[1], (int64_t)arg[2]);
}

const struct component component_quantizer = {
    "quantizer",
    "a binary32 number over a scale that is a power of two to a code, nearest even, saturating",
    "counted: exponent difference, shift, rounder, comparison with the largest code",
    quantizer_keys,
    3,
    quantizer};
