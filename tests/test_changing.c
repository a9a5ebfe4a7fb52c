/* Dumps that are cut, written to or replaced while they are mapped. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#include <zip.h>

#include "experiments/group.h"
#include "tests/bytes.h"
#include "tests/check.h"
#include "tests/rows.h"

enum { N = 1 << 16 }; /* bytes of a tensor: pages enough that most are gone */

static unsigned char data[N];

static struct tensor_view bytes_view(void)
{
    struct tensor_view t = {.name = "t", .data = data, .dtype = DTYPE_U8, .rank = 1, .shape = {N}};
    tensor_set_c_order(&t);
    return t;
}

/* The bytes of t.npy, and of all others that are made of them. */
static unsigned char *npy, *safetensors, *npz;
static size_t npy_size, safetensors_size, npz_size;

static void make_npz(const char *path)
{
    zip_t *z = zip_open(path, ZIP_CREATE | ZIP_TRUNCATE, NULL);
    assert_non_null(z);
    for (int i = 0; i < 2; i++) {
        zip_int64_t at = zip_file_add(z, i ? "u.npy" : "t.npy", zip_source_buffer(z, npy, npy_size, 0), 0);
        assert_true(at >= 0);
        assert_int_equal(zip_set_file_compression(z, (zip_uint64_t)at, i ? ZIP_CM_DEFLATE : ZIP_CM_STORE, 0),
                         0);
    }
    assert_int_equal(zip_close(z), 0);
}

static int make_bytes(void **state)
{
    (void)state;
    struct error e = {{0}};
    const struct tensor_view t = bytes_view();
    for (size_t i = 0; i < N; i++)
        data[i] = (unsigned char)(1 + (i * 7 + i / 251) % 255); /* no zeros */
    if (npy_write(test_path("t.npy"), &t, &e) ||
        safetensors_write(test_path("t.safetensors"), &t, 1, NULL, &e))
        return -1;
    npy = bytes_of(test_path("t.npy"), &npy_size);
    safetensors = bytes_of(test_path("t.safetensors"), &safetensors_size);
    make_npz(test_path("t.npz"));
    npz = bytes_of(test_path("t.npz"), &npz_size);
    return mkdir(test_path("folder"), 0777) || mkdir(test_path("many"), 0777);
}

static int free_bytes(void **state)
{
    (void)state;
    free(npy);
    free(safetensors);
    free(npz);
    return 0;
}

static const struct dump_hint raw_hint = {
    .has_dtype = true, .has_shape = true, .dtype = DTYPE_U8, .rank = 1, .shape = {N}};

/* Every kind of dump: how it is opened, and which file is the one that changes. */
static const struct kind {
    const char *open, *file;
    const struct dump_hint *hint;
} kinds[] = {{"t.npy", "t.npy", NULL},
             {"t.safetensors", "t.safetensors", NULL},
             {"t.npz", "t.npz", NULL},
             {"t.bin", "t.bin", &raw_hint},
             {"folder", "folder/b.npy", NULL}};
enum { KINDS = sizeof kinds / sizeof *kinds };

static void write_all(void)
{
    bytes_file("t.npy", npy, npy_size);
    bytes_file("folder/a.npy", npy, npy_size);
    bytes_file("folder/b.npy", npy, npy_size);
    bytes_file("t.safetensors", safetensors, safetensors_size);
    bytes_file("t.npz", npz, npz_size);
    bytes_file("t.bin", data, N);
}

static void expect_change(const struct dump *d, const char *file, const char *words)
{
    struct error e = {{0}};
    assert_int_equal(dump_check(d, &e), STATUS_IO);
    if (!strstr(e.text, file) || !strstr(e.text, words))
        fail_msg("\"%s\"; expected %s and \"%s\"", e.text, file, words);
}

/* Reads all that can be; how many zeros there were. An archive may refuse instead, with the change as reason.
 */
static size_t read_everything(struct dump *d, size_t *refused)
{
    static float x[N];
    size_t zeros = 0;
    for (size_t i = 0; i < dump_count(d); i++) {
        const struct tensor_view *t;
        struct error e = {{0}};
        enum status s = dump_load(d, i, &t, &e);
        if (s) {
            assert_int_equal(s, STATUS_IO);
            assert_non_null(strstr(e.text, "changed while it was read"));
            ++*refused;
            continue;
        }
        tensor_read_f32(t, 0, N, x);
        for (size_t k = 0; k < N; k++)
            zeros += x[k] == 0;
    }
    return zeros;
}

static void cut(void **state)
{
    (void)state;
    size_t zeros = 0, refused = 0;
    for (size_t i = 0; i < KINDS; i++) {
        write_all();
        struct dump *d = expect_open(test_path(kinds[i].open), kinds[i].hint);
        struct error e = {{0}};
        assert_int_equal(dump_check(d, &e), STATUS_OK);
        assert_int_equal(read_everything(d, &refused), 0);
        dump_close(d);
        d = expect_open(test_path(kinds[i].open), kinds[i].hint);
        assert_int_equal(truncate(test_path(kinds[i].file), 5000), 0);
        zeros += read_everything(d, &refused) > 0;
        expect_change(d, kinds[i].file, "changed while it was read: it had ");
        dump_close(d);
    }
    assert_int_equal(zeros, KINDS - 1);
    assert_int_equal(refused, 2); /* both members of the archive */
    print_message("# covered cut dumps: %d kinds\n", KINDS);
}

/* A file that is cut and comes back in size: what was read in between were zeros. */
static void cut_and_grown(void **state)
{
    (void)state;
    size_t refused = 0;
    write_all();
    struct dump *d = expect_open(test_path("t.npy"), NULL);
    struct stat st;
    assert_int_equal(stat(test_path("t.npy"), &st), 0);
    assert_int_equal(truncate(test_path("t.npy"), 5000), 0);
    assert_true(read_everything(d, &refused) > 0);
    assert_int_equal(truncate(test_path("t.npy"), st.st_size), 0);
    const struct timespec times[2] = {st.st_atim, st.st_mtim};
    assert_int_equal(utimensat(AT_FDCWD, test_path("t.npy"), times, 0), 0);
    expect_change(d, "t.npy", "bytes of it could not be read");
    dump_close(d);
}

/* Writes a byte until the file has another time stamp, which has a resolution. */
static void write_in_place(const char *path, off_t at, unsigned char byte)
{
    struct stat was, is;
    assert_int_equal(stat(path, &was), 0);
    int fd = open(path, O_WRONLY);
    assert_true(fd >= 0);
    do {
        assert_int_equal(pwrite(fd, &byte, 1, at), 1);
        assert_int_equal(fstat(fd, &is), 0);
    } while (is.st_mtim.tv_sec == was.st_mtim.tv_sec && is.st_mtim.tv_nsec == was.st_mtim.tv_nsec);
    close(fd);
}

static void written_in_place(void **state)
{
    (void)state;
    for (size_t i = 0; i < KINDS; i++) {
        write_all();
        struct dump *d = expect_open(test_path(kinds[i].open), kinds[i].hint);
        struct stat st;
        assert_int_equal(stat(test_path(kinds[i].file), &st), 0);
        write_in_place(test_path(kinds[i].file), st.st_size / 2, 0);
        expect_change(d, kinds[i].file, "changed while it was read: it was written to");
        /* also by one who puts the time of writing back */
        const struct timespec times[2] = {st.st_atim, st.st_mtim};
        assert_int_equal(utimensat(AT_FDCWD, test_path(kinds[i].file), times, 0), 0);
        expect_change(d, kinds[i].file, "it was written to");
        dump_close(d);
    }
}

/* Another file of that name, or none: what is mapped stays what it was. */
static void replaced(void **state)
{
    (void)state;
    size_t refused = 0;
    for (size_t i = 0; i < KINDS; i++)
        for (int gone = 0; gone < 2; gone++) {
            write_all();
            struct dump *d = expect_open(test_path(kinds[i].open), kinds[i].hint);
            struct error e = {{0}};
            if (gone)
                assert_int_equal(unlink(test_path(kinds[i].file)), 0);
            else
                assert_int_equal(rename(bytes_file("other", "other", 5), test_path(kinds[i].file)), 0);
            assert_int_equal(read_everything(d, &refused), 0);
            if (dump_check(d, &e))
                fail_msg("%s", e.text);
            dump_close(d);
        }
    assert_int_equal(refused, 0);
}

/* More maps than the first block of the list holds; places are used again. */
static void many_maps(void **state)
{
    (void)state;
    enum { FILES = 150, CUT = 140 };
    size_t refused = 0;
    for (int i = 0; i < FILES; i++) {
        char name[32];
        snprintf(name, sizeof name, "many/%03d.npy", i);
        bytes_file(name, npy, npy_size);
    }
    for (int round = 0; round < 3; round++) {
        struct dump *d = expect_open(test_path("many"), NULL), *again = expect_open(test_path("many"), NULL);
        assert_int_equal(dump_count(d), FILES);
        dump_close(again);
        assert_int_equal(read_everything(d, &refused), 0);
        dump_close(d);
    }
    struct dump *d = expect_open(test_path("many"), NULL);
    assert_int_equal(truncate(test_path("many/140.npy"), 5000), 0);
    assert_true(read_everything(d, &refused) > 0);
    expect_change(d, "many/140.npy", "changed while");
    dump_close(d);
}

/* --- runs --- */

/* A tensor that stays in its file: five parts of a study. */
enum { LARGE = 5 * (int)PIPELINE_PART };
_Static_assert(LARGE > TENSOR_LARGE, "");

static void write_large(void)
{
    FILE *f = fopen(test_path("large.bin"), "wb");
    assert_non_null(f);
    for (size_t i = 0; i < LARGE / N; i++)
        assert_int_equal(fwrite(data, 1, N, f), N);
    assert_int_equal(fclose(f), 0);
}

#define LARGE_INPUT "{dump: large.bin, dtype: u8, shape: [20, 1048576]}"

static struct config *study(const char *inputs)
{
    FILE *f = fopen(test_path("s.yaml"), "w");
    assert_non_null(f);
    fprintf(
        f,
        "name: changing\ninputs: [%s]\nmetrics: [mse]\ncost: none\nsweep: {grid: {format: [int8, mxfp4]}}\n",
        inputs);
    fclose(f);
    struct config *c = NULL;
    struct error e = {{0}};
    if (config_load(test_path("s.yaml"), NULL, 0, &c, &e))
        fail_msg("%s", e.text);
    return c;
}

static void cut_large(void)
{
    assert_int_equal(truncate(test_path("large.bin"), LARGE / 2), 0);
}

static void write_into_large(void)
{
    write_in_place(test_path("large.bin"), 3 * LARGE / 4, 0);
}

/* Changed between two parts of the cells, which come to nothing. */
static void between_parts(void **state)
{
    (void)state;
    static void (*const changes[])(void) = {cut_large, write_into_large};
    for (size_t i = 0; i < 2; i++) {
        write_large();
        struct config *c = study(LARGE_INPUT);
        struct run_options o = {.db = "", .jobs = 1};
        struct plan plan = {.config = c};
        struct error e = {{0}};
        assert_int_equal(plan_subjects(c, &o, &plan, &e), STATUS_OK);
        assert_int_equal(plan_cells(&plan, &o, NULL, &e), STATUS_OK);
        assert_int_equal(plan.n_todo, 2);
        const size_t cells[] = {0, 1}, parts = LARGE / PIPELINE_PART;
        struct group g = {.cells = cells, .n = 2, .parts = parts};
        struct groups all = {.plan = &plan, .subjects = subjects_open(&plan)};
        groups_open(&all);
        assert_false(group_part(&all, &g, 0));
        changes[i]();
        for (size_t part = 1; part < parts; part++)
            assert_int_equal(group_part(&all, &g, part), part + 1 == parts);
        assert_int_equal(g.status, STATUS_IO);
        if (!strstr(g.why, "large.bin: changed while it was read"))
            fail_msg("%s", g.why);
        group_take(&all, &g);
        group_free(&g);
        groups_close(&all);
        subjects_close(all.subjects);
        plan_free(&plan);
        config_free(c);
    }
}

/* What the last dump of a study says of itself while the study is planned is where the large one changes,
 * which has been hashed by then. */
static ssize_t change_now(void *cookie, const char *text, size_t n)
{
    (void)text;
    void (**change)(void) = cookie;
    if (*change)
        (*change)();
    *change = NULL;
    return (ssize_t)n;
}

#define RESULTS                                                                                           \
    "SELECT cell_sha256, status, result_hash, m.name, x.bits FROM cell JOIN value x USING(cell_id) JOIN " \
    "metric m USING(metric_id) ORDER BY 1, 4"

/* Nothing is recorded of the dump that changed, what was done before stays, and the same command goes on. */
static void in_a_run(void **state)
{
    (void)state;
    static void (*const changes[])(void) = {cut_large, write_into_large};
    static const char header[] = "{\"i\":{\"dtype\":\"I64\",\"shape\":[1],\"data_offsets\":[0,8]},"
                                 "\"x\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[8,16]}}";
    unsigned char last[8 + sizeof header - 1 + 16] = {sizeof header - 1};
    memcpy(last + 8, header, sizeof header - 1);
    bytes_file("last.safetensors", last, sizeof last);
    for (size_t i = 0; i < 2; i++) {
        write_all();
        write_large();
        const char *db = test_path(i ? "written.db" : "cut.db");
        void (*change)(void) = changes[i];
        FILE *progress = fopencookie(&change, "w", (cookie_io_functions_t){.write = change_now});
        assert_non_null(progress);
        setvbuf(progress, NULL, _IONBF, 0);
        struct config *c = study("{dump: t.npy}, " LARGE_INPUT ", {dump: last.safetensors}");
        struct run_options o = {
            .db = db, .jobs = 1, .quiet = true, .argv = "test_changing", .progress = progress};
        struct run_summary s;
        struct error e = {{0}};
        enum status status = run_execute(c, &o, &s, &e);
        fclose(progress);
        assert_null(change);
        if (status != STATUS_IO || !strstr(e.text, "large.bin: changed while it was read"))
            fail_msg("status %d: %s", status, e.text);
        assert_int_equal(s.failed, 0);
        rows_expect(db, "SELECT status FROM v_run", "status\nfailed\n");
        rows_expect(db,
                    "SELECT member, status, count(*) AS n FROM cell JOIN tensor_name USING(tensor_sha256) "
                    "GROUP BY 1, 2",
                    "member,status,n\nt,done,2\n");
        write_large(); /* as it was: the same tensor */
        o.progress = NULL;
        struct error none = {{0}};
        if (run_execute(c, &o, &s, &none))
            fail_msg("%s", none.text);
        assert_int_equal(s.cached, 2);
        assert_int_equal(s.done, 4);
        if (i) {
            char *a = rows_csv(db, RESULTS), *b = rows_csv(test_path("cut.db"), RESULTS);
            assert_string_equal(a, b);
            free(a);
            free(b);
        }
        config_free(c);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cut),      cmocka_unit_test(cut_and_grown), cmocka_unit_test(written_in_place),
        cmocka_unit_test(replaced), cmocka_unit_test(many_maps),     cmocka_unit_test(between_parts),
        cmocka_unit_test(in_a_run),
    };
    return cmocka_run_group_tests_name("changing", tests, make_bytes, free_bytes);
}
