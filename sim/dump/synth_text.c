/* Texts of synthetic tensors. */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/base/strbuf.h"
#include "sim/dump/synth.h"
#include "sim/text_words.h"

const char *const synth_key_names[SYNTH_KEYS] = {"rows", "columns",       "param",          "scale",
                                                 "seed", "outlier_share", "outlier_factor", "element"};

struct synth_spec synth_standard(void)
{
    return (struct synth_spec){
        .parameter = (double)NAN, .scale = 1, .rows = 256, .columns = 256, .outlier_factor = 1};
}

static enum status read_count(enum synth_key key, const char *value, uint64_t least, uint64_t most,
                              uint64_t *out, struct error *e)
{
    const size_t digits = strspn(value, "0123456789");
    errno = 0;
    const unsigned long long n = strtoull(value, NULL, 10);
    if (!digits || value[digits] || errno || n < least || n > most)
        return error_set(e, STATUS_INVALID, "%s: expected a whole number of %llu..%llu, found '%s'",
                         synth_key_names[key], (unsigned long long)least, (unsigned long long)most, value);
    *out = n;
    return STATUS_OK;
}

static enum status read_length(enum synth_key key, const char *value, size_t *out, struct error *e)
{
    uint64_t n = 0;
    enum status s = read_count(key, value, 1, SYNTH_MAX_VALUES, &n, e);
    if (!s)
        *out = (size_t)n;
    return s;
}

static enum status read_number(enum synth_key key, const char *value, double *out, struct error *e)
{
    char *end;
    const double x = strtod(value, &end);
    if (!*value || *end || !isfinite(x))
        return error_set(e, STATUS_INVALID, "%s: expected a number, found '%s'", synth_key_names[key], value);
    *out = x;
    return STATUS_OK;
}

static enum status read_element(const char *value, const struct format **out, struct error *e)
{
    const struct format *f = format_find(value);
    if (!f)
        return error_set(e, STATUS_INVALID, "element: expected a format of `bitsweep formats`, found '%s'",
                         value);
    *out = f;
    return STATUS_OK;
}

enum status synth_set(struct synth_spec *s, enum synth_key key, const char *value, struct error *e)
{
    switch (key) {
    case SYNTH_ROWS:
        return read_length(key, value, &s->rows, e);
    case SYNTH_COLUMNS:
        return read_length(key, value, &s->columns, e);
    case SYNTH_SEED:
        return read_count(key, value, 0, UINT64_MAX, &s->seed, e);
    case SYNTH_PARAM:
        return read_number(key, value, &s->parameter, e);
    case SYNTH_SCALE:
        return read_number(key, value, &s->scale, e);
    case SYNTH_OUTLIER_SHARE:
        return read_number(key, value, &s->outlier_share, e);
    case SYNTH_OUTLIER_FACTOR:
        return read_number(key, value, &s->outlier_factor, e);
    case SYNTH_ELEMENT:
        return read_element(value, &s->element, e);
    default:
        return error_set(e, STATUS_INTERNAL, "no such key");
    }
}

static const char *no_alias(const char *name)
{
    (void)name;
    return NULL;
}

enum { VALUE_SIZE = 64 };
static const struct text_key keys[SYNTH_KEYS] = {
    {"rows", "a whole number", ""},
    {"columns", "a whole number", ""},
    {"param", "a number", ""},
    {"scale", "a positive number", ""},
    {"seed", "a whole number", ""},
    {"outlier_share", "0..1", ""},
    {"outlier_factor", "a finite number", ""},
    {"element", "a format", ""},
};
static const struct text_kind kind = {.what = "synthetic tensor",
                                      .names = "distribution",
                                      .text_size = SYNTH_TEXT_SIZE,
                                      .value_size = VALUE_SIZE,
                                      .keys = keys,
                                      .n = SYNTH_KEYS,
                                      .stands_for = no_alias};

enum status synth_parse(const char *text, struct synth_spec *out, bool *given, struct error *e)
{
    char name[VALUE_SIZE] = "", value[SYNTH_KEYS][VALUE_SIZE] = {""};
    memset(given, 0, SYNTH_KEYS * sizeof *given);
    *out = synth_standard();
    out->distribution = "";
    enum status s = text_cut(&kind, text, &(struct text_words){name, value[0], given}, e);
    for (int k = 0; k < SYNTH_KEYS && !s; k++)
        if (given[k])
            s = synth_set(out, (enum synth_key)k, value[k], e);
    if (s)
        return s;
    const struct distribution *d = distribution_find(name);
    if (!d) {
        const struct synth_spec unknown = {.distribution = name};
        return synth_check(&unknown, e);
    }
    out->distribution = d->name;
    if (d->parameter && out->parameter == d->parameter_default)
        out->parameter = (double)NAN; /* one text for one meaning */
    return STATUS_OK;
}

/* Whole numbers in digits. */
static const char *number_text(double x, char out[static 32])
{
    if (fabs(x) >= 1e15 || x != floor(x))
        return str_shortest_f64(x, out);
    snprintf(out, 32, "%.0f", x);
    return out;
}

void synth_text(const struct synth_spec *s, char out[static SYNTH_TEXT_SIZE])
{
    const struct distribution *d = distribution_find(s->distribution);
    char number[32], factor[32];
    int n = snprintf(out, SYNTH_TEXT_SIZE, "%s,rows=%zu,columns=%zu", s->distribution, s->rows, s->columns);
    if (!isnan(s->parameter) && !(d && d->parameter && s->parameter == d->parameter_default))
        n += sprintf(out + n, ",param=%s", number_text(s->parameter, number));
    if (s->scale != 1)
        n += sprintf(out + n, ",scale=%s", number_text(s->scale, number));
    if (s->seed)
        n += sprintf(out + n, ",seed=%llu", (unsigned long long)s->seed);
    if (s->outlier_share > 0)
        n += sprintf(out + n, ",outlier_share=%s,outlier_factor=%s", number_text(s->outlier_share, number),
                     number_text(s->outlier_factor, factor));
    if (s->element)
        sprintf(out + n, ",element=%s", s->element->name);
}
