#include "results/check.h"

#include <stdio.h>
#include <string.h>

#include "results/migrate.h"
#include "sim/base/hash.h"

#define FINDINGS_MAX 20 /* of one check that are told one by one */

struct look {
    const char *name, *sql; /* a row for each finding, its first column in words */
    enum check_state state;
    const char *fine; /* what holds without findings */
};

#define CLASS_OF_BITS                                                                           \
    "CASE WHEN (x.bits & 0x7fffffffffffffff) > 0x7ff0000000000000 THEN 'nan'"                   \
    " WHEN x.bits = 0x7ff0000000000000 THEN '+inf' WHEN x.bits = -4503599627370496 THEN '-inf'" \
    " WHEN x.bits = -9223372036854775808 THEN '-0' ELSE 'finite' END"

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
     "SELECT printf('%s of cell %.16s is said to be %s and has the bits %016x', name, cell_sha256,"
     " class, x.bits) FROM value x JOIN metric USING(metric_id) JOIN cell USING(cell_id) WHERE class "
     "<> " CLASS_OF_BITS,
     CHECK_BAD, "classes of values are those of their bits"},
    {"keys",
     "SELECT printf('cell %.16s (%s): its key is not that of what it is said to be', cell_sha256, label)"
     " FROM cell WHERE cell_sha256 <> sha256_of(params)",
     CHECK_BAD, "keys of cells are those of what they are said to be"},
    {"studies",
     "SELECT printf('study %s: its text is not that of its key, %.16s', name, config_sha256) FROM config"
     " WHERE config_sha256 <> sha256_of(resolved)",
     CHECK_BAD, "experiment files are those of their keys"},
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
     " JOIN metric USING(metric_id) JOIN cell USING(cell_id) WHERE v IS NOT number_of(x.bits)",
     CHECK_BAD, "values are those of their bits"},
};

/* Of files of the newest schema, with what the program makes attached as `made`. Views of another version of
 * the program are made anew when the file is next written. */
#define OTHER_VIEWS                                                   \
    "(SELECT value FROM main.meta WHERE key = 'views_sha256') IS NOT" \
    " (SELECT value FROM made.meta WHERE key = 'views_sha256')"
static const struct look newest_looks[] = {
    {"tables and views",
     "SELECT printf('%s %s %s', m.type, m.name, iif(h.name IS NULL, 'is missing', 'is not as the program "
     "makes it'))"
     " FROM made.sqlite_schema m LEFT JOIN main.sqlite_schema h ON h.type = m.type AND h.name = m.name"
     " WHERE (h.name IS NULL OR h.sql IS NOT m.sql) AND NOT (m.type = 'view' AND " OTHER_VIEWS ")",
     CHECK_BAD, "as the program makes them"},
    {"results",
     "SELECT printf('%d finished cells have no hash of their results (bitsweep run --force gives them one)',"
     " count(*)) FROM cell WHERE status = 'done' AND result_hash IS NULL HAVING count(*)",
     CHECK_NOTE, "every finished cell has the hash of its result"},
    {"further",
     "SELECT printf('%s %s is not of this program', type, name) FROM main.sqlite_schema h"
     " WHERE name NOT LIKE 'sqlite\\_%' ESCAPE '\\' AND NOT EXISTS"
     " (SELECT 1 FROM made.sqlite_schema m WHERE m.type = h.type AND m.name = h.name)"
     " AND NOT (type = 'view' AND " OTHER_VIEWS ")"
     " UNION ALL SELECT 'views are those of another version; the next run makes them anew' "
     "WHERE " OTHER_VIEWS,
     CHECK_NOTE, "nothing else is there"},
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

/* --- what SQL cannot say --- */

/* A number with the bits; NaN becomes NULL, as in the table. */
static void number_of(sqlite3_context *context, int n, sqlite3_value **v)
{
    (void)n;
    const sqlite3_int64 bits = sqlite3_value_int64(v[0]);
    double x;
    memcpy(&x, &bits, sizeof x);
    sqlite3_result_double(context, x);
}

static void sha256_of(sqlite3_context *context, int n, sqlite3_value **v)
{
    (void)n;
    char hex[HASH_HEX_SIZE];
    const unsigned char *text = sqlite3_value_text(v[0]);
    hash_bytes(text, (size_t)sqlite3_value_bytes(v[0]), hex);
    sqlite3_result_text(context, hex, -1, SQLITE_TRANSIENT);
}

static enum status add_functions(sqlite3 *db, const char *path, struct error *e)
{
    static const struct {
        const char *name;
        void (*function)(sqlite3_context *context, int n, sqlite3_value **v);
    } of[] = {{"number_of", number_of}, {"sha256_of", sha256_of}};
    for (size_t i = 0; i < sizeof of / sizeof *of; i++)
        if (sqlite3_create_function(db, of[i].name, 1, SQLITE_UTF8 | SQLITE_DETERMINISTIC, NULL,
                                    of[i].function, NULL, NULL) != SQLITE_OK)
            return db_error(db, path, of[i].name, e);
    return STATUS_OK;
}

/* Attaches what the program makes of no file. */
static enum status attach_made(sqlite3 *db, const char *path, struct error *e)
{
    sqlite3 *made = NULL;
    sqlite3_int64 size = 0;
    enum status s = sqlite3_open(":memory:", &made) == SQLITE_OK ? migrate(made, path, &store_migration, e)
                                                                 : db_error(made, path, "opening", e);
    unsigned char *image = s ? NULL : sqlite3_serialize(made, "main", &size, 0);
    sqlite3_close(made);
    if (!s)
        s = db_exec(db, path, "ATTACH ':memory:' AS made", e);
    if (s)
        sqlite3_free(image);
    else if (!image ||
             sqlite3_deserialize(db, "made", image, size, size,
                                 SQLITE_DESERIALIZE_FREEONCLOSE | SQLITE_DESERIALIZE_READONLY) != SQLITE_OK)
        s = error_set(e, STATUS_INTERNAL, "out of memory");
    return s;
}

static enum status look_all(sqlite3 *db, const struct look *l, size_t n, check_row *row, void *context,
                            struct error *e)
{
    enum status s = STATUS_OK;
    for (size_t i = 0; i < n && !s; i++)
        s = look(db, &l[i], row, context, e);
    return s;
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
    if (!s)
        s = add_functions(db, path, e);
    const bool newest = version == (int)store_migration.n;
    snprintf(words, sizeof words, "schema version %d, this program's is %d", version, (int)store_migration.n);
    if (!s)
        s = row(context, "schema", newest ? CHECK_FINE : CHECK_NOTE, words, e);
    if (!s)
        s = look_all(db, looks, sizeof looks / sizeof *looks, row, context, e);
    if (!s && newest && !(s = attach_made(db, path, e)))
        s = look_all(db, newest_looks, sizeof newest_looks / sizeof *newest_looks, row, context, e);
    sqlite3_close(db);
    return s;
}
