/* NAME[,key=value]... cut into words: what the texts of schemes and of MACs share. */
#ifndef SIM_TEXT_WORDS_H
#define SIM_TEXT_WORDS_H

#include <stdbool.h>
#include <stddef.h>

#include "sim/base/status.h"

/* A key for people. `choices` describes the allowed values. */
struct text_key {
    const char *name, *choices, *doc;
};

/* A kind of text. */
struct text_kind {
    const char *what, *names;     /* "scheme"; what the name stands for, "format or scheme" */
    size_t text_size, value_size; /* bytes with the end: of a text, of a name or a value */
    const struct text_key *keys;
    size_t n;
    const char *(*stands_for)(const char *name); /* the text of an alias; NULL for other names */
};

/* What is cut: the caller's room, value_size bytes for the name and for each of the n values ("": not given),
 * and n flags, all of which it sets. An alias gives way to its own words, none of which is `given`, and the
 * text's replace them. */
struct text_words {
    char *name, *value;
    bool *given;
};

/* The text up to the next separator that is not in parentheses, trimmed; *rest then stands behind it, NULL at
 * the end. Writes into the text. */
char *text_part(char **rest, char separator);

/* STATUS_INVALID for a text that is too long, parentheses that do not match, no name, an unknown key, one
 * given twice, one without a value. */
enum status text_cut(const struct text_kind *k, const char *text, const struct text_words *w,
                     struct error *e) MUST_CHECK;
/* Every key that the text itself gives must have an effect in what it all means; "none" may always be said.
 * `no_effect` says why key i has none (a clause), or NULL. */
enum status text_check_effects(const struct text_kind *k, const struct text_words *w,
                               const char *(*no_effect)(const void *spec, size_t i), const void *spec,
                               struct error *e) MUST_CHECK;
/* "unknown WHAT 'WORD' (did you mean 'NEAR'?); LIST are ...": STATUS_INVALID. */
enum status text_unknown(const char *what, const char *word, const char *const *names, size_t n,
                         const char *list, struct error *e) MUST_CHECK;

#endif
