/* results/store.h: whose file it is, migrations, death and company. */
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

static void nap(int ms)
{
    nanosleep(&(struct timespec){.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000L}, NULL);
}

static void expect_refusal(const char *path, enum status want, const char *words)
{
    struct error e = {{0}};
    struct store *s = NULL;
    enum status got = store_open_within(path, 100, NULL, &s, &e);
    if (got != want || s || !strstr(e.text, words) || !strstr(e.text, path))
        fail_msg("%s: status %d, \"%s\"; expected %d, \"%s\"", path, got, e.text, want, words);
}

static void refuses_other_files(void **state)
{
    (void)state;
    const char *text = test_path("text.db");
    FILE *f = fopen(text, "w");
    for (int i = 0; i < 1000; i++)
        fputs("not a database\n", f);
    fclose(f);
    expect_refusal(text, STATUS_IO, "is not a SQLite database");
    const char *foreign = test_path("foreign.db");
    rows_run(foreign, "CREATE TABLE song(title)");
    expect_refusal(foreign, STATUS_INVALID, "another program");
    assert_string_equal(rows_ask(foreign, "PRAGMA journal_mode"), "delete"); /* untouched */
    assert_string_equal(rows_ask(foreign, "SELECT group_concat(name) FROM sqlite_schema"), "song");
    const char *newer = test_path("newer.db");
    rows_close(rows_open(newer));
    rows_run(newer, "PRAGMA user_version = 7");
    expect_refusal(newer, STATUS_INVALID, "newer bitsweep (schema version 7; this program knows up to 6)");
    expect_refusal(test_dir(), STATUS_IO, "is a folder");
    const char *pipe = test_path("pipe.db");
    assert_int_equal(mkfifo(pipe, 0600), 0);
    expect_refusal(pipe, STATUS_IO, "is a pipe, not a database");
    expect_refusal(test_path("none/"), STATUS_USAGE, "found the name of a folder");
    expect_refusal(test_path("none/x.db"), STATUS_IO, "none cannot be used: No such file");
    const char *under = test_path("text.db/x.db");
    expect_refusal(under, STATUS_IO, "is not a folder");
    expect_refusal("", STATUS_USAGE, "the path of the database is empty");
    expect_refusal(":memory:", STATUS_USAGE, "results in memory would be lost");
    expect_refusal("file:x?mode=memory", STATUS_USAGE, "expected a path, found a URI");
    const char *empty = test_path("empty.db"); /* an empty database is taken */
    fclose(fopen(empty, "w"));
    rows_close(rows_open(empty));
    assert_string_equal(rows_ask(empty, "PRAGMA user_version"), "6");
}

/* Bytes of the header that SQLite has no word for, and one that makes the schema version negative. */
static void refuses_damaged_header(void **state)
{
    (void)state;
    static const struct {
        long at;
        const char *words;
    } byte[] = {{47, "the database is damaged (unsupported file format)"},
                {60, "the database is damaged (schema version -"}};
    for (size_t i = 0; i < sizeof byte / sizeof *byte; i++) {
        const char *path = test_path("header.db");
        unlink(path);
        rows_close(rows_open(path));
        FILE *f = fopen(path, "r+");
        assert_non_null(f);
        fseek(f, byte[i].at, SEEK_SET);
        fputc(0xff, f);
        fclose(f);
        expect_refusal(path, STATUS_IO, byte[i].words);
    }
}

/* Another program that has begun something; closing it lets go. */
static sqlite3 *hold(const char *path, const char *sql)
{
    sqlite3 *db = NULL;
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
    return db;
}

static void refuses_locked(void **state)
{
    (void)state;
    const char *path = test_path("locked.db");
    rows_close(rows_open(path));
    sqlite3 *db = hold(path, "BEGIN EXCLUSIVE");
    expect_refusal(path, STATUS_IO, "another program keeps the database locked");
    sqlite3_close(db);
    struct error e = {{0}};
    struct store *s = NULL;
    struct row r;
    assert_int_equal(store_open_within(path, 100, NULL, &s, &e), STATUS_OK);
    int64_t run = rows_begin(s);
    row_make(&r, &(struct row_spec){.format = "int8"});
    rows_put(s, run, &r.cell);
    db = hold(path, "BEGIN IMMEDIATE");
    assert_int_equal(store_flush(s, &e), STATUS_IO);
    assert_non_null(strstr(e.text, "keeps the database locked"));
    sqlite3_close(db);
    rows_close(s); /* the row waited, and is written now */
    assert_string_equal(rows_ask(path, "SELECT count(*) FROM cell"), "1");
}

/* A reader keeps the file from the write-ahead log; the patience with it is spent once, not again and again.
 */
static void patience_is_bounded(void **state)
{
    (void)state;
    const char *path = test_path("read.db");
    rows_close(rows_open(path));
    sqlite3 *db = hold(path, "BEGIN; SELECT count(*) FROM cell");
    struct error e = {{0}};
    struct store *s = NULL;
    time_t start = time(NULL);
    assert_int_equal(store_open_within(path, 600, NULL, &s, &e), STATUS_IO);
    assert_true(time(NULL) - start < 15); /* about one second; each wait inside a wait would make 36 */
    assert_non_null(strstr(e.text, "keeps the database locked"));
    sqlite3_close(db);
}

/* A signal ends the wait; meanwhile others may read. */
static void waiting_is_no_hindrance(void **state)
{
    (void)state;
    const char *path = test_path("waited.db");
    rows_close(rows_open(path));
    sqlite3 *db = hold(path, "BEGIN; SELECT count(*) FROM cell");
    pid_t child = fork();
    if (child == 0) {
        struct error e = {{0}};
        struct store *s = NULL;
        _exit(store_open_within(path, 2500, NULL, &s, &e) == STATUS_IO ? 0 : 1);
    }
    sqlite3 *reader = NULL;
    assert_int_equal(sqlite3_open(path, &reader), SQLITE_OK);
    int refused = 0;
    for (int i = 0; i < 20; i++, nap(5))
        refused += sqlite3_exec(reader, "SELECT count(*) FROM cell", NULL, NULL, NULL) != SQLITE_OK;
    assert_true(refused < 20); /* without waiting: a try of the other holds it for microseconds */
    sqlite3_close(reader);
    kill(child, SIGKILL);
    assert_int_equal(waitpid(child, NULL, 0), child);
    const atomic_int stop = 1;
    char *said = NULL;
    size_t size = 0;
    struct error e = {{0}};
    struct store *s = NULL;
    assert_int_equal(store_open_waiting(path, &(struct store_wait){&stop, NULL}, &s, &e), STATUS_INTERRUPTED);
    assert_non_null(strstr(e.text, "waited.db: interrupted while another program kept it locked"));
    e = (struct error){{0}};
    FILE *f = open_memstream(&said, &size);
    assert_int_equal(store_open_within(path, 1100, &(struct store_wait){NULL, f}, &s, &e), STATUS_IO);
    fclose(f);
    assert_non_null(strstr(said, "waited.db: waiting for another program, which has locked it\n"));
    free(said);
    sqlite3_close(db);
}

/* Rows that go to a file without a name are lost, and that is said. */
static void deleted_meanwhile(void **state)
{
    (void)state;
    const char *path = test_path("deleted.db");
    struct error e = {{0}};
    struct row r;
    for (int flushed = 0; flushed < 2; flushed++) {
        struct store *s = rows_open(path);
        row_make(&r, &(struct row_spec){.format = "int8"});
        rows_put(s, rows_begin(s), &r.cell);
        if (flushed)
            assert_int_equal(store_flush(s, &e), STATUS_OK);
        unlink(path);
        assert_int_equal(store_close(s, &e), STATUS_IO);
        assert_non_null(strstr(e.text, "deleted.db: the file was deleted, moved or replaced"));
    }
}

/* What is in the log alone while a reader keeps it. */
static void log_is_known(void **state)
{
    (void)state;
    const char *path = test_path("logged.db"), *link = test_path("logged_link.db");
    assert_int_equal(symlink(path, link), 0);
    struct row r;
    struct store *s = rows_open(path);
    row_make(&r, &(struct row_spec){.format = "int8"});
    const int64_t run = rows_begin(s);
    sqlite3 *db = hold(path, "BEGIN; SELECT count(*) FROM cell");
    rows_put(s, run, &r.cell);
    rows_close(s);
    char *said = NULL;
    size_t size = 0;
    FILE *f = open_memstream(&said, &size);
    store_say_log(link, f);
    fflush(f);
    assert_non_null(strstr(said, "logged_link.db: another program has the database open; until it ends"));
    rewind(f);
    sqlite3_close(db);
    rows_close(rows_open(path));
    store_say_log(path, f);
    fclose(f);
    assert_int_equal(size, 0);
    free(said);
}

/* A database that cannot be read is not one without cells; an empty one is. */
static void damage_is_no_absence(void **state)
{
    (void)state;
    const char *path = test_path("torn.db"), *empty = test_path("no_schema.db");
    struct error e = {{0}};
    struct row r;
    struct store *s = rows_open(path);
    const int64_t run = rows_begin(s);
    enum store_state known = STORE_DONE;
    for (int i = 0; i < 50; i++) {
        char tensor[16];
        snprintf(tensor, sizeof tensor, "t%d", i);
        row_make(&r, &(struct row_spec){.format = "int8", .tensor = tensor});
        rows_put(s, run, &r.cell);
    }
    rows_close(s);
    const int root =
        atoi(rows_ask(path, "SELECT rootpage FROM sqlite_schema WHERE name = 'sqlite_autoindex_cell_1'"));
    FILE *f = fopen(path, "r+");
    fseek(f, (root - 1) * 4096L, SEEK_SET);
    for (int i = 0; i < 4096; i++)
        fputc(0xff, f);
    fclose(f);
    assert_int_equal(store_open_reading(path, &s, &e), STATUS_OK);
    assert_int_equal(store_cell_state(s, r.key, NULL, 0, NULL, 0, &known, &e), STATUS_IO);
    assert_non_null(strstr(e.text, "torn.db: the database is damaged"));
    rows_close(s);
    fclose(fopen(empty, "w"));
    assert_int_equal(store_open_reading(empty, &s, &e), STATUS_OK);
    assert_int_equal(store_cell_state(s, r.key, NULL, 0, NULL, 0, &known, &e), STATUS_OK);
    assert_int_equal(known, STORE_ABSENT);
    rows_close(s);
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
    enum status got = store_open_within(path, 100, NULL, &s, &e);
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
    const char *dir = test_path("protected"), *path = test_path("protected/x.db");
    assert_int_equal(mkdir(dir, 0777), 0);
    chmod(test_dir(), 0755);
    rows_close(rows_open(path));
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
    const char *path = test_path("migrate.db"), *steps[] = {"CREATE TABLE meta(key PRIMARY KEY, value)",
                                                            "CREATE TABLE b(x); INSERT INTO b VALUES(3)",
                                                            "CREATE TABLE c(x); SELECT x FROM nowhere"};
    struct migration m = {steps, 1, "DROP VIEW IF EXISTS v; CREATE VIEW v AS SELECT 'one' AS x"};
    struct error e = {{0}};
    sqlite3 *db = NULL;
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    assert_int_equal(migrate(db, path, &m, &e), STATUS_OK);
    assert_string_equal(rows_ask(path, "PRAGMA user_version"), "1");
    assert_string_equal(rows_ask(path, "SELECT x FROM v"), "one");
    m.views = "DROP VIEW IF EXISTS v; CREATE VIEW v AS SELECT 'two' AS x"; /* views follow their text */
    assert_int_equal(migrate(db, path, &m, &e), STATUS_OK);
    assert_string_equal(rows_ask(path, "SELECT x FROM v"), "two");
    m.n = 2;
    assert_int_equal(migrate(db, path, &m, &e), STATUS_OK);
    assert_string_equal(rows_ask(path, "PRAGMA user_version"), "2");
    assert_string_equal(rows_ask(path, "SELECT sum(x) FROM b"), "3");
    int changes = sqlite3_total_changes(db);
    assert_int_equal(migrate(db, path, &m, &e), STATUS_OK); /* nothing to do, nothing written */
    assert_int_equal(sqlite3_total_changes(db), changes);
    m.n = 3; /* a step that breaks off leaves nothing behind */
    assert_int_equal(migrate(db, path, &m, &e), STATUS_INTERNAL);
    if (!strstr(e.text, "nowhere"))
        fail_msg("%s", e.text);
    assert_string_equal(rows_ask(path, "PRAGMA user_version"), "2");
    assert_string_equal(rows_ask(path, "SELECT count(*) FROM sqlite_schema WHERE name = 'c'"), "0");
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
    assert_string_equal(rows_ask(path, "PRAGMA integrity_check"), "ok");
    assert_string_equal(rows_ask(path, "SELECT count(*) FROM pragma_foreign_key_check"), "0");
    char sql[256];
    snprintf(
        sql, sizeof sql,
        "SELECT count(*) FROM cell c WHERE (SELECT count(*) FROM value v WHERE v.cell_id = c.cell_id) <> %d"
        " OR (SELECT count(*) FROM cost o WHERE o.cell_id = c.cell_id) <> %d OR NOT EXISTS"
        " (SELECT 1 FROM run_cell x WHERE x.cell_id = c.cell_id)",
        ROW_METRICS, ROW_COSTS);
    assert_string_equal(rows_ask(path, sql), "0");
}

/* A database of version 1 keeps its cells; their hashes, which were SHA-256, are filled in as they are
 * computed again, and nothing counts as changed. */
static void version_1(void **state)
{
    (void)state;
    const char *path = test_path("version1.db");
    struct migration old = store_migration;
    struct error e = {{0}};
    struct row r;
    sqlite3 *db = NULL;
    old.n = 1;
    old.views = ""; /* those of now know of later tables */
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    assert_int_equal(migrate(db, path, &old, &e), STATUS_OK);
    sqlite3_close(db);
    rows_run(path,
             "PRAGMA foreign_keys = off; INSERT INTO cell(cell_sha256, run_id, params, op, seed, status, "
             "result_sha256) VALUES(replace(hex(zeroblob(32)), '00', '0a'), 1, '{}', 'quantize', 0, "
             "'done', 'of old')");
    struct store *s = rows_open(path);
    int64_t run = rows_begin(s);
    assert_string_equal(rows_ask(path, "PRAGMA user_version"), "6");
    assert_string_equal(rows_ask(path, "SELECT count(*) FROM cell WHERE result_hash IS NULL"), "1");
    row_make(&r, &(struct row_spec){.format = "int8"});
    rows_put(s, run, &r.cell);
    assert_int_equal(store_flush(s, &e), STATUS_OK);
    rows_run(path, "UPDATE cell SET result_hash = NULL");
    struct store_cell again = r.cell;
    again.n_metrics = 1; /* the other values stay */
    rows_put(s, run, &again);
    rows_close(s);
    assert_string_equal(rows_ask(path, "SELECT count(*) FROM cell WHERE result_hash IS NOT NULL"), "1");
    assert_string_equal(rows_ask(path, "SELECT count(*) > 1 FROM value"), "1");
    assert_string_equal(rows_ask(path, "SELECT changed FROM v_run"), "0");
}

/* A database of version 3 keeps its cells, which are of tensors. */
static void version_3(void **state)
{
    (void)state;
    const char *path = test_path("version3.db");
    struct row r;
    struct store *s = rows_open(path);
    row_make(&r, &(struct row_spec){.format = "int8"});
    rows_put(s, rows_begin(s), &r.cell);
    rows_close(s);
    rows_go_back(path, "");
    s = rows_open(path);
    rows_close(s);
    assert_string_equal(rows_ask(path, "PRAGMA user_version"), "6");
    assert_string_equal(rows_ask(path, "SELECT count(*) FROM v_cell WHERE op = 'quantize' AND mac IS NULL"),
                        "1");
    assert_string_equal(rows_ask(path, "SELECT count(*) || max(node_nm) FROM v_cost"), "70.0");
}

/* One of version 4 has no methods until a run says them. */
static void version_4(void **state)
{
    (void)state;
    const char *path = test_path("version4.db");
    struct row r;
    struct store *s = rows_open(path);
    row_make(&r, &(struct row_spec){.format = "e2m1", .block = 16});
    rows_put(s, rows_begin(s), &r.cell);
    rows_close(s);
    rows_go_back(path, "ALTER TABLE cell ADD COLUMN weight TEXT; ALTER TABLE cell ADD COLUMN output TEXT;"
                       "ALTER TABLE cell ADD COLUMN mac TEXT; PRAGMA user_version = 4");
    s = rows_open(path);
    assert_string_equal(rows_ask(path, "PRAGMA user_version"), "6");
    assert_string_equal(rows_ask(path, "SELECT count(*) FROM v_cell WHERE transform IS NULL"), "1");
    assert_string_equal(rows_ask(path, "SELECT count(*) FROM v_method"), "0");
    rows_begin(s);
    assert_string_equal(rows_ask(path, "SELECT group_concat(method) FROM v_method"), "a method");
    rows_close(s);
}

/* A database of version 2 has no profiles until a run says them; then its cells belong to them. */
static void version_2(void **state)
{
    (void)state;
    const char *path = test_path("version2.db");
    struct row r;
    struct store *s = rows_open(path);
    int64_t run = rows_begin(s);
    row_make(&r, &(struct row_spec){.format = "e2m1", .block = 16});
    rows_put(s, run, &r.cell);
    rows_close(s);
    rows_go_back(path, "DROP TABLE profile; PRAGMA user_version = 2");
    s = rows_open(path);
    assert_string_equal(rows_ask(path, "PRAGMA user_version"), "6");
    assert_string_equal(rows_ask(path, "SELECT count(*) FROM profile"), "0");
    assert_string_equal(rows_ask(path, "SELECT count(*) FROM v_profile"), "0");
    rows_begin(s);
    assert_string_equal(rows_ask(path, "SELECT group_concat(profile) FROM v_profile"), "a:f4,b:f4");
    rows_close(s);
}

/* Cells in a file that may not have its schema yet. */
static int count_cells(const char *path)
{
    struct stat st;
    if (stat(path, &st) != 0 ||
        strcmp(rows_ask(path, "SELECT count(*) FROM sqlite_schema WHERE name = 'cell'"), "1") != 0)
        return 0;
    return atoi(rows_ask(path, "SELECT count(*) FROM cell"));
}

/* Killed at any moment, also while making the schema or closing, the file is whole and can be gone on with.
 */
static void survives_kill(void **state)
{
    (void)state;
    const char *path = test_path("killed.db");
    enum { KILLS = WATCHED ? 9 : 20 };
    int cells = 0, interrupted = 0;
    srand(1);
    for (int round = 0; round < KILLS; round++) {
        /* going on, with some that are there: all of them again would take longer in each round */
        pid_t child = start_writer(path, cells > 100 ? cells - 100 : 0, 100000);
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
    assert_true(interrupted >= (KILLS - 5) / 2);
    assert_int_equal(write_cells(path, 0, 10), 0);
    assert_whole(path);
    assert_string_equal(rows_ask(path, "PRAGMA journal_mode"), "delete");
    print_message("# covered: %d kills while writing, %d cells kept\n", interrupted, cells);
}

static void two_writers(void **state)
{
    (void)state;
    const char *path = test_path("two.db");
    pid_t a = start_writer(path, 0, 700), b = start_writer(path, 500, 700);
    int status_a, status_b;
    assert_int_equal(waitpid(a, &status_a, 0), a);
    assert_int_equal(waitpid(b, &status_b, 0), b);
    assert_int_equal(status_a, 0);
    assert_int_equal(status_b, 0);
    assert_whole(path);
    assert_string_equal(rows_ask(path, "SELECT count(*) FROM cell"), "1200");
    assert_string_equal(rows_ask(path, "SELECT group_concat(cells) FROM v_run"), "700,700");
    assert_string_equal(rows_ask(path, "SELECT count(*) FROM run WHERE status = 'done'"), "2");
    rows_close(
        rows_open(path)); /* the last one out leaves a single file even if both closed at the same instant */
    assert_string_equal(rows_ask(path, "PRAGMA journal_mode"), "delete");
}

/* Rows become durable within about a second although no further call is made. */
static void flushes_by_itself(void **state)
{
    (void)state;
    const char *path = test_path("idle.db");
    struct row r;
    struct store *s = rows_open(path);
    row_make(&r, &(struct row_spec){.format = "int8"});
    rows_put(s, rows_begin(s), &r.cell);
    int waited = 0;
    while (strcmp(rows_ask(path, "SELECT count(*) FROM cell"), "1") != 0 && waited < 5000) {
        nap(50);
        waited += 50;
    }
    assert_true(waited < 5000);
    for (int i = 0; i < STORE_BATCH; i++) { /* a full batch does not wait */
        char tensor[16];
        snprintf(tensor, sizeof tensor, "t%d", i);
        row_make(&r, &(struct row_spec){.format = "int8", .tensor = tensor});
        rows_put(s, 1, &r.cell);
    }
    assert_string_equal(rows_ask(path, "SELECT count(*) FROM cell"), "65");
    rows_close(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(refuses_other_files),
        cmocka_unit_test(refuses_damaged_header),
        cmocka_unit_test(refuses_locked),
        cmocka_unit_test(patience_is_bounded),
        cmocka_unit_test(waiting_is_no_hindrance),
        cmocka_unit_test(deleted_meanwhile),
        cmocka_unit_test(log_is_known),
        cmocka_unit_test(damage_is_no_absence),
        cmocka_unit_test(refuses_write_protected),
        cmocka_unit_test(migrations),
        cmocka_unit_test(version_1),
        cmocka_unit_test(version_2),
        cmocka_unit_test(version_3),
        cmocka_unit_test(version_4),
        cmocka_unit_test(survives_kill),
        cmocka_unit_test(two_writers),
        cmocka_unit_test(flushes_by_itself),
    };
    return cmocka_run_group_tests_name("store_file", tests, NULL, NULL);
}
