/* Logarithmic numbers: a sign bit, then log2|x| as a two's complement fixed-point number k * 2^-F of I
 * integer bits (sign included) and F fraction bits. The most negative k is not a logarithm: zero with sign 0,
 * NaN with sign 1. That is the encoding of lns<1 + I + F, F> in stillwater-sc/universal (lns_impl.hpp).
 *
 * Except for the powers of two these values are irrational: the value of a code is defined as the nearest
 * number of 53 significant bits (a binary64 number); boundaries are the real ones. Rounding to nearest is
 * that of the logarithm, as there: it changes over at 2^((k + 1/2) / 2^F), the geometric mean, also between
 * the smallest value and the k of zero. These are irrational too, so there are no ties. Finite values
 * saturate at the top, the default there; infinities become NaN under overflow=infinity, nan and
 * saturate-mldtypes and the largest value otherwise. */
#include "formats/exp2_fixed.h"
#include "formats/ladder.h"

#include <stdio.h>

static uint32_t sign_bit(const struct format *f)
{
    return UINT32_C(1) << (f->bits - 1);
}

/* The k of zero. */
static int64_t lowest(const struct format *f)
{
    return -(INT64_C(1) << (f->bits - 2));
}

/* Zero has `step` 0, the smallest magnitude 1, and so on to sign_bit - 1. */
static struct number magnitude(const struct format *f, uint32_t step)
{
    if (step == 0)
        return (struct number){.class = NUMBER_ZERO};
    return exp2_fixed_nearest(log2_fixed_make(lowest(f) + step, f->fraction_bits));
}

static struct number decode(const struct format *f, uint32_t code)
{
    code &= format_code_mask(f);
    /* k - lowest, modulo 2^(I+F). */
    uint32_t step = (code ^ sign_bit(f) >> 1) & (sign_bit(f) - 1);
    struct number x = magnitude(f, step);
    x.negative = code & sign_bit(f);
    if (step == 0 && x.negative)
        return (struct number){.class = NUMBER_NAN};
    return x;
}

/* Ranks: the negative values from the largest magnitude, zero, the positive ones. */
static uint32_t count(const struct format *f)
{
    return format_code_mask(f);
}

static uint32_t zero_rank(const struct format *f)
{
    return sign_bit(f) - 1;
}

static uint32_t code(const struct format *f, uint32_t rank)
{
    bool negative = rank < zero_rank(f);
    uint32_t step = negative ? zero_rank(f) - rank : rank - zero_rank(f);
    return (step ^ sign_bit(f) >> 1) | (negative ? sign_bit(f) : 0);
}

static struct number value(const struct format *f, uint32_t rank)
{
    return decode(f, code(f, rank));
}

static struct number boundary(const struct format *f, uint32_t rank)
{
    bool negative = rank < zero_rank(f);
    uint32_t step = negative ? zero_rank(f) - rank - 1 : rank - zero_rank(f);
    struct number x = exp2_fixed_truncated(log2_fixed_make(2 * (lowest(f) + step) + 1, f->fraction_bits + 1));
    x.negative = negative;
    return x;
}

static const struct ladder ladder = {.count = count, .value = value, .code = code, .boundary = boundary};

static const char *problem(const struct format *f)
{
    if (f->exponent_bits < 1 || f->exponent_bits > 10) /* 2^-512 .. 2^512: well within binary64 */
        return "logarithmic numbers have 1 to 10 integer bits";
    if (f->fraction_bits < 0 || f->bits != 1 + f->exponent_bits + f->fraction_bits || f->bits > 32)
        return "sign, integer and fraction bits of a logarithmic number must make 2 to 32 bits";
    return NULL;
}

static bool never(const struct format *f)
{
    (void)f;
    return false;
}

static bool has_nan(const struct format *f)
{
    (void)f;
    return true;
}

static uint32_t nan_code(const struct format *f)
{
    return sign_bit(f) | sign_bit(f) >> 1;
}

static void layout(const struct format *f, char *out, size_t size)
{
    snprintf(out, size, "s1, log2 i%d f%d", f->exponent_bits, f->fraction_bits);
}

static bool by_name(const char *name, struct format *out, const char **why)
{
    const char *rest;
    int integer = format_name_number(name, "lns", &rest);
    int fraction = integer < 0 ? -1 : format_name_number(rest, "f", NULL);
    if (fraction < 0)
        return false;
    struct format f = {
        .family = &family_lns,
        .bits = 1 + integer + fraction,
        .exponent_bits = integer,
        .fraction_bits = fraction,
        .doc = "logarithmic number by the rule of its name",
        .citation = "stillwater-sc/universal, lns<1 + I + F, F>",
    };
    if (problem(&f))
        return format_name_fails(why, problem(&f));
    snprintf(f.name, sizeof f.name, "lns%df%d", integer, fraction);
    const struct format *registered = format_find(f.name);
    *out = registered ? *registered : f;
    return true;
}

const struct format_family family_lns = {
    .name = "lns",
    .doc = "sign and fixed-point binary logarithm",
    .rule = "lnsIfF (I 1..10, F 0..30)",
    .by_name = by_name,
    .decode = decode,
    .encode = ladder_encode,
    .max = ladder_max,
    .min_positive = ladder_min_positive,
    .problem = problem,
    .has_inf = never,
    .has_nan = has_nan,
    .has_neg_zero = never,
    .nan_code = nan_code,
    .layout = layout,
    .ladder = &ladder,
};
