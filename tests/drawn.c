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

/* A row of rows.h with what only figures show. */
struct described {
    struct row row;
    struct store_metric_value metrics[ROW_METRICS + 3];
    struct store_cost_value costs[ROW_COSTS + 1];
};

static int length_of(const char *tensor)
{
    int length;
    return sscanf(tensor, "k%d", &length) == 1 ? length : 256;
}

/* The costs of a model stand together, so the size comes after the bits per element. */
static void describe(struct described *d)
{
    struct store_cell *c = &d->row.cell;
    const double letters = (double)strlen(c->tensor.member);
    const double elements = c->mac ? (64 + 1024) * length_of(c->tensor.member) : 65536;
    struct store_metric_value *of_input = d->metrics + ROW_METRICS;
    memcpy(d->metrics, d->row.metrics, sizeof d->row.metrics);
    of_input[0] = (struct store_metric_value){"kurtosis", "1", NULL, "of the input", 3 + letters / 3};
    of_input[1] = (struct store_metric_value){"crest", "1", NULL, "of the input", 4 + letters / 4};
    of_input[2] = (struct store_metric_value){"outlier_channels", "1", NULL, "of the input", letters};
    d->costs[0] = d->costs[1] = d->row.costs[0];
    d->costs[1].quantity = "bits";
    d->costs[1].value *= elements;
    memcpy(d->costs + 2, d->row.costs + 1, (ROW_COSTS - 1) * sizeof *d->costs);
    c->metrics = d->metrics;
    c->n_metrics = ROW_METRICS + 3;
    c->costs = d->costs;
    c->n_costs = ROW_COSTS + 1;
}

static void put(const char *db, const struct row_spec *specs, size_t n, unsigned order, const double *sqnr)
{
    struct store *s = rows_open(db);
    static struct described d;
    const int64_t run = rows_begin(s);
    for (size_t i = 0; i < n; i++) {
        row_make(&d.row, &specs[order ? (i * 7919 + order) % n : i]);
        if (sqnr)
            d.row.metrics[2].value = *sqnr;
        describe(&d);
        rows_put(s, run, &d.row.cell);
    }
    rows_close(s);
    rows_run(
        db, "INSERT INTO run_tag(run_id, key, value) SELECT (SELECT max(run_id) FROM run), 'tensors',"
            " json_group_object(path, json(known)) FROM (SELECT path, json_group_object(member,"
            " CASE WHEN member LIKE 'layers.%' THEN json_array(CAST(substr(member, 8) AS INTEGER),"
            " substr(member, 9 + length(CAST(substr(member, 8) AS INTEGER)))) ELSE json_array(0, 'role') END)"
            " AS known FROM tensor_name GROUP BY path)");
}

const char *drawn_db(const char *name, const struct row_spec *specs, size_t n, const double *sqnr)
{
    const char *db = test_path(name);
    put(db, specs, n, 0, sqnr);
    return db;
}

static const char full_dump[] = "dumps/tinylm.safetensors";
static const char *const full_tensors[] = {"layers.0.attn.qkv.input", "layers.0.mlp.up.input",
                                           "layers.1.mlp.down.input"};

static size_t list_clips(struct row_spec *list, const char *tensor)
{
    static const char *const formats[] = {"int4", "e2m1", "e4m3", "int8"};
    static const double clips[] = {(double)0.9F, (double)0.7F, (double)0.5F};
    size_t n = 0;
    for (size_t f = 0; f < 4; f++)
        for (size_t c = 0; c < 3; c++)
            list[n++] = (struct row_spec){
                .dump = full_dump, .tensor = tensor, .format = formats[f], .clip = clips[c]};
    return n;
}

static size_t list_sums(struct row_spec *list, const char *site)
{
    static const char *const sums[] = {"exact", "sequential,acc=fp16", "sequential,acc=fp22"};
    for (size_t m = 0; m < 3; m++)
        list[m] = (struct row_spec){.dump = full_dump, .tensor = site, .format = "e4m3", .mac = sums[m]};
    return 3;
}

/* Faults of codes, then of accumulators; the model of an SQNR knows nothing of them. */
static size_t list_faults(struct row_spec *list, const char *site)
{
    static const char *const labels[] = {
        "int8 * int8 @ exact",           "int8,flip=1e-06 * int8 @ exact", "int8,flip=0.0001 * int8 @ exact",
        "int8,flip=0.01 * int8 @ exact", "int8 * int8 @ exact,flip=1e-09", "int8 * int8 @ exact,flip=1e-07",
    };
    enum { FAULTS = sizeof labels / sizeof *labels };
    for (size_t i = 0; i < FAULTS; i++)
        list[i] = (struct row_spec){.dump = full_dump,
                                    .tensor = site,
                                    .format = "int8",
                                    .mac = "exact,fma=no",
                                    .label = labels[i],
                                    .keys = labels[i]};
    return FAULTS;
}

void drawn_fill(const char *db, unsigned order)
{
    static const char *const sites[] = {"k64", "k128", "k1024"};
    struct row_spec list[128];
    size_t n = 0;
    for (size_t t = 0; t < 3; t++) {
        n += list_clips(list + n, full_tensors[t]);
        n += list_sums(list + n, sites[t]);
        n += list_faults(list + n, full_tensors[t]);
    }
    rows_fill(db, order);
    put(db, list, n, order, NULL);
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

void drawn_svg(const char *figure, const char *db, const char *dir)
{
    char path[600], *svg = NULL;
    struct error e = {{0}};
    if (figure_svg(figure_find(figure), db, dir, &svg, &e))
        fail_msg("%s", e.text);
    snprintf(path, sizeof path, "%s/%s.svg", dir, figure);
    FILE *f = fopen(path, "w");
    assert_non_null(f);
    fputs(svg, f);
    assert_int_equal(fclose(f), 0);
    free(svg);
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
            text = strncmp(p, "<text", 5) == 0 || (text && strncmp(p, "</text>", 7) != 0);
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
