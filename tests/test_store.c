/* results/store.h: rows in, nothing lost. */
#include <math.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "results/migrate.h"
#include "results/store_internal.h"
#include "tests/check.h"
#include "tests/rows.h"

static const char *path_of(const char *name)
{
    static char path[8][256];
    static int next;
    char *p = path[next++ % 8];
    snprintf(p, sizeof path[0], "%s/%s", test_dir(), name);
    return p;
}

static void nap(int ms)
{
    nanosleep(&(struct timespec){.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000L}, NULL);
}

static struct store *opened(const char *path)
{
    struct error e = {{0}};
    struct store *s = NULL;
    if (store_open(path, &s, &e))
        fail_msg("%s", e.text);
    return s;
}

static void closed(struct store *s)
{
    struct error e = {{0}};
    if (store_close(s, &e))
        fail_msg("%s", e.text);
}

static void put(struct store *s, int64_t run, const struct store_cell *c)
{
    struct error e = {{0}};
    if (store_put(s, run, c, &e))
        fail_msg("%s", e.text);
}

/* The first column of the first row, as text; "" if there is none. */
static const char *ask(const char *path, const char *sql)
{
    static char answer[4][512];
    static int next;
    char *a = answer[next++ % 4];
    sqlite3 *db = NULL;
    sqlite3_stmt *st = NULL;
    a[0] = '\0';
    assert_int_equal(sqlite3_open_v2(path, &db, SQLITE_OPEN_READONLY, NULL), SQLITE_OK);
    sqlite3_busy_timeout(db, 5000);
    if (sqlite3_prepare_v2(db, sql, -1, &st, NULL) != SQLITE_OK)
        fail_msg("%s: %s", sql, sqlite3_errmsg(db));
    if (sqlite3_step(st) == SQLITE_ROW && sqlite3_column_text(st, 0))
        snprintf(a, sizeof answer[0], "%s", (const char *)sqlite3_column_text(st, 0));
    sqlite3_finalize(st);
    sqlite3_close(db);
    return a;
}

static void run_sql(const char *path, const char *sql)
{
    sqlite3 *db = NULL;
    char *words = NULL;
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    if (sqlite3_exec(db, sql, NULL, NULL, &words) != SQLITE_OK)
        fail_msg("%s", words);
    sqlite3_close(db);
}

static void makes_a_whole_file(void **state)
{
    (void)state;
    const char *path = path_of("new.db");
    struct row r;
    struct store *s = opened(path);
    int64_t run = rows_begin(s);
    row_make(&r, &(struct row_spec){.format = "int8"});
    put(s, run, &r.cell);
    struct error e = {{0}};
    assert_int_equal(store_run_end(s, run, "done", &e), STATUS_OK);
    closed(s);
    assert_string_equal(ask(path, "PRAGMA application_id"), "1112758096"); /* 0x42535750 */
    assert_string_equal(ask(path, "PRAGMA user_version"), "1");
    assert_string_equal(ask(path, "PRAGMA journal_mode"), "delete");
    assert_string_equal(ask(path, "SELECT count(*) FROM cell WHERE status = 'done'"), "1");
    assert_string_equal(ask(path, "SELECT status || cells || cached FROM v_run"), "done10");
    assert_string_equal(ask(path, "SELECT uuid GLOB '[0-9a-f]*' AND length(uuid) = 32 FROM run"), "1");
    assert_string_equal(ask(path, "SELECT finished_at >= started_at FROM run"), "1");
    struct stat st;
    char wal[300];
    snprintf(wal, sizeof wal, "%s-wal", path);
    assert_int_not_equal(stat(wal, &st), 0);
    snprintf(wal, sizeof wal, "%s-shm", path);
    assert_int_not_equal(stat(wal, &st), 0);
}

static void axes_are_columns(void **state)
{
    (void)state;
    const char *path = path_of("axes.db");
    struct row r;
    struct store *s = opened(path);
    int64_t run = rows_begin(s);
    row_make(&r, &(struct row_spec){.format = "e3m2", .block = 32, .scale = "e8m0", .scale_rule = "floor"});
    r.cell.bias = -5;
    r.cell.seed = UINT64_MAX;
    put(s, run, &r.cell);
    row_make(&r, &(struct row_spec){.format = "int8"});
    r.cell.clip = -1;
    put(s, run, &r.cell);
    closed(s);
    assert_string_equal(
        ask(path, "SELECT format||family||bits||exponent_bits||mantissa_bits||bias||specials||per||block||"
                  "axis||scale||scale_rule||second||scale_order||round||overflow||clip||seed||op"
                  " FROM cell WHERE format = 'e3m2'"),
        "e3m2float632-5noneblock32laste8m0floornoneexactrnesaturate1.0-1quantize");
    assert_string_equal(ask(path,
                            "SELECT exponent_bits IS NULL AND mantissa_bits IS NULL AND bias IS NULL AND"
                            " block IS NULL AND axis IS NULL AND specials IS NULL AND clip IS NULL"
                            " FROM cell WHERE format = 'int8'"),
                        "1");
    assert_string_equal(ask(path, "SELECT bits_per_element FROM v_cell WHERE format = 'e3m2'"), "6.25");
}

/* SQLite keeps neither NaN nor the sign of zero: class and bits do. */
static void values_survive(void **state)
{
    (void)state;
    static const struct {
        double v;
        const char *class;
    } value[] = {{(double)NAN, "nan"},
                 {-0.0, "-0"},
                 {0.0, "finite"},
                 {(double)INFINITY, "+inf"},
                 {-(double)INFINITY, "-inf"},
                 {0x1p-1074, "finite"},
                 {0.1 + 0.2, "finite"},
                 {-1.7976931348623157e308, "finite"}};
    enum { N = sizeof value / sizeof *value };
    const char *path = path_of("values.db");
    struct store_metric_value m[N];
    char name[N][8], sql[200], want[64];
    struct row r;
    row_make(&r, &(struct row_spec){.format = "int8"});
    for (int i = 0; i < N; i++) {
        snprintf(name[i], sizeof name[i], "m%d", i);
        m[i] = (struct store_metric_value){name[i], "1", NULL, "a metric", value[i].v};
    }
    r.cell.metrics = m;
    r.cell.n_metrics = N;
    struct store *s = opened(path);
    put(s, rows_begin(s), &r.cell);
    closed(s);
    for (int i = 0; i < N; i++) {
        uint64_t bits;
        memcpy(&bits, &value[i].v, sizeof bits);
        snprintf(sql, sizeof sql, "SELECT class || ' ' || bits FROM v_value WHERE metric = '%s'", name[i]);
        snprintf(want, sizeof want, "%s %016llx", value[i].class, (unsigned long long)bits);
        assert_string_equal(ask(path, sql), want);
    }
    assert_string_equal(ask(path, "SELECT value = 9e999 FROM v_value WHERE metric = 'm3'"), "1");
    assert_string_equal(ask(path, "SELECT value IS NULL FROM v_value WHERE metric = 'm0'"), "1");
}

static void failed_becomes_done(void **state)
{
    (void)state;
    const char *path = path_of("failed.db");
    struct row r;
    struct store *s = opened(path);
    int64_t first = rows_begin(s), second = rows_begin(s);
    row_make(&r, &(struct row_spec){.format = "int8"});
    struct store_cell bad = r.cell;
    bad.status = "failed";
    bad.error = "axis \"head\" is not in the dump";
    bad.n_metrics = bad.n_costs = 0;
    bad.result_sha256 = NULL;
    put(s, first, &bad);
    assert_false(store_has_cell(s, r.key, NULL, 0, NULL, 0));
    assert_string_equal(ask(path, "SELECT error FROM v_failed"), "axis \"head\" is not in the dump");
    put(s, second, &r.cell);
    assert_true(store_has_cell(s, r.key, NULL, 0, NULL, 0));
    put(s, second, &bad); /* a failure does not replace a result */
    assert_true(store_has_cell(s, r.key, NULL, 0, NULL, 0));
    closed(s);
    assert_string_equal(ask(path, "SELECT count(*) FROM v_failed"), "0");
    assert_string_equal(ask(path, "SELECT group_concat(run_id || cached || changed) FROM run_cell"),
                        "100,200");
    assert_string_equal(ask(path, "SELECT run_id FROM cell"), "2");
    assert_string_equal(ask(path, "SELECT count(*) FROM value"), "6");
}

static void done_gets_more_values(void **state)
{
    (void)state;
    static const char *const all[] = {"mse", "sqnr_db", "cosine"}, *const models[] = {"storage",
                                                                                      "fp8_vs_int8"};
    const char *path = path_of("more.db");
    struct row r;
    struct store *s = opened(path);
    int64_t run = rows_begin(s);
    row_make(&r, &(struct row_spec){.format = "int8"});
    struct store_cell part = r.cell;
    part.n_metrics = 1;
    part.n_costs = 1;
    put(s, run, &part);
    assert_true(store_has_cell(s, r.key, all, 1, models, 1));
    assert_false(store_has_cell(s, r.key, all, 3, models, 1));
    assert_false(store_has_cell(s, r.key, all, 1, models, 2));
    struct store_metric_value changed = r.metrics[0];
    changed.value = 42;
    changed.doc = "another doc";
    put(s, run, &r.cell);
    part.metrics = &changed; /* the same result: the newer value stays, nothing is dropped */
    put(s, run, &part);
    assert_true(store_has_cell(s, r.key, all, 3, models, 2));
    closed(s);
    assert_string_equal(ask(path, "SELECT count(*) FROM cell"), "1");
    assert_string_equal(ask(path, "SELECT count(*) FROM value"), "6");
    assert_string_equal(ask(path, "SELECT mse FROM v_cell"), "42.0");
    assert_string_equal(ask(path, "SELECT doc FROM metric WHERE name = 'mse'"), "another doc");
}

/* Another result under the same key takes the place of the whole old one, and the run says so. */
static void changed_result(void **state)
{
    (void)state;
    const char *path = path_of("changed.db");
    struct row r;
    struct store *s = opened(path);
    int64_t first = rows_begin(s), second = rows_begin(s);
    row_make(&r, &(struct row_spec){.format = "int8"});
    put(s, first, &r.cell);
    struct store_cell other = r.cell;
    other.result_sha256 = r.key;
    other.n_metrics = 2;
    other.n_costs = 1;
    put(s, second, &other);
    closed(s);
    assert_string_equal(ask(path, "SELECT group_concat(changed) FROM v_run"), "0,1");
    assert_string_equal(ask(path, "SELECT count(*) FROM value"), "2");
    assert_string_equal(ask(path, "SELECT count(*) FROM cost"), "1");
    assert_string_equal(ask(path, "SELECT result_sha256 = cell_sha256 FROM cell"), "1");
}

static void cached_and_names(void **state)
{
    (void)state;
    const char *path = path_of("cached.db");
    struct error e = {{0}};
    struct row r;
    struct store *s = opened(path);
    int64_t first = rows_begin(s), second = rows_begin(s);
    row_make(&r, &(struct row_spec){.format = "int8", .dump = "b.npz", .tensor = "w"});
    put(s, first, &r.cell);
    assert_int_equal(store_put_cached(s, second, r.key, &e), STATUS_OK); /* while it waits for its batch */
    assert_int_equal(store_flush(s, &e), STATUS_OK);
    assert_int_equal(store_put_cached(s, second, r.key, &e), STATUS_OK);
    struct store_tensor other = r.cell.tensor;
    other.path = "a.npy";
    other.member = NULL;
    assert_int_equal(store_put_tensor(s, &other, &e), STATUS_OK);
    assert_int_equal(store_put_cached(s, second, r.tensor_sha256, &e), STATUS_INTERNAL);
    assert_non_null(strstr(e.text, r.tensor_sha256));
    closed(s);
    assert_string_equal(ask(path, "SELECT group_concat(run_id || cached) FROM run_cell"), "10,21");
    assert_string_equal(ask(path, "SELECT group_concat(dump || tensor) FROM v_cell"), "a.npy");
    assert_string_equal(ask(path, "SELECT group_concat(dump) FROM v_scheme"), "a.npy,b.npz");
}

static void uncovered_cost_model(void **state)
{
    (void)state;
    static const char *const model[] = {"fp8_vs_int8"};
    const char *path = path_of("uncovered.db");
    struct row r;
    struct store *s = opened(path);
    row_make(&r, &(struct row_spec){.format = "int8"});
    const struct store_cost_value none = {"fp8_vs_int8", "a publication", "none", "", (double)NAN};
    r.cell.costs = &none;
    r.cell.n_costs = 1;
    put(s, rows_begin(s), &r.cell);
    assert_true(store_has_cell(s, r.key, NULL, 0, model, 1));
    closed(s);
    assert_string_equal(ask(path, "SELECT mac_gates IS NULL FROM v_cell"), "1");
}

static void refuses_bad_cells(void **state)
{
    (void)state;
    struct row r;
    struct store *s = opened(path_of("bad.db"));
    int64_t run = rows_begin(s);
    static const char *const wants[] = {"64 hexadecimal", "without params", "not done", "without a reason",
                                        "metric",         "cost",           "sha256",   "dtype"};
    for (size_t i = 0; i < sizeof wants / sizeof *wants; i++) {
        struct error e = {{0}};
        row_make(&r, &(struct row_spec){.format = "int8"});
        struct store_cell *c = &r.cell;
        switch (i) {
        case 0:
            c->key = "ABC";
            break;
        case 1:
            c->params = NULL;
            break;
        case 2:
            c->status = "finished";
            break;
        case 3:
            c->status = "failed";
            break;
        case 4:
            r.metrics[1].unit = NULL;
            break;
        case 5:
            r.costs[0].value = (double)INFINITY;
            break;
        case 6:
            c->tensor.sha256 = "12";
            break;
        default:
            c->tensor.dtype = NULL;
            break;
        }
        assert_int_equal(store_put(s, run, c, &e), STATUS_INTERNAL);
        if (!strstr(e.text, wants[i]))
            fail_msg("%s lacks %s", e.text, wants[i]);
    }
    struct error e = {{0}};
    assert_int_equal(store_run_end(s, run, "finished", &e), STATUS_INTERNAL);
    assert_int_equal(store_run_end(s, 99, "done", &(struct error){{0}}), STATUS_INTERNAL);
    closed(s);
}

/* --- files that are not ours --- */

static void expect_refusal(const char *path, enum status want, const char *words)
{
    struct error e = {{0}};
    struct store *s = NULL;
    enum status got = store_open_within(path, 100, &s, &e);
    if (got != want || s || !strstr(e.text, words) || !strstr(e.text, path))
        fail_msg("%s: status %d, \"%s\"; expected %d, \"%s\"", path, got, e.text, want, words);
}

static void refuses_other_files(void **state)
{
    (void)state;
    const char *text = path_of("text.db");
    FILE *f = fopen(text, "w");
    for (int i = 0; i < 1000; i++)
        fputs("not a database\n", f);
    fclose(f);
    expect_refusal(text, STATUS_IO, "is not a SQLite database");
    const char *foreign = path_of("foreign.db");
    run_sql(foreign, "CREATE TABLE song(title)");
    expect_refusal(foreign, STATUS_INVALID, "another program");
    assert_string_equal(ask(foreign, "PRAGMA journal_mode"), "delete"); /* untouched */
    assert_string_equal(ask(foreign, "SELECT group_concat(name) FROM sqlite_schema"), "song");
    const char *newer = path_of("newer.db");
    closed(opened(newer));
    run_sql(newer, "PRAGMA user_version = 7");
    expect_refusal(newer, STATUS_INVALID, "newer bitsweep (schema version 7; this program knows up to 1)");
    expect_refusal(test_dir(), STATUS_IO, "is a folder");
    expect_refusal(path_of("none/x.db"), STATUS_IO, "none cannot be used: No such file");
    const char *under = path_of("text.db/x.db");
    expect_refusal(under, STATUS_IO, "is not a folder");
    const char *empty = path_of("empty.db"); /* an empty database is taken */
    fclose(fopen(empty, "w"));
    closed(opened(empty));
    assert_string_equal(ask(empty, "PRAGMA user_version"), "1");
}

static void refuses_locked(void **state)
{
    (void)state;
    const char *path = path_of("locked.db");
    closed(opened(path));
    sqlite3 *db = NULL;
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, "BEGIN EXCLUSIVE", NULL, NULL, NULL), SQLITE_OK);
    expect_refusal(path, STATUS_IO, "another program keeps the database locked");
    sqlite3_close(db);
    struct error e = {{0}};
    struct store *s = NULL;
    struct row r;
    assert_int_equal(store_open_within(path, 100, &s, &e), STATUS_OK);
    int64_t run = rows_begin(s);
    row_make(&r, &(struct row_spec){.format = "int8"});
    put(s, run, &r.cell);
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, "BEGIN IMMEDIATE", NULL, NULL, NULL), SQLITE_OK);
    assert_int_equal(store_flush(s, &e), STATUS_IO);
    assert_non_null(strstr(e.text, "keeps the database locked"));
    sqlite3_close(db);
    closed(s); /* the row waited, and is written now */
    assert_string_equal(ask(path, "SELECT count(*) FROM cell"), "1");
}

/* Runs f as a user without privileges: root ignores permissions. Returns its exit code, or -1 if this user
 * cannot become another. */
static int unprivileged(int (*f)(const char *), const char *path)
{
    pid_t child = fork();
    if (child == 0) {
        if (geteuid() == 0 && (setgid(65534) != 0 || setuid(65534) != 0))
            _exit(99);
        _exit(f(path));
    }
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    return WEXITSTATUS(status) == 99 ? -1 : WEXITSTATUS(status);
}

static int open_says(const char *path, const char *words)
{
    struct error e = {{0}};
    struct store *s = NULL;
    enum status got = store_open_within(path, 100, &s, &e);
    if (got == STATUS_IO && strstr(e.text, words))
        return 0;
    print_error("status %d, \"%s\"; expected \"%s\"\n", got, e.text, words);
    return 1;
}

static int file_protected(const char *path)
{
    return open_says(path, "the file is write-protected");
}

static int folder_protected(const char *path)
{
    return open_says(path, "is write-protected, and the log must lie beside");
}

static void refuses_write_protected(void **state)
{
    (void)state;
    const char *dir = path_of("protected"), *path = path_of("protected/x.db");
    assert_int_equal(mkdir(dir, 0777), 0);
    chmod(test_dir(), 0755);
    closed(opened(path));
    chmod(path, 0444);
    chmod(dir, 0777);
    int file = unprivileged(file_protected, path);
    chmod(path, 0666);
    chmod(dir, 0555);
    int folder = unprivileged(folder_protected, path);
    chmod(dir, 0755);
    if (file < 0 || folder < 0)
        skip();
    assert_int_equal(file, 0);
    assert_int_equal(folder, 0);
}

/* --- migrations --- */

static void migrations(void **state)
{
    (void)state;
    const char *path = path_of("migrate.db"), *steps[] = {"CREATE TABLE meta(key PRIMARY KEY, value)",
                                                          "CREATE TABLE b(x); INSERT INTO b VALUES(3)",
                                                          "CREATE TABLE c(x); SELECT x FROM nowhere"};
    struct migration m = {steps, 1, "DROP VIEW IF EXISTS v; CREATE VIEW v AS SELECT 'one' AS x"};
    struct error e = {{0}};
    sqlite3 *db = NULL;
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    assert_int_equal(migrate(db, path, &m, &e), STATUS_OK);
    assert_string_equal(ask(path, "PRAGMA user_version"), "1");
    assert_string_equal(ask(path, "SELECT x FROM v"), "one");
    m.views = "DROP VIEW IF EXISTS v; CREATE VIEW v AS SELECT 'two' AS x"; /* views follow their text */
    assert_int_equal(migrate(db, path, &m, &e), STATUS_OK);
    assert_string_equal(ask(path, "SELECT x FROM v"), "two");
    m.n = 2;
    assert_int_equal(migrate(db, path, &m, &e), STATUS_OK);
    assert_string_equal(ask(path, "PRAGMA user_version"), "2");
    assert_string_equal(ask(path, "SELECT sum(x) FROM b"), "3");
    int changes = sqlite3_total_changes(db);
    assert_int_equal(migrate(db, path, &m, &e), STATUS_OK); /* nothing to do, nothing written */
    assert_int_equal(sqlite3_total_changes(db), changes);
    m.n = 3; /* a step that breaks off leaves nothing behind */
    assert_int_equal(migrate(db, path, &m, &e), STATUS_INTERNAL);
    if (!strstr(e.text, "nowhere"))
        fail_msg("%s", e.text);
    assert_string_equal(ask(path, "PRAGMA user_version"), "2");
    assert_string_equal(ask(path, "SELECT count(*) FROM sqlite_schema WHERE name = 'c'"), "0");
    sqlite3_close(db);
}

/* --- death and company --- */

/* Writes `n` cells from `first` on; keys are the same in every process. */
static int write_cells(const char *path, int first, int n)
{
    struct error e = {{0}};
    struct store *s = NULL;
    struct row r;
    char tensor[16];
    if (store_open(path, &s, &e))
        goto fail;
    int64_t run = rows_begin(s);
    for (int i = first; i < first + n; i++) {
        snprintf(tensor, sizeof tensor, "t%d", i);
        row_make(&r, &(struct row_spec){.format = "int8", .tensor = tensor});
        if (store_put(s, run, &r.cell, &e))
            goto fail;
    }
    if (!store_run_end(s, run, "done", &e) && !store_close(s, &e))
        return 0;
fail:
    print_error("%s\n", e.text);
    return 1;
}

static pid_t start_writer(const char *path, int first, int n)
{
    pid_t child = fork();
    if (child == 0)
        _exit(write_cells(path, first, n));
    return child;
}

static void assert_whole(const char *path)
{
    assert_string_equal(ask(path, "PRAGMA integrity_check"), "ok");
    assert_string_equal(ask(path, "SELECT count(*) FROM pragma_foreign_key_check"), "0");
    char sql[256];
    snprintf(
        sql, sizeof sql,
        "SELECT count(*) FROM cell c WHERE (SELECT count(*) FROM value v WHERE v.cell_id = c.cell_id) <> %d"
        " OR (SELECT count(*) FROM cost o WHERE o.cell_id = c.cell_id) <> %d OR NOT EXISTS"
        " (SELECT 1 FROM run_cell x WHERE x.cell_id = c.cell_id)",
        ROW_METRICS, ROW_COSTS);
    assert_string_equal(ask(path, sql), "0");
}

/* Cells in a file that may not have its schema yet. */
static int count_cells(const char *path)
{
    struct stat st;
    if (stat(path, &st) != 0 ||
        strcmp(ask(path, "SELECT count(*) FROM sqlite_schema WHERE name = 'cell'"), "1") != 0)
        return 0;
    return atoi(ask(path, "SELECT count(*) FROM cell"));
}

/* Killed at any moment, also while making the schema or closing, the file is whole and can be gone on with.
 */
static void survives_kill(void **state)
{
    (void)state;
    const char *path = path_of("killed.db");
    int cells = 0, interrupted = 0;
    srand(1);
    for (int round = 0; round < 20; round++) {
        pid_t child = start_writer(path, round * 100, 100000);
        for (int i = 0; round >= 5 && i < 1000 && count_cells(path) <= cells; i++)
            nap(2);
        nap(round < 5 ? round * 2 : rand() % 40);
        kill(child, SIGKILL);
        int status;
        assert_int_equal(waitpid(child, &status, 0), child);
        int now = count_cells(path);
        if (now > 0)
            assert_whole(path);
        assert_true(now >= cells);
        interrupted += now > cells;
        cells = now;
    }
    assert_true(interrupted >= 10);
    assert_int_equal(write_cells(path, 0, 10), 0);
    assert_whole(path);
    assert_string_equal(ask(path, "PRAGMA journal_mode"), "delete");
    print_message("# covered: %d kills while writing, %d cells kept\n", interrupted, cells);
}

static void two_writers(void **state)
{
    (void)state;
    const char *path = path_of("two.db");
    pid_t a = start_writer(path, 0, 700), b = start_writer(path, 500, 700);
    int status_a, status_b;
    assert_int_equal(waitpid(a, &status_a, 0), a);
    assert_int_equal(waitpid(b, &status_b, 0), b);
    assert_int_equal(status_a, 0);
    assert_int_equal(status_b, 0);
    assert_whole(path);
    assert_string_equal(ask(path, "SELECT count(*) FROM cell"), "1200");
    assert_string_equal(ask(path, "SELECT group_concat(cells) FROM v_run"), "700,700");
    assert_string_equal(ask(path, "SELECT count(*) FROM run WHERE status = 'done'"), "2");
    closed(opened(path)); /* the last one out leaves a single file even if both closed at the same instant */
    assert_string_equal(ask(path, "PRAGMA journal_mode"), "delete");
}

/* Rows become durable within about a second although no further call is made. */
static void flushes_by_itself(void **state)
{
    (void)state;
    const char *path = path_of("idle.db");
    struct row r;
    struct store *s = opened(path);
    row_make(&r, &(struct row_spec){.format = "int8"});
    put(s, rows_begin(s), &r.cell);
    assert_string_equal(ask(path, "SELECT count(*) FROM cell"), "0");
    int waited = 0;
    while (strcmp(ask(path, "SELECT count(*) FROM cell"), "1") != 0 && waited < 5000) {
        nap(50);
        waited += 50;
    }
    assert_true(waited < 5000);
    for (int i = 0; i < STORE_BATCH; i++) { /* a full batch does not wait */
        char tensor[16];
        snprintf(tensor, sizeof tensor, "t%d", i);
        row_make(&r, &(struct row_spec){.format = "int8", .tensor = tensor});
        put(s, 1, &r.cell);
    }
    assert_string_equal(ask(path, "SELECT count(*) FROM cell"), "65");
    closed(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(makes_a_whole_file),
        cmocka_unit_test(axes_are_columns),
        cmocka_unit_test(values_survive),
        cmocka_unit_test(failed_becomes_done),
        cmocka_unit_test(done_gets_more_values),
        cmocka_unit_test(changed_result),
        cmocka_unit_test(cached_and_names),
        cmocka_unit_test(uncovered_cost_model),
        cmocka_unit_test(refuses_bad_cells),
        cmocka_unit_test(refuses_other_files),
        cmocka_unit_test(refuses_locked),
        cmocka_unit_test(refuses_write_protected),
        cmocka_unit_test(migrations),
        cmocka_unit_test(survives_kill),
        cmocka_unit_test(two_writers),
        cmocka_unit_test(flushes_by_itself),
    };
    return cmocka_run_group_tests_name("store", tests, NULL, NULL);
}
