#include "tests/small.h"

#include "tests/check.h"

#include <math.h>
#include <stdlib.h>

struct format small_named(const char *name)
{
    struct format f;
    if (!format_by_name(name, &f, NULL))
        fail_msg("no format %s", name);
    return f;
}

struct small_values small_values(const struct format *f, bool specials)
{
    static const struct rounding r = {.overflow = OVERFLOW_SATURATE_KEEP_INF};
    size_t codes = (size_t)format_code_mask(f) + 1;
    struct small_values v = {.bits = calloc(codes, sizeof *v.bits), .codes = calloc(codes, sizeof *v.codes)};
    for (uint32_t code = 0; code < codes; code++) {
        double x = format_value(f, code);
        double y = format_value(f, format_round(f, format_decode(f, code), &r, 0).code);
        if (!isnan(x) && x != y)
            continue;
        if (!specials && !isfinite(x))
            continue;
        v.bits[v.n] = isnan(x) ? 1 : bits_from_f64(specials ? x : x + 0.0);
        v.codes[v.n++] = code;
    }
    return v;
}

void small_values_free(struct small_values *v)
{
    free(v->bits);
    free(v->codes);
}

size_t small_formats(struct format out[static SMALL_FORMATS])
{
    static const char *const by_rule[] = {
        "e3m1",         "e2m2",   "e5m1",         "e4m2",         "e6m1",         "e1m6,",
        "ue4m4",        "ue3m2",  "int3",         "int5",         "int7",         "posit5",
        "posit8es0",    "posit6", "p3109_k6p3se", "p3109_k8p4sf", "p3109_k8p5ue", "p3109_k4p2sf",
        "p3109_k8p1uf", "nf3",    "lns2f3"};
    size_t n = 0;
    for (size_t i = 0; i < format_count(); i++)
        if (format_at(i)->bits <= 8)
            out[n++] = *format_at(i);
    for (size_t i = 0; i < sizeof by_rule / sizeof *by_rule; i++)
        if (format_by_name(by_rule[i], &out[n], NULL))
            n++;
    return n;
}
