#include "sim/arg.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Word number n of "a|b|c"; its length is 0 where there is none. */
static const char *word_at(const char *words, size_t n, size_t *length)
{
    for (; n && *words; n--) {
        words += strcspn(words, "|");
        words += *words == '|';
    }
    *length = strcspn(words, "|");
    return words;
}

bool arg_is(const struct arg_key *k, double value, const char *word)
{
    size_t length;
    const char *have = word_at(k->words, (size_t)value, &length);
    return strlen(word) == length && !memcmp(have, word, length);
}

void arg_choices(const struct arg_key *k, char out[static 128])
{
    char low[32], high[32];
    if (k->type == ARG_WORD)
        snprintf(out, 128, "%s", k->words);
    else if (k->type == ARG_SCHEME)
        snprintf(out, 128, "a scheme");
    else if (k->type == ARG_TEXT)
        snprintf(out, 128, "a text");
    else
        snprintf(out, 128, "%s%s..%s", k->type == ARG_INTEGER ? "whole numbers " : "",
                 str_shortest_f64(k->low, low), str_shortest_f64(k->high, high));
}

static bool read_word(const struct arg_key *k, const char *text, double *out)
{
    size_t length;
    for (size_t i = 0;; i++) {
        const char *word = word_at(k->words, i, &length);
        if (!length)
            return false;
        if (strlen(text) == length && !memcmp(word, text, length)) {
            *out = (double)i;
            return true;
        }
    }
}

static bool read_number(const struct arg_key *k, const char *text, double *out)
{
    char *end;
    double v = strtod(text, &end);
    if (end == text || *end || !isfinite(v) || v < k->low || v > k->high ||
        (k->type == ARG_INTEGER && v != trunc(v)))
        return false;
    *out = v == 0 ? 0 : v; /* no -0 */
    return true;
}

enum status arg_read(const struct arg_key *k, const char *text, double *out, struct error *e)
{
    if (k->type == ARG_WORD ? read_word(k, text, out) : read_number(k, text, out))
        return STATUS_OK;
    char choices[128];
    arg_choices(k, choices);
    char hint[STR_HINT_SIZE];
    return error_set(e, STATUS_INVALID, "%s: '%s' is not one of %s%s", k->name, text, choices,
                     str_hint_list(text, choices, hint));
}

void arg_write(const struct arg_key *k, double value, struct strbuf *out)
{
    char number[32];
    size_t length;
    if (k->type == ARG_WORD) {
        const char *word = word_at(k->words, (size_t)value, &length);
        strbuf_printf(out, ",%s=%.*s", k->name, (int)length, word);
    } else if (k->type == ARG_INTEGER) {
        strbuf_printf(out, ",%s=%.0f", k->name, value);
    } else {
        strbuf_printf(out, ",%s=%s", k->name, str_shortest_f64(value, number));
    }
}

static const char *no_alias(const char *name)
{
    (void)name;
    return NULL;
}

enum status arg_cut(const char *what, const char *name, const struct arg_key *keys, size_t n,
                    const char *text, struct arg_words *out, struct error *e)
{
    memset(out, 0, sizeof *out);
    for (size_t i = 0; i < n; i++) {
        arg_choices(&keys[i], out->choices[i]);
        out->keys[i] = (struct text_key){keys[i].name, out->choices[i], keys[i].doc};
    }
    out->kind = (struct text_kind){.what = what,
                                   .names = what,
                                   .text_size = 2048,
                                   .value_size = ARG_VALUE_SIZE,
                                   .keys = out->keys,
                                   .n = n,
                                   .stands_for = no_alias};
    out->words = (struct text_words){out->name, out->value[0], out->given};
    enum status s = text_cut(&out->kind, text, &out->words, e);
    if (!s && strcmp(out->name, name) != 0)
        s = error_set(e, STATUS_INVALID, "'%.60s' is no name; allowed: %s, and keys after commas", out->name,
                      name);
    return s;
}
