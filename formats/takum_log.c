/* Logarithmic takums: the value is (-1)^S * sqrt(e)^((-1)^S * (c + m)), arXiv 2404.18603 definition 2; with S
 * = 1 that is the negated value of the two's complement code, and sqrt(e)^(c + m) remains.
 *
 * Except for 1 these values are irrational. The value of a code is defined here as the nearest number of 53
 * significant bits (a binary64 number); boundaries are the real ones. sqrt(e)^q is irrational for rational q
 * other than 0, so no number lies on a boundary, and there are no ties: its first 64 bits and the fact that
 * there are more decide every comparison with a binary32 value. */
#include "formats/exp2_fixed.h"
#include "formats/takum.h"

#include <stdio.h>

/* c + m in units of 2^-28: codes of up to 33 bits have at most 28 mantissa bits. */
static struct log2_fixed log2_of(uint64_t code, int bits)
{
    struct takum_fields t = takum_split(code, bits);
    return log2_fixed_sqrt_e((int64_t)t.characteristic * (1 << 28) + (int64_t)(t.mantissa >> 36));
}

static struct number magnitude(const struct format *f, uint64_t code, int bits)
{
    (void)f;
    return exp2_fixed_nearest(log2_of(code, bits));
}

static struct number magnitude_of_boundary(const struct format *f, uint64_t code, int bits)
{
    (void)f;
    return exp2_fixed_truncated(log2_of(code, bits));
}

static struct number decode(const struct format *f, uint32_t code)
{
    return tapered_decode(f, code, f->bits, magnitude);
}

static struct number value(const struct format *f, uint32_t rank)
{
    return decode(f, tapered_code(f, rank));
}

static struct number boundary(const struct format *f, uint32_t rank)
{
    return tapered_boundary(f, rank, magnitude_of_boundary);
}

static const struct ladder ladder = {
    .count = tapered_count, .value = value, .code = tapered_code, .boundary = boundary};

static void layout(const struct format *f, char *out, size_t size)
{
    (void)f;
    snprintf(out, size, "3-bit regime, sqrt(e)^(c + m)");
}

static bool by_name(const char *name, struct format *out, const char **why)
{
    static const char *const prefixes[] = {"takum_log", "takum-log", NULL};
    return takum_by_name(&family_takum_log, prefixes, "logarithmic takum by the rule of its name", name, out,
                         why);
}

const struct format_family family_takum_log = {
    .name = "takum_log",
    .doc = "tapered logarithm: sign, direction, regime, characteristic, mantissa",
    .rule = "takum_logN (N 2..32)",
    .by_name = by_name,
    .decode = decode,
    .encode = ladder_encode,
    .max = ladder_max,
    .min_positive = ladder_min_positive,
    .problem = takum_problem,
    .has_inf = tapered_never,
    .has_nan = tapered_has_nan,
    .has_neg_zero = tapered_never,
    .nan_code = tapered_nan_code,
    .layout = layout,
    .ladder = &ladder,
};
