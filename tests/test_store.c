/* results/store.h: rows in, nothing lost. */
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "tests/check.h"
#include "tests/rows.h"

static void makes_a_whole_file(void **state)
{
    (void)state;
    const char *path = test_path("new.db");
    struct row r;
    struct store *s = rows_open(path);
    int64_t run = rows_begin(s);
    row_make(&r, &(struct row_spec){.format = "int8"});
    rows_put(s, run, &r.cell);
    struct error e = {{0}};
    assert_int_equal(store_run_end(s, run, "done", &e), STATUS_OK);
    rows_close(s);
    assert_string_equal(rows_ask(path, "PRAGMA application_id"), "1112758096"); /* 0x42535750 */
    assert_string_equal(rows_ask(path, "PRAGMA user_version"), "6");
    assert_string_equal(rows_ask(path, "PRAGMA journal_mode"), "delete");
    assert_string_equal(rows_ask(path, "SELECT count(*) FROM cell WHERE status = 'done'"), "1");
    assert_string_equal(rows_ask(path, "SELECT status || cells || cached FROM v_run"), "done10");
    assert_string_equal(rows_ask(path, "SELECT uuid GLOB '[0-9a-f]*' AND length(uuid) = 32 FROM run"), "1");
    assert_string_equal(rows_ask(path, "SELECT finished_at >= started_at FROM run"), "1");
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
    const char *path = test_path("axes.db");
    struct row r;
    struct store *s = rows_open(path);
    int64_t run = rows_begin(s);
    row_make(&r, &(struct row_spec){.format = "e3m2", .block = 32, .scale = "e8m0", .scale_rule = "floor"});
    r.cell.bias = -5;
    r.cell.seed = UINT64_MAX;
    rows_put(s, run, &r.cell);
    row_make(&r, &(struct row_spec){.format = "int8"});
    r.cell.clip = -1;
    rows_put(s, run, &r.cell);
    rows_close(s);
    assert_string_equal(
        rows_ask(path,
                 "SELECT format||family||bits||exponent_bits||mantissa_bits||bias||specials||per||block||"
                 "axis||scale||scale_rule||second||scale_order||round||overflow||clip||seed||op"
                 " FROM cell WHERE format = 'e3m2'"),
        "e3m2float632-5noneblock32laste8m0floornoneexactrnesaturate1.0-1quantize");
    assert_string_equal(rows_ask(path,
                                 "SELECT exponent_bits IS NULL AND mantissa_bits IS NULL AND bias IS NULL AND"
                                 " block IS NULL AND axis IS NULL AND specials IS NULL AND clip IS NULL"
                                 " FROM cell WHERE format = 'int8'"),
                        "1");
    assert_string_equal(rows_ask(path, "SELECT bits_per_element FROM v_cell WHERE format = 'e3m2'"), "6.25");
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
    const char *path = test_path("values.db");
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
    struct store *s = rows_open(path);
    rows_put(s, rows_begin(s), &r.cell);
    rows_close(s);
    for (int i = 0; i < N; i++) {
        uint64_t bits;
        memcpy(&bits, &value[i].v, sizeof bits);
        snprintf(sql, sizeof sql, "SELECT class || ' ' || bits FROM v_value WHERE metric = '%s'", name[i]);
        snprintf(want, sizeof want, "%s %016llx", value[i].class, (unsigned long long)bits);
        assert_string_equal(rows_ask(path, sql), want);
    }
    assert_string_equal(rows_ask(path, "SELECT value = 9e999 FROM v_value WHERE metric = 'm3'"), "1");
    assert_string_equal(rows_ask(path, "SELECT value IS NULL FROM v_value WHERE metric = 'm0'"), "1");
}

static enum store_state state_of(struct store *s, const char *key, const char *const *metrics,
                                 size_t n_metrics, const char *const *models, size_t n_models)
{
    struct error e = {{0}};
    enum store_state state;
    if (store_cell_state(s, key, metrics, n_metrics, models, n_models, &state, &e))
        fail_msg("%s", e.text);
    return state;
}

static void failed_becomes_done(void **state)
{
    (void)state;
    const char *path = test_path("failed.db");
    struct row r;
    struct store *s = rows_open(path);
    int64_t first = rows_begin(s), second = rows_begin(s);
    row_make(&r, &(struct row_spec){.format = "int8"});
    struct store_cell bad = r.cell;
    bad.status = "failed";
    bad.error = "axis \"head\" is not in the dump";
    bad.n_metrics = bad.n_costs = 0;
    bad.result_hash = NULL;
    rows_put(s, first, &bad);
    assert_int_equal(state_of(s, r.key, NULL, 0, NULL, 0), STORE_FAILED);
    assert_string_equal(rows_ask(path, "SELECT error FROM v_failed"), "axis \"head\" is not in the dump");
    rows_put(s, second, &r.cell);
    assert_int_equal(state_of(s, r.key, NULL, 0, NULL, 0), STORE_DONE);
    rows_put(s, second, &bad); /* a failure does not replace a result */
    assert_int_equal(state_of(s, r.key, NULL, 0, NULL, 0), STORE_DONE);
    rows_close(s);
    assert_string_equal(rows_ask(path, "SELECT count(*) FROM v_failed"), "0");
    assert_string_equal(rows_ask(path, "SELECT group_concat(run_id || cached || changed) FROM run_cell"),
                        "100,200");
    assert_string_equal(rows_ask(path, "SELECT run_id FROM cell"), "2");
    assert_string_equal(rows_ask(path, "SELECT count(*) FROM value"), "7");
}

static void done_gets_more_values(void **state)
{
    (void)state;
    static const char *const all[] = {"mse", "sqnr_db", "cosine"}, *const models[] = {"storage",
                                                                                      "fp8_vs_int8"};
    const char *path = test_path("more.db");
    struct row r;
    struct store *s = rows_open(path);
    int64_t run = rows_begin(s);
    row_make(&r, &(struct row_spec){.format = "int8"});
    struct store_cell part = r.cell;
    part.n_metrics = 1;
    part.n_costs = 1;
    rows_put(s, run, &part);
    assert_int_equal(state_of(s, r.key, all, 1, models, 1), STORE_DONE);
    assert_int_equal(state_of(s, r.key, all, 3, models, 1), STORE_ABSENT);
    assert_int_equal(state_of(s, r.key, all, 1, models, 2), STORE_ABSENT);
    struct store_metric_value changed = r.metrics[0];
    changed.value = 42;
    changed.doc = "another doc";
    rows_put(s, run, &r.cell);
    part.metrics = &changed; /* the same result: the newer value stays, nothing is dropped */
    rows_put(s, run, &part);
    assert_int_equal(state_of(s, r.key, all, 3, models, 2), STORE_DONE);
    rows_close(s);
    assert_string_equal(rows_ask(path, "SELECT count(*) FROM cell"), "1");
    assert_string_equal(rows_ask(path, "SELECT count(*) FROM value"), "7");
    assert_string_equal(rows_ask(path, "SELECT mse FROM v_cell"), "42.0");
    assert_string_equal(rows_ask(path, "SELECT changed FROM v_run"), "1"); /* which is told */
    assert_string_equal(rows_ask(path, "SELECT doc FROM metric WHERE name = 'mse'"), "another doc");
}

/* Another result under the same key takes the place of the whole old one, and the run says so. */
static void changed_result(void **state)
{
    (void)state;
    const char *path = test_path("changed.db");
    struct row r;
    struct store *s = rows_open(path);
    int64_t first = rows_begin(s), second = rows_begin(s);
    row_make(&r, &(struct row_spec){.format = "int8"});
    rows_put(s, first, &r.cell);
    struct store_cell other = r.cell;
    other.result_hash = r.key;
    other.n_metrics = 2;
    other.n_costs = 1;
    rows_put(s, second, &other);
    rows_close(s);
    assert_string_equal(rows_ask(path, "SELECT group_concat(changed) FROM v_run"), "0,1");
    assert_string_equal(rows_ask(path, "SELECT count(*) FROM value"), "2");
    assert_string_equal(rows_ask(path, "SELECT count(*) FROM cost"), "1");
    assert_string_equal(rows_ask(path, "SELECT result_hash = cell_sha256 FROM cell"), "1");
}

static void cached_and_names(void **state)
{
    (void)state;
    const char *path = test_path("cached.db");
    struct error e = {{0}};
    struct row r;
    struct store *s = rows_open(path);
    int64_t first = rows_begin(s), second = rows_begin(s);
    row_make(&r, &(struct row_spec){.format = "int8", .dump = "b.npz", .tensor = "w"});
    rows_put(s, first, &r.cell);
    assert_int_equal(store_put_cached(s, second, r.key, &e), STATUS_OK); /* while it waits for its batch */
    assert_int_equal(store_flush(s, &e), STATUS_OK);
    assert_int_equal(store_put_cached(s, second, r.key, &e), STATUS_OK);
    struct store_tensor other = r.cell.tensor;
    other.path = "a.npy";
    other.member = NULL;
    assert_int_equal(store_put_tensor(s, &other, &e), STATUS_OK);
    assert_int_equal(store_put_cached(s, second, r.tensor_sha256, &e), STATUS_INTERNAL);
    assert_non_null(strstr(e.text, r.tensor_sha256));
    rows_close(s);
    assert_string_equal(rows_ask(path, "SELECT group_concat(run_id || cached) FROM run_cell"), "10,21");
    assert_string_equal(rows_ask(path, "SELECT group_concat(dump || tensor) FROM v_cell"), "a.npy");
    assert_string_equal(rows_ask(path, "SELECT group_concat(dump) FROM v_scheme"), "a.npy,b.npz");
}

static void uncovered_cost_model(void **state)
{
    (void)state;
    static const char *const model[] = {"fp8_vs_int8"};
    const char *path = test_path("uncovered.db");
    struct row r;
    struct store *s = rows_open(path);
    row_make(&r, &(struct row_spec){.format = "int8"});
    const struct store_cost_value none = {.model = "fp8_vs_int8",
                                          .source = "a publication",
                                          .quantity = "none",
                                          .unit = "",
                                          .value = (double)NAN};
    r.cell.costs = &none;
    r.cell.n_costs = 1;
    rows_put(s, rows_begin(s), &r.cell);
    assert_int_equal(state_of(s, r.key, NULL, 0, model, 1), STORE_DONE);
    rows_close(s);
    assert_string_equal(rows_ask(path, "SELECT mac_gates IS NULL FROM v_cell"), "1");
}

static void refuses_bad_cells(void **state)
{
    (void)state;
    struct row r;
    struct store *s = rows_open(test_path("bad.db"));
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
    rows_close(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(makes_a_whole_file),    cmocka_unit_test(axes_are_columns),
        cmocka_unit_test(values_survive),        cmocka_unit_test(failed_becomes_done),
        cmocka_unit_test(done_gets_more_values), cmocka_unit_test(changed_result),
        cmocka_unit_test(cached_and_names),      cmocka_unit_test(uncovered_cost_model),
        cmocka_unit_test(refuses_bad_cells),
    };
    return cmocka_run_group_tests_name("store", tests, NULL, NULL);
}
