/* What a stream that may be a terminal can show. */
#ifndef EXPERIMENTS_TERMINAL_H
#define EXPERIMENTS_TERMINAL_H

#include <stdbool.h>
#include <stdio.h>

enum colour { COLOUR_AUTO, COLOUR_ALWAYS, COLOUR_NEVER, COLOURS };
extern const char *const colour_names[COLOURS];

/* Whether a line can be written anew: a terminal that understands escapes (TERM set and not dumb). */
bool terminal_rewrites(FILE *out);
/* Whether to use colours: what `when` says, else no where NO_COLOR is set and not empty, else yes where
 * CLICOLOR_FORCE is set and not 0, else on a terminal that understands escapes. */
bool terminal_colours(FILE *out, enum colour when);

#endif
