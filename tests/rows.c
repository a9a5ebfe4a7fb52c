#include "tests/rows.h"

#include <math.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "results/query.h"
#include "sim/base/hash.h"
#include "tests/check.h"

static const char *or_else(const char *text, const char *other)
{
    return text ? text : other;
}

/* Noise-to-signal ratio of an element format on N(0, 1) under a scale that maps amax to the largest value. */
static double noise(const struct store_cell *c, double amax)
{
    if (c->exponent_bits < 0) {
        double step = amax / (exp2(c->bits - 1) - 1);
        return step * step / 12;
    }
    double emax = c->exponent_bits ? exp2(c->exponent_bits - 1) : 0;
    double emin = c->exponent_bits ? 2 - exp2(c->exponent_bits - 1) : 0;
    double largest = exp2(emax) * (2 - exp2(-c->mantissa_bits));
    double floor_step = amax / largest * exp2(emin - c->mantissa_bits);
    double relative = exp2(-c->mantissa_bits) / 3.4;
    return relative * relative / 3 + floor_step * floor_step / 12;
}

static void set_format(struct store_cell *c, const char *format)
{
    c->format = format;
    c->exponent_bits = c->mantissa_bits = -1;
    c->family = "float";
    if (sscanf(format, "e%dm%d", &c->exponent_bits, &c->mantissa_bits) == 2) {
        c->bits = 1 + c->exponent_bits + c->mantissa_bits;
        c->bias = (int)exp2(c->exponent_bits - 1) - 1;
        c->specials = "none";
    } else if (sscanf(format, "int%d", &c->bits) == 1) {
        c->family = "int";
    } else if (sscanf(format, "nf%d", &c->bits) == 1) {
        c->family = "codebook";
    } else {
        c->exponent_bits = strcmp(format, "fp16") == 0 ? 5 : 8;
        c->bits = 16;
        c->mantissa_bits = 15 - c->exponent_bits;
        c->bias = (int)exp2(c->exponent_bits - 1) - 1;
        c->specials = "ieee";
    }
}

static struct store_cost_value cost(const char *model, const char *source, const char *quantity,
                                    const char *unit, double value)
{
    return (struct store_cost_value){
        .model = model, .source = source, .quantity = quantity, .unit = unit, .value = value};
}

/* A second model, whose parts add up: floats cost more than by the first, products of L-Mul less. */
static void set_measured(struct row *r, double gates)
{
    const struct store_cell *c = &r->cell;
    const bool lmul = c->mac && strstr(c->mac, "lmul");
    const double product = gates * (lmul ? 0.2 : 0.5) * (c->exponent_bits < 0 ? 0.9 : 1.2 + 0.03 * c->bits);
    const double accumulate = 60 + gates / 3;
    r->costs[3] = cost("yosys", "a netlist", "product_gates", "gate", product);
    r->costs[4] = cost("yosys", "a netlist", "accumulate_gates", "gate", accumulate);
    r->costs[5] = cost("yosys", "a netlist", "mac_gates", "gate", product + accumulate);
    r->costs[6] = cost("yosys", "a netlist", "mac_energy", "pJ", (2 * product + accumulate) / 3000);
    r->costs[6].node_nm = 45;
}

static void set_values(struct row *r, const struct row_spec *spec)
{
    struct store_cell *c = &r->cell;
    double n = spec->block ? spec->block : 65536, bits = c->bits;
    unsigned salt = (unsigned)(r->tensor_sha256[0] + 16 * r->tensor_sha256[1]);
    double amax = sqrt(2 * log(n)) * (1.1 + 0.02 * (salt % 16) + (spec->block ? 0 : 1.0)), loss = 1;
    bool power = c->scale && strcmp(c->scale, "e8m0") == 0;
    if (power)
        amax *= strcmp(c->scale_rule, "floor") == 0 ? 1.25 : 1.45;
    else if (c->scale && strcmp(c->scale, "e4m3") == 0)
        loss = 1.06;
    double nmse = noise(c, amax) * loss, x = nmse * 0.7;
    const double metric[ROW_METRICS] = {
        x, nmse, -10 * log10(nmse), 1 - nmse / 2, amax * sqrt(nmse), 0, -10 * log10(nmse * 1.001)};
    static const struct store_metric_value meaning[ROW_METRICS] = {
        {"mse", "1", "lower", "mean squared error", 0},
        {"nmse", "1", "lower", "mse over mean square", 0},
        {"sqnr_db", "dB", "higher", "signal to quantization noise", 0},
        {"cosine", "1", "higher", "cosine similarity", 0},
        {"max_abs_error", "1", "lower", "largest error", 0},
        {"saturated", "1", NULL, "saturated elements", 0},
        {"expected_sqnr_db", "dB", "higher", "what theory expects", 0}};
    if (spec->block)
        bits += (strcmp(c->scale, "fp32") == 0 ? 32 : strcmp(c->scale, "fp16") == 0 ? 16 : 8) / n;
    double gates = c->exponent_bits < 0 ? 6.0 * c->bits * c->bits + 120
                                        : 7.0 * pow(c->mantissa_bits + 1, 2) + 30 * exp2(c->exponent_bits);
    for (int i = 0; i < ROW_METRICS; i++) {
        r->metrics[i] = meaning[i];
        r->metrics[i].value = i == 2 && spec->sqnr ? *spec->sqnr : metric[i];
    }
    r->costs[0] = cost("storage", "definition", "bits_per_element", "bit", bits);
    r->costs[1] = cost("fp8_vs_int8", "a publication", "mac_gates", "gate", gates);
    r->costs[2] = cost("fp8_vs_int8", "a publication", "multiplier_gates", "gate", gates / 2);
    set_measured(r, gates);
    c->metrics = r->metrics;
    c->n_metrics = ROW_METRICS;
    c->costs = r->costs;
    c->n_costs = ROW_COSTS;
}

void row_make(struct row *r, const struct row_spec *spec)
{
    struct store_cell *c = &r->cell;
    const char *dump = or_else(spec->dump, "dumps/a.npy"), *tensor = or_else(spec->tensor, "");
    const char *scale = or_else(spec->scale, "fp32"), *rule = or_else(spec->scale_rule, "absmax");
    char name[256];
    memset(r, 0, sizeof *r);
    set_format(c, or_else(spec->format, "e4m3"));
    snprintf(name, sizeof name, "%s:%s", dump, tensor);
    hash_bytes(name, strlen(name), r->tensor_sha256);
    c->tensor = (struct store_tensor){r->tensor_sha256, dump, tensor, "float32", "[64, 1024]", 65536};
    c->op = "quantize";
    c->scale = scale;
    c->scale_rule = rule;
    c->second = or_else(spec->second, "none");
    c->scale_order = "exact";
    c->round = or_else(spec->round, "rne");
    c->overflow = "saturate";
    c->per = spec->block ? "block" : "tensor";
    c->block = spec->block;
    c->axis = spec->block ? "last" : NULL;
    c->clip = spec->clip > 0 ? spec->clip : 1;
    c->status = "done";
    c->wall_ns = 1000;
    if (spec->block)
        snprintf(r->label, sizeof r->label, "%s,block=%d,scale=%s%s%s%s%s", c->format, spec->block, scale,
                 strcmp(scale, "e8m0") == 0 ? ",scale_rule=" : "", strcmp(scale, "e8m0") == 0 ? rule : "",
                 strcmp(c->second, "none") != 0 ? ",second=" : "",
                 strcmp(c->second, "none") != 0 ? c->second : "");
    else
        snprintf(r->label, sizeof r->label, "%s,per=tensor", c->format);
    if (spec->mac) {
        c->op = "matmul";
        c->mac = spec->mac;
        snprintf(r->weight, sizeof r->weight, "%s", r->label);
        c->weight = r->weight;
        c->transform = spec->transform;
        snprintf(r->label, sizeof r->label, "%s%s%s * %s @ %s", or_else(spec->transform, ""),
                 spec->transform ? ": " : "", r->weight, r->weight, spec->mac);
    }
    char clip[32] = "";
    if (spec->clip > 0)
        snprintf(clip, sizeof clip, ",clip=%g", spec->clip);
    snprintf(r->scheme, sizeof r->scheme, "%s,round=%s,scale_rule=%s%s%s", r->label, c->round, rule, clip,
             or_else(spec->keys, ""));
    c->label = or_else(spec->label, r->label);
    c->scheme = r->scheme;
    snprintf(r->params, sizeof r->params, "{\"scheme\":\"%s\",\"tensor\":\"%s\"}", r->scheme,
             r->tensor_sha256);
    c->params = r->params;
    hash_bytes(r->params, strlen(r->params), r->key);
    c->key = r->key;
    hash_bytes(r->key, 64, r->result_hash);
    c->result_hash = or_else(spec->result_hash, r->result_hash);
    set_values(r, spec);
}

struct store *rows_open(const char *path)
{
    struct error e = {{0}};
    struct store *s = NULL;
    if (store_open(path, &s, &e))
        fail_msg("%s", e.text);
    return s;
}

void rows_close(struct store *s)
{
    struct error e = {{0}};
    if (store_close(s, &e))
        fail_msg("%s", e.text);
}

void rows_put(struct store *s, int64_t run, const struct store_cell *c)
{
    struct error e = {{0}};
    if (store_put(s, run, c, &e))
        fail_msg("%s", e.text);
}

/* The first column of the first row, as text; "" if there is none. */
const char *rows_ask(const char *path, const char *sql)
{
    static char answer[4][512];
    static int next;
    char *a = answer[next++ % 4];
    sqlite3 *db = NULL;
    sqlite3_stmt *st = NULL;
    a[0] = '\0';
    /* What a killed writer left half done can be undone only by one who may write. */
    for (int flags = SQLITE_OPEN_READONLY; !st; flags = SQLITE_OPEN_READWRITE) {
        sqlite3_close(db);
        assert_int_equal(sqlite3_open_v2(path, &db, flags, NULL), SQLITE_OK);
        sqlite3_busy_timeout(db, 5000);
        int rc = sqlite3_prepare_v2(db, sql, -1, &st, NULL);
        if (rc != SQLITE_OK && (rc != SQLITE_READONLY || flags == SQLITE_OPEN_READWRITE))
            fail_msg("%s: %s", sql, sqlite3_errmsg(db));
    }
    if (sqlite3_step(st) == SQLITE_ROW && sqlite3_column_text(st, 0))
        snprintf(a, sizeof answer[0], "%s", (const char *)sqlite3_column_text(st, 0));
    sqlite3_finalize(st);
    sqlite3_close(db);
    return a;
}

/* Two names of one scheme, schemes of one family that differ, and another family. */
static const struct {
    const char *name, *family;
    struct row_spec spec;
} profiles[] = {
    {"a:f4", "f4", {.format = "e2m1", .block = 16}},
    {"b:f4", "f4", {.format = "e2m1", .block = 16}},
    {"b:f4_half", "f4", {.format = "e2m1", .block = 32}},
    {"a:f4_64", "f4", {.format = "e2m1", .block = 64}},
    {"c:other", "f4", {.format = "e2m1", .block = 128}},
    {"a:f4_floor", "f4", {.format = "e2m1", .block = 32, .scale = "e8m0", .scale_rule = "floor"}},
    {"c:f4_rceil", "f4", {.format = "e2m1", .block = 32, .scale = "e8m0", .scale_rule = "rceil"}},
    {"a:f8", "f8", {.format = "int8", .block = 64}},
    {"b:f8", "f8", {.format = "int8", .block = 128, .round = "rtz"}},
};
enum { PROFILES = sizeof profiles / sizeof *profiles };

int64_t rows_begin(struct store *s)
{
    static struct row row[PROFILES];
    struct store_profile known[PROFILES];
    for (size_t i = 0; i < PROFILES; i++) {
        row_make(&row[i], &profiles[i].spec);
        known[i] = (struct store_profile){.name = profiles[i].name,
                                          .family = profiles[i].family,
                                          .scheme = row[i].scheme,
                                          .doc = "a profile",
                                          .source = "a publication",
                                          .checked = "as read",
                                          .note = ""};
    }
    struct error e = {{0}};
    int64_t run = 0;
    static const char sha256[] = "00000000000000000000000000000000000000000000000000000000000000cf";
    enum { METHODS = 4 };
    static const struct row_spec specs[METHODS] = {
        {.format = "e2m1", .block = 16},
        {.format = "e2m1", .block = 32},
        {.format = "e2m1", .block = 128},
        {.format = "int8", .mac = "exact", .transform = "turn"},
    };
    static const char *const names[METHODS] = {"a method", "b method", "c method", "d method"};
    struct row plain[METHODS]; /* their schemes alone are looked at */
    struct store_method methods[METHODS];
    for (int i = 0; i < METHODS; i++) {
        row_make(&plain[i], &specs[i]);
        methods[i] = (struct store_method){.name = names[i],
                                           .scheme = plain[i].cell.scheme,
                                           .doc = "",
                                           .source = "a paper",
                                           .study = "",
                                           .note = ""};
    }
    const struct store_run about = {.config_sha256 = sha256,
                                    .config_name = "test",
                                    .config_source = "name: test\n",
                                    .config_resolved = "{}",
                                    .argv = "bitsweep run test.yaml",
                                    .provenance = {.version = "0",
                                                   .git_commit = "none",
                                                   .compiler = "cc",
                                                   .libs = "{}",
                                                   .semantics = 1,
                                                   .hostname = "host",
                                                   .cpu = "cpu",
                                                   .os = "os",
                                                   .isa = "scalar",
                                                   .ncpu = 2},
                                    .profiles = known,
                                    .n_profiles = PROFILES,
                                    .methods = methods,
                                    .n_methods = METHODS};
    assert_int_equal(store_run_begin(s, &about, &run, &e), STATUS_OK);
    return run;
}

struct list {
    struct row_spec spec[2048];
    size_t n;
};

static void add(struct list *l, struct row_spec s)
{
    static const char *const tensors[] = {"layers.0.attn.qkv.input", "layers.0.mlp.up.input",
                                          "layers.1.mlp.down.input"};
    s.dump = "dumps/tinylm.safetensors";
    for (size_t i = 0; i < sizeof tensors / sizeof *tensors; i++) {
        s.tensor = tensors[i];
        l->spec[l->n++] = s;
    }
}

static void list_sites(struct list *l)
{
    static const char *const macs[] = {"exact", "sequential,acc=fp16", "exact,product=lmul_bits"};
    static const char *const formats[] = {"e4m3", "int8"};
    for (size_t f = 0; f < sizeof formats / sizeof *formats; f++)
        for (size_t m = 0; m < sizeof macs / sizeof *macs; m++)
            add(l, (struct row_spec){.format = formats[f], .mac = macs[m]});
}

static void list_all(struct list *l)
{
    list_sites(l);
    static const char *const formats[] = {"e2m1", "e3m2", "e4m3", "int4", "int6", "int8"};
    static const char *const wide[] = {"e2m3", "e5m2", "e3m4", "int3", "int5", "fp16", "bf16"};
    static const struct row_spec scales[] = {{.scale = "e8m0", .scale_rule = "floor"},
                                             {.scale = "e8m0", .scale_rule = "rceil"},
                                             {.scale = "e4m3", .scale_rule = "absmax", .second = "tensor"},
                                             {.scale = "fp32", .scale_rule = "absmax"}};
    static char split[64][8];
    for (size_t f = 0; f < sizeof formats / sizeof *formats; f++)
        for (size_t s = 0; s < sizeof scales / sizeof *scales; s++)
            for (int block = 8; block <= 128; block *= 2) {
                struct row_spec r = scales[s];
                r.format = formats[f];
                r.block = block;
                add(l, r);
            }
    for (size_t f = 0; f < sizeof wide / sizeof *wide; f++)
        add(l, (struct row_spec){.format = wide[f]});
    int n = 0;
    for (int e = 1; e <= 5; e++)
        for (int m = 0; m + e <= 7; m++, n++) {
            snprintf(split[n], sizeof split[n], "e%dm%d", e, m);
            add(l, (struct row_spec){.format = split[n]});
            if (e + m >= 3)
                add(l, (struct row_spec){
                           .format = split[n], .block = 32, .scale = "e8m0", .scale_rule = "floor"});
        }
}

void rows_fill(const char *db, unsigned order)
{
    struct error e = {{0}};
    struct store *s = NULL;
    struct list *l = calloc(1, sizeof *l);
    struct row *r = calloc(1, sizeof *r);
    assert_true(l && r);
    list_all(l);
    assert_int_equal(store_open(db, &s, &e), STATUS_OK);
    int64_t run = rows_begin(s);
    for (size_t i = 0; i < l->n; i++) {
        /* a multiplier without a common factor permutes */
        row_make(r, &l->spec[order ? (i * 7919 + order) % l->n : i]);
        assert_int_equal(store_put(s, run, &r->cell, &e), STATUS_OK);
    }
    assert_int_equal(store_run_end(s, run, "done", &e), STATUS_OK);
    assert_int_equal(store_close(s, &e), STATUS_OK);
    free(l);
    free(r);
}

char *rows_csv(const char *path, const char *sql)
{
    char *text = NULL;
    size_t n = 0;
    FILE *f = open_memstream(&text, &n);
    struct query *q = NULL;
    struct error e = {{0}};
    if (query_open(path, 0, &q, &e) || query_write(q, sql, TABLE_CSV, f, NULL, &e))
        fail_msg("%s", e.text);
    query_close(q);
    fclose(f);
    return text;
}

void rows_expect(const char *path, const char *sql, const char *csv)
{
    char *text = rows_csv(path, sql);
    assert_string_equal(text, csv);
    free(text);
}

void rows_run(const char *path, const char *sql)
{
    sqlite3 *db = NULL;
    char *words = NULL;
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    if (sqlite3_exec(db, sql, NULL, NULL, &words) != SQLITE_OK)
        fail_msg("%s", words);
    sqlite3_close(db);
}

void rows_go_back(const char *path, const char *sql)
{
    char *drop = strdup(rows_ask(
        path, "SELECT group_concat('DROP VIEW ' || name, ';') FROM sqlite_schema WHERE type = 'view'"));
    rows_run(path, drop);
    rows_run(path, "ALTER TABLE cell DROP COLUMN weight; ALTER TABLE cell DROP COLUMN output;"
                   "ALTER TABLE cell DROP COLUMN mac; ALTER TABLE cell DROP COLUMN transform;"
                   "DROP TABLE method; PRAGMA user_version = 3;"
                   "CREATE TABLE cost(cell_id INTEGER NOT NULL REFERENCES cell ON DELETE CASCADE,"
                   " model TEXT NOT NULL, quantity TEXT NOT NULL, value REAL, unit TEXT NOT NULL,"
                   " source TEXT NOT NULL, PRIMARY KEY(cell_id, model, quantity)) STRICT, WITHOUT ROWID;"
                   "INSERT INTO cost SELECT cell_id, model, quantity, value, unit, source"
                   " FROM cost_value JOIN cost_kind USING(kind_id);"
                   "DROP TABLE cost_value; DROP TABLE cost_kind");
    rows_run(path, sql);
    free(drop);
}
