/* SQLite, for the files of this folder: opening, identity, errors in words. */
#ifndef RESULTS_DB_H
#define RESULTS_DB_H

#include <sqlite3.h>
#include <stdbool.h>
#include <sys/types.h>

#include "sim/base/status.h"

#define DB_APPLICATION_ID 0x42535750 /* "BSWP" */
/* Writers take turns by chance, not in line: on a crowded machine one may wait for many of the others'
 * commits. */
#define DB_BUSY_MS 300000

/* SQLite gives some names another meaning than a file's: a database in memory or one that is removed when
 * closed; others are those of folders. STATUS_USAGE for those. */
enum status db_check_name(const char *path, struct error *e) MUST_CHECK;
/* Only a regular file, by its st_mode, is a database; a pipe would have SQLite wait for ever. STATUS_IO. */
enum status db_check_kind(const char *path, mode_t mode, struct error *e) MUST_CHECK;
/* Whether something is in the file FILE + suffix, beside what `path` leads to. */
bool db_has_beside(const char *path, const char *suffix);
/* Opens a file that is there for reading, in a write-protected folder too; *db starts as NULL and is the
 * caller's to close, also on failure. STATUS_MISSING if there is no file. */
enum status db_open_reading(const char *path, sqlite3 **db, struct error *e) MUST_CHECK;
/* The status and message of the last failure on db, about the file `path` while doing `what`. */
enum status db_error(sqlite3 *db, const char *path, const char *what, struct error *e);
/* STATUS_IO where a row refers to nothing; the first is named. */
enum status db_check_references(sqlite3 *db, const char *path, struct error *e) MUST_CHECK;
/* Runs SQL without results. */
enum status db_exec(sqlite3 *db, const char *path, const char *sql, struct error *e) MUST_CHECK;
/* The first column of the first row of `sql`, or `missing` if there is none. */
enum status db_int(sqlite3 *db, const char *path, const char *sql, sqlite3_int64 missing, sqlite3_int64 *out,
                   struct error *e) MUST_CHECK;
/* Whose file it is: *version is our user_version, 0 for an empty database. STATUS_INVALID for a SQLite file
 * of another program and for one newer than `newest`. */
enum status db_identify(sqlite3 *db, const char *path, int newest, int *version, struct error *e) MUST_CHECK;

#endif
