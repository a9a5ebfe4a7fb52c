/* Integers, optionally with a fixed binary point: value = integer * 2^-fraction_bits. Two's complement whole
 * ("twos") or limited to symmetric values ("sym": Wu et al., arXiv 2004.09602, section 3.1.2), or sign and
 * magnitude ("signmag"). A stretch multiplies every value: the integers of IF4 and IF6 lie on the scale of
 * the floats beside them. No Inf and no NaN: every overflow policy clamps. */
#include "formats/format.h"

#include <stdio.h>
#include <string.h>

/* magnitude * 2^-fraction_bits * stretch: 16 and 24 bits, so exact. */
static struct number value_of(const struct format *f, bool negative, uint64_t magnitude)
{
    struct number x = number_make(negative, magnitude, -f->fraction_bits);
    return f->stretch > 0 ? number_mul(x, number_from_f32(f->stretch)) : x;
}

static uint64_t limit(const struct format *f, bool negative)
{
    uint64_t half = UINT64_C(1) << (f->bits - 1);
    return negative && f->codes == CODES_TWOS ? half : half - 1;
}

static struct number decode(const struct format *f, uint32_t code)
{
    code &= format_code_mask(f);
    uint32_t half = UINT32_C(1) << (f->bits - 1);
    bool negative = (code & half) != 0;
    uint64_t magnitude = code;
    if (f->codes == CODES_SIGNMAG)
        magnitude = code & (half - 1);
    else if (negative)
        magnitude = (UINT64_C(1) << f->bits) - code;
    return value_of(f, negative, magnitude);
}

static uint32_t code_of(const struct format *f, uint64_t magnitude, bool negative)
{
    if (f->codes == CODES_SIGNMAG)
        return (uint32_t)magnitude | (negative ? UINT32_C(1) << (f->bits - 1) : 0);
    return (uint32_t)(negative ? 0 - magnitude : magnitude) & format_code_mask(f);
}

static struct encoded encode(const struct format *f, struct number x, const struct rounding *r,
                             uint32_t random)
{
    uint64_t top = limit(f, x.negative);
    if (x.class == NUMBER_NAN)
        return (struct encoded){r->nan == NAN_TO_MAX ? code_of(f, limit(f, false), false) : 0,
                                EVENT_NAN_LOST};
    if (x.class == NUMBER_INF)
        return (struct encoded){code_of(f, top, x.negative), EVENT_SATURATED | EVENT_INEXACT};
    struct encoded out = {0, 0};
    uint64_t n = 0;
    if (x.class == NUMBER_FINITE) {
        /* A boundary times stretch has at most 17 + 24 bits: a sticky quotient stays on its side of it. */
        if (f->stretch > 0)
            x = number_div(x, number_from_f32(f->stretch));
        n = number_round_to(x, -f->fraction_bits, r, random, number_is_odd, f, &out.events); /* codes and
 magnitudes have one parity */
        if (n == 0)
            out.events |= EVENT_FLUSHED;
    }
    if (n == 0 && x.negative && f->codes != CODES_SIGNMAG)
        out.events |= EVENT_SIGN_LOST;
    if (n > top) {
        uint32_t ignored = 0;
        if (number_round_to(x, -f->fraction_bits, &(struct rounding){.mode = ROUND_RTZ}, 0, number_is_odd, f,
                            &ignored) > top)
            out.events &= ~(uint32_t)EVENT_NEAR_TIE; /* between numbers beyond the range no tie decides */
        n = top;
        out.events |= EVENT_SATURATED | EVENT_INEXACT;
    }
    out.code = code_of(f, n, x.negative);
    return out;
}

/* The scale of symmetric quantization divides by this one: 2^(bits-1) - 1 in every kind of codes. */
static struct number max_finite(const struct format *f)
{
    return value_of(f, false, limit(f, false));
}

static struct number min_positive(const struct format *f)
{
    return value_of(f, false, 1);
}

static const char *problem(const struct format *f)
{
    if (f->bits < 2 || f->bits > 16)
        return "integers have 2 to 16 bits";
    if (f->fraction_bits < -126 || f->fraction_bits > 126)
        return "the binary point must lie within -126 to 126 fraction bits";
    if (!(f->stretch >= 0 && f->stretch <= 1))
        return "integers are stretched by a number from 0 (none) to 1";
    return 0;
}

static bool never(const struct format *f)
{
    (void)f;
    return false;
}

static bool has_neg_zero(const struct format *f)
{
    return f->codes == CODES_SIGNMAG;
}

static void layout(const struct format *f, char *out, size_t size)
{
    int n = snprintf(out, size, "%s", int_codes_names[f->codes]);
    if (f->fraction_bits)
        snprintf(out + n, size - (size_t)n, ", %d fraction bits", f->fraction_bits);
    if (f->stretch > 0)
        snprintf(out + strlen(out), size - strlen(out), ", times %.9g", (double)f->stretch);
}

static bool by_name(const char *name, struct format *out, const char **why)
{
    int bits = format_name_number(name, "int", NULL);
    if (bits < 0)
        return false;
    struct format f = {
        .family = &family_int,
        .bits = bits,
        .codes = CODES_SYM,
        .doc = "symmetric two's complement integer by the rule of its name",
        .citation = "Wu et al., arXiv 2004.09602, section 3.1.2",
    };
    if (format_problem(&f))
        return format_name_fails(why, format_problem(&f));
    snprintf(f.name, sizeof f.name, "int%d", bits);
    *out = f;
    return true;
}

const struct format_family family_int = {
    .name = "int",
    .doc = "integer with a fixed binary point",
    .rule = "intN (N 2..16)",
    .by_name = by_name,
    .decode = decode,
    .encode = encode,
    .max = max_finite,
    .min_positive = min_positive,
    .problem = problem,
    .has_inf = never,
    .has_nan = never,
    .has_neg_zero = has_neg_zero,
    .nan_code = 0,
    .layout = layout,
};
