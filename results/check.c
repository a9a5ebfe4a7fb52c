#include "results/check.h"

#include <stdio.h>
#include <string.h>

#include "results/migrate.h"

#define FINDINGS_MAX 20 /* of one check that are told one by one */

struct look {
    const char *name, *sql; /* a row for each finding, its first column in words */
    enum check_state state;
    const char *fine; /* what holds without findings */
};

static const struct look looks[] = {
    {"integrity", "SELECT * FROM pragma_integrity_check WHERE integrity_check <> 'ok'", CHECK_BAD,
     "SQLite's integrity check"},
    {"foreign keys",
     "SELECT printf('row %s of %s refers to nothing in %s', rowid, \"table\", parent) FROM "
     "pragma_foreign_key_check",
     CHECK_BAD, "every reference is answered"},
    {"cells",
     "SELECT printf('cell %.16s (%s) belongs to no run', cell_sha256, label) FROM cell WHERE cell_id NOT IN"
     " (SELECT cell_id FROM run_cell)",
     CHECK_BAD, "every cell belongs to a run"},
    {"values",
     "SELECT printf('cell %.16s (%s) is done without a value', cell_sha256, label) FROM cell"
     " WHERE status = 'done' AND cell_id NOT IN (SELECT cell_id FROM value)",
     CHECK_BAD, "every finished cell has values"},
    {"values of failures",
     "SELECT printf('cell %.16s (%s) is %s and has values', cell_sha256, label, status) FROM cell"
     " WHERE status <> 'done' AND cell_id IN (SELECT cell_id FROM value)",
     CHECK_BAD, "no other has"},
    {"bits",
     "SELECT printf('%s of cell %.16s: %.17g has not the bits %016x', name, cell_sha256, v, x.bits) FROM "
     "value x"
     " JOIN metric USING(metric_id) JOIN cell USING(cell_id) WHERE class = 'nan' AND (x.bits & "
     "0x7fffffffffffffff)"
     " <= 0x7ff0000000000000 OR class = '+inf' AND x.bits <> 0x7ff0000000000000 OR class = '-inf' AND x.bits "
     "<>"
     " -4503599627370496 OR class = '-0' AND x.bits <> -9223372036854775808",
     CHECK_BAD, "classes of values are those of their bits"},
    {"tensors",
     "SELECT printf('tensor %.16s has no name', tensor_sha256) FROM tensor WHERE tensor_sha256 NOT IN"
     " (SELECT tensor_sha256 FROM tensor_name)",
     CHECK_BAD, "every tensor has a name"},
    {"runs",
     "SELECT printf('run %d (%s, begun %s) never ended; its last sign of life was at %s', run_id, argv, "
     "started_at,"
     " heartbeat_at) FROM run WHERE status = 'running'",
     CHECK_NOTE, "all have ended"},
    {"failures",
     "SELECT printf('%d cells %s: %s', count(*), status, max(error)) FROM cell WHERE status <> 'done'"
     " GROUP BY status, error ORDER BY count(*) DESC",
     CHECK_NOTE, "no cell failed"},
    {"semantics",
     "SELECT printf('%d cells of semantics %s beside newer ones', count(*), params ->> 'semantics') FROM cell"
     " WHERE params ->> 'semantics' < (SELECT max(params ->> 'semantics') FROM cell) GROUP BY"
     " params ->> 'semantics'",
     CHECK_NOTE, "all cells are of one meaning"},
    {"changed",
     "SELECT printf('run %d computed cell %.16s (%s) to another result than before', x.run_id, cell_sha256, "
     "label)"
     " FROM run_cell x JOIN cell USING(cell_id) WHERE changed",
     CHECK_NOTE, "no result was replaced by another"},
    {"numbers",
     "SELECT printf('%s of cell %.16s: %.17g has not the bits %016x', name, cell_sha256, v, x.bits) FROM "
     "value x"
     " JOIN metric USING(metric_id) JOIN cell USING(cell_id) WHERE class = 'finite' AND bits_of(v) IS NOT "
     "x.bits",
     CHECK_BAD, "finite values are those of their bits"},
};

static enum status look(sqlite3 *db, const struct look *l, check_row *row, void *context, struct error *e)
{
    sqlite3_stmt *st = NULL;
    int found = 0, rc = sqlite3_prepare_v2(db, l->sql, -1, &st, NULL);
    enum status s = STATUS_OK;
    while (rc == SQLITE_OK && !s && (rc = sqlite3_step(st)) == SQLITE_ROW) {
        rc = SQLITE_OK;
        const char *words = (const char *)sqlite3_column_text(st, 0);
        if (found++ < FINDINGS_MAX)
            s = row(context, l->name, l->state, words ? words : "", e);
    }
    char more[64];
    snprintf(more, sizeof more, "and %d more", found - FINDINGS_MAX);
    /* A damaged file may not let itself be read to the end: that is the finding. */
    if (!s && rc != SQLITE_DONE)
        s = row(context, l->name, CHECK_BAD, sqlite3_errmsg(db), e);
    else if (!s && found > FINDINGS_MAX)
        s = row(context, l->name, l->state, more, e);
    else if (!s && !found)
        s = row(context, l->name, CHECK_FINE, l->fine, e);
    sqlite3_finalize(st);
    return s;
}

/* bits_of(v): the bits of a number, which SQL cannot read. */
static void bits_of(sqlite3_context *context, int n, sqlite3_value **v)
{
    (void)n;
    const double x = sqlite3_value_double(v[0]);
    sqlite3_int64 bits;
    memcpy(&bits, &x, sizeof bits);
    if (sqlite3_value_type(v[0]) != SQLITE_NULL)
        sqlite3_result_int64(context, bits);
}

enum status check_database(const char *path, check_row *row, void *context, struct error *e)
{
    sqlite3 *db = NULL;
    int version = 0;
    char words[64];
    enum status s = db_open_reading(path, &db, e);
    if (!s)
        s = db_identify(db, path, (int)store_migration.n, &version, e);
    if (!s && !version)
        s = error_set(e, STATUS_INVALID, "%s: an empty database", path);
    if (!s && sqlite3_create_function(db, "bits_of", 1, SQLITE_UTF8 | SQLITE_DETERMINISTIC, NULL, bits_of,
                                      NULL, NULL) != SQLITE_OK)
        s = db_error(db, path, "bits_of", e);
    snprintf(words, sizeof words, "schema version %d, this program's is %d", version, (int)store_migration.n);
    if (!s)
        s = row(context, "schema", version == (int)store_migration.n ? CHECK_FINE : CHECK_NOTE, words, e);
    for (size_t i = 0; i < sizeof looks / sizeof *looks && !s; i++)
        s = look(db, &looks[i], row, context, e);
    sqlite3_close(db);
    return s;
}
