/* The copy of a database that merging reads: brought up to our schema, while the file itself is left as it
 * is. */
#ifndef RESULTS_MERGE_COPY_H
#define RESULTS_MERGE_COPY_H

#include "sim/base/status.h"

/* Copies `from` to a file beside `into`, where there is room for what it holds; merge_copy_remove *copy in
 * any case. Copies that killed merges of this host have left there are removed. */
enum status merge_copy_make(const char *into, const char *from, char **copy, struct error *e) MUST_CHECK;
void merge_copy_remove(char *copy);

#endif
