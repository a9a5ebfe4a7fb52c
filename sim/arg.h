/* Arguments in texts NAME[,key=value]...: numbers and words that a key takes, and what holds where it is not
 * given. Steps of transforms, models of cost and analyses have them. */
#ifndef SIM_ARG_H
#define SIM_ARG_H

#include <stdbool.h>
#include <stddef.h>

#include "sim/base/status.h"
#include "sim/base/strbuf.h"
#include "sim/text_words.h"

enum arg_type {
    ARG_NUMBER,  /* low..high */
    ARG_INTEGER, /* the same, whole */
    ARG_WORD,    /* one of `words`; the number is its place among them */
    ARG_SCHEME,  /* a scheme text, which arg_read_scheme reads */
    ARG_TEXT     /* a text that its user reads, as the name of a product */
};

struct arg_key {
    const char *name;
    enum arg_type type;
    double standard, low, high; /* what holds if the key is not given; of words its place */
    const char *words;          /* "absmax|mean"; of a scheme or text what holds if it is not given */
    const char *doc;
};

#define ARG_KEYS_MAX   8
#define ARG_VALUE_SIZE 256

/* The words of a text, cut by text_cut as `n` keys allow; value "" where none is given. */
struct arg_words {
    struct text_key keys[ARG_KEYS_MAX];
    char choices[ARG_KEYS_MAX][128];
    char name[ARG_VALUE_SIZE], value[ARG_KEYS_MAX][ARG_VALUE_SIZE];
    bool given[ARG_KEYS_MAX];
    struct text_kind kind;
    struct text_words words;
};

/* Cuts a text of `what` ("transform") that begins with `name`. STATUS_INVALID names what was found and what
 * is allowed. The room must stay where it is. */
enum status arg_cut(const char *what, const char *name, const struct arg_key *keys, size_t n,
                    const char *text, struct arg_words *out, struct error *e) MUST_CHECK;

/* The allowed values of a key, for people. */
void arg_choices(const struct arg_key *k, char out[static 128]);
/* Reads a number or a word. */
enum status arg_read(const struct arg_key *k, const char *text, double *out, struct error *e) MUST_CHECK;
/* Appends ",key=value" of a number or a word. */
void arg_write(const struct arg_key *k, double value, struct strbuf *out);
/* A text without the parentheses around it. */
void arg_read_text(const char *text, char out[static ARG_VALUE_SIZE]);
/* The short text of a scheme, so that one meaning has one text. */
enum status arg_read_scheme(const struct arg_key *k, const char *text, char out[static ARG_VALUE_SIZE],
                            struct error *e) MUST_CHECK;
/* Appends ",key=value" of a scheme or a text, in parentheses where it has commas. */
void arg_write_text(const struct arg_key *k, const char *value, struct strbuf *out);
/* Whether the value of a key of words is that word. */
bool arg_is(const struct arg_key *k, double value, const char *word);

#endif
