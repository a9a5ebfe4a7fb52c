/* Takums: Hunhold, "Beating Posits at Their Own Game: Takum Arithmetic", arXiv 2404.18603. A code is the
 * fields S, D, R (3 bits), C (r bits), M (the rest, p bits): r = R if D = 1, else 7 - R; the characteristic
 * is c = 2^r - 1 + C if D = 1, else -2^(r+1) + 1 + C; the mantissa is m = M / 2^p. A code of fewer than 12
 * bits is read with zero bits appended.
 *
 *   linear       ((1 - 3S) + m) * 2^((-1)^S * (c + S))       definition 8
 *   logarithmic  (-1)^S * sqrt(e)^((-1)^S * (c + m))         definition 2
 *
 * With S = 1 both are the negated value of the two's complement code, so only S = 0 is computed.
 *
 * Except for 1 the logarithmic values are irrational. The value of a code is defined here as the nearest
 * number of 53 significant bits (a binary64 number); boundaries are the real ones. sqrt(e)^q is irrational
 * for rational q other than 0, so no number lies on a boundary, and there are no ties: its first 64 bits and
 * the fact that there are more decide every comparison with a binary32 value.
 *
 * Both kinds round their bit strings and saturate: a nonzero value never becomes zero or NaR under a nearest
 * mode. Directed, odd and stochastic modes, and infinities, are treated as with posits (formats/posit.c). */
#include "formats/takum.h"

#include <stdio.h>
#include <strings.h>

#include "formats/exp2_fixed.h"
#include "formats/tapered.h"

static struct number linear(int characteristic, uint64_t mantissa)
{
    return number_make(false, UINT64_C(1) << 63 | mantissa >> 1, characteristic - 63);
}

/* c + m in units of 2^-28: codes of up to 33 bits have at most 28 mantissa bits. */
static struct log2_fixed log2_of(int characteristic, uint64_t mantissa)
{
    return log2_fixed_sqrt_e((int64_t)characteristic * (1 << 28) + (int64_t)(mantissa >> 36));
}

/* The mantissa is in units of 2^-64. */
static void split(uint64_t code, int bits, int *characteristic, uint64_t *mantissa)
{
    uint64_t body = code << (64 - bits); /* zero bits appended */
    bool d = body >> 62 & 1;
    int regime = (int)(body >> 59 & 7), r = d ? regime : 7 - regime;
    uint64_t rest = body << 5;
    int c = r ? (int)(rest >> (64 - r)) : 0;
    *characteristic = c + (d ? (1 << r) - 1 : 1 - (2 << r));
    *mantissa = rest << r;
}

static struct number magnitude(const struct format *f, uint64_t code, int bits)
{
    int c;
    uint64_t m;
    split(code, bits, &c, &m);
    return f->kind == TAKUM_LIN ? linear(c, m) : exp2_fixed_nearest(log2_of(c, m));
}

static struct number magnitude_of_boundary(const struct format *f, uint64_t code, int bits)
{
    int c;
    uint64_t m;
    split(code, bits, &c, &m);
    return f->kind == TAKUM_LIN ? linear(c, m) : exp2_fixed_truncated(log2_of(c, m));
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

static const char *problem(const struct format *f)
{
    return f->bits < 2 || f->bits > 32 ? "takums have 2 to 32 bits" : NULL;
}

static void layout(const struct format *f, char *out, size_t size)
{
    snprintf(out, size, "3-bit regime, %s", f->kind == TAKUM_LIN ? "(1 + m) 2^c" : "sqrt(e)^(c + m)");
}

static bool by_name(const char *name, struct format *out, const char **why)
{
    static const struct {
        const char *prefix;
        enum takum_kind kind;
    } prefixes[] = {{"takum_lin", TAKUM_LIN},
                    {"takum-lin", TAKUM_LIN},
                    {"takum_linear", TAKUM_LIN},
                    {"takum_log", TAKUM_LOG},
                    {"takum-log", TAKUM_LOG}};
    if (strcasecmp(name, "takum") == 0 || format_name_number(name, "takum", NULL) >= 0)
        return format_name_fails(
            why, "there are two takums: write takum_linN for the linear one (a floating-point "
                 "number) or takum_logN for the logarithmic one");
    struct format f = {.family = &family_takum, .bits = -1, .citation = "Hunhold, arXiv 2404.18603"};
    for (size_t i = 0; i < sizeof prefixes / sizeof *prefixes && f.bits < 0; i++) {
        f.bits = format_name_number(name, prefixes[i].prefix, NULL);
        f.kind = prefixes[i].kind;
    }
    if (f.bits < 0)
        return false;
    if (problem(&f))
        return format_name_fails(why, problem(&f));
    bool lin = f.kind == TAKUM_LIN;
    f.doc = lin ? "linear takum by the rule of its name" : "logarithmic takum by the rule of its name";
    snprintf(f.name, sizeof f.name, "takum_%s%d", lin ? "lin" : "log", f.bits);
    const struct format *registered = format_find(f.name);
    *out = registered ? *registered : f;
    return true;
}

const struct format_family family_takum = {
    .name = "takum",
    .doc = "tapered precision: sign, direction, regime, characteristic, mantissa",
    .rule = "takum_linN and takum_logN (N 2..32)",
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
