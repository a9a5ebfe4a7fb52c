/* Scheme text -> words -> quant_spec. */
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "sim/base/strbuf.h"
#include "sim/scheme_words.h"

/* --- cutting --- */

static char *trim(char *s)
{
    while (isspace((unsigned char)*s))
        s++;
    size_t n = strlen(s);
    while (n && isspace((unsigned char)s[n - 1]))
        s[--n] = '\0';
    return s;
}

static enum status unknown_key(const char *key, struct error *e)
{
    const char *names[KEYS];
    struct strbuf list = {0};
    for (size_t i = 0; i < KEYS; i++) {
        names[i] = scheme_keys[i].name;
        strbuf_printf(&list, "%s%s", i ? ", " : "", scheme_keys[i].name);
    }
    const char *near = str_nearest(key, names, KEYS);
    error_set(e, STATUS_INVALID, "unknown key '%s'%s%s%s; keys are %s", key, near ? " (did you mean '" : "",
              near ? near : "", near ? "'?)" : "", list.text ? list.text : "");
    strbuf_free(&list);
    return STATUS_INVALID;
}

static enum status cut_pair(char *pair, struct words *w, struct error *e)
{
    char *equals = strchr(pair, '=');
    if (!equals)
        return error_set(e, STATUS_INVALID, "'%s' is not key=value", pair);
    *equals = '\0';
    char *key = trim(pair), *value = trim(equals + 1);
    const struct scheme_key *k = scheme_key_find(key);
    if (!k)
        return unknown_key(key, e);
    size_t i = (size_t)(k - scheme_keys);
    if (w->given[i])
        return error_set(e, STATUS_INVALID, "key '%s' is given twice", key);
    if (!*value || strlen(value) >= sizeof w->value[i])
        return error_set(e, STATUS_INVALID, "%s: '%s' is not one of %s", key, value, k->choices);
    snprintf(w->value[i], sizeof w->value[i], "%s", value);
    w->given[i] = true;
    return STATUS_OK;
}

static enum status cut(const char *text, struct words *w, struct error *e)
{
    char copy[SCHEME_TEXT_SIZE];
    if (strlen(text) >= sizeof copy)
        return error_set(e, STATUS_INVALID, "scheme text is longer than %d characters", SCHEME_TEXT_SIZE - 1);
    snprintf(copy, sizeof copy, "%s", text);
    char *rest = copy, *name = trim(strsep(&rest, ","));
    if (!*name || strlen(name) >= sizeof w->name)
        return error_set(e, STATUS_INVALID, "'%.60s' names no format or scheme", name);
    const struct scheme_alias *alias = scheme_alias_find(name);
    if (alias) {
        enum status s = cut(alias->text, w, e);
        if (s)
            return s;
        memset(w->given, 0, sizeof w->given);
    } else
        snprintf(w->name, sizeof w->name, "%s", name);
    while (rest) {
        enum status s = cut_pair(trim(strsep(&rest, ",")), w, e);
        if (s)
            return s;
    }
    return STATUS_OK;
}

/* Every key that the text itself gives must have an effect in what it all means. */
static enum status check_effects(const struct words *w, const struct quant_spec *q, struct error *e)
{
    for (enum key k = 0; k < KEYS; k++) {
        const char *because = w->given[k] && strcmp(w->value[k], "none") != 0 ? scheme_no_effect(q, k) : NULL;
        if (because)
            return error_set(e, STATUS_INVALID, "%s=%s has no effect: %s", scheme_keys[k].name, w->value[k],
                             because);
    }
    return STATUS_OK;
}

enum status scheme_parse(const char *text, struct quant_spec *out, struct error *e)
{
    struct words w = {.name = ""};
    struct quant_spec q = {.codec = NULL};
    enum status s = cut(text, &w, e);
    if (!s)
        s = words_element(&w, &q, e);
    if (!s)
        s = words_scaling(&w, &q, e);
    if (!s)
        s = words_choice(&w, &q, e);
    if (!s)
        s = words_rounding(&w, &q, e);
    if (!s)
        s = check_effects(&w, &q, e);
    if (s)
        return error_prefix(e, s, "scheme '%.100s'", text);
    *out = q;
    return STATUS_OK;
}
