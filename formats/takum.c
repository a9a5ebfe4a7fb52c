/* Takums: Hunhold, "Beating Posits at Their Own Game: Takum Arithmetic", arXiv 2404.18603. A code is the
 * fields S, D, R (3 bits), C (r bits), M (the rest): r = R if D = 1, else 7 - R; the characteristic is c =
 * 2^r - 1 + C if D = 1, else -2^(r+1) + 1 + C; the mantissa is m = M / 2^p. A code of fewer than 12 bits is
 * read with zero bits appended.
 *
 * Both kinds round their bit strings and saturate: a nonzero value never becomes zero or NaR under a nearest
 * mode. Directed, odd and stochastic modes, and infinities, are treated as with posits (formats/posit.c). */
#include "formats/takum.h"

#include <stdio.h>
#include <strings.h>

struct takum_fields takum_split(uint64_t code, int bits)
{
    uint64_t body = code << (64 - bits); /* zero bits appended */
    bool d = body >> 62 & 1;
    int regime = (int)(body >> 59 & 7), r = d ? regime : 7 - regime;
    uint64_t rest = body << 5;
    int c = r ? (int)(rest >> (64 - r)) : 0;
    return (struct takum_fields){.characteristic = c + (d ? (1 << r) - 1 : 1 - (2 << r)),
                                 .mantissa = rest << r};
}

const char *takum_problem(const struct format *f)
{
    return f->bits < 2 || f->bits > 32 ? "takums have 2 to 32 bits" : NULL;
}

bool takum_by_name(const struct format_family *family, const char *const *prefixes, const char *doc,
                   const char *name, struct format *out, const char **why)
{
    if (strcasecmp(name, "takum") == 0 || format_name_number(name, "takum", NULL) >= 0)
        return format_name_fails(
            why, "there are two takums: write takum_linN for the linear one (a floating-point "
                 "number) or takum_logN for the logarithmic one");
    int bits = -1;
    for (const char *const *prefix = prefixes; *prefix && bits < 0; prefix++)
        bits = format_name_number(name, *prefix, NULL);
    if (bits < 0)
        return false;
    struct format f = {.family = family, .bits = bits, .doc = doc, .citation = "Hunhold, arXiv 2404.18603"};
    if (takum_problem(&f))
        return format_name_fails(why, takum_problem(&f));
    snprintf(f.name, sizeof f.name, "%s%d", prefixes[0], bits);
    const struct format *registered = format_find(f.name);
    *out = registered ? *registered : f;
    return true;
}
