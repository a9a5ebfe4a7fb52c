/* Runs from end to end on synthetic dumps: the same rows for any number of jobs, order and interruption. */
#include "tests/check.h"

#include <fcntl.h>
#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#include "experiments/plan.h"
#include "experiments/progress.h"
#include "experiments/subjects.h"
#include "results/gc.h"
#include "sim/base/strbuf.h"
#include "sim/dump/synth.h"
#include "sim/scheme.h"
#include "tests/rows.h"

#define SCHEMES "[mxfp4, nvfp4, int8, e4m3, 'e2m1,block=16,round=sr']"

static void fill(float *x, size_t rows, size_t columns, uint64_t seed)
{
    struct synth_spec s = {.distribution = "gaussian",
                           .parameter = (double)NAN,
                           .scale = 1,
                           .rows = rows,
                           .columns = columns,
                           .outlier_factor = 1,
                           .seed = seed};
    struct error e = {{0}};
    assert_int_equal(synth_fill(&s, x, &e), STATUS_OK);
}

static struct tensor_view view_of(const char *name, const float *x, size_t rows, size_t columns,
                                  const char *axes)
{
    struct tensor_view t = {
        .name = name, .data = x, .dtype = DTYPE_F32, .rank = 2, .shape = {rows, columns}, .axes = axes};
    tensor_set_c_order(&t);
    return t;
}

/* a, b: 32 x 64, labelled; twin: the bytes of a; odd: 8 x 20, without labels. */
static int write_dumps(void **state)
{
    (void)state;
    static float a[32 * 64], b[32 * 64], odd[8 * 20];
    static float big[384 * 384];
    struct error e = {{0}};
    fill(a, 32, 64, 1);
    fill(b, 32, 64, 2);
    fill(odd, 8, 20, 3);
    fill(big, 384, 384, 4);
    const struct tensor_view t[] = {view_of("a", a, 32, 64, "token,channel"),
                                    view_of("b", b, 32, 64, "token,channel"),
                                    view_of("odd", odd, 8, 20, NULL)};
    const struct tensor_view twins[] = {t[0], view_of("twin", a, 32, 64, "token,channel")};
    const struct tensor_view one = view_of("big", big, 384, 384, NULL);
    return safetensors_write(test_path("d.safetensors"), t, 3, NULL, &e) ||
           safetensors_write(test_path("twins.safetensors"), twins, 2, NULL, &e) ||
           npy_write(test_path("big.npy"), &one, &e);
}

static struct config *load(const char *inputs, const char *rest)
{
    const char *path = test_path("s.yaml");
    FILE *f = fopen(path, "w");
    assert_non_null(f);
    fprintf(f, "name: test\nseed: 5\ninputs: %s\n%s", inputs, rest);
    fclose(f);
    struct config *c = NULL;
    struct error e = {{0}};
    enum status s = config_load(path, NULL, 0, &c, &e);
    if (s)
        print_error("%s\n", e.text);
    assert_int_equal(s, STATUS_OK);
    return c;
}

static const char *fresh(const char *name)
{
    const char *path = test_path(name);
    unlink(path);
    return path;
}

static struct run_options options(const char *db, int jobs)
{
    return (struct run_options){.db = db, .jobs = jobs, .quiet = true, .argv = "test_run"};
}

static void run_ok(const struct config *c, const struct run_options *o, struct run_summary *s)
{
    struct error e = {{0}};
    enum status status = run_execute(c, o, s, &e);
    if (status)
        print_error("%s\n", e.text);
    assert_int_equal(status, STATUS_OK);
}

/* The rows of a query as text, the caller's. */
/* Everything that is a result: no times, no row numbers. */
#define RESULTS                                                                                     \
    "SELECT c.cell_sha256, c.params, c.scheme, c.label, c.status, c.error, c.result_hash, m.name, " \
    "x.class,"                                                                                      \
    " x.bits FROM cell c LEFT JOIN value x USING(cell_id) LEFT JOIN metric m USING(metric_id)"      \
    " ORDER BY c.cell_sha256, m.name"
#define COSTS                                                                                                \
    "SELECT c.cell_sha256, o.model, o.quantity, o.value FROM cost o JOIN cell c USING(cell_id) ORDER BY 1, " \
    "2, 3"

static void expect_same(const char *db_a, const char *db_b)
{
    static const char *const queries[] = {RESULTS, COSTS};
    for (size_t i = 0; i < 2; i++) {
        char *a = rows_csv(db_a, queries[i]), *b = rows_csv(db_b, queries[i]);
        assert_true(strlen(a) > 200);
        assert_string_equal(a, b);
        free(a);
        free(b);
    }
}

static struct config *study(void)
{
    return load("[{dump: d.safetensors, select: [a, b]}]", "sweep: {grid: {format: " SCHEMES "}}\n");
}

static void same_for_any_jobs(void **state)
{
    (void)state;
    struct config *c = study();
    const char *one = fresh("one.db"), *many = fresh("many.db");
    struct run_summary s;
    struct run_options o = options(one, 1);
    run_ok(c, &o, &s);
    assert_int_equal(s.cells, 10);
    assert_int_equal(s.done, 10);
    assert_int_equal(s.subjects, 2);
    assert_int_equal(s.schemes, 5);
    assert_int_equal(s.pending, 0);
    assert_int_equal(s.elements, 10 * 32 * 64);
    o = options(many, 7);
    run_ok(c, &o, &s);
    assert_int_equal(s.done, 10);
    expect_same(one, many);
    char want[64];
    snprintf(want, sizeof want, "n,f,r\n%zu,1,10\n", 10 * metric_tensor_count());
    rows_expect(one,
                "SELECT count(*) AS n, sum(class = 'finite') > 300 AS f, count(DISTINCT result_hash) AS r "
                "FROM value JOIN cell USING(cell_id)",
                want);
    config_free(c);
}

/* The dump's NAME.sensitivity weighs NAME; other sensitivities make other cells. */
static void sensitivity(void **state)
{
    (void)state;
    float x[8 * 20], weight[8 * 20];
    fill(x, 8, 20, 3);
    for (size_t i = 0; i < 8 * 20; i++)
        weight[i] = 1;
    const struct tensor_view t[] = {view_of("x.sensitivity", weight, 8, 20, NULL),
                                    view_of("x", x, 8, 20, NULL)};
    struct error e = {{0}};
    const char *db = fresh("sensitivity.db");
    for (int turn = 0; turn < 2; turn++, weight[3] = 1000) {
        assert_int_equal(safetensors_write(test_path("weighed.safetensors"), t, 2, NULL, &e), STATUS_OK);
        struct config *c = load("[{dump: weighed.safetensors, select: [x]}]",
                                "sweep: {grid: {format: [nf4], block: [20], fit: [mse, sensitivity]}}\n");
        struct run_summary s;
        struct run_options o = options(db, 2);
        run_ok(c, &o, &s);
        assert_int_equal(s.done, turn ? 1 : 2);
        config_free(c);
    }
    /* Ones weigh nothing more than the error does. */
    rows_expect(db, "SELECT count(*) AS n, count(DISTINCT result_hash) AS r FROM cell", "n,r\n3,2\n");
}

static void resumes(void **state)
{
    (void)state;
    struct config *c = study();
    const char *whole = fresh("whole.db"), *parts = fresh("parts.db");
    struct run_summary s;
    struct run_options o = options(whole, 2);
    run_ok(c, &o, &s);
    o = options(parts, 2);
    o.only = "tensor=b";
    run_ok(c, &o, &s);
    assert_int_equal(s.done, 5);
    o.only = "format=e2m1";
    run_ok(c, &o, &s);
    assert_int_equal(s.cells, 6);
    assert_int_equal(s.schemes, 3);
    assert_int_equal(s.done, 3);
    assert_int_equal(s.cached, 3);
    o.only = NULL;
    run_ok(c, &o, &s);
    assert_int_equal(s.done, 2);
    assert_int_equal(s.cached, 8);
    expect_same(whole, parts);
    run_ok(c, &o, &s);
    assert_int_equal(s.done, 0);
    assert_int_equal(s.cached, 10);
    o.force = true;
    run_ok(c, &o, &s);
    assert_int_equal(s.done, 10);
    assert_int_equal(s.cached, 0);
    expect_same(whole, parts);
    rows_expect(
        parts, "SELECT status, cells, cached, changed FROM v_run ORDER BY run_id",
        "status,cells,cached,changed\ndone,5,0,0\ndone,6,3,0\ndone,10,8,0\ndone,10,10,0\ndone,10,0,0\n");
    config_free(c);
}

/* A done cell with fewer metrics is computed again and gains the others. */
static void metrics_are_added(void **state)
{
    (void)state;
    const char *db = fresh("metrics.db"), *inputs = "[{dump: d.safetensors, select: a}]";
    struct run_options o = options(db, 1);
    struct run_summary s;
    struct config *c = load(inputs, "format: e2m1\nmetrics: mse\ncost: none\n");
    run_ok(c, &o, &s);
    config_free(c);
    c = load(inputs, "format: e2m1\nmetrics: [mse, sqnr_db]\ncost: storage\n");
    run_ok(c, &o, &s);
    assert_int_equal(s.done, 1);
    run_ok(c, &o, &s);
    assert_int_equal(s.cached, 1);
    rows_expect(db, "SELECT count(*) AS n, count(DISTINCT cell_id) AS c FROM value", "n,c\n2,1\n");
    config_free(c);
}

static void only_narrows(void **state)
{
    (void)state;
    struct config *c = study();
    struct run_options o = options(fresh("only.db"), 1);
    struct run_summary s;
    static const struct {
        const char *only;
        size_t cells;
    } good[] = {{"mxfp*", 2},
                {"*", 10},
                {"round=sr", 2},
                {"block=16", 4},
                {"int8", 2},
                {"tensor=?", 10},
                {"e2m1,block=16,round=sr", 2},
                {"scale=e8m0", 2}};
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        o.only = good[i].only;
        run_ok(c, &o, &s);
        assert_int_equal(s.cells, good[i].cells);
    }
    struct error none = {{0}}, unknown = {{0}};
    o.only = "format=e5m2";
    assert_int_equal(run_execute(c, &o, &s, &none), STATUS_INVALID);
    assert_string_equal(none.text, "--only format=e5m2: matches none of 10 cells; did you mean 'e2m1'?");
    o.only = "blok=16";
    assert_int_equal(run_execute(c, &o, &s, &unknown), STATUS_USAGE);
    assert_non_null(strstr(unknown.text, "unknown key 'blok'; did you mean 'block'?"));
    config_free(c);
}

static void failures_are_recorded(void **state)
{
    (void)state;
    struct config *c =
        load("[{dump: d.safetensors}]", "sweep: {grid: {format: ['int8,per=channel,axis=channel',"
                                        " 'e2m1,block=32,tail=refuse', int4]}}\n");
    const char *db = fresh("failed.db");
    struct run_options o = options(db, 2);
    struct run_summary s;
    for (int again = 0; again < 2; again++) {
        struct error e = {{0}};
        assert_int_equal(run_execute(c, &o, &s, &e), STATUS_DIFFERENT);
        assert_int_equal(s.cells, 9);
        assert_int_equal(s.failed, 2);
        assert_int_equal(s.done, again ? 0 : 7);
        assert_int_equal(s.pending, 0);
        assert_non_null(strstr(e.text, "2 of 9 cells failed"));
    }
    char *text = rows_csv(db, "SELECT tensor, label, status, error FROM v_failed");
    assert_non_null(strstr(text, "axis=channel: tensor odd has 2 axes without labels"));
    assert_non_null(strstr(text, "20"));
    free(text);
    rows_expect(db, "SELECT status FROM v_run", "status\nfailed\nfailed\n");
    config_free(c);
}

struct stopper {
    atomic_int stop;
    long after_us;
};

static void *stop_later(void *arg)
{
    struct stopper *s = arg;
    nanosleep(&(struct timespec){s->after_us / 1000000, s->after_us % 1000000 * 1000}, NULL);
    atomic_store(&s->stop, 1);
    return NULL;
}

/* Runs until `after_us`; STATUS_INTERRUPTED unless it was done before that. */
static enum status run_for(const struct config *c, struct run_options *o, long after_us,
                           struct run_summary *s)
{
    struct stopper stopper = {.after_us = after_us};
    struct error e = {{0}};
    pthread_t t;
    o->stop = &stopper.stop;
    assert_int_equal(pthread_create(&t, NULL, stop_later, &stopper), 0);
    enum status status = run_execute(c, o, s, &e);
    pthread_join(t, NULL);
    o->stop = NULL;
    return status;
}

static void interruption_loses_nothing(void **state)
{
    (void)state;
    struct config *c =
        load("[{dump: big.npy}]",
             "metrics: [mse]\nsweep: {grid: {format: [e2m1, e4m3, int8, int4, e3m2], block: [8, 16, 32, 64, "
             "128, 256], scale: [e8m0, fp32], quotient: [divide], via: [fp32]}}\n"); /* cell by cell */
    const char *cut = fresh("cut.db"), *whole = fresh("whole2.db");
    const atomic_int stopped = 1;
    struct run_options o = options(cut, 2);
    struct run_summary s;
    struct error early = {{0}};
    o.stop = &stopped;
    assert_int_equal(run_execute(c, &o, &s, &early), STATUS_INTERRUPTED);
    assert_int_equal(s.done, 0);
    /* How fast the machine is, nobody knows: longer and longer, until something is done and something is not.
     */
    for (long us = 1000; s.done == 0; us = us * 3 / 2)
        assert_int_equal(run_for(c, &o, us, &s), STATUS_INTERRUPTED);
    assert_int_equal(s.cells, 60);
    assert_true(s.pending > 0);
    assert_int_equal(s.done + s.pending, 60);
    size_t first = s.done;
    rows_expect(cut, "SELECT status FROM v_run ORDER BY run_id DESC LIMIT 1", "status\ninterrupted\n");
    run_ok(c, &o, &s);
    assert_int_equal(s.cached, first);
    assert_int_equal(s.done, 60 - first);
    o = options(whole, 2);
    run_ok(c, &o, &s);
    expect_same(cut, whole);
    config_free(c);
}

static void twins_share_cells(void **state)
{
    (void)state;
    struct config *c = load("[{dump: twins.safetensors}, {dump: twins.safetensors, select: a}]",
                            "sweep: {grid: {format: [int8, int4]}}\n");
    const char *db = fresh("twins.db");
    struct run_options o = options(db, 2);
    struct run_summary s;
    run_ok(c, &o, &s);
    assert_int_equal(s.subjects, 2);
    assert_int_equal(s.cells, 4);
    assert_int_equal(s.done, 2);
    assert_int_equal(s.cached, 2);
    run_ok(c, &o, &s);
    assert_int_equal(s.cached, 4);
    rows_expect(db, "SELECT member FROM tensor_name ORDER BY 1", "member\na\ntwin\n");
    rows_expect(db, "SELECT count(*) AS n FROM cell", "n\n2\n");
    config_free(c);
}

/* Tensors without cells, and their names, go. */
static ssize_t collect(void *db, const char *text, size_t n)
{
    struct gc_report r;
    struct error e = {{0}};
    (void)text;
    if (gc_database(db, &(struct gc_options){.dry = false}, &r, &e))
        fail_msg("%s", e.text);
    return (ssize_t)n;
}

/* What is said of the first cell comes before any is written: a gc then has all names to take. */
static void names_outlive_gc(void **state)
{
    (void)state;
    struct config *c = load("[{dump: twins.safetensors}]", "sweep: {grid: {format: [int8, int4]}}\n");
    char db[300];
    snprintf(db, sizeof db, "%s", fresh("collected.db"));
    FILE *f = fopencookie(db, "w", (cookie_io_functions_t){.write = collect});
    assert_non_null(f);
    setvbuf(f, NULL, _IOLBF, 0);
    struct run_options o = options(db, 1);
    o.quiet = false;
    o.verbose = true;
    o.progress = f;
    struct run_summary s;
    run_ok(c, &o, &s);
    fclose(f);
    rows_expect(db, "SELECT member FROM tensor_name ORDER BY 1", "member\na\ntwin\n");
    config_free(c);
}

/* A cell that fails fails under every name of its tensor; before a run, nothing of it is in the database. */
static void twins_fail_together(void **state)
{
    (void)state;
    struct config *c = load("[{dump: twins.safetensors}]",
                            "sweep: {include: [{format: int8}, {format: int4, per: token, axis: head}]}\n");
    struct run_options o = options(fresh("fail_twins.db"), 2);
    struct run_summary s;
    struct error e = {{0}};
    char *text = NULL;
    size_t n = 0;
    FILE *f = open_memstream(&text, &n);
    assert_int_equal(plan_show(c, &o, f, &s, &e), STATUS_OK);
    fclose(f);
    assert_int_equal(s.cached, 0);
    assert_int_equal(s.pending, 4);
    assert_non_null(strstr(text, " = 4 cells, 0 in "));
    assert_non_null(strstr(text, ", 4 to do (2 of them shared by equal tensors)\n"));
    free(text);
    assert_int_equal(run_execute(c, &o, &s, &e), STATUS_DIFFERENT);
    assert_non_null(strstr(e.text, "2 of 4 cells failed"));
    assert_int_equal(s.done, 1);
    assert_int_equal(s.cached, 1);
    assert_int_equal(s.failed, 2);
    assert_int_equal(s.pending, 0);
    config_free(c);
}

static void rows_say_what_was_done(void **state)
{
    (void)state;
    struct config *c =
        load("[{dump: d.safetensors, select: a}]",
             "cost: none\nmetrics: mse\nsweep: {include: [{format: nvfp4}, {format: int8, per: none},"
             " {format: e4m3, per: token, axis: channel}]}\n");
    const char *db = fresh("rows.db");
    struct run_options o = options(db, 1);
    struct run_summary s;
    run_ok(c, &o, &s);
    rows_expect(
        db,
        "SELECT op, format, family, bits, exponent_bits, mantissa_bits, bias, specials, per, block, axis, "
        "scale, second, scale_order, round, overflow, clip, seed, status FROM cell ORDER BY format",
        "op,format,family,bits,exponent_bits,mantissa_bits,bias,specials,per,block,axis,scale,second,"
        "scale_order,round,overflow,clip,seed,status\n"
        "quantize,e2m1,float,4,2,1,1,none,block,16,last,e4m3,tensor,te,rne,saturate,1,5,done\n"
        "quantize,e4m3,float,8,4,3,7,nan,token,,channel,fp32,none,exact,rne,saturate,1,5,done\n"
        "quantize,int8,int,8,,,,,none,,,,,,rne,saturate,,5,done\n");
    char *text = rows_csv(
        db, "SELECT length(git_commit) > 0 AS g, version, length(hostname) > 0 AS h, ncpu > 0 AS n, "
            "json_valid(libs) AS j, argv FROM run JOIN build USING(build_id) JOIN host USING(host_id)");
    assert_non_null(strstr(text, "g,version,h,n,j,argv\n1,"));
    assert_non_null(strstr(text, ",1,1,1,test_run\n"));
    free(text);
    config_free(c);
}

/* A study of these schemes on a small tensor. */
static struct config *of_schemes(const struct strbuf *formats)
{
    struct strbuf rest = {0};
    strbuf_printf(&rest, "cost: none\nmetrics: mse\nsweep: {grid: {format: [%s]}}\n", formats->text);
    assert_false(rest.failed);
    struct config *c = load("[{dump: d.safetensors, select: odd}]", rest.text);
    strbuf_free(&rest);
    return c;
}

/* v_scheme knows the plain value of every key: formats in plain scalings have no `extra`. */
static void plain_schemes_have_no_extra(void **state)
{
    (void)state;
    static const char *const scalings[] = {"",
                                           ",round=rna",
                                           ",round=sr",
                                           ",per=tensor",
                                           ",per=channel,axis=last",
                                           ",block=4",
                                           ",block=4,scale=e8m0",
                                           ",block=4,scale=e8m0,scale_rule=rceil",
                                           ",block=4,scale=e4m3",
                                           ",block=4,scale=e4m3,second=tensor",
                                           ",block=4,scale=e4m3,second=tensor,order=te"};
    struct strbuf formats = {0};
    size_t n = 0, tried = 0;
    for (size_t i = 0; i < format_count(); i++)
        for (size_t j = 0; j < sizeof scalings / sizeof *scalings; j++, tried++) {
            char text[128];
            struct quant_spec q;
            struct error e = {{0}};
            snprintf(text, sizeof text, "%s%s", format_at(i)->name, scalings[j]);
            if (!scheme_parse(text, &q, &e))
                strbuf_printf(&formats, "%s'%s'", n++ ? ", " : "", text);
        }
    struct config *c = of_schemes(&formats);
    const char *db = fresh("plain.db");
    struct run_options o = options(db, 2);
    struct run_summary s;
    run_ok(c, &o, &s);
    assert_int_equal(s.done, c->n_schemes);
    assert_true(2 * n > tried);
    rows_expect(db, "SELECT extra, count(*) AS n FROM v_scheme WHERE extra <> '' GROUP BY extra",
                "extra,n\n");
    printf("# covered plain schemes: %zu\n", c->n_schemes);
    strbuf_free(&formats);
    config_free(c);
}

static void extra_is_what_departs(void **state)
{
    (void)state;
    struct strbuf formats = {0};
    strbuf_add(
        &formats,
        "'e2m1,round=rna,half=fp32', 'e2m1,carry=or', 'e2m1,round=sr,sr_bits=8', 'mxfp4,scale_log2=fp32',"
        " 'mxfp4,scale_shift=1', 'e2m1,block=4,scale=e4m3,scale_underflow=min', "
        "'nvfp4,scale_steps=top-first', 'nvfp4,order=exact,quotient=divide',"
        " 'nvfp4,order=exact,quotient=divide,scale_steps=product,second_stores=divisor'");
    struct config *c = of_schemes(&formats);
    const char *db = fresh("departs.db");
    struct run_options o = options(db, 1);
    struct run_summary s;
    run_ok(c, &o, &s);
    rows_expect(
        db, "SELECT extra FROM v_scheme ORDER BY extra",
        "extra\ncarry=or\nhalf=fp32\n\"quotient=divide,via=fp32\"\nscale_log2=fp32\nscale_shift=1\nscale_"
        "steps=top-first\n"
        "scale_underflow=min\n\"second_stores=divisor,scale_steps=product,quotient=divide,via=fp32\"\n"
        "sr_bits=8\n");
    strbuf_free(&formats);
    config_free(c);
}

/* A run from another folder names the same dump; the hash of the study knows no folder. */
static void paths_are_real(void **state)
{
    (void)state;
    char here[4096], hash[65];
    assert_non_null(getcwd(here, sizeof here));
    const char *db = fresh("paths.db");
    struct run_options o = options(db, 1);
    struct run_summary s;
    struct config *c = load("[{dump: d.safetensors, select: a}]", "format: int8\n");
    memcpy(hash, c->sha256, sizeof hash);
    run_ok(c, &o, &s);
    config_free(c);
    c = NULL;
    struct error e = {{0}};
    assert_int_equal(chdir(test_dir()), 0);
    enum status loaded = config_load("s.yaml", NULL, 0, &c, &e);
    if (!loaded)
        run_ok(c, &o, &s);
    assert_int_equal(chdir(here), 0);
    assert_int_equal(loaded, STATUS_OK);
    assert_string_equal(c->sha256, hash);
    rows_expect(db,
                "SELECT count(*) AS n, substr(min(path), 1, 1) AS root, substr(min(path), -14) AS file FROM "
                "tensor_name",
                "n,root,file\n1,/,/d.safetensors\n");
    config_free(c);
}

/* The bytes of a name change: said once, by the run that meets them. */
static void changes_are_said(void **state)
{
    (void)state;
    float x[4] = {1, 2, 3, 4};
    const struct tensor_view t = view_of("v", x, 2, 2, NULL);
    struct run_options o = options(fresh("changed.db"), 1);
    static const char *const said[] = {"", "", "1 tensor of ", ""};
    for (size_t i = 0; i < 4; i++) {
        char *text = NULL;
        size_t n = 0;
        struct error e = {{0}};
        struct run_summary s;
        x[0] = i < 2 ? 1.0F : 2.0F;
        assert_int_equal(npy_write(test_path("v.npy"), &t, &e), STATUS_OK);
        struct config *c = load("[{dump: v.npy}]", "format: int8\n");
        o.progress = open_memstream(&text, &n);
        run_ok(c, &o, &s);
        fclose(o.progress);
        assert_int_equal(*text != 0, *said[i] != 0);
        assert_non_null(strstr(text, said[i]));
        free(text);
        config_free(c);
    }
}

/* A rewritten line is never wider than the terminal. */
static void progress_fits(void **state)
{
    (void)state;
    int master = posix_openpt(O_RDWR | O_NOCTTY);
    if (master < 0 || grantpt(master) || unlockpt(master))
        skip();
    int slave = open(ptsname(master), O_RDWR | O_NOCTTY);
    const struct winsize size = {.ws_row = 24, .ws_col = 20};
    assert_true(slave >= 0);
    assert_int_equal(ioctl(slave, TIOCSWINSZ, &size), 0);
    struct progress p = {
        .out = fdopen(slave, "w"), .live = true, .total_cells = 100000, .total_elements = 1000000};
    assert_non_null(p.out);
    progress_cell(&p, false);
    char line[256] = "";
    assert_true(read(master, line, sizeof line - 1) > 0);
    assert_string_equal(line, "\r1/100000 cells (0%)\033[K");
    fclose(p.out);
    close(master);
}

static void inputs_are_checked(void **state)
{
    (void)state;
    struct run_summary s;
    struct run_options o = options(fresh("inputs.db"), 1);
    struct config *c = load("[{dump: d.safetensors, select: [a, od]}]", "format: int8\n");
    struct error pattern = {{0}}, dump = {{0}}, db = {{0}};
    assert_int_equal(run_execute(c, &o, &s, &pattern), STATUS_INVALID);
    assert_non_null(strstr(pattern.text, "s.yaml:3:44: select: 'od' matches no tensor of "));
    assert_non_null(strstr(pattern.text, "did you mean 'odd'? it has 3: a, b, odd"));
    config_free(c);
    c = load("[{dump: nowhere.npy}]", "format: int8\n");
    assert_int_equal(run_execute(c, &o, &s, &dump), STATUS_MISSING);
    assert_non_null(strstr(dump.text, "s.yaml:3:17: dump: "));
    assert_non_null(strstr(dump.text, "nowhere.npy"));
    assert_int_not_equal(access(o.db, F_OK), 0);
    config_free(c);
    c = study();
    o.db = test_dir();
    assert_int_equal(run_execute(c, &o, &s, &db), STATUS_IO);
    config_free(c);
}

static void plans_touch_nothing(void **state)
{
    (void)state;
    struct config *c = study();
    const char *db = fresh("plan.db");
    struct run_options o = options(db, 2);
    struct run_summary s;
    struct error e = {{0}};
    char *text = NULL;
    size_t n = 0;
    FILE *f = open_memstream(&text, &n);
    assert_int_equal(plan_show(c, &o, f, &s, &e), STATUS_OK);
    fclose(f);
    assert_int_not_equal(access(db, F_OK), 0);
    assert_int_equal(s.pending, 10);
    assert_int_equal(s.peak_bytes, (2 * 2048 + 2 * 2048) * sizeof(float));
    assert_true(s.seconds > 0);
    assert_non_null(strstr(text, "2 tensors x 5 schemes = 10 cells, 0 in "));
    assert_non_null(strstr(text, "  ... 4 more\n"));
    assert_non_null(strstr(text, " cells measured now\n"));
    free(text);
    o.only = "tensor=a";
    f = open_memstream(&text, &n);
    assert_int_equal(plan_show(c, &o, f, &s, &e), STATUS_OK);
    fclose(f);
    assert_int_equal(s.subjects, 1);
    assert_non_null(strstr(text, "1 tensors x 5 schemes = 5 cells, 0 in "));
    free(text);
    run_ok(c, &o, &s);
    o.only = NULL;
    f = open_memstream(&text, &n);
    assert_int_equal(plan_show(c, &o, f, &s, &e), STATUS_OK);
    fclose(f);
    assert_int_equal(s.cached, 5);
    assert_int_equal(s.pending, 5);
    /* the times of cells that are there are those of the database */
    assert_non_null(strstr(text, "\n  the time is from 5 cells of the database\n"));
    free(text);
    config_free(c);
}

/* Two workers in lockstep hold two subjects, never all. */
static void subjects_come_and_go(void **state)
{
    (void)state;
    struct config *c =
        load("[{dump: d.safetensors}, {dump: big.npy}]", "sweep: {grid: {format: [int8, int4]}}\n");
    struct run_options o = options("", 1);
    struct plan p;
    struct error e = {{0}};
    assert_int_equal(plan_subjects(c, &o, &p, &e), STATUS_OK);
    assert_int_equal(plan_cells(&p, &o, NULL, &e), STATUS_OK);
    assert_int_equal(p.n_todo, 8);
    struct subjects *s = subjects_open(&p);
    assert_non_null(s);
    for (size_t i = 0; i < p.n_todo; i++) {
        const struct subject *x;
        assert_int_equal(subjects_acquire(s, p.todo[i].subject, &x, &e), STATUS_OK);
        assert_string_equal(x->hash, p.subjects[p.todo[i].subject].facts.hash);
        assert_non_null(x->x);
        if (i)
            subjects_release(s, p.todo[i - 1].subject, 1);
    }
    subjects_release(s, p.todo[p.n_todo - 1].subject, 1);
    assert_int_equal(subjects_peak(s), 2);
    subjects_close(s);
    plan_free(&p);
    config_free(c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(same_for_any_jobs),
        cmocka_unit_test(resumes),
        cmocka_unit_test(sensitivity),
        cmocka_unit_test(metrics_are_added),
        cmocka_unit_test(only_narrows),
        cmocka_unit_test(failures_are_recorded),
        cmocka_unit_test(interruption_loses_nothing),
        cmocka_unit_test(twins_share_cells),
        cmocka_unit_test(names_outlive_gc),
        cmocka_unit_test(twins_fail_together),
        cmocka_unit_test(paths_are_real),
        cmocka_unit_test(changes_are_said),
        cmocka_unit_test(progress_fits),
        cmocka_unit_test(rows_say_what_was_done),
        cmocka_unit_test(plain_schemes_have_no_extra),
        cmocka_unit_test(extra_is_what_departs),
        cmocka_unit_test(inputs_are_checked),
        cmocka_unit_test(plans_touch_nothing),
        cmocka_unit_test(subjects_come_and_go),
    };
    return cmocka_run_group_tests_name("run", tests, write_dumps, NULL);
}
