/* The schema of the result database and its forward-only migrations. */
#ifndef RESULTS_MIGRATE_H
#define RESULTS_MIGRATE_H

#include <stdbool.h>
#include <stddef.h>

#include "results/db.h"

/* A history of a schema: step i brings version i to version i + 1, step 0 makes it from nothing. `views` may
 * be run again at any time. */
struct migration {
    const char *const *steps;
    size_t n;
    const char *views;
};

/* The schema of this program; its version is the number of steps. */
extern const struct migration store_migration;

/* Whether migrate has nothing to do. */
enum status migrate_is_current(sqlite3 *db, const char *path, const struct migration *m, bool *current,
                               struct error *e) MUST_CHECK;
/* Brings the database to the newest version and its views to the newest text, in one IMMEDIATE transaction;
 * does not write if nothing is to do. The database must have passed db_identify. */
enum status migrate(sqlite3 *db, const char *path, const struct migration *m, struct error *e) MUST_CHECK;

#endif
