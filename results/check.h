/* Whether a result database is sound in itself. */
#ifndef RESULTS_CHECK_H
#define RESULTS_CHECK_H

#include <stdbool.h>

#include "sim/base/status.h"

/* A finding: `check` names what was looked at; what is not `fine` is damage, a note (neither) is worth
 * knowing.
 */
enum check_state { CHECK_FINE, CHECK_NOTE, CHECK_BAD };
typedef enum status check_row(void *context, const char *check, enum check_state state, const char *detail,
                              struct error *e);

/* Looks at the file: SQLite's own integrity check, foreign keys, rows that nothing refers to or that say what
 * cannot be (keys that are not the hash of what they name, values, their classes and their bits), tables and
 * views other than the program's, runs that never ended. Calls `row` at least once a check. STATUS_MISSING,
 * STATUS_IO and STATUS_INVALID where it cannot be read at all. */
enum status check_database(const char *path, check_row *row, void *context, struct error *e) MUST_CHECK;

#endif
