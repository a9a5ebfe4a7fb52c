#include "sim/text_words.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/base/strbuf.h"

static char *trim(char *s)
{
    while (isspace((unsigned char)*s))
        s++;
    size_t n = strlen(s);
    while (n && isspace((unsigned char)s[n - 1]))
        s[--n] = '\0';
    return s;
}

enum status text_unknown(const char *what, const char *word, const char *const *names, size_t n,
                         const char *list, struct error *e)
{
    struct strbuf b = {0};
    for (size_t i = 0; i < n; i++)
        strbuf_printf(&b, "%s%s", i ? ", " : "", names[i]);
    const char *near = str_nearest(word, names, n);
    error_set(e, STATUS_INVALID, "unknown %s '%.60s'%s%s%s; %s are %s", what, word,
              near ? " (did you mean '" : "", near ? near : "", near ? "'?)" : "", list,
              b.text ? b.text : "");
    strbuf_free(&b);
    return STATUS_INVALID;
}

static enum status unknown_key(const struct text_kind *k, const char *key, struct error *e)
{
    const char **names = calloc(k->n, sizeof *names);
    if (!names)
        return error_set(e, STATUS_INTERNAL, "out of memory");
    for (size_t i = 0; i < k->n; i++)
        names[i] = k->keys[i].name;
    enum status s = text_unknown("key", key, names, k->n, "keys", e);
    free(names);
    return s;
}

/* Most texts have their keys in the order of the table: *next is where the search for one starts. */
static size_t find_key(const struct text_kind *k, const char *key, size_t *next)
{
    for (size_t seen = 0; seen < k->n; seen++) {
        const size_t i = (*next + seen) % k->n;
        if (strcmp(k->keys[i].name, key) == 0) {
            *next = i + 1;
            return i;
        }
    }
    return k->n;
}

static enum status cut_pair(const struct text_kind *k, char *pair, size_t *next, const struct text_words *w,
                            struct error *e)
{
    char *equals = strchr(pair, '=');
    if (!equals)
        return error_set(e, STATUS_INVALID, "'%s' is not key=value", pair);
    *equals = '\0';
    char *key = trim(pair), *value = trim(equals + 1);
    const size_t i = find_key(k, key, next);
    if (i == k->n)
        return unknown_key(k, key, e);
    if (w->given[i])
        return error_set(e, STATUS_INVALID, "key '%s' is given twice", key);
    if (!*value || strlen(value) >= k->value_size)
        return error_set(e, STATUS_INVALID, "%s: '%s' is not one of %s", key, value, k->keys[i].choices);
    strcpy(w->value + i * k->value_size, value);
    w->given[i] = true;
    return STATUS_OK;
}

char *text_part(char **rest, char separator)
{
    char *part = *rest, *p = part;
    for (int depth = 0; *p && (depth || *p != separator); p++)
        depth += (*p == '(') - (depth && *p == ')');
    *rest = *p ? p + 1 : NULL;
    *p = '\0';
    return trim(part);
}

static enum status cut(const struct text_kind *k, char *copy, const struct text_words *w, struct error *e)
{
    char *rest = copy, *name = text_part(&rest, ',');
    if (!*name || strlen(name) >= k->value_size)
        return error_set(e, STATUS_INVALID, "'%.60s' names no %s", name, k->names);
    const char *other = k->stands_for(name);
    if (other) {
        enum status s = text_cut(k, other, w, e);
        if (s)
            return s;
        memset(w->given, 0, k->n * sizeof *w->given);
    } else {
        strcpy(w->name, name);
    }
    size_t next = 0;
    while (rest) {
        enum status s = cut_pair(k, text_part(&rest, ','), &next, w, e);
        if (s)
            return s;
    }
    return STATUS_OK;
}

/* A text can be a value of another one, in parentheses; so those in it must close. */
static bool parentheses_close(const char *text)
{
    int depth = 0;
    for (; *text && depth >= 0; text++)
        depth += (*text == '(') - (*text == ')');
    return depth == 0;
}

enum status text_cut(const struct text_kind *k, const char *text, const struct text_words *w, struct error *e)
{
    if (strlen(text) >= k->text_size)
        return error_set(e, STATUS_INVALID, "%s text is longer than %zu characters", k->what,
                         k->text_size - 1);
    if (!parentheses_close(text))
        return error_set(e, STATUS_INVALID, "parentheses do not match");
    *w->name = '\0';
    for (size_t i = 0; i < k->n; i++)
        w->value[i * k->value_size] = '\0';
    memset(w->given, 0, k->n * sizeof *w->given);
    char *copy = strdup(text);
    enum status s = copy ? cut(k, copy, w, e) : error_set(e, STATUS_INTERNAL, "out of memory");
    free(copy);
    return s;
}

enum status text_check_effects(const struct text_kind *k, const struct text_words *w,
                               const char *(*no_effect)(const void *spec, size_t i), const void *spec,
                               struct error *e)
{
    for (size_t i = 0; i < k->n; i++) {
        const char *value = w->value + i * k->value_size;
        const char *because = w->given[i] && strcmp(value, "none") != 0 ? no_effect(spec, i) : NULL;
        if (because)
            return error_set(e, STATUS_INVALID, "%s=%s has no effect: %s", k->keys[i].name, value, because);
    }
    return STATUS_OK;
}
