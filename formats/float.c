/* The generic float family: sign, exponent field E of e bits, fraction T of m = precision - 1 bits.
 *
 * E = 0 (subnormals on): (-1)^s * T * 2^(1 - bias - m); otherwise (-1)^s * (1 + T * 2^-m) * 2^(E - bias).
 * Codes that `specials` reserves come off the top. IEEE 754-2019 3.4 for "ieee"; OCP OFP8 v1.0 section 5 for
 * "nan" (E4M3); OCP MX v1.0 section 5.3 for "none" (FP6, FP4); the FNUZ types of the ONNX float8 operators
 * for "fnuz"; IEEE P3109 Interim Report v4.0 for "p3109-finite" and "p3109-extended". e = 0 has no normal
 * numbers: the code is a fraction under one exponent, 2^(1 - bias - m). */
#include "formats/float.h"

#include <stdio.h>

static int fraction_bits(const struct format *f)
{
    return f->precision - 1;
}

static uint32_t magnitude_mask(const struct format *f)
{
    return (uint32_t)((UINT64_C(1) << (f->exponent_bits + fraction_bits(f))) - 1);
}

static uint32_t sign_bit(const struct format *f, bool negative)
{
    return negative && !f->is_unsigned ? UINT32_C(1) << (f->bits - 1) : 0;
}

/* Exponent of the last bit of codes with the lowest exponent field, and of every e = 0 code. */
static int32_t lowest_q(const struct format *f)
{
    int lowest_field = f->subnormals == SUBNORMALS_NONE ? 0 : 1;
    return lowest_field - f->bias - fraction_bits(f);
}

static bool is_p3109(const struct format *f)
{
    return f->specials == SPECIALS_P3109_FINITE || f->specials == SPECIALS_P3109_EXTENDED;
}

static bool has_inf(const struct format *f)
{
    return f->specials == SPECIALS_IEEE || f->specials == SPECIALS_P3109_EXTENDED;
}

static bool has_nan(const struct format *f)
{
    /* IEEE without fraction bits keeps the reserved field for Inf alone. */
    return f->specials == SPECIALS_IEEE ? fraction_bits(f) > 0 : f->specials != SPECIALS_NONE;
}

/* Whether NaN has the code of -0. */
static bool nan_is_neg_zero(const struct format *f)
{
    return f->specials == SPECIALS_FNUZ || (is_p3109(f) && !f->is_unsigned);
}

static bool has_neg_zero(const struct format *f)
{
    return !f->is_unsigned && !nan_is_neg_zero(f) && f->subnormals != SUBNORMALS_NONE;
}

/* P3109: the top code, or the one below NaN where that is the top code. */
static uint32_t inf_magnitude(const struct format *f)
{
    if (f->specials == SPECIALS_P3109_EXTENDED)
        return magnitude_mask(f) - f->is_unsigned;
    return magnitude_mask(f) & ~((UINT32_C(1) << fraction_bits(f)) - 1);
}

/* The magnitude bits of the largest finite value. */
static uint32_t max_magnitude(const struct format *f)
{
    if (has_inf(f))
        return inf_magnitude(f) - 1;
    return magnitude_mask(f) - (has_nan(f) && !nan_is_neg_zero(f));
}

/* Canonical NaN: quiet, positive, no payload (IEEE); the code of -0; or all ones. */
static uint32_t nan_code(const struct format *f)
{
    if (f->specials == SPECIALS_IEEE)
        return inf_magnitude(f) | UINT32_C(1) << (fraction_bits(f) - 1);
    return nan_is_neg_zero(f) ? sign_bit(f, true) : magnitude_mask(f);
}

/* A real-valued bias: all values times one binary32 number. Exact: 32 and 24 bits fit 64. */
static struct number stretched(const struct format *f, struct number x)
{
    return f->stretch > 0 ? number_mul(x, number_from_f32(f->stretch)) : x;
}

static struct number magnitude_value(const struct format *f, uint32_t magnitude, bool negative)
{
    int m = fraction_bits(f);
    uint32_t field = m < 32 ? magnitude >> m : 0;
    uint64_t fraction = magnitude & ((UINT64_C(1) << m) - 1);
    if (f->exponent_bits == 0 || (field == 0 && f->subnormals != SUBNORMALS_NONE)) {
        if (f->subnormals == SUBNORMALS_OFF && f->exponent_bits > 0)
            fraction = 0;
        return stretched(f, number_make(negative, fraction, lowest_q(f)));
    }
    return stretched(f, number_make(negative, fraction | UINT64_C(1) << m, (int32_t)field - f->bias - m));
}

static struct number decode(const struct format *f, uint32_t code)
{
    code &= format_code_mask(f);
    bool negative = !f->is_unsigned && code >> (f->bits - 1) & 1;
    uint32_t magnitude = code & magnitude_mask(f);
    struct number special = {.class = NUMBER_NAN, .negative = false};
    if (nan_is_neg_zero(f) && negative && magnitude == 0)
        return special;
    if (magnitude > max_magnitude(f)) {
        if (has_inf(f) && magnitude == inf_magnitude(f))
            special = (struct number){.class = NUMBER_INF, .negative = negative};
        return special;
    }
    return magnitude_value(f, magnitude, negative);
}

/* The lower neighbour n * 2^q has code magnitude n (lowest field) or field * 2^m + (n - 2^m): its last bit is
 * that of n, but with m = 0 the code is the exponent field alone. */
static bool lower_is_odd(uint64_t lower, int32_t q, const struct format *f)
{
    if (fraction_bits(f) > 0 || f->exponent_bits == 0)
        return lower & 1;
    return lower != 0 && ((q + f->bias) & 1);
}

static struct encoded special_code(const struct format *f, bool negative, bool prefer_nan)
{
    bool nan = has_nan(f) && (prefer_nan || !has_inf(f));
    if (nan)
        return (struct encoded){nan_code(f), EVENT_NAN};
    if (has_inf(f))
        return (struct encoded){inf_magnitude(f) | sign_bit(f, negative), 0};
    return (struct encoded){max_magnitude(f) | sign_bit(f, negative), EVENT_SATURATED};
}

static struct encoded saturated(const struct format *f, bool negative)
{
    return (struct encoded){max_magnitude(f) | sign_bit(f, negative), EVENT_SATURATED | EVENT_INEXACT};
}

static struct encoded encode_inf(const struct format *f, bool negative, const struct rounding *r)
{
    switch (r->overflow) {
    case OVERFLOW_SATURATE_KEEP_INF:
        return has_inf(f) ? special_code(f, negative, false) : saturated(f, negative);
    case OVERFLOW_SATURATE_ONNX:
        return f->specials == SPECIALS_FNUZ ? special_code(f, negative, true) : saturated(f, negative);
    case OVERFLOW_SATURATE_MLDTYPES:
    case OVERFLOW_INFINITY:
        return special_code(f, negative, false);
    case OVERFLOW_NAN:
        return special_code(f, negative, true);
    default:
        return saturated(f, negative);
    }
}

static struct encoded encode_nan(const struct format *f, const struct rounding *r)
{
    if (has_nan(f))
        return (struct encoded){nan_code(f), EVENT_NAN};
    return (struct encoded){r->nan == NAN_TO_MAX ? max_magnitude(f) : 0, EVENT_NAN_LOST};
}

static struct encoded encode_zero(const struct format *f, bool negative)
{
    if (f->subnormals == SUBNORMALS_NONE)
        return (struct encoded){sign_bit(f, negative), EVENT_RAISED | EVENT_INEXACT};
    if (negative && !has_neg_zero(f))
        return (struct encoded){0, EVENT_SIGN_LOST};
    return (struct encoded){sign_bit(f, negative), 0};
}

/* Whether a finite value beyond the range on this side becomes Inf or NaN, not the outermost number. P3109
 * treats odd like nearest, but for Inf with an even code (unsigned, extended). */
static bool leaves_range(const struct format *f, const struct rounding *r, bool negative)
{
    if (r->overflow != OVERFLOW_INFINITY && r->overflow != OVERFLOW_NAN)
        return false;
    if (is_p3109(f) && r->mode == ROUND_ODD)
        return negative || !f->is_unsigned || f->specials == SPECIALS_P3109_FINITE;
    return round_overflows_to_inf(r->mode, negative);
}

/* A magnitude beyond the largest finite one, after rounding with the exponent range unbounded. */
static struct encoded encode_overflow(const struct format *f, bool negative, const struct rounding *r)
{
    if (!leaves_range(f, r, negative))
        return saturated(f, negative);
    struct encoded out = special_code(f, negative, r->overflow == OVERFLOW_NAN);
    out.events |= EVENT_INEXACT | (out.events & EVENT_SATURATED ? 0 : EVENT_OVERFLOW);
    return out;
}

/* The code magnitude, however large, of n * 2^q: n < 2^(m+1), or 2^(m+1) by a carry, which the addition takes
 * into the exponent field just as it takes the step from the last subnormal (n = 2^m at the lowest q) to the
 * first normal number. */
static uint64_t magnitude_of(const struct format *f, uint64_t n, int32_t q, bool lowest)
{
    int m = fraction_bits(f);
    if (f->exponent_bits == 0 || n == 0)
        return n;
    if (lowest)
        return f->subnormals == SUBNORMALS_OFF ? UINT64_C(1) << m : n;
    return ((uint64_t)(q + m + f->bias) << m) + (n - (UINT64_C(1) << m));
}

/* The magnitude of a fraction that was rounded up out of its field, where the carry is lost. */
static uint64_t without_carry(const struct format *f, uint64_t magnitude, enum carry_mode carry)
{
    uint64_t field = UINT64_C(1) << fraction_bits(f);
    if (carry == CARRY_CLAMP)
        return magnitude - 1;
    return magnitude & field ? magnitude : magnitude - field; /* an odd field came from an even one */
}

static struct encoded encode_finite(const struct format *f, struct number x, const struct rounding *r,
                                    uint32_t random)
{
    int m = fraction_bits(f);
    int32_t q_low = lowest_q(f), q = number_exponent(x) - m;
    bool lowest = q < q_low || f->exponent_bits == 0;
    if (lowest) {
        if (f->subnormals == SUBNORMALS_NONE)
            return (struct encoded){sign_bit(f, x.negative), EVENT_RAISED | EVENT_INEXACT};
        /* Without subnormals the neighbours are zero and the least normal number, 1 * 2^(q_low + m). */
        q = f->subnormals == SUBNORMALS_OFF && f->exponent_bits > 0 ? q_low + m : q_low;
    }
    struct encoded out = {0, 0};
    uint64_t n = number_round_to(x, q, r, random, lower_is_odd, f, &out.events);
    if (n == 0) {
        struct encoded zero = encode_zero(f, x.negative);
        zero.events |= out.events | EVENT_FLUSHED;
        return zero;
    }
    uint64_t magnitude = magnitude_of(f, n, q, lowest);
    if (r->carry && f->exponent_bits > 0 && m > 0 && (magnitude & ((UINT64_C(1) << m) - 1)) == 0 &&
        !(lowest && f->subnormals == SUBNORMALS_OFF)) {
        uint32_t unused = 0;
        bool up =
            n > number_round_to(x, q, &(struct rounding){.mode = ROUND_RTZ}, 0, lower_is_odd, f, &unused);
        magnitude = up ? without_carry(f, magnitude, r->carry) : magnitude;
    }
    if (magnitude > max_magnitude(f)) {
        struct encoded over = encode_overflow(f, x.negative, r);
        uint32_t ignored = 0;
        uint64_t lower =
            number_round_to(x, q, &(struct rounding){.mode = ROUND_RTZ}, 0, lower_is_odd, f, &ignored);
        if (magnitude_of(f, lower, q, lowest) > max_magnitude(f))
            out.events &= ~(uint32_t)EVENT_NEAR_TIE; /* between numbers beyond the range no tie decides */
        over.events |= out.events;
        return over;
    }
    out.code = (uint32_t)magnitude | sign_bit(f, x.negative);
    return out;
}

/* A negative nonzero value in an unsigned type. P3109 (4.7.5): what is still below zero after rounding is
 * beyond the range: zero, or NaN where an overflow leaves the range; -Inf is NaN where +Inf becomes Inf or
 * NaN. Other unsigned types are scales, where it is invalid: NaN if there is one, else zero (or the smallest
 * value). */
static struct encoded encode_negative(const struct format *f, struct number x, const struct rounding *r,
                                      uint32_t random)
{
    bool nan = has_nan(f);
    uint32_t events = EVENT_INEXACT;
    if (is_p3109(f) && x.class == NUMBER_FINITE) {
        struct encoded e = encode_finite(f, x, r, random);
        events |= e.events & (EVENT_NEAR_TIE | EVENT_FLUSHED);
        nan = e.code != 0 && leaves_range(f, r, true);
    } else if (is_p3109(f)) {
        nan = r->overflow == OVERFLOW_SATURATE_MLDTYPES || r->overflow == OVERFLOW_INFINITY ||
              r->overflow == OVERFLOW_NAN;
    }
    if (nan)
        return (struct encoded){nan_code(f), EVENT_NAN | EVENT_SIGN_LOST};
    struct encoded out = encode_zero(f, false);
    out.events |= EVENT_SIGN_LOST | events;
    return out;
}

static struct encoded encode(const struct format *f, struct number x, const struct rounding *r,
                             uint32_t random)
{
    if (x.class == NUMBER_NAN)
        return encode_nan(f, r);
    if (x.class == NUMBER_ZERO)
        return encode_zero(f, x.negative);
    /* To the grid of the integer bias. A boundary between neighbours times stretch has at most 33 + 24 bits,
     * so that a sticky x stays on its side of it (number_div); a threshold of ROUND_SR has n more, and the
     * draw for a sticky x is exact while precision + n <= 39. */
    if (x.class == NUMBER_FINITE && f->stretch > 0)
        x = number_div(x, number_from_f32(f->stretch));
    if (x.negative && f->is_unsigned)
        return encode_negative(f, x, r, random);
    if (x.class == NUMBER_INF)
        return encode_inf(f, x.negative, r);
    return encode_finite(f, x, r, random);
}

static struct number max_finite(const struct format *f)
{
    return magnitude_value(f, max_magnitude(f), false);
}

static struct number min_normal(const struct format *f)
{
    return stretched(f, number_pow2(lowest_q(f) + (f->exponent_bits ? fraction_bits(f) : 0)));
}

static const char *problem(const struct format *f)
{
    int m = fraction_bits(f);
    if (f->exponent_bits < 0 || f->exponent_bits > 16)
        return "exponent bits must be 0 to 16";
    if (m < 0 || f->bits != !f->is_unsigned + f->exponent_bits + m || f->bits < 1 || f->bits > 32)
        return "sign, exponent and fraction must make 1 to 32 bits";
    if (f->exponent_bits + m < 1)
        return "a format needs at least one exponent or fraction bit";
    if (f->stretch != 0 && !(f->stretch > 0.5F && f->stretch < 1))
        return "the fraction of the bias must scale by more than 1/2 and less than 1";
    if (f->exponent_bits == 0 && (f->specials == SPECIALS_IEEE || f->subnormals != SUBNORMALS_ON))
        return "without exponent bits specials=ieee and subnormals off or none have no meaning";
    if (f->specials == SPECIALS_FNUZ && (f->is_unsigned || f->subnormals == SUBNORMALS_NONE))
        return "specials=fnuz takes the code of -0, which this format does not have";
    if (is_p3109(f) && f->subnormals == SUBNORMALS_NONE)
        return "P3109 formats have a zero";
    if (max_magnitude(f) > magnitude_mask(f) || max_magnitude(f) == 0 || max_finite(f).class != NUMBER_FINITE)
        return "the special values leave no number";
    return 0;
}

/* The code after that of zero, or the first code of a type without zero. Without subnormals the lowest field
 * holds only zero. */
static struct number min_positive(const struct format *f)
{
    uint32_t code = f->subnormals == SUBNORMALS_NONE ? 0
                    : f->subnormals == SUBNORMALS_OFF && f->exponent_bits > 0
                        ? UINT32_C(1) << fraction_bits(f)
                        : 1;
    return magnitude_value(f, code, false);
}

/* "s1 e4 m3", "u0 e8 m0". */
static void layout(const struct format *f, char *out, size_t size)
{
    snprintf(out, size, "%c%d e%d m%d", f->is_unsigned ? 'u' : 's', !f->is_unsigned, f->exponent_bits,
             fraction_bits(f));
}

const struct format_family family_float = {
    .name = "float",
    .doc = "sign, exponent, fraction",
    .rule = FLOAT_NAME_RULES,
    .by_name = float_by_name,
    .decode = decode,
    .encode = encode,
    .max = max_finite,
    .min_positive = min_positive,
    .min_normal = min_normal,
    .problem = problem,
    .has_inf = has_inf,
    .has_nan = has_nan,
    .has_neg_zero = has_neg_zero,
    .nan_code = nan_code,
    .layout = layout,
};
