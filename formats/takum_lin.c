/* Linear takums: the value is ((1 - 3S) + m) * 2^((-1)^S * (c + S)), arXiv 2404.18603 definition 8; with S =
 * 1 that is the negated value of the two's complement code, and (1 + m) * 2^c remains. */
#include "formats/takum.h"

#include <stdio.h>

static struct number magnitude(const struct format *f, uint64_t code, int bits)
{
    (void)f;
    struct takum_fields t = takum_split(code, bits);
    return number_make(false, UINT64_C(1) << 63 | t.mantissa >> 1, t.characteristic - 63);
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
    return tapered_boundary(f, rank, magnitude);
}

static const struct ladder ladder = {
    .count = tapered_count, .value = value, .code = tapered_code, .boundary = boundary};

static void layout(const struct format *f, char *out, size_t size)
{
    (void)f;
    snprintf(out, size, "3-bit regime, 2^c * (1 + m)");
}

static bool by_name(const char *name, struct format *out, const char **why)
{
    static const char *const prefixes[] = {"takum_lin", "takum-lin", "takum_linear", NULL};
    return takum_by_name(&family_takum_lin, prefixes, "linear takum by the rule of its name", name, out, why);
}

const struct format_family family_takum_lin = {
    .name = "takum_lin",
    .doc = "tapered precision: sign, direction, regime, characteristic, fraction",
    .rule = "takum_linN (N 2..32)",
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
