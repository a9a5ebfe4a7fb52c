/* The values of scheme keys: choices, numbers, formats. */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "sim/base/strbuf.h"
#include "sim/book.h"
#include "sim/profile.h"
#include "sim/scheme_words.h"

enum status words_bad(const struct words *w, enum key k, struct error *e)
{
    char hint[STR_HINT_SIZE];
    return error_set(e, STATUS_INVALID, "%s: '%s' is not one of %s%s", scheme_keys[k].name, w->value[k],
                     scheme_keys[k].choices, str_hint_list(w->value[k], scheme_keys[k].choices, hint));
}

bool words_says(const struct words *w, enum key k)
{
    return w->value[k][0] && strcmp(w->value[k], "none") != 0;
}

enum status words_select(const struct words *w, enum key k, const char *const *names, int n, int *out,
                         struct error *e)
{
    if (!w->value[k][0])
        return STATUS_OK;
    for (int i = 0; i < n; i++)
        if (strcmp(names[i], w->value[k]) == 0) {
            *out = i;
            return STATUS_OK;
        }
    return words_bad(w, k, e);
}

enum status words_integer(const struct words *w, enum key k, long long low, long long high, long long *out,
                          struct error *e)
{
    if (!words_says(w, k))
        return STATUS_OK;
    char *end;
    errno = 0;
    long long v = strtoll(w->value[k], &end, 10);
    if (errno || *end || v < low || v > high)
        return words_bad(w, k, e);
    *out = v;
    return STATUS_OK;
}

enum status words_positive(const struct words *w, enum key k, double high, float *out, struct error *e)
{
    if (!words_says(w, k)) {
        *out = w->value[k][0] ? 0 : *out;
        return STATUS_OK;
    }
    char *end;
    float v = strtof(w->value[k], &end);
    if (*end || end == w->value[k] || !(v > 0 && (double)v <= high && isfinite(v)))
        return words_bad(w, k, e);
    *out = v;
    return STATUS_OK;
}

/* VENDOR:NAME that is none: what the vendor has, or which vendors there are. */
static enum status unknown_profile(const char *name, struct error *e)
{
    size_t vendor = strcspn(name, ":") + 1;
    struct strbuf list = {0};
    const char *before = "", *names[256];
    size_t n = 0;
    for (size_t i = 0; i < profile_count() && n < sizeof names / sizeof *names; i++)
        names[n++] = profile_at(i)->scheme.name;
    const char *near = str_nearest(name, names, n);
    for (size_t i = 0; i < profile_count(); i++)
        if (!strncmp(profile_at(i)->scheme.name, name, vendor))
            strbuf_printf(&list, "%s%s", list.length ? ", " : "", profile_at(i)->scheme.name);
    bool known = list.length > 0;
    for (size_t i = 0; i < profile_count() && !known; i++) {
        const char *other = profile_at(i)->scheme.name;
        size_t length = strcspn(other, ":");
        if (strncmp(other, before, length + 1) != 0)
            strbuf_printf(&list, "%s%.*s", list.length ? ", " : "", (int)length, other);
        before = other;
    }
    error_set(e, STATUS_INVALID, "unknown profile '%s'%s%s%s; %s: %s", name, near ? " (did you mean '" : "",
              near ? near : "", near ? "'?)" : "", known ? "allowed" : "vendors with profiles",
              list.text ? list.text : "");
    strbuf_free(&list);
    return STATUS_INVALID;
}

enum status words_unknown_format(const char *what, const char *name, const char *why, struct error *e)
{
    if (why)
        return error_set(e, STATUS_INVALID, "%s '%s': %s", what, name, why);
    if (strchr(name, ':'))
        return unknown_profile(name, e);
    enum { MOST = 512 };
    const char *names[MOST];
    size_t n = 0;
    for (size_t i = 0; i < format_count() && n < MOST; i++)
        names[n++] = format_at(i)->name;
    for (size_t i = 0; i < codec_count() && n < MOST; i++)
        names[n++] = codec_at(i)->name;
    for (size_t i = 0; i < scheme_alias_count() && n < MOST; i++)
        names[n++] = scheme_alias_at(i)->name;
    const char *near = str_nearest(name, names, n);
    struct strbuf rules = {0};
    for (size_t i = 0; i < format_family_count(); i++)
        if (format_family_at(i)->rule)
            strbuf_printf(&rules, "%s; ", format_family_at(i)->rule);
    for (size_t i = 0; i < book_rule_count(); i++)
        strbuf_printf(&rules, "%s; ", book_rule_at(i)->names);
    strbuf_add(&rules, BOOK_PREFIX "PATH (a codebook file)");
    error_set(e, STATUS_INVALID,
              "unknown %s '%s'%s%s%s; 'bitsweep formats' lists them, and these are names by rule: %s", what,
              name, near ? " (did you mean '" : "", near ? near : "", near ? "'?)" : "",
              rules.text ? rules.text : "");
    strbuf_free(&rules);
    return STATUS_INVALID;
}

enum status words_format(const struct words *w, enum key k, const char *what, struct format *out,
                         struct error *e)
{
    const char *why, *name = w->value[k];
    if (!*name)
        return STATUS_OK;
    if (!format_by_name(name, out, &why))
        return error_prefix(e, words_unknown_format(what, name, why, e), "%s", scheme_keys[k].name);
    if (out->family != &family_float)
        return error_set(e, STATUS_INVALID, "%s: '%s' is not a float format", scheme_keys[k].name, name);
    if (words_ambiguous(out, e))
        return error_prefix(e, STATUS_INVALID, "%s", scheme_keys[k].name);
    why = format_problem(out);
    return why ? error_set(e, STATUS_INVALID, "%s: %s: %s", scheme_keys[k].name, name, why) : STATUS_OK;
}
