#include "results/db.h"

#include <stddef.h>
#include <string.h>

static enum status word(const char *path, struct error *e, enum status s, const char *words)
{
    return error_set(e, s, "%s: %s", path, words);
}

enum status db_error(sqlite3 *db, const char *path, const char *what, struct error *e)
{
    int rc = db ? sqlite3_errcode(db) & 0xff : SQLITE_NOMEM;
    if (rc == SQLITE_IOERR && sqlite3_extended_errcode(db) == SQLITE_IOERR_NOMEM)
        rc = SQLITE_NOMEM;
    /* What SQLite says of a header with an impossible schema format; it has no code of its own. */
    if (rc == SQLITE_ERROR && !strcmp(sqlite3_errmsg(db), "unsupported file format"))
        rc = SQLITE_CORRUPT;
    switch (rc) {
    case SQLITE_NOTADB:
        return word(path, e, STATUS_IO, "is not a SQLite database");
    case SQLITE_CORRUPT:
        return error_set(e, STATUS_IO, "%s: the database is damaged (%s)", path, sqlite3_errmsg(db));
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        return word(path, e, STATUS_IO, "another program keeps the database locked");
    case SQLITE_READONLY:
        return word(path, e, STATUS_IO, "the database or its folder is write-protected");
    case SQLITE_FULL:
        return word(path, e, STATUS_IO, "no space left on the disk");
    case SQLITE_CANTOPEN:
        return error_set(e, STATUS_IO, "%s: cannot open the database or a file beside it", path);
    case SQLITE_NOMEM:
        return word(path, e, STATUS_INTERNAL, "out of memory");
    case SQLITE_IOERR:
        return error_set(e, STATUS_IO, "%s: reading or writing failed (%s)", path, sqlite3_errmsg(db));
    default:
        return error_set(e, STATUS_INTERNAL, "%s: %s: %s", path, what, sqlite3_errmsg(db));
    }
}

enum status db_check_name(const char *path, struct error *e)
{
    if (!*path)
        return error_set(e, STATUS_USAGE, "the path of the database is empty");
    if (!strcmp(path, ":memory:"))
        return error_set(e, STATUS_USAGE, "%s: no file; results in memory would be lost", path);
    if (!strncmp(path, "file:", 5))
        return error_set(e, STATUS_USAGE, "%s: expected a path, found a URI (./%s is a file of that name)",
                         path, path);
    if (path[strlen(path) - 1] == '/')
        return error_set(e, STATUS_USAGE, "%s: expected a file, found the name of a folder", path);
    return STATUS_OK;
}

enum status db_check_references(sqlite3 *db, const char *path, struct error *e)
{
    sqlite3_stmt *st = NULL;
    enum status s = STATUS_OK;
    int rc = sqlite3_prepare_v2(db, "PRAGMA foreign_key_check", -1, &st, NULL);
    if (rc == SQLITE_OK && (rc = sqlite3_step(st)) == SQLITE_ROW)
        s = error_set(
            e, STATUS_IO,
            "%s: the database is damaged: a row of %s refers to nothing in %s (bitsweep doctor --db %s "
            "lists such rows)",
            path, (const char *)sqlite3_column_text(st, 0), (const char *)sqlite3_column_text(st, 2), path);
    else if (rc != SQLITE_DONE)
        s = db_error(db, path, "checking references", e);
    sqlite3_finalize(st);
    return s;
}

enum status db_exec(sqlite3 *db, const char *path, const char *sql, struct error *e)
{
    if (sqlite3_exec(db, sql, NULL, NULL, NULL) == SQLITE_OK)
        return STATUS_OK;
    return db_error(db, path, "setting up", e);
}

enum status db_int(sqlite3 *db, const char *path, const char *sql, sqlite3_int64 missing, sqlite3_int64 *out,
                   struct error *e)
{
    sqlite3_stmt *st = NULL;
    enum status s = STATUS_OK;
    *out = missing;
    if (sqlite3_prepare_v2(db, sql, -1, &st, NULL) != SQLITE_OK)
        return db_error(db, path, sql, e);
    int rc = sqlite3_step(st);
    if (rc == SQLITE_ROW)
        *out = sqlite3_column_int64(st, 0);
    else if (rc != SQLITE_DONE)
        s = db_error(db, path, sql, e);
    sqlite3_finalize(st);
    return s;
}

enum status db_identify(sqlite3 *db, const char *path, int newest, int *version, struct error *e)
{
    /* One statement sees one state, also while another process makes the schema. */
    static const char sql[] = "SELECT application_id, user_version, (SELECT count(*) FROM sqlite_schema)"
                              " FROM pragma_application_id, pragma_user_version";
    sqlite3_stmt *st = NULL;
    if (sqlite3_prepare_v2(db, sql, -1, &st, NULL) != SQLITE_OK || sqlite3_step(st) != SQLITE_ROW) {
        enum status s = db_error(db, path, "reading the version", e);
        sqlite3_finalize(st);
        return s;
    }
    sqlite3_int64 id = sqlite3_column_int64(st, 0), user = sqlite3_column_int64(st, 1),
                  objects = sqlite3_column_int64(st, 2);
    sqlite3_finalize(st);
    *version = (int)user;
    if (id == 0 && user == 0 && objects == 0)
        return STATUS_OK;
    if (id == DB_APPLICATION_ID && user < 1)
        return error_set(e, STATUS_IO, "%s: the database is damaged (schema version %d)", path, (int)user);
    if (id != DB_APPLICATION_ID)
        return error_set(e, STATUS_INVALID,
                         "%s: a SQLite file of another program (application id 0x%08x, %d tables and views; "
                         "bitsweep's files have 0x%08x)",
                         path, (unsigned)id, (int)objects, (unsigned)DB_APPLICATION_ID);
    if (user > newest)
        return error_set(e, STATUS_INVALID,
                         "%s: written by a newer bitsweep (schema version %d; this program knows up to %d)",
                         path, (int)user, newest);
    return STATUS_OK;
}
