/* Posits, as in the Posit Standard (2022): sign, a regime of equal bits ended by the opposite one (run r: k =
 * r - 1 for ones, -r for zeros), es exponent bits e, a fraction f; bits beyond the end are 0. The value is
 * 2^(k * 2^es + e) * (1 + f); a negative posit is the two's complement of its magnitude. The standard has es
 * = 2 at every width; other es are those of Gustafson and Yonemoto, "Beating Floating Point at its Own Game"
 * (2017), and of SoftPosit (posit8es0, posit16es1).
 *
 * Rounding to nearest goes by the bit string: between neighbours u and w lies the posit of one more bit, its
 * tie goes to the even code, values beyond the ends saturate and nonzero values never become zero or NaR. The
 * standard has no other mode: the directed, odd and stochastic ones here work on values as in every other
 * format, so that rtz, say, takes what lies below the smallest value to zero. Infinities become NaR under
 * overflow=infinity, nan and saturate-mldtypes, as the standard has it (6.5), and the largest value of their
 * sign otherwise. */
#include "formats/tapered.h"

#include <stdio.h>

enum { STANDARD_ES = 2 };

static struct number magnitude(const struct format *f, uint64_t code, int bits)
{
    int es = f->exponent_bits;
    uint64_t body = code << (65 - bits); /* the regime from the top; 0 follows, so runs of ones end */
    bool ones = body >> 63;
    int run = __builtin_clzll(ones ? ~body : body);
    int k = ones ? run - 1 : -run;
    uint64_t rest = body << (run + 1);
    int e = es ? (int)(rest >> (64 - es)) : 0;
    uint64_t fraction = rest << es;
    return number_make(false, UINT64_C(1) << 63 | fraction >> 1, k * (1 << es) + e - 63);
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

static const char *problem(const struct format *f)
{
    if (f->bits < 2 || f->bits > 32)
        return "posits have 2 to 32 bits";
    if (f->exponent_bits < 0 || f->exponent_bits > 4)
        return "posits have 0 to 4 exponent bits";
    return NULL;
}

static void layout(const struct format *f, char *out, size_t size)
{
    snprintf(out, size, "regime, e%d, fraction", f->exponent_bits);
}

static bool by_name(const char *name, struct format *out, const char **why)
{
    const char *rest;
    int bits = format_name_number(name, "posit", &rest), es = STANDARD_ES;
    if (bits < 0)
        return false;
    if (*rest && (es = format_name_number(rest, "es", NULL)) < 0)
        return false;
    struct format f = {
        .family = &family_posit,
        .bits = bits,
        .exponent_bits = es,
        .doc = es == STANDARD_ES ? "posit of the 2022 standard by the rule of its name"
                                 : "posit by the rule of its name",
        .citation = es == STANDARD_ES
                        ? "Standard for Posit Arithmetic (2022)"
                        : "Gustafson and Yonemoto, Beating Floating Point at its Own Game (2017)",
    };
    if (problem(&f))
        return format_name_fails(why, problem(&f));
    if (es == STANDARD_ES)
        snprintf(f.name, sizeof f.name, "posit%d", bits);
    else
        snprintf(f.name, sizeof f.name, "posit%des%d", bits, es);
    const struct format *registered = format_find(f.name);
    *out = registered ? *registered : f;
    return true;
}

const struct format_family family_posit = {
    .name = "posit",
    .doc = "tapered precision: sign, regime, exponent, fraction",
    .rule = "positN and positNesE (N 2..32, E 0..4, 2 unless said)",
    .by_name = by_name,
    .decode = decode,
    .encode = ladder_encode,
    .max = ladder_max,
    .min_positive = ladder_min_positive,
    .problem = problem,
    .has_inf = tapered_never,
    .has_nan = tapered_has_nan,
    .has_neg_zero = tapered_never,
    .nan_code = tapered_nan_code,
    .layout = layout,
    .ladder = &ladder,
};
