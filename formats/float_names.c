/* Float formats by the rule of their name. */
#include "formats/float.h"

#include <stdio.h>
#include <strings.h>

static bool accept(struct format *f, struct format *out, const char **why)
{
    const char *reason = format_problem(f);
    if (reason)
        return format_name_fails(why, reason);
    *out = *f;
    return true;
}

/* eXmY, and ueXmY without a sign bit. */
static bool read_exmy(const char *name, struct format *out, const char **why)
{
    const char *rest;
    bool is_unsigned = *name == 'u' || *name == 'U';
    int e = format_name_number(name + is_unsigned, "e", &rest);
    int m = e < 0 ? -1 : format_name_number(rest, "m", NULL);
    if (m < 0)
        return false;
    if (e > 11)
        return format_name_fails(why, "eXmY takes 0 to 11 exponent bits");
    struct format f = {
        .family = &family_float,
        .bits = !is_unsigned + e + m,
        .exponent_bits = e,
        .precision = m + 1,
        .bias = e ? (1 << (e - 1)) - 1 : 0,
        .is_unsigned = is_unsigned,
        .specials = SPECIALS_NONE,
        .doc = is_unsigned ? "finite unsigned minifloat by the rule of its name"
                           : "finite minifloat by the rule of its name",
        .citation = "bias 2^(X-1) - 1 as in IEEE 754-2019 3.3, every code a number as in OCP MX v1.0 5.3.2",
    };
    snprintf(f.name, sizeof f.name, "%se%dm%d", is_unsigned ? "u" : "", e, m);
    if (f.bits > 32 || e + m < 1)
        return format_name_fails(why, "eXmY takes 1 to 32 bits with its sign, and one beside it");
    return accept(&f, out, why);
}

/* p3109_kKpPse, also spelled binaryKpPse as the report does: K bits, P of precision, signed or unsigned,
 * extended or finite. The bias is 2^(K-P-1), unsigned 2^(K-P). A signed type of precision K has no exponent
 * field; the report stops at K - 1, gfloat does not: its values, those of precision K - 1, need bias 0. */
static bool read_p3109(const char *name, struct format *out, const char **why)
{
    const char *rest;
    int k = format_name_number(name, "p3109_k", &rest);
    if (k < 0)
        k = format_name_number(name, "binary", &rest);
    int p = k < 0 ? -1 : format_name_number(rest, "p", &rest);
    bool is_unsigned = p >= 0 && strncasecmp(rest, "u", 1) == 0;
    if (p < 0 || (!is_unsigned && strncasecmp(rest, "s", 1) != 0))
        return false;
    bool extended = strcasecmp(rest + 1, "e") == 0;
    if (!extended && strcasecmp(rest + 1, "f") != 0)
        return false;
    if (k < 3 || k > 16 || p < 1 || p > k)
        return format_name_fails(why, "P3109 formats have K = 3 to 16 bits and P = 1 to K bits of precision");
    struct format f = {
        .family = &family_float,
        .bits = k,
        .exponent_bits = k - p + is_unsigned,
        .precision = p,
        .bias = k == p && !is_unsigned ? 0 : 1 << (k - p - !is_unsigned),
        .is_unsigned = is_unsigned,
        .specials = extended ? SPECIALS_P3109_EXTENDED : SPECIALS_P3109_FINITE,
        .doc = "IEEE P3109 format by the rule of its name: one zero, one NaN, Inf if extended",
        .citation = "IEEE WG P3109 Interim Report v4.0, section 4",
    };
    snprintf(f.name, sizeof f.name, "p3109_k%dp%d%c%c", k, p, is_unsigned ? 'u' : 's', extended ? 'e' : 'f');
    return accept(&f, out, why);
}

/* Tesla Dojo's configurable floats: every code a number, and the bias a 6-bit number, here part of the name.
 * The guide's formula for denormals, 0.T * 2^-bias, would leave a gap below 2^(1 - bias); the gradual
 * underflow that it asks for needs 2^(1 - bias), as in IEEE 754. */
static bool read_cfloat(const char *name, struct format *out, const char **why)
{
    static const struct cfloat {
        const char *name;
        int e, m;
    } kinds[] = {{"cfloat8_1_4_3", 4, 3}, {"cfloat8_1_5_2", 5, 2}, {"cfloat16_shp", 5, 10}};
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        const struct cfloat *kind = &kinds[i];
        char prefix[FORMAT_NAME_SIZE];
        snprintf(prefix, sizeof prefix, "%sb", kind->name);
        int bias = format_name_number(name, prefix, NULL);
        if (strcasecmp(name, kind->name) == 0 || bias > 63)
            return format_name_fails(why, "the bias is part of the name: b0 to b63 at its end");
        if (bias < 0)
            continue;
        struct format f = {
            .family = &family_float,
            .bits = 1 + kind->e + kind->m,
            .exponent_bits = kind->e,
            .precision = kind->m + 1,
            .bias = bias,
            .specials = SPECIALS_NONE,
            .doc = "Tesla Dojo configurable float with the bias of its name: no Inf, no NaN",
            .citation = "Tesla Dojo Technology: A Guide to Tesla's Configurable Floating Point Formats",
        };
        snprintf(f.name, sizeof f.name, "%s%d", prefix, bias);
        return accept(&f, out, why);
    }
    return false;
}

bool float_by_name(const char *name, struct format *out, const char **why)
{
    const char *reason = NULL;
    return read_exmy(name, out, &reason) || (!reason && read_p3109(name, out, &reason)) ||
           (!reason && read_cfloat(name, out, &reason)) || format_name_fails(why, reason);
}
