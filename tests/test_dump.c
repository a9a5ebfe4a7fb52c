/* Opening files of any kind, raw data, the writers' promises, and the recorded tensors of ../shared. */
#include <errno.h>
#include <jansson.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sim/base/new_file.h"
#include "sim/base/sum.h"
#include "tests/bytes.h"
#include "tests/check.h"

static void not_a_dump(void **state)
{
    (void)state;
    expect_refused(test_path("absent.npy"), NULL, STATUS_MISSING, "No such file or directory");
    expect_refused("/dev/null", NULL, STATUS_MISSING, "is not a regular file");
    assert_int_equal(mkfifo(test_path("pipe.npy"), 0600), 0);
    expect_refused(test_path("pipe.npy"), NULL, STATUS_MISSING, "is not a regular file");
    expect_refused(bytes_file("empty.npz", "", 0), NULL, STATUS_MISSING, "the file is empty");
    expect_refused(
        bytes_file("notes.txt", "hello", 5), NULL, STATUS_MISSING,
        "no dump of a known format: it begins with 68 65 6c 6c 6f; known are npy, npz, safetensors, gguf, "
        "hdf5, raw, folder (raw data need a dtype and a shape)");
    char under[600];
    snprintf(under, sizeof under, "%s/x", bytes_file("file", "x", 1));
    expect_refused(under, NULL, STATUS_IO, "Not a directory");
    assert_int_equal(symlink("loop", test_path("loop")), 0);
    expect_refused(test_path("loop"), NULL, STATUS_IO, "symbolic links");
    const char *locked = bytes_file("locked.npy", "x", 1);
    assert_int_equal(chmod(locked, 0), 0);
    if (geteuid() != 0)
        expect_refused(locked, NULL, STATUS_IO, "Permission denied");
}

/* The content decides; the extension only where no magic is found. */
static void by_content(void **state)
{
    (void)state;
    unsigned char b[256];
    size_t n = npy_bytes(b, 1, "{'descr': '|u1', 'fortran_order': False, 'shape': (1,), }", "x", 1);
    static const char *const names[] = {"a.npz", "a.safetensors", "a.bin", "a", "a.npy"};
    for (size_t i = 0; i < 5; i++) {
        const char *path = bytes_file(names[i], b, n);
        struct dump *d = expect_open(path, NULL);
        assert_string_equal(dump_format_name(d), "npy");
        assert_string_equal(dump_path(d), path);
        assert_string_equal(dump_tensor(d, 0)->name, "a");
        dump_close(d);
    }
    for (size_t i = 0; i < dump_reader_count(); i++) {
        const struct dump_reader *r = dump_reader_at(i);
        assert_true(r->name && strlen(r->doc) > 10 && strlen(r->citation) > 10 && r->matches && r->open);
        assert_false(r->matches((const unsigned char *)"", 0, NULL));
        assert_false(r->matches(NULL, 0, "x.unknown"));
    }
    assert_int_equal(dump_reader_count(), 7);
    dump_close(NULL);
}

static void raw(void **state)
{
    (void)state;
    const unsigned char data[] = {9, 0xff, 0x40, 0xc0, 0x00, 0x3f};
    const char *path = bytes_file("x.y.dat", data, sizeof data);
    struct dump_hint hint = {
        .has_dtype = true, .has_shape = true, .dtype = DTYPE_BF16, .rank = 2, .shape = {1, 2}, .offset = 2};
    struct dump *d = expect_open(path, &hint);
    assert_string_equal(dump_format_name(d), "raw");
    assert_string_equal(dump_tensor(d, 0)->name, "x.y");
    float x[2];
    tensor_read_f32(dump_tensor(d, 0), 0, 2, x);
    assert_memory_equal(x, ((const float[]){-3, 0.5f}), sizeof x);
    dump_close(d);
    hint.offset = 3;
    expect_refused(path, &hint, STATUS_MISSING,
                   "[1,2] of BF16 at offset 3 are 4 bytes, but the file has 6 bytes (3 from there)");
    hint.offset = 1;
    expect_refused(path, &hint, STATUS_MISSING,
                   "at offset 1 are 4 bytes, but the file has 6 bytes (5 from there)");
    hint.offset = SIZE_MAX;
    expect_refused(path, &hint, STATUS_MISSING, "(0 from there)");
    hint.offset = 0;
    hint.shape[0] = (size_t)1 << 62;
    expect_refused(path, &hint, STATUS_MISSING, "the shape [4611686018427387904,2] is too large");
    hint.rank = 9;
    expect_refused(path, &hint, STATUS_INVALID, "a shape of 9 axes; allowed are 0 to 8");
    hint.rank = 2;
    hint.has_dtype = false;
    expect_refused(path, &hint, STATUS_MISSING, "raw data need a dtype and a shape; there is no dtype");
    expect_refused(bytes_file("x.bin", data, 6), NULL, STATUS_MISSING, "there is no dtype and no shape");
    hint = (struct dump_hint){.has_dtype = true, .dtype = DTYPE_U8};
    expect_refused(bytes_file("x.raw", data, 6), &hint, STATUS_MISSING, "there is no shape");
    hint.offset = 1;
    expect_refused(bytes_file("x.raw", data, 6), &hint, STATUS_INVALID,
                   "offset 1 has no effect without a shape");
    hint = (struct dump_hint){.has_dtype = true, .has_shape = true, .dtype = DTYPE_U8, .rank = 1};
    d = expect_open(bytes_file("none.bin", "", 0), &hint);
    assert_int_equal(tensor_count(dump_tensor(d, 0)), 0);
    assert_non_null(dump_tensor(d, 0)->data);
    dump_close(d);
    hint.shape[0] = 1;
    unsigned char b[256];
    size_t n = npy_bytes(b, 1, "{'descr': '|u1', 'fortran_order': False, 'shape': (1,), }", "x", 1);
    expect_refused(
        bytes_file("x.npy", b, n), &hint, STATUS_MISSING,
        "[1] of U8 at offset 0 are 1 bytes, but the file has 129 bytes (129 from there); it looks like "
        "npy: give no shape");
}

static void npy_round_trips(void **state)
{
    (void)state;
    unsigned char data[64 * 8];
    for (size_t i = 0; i < sizeof data; i++)
        data[i] = (unsigned char)(i * 91 + 7);
    for (int i = 0; i < DTYPES; i++)
        for (int rank = 0; rank <= 4; rank++) {
            struct tensor_view t = {.name = "t",
                                    .data = data,
                                    .dtype = (enum dtype)i,
                                    .big_endian = rank % 2,
                                    .rank = rank,
                                    .shape = {2, 3, 1, 5}};
            tensor_set_c_order(&t);
            if (rank > 1) { /* transposed */
                t.stride[0] = (ptrdiff_t)dtype_size(t.dtype);
                t.stride[1] = 2 * t.stride[0];
                t.stride[2] = t.stride[3] = 6 * t.stride[0];
            }
            struct error e = {{0}};
            struct dump_hint hint = {.has_dtype = true, .dtype = t.dtype};
            assert_int_equal(npy_write(test_path("t.npy"), &t, &e), STATUS_OK);
            struct dump *d = expect_open(test_path("t.npy"), &hint);
            char a[65], b[65];
            tensor_hash(&t, a);
            tensor_hash(dump_tensor(d, 0), b);
            assert_string_equal(a, b);
            assert_int_equal((uintptr_t)dump_tensor(d, 0)->data % 64, 0);
            dump_close(d);
        }
    size_t n;
    unsigned char *b = bytes_of(test_path("t.npy"), &n);
    assert_memory_equal(
        b, "\x93NUMPY\1\0\x76\0{'descr': '<u4', 'fortran_order': False, 'shape': (2, 3, 1, 5), } ", 74);
    assert_int_equal(n, 128 + 30 * 4);
    assert_int_equal(b[127], '\n');
    free(b);
}

/* A failed write leaves the old file and no other. */
static void failed_writes(void **state)
{
    (void)state;
    static float data[4096];
    struct tensor_view t = {.name = "t", .data = data, .dtype = DTYPE_F32, .rank = 1, .shape = {4096}};
    tensor_set_c_order(&t);
    struct error e = {{0}};
    const char *path = bytes_file("old.npy", "old", 3);
    size_t files = bytes_folder_count(), n;
    struct rlimit before, small = {1000, 1000};
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
    small.rlim_max = before.rlim_max;
    signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
    enum status s = npy_write(path, &t, &e);
    struct error f = {{0}};
    enum status u = safetensors_write(path, &t, 1, NULL, &f);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
    assert_int_equal(s, STATUS_IO);
    assert_int_equal(u, STATUS_IO);
    assert_non_null(strstr(e.text, "old.npy: cannot write: File too large"));
    assert_string_equal(e.text, f.text);
    assert_int_equal(bytes_folder_count(), files);
    unsigned char *b = bytes_of(path, &n);
    assert_int_equal(n, 3);
    assert_memory_equal(b, "old", 3);
    free(b);
    static const struct {
        const char *path, *message;
    } cases[] = {
        {"/nonexistent/x.npy", "/nonexistent/x.npy: cannot create: No such file or directory"},
        {"/dev/null", "/dev/null: exists and is not a regular file; only a regular file is replaced"},
        {"/tmp", "/tmp: exists and is a directory"}};
    for (size_t i = 0; i < 3; i++) {
        e = (struct error){{0}};
        assert_int_equal(npy_write(cases[i].path, &t, &e), STATUS_IO);
        assert_non_null(strstr(e.text, cases[i].message));
    }
    /* A file left by a killed process of the same number is stepped over; permissions follow the umask. */
    char left[600];
    snprintf(left, sizeof left, ".part-%ld-0", (long)getpid());
    bytes_file(left, "left", 4);
    mode_t mask = umask(027);
    e = (struct error){{0}};
    assert_int_equal(npy_write(path, &t, &e), STATUS_OK);
    umask(mask);
    struct stat st;
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0640);
    assert_int_equal(bytes_folder_count(), files + 1);
}

/* Where a file goes: through links, under a name as long as may be, and with no name until it is whole. */
static void writes_through_links(void **state)
{
    (void)state;
    struct tensor_view t = {.data = "abcd", .dtype = DTYPE_U8, .rank = 1, .shape = {4}, .stride = {1}};
    struct error e = {{0}};
    struct stat st;
    char name[256];
    memset(name, 'n', 255);
    name[255] = '\0';
    assert_int_equal(npy_write(test_path(name), &t, &e), STATUS_OK);
    assert_int_equal(symlink(name, test_path("to")), 0);
    bytes_file(name, "old", 3);
    assert_int_equal(npy_write(test_path("to"), &t, &e), STATUS_OK);
    assert_true(lstat(test_path("to"), &st) == 0 && S_ISLNK(st.st_mode));
    assert_true(lstat(test_path(name), &st) == 0 && S_ISREG(st.st_mode) && st.st_size == 132);
    assert_int_equal(symlink("nothing", test_path("lost")), 0);
    assert_int_equal(npy_write(test_path("lost"), &t, &e), STATUS_IO);
    assert_non_null(strstr(e.text, "lost: is a link that leads to no file: "));
    const size_t files = bytes_folder_count();
    struct new_file f;
    assert_int_equal(new_file_open(&f, test_path("later"), &e), STATUS_OK);
    assert_int_equal(bytes_folder_count(), files + (f.temporary != NULL)); /* not all file systems can */
    new_file_abandon(&f);
    assert_int_equal(bytes_folder_count(), files);
}

/* --- the recorded tensors of ../shared --- */

static void stats_check(const struct tensor_view *t, const json_t *info)
{
    const json_t *stats = json_object_get(info, "stats"), *shape = json_object_get(info, "shape");
    size_t n = tensor_count(t);
    assert_int_equal(n, json_integer_value(json_object_get(stats, "numel")));
    assert_int_equal(t->rank, json_array_size(shape));
    for (int i = 0; i < t->rank; i++)
        assert_int_equal(t->shape[i], json_integer_value(json_array_get(shape, (size_t)i)));
    float *x = malloc(n * sizeof *x);
    tensor_read_f32(t, 0, n, x);
    struct sum mean = {.chunks = 0}, square = {.chunks = 0};
    double most = 0;
    for (size_t i = 0; i < n; i++) {
        sum_add(&mean, (double)x[i]);
        sum_add(&square, (double)x[i] * (double)x[i]);
        most = fmax(most, fabs((double)x[i]));
    }
    free(x);
    double rms = sqrt(sum_value(&square) / (double)n);
    double want_rms = json_real_value(json_object_get(stats, "rms"));
    double want_mean = json_real_value(json_object_get(stats, "mean"));
    assert_true(fabs(rms - want_rms) <= 1e-12 * want_rms);
    assert_true(fabs(sum_value(&mean) / (double)n - want_mean) <= 1e-12 * want_rms);
    assert_true(most == json_number_value(json_object_get(stats, "absmax")));
}

static void shared_check(const char *folder, const char *common)
{
    char path[4200];
    snprintf(path, sizeof path, "data/%s/manifest.json", folder);
    const char *found = shared_path(path);
    if (!found)
        skip();
    char root[4096];
    snprintf(root, sizeof root, "%.*s", (int)(strlen(found) - strlen("manifest.json")), found);
    json_error_t error;
    json_t *manifest = json_load_file(found, 0, &error), *tensors = json_object_get(manifest, "tensors"),
           *info;
    assert_true(json_array_size(tensors) > 0);
    struct dump *d = NULL;
    size_t i, at;
    json_array_foreach(tensors, i, info)
    {
        const char *file = json_string_value(json_object_get(info, "file"));
        if (!d) {
            snprintf(path, sizeof path, "%s%s", root, file ? file : common);
            d = expect_open(path, NULL);
        }
        struct error e = {{0}};
        if (dump_find(d, json_string_value(json_object_get(info, "name")), &at, &e))
            fail_msg("%s", e.text);
        stats_check(dump_tensor(d, at), info);
        if (!file && i + 1 < json_array_size(tensors))
            continue;
        if (!file)
            assert_int_equal(dump_count(d), json_array_size(tensors));
        if (file) { /* NumPy wrote it: our writer gives the same bytes */
            size_t n, m;
            assert_int_equal(npy_write(test_path("again.npy"), dump_tensor(d, 0), &e), STATUS_OK);
            unsigned char *theirs = bytes_of(path, &n), *ours = bytes_of(test_path("again.npy"), &m);
            assert_int_equal(n, m);
            assert_memory_equal(theirs, ours, n);
            free(theirs);
            free(ours);
        }
        dump_close(d);
        d = NULL;
    }
    json_decref(manifest);
}

static void recorded_safetensors(void **state)
{
    (void)state;
    shared_check("babyllama105", "babyllama105.safetensors");
}

static void recorded_npy(void **state)
{
    (void)state;
    shared_check("silero_vad16k", NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(not_a_dump),    cmocka_unit_test(by_content),
        cmocka_unit_test(raw),           cmocka_unit_test(npy_round_trips),
        cmocka_unit_test(failed_writes), cmocka_unit_test(recorded_safetensors),
        cmocka_unit_test(recorded_npy),  cmocka_unit_test(writes_through_links),
    };
    return cmocka_run_group_tests_name("dump", tests, NULL, NULL);
}
