/* Publishing a figure whole: its files are made in a folder beside the old ones, and take their places by
 * renaming once all are there. */
#ifndef PLOTS_DRAWING_H
#define PLOTS_DRAWING_H

#include <signal.h>
#include <stddef.h>

#include "sim/base/status.h"

struct drawing {
    const char *dir, *name; /* the caller's, until the end */
    char *folder;           /* DIR/.NAME.XXXXXX */
    sigset_t before;
};

/* Makes DIR with its parents and the folder in it, and holds HUP, INT, QUIT and TERM back (but those that are
 * ignored) until drawing_close. STATUS_IO. To be closed after every outcome. */
enum status drawing_open(struct drawing *d, const char *dir, const char *name, struct error *e) MUST_CHECK;
/* Where NAME.SUFFIX is to be written, or will stand in the end; owned by the caller, NULL when out of memory.
 */
char *drawing_path(const struct drawing *d, const char *suffix);
char *drawing_target(const struct drawing *d, const char *suffix);
/* Renames NAME.SUFFIX into place for each of n suffixes. An obstacle found before the first renaming leaves
 * all as it was. */
enum status drawing_publish(const struct drawing *d, const char *const *suffixes, size_t n,
                            struct error *e) MUST_CHECK;
/* Removes what was not published. A signal held back has its effect here. */
void drawing_close(struct drawing *d);

#endif
