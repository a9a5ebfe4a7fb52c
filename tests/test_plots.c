/* plots/plot.h: figures from the database alone, the same every time. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "plots/plot.h"
#include "tests/check.h"
#include "tests/rows.h"

static bool have_gnuplot(void)
{
    static int have = -1;
    if (have < 0)
        have = system("gnuplot --version >/dev/null 2>&1") == 0;
    return have;
}

/* A file's bytes with a final NUL; the caller frees them. Fails the test if there is no such file. */
static char *contents(const char *dir, const char *name, const char *suffix, size_t *size)
{
    char path[600];
    snprintf(path, sizeof path, "%s/%s.%s", dir, name, suffix);
    FILE *f = fopen(path, "rb");
    if (!f)
        fail_msg("%s is missing", path);
    fseek(f, 0, SEEK_END);
    *size = (size_t)ftell(f);
    rewind(f);
    char *bytes = malloc(*size + 1);
    assert_non_null(bytes);
    assert_int_equal(fread(bytes, 1, *size, f), *size);
    bytes[*size] = '\0';
    fclose(f);
    return bytes;
}

static void assert_same(const char *a, const char *b, const char *name, const char *suffix)
{
    size_t n, m;
    char *x = contents(a, name, suffix, &n), *y = contents(b, name, suffix, &m);
    if (n != m || memcmp(x, y, n) != 0)
        fail_msg("%s.%s differs between %s and %s", name, suffix, a, b);
    free(x);
    free(y);
}

static void draw(const char *db, const char *dir)
{
    for (size_t i = 0; i < figure_count(); i++) {
        struct error e = {{0}};
        if (figure_draw(figure_at(i), db, dir, &e))
            fail_msg("%s", e.text);
    }
}

/* A database of the given cells; every metric as the model says, unless `sqnr` overrides it. */
static const char *made(const char *name, const struct row_spec *specs, size_t n, const double *sqnr)
{
    const char *db = rows_path(name);
    struct error e = {{0}};
    struct store *s = NULL;
    struct row r;
    assert_int_equal(store_open(db, &s, &e), STATUS_OK);
    int64_t run = rows_begin(s);
    for (size_t i = 0; i < n; i++) {
        row_make(&r, &specs[i]);
        if (sqnr)
            r.metrics[2].value = *sqnr;
        assert_int_equal(store_put(s, run, &r.cell, &e), STATUS_OK);
    }
    assert_int_equal(store_close(s, &e), STATUS_OK);
    return db;
}

static const char *full(void)
{
    static char db[300];
    if (!db[0]) {
        snprintf(db, sizeof db, "%s", rows_path("full.db"));
        rows_fill(db, 0);
    }
    return db;
}

static void registry(void **state)
{
    (void)state;
    assert_true(figure_count() >= 3);
    assert_null(figure_at(figure_count()));
    assert_null(figure_find("none"));
    for (size_t i = 0; i < figure_count(); i++) {
        const struct figure *f = figure_at(i);
        assert_ptr_equal(figure_find(f->name), f);
        assert_true(f->title[0] && f->doc[0] && f->sql[0] && f->gp[0]);
    }
}

static void draws_all(void **state)
{
    (void)state;
    if (!have_gnuplot())
        skip();
    char dir[512];
    snprintf(dir, sizeof dir, "%s", rows_path("new/folder/of figures"));
    draw(full(), dir);
    for (size_t i = 0; i < figure_count(); i++) {
        const char *name = figure_at(i)->name;
        size_t n;
        char *svg = contents(dir, name, "svg", &n);
        assert_non_null(strstr(svg, "<svg"));
        assert_non_null(strstr(svg, "</svg>"));
        assert_non_null(strstr(svg, "tinylm.safetensors"));
        assert_non_null(strstr(svg, "DejaVu Sans"));
        assert_null(strstr(svg, "no data"));
        free(svg);
        char *png = contents(dir, name, "png", &n);
        assert_memory_equal(png, "\x89PNG", 4);
        free(png);
        char *pdf = contents(dir, name, "pdf", &n);
        assert_memory_equal(pdf, "%PDF", 4);
        assert_non_null(memmem(pdf, n, "/CreationDate (D:19700101000000", 31));
        free(pdf);
        char *tsv = contents(dir, name, "tsv", &n);
        const char *number = strchr(tsv, '.');
        assert_non_null(number); /* 17 digits: some number has a long tail */
        size_t longest = 0;
        for (; number; number = strchr(number + 1, '.')) {
            size_t digits = strspn(number + 1, "0123456789");
            longest = digits > longest ? digits : longest;
        }
        assert_true(longest >= 14);
        free(tsv);
    }
}

static void same_every_time(void **state)
{
    (void)state;
    static const char *const suffixes[] = {"svg", "pdf", "png", "tsv", "gp"};
    if (!have_gnuplot())
        skip();
    char a[512], b[512], c[512];
    snprintf(a, sizeof a, "%s", rows_path("a"));
    snprintf(b, sizeof b, "%s", rows_path("b"));
    snprintf(c, sizeof c, "%s", rows_path("c"));
    const char *permuted = rows_path("permuted.db");
    rows_fill(permuted, 29);
    draw(full(), a);
    draw(full(), b);
    draw(permuted, c);
    for (size_t i = 0; i < figure_count(); i++)
        for (size_t k = 0; k < sizeof suffixes / sizeof *suffixes; k++) {
            assert_same(a, b, figure_at(i)->name, suffixes[k]);
            assert_same(a, c, figure_at(i)->name, suffixes[k]);
        }
}

/* A reader redraws with gnuplot alone. */
static void redraws_without_us(void **state)
{
    (void)state;
    if (!have_gnuplot())
        skip();
    char dir[512], copy[512], command[2048];
    snprintf(dir, sizeof dir, "%s", rows_path("mine"));
    snprintf(copy, sizeof copy, "%s", rows_path("theirs"));
    draw(full(), dir);
    assert_int_equal(mkdir(copy, 0777), 0);
    for (size_t i = 0; i < figure_count(); i++) {
        const char *name = figure_at(i)->name;
        snprintf(command, sizeof command,
                 "cp '%s/%s.gp' '%s/%s.tsv' '%s' && cd '%s' && LC_ALL=C.UTF-8 gnuplot %s.gp >words 2>&1 &&"
                 " ! grep -v '^$' words | grep -v 'no valid points' | grep .",
                 dir, name, dir, name, copy, copy, name);
        assert_int_equal(system(command), 0);
        assert_same(dir, copy, name, "svg");
        assert_same(dir, copy, name, "png");
    }
}

static void no_data(void **state)
{
    (void)state;
    static const double worst = -(double)INFINITY;
    if (!have_gnuplot())
        skip();
    const char *empty = made("empty.db", NULL, 0, NULL), *dir = rows_path("nothing");
    const char *lost = made("lost.db", &(struct row_spec){.format = "fp16"}, 1, &worst);
    const char *const dbs[] = {empty, lost};
    for (size_t d = 0; d < 2; d++) {
        draw(dbs[d], dir);
        for (size_t i = 0; i < figure_count(); i++) {
            size_t n;
            char *svg = contents(dir, figure_at(i)->name, "svg", &n), want[64];
            snprintf(want, sizeof want, "%s: no data", figure_at(i)->name);
            assert_non_null(strstr(svg, want));
            free(svg);
        }
    }
}

/* Ranges of one point, one panel, one block: every figure still draws. */
static void few_rows(void **state)
{
    (void)state;
    static const struct row_spec one[] = {{.format = "e4m3"}};
    static const struct row_spec block[] = {
        {.format = "e2m1", .block = 16, .scale = "e4m3", .scale_rule = "absmax", .second = "tensor"},
        {.format = "e2m1", .block = 32, .scale = "e4m3", .scale_rule = "absmax", .second = "tensor"}};
    static const struct row_spec mixed[] = {{.format = "int8", .block = 64},
                                            {.format = "int8", .block = 128, .round = "rtz"},
                                            {.format = "fp16"},
                                            {.format = "e5m2", .dump = "a dump's_%name.npz", .tensor = "x"}};
    static const double zero = 0;
    if (!have_gnuplot())
        skip();
    const char *dir = rows_path("few");
    draw(made("one.db", one, 1, NULL), dir);
    draw(made("zero.db", one, 1, &zero), dir);
    draw(made("block.db", block, 2, NULL), dir);
    draw(made("mixed.db", mixed, 4, NULL), dir);
    size_t n;
    char *svg = contents(dir, "sqnr_bits", "svg", &n);
    assert_non_null(strstr(svg, "1 of 2 dumps"));
    free(svg);
}

static void expect(const char *db, const char *dir, enum status want, const char *words)
{
    struct error e = {{0}};
    enum status got = figure_draw(figure_at(0), db, dir, &e);
    if (got != want || !strstr(e.text, words))
        fail_msg("status %d, \"%s\"; expected %d, \"%s\"", got, e.text, want, words);
}

/* A program named gnuplot that is not. */
static void fake_gnuplot(const char *dir, const char *script)
{
    char path[600];
    mkdir(dir, 0777);
    snprintf(path, sizeof path, "%s/gnuplot", dir);
    FILE *f = fopen(path, "w");
    assert_non_null(f);
    fprintf(f, "#!/bin/sh\n%s\n", script);
    fclose(f);
    assert_int_equal(chmod(path, 0755), 0);
    setenv("PATH", dir, 1);
}

static void says_what_failed(void **state)
{
    (void)state;
    char path[4096], db[300];
    snprintf(path, sizeof path, "%s", getenv("PATH"));
    snprintf(db, sizeof db, "%s", full());
    expect(rows_path("none.db"), rows_path("out"), STATUS_MISSING, "none.db: no database here");
    expect(db, db, STATUS_IO, "is not a folder");
    char under[512];
    snprintf(under, sizeof under, "%s/x", db);
    expect(db, under, STATUS_IO, "cannot make the folder");
    fake_gnuplot(rows_path("fake"), "echo 'line 7: undefined variable: x' >&2; exit 3");
    expect(db, rows_path("out"), STATUS_INTERNAL, "exit code 3: line 7: undefined variable: x");
    fake_gnuplot(rows_path("fake"), "exit 0");
    expect(db, rows_path("out"), STATUS_INTERNAL, "gnuplot wrote nothing");
    fake_gnuplot(rows_path("fake"), "kill -9 $$");
    expect(db, rows_path("out"), STATUS_INTERNAL, "died of signal 9");
    setenv("PATH", rows_path("nowhere"), 1);
    expect(db, rows_path("out"), STATUS_MISSING, "gnuplot is not on the PATH");
    setenv("PATH", path, 1);
    size_t n;
    free(contents(rows_path("out"), figure_at(0)->name, "tsv",
                  &n)); /* data and script are there to draw with */
    free(contents(rows_path("out"), figure_at(0)->name, "gp", &n));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(registry),           cmocka_unit_test(draws_all), cmocka_unit_test(same_every_time),
        cmocka_unit_test(redraws_without_us), cmocka_unit_test(no_data),   cmocka_unit_test(few_rows),
        cmocka_unit_test(says_what_failed),
    };
    return cmocka_run_group_tests_name("plots", tests, NULL, NULL);
}
