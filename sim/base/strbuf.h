/* A growing string. Out of memory, or a text that printf cannot make, is remembered and reported once, by
 * strbuf_take. */
#ifndef SIM_BASE_STRBUF_H
#define SIM_BASE_STRBUF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct strbuf {
    char *text; /* NUL-terminated once anything was added */
    size_t length, capacity;
    bool failed;
};

void strbuf_add(struct strbuf *b, const char *text);
void strbuf_add_n(struct strbuf *b, const char *text, size_t n);
void strbuf_printf(struct strbuf *b, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* For a terminal: control characters other than those of `keep`, and bytes that are no UTF-8, as \xNN. */
void strbuf_add_shown(struct strbuf *b, const char *text, const char *keep);
/* The string, owned by the caller (free it); NULL when an addition failed. Empties b. */
char *strbuf_take(struct strbuf *b);
void strbuf_free(struct strbuf *b);

/* Bytes of the UTF-8 character (RFC 3629) at `text`, which ends with a NUL, and its code; 0 if there is none.
 */
size_t str_character(const char *text, uint32_t *code);
bool str_is_utf8(const char *text);

/* Writes the shortest text that gives the same binary32; `out` has room for 16 bytes. Returns out. */
const char *str_shortest_f32(float v, char *out);
/* The same of binary64; room for 25 bytes. */
const char *str_shortest_f64(double v, char *out);

/* The choice nearest to `word` by edit distance, if near enough to be a likely misspelling, else the first
 * one that begins with it, if it has three letters or more, else NULL. */
const char *str_nearest(const char *word, const char *const *choices, size_t n);
/* "; did you mean 'NEAREST'?", or "" where none is near; cut to `out`. Returns out. */
#define STR_HINT_SIZE 192
const char *str_hint(const char *word, const char *const *choices, size_t n, char out[static STR_HINT_SIZE]);
/* The same of a text that lists the choices with bars, or commas and blanks, between them. */
const char *str_hint_list(const char *word, const char *list, char out[static STR_HINT_SIZE]);

#endif
