#include "tests/drawn.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/pipeline.h"
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
enum { MORE = 8 };
struct described {
    struct row row;
    struct store_metric_value metrics[ROW_METRICS + MORE];
    struct store_cost_value costs[ROW_COSTS + 2];
};

static int length_of(const char *tensor)
{
    int length;
    return sscanf(tensor, "k%d", &length) == 1 ? length : 256;
}

/* The costs of a model stand together, so the size and the weight come after the bits per element. */
static void describe(struct described *d)
{
    struct store_cell *c = &d->row.cell;
    const double letters = (double)strlen(c->tensor.member);
    const double elements = c->mac ? (64 + 1024) * length_of(c->tensor.member) : 65536;
    struct store_metric_value *more = d->metrics + ROW_METRICS;
    memcpy(d->metrics, d->row.metrics, sizeof d->row.metrics);
    more[0] = (struct store_metric_value){"kurtosis", "1", NULL, "of the input", 3 + letters / 3};
    more[1] = (struct store_metric_value){"crest", "1", NULL, "of the input", 4 + letters / 4};
    more[2] = (struct store_metric_value){"outlier_channels", "1", NULL, "of the input", letters};
    more[3] = (struct store_metric_value){"crest_block16", "1", NULL, "of the input", 1 + letters / 4};
    more[4] = (struct store_metric_value){"crest_block32", "1", NULL, "of the input", 2 + letters / 4};
    const double rms = sqrt(d->metrics[0].value);
    more[5] = (struct store_metric_value){"bias", "x", NULL, "mean error", rms * letters / 64};
    more[6] = (struct store_metric_value){"sr_bias", "x", NULL, "expected error", -rms * letters / 128};
    more[7] = (struct store_metric_value){"recall10", "1", "higher", "of the output",
                                          1 - letters / (64 * d->row.costs[0].value)};
    d->costs[0] = d->costs[1] = d->costs[2] = d->row.costs[0];
    d->costs[1].quantity = "bits";
    d->costs[1].value *= elements;
    d->costs[2].quantity = "weight_bits_per_element";
    d->costs[2].value /= 2;
    memcpy(d->costs + 3, d->row.costs + 1, (ROW_COSTS - 1) * sizeof *d->costs);
    c->metrics = d->metrics;
    c->n_metrics = ROW_METRICS + MORE;
    c->costs = d->costs;
    c->n_costs = ROW_COSTS + 2;
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

static void put_analysis(struct store *s, int64_t run, const char *text)
{
    struct analysis_request r;
    struct analysis_result found = {.n = 0};
    struct store_metric_value values[ANALYSIS_VALUES];
    char key[HASH_HEX_SIZE], canonical[ANALYSIS_TEXT_SIZE], label[ANALYSIS_TEXT_SIZE], *params = NULL;
    struct error e = {{0}};
    if (analysis_parse(text, &r, &e) || analysis_compute(&r, &found, &e) ||
        pipeline_cell_key(&(struct cell_request){.analysis = &r}, key, &params, &e))
        fail_msg("%s: %s", text, e.text);
    analysis_canonical(&r, canonical);
    analysis_short(&r, label);
    for (size_t i = 0; i < found.n; i++)
        values[i] = (struct store_metric_value){found.value[i].name, found.value[i].unit, NULL,
                                                found.value[i].doc, found.value[i].value};
    rows_put(s, run,
             &(struct store_cell){.key = key,
                                  .params = params,
                                  .op = "analysis",
                                  .scheme = canonical,
                                  .label = label,
                                  .bits = -1,
                                  .exponent_bits = -1,
                                  .mantissa_bits = -1,
                                  .bias = -1,
                                  .block = -1,
                                  .clip = -1,
                                  .status = "done",
                                  .result_hash = key,
                                  .metrics = values,
                                  .n_metrics = found.n});
    free(params);
}

void drawn_analyses(const char *db, const char *const *texts, size_t n)
{
    struct store *s = rows_open(db);
    const int64_t run = rows_begin(s);
    for (size_t i = 0; i < n; i++)
        put_analysis(s, run, texts[i]);
    rows_close(s);
}

/* A pair of MX, its curves of three points, and one of NV; formats at their best scale; a law of training; in
 * one order or the other. */
static void put_theory(const char *db, bool backward)
{
    static const char *const texts[] = {"crossover,int=int4,float=e2m1",
                                        "crossover,int=int4,float=e2m1,steps=largest",
                                        "crossover,int=int4,float=e2m1,block=16,rho=1.05",
                                        "qsnr,scheme=int4,crest=1",
                                        "qsnr,scheme=int4,crest=2",
                                        "qsnr,scheme=int4,crest=8",
                                        "qsnr,scheme=int4,crest=8,steps=largest",
                                        "qsnr,scheme=e2m1,crest=1",
                                        "qsnr,scheme=e2m1,crest=2",
                                        "qsnr,scheme=e2m1,crest=8",
                                        "optimal_scale,scheme=int8,density=uniform",
                                        "optimal_scale,scheme=e2m1,density=uniform",
                                        "optimal_scale,scheme=e2m1",
                                        "optimal_scale,scheme=nf4",
                                        "fp_layout,bits=4",
                                        "fp_layout,bits=8",
                                        "fp_scaling_law",
                                        "fp_scaling_law,group=32",
                                        "fp_scaling_law,exponent=5,mantissa=2"};
    enum { TEXTS = sizeof texts / sizeof *texts };
    const char *turned[TEXTS];
    for (size_t i = 0; i < TEXTS; i++)
        turned[i] = texts[backward ? TEXTS - 1 - i : i];
    drawn_analyses(db, turned, TEXTS);
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

/* An integer and a float under one rule of scales, whose blocks have crest factors. */
static size_t list_pairs(struct row_spec *list, const char *tensor)
{
    static const char *const formats[] = {"int4", "e2m1"};
    for (size_t f = 0; f < 2; f++)
        list[f] = (struct row_spec){.dump = full_dump,
                                    .tensor = tensor,
                                    .format = formats[f],
                                    .block = 32,
                                    .scale = "e8m0",
                                    .scale_rule = "even"};
    return 2;
}

/* Rounding at random by two kinds and numbers of bits, and to nearest. */
static size_t list_random(struct row_spec *list, const char *tensor)
{
    static const char *const bits[] = {",sr_kind=a,sr_bits=2", ",sr_kind=a,sr_bits=8", ",sr_kind=b,sr_bits=2",
                                       ",sr_kind=b,sr_bits=8", NULL};
    for (size_t i = 0; i < 5; i++)
        list[i] = (struct row_spec){.dump = full_dump,
                                    .tensor = tensor,
                                    .format = "e6m1",
                                    .round = bits[i] ? "sr" : "rne",
                                    .keys = bits[i]};
    return 5;
}

void drawn_fill(const char *db, unsigned order)
{
    static const char *const sites[] = {"k64", "k128", "k1024"};
    struct row_spec list[128];
    size_t n = 0;
    for (size_t t = 0; t < 3; t++) {
        n += list_clips(list + n, full_tensors[t]);
        n += list_pairs(list + n, full_tensors[t]);
        n += list_random(list + n, full_tensors[t]);
        n += list_sums(list + n, sites[t]);
        n += list_faults(list + n, full_tensors[t]);
    }
    rows_fill(db, order);
    put(db, list, n, order, NULL);
    put_theory(db, order != 0);
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
    enum status s =
        figure_draw(figure_find(figure), &(struct figure_from){db, NULL}, dir, FIGURE_OWN_WIDTH, &e);
    setenv("PATH", path, 1);
    if (s != STATUS_MISSING)
        fail_msg("%s: %s", figure, e.text);
}

void drawn_one(const char *figure, const char *db, const char *dir, enum figure_width width)
{
    struct error e = {{0}};
    if (figure_draw(figure_find(figure), &(struct figure_from){db, NULL}, dir, width, &e))
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
    if (figure_svg(figure_find(figure), &(struct figure_from){db, NULL}, dir, &svg, &e))
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
