/* The registry of element formats, formats by the rule of their name, and facts derived from parameters. */
#include "formats/format.h"

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

static const struct format_family *const families[] = {
#define FAMILY(id) &family_##id,
#include "formats/families.def"
#undef FAMILY
};

size_t format_family_count(void)
{
    return sizeof families / sizeof *families;
}

const struct format_family *format_family_at(size_t i)
{
    return families[i];
}

int format_name_number(const char *name, const char *prefix, const char **end)
{
    size_t n = strlen(prefix);
    if (strncasecmp(name, prefix, n) != 0)
        return -1;
    const char *p = name + n;
    if (*p < '0' || *p > '9')
        return -1;
    int v = *p++ - '0';
    if (v != 0 && *p >= '0' && *p <= '9')
        v = 10 * v + (*p++ - '0');
    if (end)
        *end = p;
    return end || !*p ? v : -1;
}

bool format_name_fails(const char **why, const char *reason)
{
    if (why)
        *why = reason;
    return false;
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
    const char *reason = NULL;
    for (size_t i = 0; i < format_family_count() && !reason; i++)
        if (families[i]->by_name && families[i]->by_name(name, out, &reason))
            return true;
    return format_name_fails(why, reason);
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

bool format_has_normals(const struct format *f)
{
    return f->family->min_normal != NULL;
}

struct number format_min_normal(const struct format *f)
{
    return f->family->min_normal(f);
}

struct number format_min_positive(const struct format *f)
{
    return f->family->min_positive(f);
}

/* The carriers, as members of the float family: their conversions go through the same door. */
static const struct rounding to_carrier = {.mode = ROUND_RNE, .overflow = OVERFLOW_INFINITY};

float number_to_f32(struct number x)
{
    return f32_from_bits(format_round(&format_fp32, x, &to_carrier, 0).code);
}

bool number_is_odd(uint64_t lower, int32_t q, const struct format *f)
{
    (void)q;
    (void)f;
    return lower & 1;
}

/* Binary64 has no 32-bit code, so its own encoder: the rounding is the door's. */
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
    uint64_t n = number_round_to(x, lowest ? -1074 : q, &to_carrier, 0, number_is_odd, NULL, &events);
    uint64_t magnitude = lowest ? n : ((uint64_t)(q + 1074) << 52) + n;
    return f64_from_bits(sign | magnitude); /* a carry out of the largest one is infinity's pattern */
}
