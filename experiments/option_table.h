/* What the argp tables of the program say, for manual pages and completion. */
#ifndef EXPERIMENTS_OPTION_TABLE_H
#define EXPERIMENTS_OPTION_TABLE_H

#include <argp.h>
#include <stdbool.h>
#include <stddef.h>

#include "sim/base/strbuf.h"

/* Calls f for each option that --help shows, those of children too; for --help, --usage and --version, which
 * argp answers itself, last. Goes on while f returns true. */
void option_each(const struct argp *argp, bool (*f)(void *context, const struct argp_option *o),
                 void *context);
/* The option of a long name, or of a short one where `name` is NULL; NULL if there is none. */
const struct argp_option *option_find(const struct argp *argp, const char *name, int key);
/* The option whose value the next word is; NULL where the word is complete or no option. */
const struct argp_option *option_awaits(const struct argp *argp, const char *word);
/* str_hint with the nearest long option, for what is none and no beginning of one, which argp takes for it.
 */
const char *option_hint(const struct argp *argp, const char *name, char out[static STR_HINT_SIZE]);

/* What --help has after the options: the caller frees it; NULL without memory. */
char *option_notes(const struct argp *argp);

#endif
