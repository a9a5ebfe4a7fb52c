/* Joining databases: what shards computed is what one run computes; what contradicts itself is refused. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "results/merge.h"
#include "results/query.h"
#include "tests/check.h"
#include "tests/rows.h"

static const char *const formats[] = {"e4m3", "e5m2", "e2m1", "int8", "int4", "e3m2"};
enum { FORMATS = sizeof formats / sizeof *formats, TENSORS = 3 };

/* Cells of format i and tensor t with (i + t) mod n == part. */
static void fill(const char *path, int part, int n)
{
    struct store *s = rows_open(path);
    const int64_t run = rows_begin(s);
    for (int t = 0; t < TENSORS; t++)
        for (int i = 0; i < FORMATS; i++) {
            struct row r;
            char tensor[16];
            snprintf(tensor, sizeof tensor, "t%d", t);
            row_make(&r, &(struct row_spec){.format = formats[i], .tensor = tensor, .block = 16 << t});
            if ((i + t) % n == part)
                rows_put(s, run, &r.cell);
        }
    rows_close(s);
}

static char *text_of(const char *path, const char *sql)
{
    char *text = NULL;
    size_t size = 0, rows = 0;
    struct query *q = NULL;
    struct error e = {{0}};
    FILE *f = open_memstream(&text, &size);
    if (query_open(path, 0, &q, &e) || query_write(q, sql, TABLE_JSONL, f, &rows, &e))
        fail_msg("%s", e.text);
    fclose(f);
    query_close(q);
    return text;
}

/* Everything that does not tell who computed it and when. */
static const char *const contents[] = {
    "SELECT cell_sha256, tensor_sha256, params, op, scheme, label, transform, weight, output, mac, format, "
    "family, bits,"
    " exponent_bits, mantissa_bits, bias, specials, per, block, axis, scale, scale_rule, second, "
    "scale_order, round,"
    " overflow, clip, seed, status, error, result_hash FROM cell ORDER BY cell_sha256",
    "SELECT cell_sha256, name, v, class, value.bits FROM value JOIN cell USING(cell_id) JOIN metric "
    "USING(metric_id)"
    " ORDER BY cell_sha256, name",
    "SELECT cell_sha256, model, quantity, value, unit, node_nm, accuracy, source FROM cost JOIN cell "
    "USING(cell_id)"
    " ORDER BY cell_sha256, model, quantity",
    "SELECT * FROM tensor ORDER BY tensor_sha256",
    "SELECT * FROM tensor_name ORDER BY tensor_sha256, path, member",
    "SELECT name, unit, better, doc FROM metric ORDER BY name",
    "SELECT * FROM config ORDER BY config_sha256",
    "SELECT * FROM profile ORDER BY profile",
    "SELECT * FROM v_scheme",
    "SELECT * FROM v_best",
    "SELECT * FROM v_pareto"};

static void expect_same(const char *a, const char *b)
{
    for (size_t i = 0; i < sizeof contents / sizeof *contents; i++) {
        char *x = text_of(a, contents[i]), *y = text_of(b, contents[i]);
        assert_true(*x);
        if (strcmp(x, y) != 0)
            fail_msg("%s differ: %s", contents[i], x);
        free(x);
        free(y);
    }
}

static struct merge_report merged(const char *into, const char *from)
{
    struct merge_report r;
    struct error e = {{0}};
    if (merge_file(into, from, &r, &e))
        fail_msg("%s", e.text);
    return r;
}

static void refused(const char *into, const char *from, enum status want, const char *words)
{
    struct merge_report r;
    struct error e = {{0}};
    char *before = text_of(into, contents[0]);
    enum status s = merge_file(into, from, &r, &e);
    if (s != want || !strstr(e.text, words))
        fail_msg("status %d, %s; expected %d, %s", s, e.text, want, words);
    char *after = text_of(into, contents[0]);
    assert_string_equal(before, after); /* all of it or nothing */
    free(before);
    free(after);
}

static void shards_are_one_run(void **state)
{
    (void)state;
    const char *one = test_path("one.db"), *all = test_path("all.db");
    fill(one, 0, 1);
    int64_t cells = 0;
    for (int part = 3; part >= 0; part--) { /* in any order */
        char name[32];
        snprintf(name, sizeof name, "part%d.db", part);
        const char *shard = test_path(name);
        fill(shard, part, 4);
        struct merge_report r = merged(all, shard);
        assert_int_equal(r.runs, 1);
        assert_int_equal(r.known + r.replaced + r.values + r.costs, 0);
        cells += r.cells;
        r = merged(all, shard);
        assert_int_equal(r.runs + r.cells + r.replaced + r.values + r.costs, 0);
        assert_true(r.known > 0);
    }
    assert_int_equal(cells, FORMATS * TENSORS);
    expect_same(one, all);
    struct merge_report r = merged(all, all);
    assert_int_equal(r.runs + r.cells, 0);
    r = merged(all, one); /* the same cells by another run */
    assert_int_equal(r.runs, 1);
    assert_int_equal(r.cells, 0);
    expect_same(one, all);
    assert_string_equal(rows_ask(all, "SELECT count(*) FROM run_cell"), "36");
    assert_string_equal(rows_ask(all, "PRAGMA integrity_check"), "ok");
    assert_string_equal(rows_ask(all, "SELECT count(*) FROM pragma_foreign_key_check"), "0");
    printf("# covered merge: 4 shards of %d cells, row for row\n", FORMATS * TENSORS);
}

static void sources_are_read_alone(void **state)
{
    (void)state;
    const char *into = test_path("into.db"), *folder = test_path("folder"),
               *from = test_path("folder/from.db");
    assert_int_equal(mkdir(folder, 0755), 0);
    fill(from, 0, 2);
    assert_int_equal(chmod(from, 0444), 0);
    assert_int_equal(chmod(folder, 0555), 0);
    assert_int_equal(merged(into, from).cells, 9);
    assert_int_equal(chmod(folder, 0755), 0);
    /* no copy is left */
    char *leftovers = NULL;
    assert_true(asprintf(&leftovers, "test -z \"$(ls %s | grep merge-)\"", test_dir()) > 0);
    assert_int_equal(system(leftovers), 0);
    free(leftovers);
}

static void older_schemas_join(void **state)
{
    (void)state;
    const char *old = test_path("old.db"), *into = test_path("of_old.db"), *one = test_path("one_of_old.db");
    fill(old, 0, 1);
    fill(one, 0, 1);
    rows_go_back(old, ""); /* which knew no technology and no accuracy */
    rows_go_back(one, "");
    rows_close(rows_open(one));
    assert_int_equal(merged(into, old).cells, FORMATS * TENSORS);
    expect_same(one, into);
    assert_string_equal(rows_ask(old, "PRAGMA user_version"), "3");
}

static void results_replace_failures(void **state)
{
    (void)state;
    const char *into = test_path("failures.db"), *from = test_path("results.db"),
               *one = test_path("plain.db");
    fill(into, 0, 1);
    fill(from, 0, 1);
    fill(one, 0, 1);
    rows_run(
        into,
        "UPDATE cell SET status = 'failed', error = 'no memory', result_hash = NULL WHERE format = 'int8';"
        "DELETE FROM value WHERE cell_id IN (SELECT cell_id FROM cell WHERE format = 'int8');"
        "DELETE FROM cost_value WHERE cell_id IN (SELECT cell_id FROM cell WHERE format = 'int8')");
    char *failed = text_of(into, "SELECT count(*) AS n FROM v_failed");
    assert_string_equal(failed, "{\"n\": 3}\n");
    free(failed);
    struct merge_report r = merged(from, into); /* a failure replaces no result */
    assert_int_equal(r.cells + r.replaced + r.values + r.costs, 0);
    expect_same(one, from);
    r = merged(into, from);
    assert_int_equal(r.replaced, 3);
    assert_int_equal(r.cells + r.values + r.costs, 0);
    expect_same(one, into);
}

/* Metrics that one side lacks are added; a model of costs that both have stays as it is here. */
static void values_are_added(void **state)
{
    (void)state;
    const char *into = test_path("few.db"), *from = test_path("many.db");
    fill(into, 0, 1);
    fill(from, 0, 1);
    rows_run(
        into,
        "DELETE FROM value WHERE metric_id = (SELECT metric_id FROM metric WHERE name = 'cosine');"
        "DELETE FROM cost_value WHERE kind_id IN (SELECT kind_id FROM cost_kind WHERE model = 'storage')");
    rows_run(from, "UPDATE cost_value SET value = value + 1");
    static const char gates[] = "SELECT cell_id, quantity, value FROM cost WHERE model = 'fp8_vs_int8'";
    char *before = text_of(into, gates);
    struct merge_report r = merged(into, from);
    assert_int_equal(r.values, FORMATS * TENSORS);
    assert_int_equal(r.costs, FORMATS * TENSORS);
    char *after = text_of(into, gates);
    assert_string_equal(before, after);
    free(before);
    free(after);
}

/* A name means what the later run found, in whatever order files are merged. */
static void names_follow_runs(void **state)
{
    (void)state;
    const char *old = test_path("name_old.db"), *new = test_path("name_new.db");
    const char *const made[] = {old, new};
    for (int i = 0; i < 2; i++) {
        struct store *s = rows_open(made[i]);
        struct row r;
        const int64_t run = rows_begin(s);
        row_make(&r, &(struct row_spec){.format = "int8"});
        memset(r.tensor_sha256, 'a' + i, 64);
        memset(r.key, 'c' + i, 64);
        rows_put(s, run, &r.cell);
        rows_close(s);
    }
    rows_run(old, "UPDATE run SET started_at = '2020-01-01T00:00:00.000Z'");
    static const char current[] = "SELECT substr(tensor_sha256, 1, 1) FROM v_tensor WHERE current";
    const char *ab = test_path("name_ab.db"), *ba = test_path("name_ba.db");
    (void)merged(ab, old);
    (void)merged(ab, new);
    (void)merged(ba, new);
    (void)merged(ba, old);
    assert_string_equal(rows_ask(ab, current), "b");
    assert_string_equal(rows_ask(ba, current), "b");
    (void)merged(ba, old);
    assert_string_equal(rows_ask(ba, current), "b");
}

/* A run, begun in that year, of a tensor of digits `tensor` under a name; cells of one tensor are one. */
static void found(const char *db, const char *year, const char *name, char tensor)
{
    struct store *s = rows_open(db);
    struct row r;
    char sql[160];
    const int64_t run = rows_begin(s);
    row_make(&r, &(struct row_spec){.format = "int8"});
    r.cell.tensor.path = name;
    memset(r.tensor_sha256, tensor, 64);
    memset(r.key, tensor, 64);
    rows_put(s, run, &r.cell);
    rows_close(s);
    snprintf(sql, sizeof sql, "UPDATE run SET started_at = '%s-01-01T00:00:00.000Z' WHERE run_id = %d", year,
             (int)run);
    rows_run(db, sql);
}

/* What a name means is no matter of what its tensors are called elsewhere. */
static void names_stay(void **state)
{
    (void)state;
    static const char names[] = "SELECT dump, substr(tensor_sha256, 1, 1) AS tensor, current FROM v_tensor"
                                " ORDER BY dump, tensor",
                      want[] = "dump,tensor,current\np/x,a,0\np/x,b,1\nq/y,a,1\n";
    const char *from = test_path("w.db"), *copy = test_path("w2.db"), *new = test_path("w_new.db");
    for (int i = 0; i < 2; i++) {
        const char *db = i ? copy : from;
        found(db, "2020", "p/x", 'a');
        found(db, "2021", "p/x", 'b');
        found(db, "2022", "q/y", 'a');
        rows_run(db, "UPDATE run SET uuid = run_id"); /* one is a copy of the other */
    }
    (void)merged(new, from);
    rows_expect(new, names, want);
    (void)merged(new, from);
    rows_expect(new, names, want);
    (void)merged(from, copy);
    rows_expect(from, names, want);
    /* older bytes that a newer run found are what the name means; then nothing changes any more */
    static const char back[] = "dump,tensor,current\np/x,a,1\np/x,b,0\nq/y,a,1\n";
    const char *later = test_path("w_later.db");
    found(later, "2023", "p/x", 'a');
    for (int i = 0; i < 2; i++) {
        (void)merged(from, i ? copy : later);
        rows_expect(from, names, back);
    }
}

/* Rows whose run is gone are no rows that are known. */
static void broken_references(void **state)
{
    (void)state;
    const char *into = test_path("sound.db"), *from = test_path("broken.db");
    fill(into, 0, 2);
    fill(from, 1, 2);
    rows_run(from, "PRAGMA foreign_keys = OFF; UPDATE cell SET run_id = 99 WHERE cell_id = 2");
    refused(into, from, STATUS_IO, "a row of cell refers to nothing in run");
}

static void odd_names(void **state)
{
    (void)state;
    static const char *const odd[] = {"", ":memory:", "file:x.db", "x.d/"};
    const char *from = test_path("plain_name.db");
    fill(from, 0, 2);
    for (size_t i = 0; i < sizeof odd / sizeof *odd; i++) {
        struct merge_report r;
        struct error e = {{0}};
        assert_int_equal(merge_file(odd[i], from, &r, &e), STATUS_USAGE);
        assert_int_equal(system("test -z \"$(ls | grep merge-)\""), 0); /* no copy is left */
    }
}

static void contradictions(void **state)
{
    (void)state;
    const char *into = test_path("here.db"), *from = test_path("there.db");
    fill(into, 0, 1);
    fill(from, 0, 1);
    rows_run(from, "UPDATE value SET bits = bits + 1 WHERE cell_id = 5 AND metric_id = 2");
    refused(into, from, STATUS_DIFFERENT, "differs from that in");
    rows_run(from, "UPDATE value SET bits = bits - 1 WHERE cell_id = 5 AND metric_id = 2;"
                   "UPDATE cell SET result_hash = 'other' WHERE cell_id = 7");
    refused(into, from, STATUS_DIFFERENT, "has the result other");
    rows_run(from, "UPDATE cell SET params = json_insert(params, '$.semantics', 3)");
    rows_run(into, "UPDATE cell SET params = json_insert(params, '$.semantics', 4)");
    refused(into, from, STATUS_INVALID, "cells of semantics 3, and ");
    rows_run(from, "PRAGMA user_version = 99");
    refused(into, from, STATUS_INVALID, "newer bitsweep");
    refused(into, test_path("nowhere.db"), STATUS_MISSING, "no database here");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(shards_are_one_run), cmocka_unit_test(sources_are_read_alone),
        cmocka_unit_test(older_schemas_join), cmocka_unit_test(results_replace_failures),
        cmocka_unit_test(values_are_added),   cmocka_unit_test(names_follow_runs),
        cmocka_unit_test(names_stay),         cmocka_unit_test(broken_references),
        cmocka_unit_test(odd_names),          cmocka_unit_test(contradictions),
    };
    return cmocka_run_group_tests_name("merge", tests, NULL, NULL);
}
