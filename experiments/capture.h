/* Globs whose stars stand for something in other names. */
#ifndef EXPERIMENTS_CAPTURE_H
#define EXPERIMENTS_CAPTURE_H

#include <stdbool.h>
#include <stddef.h>

/* The stars of a glob outside brackets. */
size_t capture_stars(const char *glob);
/* `to` with its star number i replaced by what that of the glob (fnmatch) stands for in `name`, each as short
 * as it can be from left to right: layers.*.weight.*, layers.3.weight.up, layers.*.act.*_in gives
 * layers.3.act.up_in. The name matches the glob, and `to` has no more stars than it. The caller's to free;
 * NULL without memory. */
char *capture_name(const char *glob, const char *name, const char *to);

#endif
