/* Lists of texts that sub-commands read from the database, and globs over them. */
#ifndef EXPERIMENTS_NAMES_H
#define EXPERIMENTS_NAMES_H

#include <stdbool.h>
#include <stddef.h>

#include "results/query.h"
#include "sim/base/strbuf.h"

/* Owns its texts; starts as {0}. */
struct names {
    char **text;
    size_t n;
};

/* Adds a copy; false if there is no memory. */
bool names_add(struct names *names, const char *text);
void names_free(struct names *names);
/* The place of `text`; n if it is none of them. */
size_t names_find(const struct names *names, const char *text);
/* "a, b, c", or "none"; the caller frees it, NULL without memory. */
char *names_list(const struct names *names);
/* str_hint for what is none of them. */
const char *names_hint(const struct names *names, const char *text, char out[static STR_HINT_SIZE]);
/* names_hint for the first of n globs that is near one of the names. */
const char *globs_hint(const struct names *names, const char *const *globs, size_t n,
                       char out[static STR_HINT_SIZE]);
/* names_add of what is not there yet, for messages: no more than some hundred are kept. */
bool names_note(struct names *names, const char *text);
/* Adds the first column of each row. */
enum status names_read(struct query *q, const char *sql, struct names *names, struct error *e) MUST_CHECK;

/* Whether one of n globs matches; without globs everything does. */
bool globs_match(const char *const *globs, size_t n, const char *text);

#endif
