/* The names that stand for a placeholder of --help, as FORMAT, SCHEME or VIEW. */
#ifndef EXPERIMENTS_COMPLETE_NAMES_H
#define EXPERIMENTS_COMPLETE_NAMES_H

#include "experiments/cli.h"

struct completion {
    const struct command *command;
    const char *option; /* long name of the option whose value is asked for; NULL: a plain argument */
    char *const *words; /* n of them, before the one that is completed */
    size_t n;
    const char *db;   /* the database of --db, or the default one */
    const char *kept; /* the word as far as it is written */
    const char *word; /* the part of it that is completed, behind "--format=" or "a,b," */
    struct strbuf *out;
};

/* Adds the line of a name that begins as the word does. */
void complete_add(const struct completion *c, const char *name, const char *doc);
/* Adds the names that stand for n characters of `placeholder`, or a line for a path; nothing where it is a
 * number or any text. Words of small letters stand for themselves. */
void complete_names(const struct completion *c, const char *placeholder, size_t n);

#endif
