/* Databases that earlier versions of the program wrote, of every schema that there was (tests/old): read as
 * they are, brought up to the schema of now, merged, gone on with. */
#include <fcntl.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "experiments/run.h"
#include "results/merge.h"
#include "results/migrate.h"
#include "results/query.h"
#include "sim/base/strbuf.h"
#include "tests/bytes.h"
#include "tests/check.h"
#include "tests/rows.h"

#define OLD "tests/old/"

/* A path in the test's folder, one for each name. */
static const char *place(const char *name)
{
    static char paths[8][128];
    for (size_t i = 0; i < 8; i++) {
        const char *slash = strrchr(paths[i], '/');
        if (!*paths[i])
            snprintf(paths[i], sizeof paths[i], "%s/%s", test_dir(), name);
        else if (strcmp(slash + 1, name) != 0)
            continue;
        return paths[i];
    }
    fail_msg("too many names");
    return NULL;
}

/* The database of version n, written anew. */
static const char *old_file(int n, const char *name)
{
    char source[64];
    snprintf(source, sizeof source, OLD "%d.dump", n);
    size_t size;
    unsigned char *text = bytes_of(source, &size);
    char *sql = strndup((const char *)text, size);
    const char *path = place(name);
    unlink(path);
    rows_run(path, sql);
    free(sql);
    free(text);
    return path;
}

static int first_version(void)
{
    return 1;
}

static int last_version(void)
{
    return (int)store_migration.n - 1;
}

/* All rows of a SELECT as one text, with reals to the last digit; the caller's. */
static char *all_rows(const char *path, const char *sql)
{
    sqlite3 *db = NULL;
    sqlite3_stmt *st = NULL;
    struct strbuf b = {0};
    assert_int_equal(sqlite3_open_v2(path, &db, SQLITE_OPEN_READONLY, NULL), SQLITE_OK);
    if (sqlite3_prepare_v2(db, sql, -1, &st, NULL) != SQLITE_OK)
        fail_msg("%s: %s: %s", path, sql, sqlite3_errmsg(db));
    int rc;
    while ((rc = sqlite3_step(st)) == SQLITE_ROW) {
        for (int i = 0; i < sqlite3_column_count(st); i++) {
            if (sqlite3_column_type(st, i) == SQLITE_FLOAT)
                strbuf_printf(&b, "%a|", sqlite3_column_double(st, i));
            else
                strbuf_printf(&b, "%s|",
                              sqlite3_column_type(st, i) == SQLITE_NULL
                                  ? "NULL"
                                  : (const char *)sqlite3_column_text(st, i));
        }
        strbuf_add(&b, "\n");
    }
    assert_int_equal(rc, SQLITE_DONE);
    sqlite3_finalize(st);
    sqlite3_close(db);
    char *text = strbuf_take(&b);
    assert_non_null(text);
    return text;
}

/* What must not change, by SQL that both schemas know. The hashes of version 1 are of another kind, and
 * dropped. */
#define CELL_COLUMNS                                                                                 \
    "cell_id, cell_sha256, tensor_sha256, run_id, params, op, scheme, label, format, family, bits, " \
    "exponent_bits, mantissa_bits, bias, specials, per, block, axis, scale, scale_rule, second, "    \
    "scale_order, round, overflow, clip, seed, status, error, wall_ns"
static const struct {
    int since; /* version */
    const char *sql;
} kept[] = {
    {1, "SELECT " CELL_COLUMNS " FROM cell ORDER BY cell_id"},
    {2, "SELECT cell_id, result_hash FROM cell ORDER BY cell_id"},
    {4, "SELECT cell_id, weight, output, mac FROM cell ORDER BY cell_id"},
    {5, "SELECT cell_id, transform FROM cell ORDER BY cell_id"},
    {1, "SELECT cell_id, name, v, class, x.bits FROM value x JOIN metric USING(metric_id) ORDER BY 1, 2"},
    {1, "SELECT cell_id, model, quantity, value, unit, source FROM cost ORDER BY 1, 2, 3"},
    {1, "SELECT * FROM run ORDER BY run_id"},
    {1, "SELECT * FROM run_cell ORDER BY run_id, cell_id"},
    {1, "SELECT * FROM config ORDER BY config_sha256"},
    {1, "SELECT * FROM build ORDER BY build_id"},
    {1, "SELECT * FROM host ORDER BY host_id"},
    {1, "SELECT * FROM tensor ORDER BY tensor_sha256"},
    {1, "SELECT * FROM tensor_name ORDER BY tensor_sha256, path, member"},
    {1, "SELECT * FROM metric ORDER BY metric_id"},
    {3, "SELECT * FROM profile ORDER BY profile"},
    {5, "SELECT * FROM method ORDER BY method"},
};
enum { KEPT = sizeof kept / sizeof *kept };

static void assert_sound(const char *path)
{
    assert_string_equal(rows_ask(path, "PRAGMA integrity_check"), "ok");
    assert_string_equal(rows_ask(path, "SELECT count(*) FROM pragma_foreign_key_check"), "0");
    assert_string_equal(rows_ask(path, "PRAGMA journal_mode"), "delete");
}

static size_t assert_views_answer(const char *path)
{
    char *names = all_rows(path, "SELECT name FROM sqlite_schema WHERE type = 'view' ORDER BY 1");
    size_t n = 0;
    for (char *name = strtok(names, "|\n"); name; name = strtok(NULL, "|\n"), n++) {
        char sql[128];
        snprintf(sql, sizeof sql, "SELECT * FROM %s", name);
        free(all_rows(path, sql));
    }
    free(names);
    return n;
}

static void migrates(void **state)
{
    (void)state;
    size_t rows = 0, views = 0;
    for (int n = first_version(); n <= last_version(); n++) {
        const char *path = old_file(n, "old.db");
        char want[16], *before[KEPT];
        snprintf(want, sizeof want, "%d", n);
        assert_string_equal(rows_ask(path, "PRAGMA user_version"), want);
        assert_string_equal(
            rows_ask(path,
                     "SELECT group_concat(DISTINCT class) FROM (SELECT class FROM value ORDER BY class)"),
            "+inf,-0,-inf,finite,nan");
        rows_run(path, "UPDATE cost SET value = value / 3"); /* all bits of it matter */
        for (size_t i = 0; i < KEPT; i++)
            before[i] = n < kept[i].since ? NULL : all_rows(path, kept[i].sql);
        rows_close(rows_open(path));
        assert_string_equal(rows_ask(path, "PRAGMA user_version"), "6");
        assert_sound(path);
        for (size_t i = 0; i < KEPT; i++) {
            char *after = before[i] ? all_rows(path, kept[i].sql) : NULL;
            if (after && strcmp(before[i], after) != 0)
                fail_msg("version %d: %s\nbefore:\n%s\nafter:\n%s", n, kept[i].sql, before[i], after);
            for (const char *p = after; p && *p; p++)
                rows += *p == '\n';
            free(after);
            free(before[i]);
        }
        if (n == 1)
            assert_string_equal(rows_ask(path, "SELECT count(*) FROM cell WHERE result_hash IS NOT NULL"),
                                "0");
        assert_string_equal(rows_ask(path, "SELECT count(*) FROM v_value WHERE class = '-0'"), "1");
        assert_string_equal(rows_ask(path, "SELECT count(*) > 0 FROM v_best"), "1");
        views = assert_views_answer(path);
        size_t size, again;
        unsigned char *once = bytes_of(path, &size);
        rows_close(rows_open(path)); /* nothing is left to do */
        unsigned char *twice = bytes_of(path, &again);
        /* but for the counters of changes of the header, which switching the journal moves */
        assert_int_equal(size, again);
        assert_memory_equal(once + 100, twice + 100, size - 100);
        free(once);
        free(twice);
    }
    print_message("# covered old schemas: %d, of them %zu rows kept, %zu views\n", last_version(), rows,
                  views);
}

/* A reader leaves the file as it is; what needs the newest tables says what to do. */
static void reads(void **state)
{
    (void)state;
    for (int n = first_version(); n <= last_version(); n++) {
        const char *path = old_file(n, "read.db");
        struct query *q = NULL;
        struct error e = {{0}}, refused = {{0}}, none = {{0}};
        size_t size, again, rows = 0;
        unsigned char *before = bytes_of(path, &size);
        assert_int_equal(query_open(path, 0, &q, &e), STATUS_OK);
        FILE *null = fopen("/dev/null", "w");
        assert_int_equal(query_write(q, "v_cell", TABLE_CSV, null, &rows, &e), STATUS_OK);
        assert_true(rows >= 9);
        assert_int_equal(query_write(q, "v_cost_models", TABLE_CSV, null, &rows, &none), STATUS_INVALID);
        if (!strstr(none.text, "the file is of an earlier bitsweep: bitsweep gc --db ") ||
            !strstr(none.text, path))
            fail_msg("%s", none.text);
        none = (struct error){{0}};
        assert_int_equal(query_write(q, "SELECT accuracy FROM cost", TABLE_CSV, null, &rows, &none),
                         STATUS_INVALID);
        assert_non_null(strstr(none.text, "the file is of an earlier bitsweep"));
        fclose(null);
        query_close(q);
        assert_int_equal(query_open_current(path, &q, &refused), STATUS_INVALID);
        char want[96];
        snprintf(want, sizeof want, "schema version %d, and this needs version 6; bitsweep gc --db ", n);
        assert_non_null(strstr(refused.text, want));
        unsigned char *after = bytes_of(path, &again);
        assert_int_equal(size, again);
        assert_memory_equal(before, after, size);
        free(before);
        free(after);
    }
}

static void run_study(const char *study, const char *db, struct run_summary *s)
{
    char path[64];
    struct config *c = NULL;
    struct error e = {{0}};
    struct run_options o = {.db = db, .jobs = 2, .quiet = true, .argv = "test_old"};
    snprintf(path, sizeof path, OLD "%s.yaml", study);
    if (config_load(path, NULL, 0, &c, &e))
        fail_msg("%s", e.text);
    enum status status = run_execute(c, &o, s, &e);
    if (status && status != STATUS_DIFFERENT)
        fail_msg("%s", e.text);
    config_free(c);
}

static const char *const studies[] = {"old", "layers", "transforms"};

/* What the studies come to with the program of now. */
static const char *fresh(void)
{
    static bool made;
    const char *path = place("fresh.db");
    for (size_t i = 0; i < 3 && !made; i++) {
        struct run_summary s;
        run_study(studies[i], path, &s);
    }
    made = true;
    return path;
}

/* Of cells that a database holds by the keys of now: what they are and came to. */
#define RESULTS                                                                                           \
    "SELECT f.cell_sha256, c.label, c.status, c.error, m.name, x.class, x.bits FROM f.cell f JOIN cell "  \
    "c USING(cell_sha256) LEFT JOIN value x ON x.cell_id = c.cell_id LEFT JOIN metric m USING(metric_id)" \
    " WHERE m.name IS NOT 'minus_zero' ORDER BY 1, 5"

/* Those of `path` among the cells of `fresh_db`. */
static char *results(const char *path, const char *fresh_db)
{
    const char *joint = place("joint.db");
    size_t n;
    unsigned char *b = bytes_of(path, &n);
    bytes_file("joint.db", b, n);
    free(b);
    char sql[1600];
    snprintf(sql, sizeof sql, "ATTACH '%s' AS f; CREATE TABLE of_now AS " RESULTS, fresh_db);
    rows_run(joint, sql);
    return all_rows(joint, "SELECT * FROM of_now");
}

/* Gives cells the keys that they would have if the meaning of the numbers had not changed since. */
static void keep_meaning(const char *path, const char *now)
{
    char sql[900];
    snprintf(sql, sizeof sql,
             "ATTACH '%s' AS f; UPDATE cell SET cell_sha256 = c.cell_sha256, params = c.params FROM f.cell c"
             " WHERE json_remove(c.params, '$.semantics') = json_remove(cell.params, '$.semantics')",
             now);
    rows_run(path, sql);
}

/* Cells whose keys are those of now are there; the others are computed; all are as in a database made anew.
 */
static void goes_on(void **state)
{
    (void)state;
    const char *now = fresh();
    char *want = results(now, now);
    size_t cached = 0, done = 0;
    for (int n = first_version(); n <= last_version(); n++) {
        const char *path = old_file(n, "on.db");
        char sql[400];
        if (n == last_version())
            keep_meaning(path, now);
        snprintf(sql, sizeof sql,
                 "ATTACH '%s' AS f; CREATE TABLE meant AS SELECT * FROM cell WHERE cell_sha256 IN"
                 " (SELECT cell_sha256 FROM f.cell)",
                 now);
        rows_run(path, sql);
        const size_t there = (size_t)atoi(rows_ask(path, "SELECT count(*) FROM meant WHERE status = 'done'"));
        rows_run(path, "DROP TABLE meant");
        size_t found = 0;
        for (size_t i = 0; i < 3; i++) {
            struct run_summary s;
            run_study(studies[i], path, &s);
            found += s.cached;
            done += s.done;
            assert_int_equal(s.cells, s.cached + s.done + s.failed);
        }
        assert_int_equal(found, there);
        cached += found;
        char *got = results(path, now);
        if (strcmp(got, want) != 0)
            fail_msg("version %d:\n%s\nexpected\n%s", n, got, want);
        free(got);
        assert_sound(path);
        assert_string_equal(rows_ask(path, "SELECT total(changed) FROM run_cell"), "0.0");
    }
    free(want);
    assert_true(cached > 0 && done > 0);
    print_message("# covered cells of old files: %zu found, %zu computed\n", cached, done);
}

/* Merging reads the old file alone. Cells of an earlier meaning of the numbers are not joined with those of
 * now. */
static void merges(void **state)
{
    (void)state;
    const char *now = fresh();
    int joined = 0, refused = 0;
    for (int file = first_version(); file <= last_version() + 1; file++) {
        const bool kept_meaning = file > last_version();
        const int n = kept_meaning ? last_version() : file;
        const char *path = old_file(n, "from.db"), *alone = place("alone.db"), *both = place("both.db");
        struct merge_report r;
        struct error e = {{0}};
        size_t size, again;
        if (kept_meaning)
            keep_meaning(path, now);
        unsigned char *before = bytes_of(path, &size);
        unlink(alone);
        if (merge_file(alone, path, &r, &e))
            fail_msg("version %d: %s", n, e.text);
        assert_int_equal(r.cells, atoi(rows_ask(path, "SELECT count(*) FROM cell")));
        assert_sound(alone);
        for (size_t i = 0; i < 2; i++) { /* values and costs, without the numbers of rows */
            static const char *const sql[] = {
                "SELECT cell_sha256, name, v, class, x.bits FROM cell JOIN value x USING(cell_id) JOIN metric"
                " USING(metric_id) ORDER BY 1, 2",
                "SELECT cell_sha256, model, quantity, value, unit, source FROM cell JOIN cost USING(cell_id)"
                " ORDER BY 1, 2, 3"};
            char *a = all_rows(path, sql[i]), *b = all_rows(alone, sql[i]);
            assert_string_equal(a, b);
            free(a);
            free(b);
        }
        unsigned char *bytes = bytes_of(now, &again);
        bytes_file("both.db", bytes, again);
        free(bytes);
        const bool same_meaning = strcmp(rows_ask(path, "SELECT max(params ->> 'semantics') FROM cell"),
                                         rows_ask(now, "SELECT max(params ->> 'semantics') FROM cell")) == 0;
        enum status s = merge_file(both, path, &r, &e);
        assert_int_equal(s, same_meaning ? STATUS_OK : STATUS_INVALID);
        if (same_meaning) {
            char *want = results(now, now), *got = results(both, now);
            assert_string_equal(got, want);
            free(want);
            free(got);
            joined++;
        } else {
            assert_non_null(strstr(e.text, "results of different meaning are not joined"));
            refused++;
        }
        assert_sound(both);
        unsigned char *after = bytes_of(path, &again);
        assert_int_equal(size, again);
        assert_memory_equal(before, after, size);
        free(before);
        free(after);
    }
    assert_true(joined > 0 && refused > 0);
    print_message("# covered merged old files: %d joined with results of now, %d refused\n", joined, refused);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(migrates),
        cmocka_unit_test(reads),
        cmocka_unit_test(goes_on),
        cmocka_unit_test(merges),
    };
    return cmocka_run_group_tests_name("old", tests, NULL, NULL);
}
