/* The registry of element formats, formats by the rule of their name, and facts derived from parameters. */
#include "formats/format.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#define FORMAT(id) extern const struct format format_##id;
#include "formats/registry.def"
#undef FORMAT

static const struct format *const registry[] = {
#define FORMAT(id) &format_##id,
#include "formats/registry.def"
#undef FORMAT
};

size_t format_count(void)
{
    return sizeof registry / sizeof *registry;
}

const struct format *format_at(size_t i)
{
    return registry[i];
}

const struct format *format_find(const char *name)
{
    for (size_t i = 0; i < format_count(); i++) {
        const struct format *f = registry[i];
        if (strcasecmp(f->name, name) == 0)
            return f;
        for (const char *const *a = f->aliases; a && *a; a++)
            if (strcasecmp(*a, name) == 0)
                return f;
    }
    return NULL;
}

/* Reads a decimal number of at most two digits without leading zero; -1 if there is none. */
static int small_number(const char **s)
{
    const char *p = *s;
    if (*p < '0' || *p > '9')
        return -1;
    int v = *p++ - '0';
    if (v != 0 && *p >= '0' && *p <= '9')
        v = 10 * v + (*p++ - '0');
    *s = p;
    return v;
}

static bool fail(const char **why, const char *reason)
{
    if (why)
        *why = reason;
    return false;
}

static bool exmy_by_name(const char *name, struct format *out, const char **why)
{
    const char *s = name + 1;
    int e = small_number(&s);
    if (e < 0 || (*s != 'm' && *s != 'M'))
        return fail(why, NULL);
    s++;
    int m = small_number(&s);
    if (m < 0 || *s)
        return fail(why, NULL);
    if (e > 11)
        return fail(why, "eXmY takes 0 to 11 exponent bits");
    struct format f = {
        .family = &family_float,
        .bits = 1 + e + m,
        .exponent_bits = e,
        .precision = m + 1,
        .bias = e ? (1 << (e - 1)) - 1 : 0,
        .specials = SPECIALS_NONE,
        .doc = "finite minifloat by the rule of its name",
        .citation = "bias 2^(X-1) - 1 as in IEEE 754-2019 3.3, every code a number as in OCP MX v1.0 5.3.2",
    };
    snprintf(f.name, sizeof f.name, "e%dm%d", e, m);
    if (f.bits > 32 || e + m < 1)
        return fail(why, "eXmY with its sign takes 2 to 32 bits");
    *out = f;
    return true;
}

static bool int_by_name(const char *name, struct format *out, const char **why)
{
    const char *s = name + 3;
    int bits = small_number(&s);
    if (bits < 0 || *s)
        return fail(why, NULL);
    struct format f = {
        .family = &family_int,
        .bits = bits,
        .codes = CODES_SYM,
        .doc = "symmetric two's complement integer by the rule of its name",
        .citation = "Wu et al., arXiv 2004.09602, section 3.1.2",
    };
    if (format_problem(&f))
        return fail(why, format_problem(&f));
    snprintf(f.name, sizeof f.name, "int%d", bits);
    *out = f;
    return true;
}

bool format_by_name(const char *name, struct format *out, const char **why)
{
    const struct format *f = format_find(name);
    if (why)
        *why = NULL;
    if (f) {
        *out = *f;
        return true;
    }
    if (name[0] == 'e' || name[0] == 'E')
        return exmy_by_name(name, out, why);
    if (strncasecmp(name, "int", 3) == 0)
        return int_by_name(name, out, why);
    return false;
}

const char *format_problem(const struct format *f)
{
    return f->family->problem(f);
}

struct number format_decode(const struct format *f, uint32_t code)
{
    return f->family->decode(f, code);
}

double format_value(const struct format *f, uint32_t code)
{
    return number_to_f64(format_decode(f, code));
}

bool format_has_inf(const struct format *f)
{
    return f->family->has_inf(f);
}

bool format_has_nan(const struct format *f)
{
    return f->family->has_nan(f);
}

bool format_has_neg_zero(const struct format *f)
{
    return f->family->has_neg_zero(f);
}

uint32_t format_nan_code(const struct format *f)
{
    return f->family->nan_code(f);
}

struct number format_max(const struct format *f)
{
    return f->family->max(f);
}

double format_min_normal(const struct format *f)
{
    return number_to_f64(f->family->min_normal(f));
}

/* Codes from 0 up hold the positive values in order (two's complement, sign-magnitude, floats): the first
 * nonzero one. */
double format_min_positive(const struct format *f)
{
    uint32_t code = 0;
    struct number x = format_decode(f, code);
    while (x.class == NUMBER_ZERO)
        x = format_decode(f, ++code);
    return number_to_f64(x);
}

/* The carriers, as members of the float family: their conversions go through the same door. */
static const struct rounding to_carrier = {.mode = ROUND_RNE, .overflow = OVERFLOW_INFINITY};

float number_to_f32(struct number x)
{
    return f32_from_bits(format_round(&format_fp32, x, &to_carrier, 0).code);
}

/* Binary64 has no 32-bit code, so its own encoder: the rounding is the door's. */
static bool parity(uint64_t lower, int32_t q, const struct format *f)
{
    (void)q;
    (void)f;
    return lower & 1;
}

double number_to_f64(struct number x)
{
    uint64_t sign = (uint64_t)x.negative << 63;
    if (x.class == NUMBER_NAN)
        return f64_from_bits(UINT64_C(0x7ff8000000000000));
    if (x.class == NUMBER_ZERO)
        return f64_from_bits(sign);
    uint64_t inf = UINT64_C(0x7ff0000000000000);
    if (x.class == NUMBER_INF || number_exponent(x) > 1023)
        return f64_from_bits(sign | inf);
    uint32_t events = 0;
    int32_t q = number_exponent(x) - 52;
    bool lowest = q < -1074;
    uint64_t n = number_round_to(x, lowest ? -1074 : q, &to_carrier, 0, parity, NULL, &events);
    uint64_t magnitude = lowest ? n : ((uint64_t)(q + 1074) << 52) + n;
    return f64_from_bits(sign | magnitude); /* a carry out of the largest one is infinity's pattern */
}
