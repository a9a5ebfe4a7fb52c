#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "results/db.h"
#include "sim/base/strbuf.h"

enum status db_check_kind(const char *path, mode_t mode, struct error *e)
{
    if (S_ISREG(mode))
        return STATUS_OK;
    return error_set(e, STATUS_IO, "%s: is a %s, not a database", path,
                     S_ISDIR(mode)    ? "folder"
                     : S_ISFIFO(mode) ? "pipe"
                     : S_ISSOCK(mode) ? "socket"
                                      : "device");
}

bool db_has_beside(const char *path, const char *suffix)
{
    struct strbuf b = {0};
    struct stat st;
    char real[PATH_MAX];
    if (!realpath(path, real))
        return false;
    strbuf_printf(&b, "%s%s", real, suffix);
    char *name = strbuf_take(&b);
    bool has = name && stat(name, &st) == 0 && st.st_size > 0;
    free(name);
    return has;
}

/* The URI of a file that nobody writes: SQLite then needs no file beside it. */
static char *immutable_uri(const char *path)
{
    struct strbuf b = {0};
    strbuf_add(&b, "file:");
    for (; *path; path++)
        if (strchr("%?#", *path))
            strbuf_printf(&b, "%%%02x", (unsigned)(unsigned char)*path);
        else
            strbuf_add_n(&b, path, 1);
    strbuf_add(&b, "?immutable=1");
    return strbuf_take(&b);
}

static int try_open(sqlite3 **db, const char *name, int flags)
{
    sqlite3_close(*db);
    int rc = sqlite3_open_v2(name, db, SQLITE_OPEN_FULLMUTEX | flags, NULL);
    if (rc == SQLITE_OK) {
        sqlite3_extended_result_codes(*db, 1);
        sqlite3_busy_timeout(*db, DB_BUSY_MS);
        rc = sqlite3_exec(*db, "SELECT count(*) FROM sqlite_schema", NULL, NULL, NULL);
    }
    return rc & 0xff;
}

/* What SQLite would not say in words. */
static enum status check_file(const char *path, struct error *e)
{
    struct stat st;
    if (stat(path, &st) != 0)
        return error_set(e, errno == ENOENT || errno == ENOTDIR ? STATUS_MISSING : STATUS_IO,
                         "%s: no database here: %s (`bitsweep run` makes one)", path, strerror(errno));
    enum status s = db_check_kind(path, st.st_mode, e);
    if (s)
        return s;
    if (access(path, R_OK) != 0)
        return error_set(e, STATUS_IO, "%s: %s", path, strerror(errno));
    return STATUS_OK;
}

/* A writer that was cut off leaves a log or a rollback journal, which only one who may write can fold in.
 * Where nothing was left, a file in WAL mode needs no file beside it, although SQLite would like to make one.
 */
enum status db_open_reading(const char *path, sqlite3 **db, struct error *e)
{
    enum status s = db_check_name(path, e);
    if (!s)
        s = check_file(path, e);
    if (s)
        return s;
    char real[PATH_MAX]; /* what lies beside a file lies beside that of a link */
    if (!realpath(path, real))
        return error_set(e, STATUS_IO, "%s: %s", path, strerror(errno));
    int rc = try_open(db, path, SQLITE_OPEN_READONLY);
    if (rc != SQLITE_CANTOPEN && rc != SQLITE_READONLY)
        return rc == SQLITE_OK ? STATUS_OK : db_error(*db, path, "opening", e);
    const char *left = db_has_beside(path, "-wal")       ? "-wal"
                       : db_has_beside(path, "-journal") ? "-journal"
                                                         : NULL;
    if (left) {
        if (try_open(db, path, SQLITE_OPEN_READWRITE) == SQLITE_OK &&
            try_open(db, path, SQLITE_OPEN_READONLY) == SQLITE_OK)
            return STATUS_OK;
        return error_set(
            e, STATUS_IO,
            "%s: a run was cut off and what it left is in %s%s; copy both files to a folder that "
            "can be written and query there",
            path, real, left);
    }
    char *uri = immutable_uri(real);
    rc = uri ? try_open(db, uri, SQLITE_OPEN_READONLY | SQLITE_OPEN_URI) : SQLITE_NOMEM;
    free(uri);
    return rc == SQLITE_OK ? STATUS_OK : db_error(*db, path, "opening", e);
}
