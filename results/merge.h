/* Joins result databases: what shards of a study computed, or what colleagues did. */
#ifndef RESULTS_MERGE_H
#define RESULTS_MERGE_H

#include <stdint.h>

#include "sim/base/status.h"

/* What joining one file changed in the other. */
struct merge_report {
    int64_t runs, cells;   /* new ones */
    int64_t replaced;      /* failed or skipped cells that were done there */
    int64_t values, costs; /* new ones, of cells that were here too */
    int64_t known;         /* cells that were here already */
};

/* Adds everything in the file `from` to the database `into`, which is made if there is none. `from` is only
 * read, also where its folder is write-protected, and may be of an older schema. It is one transaction: all
 * of it or nothing. Doing it again changes nothing.
 *
 * STATUS_INVALID where the newest cells of the two files are of different semantics, or either is of a
 * newer schema or another program; STATUS_DIFFERENT where a cell is done in both with other results or other
 * values: the first is named, and `into` is as it was. STATUS_MISSING; STATUS_IO, also where a row of `from`
 * refers to nothing; STATUS_USAGE for a name that is no file's. */
enum status merge_file(const char *into, const char *from, struct merge_report *r,
                       struct error *e) MUST_CHECK;

#endif
