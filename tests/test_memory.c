/* Every allocation of the readers and of the store that can fail, one by one: an error that says so, nothing
 * left behind (which the sanitizers see), and a later try that succeeds. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zip.h>

#ifdef BITSWEEP_HDF5
#define H5_USE_110_API
#include <hdf5.h>
#endif

#include "experiments/config.h"
#include "results/merge.h"
#include "results/query.h"
#include "results/store_internal.h"
#include "sim/book.h"
#include "sim/pipeline.h"
#include "sim/scheme.h"
#include "sim/vectors/vectors.h"
#include "tests/alloc.h"
#include "tests/bytes.h"
#include "tests/check.h"
#include "tests/gguf_bytes.h"
#include "tests/rows.h"
#include "tests/word.h"

static size_t failures, tolerated; /* of all tests */

/* An attempt closes what it opened. Some of the C library's allocations may fail without harm: then it
 * succeeds. */
typedef enum status attempt(void *context, struct error *e);

/* alloc_fail or alloc_fail_own. */
typedef void arming(size_t n, bool all);

static bool says_memory(const struct error *e)
{
    return strstr(e->text, "memory") || strstr(e->text, "cannot start a thread") ||
           strstr(e->text,
                  "Not a zip archive") || /* what libzip says where it cannot look for the directory */
           strstr(e->text, "failed: json_valid("); /* SQLite 3.40, where it cannot read what is to be JSON */
}

/* How many allocations an attempt takes, when each has failed once, alone and with all after it. */
static size_t each_failure_by(arming *arm, const char *what, attempt *try_it, void *context)
{
    size_t count = 0;
    for (int all = 0; all < 2; all++)
        for (size_t n = 0;; n += WATCHED && n >= 64 ? 29 : 1) {
            struct error e = {{0}};
            arm(n, all);
            enum status s = try_it(context, &e);
            count = alloc_stop();
            if (count <= n) {
                if (s)
                    fail_msg("%s: %s", what, e.text);
                break;
            }
            failures++;
            tolerated += !s;
            if (s && !says_memory(&e))
                fail_msg("%s: allocation %zu%s: status %d, \"%s\"", what, n, all ? " and on" : "", s, e.text);
        }
    assert_true(count > 0);
    return count;
}

static size_t each_failure(const char *what, attempt *try_it, void *context)
{
    return each_failure_by(alloc_fail, what, try_it, context);
}

static int can_fail(void **state)
{
    (void)state;
    return alloc_can_fail() ? 0 : -1;
}

/* --- readers --- */

#define NPY_DICTIONARY "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 4), }"

static const float eight[] = {1, 2, 3, 4, 5, 6, 7, 8};

/* Tensors a and b, a metadata key, and a tensor that is listed as unreadable. */
static void write_gguf(void)
{
    enum { STRING = 8, T_F32 = 0, T_Q8_0 = 8, T_I64 = 27, BLOCK = 34 };
    static struct gguf_bytes g;
    static const unsigned char block[BLOCK];
    gguf_begin(&g, 3, 3, 1);
    gguf_key(&g, "general.architecture", STRING), gguf_text(&g, "llama");
    gguf_tensor(&g, "a", 2, (const uint64_t[]){4, 2}, T_F32, 0);
    gguf_tensor(&g, "wide", 1, (const uint64_t[]){1}, T_I64, 32);
    gguf_tensor(&g, "b", 1, (const uint64_t[]){32}, T_Q8_0, 64);
    gguf_pad(&g, 32);
    gguf_data(&g, eight, sizeof eight);
    gguf_pad(&g, 32);
    gguf_number(&g, 1, 8);
    gguf_pad(&g, 32);
    gguf_data(&g, block, sizeof block);
    bytes_file("a.gguf", g.at, g.n);
}

static void write_dumps(void)
{
    write_gguf();
    unsigned char npy[512];
    const size_t n = npy_bytes(npy, 1, NPY_DICTIONARY, eight, sizeof eight);
    bytes_file("a.npy", npy, n);
    bytes_file("a.bin", eight, sizeof eight);
    const char header[] = "{\"__metadata__\":{\"axes.a\":\"token\",\"key\":\"value\"},"
                          "\"a\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[0,1]},"
                          "\"b\":{\"dtype\":\"C64\",\"shape\":[1],\"data_offsets\":[1,9]}}";
    unsigned char safe[8 + sizeof header - 1 + 9] = {sizeof header - 1};
    memcpy(safe + 8, header, sizeof header - 1);
    bytes_file("a.safetensors", safe, sizeof safe);
    bytes_file("said.safetensors", safe, sizeof safe);
    static const char said[] = "{\"a\": {\"role\": \"q\", \"axes\": [\"token\"]}, \"*\": {\"layer\": 3}}";
    bytes_file("said.safetensors.tensors.json", said, sizeof said - 1);
    char path[300];
    snprintf(path, sizeof path, "%s/folder", test_dir());
    mkdir(path, 0777);
    bytes_file("folder/x.npy", npy, n);
    bytes_file("folder/y.npy", npy, n);
    snprintf(path, sizeof path, "%s/a.npz", test_dir());
    zip_t *z = zip_open(path, ZIP_CREATE | ZIP_TRUNCATE, NULL);
    assert_non_null(z);
    for (int i = 0; i < 3; i++) {
        static const char *const names[] = {"stored.npy", "deflated.npy", "text"};
        zip_int64_t at = zip_file_add(z, names[i], zip_source_buffer(z, npy, i == 2 ? 4 : n, 0), 0);
        assert_true(at >= 0);
        assert_int_equal(zip_set_file_compression(z, (zip_uint64_t)at, i ? ZIP_CM_DEFLATE : ZIP_CM_STORE, 0),
                         0);
    }
    assert_int_equal(zip_close(z), 0);
}

struct reading {
    char path[300];
    const struct dump_hint *hint;
    size_t tensors;
};

static enum status read_dump(void *context, struct error *e)
{
    const struct reading *r = context;
    struct dump *d = NULL;
    enum status s = dump_open(r->path, r->hint, &d, e);
    for (size_t i = 0; !s && i < dump_count(d); i++) {
        const struct tensor_view *t;
        struct subject x;
        s = dump_load(d, i, &t, e);
        if (!s)
            s = subject_load(t, NULL, &x, e);
        if (!s) {
            const float *want = t->dtype == DTYPE_F32 && t->rank == 2 ? eight : NULL;
            if (want && (x.n != 8 || memcmp(x.x, want, sizeof eight) != 0))
                s = error_set(e, STATUS_DIFFERENT, "other values");
            subject_free(&x);
        }
        dump_unload(d, i);
    }
    if (!s && dump_count(d) != r->tensors)
        s = error_set(e, STATUS_DIFFERENT, "other tensors");
    if (!s)
        s = dump_check(d, e);
    dump_close(d);
    return s;
}

static void readers(void **state)
{
    (void)state;
    static const struct dump_hint hint = {
        .has_dtype = true, .has_shape = true, .dtype = DTYPE_F32, .rank = 2, .shape = {2, 4}};
    static const struct {
        const char *name;
        const struct dump_hint *hint;
        size_t tensors;
    } dumps[] = {
        {"a.npy", NULL, 1},  {"a.npz", NULL, 2},  {"a.safetensors", NULL, 1}, {"said.safetensors", NULL, 1},
        {"a.gguf", NULL, 2}, {"a.bin", &hint, 1}, {"folder", NULL, 2}};
    write_dumps();
    for (size_t i = 0; i < sizeof dumps / sizeof *dumps; i++) {
        struct reading r = {.hint = dumps[i].hint, .tensors = dumps[i].tensors};
        snprintf(r.path, sizeof r.path, "%s/%s", test_dir(), dumps[i].name);
        size_t n = each_failure(dumps[i].name, read_dump, &r);
        print_message("# covered allocations: %zu of %s\n", n, dumps[i].name);
    }
}

/* libhdf5 1.10 calls itself without end where it cannot allocate its first list of errors, so that only our
 * allocations fail here. */
static void hdf5_reader(void **state)
{
    (void)state;
#ifdef BITSWEEP_HDF5
    struct reading r = {.tensors = 2};
    snprintf(r.path, sizeof r.path, "%s", test_path("a.h5"));
    const hsize_t shape[2] = {2, 4};
    const hid_t file = H5Fcreate(r.path, H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT),
                space = H5Screate_simple(2, shape, NULL), plist = H5Pcreate(H5P_DATASET_CREATE);
    assert_true(H5Pset_chunk(plist, 2, shape) >= 0 && H5Pset_deflate(plist, 6) >= 0);
    for (int packed = 0; packed < 2; packed++) {
        const hid_t set = H5Dcreate2(file, packed ? "packed" : "a", H5T_IEEE_F32LE, space, H5P_DEFAULT,
                                     packed ? plist : H5P_DEFAULT, H5P_DEFAULT);
        assert_true(H5Dwrite(set, H5T_NATIVE_FLOAT, H5S_ALL, H5S_ALL, H5P_DEFAULT, eight) >= 0);
        H5Dclose(set);
    }
    H5Pclose(plist), H5Sclose(space), H5Fclose(file);
    print_message("# covered allocations: %zu of HDF5, our own\n",
                  each_failure_by(alloc_fail_own, "a.h5", read_dump, &r));
#else
    print_message("# skipped: HDF5 is not available\n");
    skip();
#endif
}

static enum status read_book(void *context, struct error *e)
{
    struct format f;
    return book_read(context, &f, e);
}

static enum status read_vectors(void *context, struct error *e)
{
    struct vectors_report report;
    return vectors_check(context, &report, e);
}

static char config_sha256[65]; /* of the study, read while nothing fails */

static enum status read_config(void *context, struct error *e)
{
    struct config *c = NULL;
    enum status s = config_load(context, NULL, 0, &c, e);
    if (!s && !*config_sha256)
        snprintf(config_sha256, sizeof config_sha256, "%s", c->sha256);
    if (!s && (strcmp(config_sha256, c->sha256) != 0 || c->n_schemes != 4))
        s = error_set(e, STATUS_DIFFERENT, "another study");
    config_free(c);
    return s;
}

/* A cell of a tensor: its key and its result. */
static enum status compute(void *context, struct error *e)
{
    static char want[2][HASH_HEX_SIZE];
    const struct tensor_view *t = context;
    const struct metric *metrics[] = {metric_find("mse"), metric_find("codes_used")};
    struct subject x;
    struct quant_spec q;
    double values[2];
    char key[HASH_HEX_SIZE], *json = NULL;
    struct cell_result r = {.metrics = values};
    enum status s = scheme_parse("mxfp4,block=4", &q, e);
    if (!s)
        s = subject_load(t, NULL, &x, e);
    if (s)
        return s;
    const struct cell_request cell = {.subject = &x, .spec = &q, .metrics = metrics, .n_metrics = 2};
    s = pipeline_cell_key(&cell, key, &json, e);
    if (!s)
        s = pipeline_cell(&cell, &r, e);
    if (!s && !*want[0]) {
        memcpy(want[0], key, sizeof key);
        memcpy(want[1], r.result_hash, sizeof r.result_hash);
    }
    if (!s && (strcmp(key, want[0]) != 0 || strcmp(r.result_hash, want[1]) != 0))
        s = error_set(e, STATUS_DIFFERENT, "another key or result");
    free(json);
    subject_free(&x);
    return s;
}

static void cell(void **state)
{
    (void)state;
    struct tensor_view t = {.name = "t", .data = eight, .dtype = DTYPE_F32, .rank = 2, .shape = {2, 4}};
    struct error e = {{0}};
    tensor_set_c_order(&t);
    assert_int_equal(compute(&t, &e), STATUS_OK);
    print_message("# covered allocations: %zu of a cell\n", each_failure("cell", compute, &t));
}

static void texts(void **state)
{
    (void)state;
    char path[300];
    write_dumps();
    snprintf(path, sizeof path, "%s", bytes_file("book.txt", "-1\n0\n0.5\n1\n", 11));
    print_message("# covered allocations: %zu of a codebook\n", each_failure("codebook", read_book, path));
    static const char vectors[] =
        "// vectors: e2m1\n// length: 1\n3f000000 1 3f000000\n3f800000 2 3f800000\n";
    snprintf(path, sizeof path, "%s", bytes_file("v.txt", vectors, sizeof vectors - 1));
    print_message("# covered allocations: %zu of vectors\n", each_failure("vectors", read_vectors, path));
    static const char study[] =
        "name: t\ninputs: [{dump: a.npy, select: ['a*']}]\nmetrics: [mse]\ncost: none\n"
        "sweep: {grid: {format: [int8, mxfp4], round: [rne, sr]}}\n";
    snprintf(path, sizeof path, "%s", bytes_file("s.yaml", study, sizeof study - 1));
    struct error e = {{0}};
    assert_int_equal(read_config(path, &e), STATUS_OK);
    print_message("# covered allocations: %zu of a study\n", each_failure("study", read_config, path));
}

/* --- the store --- */

enum { CELLS = 3 };

static void remove_database(const char *path)
{
    static const char *const ends[] = {"", "-wal", "-shm", "-journal"};
    for (size_t i = 0; i < 4; i++) {
        char name[400];
        snprintf(name, sizeof name, "%s%s", path, ends[i]);
        unlink(name);
    }
}

static enum status begin_run(struct store *s, int64_t *run, struct error *e)
{
    static const char digest[] = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";
    struct store_run row = {.config_sha256 = digest,
                            .config_name = "memory",
                            .config_source = "",
                            .config_resolved = "{}",
                            .argv = "test_memory",
                            .provenance = {.version = "1",
                                           .git_commit = "c",
                                           .compiler = "c",
                                           .libs = "{}",
                                           .hostname = "h",
                                           .cpu = "c",
                                           .os = "o",
                                           .isa = "scalar"}};
    return store_run_begin(s, &row, run, e);
}

/* A run of some cells, from opening to closing. */
static enum status write_run(const char *path, struct error *e)
{
    struct store *s = NULL;
    int64_t run = 0;
    enum status status = store_open(path, &s, e);
    if (!status)
        status = begin_run(s, &run, e);
    for (int i = 0; i < CELLS && !status; i++) {
        char tensor[8];
        struct row r;
        snprintf(tensor, sizeof tensor, "t%d", i);
        row_make(&r, &(struct row_spec){.format = "int8", .tensor = tensor});
        status = store_put(s, run, &r.cell, e);
    }
    if (!status)
        status = store_run_end(s, run, "done", e);
    enum status closed = store_close(s, status ? NULL : e);
    return status ? status : closed;
}

static void assert_whole(const char *path)
{
    if (access(path, F_OK) != 0)
        return;
    assert_string_equal(rows_ask(path, "PRAGMA integrity_check"), "ok");
    assert_string_equal(rows_ask(path, "SELECT count(*) FROM pragma_foreign_key_check"), "0");
    if (!strcmp(rows_ask(path, "SELECT count(*) FROM sqlite_schema"), "0"))
        return;
    char sql[200];
    snprintf(
        sql, sizeof sql,
        "SELECT count(*) FROM cell c WHERE (SELECT count(*) FROM value v WHERE v.cell_id = c.cell_id) <> %d"
        " OR (SELECT count(*) FROM cost o WHERE o.cell_id = c.cell_id) <> %d",
        ROW_METRICS, ROW_COSTS);
    assert_string_equal(rows_ask(path, sql), "0");
}

/* An attempt on a database that is as it was, looked at afterwards, while nothing fails. */
struct work {
    const char *path;
    const unsigned char *bytes; /* NULL: there is none at first */
    size_t size;
    attempt *then;
};

static void put_back(const struct work *w)
{
    remove_database(w->path);
    if (!w->bytes)
        return;
    FILE *f = fopen(w->path, "wb");
    assert_non_null(f);
    assert_int_equal(fwrite(w->bytes, 1, w->size, f), w->size);
    assert_int_equal(fclose(f), 0);
}

/* Allocation n fails. False if there is none of that number. */
static bool one_failure(arming *arm, const char *what, struct work *w, size_t n, bool all)
{
    struct error e = {{0}}, again = {{0}};
    put_back(w);
    arm(n, all);
    enum status s = w->then(w, &e);
    const bool failed = alloc_stop() > n;
    failures += failed;
    tolerated += failed && !s;
    if (s && (!failed || s != STATUS_INTERNAL || !says_memory(&e)))
        fail_msg("%s: allocation %zu%s: status %d, \"%s\"", what, n, all ? " and on" : "", s, e.text);
    assert_whole(w->path);
    if (s && w->then(w, &again))
        fail_msg("%s: after allocation %zu%s failed: %s", what, n, all ? " and on" : "", again.text);
    return failed;
}

/* SQLite allocates thousands of times: a sample of them, or all with the word "all" or the first of `what`.
 * Of the program's own the first ones, then a sample. */
static void each_failure_of(const char *what, struct work *w)
{
    enum { SAMPLES = WATCHED ? 10 : 25, PROGRESS = 2000, OWN = 64, OWN_STEP = 29 };
    const bool each =
        test_word && (!strcmp(test_word, "all") || !strncmp(what, test_word, strcspn(what, " ")));
    struct error e = {{0}};
    put_back(w);
    alloc_fail(SIZE_MAX, false);
    if (w->then(w, &e))
        fail_msg("%s: %s", what, e.text);
    const size_t count = alloc_stop(), before = failures;
    const size_t step = each ? 1 : count / SAMPLES + 1;
    for (int all = 0; all < 2; all++)
        for (size_t n = all ? step / 2 : 0; one_failure(alloc_fail, what, w, n, all); n += step)
            if (each && n % PROGRESS == 0)
                print_message("# %s: %zu of %zu%s\n", what, n, count, all ? ", and all after it" : "");
    const size_t of_all = failures - before;
    for (int all = 0; all < 2; all++)
        for (size_t n = 0; one_failure(alloc_fail_own, what, w, n, all); n += n < OWN ? 1 : OWN_STEP)
            ;
    print_message("# covered allocations: %zu, of %zu of %s; and %zu of our own\n", of_all, count, what,
                  failures - before - of_all);
}

static enum status then_write(void *context, struct error *e)
{
    return write_run(((struct work *)context)->path, e);
}

static enum status then_query(void *context, struct error *e)
{
    struct query *q = NULL;
    size_t rows = 0;
    FILE *null = fopen("/dev/null", "w");
    enum status s = null ? query_open(((struct work *)context)->path, 0, &q, e)
                         : error_set(e, STATUS_INTERNAL, "out of memory");
    if (!s)
        s = query_write(q, "v_cell", TABLE_JSON, null, &rows, e);
    if (!s && rows != CELLS)
        s = error_set(e, STATUS_DIFFERENT, "%zu rows", rows);
    if (!s)
        s = query_write(q, "SELECT * FROM v_value WHERE class = 'finite'; -- and a rest", TABLE_TEXT, null,
                        &rows, e);
    query_close(q);
    if (null)
        fclose(null);
    return s;
}

static char other[300];

static enum status then_merge(void *context, struct error *e)
{
    struct merge_report r;
    return merge_file(((struct work *)context)->path, other, &r, e);
}

static void store(void **state)
{
    (void)state;
    char path[300], filled[300];
    struct error e = {{0}};
    /* in memory where that can be had: a sample is some thousand databases */
    char room[] = "/dev/shm/bitsweep-test-XXXXXX";
    const char *dir = mkdtemp(room) ? room : test_dir();
    snprintf(path, sizeof path, "%s/work.db", dir);
    snprintf(filled, sizeof filled, "%s/filled.db", dir);
    snprintf(other, sizeof other, "%s/other.db", dir);
    if (write_run(filled, &e) || write_run(other, &e))
        fail_msg("%s", e.text);
    size_t n;
    unsigned char *bytes = bytes_of(filled, &n);
    struct work w = {.path = path, .then = then_write};
    each_failure_of("making a database", &w);
    assert_string_equal(rows_ask(path, "SELECT count(*) FROM cell"), "3");
    w.bytes = bytes;
    w.size = n;
    each_failure_of("going on with one", &w);
    w.then = then_query;
    each_failure_of("queries", &w);
    w.then = then_merge;
    each_failure_of("merging", &w);
    assert_string_equal(rows_ask(path, "SELECT count(*) FROM run"), "2");
    char *leftovers = NULL;
    assert_true(asprintf(&leftovers, "test -z \"$(ls %s | grep merge-)\"", dir) > 0);
    assert_int_equal(system(leftovers), 0);
    free(leftovers);
    free(bytes);
    remove_database(path);
    remove_database(filled);
    remove_database(other);
    if (dir == room)
        rmdir(dir);
}

static void enough(void **state)
{
    (void)state;
    print_message("# covered allocations that failed: %zu, %zu of them without harm\n", failures, tolerated);
    assert_true(failures > 500 && tolerated < failures / 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(readers, can_fail), cmocka_unit_test_setup(hdf5_reader, can_fail),
        cmocka_unit_test_setup(texts, can_fail),   cmocka_unit_test_setup(cell, can_fail),
        cmocka_unit_test_setup(store, can_fail),   cmocka_unit_test_setup(enough, can_fail),
    };
    return cmocka_run_group_tests_name("memory", tests, NULL, NULL);
}
