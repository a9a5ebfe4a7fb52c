#include "tests/drawn.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/check.h"

bool drawn_possible(void)
{
    static int have = -1;
    if (have < 0)
        have = system("gnuplot --version >/dev/null 2>&1") == 0;
    return have;
}

char *drawn_file(const char *dir, const char *name, const char *suffix, size_t *size)
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

const char *drawn_db(const char *name, const struct row_spec *specs, size_t n, const double *sqnr)
{
    const char *db = test_path(name);
    struct store *s = rows_open(db);
    struct row r;
    int64_t run = rows_begin(s);
    for (size_t i = 0; i < n; i++) {
        row_make(&r, &specs[i]);
        if (sqnr)
            r.metrics[2].value = *sqnr;
        rows_put(s, run, &r.cell);
    }
    rows_close(s);
    return db;
}

void drawn_fill(const char *db, unsigned order)
{
    rows_fill(db, order);
}

const char *drawn_full(void)
{
    static char db[300];
    if (!db[0]) {
        snprintf(db, sizeof db, "%s", test_path("full.db"));
        drawn_fill(db, 0);
    }
    return db;
}

void drawn_script(const char *figure, const char *db, const char *dir)
{
    char path[4096];
    struct error e = {{0}};
    snprintf(path, sizeof path, "%s", getenv("PATH") ? getenv("PATH") : "");
    setenv("PATH", test_path("no programs"), 1);
    enum status s = figure_draw(figure_find(figure), db, dir, FIGURE_OWN_WIDTH, &e);
    setenv("PATH", path, 1);
    if (s != STATUS_MISSING)
        fail_msg("%s: %s", figure, e.text);
}

void drawn_one(const char *figure, const char *db, const char *dir, enum figure_width width)
{
    struct error e = {{0}};
    if (figure_draw(figure_find(figure), db, dir, width, &e))
        fail_msg("%s", e.text);
}

void drawn_all(const char *db, const char *dir, enum figure_width width)
{
    for (size_t i = 0; i < figure_count(); i++)
        drawn_one(figure_at(i)->name, db, dir, width);
}

static bool holds(const char *dir, const char *figure, const char *suffix, const char *words)
{
    size_t n;
    char *bytes = drawn_file(dir, figure, suffix, &n);
    bool found = strstr(bytes, words) != NULL;
    free(bytes);
    return found;
}

void drawn_says(const char *dir, const char *figure, const char *suffix, const char *want)
{
    if (!holds(dir, figure, suffix, want))
        fail_msg("%s/%s.%s does not say \"%s\"", dir, figure, suffix, want);
}

void drawn_says_all(const char *dir, const char *figure, const char *suffix, const char *const *want,
                    size_t n)
{
    for (size_t i = 0; i < n; i++)
        drawn_says(dir, figure, suffix, want[i]);
}

/* What stands between the marks of XML, in place. */
static void keep_words(char *svg)
{
    char *out = svg;
    bool text = false;
    for (const char *p = svg; *p; p++) {
        if (*p == '<') {
            text = strncmp(p, "<text>", 6) == 0 || (text && strncmp(p, "</text>", 7) != 0);
            if (strncmp(p, "</text>", 7) == 0)
                *out++ = ' ';
            p = strchr(p, '>');
        } else if (text) {
            *out++ = *p;
        }
    }
    *out = '\0';
}

void drawn_tells(const char *dir, const char *figure, const char *want)
{
    size_t n;
    char *svg = drawn_file(dir, figure, "svg", &n);
    keep_words(svg);
    if (!strstr(svg, want))
        fail_msg("%s/%s.svg does not tell \"%s\" but \"%s\"", dir, figure, want, svg);
    free(svg);
}

void drawn_says_not(const char *dir, const char *figure, const char *suffix, const char *unwanted)
{
    if (holds(dir, figure, suffix, unwanted))
        fail_msg("%s/%s.%s says \"%s\"", dir, figure, suffix, unwanted);
}
