#include "results/gc.h"

#include <sys/stat.h>

#include "results/migrate.h"
#include "results/store_internal.h"

static const char failed[] = "DELETE FROM cell WHERE status <> 'done'";
static const char superseded[] = "DELETE FROM cell WHERE CAST(params ->> 'semantics' AS INTEGER) <"
                                 " (SELECT max(CAST(params ->> 'semantics' AS INTEGER)) FROM cell)";
/* Of a tensor with several names one that is current is enough. */
static const char changed[] =
    "DELETE FROM cell WHERE tensor_sha256 IN (SELECT tensor_sha256 FROM (SELECT tensor_sha256,"
    " seen = max(seen) OVER (PARTITION BY path, member) AS current FROM tensor_name) GROUP BY tensor_sha256"
    " HAVING NOT max(current))";
static const char empty_runs[] = "DELETE FROM run WHERE status <> 'running' AND run_id NOT IN (SELECT run_id "
                                 "FROM run_cell UNION SELECT run_id FROM"
                                 " cell)";
/* What a name means now stays, so that cells of what it meant before are not taken for it. */
static const char *const tensors[] = {
    "DELETE FROM tensor WHERE tensor_sha256 NOT IN (SELECT tensor_sha256 FROM cell WHERE tensor_sha256 IS "
    "NOT NULL)"
    " AND tensor_sha256 NOT IN (SELECT tensor_sha256 FROM (SELECT tensor_sha256, seen = max(seen) OVER name "
    "AS current,"
    " count(*) OVER name AS meanings FROM tensor_name WINDOW name AS (PARTITION BY path, member))"
    " WHERE current AND meanings > 1)"};
static const char *const others[] = {
    "DELETE FROM config WHERE config_sha256 NOT IN (SELECT config_sha256 FROM run)",
    "DELETE FROM build WHERE build_id NOT IN (SELECT build_id FROM run)",
    "DELETE FROM host WHERE host_id NOT IN (SELECT host_id FROM run)",
    "DELETE FROM metric WHERE metric_id NOT IN (SELECT metric_id FROM value)",
    "DELETE FROM cost_kind WHERE kind_id NOT IN (SELECT kind_id FROM cost_value)"};

/* Rows of the statement itself; what references take along is not counted. */
static enum status drop(sqlite3 *db, const char *path, bool wanted, const char *sql, int64_t *rows,
                        struct error *e)
{
    if (!wanted)
        return STATUS_OK;
    enum status status = db_exec(db, path, sql, e);
    if (!status)
        *rows += sqlite3_changes(db);
    return status;
}

static enum status drop_all(sqlite3 *db, const char *path, const struct gc_options *o, struct gc_report *r,
                            struct error *e)
{
    enum status status = drop(db, path, o->failed, failed, &r->cells, e);
    if (!status)
        status = drop(db, path, o->superseded, superseded, &r->cells, e);
    if (!status)
        status = drop(db, path, o->changed, changed, &r->cells, e);
    if (!status)
        status = drop(db, path, o->empty_runs, empty_runs, &r->runs, e);
    for (size_t i = 0; !status && i < sizeof tensors / sizeof *tensors; i++)
        status = drop(db, path, true, tensors[i], &r->tensors, e);
    for (size_t i = 0; !status && i < sizeof others / sizeof *others; i++)
        status = drop(db, path, true, others[i], &r->others, e);
    return status;
}

static int64_t bytes_of(const char *path)
{
    struct stat st;
    return stat(path, &st) ? 0 : (int64_t)st.st_size;
}

static enum status remove_rows(sqlite3 *db, const char *path, const struct gc_options *o, struct gc_report *r,
                               struct error *e)
{
    enum status status = db_exec(db, path, "BEGIN IMMEDIATE", e);
    if (status)
        return status;
    status = drop_all(db, path, o, r, e);
    if (status || o->dry)
        sqlite3_exec(db, "ROLLBACK", NULL, NULL, NULL);
    else
        status = db_exec(db, path, "COMMIT", e);
    struct error why = {{0}};
    if (!status && !o->dry && db_exec(db, path, "VACUUM", &why)) /* what is gone is gone */
        status = error_set(e, STATUS_IO, "%s (rows were removed, but the file was not packed)", why.text);
    return status;
}

/* Counts on a connection of its own, as opening the store brings schema, views and journal up to date. */
static enum status count_rows(const char *path, const struct gc_options *o, struct gc_report *r,
                              struct error *e)
{
    sqlite3 *db = NULL;
    int version = 0;
    const int newest = (int)store_migration.n;
    enum status status = sqlite3_open_v2(path, &db, SQLITE_OPEN_READWRITE, NULL) == SQLITE_OK
                             ? STATUS_OK
                             : db_error(db, path, "opening", e);
    if (!status)
        sqlite3_busy_timeout(db, DB_BUSY_MS);
    if (!status)
        status = db_identify(db, path, newest, &version, e);
    if (!status && version < newest)
        status =
            error_set(e, STATUS_INVALID,
                      "%s: schema version %d, and counting needs version %d; bitsweep gc without --dry-run "
                      "brings the file up to it",
                      path, version, newest);
    if (!status)
        status = db_exec(db, path, "PRAGMA foreign_keys = ON", e);
    if (!status)
        status = remove_rows(db, path, o, r, e);
    sqlite3_close(db);
    return status;
}

enum status gc_database(const char *path, const struct gc_options *o, struct gc_report *r, struct error *e)
{
    struct store *s = NULL, *there = NULL;
    *r = (struct gc_report){0};
    enum status status = store_open_reading(path, &there, e); /* makes no database */
    if (status)
        return status;
    status = store_close(there, e);
    if (status || o->dry)
        return status ? status : count_rows(path, o, r, e);
    const int64_t before = bytes_of(path);
    if (!(status = store_open(path, &s, e)))
        status = remove_rows(s->db, path, o, r, e);
    enum status closed = store_close(s, status ? NULL : e);
    r->bytes = before - bytes_of(path);
    return status ? status : closed;
}
