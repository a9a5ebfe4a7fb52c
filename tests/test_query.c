/* results/query.h and results/table.h: reading, and nothing but reading. */
#include <math.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "results/query.h"
#include "tests/check.h"
#include "tests/rows.h"

static char db[256]; /* filled by the group's set-up */

static struct query *opened(const char *path, double seconds)
{
    struct error e = {{0}};
    struct query *q = NULL;
    if (query_open(path, seconds, &q, &e))
        fail_msg("%s", e.text);
    return q;
}

/* What a query writes; the caller frees it. */
static char *written(struct query *q, const char *sql, enum table_format format, size_t *rows)
{
    struct error e = {{0}};
    char *text = NULL;
    size_t size = 0;
    FILE *f = open_memstream(&text, &size);
    if (query_write(q, sql, format, f, rows, &e))
        fail_msg("%s: %s", sql, e.text);
    fclose(f);
    return text;
}

static void expect(struct query *q, const char *sql, enum table_format format, const char *want)
{
    char *got = written(q, sql, format, NULL);
    assert_string_equal(got, want);
    free(got);
}

static void refused(struct query *q, const char *sql, enum status want, const char *words)
{
    struct error e = {{0}};
    char *text = NULL;
    size_t size = 0;
    FILE *f = open_memstream(&text, &size);
    enum status got = query_write(q, sql, TABLE_CSV, f, NULL, &e);
    fclose(f);
    free(text);
    if (got != want || !strstr(e.text, words))
        fail_msg("%s: status %d, \"%s\"; expected %d, \"%s\"", sql, got, e.text, want, words);
}

static int fill(void **state)
{
    (void)state;
    snprintf(db, sizeof db, "%s", test_path("full.db"));
    rows_fill(db, 0);
    return 0;
}

static void formats(void **state)
{
    (void)state;
    static const char sql[] = "SELECT 1 AS n, 0.1 AS x, 'a,\"b\"|' AS t UNION ALL SELECT 22, NULL, NULL"
                              " UNION ALL SELECT NULL, 9e999, '' UNION ALL SELECT -3, -9e999, x'00ff'";
    struct query *q = opened(db, 0);
    expect(q, sql, TABLE_CSV,
           "n,x,t\n1,0.10000000000000001,\"a,\"\"b\"\"|\"\n22,,\n,inf,\"\"\n-3,-inf,00ff\n");
    expect(q, sql, TABLE_TSV,
           "n\tx\tt\n1\t0.10000000000000001\ta,\"b\"|\n22\tNaN\tNaN\nNaN\tinf\t\n-3\t-inf\t00ff\n");
    expect(q, sql, TABLE_JSONL,
           "{\"n\": 1, \"x\": 0.10000000000000001, \"t\": \"a,\\\"b\\\"|\"}\n"
           "{\"n\": 22, \"x\": null, \"t\": null}\n{\"n\": null, \"x\": null, \"t\": \"\"}\n"
           "{\"n\": -3, \"x\": null, \"t\": \"00ff\"}\n");
    expect(q, "SELECT 1 AS n UNION ALL SELECT 2", TABLE_JSON, "[\n {\"n\": 1},\n {\"n\": 2}\n]\n");
    expect(q, "SELECT 1 AS n WHERE 0", TABLE_JSON, "[]\n");
    /* what is not UTF-8: a lone byte, an overlong one, a surrogate, one beyond the last, one cut off */
    expect(q,
           "SELECT 'a' || CAST(x'ff' AS TEXT) || 'é€😀' AS t UNION ALL SELECT CAST(x'c080' AS TEXT)"
           " UNION ALL SELECT CAST(x'eda080' AS TEXT) UNION ALL SELECT CAST(x'f4908080' AS TEXT)"
           " UNION ALL SELECT CAST(x'62e282' AS TEXT)",
           TABLE_JSONL,
           "{\"t\": \"a�é€😀\"}\n{\"t\": \"��\"}\n{\"t\": \"���\"}\n{\"t\": \"����\"}\n"
           "{\"t\": \"b��\"}\n");
    expect(q, sql, TABLE_TEXT,
           " n     x  t\n--  ----  ------\n 1   0.1  a,\"b\"|\n22     -  -\n -   inf  \n-3  -inf  00ff\n");
    expect(q, sql, TABLE_MD,
           "|   n |    x | t       |\n| --: | ---: | ------- |\n|   1 |  0.1 | a,\"b\"\\| |\n"
           "|  22 |      |         |\n|     |  inf |         |\n|  -3 | -inf | 00ff    |\n");
    expect(q, "SELECT char(956) || 'x' AS t, 1 AS n UNION ALL SELECT 'ab' || char(10) || 'c', 2", TABLE_TEXT,
           "t     n\n----  -\nμx    1\nab c  2\n");
    expect(q, "SELECT 'a' || char(9) || 'b\\' || char(10) AS t", TABLE_TSV, "t\na\\tb\\\\\\n\n");
    expect(q, sql, TABLE_HTML,
           "<table>\n<thead><tr><th scope=\"col\">n</th><th scope=\"col\">x</th><th scope=\"col\">t</th></tr>"
           "</thead>\n<tbody>\n"
           "<tr><td class=\"n\">1</td><td class=\"n\" title=\"0.10000000000000001\">0.1</td>"
           "<td>a,&quot;b&quot;|</td></tr>\n<tr><td class=\"n\">22</td><td></td><td></td></tr>\n"
           "<tr><td></td><td class=\"n\">inf</td><td></td></tr>\n"
           "<tr><td class=\"n\">-3</td><td class=\"n\">-inf</td><td>00ff</td></tr>\n</tbody>\n</table>\n");
    expect(q, "SELECT '<a&b>' || char(10, 9) || 'c' AS \"x<y\"", TABLE_HTML,
           "<table>\n<thead><tr><th scope=\"col\">x&lt;y</th></tr></thead>\n<tbody>\n"
           "<tr><td>&lt;a&amp;b&gt;\n c</td></tr>\n</tbody>\n</table>\n");
    expect(q, "SELECT 1.0/3 AS x", TABLE_CSV, "x\n0.33333333333333331\n");
    query_close(q);
}

static void format_names(void **state)
{
    (void)state;
    enum table_format f = TABLE_TEXT;
    struct error e = {{0}};
    for (int i = 0; i < TABLE_FORMATS; i++) {
        assert_int_equal(table_format_find(table_format_names[i], &f, &e), STATUS_OK);
        assert_int_equal(f, i);
    }
    assert_int_equal(table_format_find("jsno", &f, &e), STATUS_USAGE);
    assert_non_null(strstr(e.text, "did you mean json"));
}

static void views_have_docs_and_order(void **state)
{
    (void)state;
    struct query *q = opened(db, 0);
    expect(q,
           "SELECT count(*) AS n FROM sqlite_schema s LEFT JOIN doc d USING(name) WHERE s.type IN ('table',"
           "'view') AND s.name NOT LIKE 'sqlite_%' AND d.doc IS NULL",
           TABLE_CSV, "n\n0\n");
    expect(q, "SELECT count(*) AS n FROM doc WHERE name NOT IN (SELECT name FROM sqlite_schema)", TABLE_CSV,
           "n\n0\n");
    expect(q,
           "SELECT count(*) AS n FROM sqlite_schema WHERE type = 'view' AND name <> 'v_measured'"
           " AND sql NOT LIKE '%ORDER BY%'",
           TABLE_CSV, "n\n0\n");
    char *text = NULL;
    size_t size = 0;
    struct error e = {{0}};
    FILE *f = open_memstream(&text, &size);
    assert_int_equal(query_list(q, TABLE_TSV, f, &e), STATUS_OK);
    fclose(f);
    assert_non_null(strstr(text, "\nv_best\tview\t"));
    assert_non_null(strstr(text, "\ncell\ttable\t"));
    free(text);
    query_close(q);
}

/* Every table and view by its bare name. Nothing failed, nobody gave tags, and nothing but tensors was looked
 * at. */
static void every_view_answers(void **state)
{
    (void)state;
    struct query *q = opened(db, 0);
    size_t rows = 0, n = 0;
    char *names = written(q, "SELECT name FROM doc ORDER BY name", TABLE_TSV, NULL), *rest = NULL;
    strtok_r(names, "\n", &rest); /* the head */
    for (char *name; (name = strtok_r(NULL, "\n", &rest)); n++) {
        free(written(q, name, TABLE_TEXT, &rows));
        const bool empty = !strcmp(name, "v_failed") || !strcmp(name, "run_tag") ||
                           !strcmp(name, "v_layer") || !strcmp(name, "v_analysis");
        if ((rows == 0) != empty)
            fail_msg("%s has %zu rows", name, rows);
    }
    free(names);
    assert_true(n >= 20);
    free(written(q, " v_failed ;\n", TABLE_CSV, &rows));
    assert_int_equal(rows, 0);
    /* the views' own order arrives */
    expect(q,
           "SELECT count(*) AS n FROM (SELECT budget < lag(budget) OVER () AS down FROM v_best WHERE op = "
           "'quantize')"
           " WHERE down",
           TABLE_CSV, "n\n0\n");
    expect(q, "SELECT tensor FROM v_cell LIMIT 1", TABLE_CSV, "tensor\nlayers.0.attn.qkv.input\n");
    query_close(q);
}

/* v_pareto and v_best against their definitions, by brute force. */
static void fronts(void **state)
{
    (void)state;
    struct query *q = opened(db, 0);
    static const char brute[] =
        "WITH p AS (SELECT 'bits_per_element' AS cost, bits_per_element AS x, * FROM v_scheme UNION ALL"
        " SELECT 'fp8_vs_int8.mac_gates', mac_gates, * FROM v_scheme UNION ALL"
        " SELECT 'yosys.' || c.quantity, c.value, s.* FROM v_scheme s JOIN (SELECT DISTINCT scheme, quantity,"
        " value FROM v_cost WHERE model = 'yosys' AND quantity IN ('mac_gates', 'mac_energy')) c "
        "USING(scheme))"
        " SELECT a.cost, a.label FROM p a WHERE a.complete AND NOT EXISTS (SELECT 1 FROM p b WHERE "
        "b.complete AND"
        " b.cost = a.cost AND b.op = a.op AND b.x <= a.x AND b.sqnr_db >= a.sqnr_db AND (b.x < a.x OR "
        "b.sqnr_db > a.sqnr_db))"
        " AND a.op = 'quantize' ORDER BY a.cost, a.x";
    char *front = written(q, "SELECT cost, label FROM v_pareto WHERE op = 'quantize' ORDER BY cost, value",
                          TABLE_CSV, NULL);
    expect(q, brute, TABLE_CSV, front);
    assert_non_null(strchr(strchr(strchr(front, '\n') + 1, '\n') + 1, '\n')); /* several points */
    free(front);
    expect(q,
           "SELECT count(*) AS n FROM v_best b WHERE sqnr_db <> (SELECT max(sqnr_db) FROM v_scheme s WHERE"
           " s.op = b.op AND s.complete AND s.bits_per_element <= b.budget) OR b.bits_per_element <= "
           "b.budget - 0.5"
           " OR b.schemes <> (SELECT count(*) FROM v_scheme s WHERE s.op = b.op AND s.complete AND"
           " s.bits_per_element <= b.budget)",
           TABLE_CSV, "n\n0\n");
    expect(
        q,
        "SELECT count(*) AS n FROM v_study b WHERE budget IS NOT NULL AND (NOT complete OR value <> (SELECT"
        " max(value) FROM v_study s WHERE s.run_id = b.run_id AND s.complete AND round(s.bits_per_element, 2)"
        " <= b.budget) OR round(bits_per_element, 2) <= b.budget - 0.5)",
        TABLE_CSV, "n\n0\n");
    /* each budget brings something */
    expect(q,
           "SELECT count(*) AS n FROM (SELECT sqnr_db <= lag(sqnr_db) OVER (PARTITION BY op) AS down FROM "
           "v_best)"
           " WHERE down",
           TABLE_CSV, "n\n0\n");
    expect(q, "SELECT tensors, complete FROM v_scheme WHERE label = 'e4m3,block=32,scale=fp32'", TABLE_CSV,
           "tensors,complete\n3,1\n");
    query_close(q);
}

/* Models side by side: every quantity of a scheme that two have, each against the other. */
static void cost_models(void **state)
{
    (void)state;
    struct query *q = opened(db, 0);
    char *got = written(q,
                        "SELECT op, scheme, quantity, model, value, other_model, other_value, ratio FROM "
                        "v_cost_models ORDER BY op, scheme, quantity, model",
                        TABLE_CSV, NULL);
    expect(
        q,
        "WITH c AS (SELECT DISTINCT m.op, m.scheme, o.model, o.quantity, o.value FROM v_cell m JOIN cell c "
        "USING(cell_sha256) JOIN cost o USING(cell_id))"
        " SELECT a.op, a.scheme, a.quantity, a.model, a.value, b.model AS other_model, b.value AS "
        "other_value, a.value / b.value AS ratio FROM c a, c b WHERE a.op = b.op AND a.scheme = b.scheme"
        " AND a.quantity = b.quantity AND a.model <> b.model ORDER BY a.op, a.scheme, a.quantity, a.model",
        TABLE_CSV, got);
    free(got);
    /* all formats of 8 bits or fewer, with the error, in one query */
    expect(q,
           "SELECT count(DISTINCT format) AS formats, count(DISTINCT ratio) > 9 AS ratios, min(ratio) > 0 AS "
           "real FROM v_cost_models WHERE quantity = 'mac_gates' AND model = 'fp8_vs_int8' AND other_model = "
           "'yosys' AND bits <= 8",
           TABLE_CSV, "formats,ratios,real\n30,1,1\n");
    query_close(q);
}

/* In a mean an exact tensor counts 150 dB and an undefined value nothing; a scheme that misses a tensor is
 * not compared. */
static void means(void **state)
{
    (void)state;
    const char *path = test_path("means.db");
    struct error e = {{0}};
    struct store *s = NULL;
    struct row r;
    assert_int_equal(store_open(path, &s, &e), STATUS_OK);
    int64_t run = rows_begin(s);
    const double sqnr[] = {10, (double)INFINITY, 30, (double)NAN};
    for (int i = 0; i < 4; i++) {
        char tensor[2] = {(char)('a' + i), 0};
        row_make(&r, &(struct row_spec){.format = "int8", .tensor = tensor});
        r.metrics[2].value = sqnr[i];
        assert_int_equal(store_put(s, run, &r.cell, &e), STATUS_OK);
    }
    row_make(&r, &(struct row_spec){.format = "int4", .tensor = "a"});
    assert_int_equal(store_put(s, run, &r.cell, &e), STATUS_OK);
    assert_int_equal(store_close(s, &e), STATUS_OK);
    struct query *q = opened(path, 0);
    expect(
        q,
        "SELECT format, sqnr_db, min_sqnr_db, exact, tensors, complete FROM v_scheme WHERE format = 'int8'",
        TABLE_CSV, "format,sqnr_db,min_sqnr_db,exact,tensors,complete\nint8,63.333333333333336,10,1,4,1\n");
    expect(q, "SELECT complete FROM v_scheme WHERE format = 'int4'", TABLE_CSV, "complete\n0\n");
    expect(q, "SELECT DISTINCT format FROM v_pareto", TABLE_CSV, "format\nint8\n");
    query_close(q);
}

static void put(struct store *s, int64_t run, const char *format, const char *tensor, double sqnr)
{
    struct row r;
    row_make(&r, &(struct row_spec){.format = format, .tensor = tensor});
    r.metrics[2].value = sqnr;
    rows_put(s, run, &r.cell);
}

/* As many tensors are not the same tensors: those of most cells are compared, the others are not complete. */
static void sets_of_tensors(void **state)
{
    (void)state;
    const char *path = test_path("sets.db");
    struct store *s = rows_open(path);
    int64_t run = rows_begin(s);
    put(s, run, "int8", "a", 10);
    put(s, run, "int8", "b", 10);
    put(s, run, "int6", "a", 9);
    put(s, run, "int6", "b", 9);
    put(s, run, "e4m3", "c", 40);
    put(s, run, "e4m3", "d", 40);
    rows_close(s);
    struct query *q = opened(path, 0);
    expect(q, "SELECT format, tensors, complete FROM v_scheme ORDER BY format", TABLE_CSV,
           "format,tensors,complete\ne4m3,2,0\nint6,2,1\nint8,2,1\n");
    expect(q, "SELECT count(*) AS n FROM v_best WHERE label LIKE 'e4m3%'", TABLE_CSV, "n\n0\n");
    query_close(q);
}

/* A scheme that lost an element somewhere is no answer; one that is exact somewhere loses nothing by it. */
static void lost_and_exact(void **state)
{
    (void)state;
    const char *path = test_path("lost.db");
    struct store *s = rows_open(path);
    int64_t run = rows_begin(s);
    put(s, run, "e4m3", "a", 60);
    put(s, run, "e4m3", "b", -(double)INFINITY);
    put(s, run, "e2m3", "a", (double)INFINITY);
    put(s, run, "e2m3", "b", 30);
    put(s, run, "int6", "a", 39);
    put(s, run, "int6", "b", 27);
    rows_close(s);
    struct query *q = opened(path, 0);
    expect(q, "SELECT format, sqnr_db FROM v_scheme WHERE complete ORDER BY sqnr_db DESC", TABLE_CSV,
           "format,sqnr_db\ne2m3,90\nint6,33\ne4m3,-inf\n");
    expect(q, "SELECT DISTINCT format FROM v_pareto WHERE cost = 'bits_per_element'", TABLE_CSV,
           "format\ne2m3\n");
    expect(q, "SELECT count(*) AS n FROM v_best WHERE label LIKE 'e4m3%'", TABLE_CSV, "n\n0\n");
    query_close(q);
}

/* A dump recorded anew under the same name: means and figures see the new tensor, the old cells stay. */
static void name_means_the_last(void **state)
{
    (void)state;
    const char *path = test_path("again.db");
    struct store *s = rows_open(path);
    int64_t run = rows_begin(s);
    struct row r;
    put(s, run, "int8", "a", 10);
    for (int i = 0; i < 3; i++) { /* new, new again, and a name that both had first */
        row_make(&r, &(struct row_spec){.format = "int8", .tensor = i == 2 ? "a" : i ? "c" : "b"});
        r.metrics[2].value = i == 2 ? 10 : 30 + i;
        r.cell.tensor.member = i == 2 ? "other" : "a";
        rows_put(s, run, &r.cell);
    }
    rows_close(s);
    struct query *q = opened(path, 0);
    expect(q, "SELECT tensor, sqnr_db, current FROM v_cell ORDER BY sqnr_db", TABLE_CSV,
           "tensor,sqnr_db,current\nother,10,1\na,30,0\na,31,1\n");
    expect(q, "SELECT sqnr_db, tensors, cells FROM v_scheme", TABLE_CSV, "sqnr_db,tensors,cells\n20.5,2,2\n");
    expect(q, "SELECT tensor, current FROM v_tensor", TABLE_CSV, "tensor,current\na,0\na,0\na,1\nother,1\n");
    query_close(q);
    s = rows_open(path); /* recorded as it was at first */
    put(s, rows_begin(s), "int8", "a", 10);
    rows_close(s);
    q = opened(path, 0);
    expect(q, "SELECT tensor, current FROM v_tensor", TABLE_CSV, "tensor,current\na,0\na,0\na,1\nother,1\n");
    expect(q, "SELECT sqnr_db FROM v_scheme", TABLE_CSV, "sqnr_db\n10\n");
    query_close(q);
}

static void run_sql(const char *path, const char *sql)
{
    sqlite3 *raw = NULL;
    assert_int_equal(sqlite3_open(path, &raw), SQLITE_OK);
    assert_int_equal(sqlite3_exec(raw, sql, NULL, NULL, NULL), SQLITE_OK);
    sqlite3_close(raw);
}

/* A cell of a profile of tests/rows.c: result and SQNR say which bits and which error it has. */
static void put_profile(struct store *s, int64_t run, struct row_spec spec, const char *tensor,
                        const char *result, double sqnr)
{
    struct row r;
    char hash[65];
    snprintf(hash, sizeof hash, "%s of %s", result, tensor);
    spec.tensor = tensor;
    spec.sqnr = &sqnr;
    row_make(&r, &spec);
    r.cell.result_hash = hash;
    rows_put(s, run, &r.cell);
}

/* Names of one scheme share its cells; equal results are one group, whatever the schemes; equal errors are
 * not; the tensors that most were measured on count, also for those that were measured on more. */
static void profiles(void **state)
{
    (void)state;
    static const struct row_spec
        sixteen = {.format = "e2m1", .block = 16},
        half = {.format = "e2m1", .block = 32}, more = {.format = "e2m1", .block = 64},
        less = {.format = "e2m1", .block = 128},
        zeros = {.format = "e2m1", .block = 32, .scale = "e8m0", .scale_rule = "floor"},
        lost = {.format = "e2m1", .block = 32, .scale = "e8m0", .scale_rule = "rceil"},
        alone = {.format = "int8", .block = 64};
    const char *path = test_path("profiles.db");
    struct store *s = rows_open(path);
    int64_t run = rows_begin(s);
    static const char *const tensors[] = {"x", "y"};
    for (size_t i = 0; i < 2; i++) {
        put_profile(s, run, sixteen, tensors[i], "same", 20);
        put_profile(s, run, half, tensors[i], "same", 20);
        put_profile(s, run, zeros, tensors[i], "zeros", 20);
        put_profile(s, run, more, tensors[i], i ? "another" : "same", 21);
        put_profile(s, run, lost, tensors[i], "lost", i ? 30 : -(double)INFINITY);
    }
    put_profile(s, run, more, "z", "z", -100);
    put_profile(s, run, less, "x", "x", 40);
    put_profile(s, run, alone, "z", "z", 40);
    rows_close(s);
    struct query *q = opened(path, 0);
    expect(
        q,
        "SELECT family, same_bits, profile, group_concat(tensor) AS tensors, mean_sqnr_db AS mean, complete"
        " FROM v_profile GROUP BY family, same_bits, profile, complete ORDER BY family, same_bits, profile",
        TABLE_TSV,
        "family\tsame_bits\tprofile\ttensors\tmean\tcomplete\n"
        "f4\tNaN\tc:other\tx\tNaN\t0\n"
        "f4\t1\ta:f4_64\tz\t21\t0\n"
        "f4\t1\ta:f4_64\tx,y\t21\t1\n"
        "f4\t2\ta:f4\tx,y\t20\t1\n"
        "f4\t2\tb:f4\tx,y\t20\t1\n"
        "f4\t2\tb:f4_half\tx,y\t20\t1\n"
        "f4\t3\ta:f4_floor\tx,y\t20\t1\n"
        "f4\t4\tc:f4_rceil\tx,y\t-inf\t1\n"
        "f8\t1\ta:f8\tz\t40\t1\n");
    query_close(q);
    /* A cell of newer semantics stands for the scheme, and one without a hash is like no other. */
    run_sql(
        path,
        "UPDATE cell SET result_hash = NULL WHERE block = 16 OR scale = 'fp32' AND block = 32; UPDATE cell "
        "SET params = '{\"semantics\":1}';"
        "INSERT INTO cell SELECT NULL, replace(hex(zeroblob(32)), '00', '0a'), tensor_sha256, run_id,"
        " '{\"semantics\":2}', op, scheme, label, format, family, bits, exponent_bits, mantissa_bits, bias,"
        " specials, per, block, axis, scale, scale_rule, second, scale_order, round, overflow, clip, seed,"
        " status, error, wall_ns, 'new', NULL, NULL, NULL, NULL FROM cell WHERE format = 'int8'");
    q = opened(path, 0);
    expect(
        q,
        "SELECT same_bits, group_concat(DISTINCT profile) AS profiles FROM v_profile WHERE family = 'f4' AND"
        " complete AND sqnr_db = 20 GROUP BY same_bits",
        TABLE_TSV, "same_bits\tprofiles\n2\ta:f4,b:f4\n3\ta:f4_floor\n4\tb:f4_half\n");
    expect(q, "SELECT substr(cell_sha256, 1, 4) AS key FROM v_profile WHERE family = 'f8'", TABLE_TSV,
           "key\n0a0a\n");
    query_close(q);
    /* What a scheme is called is what the last program calls it. */
    run_sql(path, "UPDATE profile SET scheme = 'gone' WHERE profile = 'a:f8'");
    q = opened(path, 0);
    expect(q, "SELECT count(*) AS n FROM v_profile WHERE family = 'f8'", TABLE_CSV, "n\n0\n");
    query_close(q);
    s = rows_open(path);
    rows_begin(s);
    rows_close(s);
    q = opened(path, 0);
    expect(q, "SELECT count(*) AS n FROM v_profile WHERE family = 'f8'", TABLE_CSV, "n\n1\n");
    query_close(q);
}

/* A method's cells beside those of its schemes without transforms, on the same tensor. */
static void methods(void **state)
{
    (void)state;
    const char *path = test_path("methods.db");
    static const double sqnr[] = {30, 33, 40};
    static const struct row_spec specs[] = {
        {.format = "int8", .mac = "exact", .sqnr = &sqnr[0]},
        {.format = "int8", .mac = "exact", .transform = "turn", .sqnr = &sqnr[1]},
        {.format = "e2m1", .block = 16, .sqnr = &sqnr[2]}};
    struct store *s = rows_open(path);
    int64_t run = rows_begin(s);
    for (size_t i = 0; i < 3; i++) {
        struct row r;
        row_make(&r, &specs[i]);
        rows_put(s, run, &r.cell);
    }
    rows_close(s);
    struct query *q = opened(path, 0);
    expect(q, "SELECT method, op, transform, sqnr_db, plain_sqnr_db, source FROM v_method", TABLE_TSV,
           "method\top\ttransform\tsqnr_db\tplain_sqnr_db\tsource\n"
           "a method\tquantize\tNaN\t40\tNaN\ta paper\nd method\tmatmul\tturn\t33\t30\ta paper\n");
    query_close(q);
}

/* The order in which cells were written shows nowhere, not in the last bit of a mean. */
static void order_does_not_matter(void **state)
{
    (void)state;
    static const char *const views[] = {"v_cell", "v_scheme",      "v_best",   "v_pareto", "v_value",
                                        "v_cost", "v_cost_models", "v_tensor", "v_profile"};
    const char *other = test_path("permuted.db");
    rows_fill(other, 17);
    struct query *a = opened(db, 0), *b = opened(other, 0);
    for (size_t i = 0; i < sizeof views / sizeof *views; i++) {
        char *want = written(a, views[i], TABLE_TSV, NULL);
        expect(b, views[i], TABLE_TSV, want);
        free(want);
    }
    query_close(a);
    query_close(b);
}

static void only_reading(void **state)
{
    (void)state;
    struct query *q = opened(db, 0);
    refused(q, "DELETE FROM cell", STATUS_INVALID, "DELETE cell is refused");
    refused(q, "INSERT INTO doc VALUES('a', 'b')", STATUS_INVALID, "INSERT doc is refused");
    refused(q, "UPDATE doc SET doc = ''", STATUS_INVALID, "UPDATE doc is refused");
    refused(q, "CREATE TEMP TABLE t(x)", STATUS_INVALID, "refused");
    refused(q, "CREATE TABLE t(x)", STATUS_INVALID, "refused");
    refused(q, "DROP VIEW v_cell", STATUS_INVALID, "refused");
    refused(q, "ATTACH ':memory:' AS x", STATUS_INVALID, "ATTACH :memory: is refused");
    refused(q, "PRAGMA user_version = 3", STATUS_INVALID, "PRAGMA user_version is refused");
    refused(q, "PRAGMA query_only = OFF", STATUS_INVALID, "PRAGMA query_only is refused");
    refused(q, "VACUUM INTO '/tmp/x.db'", STATUS_INVALID, "refused");
    refused(q, "BEGIN IMMEDIATE", STATUS_INVALID, "a transaction");
    refused(q, "SELECT load_extension('x')", STATUS_INVALID, "load_extension");
    refused(q, "REINDEX cell", STATUS_INVALID, "refused");
    refused(q, "SELECT 1; SELECT 2", STATUS_INVALID, "more than one statement");
    refused(q, "SELECT 1; DROP TABLE cell", STATUS_INVALID, "more than one statement");
    refused(q, "", STATUS_INVALID, "the query is empty");
    refused(q, "-- nothing", STATUS_INVALID, "the query is empty");
    refused(q, "SELEKT 1", STATUS_INVALID, "syntax error");
    expect(q, "SELECT 1 AS n; -- and a comment\n;", TABLE_CSV, "n\n1\n");
    expect(q, "SELECT name FROM pragma_table_info('doc')", TABLE_CSV, "name\nname\ndoc\n");
    expect(q, "SELECT value AS v FROM json_each('[3]')", TABLE_CSV, "v\n3\n");
    query_close(q);
}

static void misspelt(void **state)
{
    (void)state;
    struct query *q = opened(db, 0);
    refused(q, "v_cel", STATUS_INVALID, "no view or table is named v_cel; did you mean v_cell?");
    refused(q, "SELECT * FROM v_parreto", STATUS_INVALID, "no such table: v_parreto; did you mean v_pareto?");
    refused(q, "SELECT sqnr FROM v_cell", STATUS_INVALID, "no such column: sqnr");
    refused(q, "SELECT c.bits_per_elment FROM v_cell c", STATUS_INVALID, "did you mean bits_per_element?");
    /* A name that others have is no misspelling. */
    refused(q, "SELECT t.Member FROM v_cell t", STATUS_INVALID,
            "no such column: t.Member; a column of that name is in tensor_name");
    refused(q, "zzzzzzz", STATUS_INVALID, "`bitsweep query` lists them");
    query_close(q);
}

static void time_limit(void **state)
{
    (void)state;
    struct query *q = opened(db, 0.2);
    refused(q, "WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c) SELECT max(x) FROM c",
            STATUS_INVALID, "stopped after its limit of 0.2 s");
    expect(q, "SELECT 1 AS n", TABLE_CSV, "n\n1\n"); /* the clock starts anew */
    query_close(q);
}

static void full_disk(void **state)
{
    (void)state;
    FILE *f = fopen("/dev/full", "w");
    if (!f)
        skip();
    struct error e = {{0}};
    struct query *q = opened(db, 0);
    assert_int_equal(query_write(q, "v_cell", TABLE_TEXT, f, NULL, &e), STATUS_IO);
    assert_non_null(strstr(e.text, "No space left"));
    query_close(q);
    fclose(f);
}

static void expect_no_open(const char *path, enum status want, const char *words)
{
    struct error e = {{0}};
    struct query *q = NULL;
    enum status got = query_open(path, 0, &q, &e);
    if (got != want || q || !strstr(e.text, words))
        fail_msg("%s: status %d, \"%s\"; expected %d, \"%s\"", path, got, e.text, want, words);
}

/* What needs the newest tables says how an older file gets them. */
static void older_schemas(void **state)
{
    (void)state;
    const char *path = test_path("older.db");
    struct error e = {{0}};
    struct query *q = NULL;
    rows_fill(path, 0);
    rows_go_back(path, "");
    assert_int_equal(query_open(path, 0, &q, &e), STATUS_OK);
    query_close(q);
    q = NULL;
    assert_int_equal(query_open_current(path, &q, &e), STATUS_INVALID);
    assert_null(q);
    assert_non_null(strstr(e.text, "schema version 3, and this needs version 6; bitsweep gc --db "));
    rows_close(rows_open(path));
    assert_int_equal(query_open_current(path, &q, &e), STATUS_OK);
    query_close(q);
}

static void refuses_other_files(void **state)
{
    (void)state;
    expect_no_open(test_path("none.db"), STATUS_MISSING, "no database here: No such file");
    expect_no_open(test_dir(), STATUS_IO, "is a folder");
    const char *text = test_path("text.db"), *empty = test_path("empty.db"),
               *foreign = test_path("foreign.db"), *newer = test_path("newer.db");
    FILE *f = fopen(text, "w");
    for (int i = 0; i < 1000; i++)
        fputs("not a database\n", f);
    fclose(f);
    expect_no_open(text, STATUS_IO, "is not a SQLite database");
    fclose(fopen(empty, "w"));
    expect_no_open(empty, STATUS_INVALID, "the database is empty");
    run_sql(foreign, "CREATE TABLE song(title)");
    expect_no_open(foreign, STATUS_INVALID, "another program");
    struct error e = {{0}};
    struct store *s = NULL;
    assert_int_equal(store_open(newer, &s, &e), STATUS_OK);
    assert_int_equal(store_close(s, &e), STATUS_OK);
    run_sql(newer, "PRAGMA user_version = 9");
    expect_no_open(newer, STATUS_INVALID, "newer bitsweep");
}

static void copy_file(const char *from, const char *to, mode_t mode)
{
    char buffer[65536];
    size_t n;
    FILE *in = fopen(from, "rb"), *out = fopen(to, "wb");
    assert_true(in && out);
    while ((n = fread(buffer, 1, sizeof buffer, in)) > 0)
        assert_int_equal(fwrite(buffer, 1, n, out), n);
    fclose(in);
    fclose(out);
    assert_int_equal(chmod(to, mode), 0);
}

/* A writer killed in the middle of a transaction, outside WAL mode: a rollback journal stays beside the file.
 */
static void leave_journal(const char *path)
{
    copy_file(db, path, 0644);
    pid_t child = fork();
    if (child == 0) {
        sqlite3 *raw = NULL;
        sqlite3_open(path, &raw);
        sqlite3_exec(raw, "PRAGMA cache_size = 1; BEGIN; UPDATE cell SET label = 'half done'", NULL, NULL,
                     NULL);
        _exit(0); /* without closing: nothing is rolled back */
    }
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
}

static void undoes_half_done_writes(void **state)
{
    (void)state;
    const char *path = test_path("hot.db");
    leave_journal(path);
    char journal[600];
    struct stat st;
    snprintf(journal, sizeof journal, "%s-journal", path);
    assert_int_equal(stat(journal, &st), 0);
    struct query *q = opened(path, 0);
    expect(q, "SELECT count(*) AS n FROM cell WHERE label = 'half done'", TABLE_CSV, "n\n0\n");
    query_close(q);
}

/* People's views are of the studies that were chosen too, whatever their texts end with. */
static void views_of_studies(void **state)
{
    (void)state;
    const char *path = test_path("studies.db");
    struct error e = {{0}};
    rows_fill(path, 0);
    rows_run(path,
             "INSERT INTO config SELECT replace(config_sha256, substr(config_sha256, 1, 1), 'x'), 'other',"
             " source, resolved FROM config;"
             "INSERT INTO run SELECT 2, 'other', (SELECT config_sha256 FROM config WHERE name = 'other'),"
             " build_id, host_id, isa, argv, started_at, heartbeat_at, finished_at, status FROM run;"
             "CREATE VIEW mine AS SELECT count(*) AS n FROM cell -- all\n;"
             "CREATE VIEW yours AS SELECT count(*) AS n FROM cell");
    struct query *q = opened(path, 0);
    if (query_choose_studies(q, "other", &e))
        fail_msg("%s", e.text);
    expect(q, "SELECT * FROM mine, yours", TABLE_CSV, "n,n\n0,0\n");
    query_close(q);
}

/* In a folder where SQLite may not write, also a file that was left in WAL mode opens; one with a log does
 * not, and says why. Root ignores permissions, so another user looks. */
static int look(const char *path, enum status want, const char *words)
{
    struct error e = {{0}};
    struct query *q = NULL;
    enum status got = query_open(path, 0, &q, &e);
    size_t rows = 0;
    FILE *f = fopen("/dev/null", "w");
    if (!got)
        got = query_write(q, "v_dump", TABLE_CSV, f, &rows, &e);
    fclose(f);
    query_close(q);
    if (got == want && strstr(e.text, words) && (got || rows == 1))
        return 0;
    print_error("%s: status %d, %zu rows, \"%s\"; expected %d, \"%s\"\n", path, got, rows, e.text, want,
                words);
    return 1;
}

static int looks(void)
{
    int bad = look(test_path("read only/plain.db"), STATUS_OK, "");
    bad += look(test_path("read only/wal?#%.db"), STATUS_OK, "");
    bad += look(test_path("read only/cut.db"), STATUS_IO, "cut.db-wal; copy both files");
    bad += look(test_path("link.db"), STATUS_IO, "cut.db-wal; copy both files"); /* it lies beside the file */
    char slashes[300];
    snprintf(slashes, sizeof slashes, "/%s", test_path("read only/wal?#%.db"));
    bad += look(slashes, STATUS_OK, "");
    bad += look(test_path("read only/hot.db"), STATUS_IO, "hot.db-journal; copy both files");
    return bad + look(test_path("read only/secret.db"), STATUS_IO, "Permission denied");
}

static void write_protected(void **state)
{
    (void)state;
    const char *dir = test_path("read only"), *wal = test_path("wal.db");
    assert_int_equal(mkdir(dir, 0755), 0);
    assert_int_equal(chmod(test_dir(), 0755), 0);
    copy_file(db, test_path("read only/plain.db"), 0444);
    copy_file(db, test_path("read only/secret.db"), 0000);
    copy_file(db, wal, 0644);
    run_sql(wal, "PRAGMA journal_mode = WAL");
    copy_file(wal, test_path("read only/wal?#%.db"), 0444);
    copy_file(wal, test_path("read only/cut.db"), 0444);
    leave_journal(test_path("read only/hot.db"));
    sqlite3 *raw = NULL; /* a log with a row that the file has not */
    assert_int_equal(sqlite3_open(wal, &raw), SQLITE_OK);
    assert_int_equal(sqlite3_exec(raw, "INSERT INTO run_tag VALUES(1, 'a', 'b')", NULL, NULL, NULL),
                     SQLITE_OK);
    char log[300];
    snprintf(log, sizeof log, "%s-wal", wal);
    copy_file(log, test_path("read only/cut.db-wal"), 0444);
    sqlite3_close(raw);
    assert_int_equal(symlink(test_path("read only/cut.db"), test_path("link.db")), 0);
    assert_int_equal(chmod(dir, 0555), 0);
    pid_t child = fork();
    if (child == 0) {
        if (geteuid() == 0 && (setgid(65534) != 0 || setuid(65534) != 0))
            _exit(99);
        _exit(looks());
    }
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(chmod(dir, 0755), 0);
    assert_true(WIFEXITED(status));
    if (WEXITSTATUS(status) == 99)
        skip();
    assert_int_equal(WEXITSTATUS(status), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(formats),
        cmocka_unit_test(format_names),
        cmocka_unit_test(views_have_docs_and_order),
        cmocka_unit_test(every_view_answers),
        cmocka_unit_test(fronts),
        cmocka_unit_test(cost_models),
        cmocka_unit_test(means),
        cmocka_unit_test(sets_of_tensors),
        cmocka_unit_test(lost_and_exact),
        cmocka_unit_test(name_means_the_last),
        cmocka_unit_test(profiles),
        cmocka_unit_test(methods),
        cmocka_unit_test(order_does_not_matter),
        cmocka_unit_test(only_reading),
        cmocka_unit_test(misspelt),
        cmocka_unit_test(time_limit),
        cmocka_unit_test(full_disk),
        cmocka_unit_test(older_schemas),
        cmocka_unit_test(refuses_other_files),
        cmocka_unit_test(undoes_half_done_writes),
        cmocka_unit_test(views_of_studies),
        cmocka_unit_test(write_protected),
    };
    return cmocka_run_group_tests_name("query", tests, fill, NULL);
}
