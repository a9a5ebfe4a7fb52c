/* .npy: what is read, and every way in which a file can be wrong. */
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/bytes.h"
#include "tests/check.h"

static const char *npy_file(int major, const char *dictionary, const void *data, size_t n)
{
    static unsigned char bytes[1 << 12];
    return bytes_file("a.b.npy", bytes, npy_bytes(bytes, major, dictionary, data, n));
}

static void values_check(const struct dump *d, const float *want, size_t n)
{
    float got[16];
    const struct tensor_view *t = dump_tensor(d, 0);
    assert_int_equal(tensor_count(t), n);
    tensor_read_f32(t, 0, n, got);
    assert_memory_equal(got, want, n * sizeof *got);
}

static void versions_and_orders(void **state)
{
    (void)state;
    const float data[] = {1, 2, 3, 4, 5, 6}, transposed[] = {1, 3, 5, 2, 4, 6};
    static const char *const spellings[] = {
        "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }",
        "{\"shape\":(2,3),\"fortran_order\":False,\"descr\":\"<f4\"}",
        "  { 'fortran_order' :False , 'shape':( 2 , 3 , ),\t'descr': 'f4'} \n \n",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (2L, 3L)}",
    };
    for (int major = 1; major <= 3; major++)
        for (size_t i = 0; i < sizeof spellings / sizeof *spellings; i++) {
            struct dump *d = expect_open(npy_file(major, spellings[i], data, sizeof data), NULL);
            assert_string_equal(dump_format_name(d), "npy");
            assert_int_equal(dump_count(d), 1);
            assert_int_equal(dump_unreadable_count(d), 0);
            assert_string_equal(dump_tensor(d, 0)->name, "a.b");
            assert_string_equal(dump_metadata(d, "anything"), "");
            assert_int_equal(dump_tensor(d, 0)->shape[0], 2);
            assert_int_equal(dump_tensor(d, 0)->shape[1], 3);
            values_check(d, data, 6);
            dump_close(d);
        }
    struct dump *d = expect_open(
        npy_file(1, "{'descr': '<f4', 'fortran_order': True, 'shape': (2, 3), }", data, sizeof data), NULL);
    values_check(d, transposed, 6);
    dump_close(d);
}

static void element_types(void **state)
{
    (void)state;
    static const struct {
        const char *descr;
        enum dtype dtype;
        unsigned char bytes[8];
        float value;
    } cases[] = {
        {"<f2", DTYPE_F16, {0x00, 0xc2}, -3},
        {">f2", DTYPE_F16, {0xc2, 0x00}, -3},
        {"<f4", DTYPE_F32, {0x00, 0x00, 0x40, 0xc0}, -3},
        {">f4", DTYPE_F32, {0xc0, 0x40, 0x00, 0x00}, -3},
        {"=f4", DTYPE_F32, {0x00, 0x00, 0x40, 0xc0}, -3},
        {"<f8", DTYPE_F64, {0, 0, 0, 0, 0, 0, 0x08, 0xc0}, -3},
        {">f8", DTYPE_F64, {0xc0, 0x08, 0, 0, 0, 0, 0, 0}, -3},
        {"|i1", DTYPE_I8, {0xfd}, -3},
        {"<i2", DTYPE_I16, {0xfd, 0xff}, -3},
        {">i2", DTYPE_I16, {0xff, 0xfd}, -3},
        {"<i4", DTYPE_I32, {0xfd, 0xff, 0xff, 0xff}, -3},
        {">i4", DTYPE_I32, {0xff, 0xff, 0xff, 0xfd}, -3},
        {"|u1", DTYPE_U8, {0xfd}, 253},
        {"|b1", DTYPE_U8, {1}, 1},
        {"<u2", DTYPE_U16, {0x34, 0x12}, 0x1234},
        {">u4", DTYPE_U32, {0, 0, 0x12, 0x34}, 0x1234},
        {"<f1", DTYPE_F8_E5M2, {0xc2}, -3},
        {"bfloat16", DTYPE_BF16, {0x40, 0xc0}, -3},
        {"float8_e4m3fn", DTYPE_F8_E4M3, {0xc4}, -3},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char text[128];
        snprintf(text, sizeof text, "{'descr': '%s', 'fortran_order': False, 'shape': (), }", cases[i].descr);
        struct dump *d = expect_open(npy_file(1, text, cases[i].bytes, dtype_size(cases[i].dtype)), NULL);
        assert_int_equal(dump_tensor(d, 0)->dtype, cases[i].dtype);
        assert_int_equal(dump_tensor(d, 0)->rank, 0);
        values_check(d, &cases[i].value, 1);
        dump_close(d);
    }
}

static void dtype_hints(void **state)
{
    (void)state;
    const struct dump_hint bf16 = {.has_dtype = true, .dtype = DTYPE_BF16},
                           e4m3 = {.has_dtype = true, .dtype = DTYPE_F8_E4M3},
                           f32 = {.has_dtype = true, .dtype = DTYPE_F32};
    const unsigned char data[] = {0x40, 0xc0};
    const float want[] = {-3, 2, -2};
    static const char *const voids[] = {"|V2", "<V2", "<u2", "<f2"};
    char text[128];
    for (size_t i = 0; i < 4; i++) {
        snprintf(text, sizeof text, "{'descr': '%s', 'fortran_order': False, 'shape': (1,), }", voids[i]);
        struct dump *d = expect_open(npy_file(1, text, data, 2), &bf16);
        values_check(d, want, 1);
        dump_close(d);
        expect_refused(npy_file(1, text, data, 2), &e4m3, i < 2 ? STATUS_MISSING : STATUS_INVALID,
                       i < 2 ? "raw void: say what they are by a dtype of the same size"
                             : "dtype F8_E4M3 has no effect: no tensor has elements of 1 bytes");
    }
    struct dump *d =
        expect_open(npy_file(1, "{'descr': '|V1', 'fortran_order': False, 'shape': (2,), }", data, 2), &e4m3);
    const float e4m3_want[] = {2, -2};
    values_check(d, e4m3_want, 2);
    dump_close(d);
    expect_refused(npy_file(1, "{'descr': '|V2', 'fortran_order': False, 'shape': (1,), }", data, 2), NULL,
                   STATUS_MISSING, "dtype '|V2': raw void: say what they are");
    expect_refused(npy_file(1, "{'descr': '<c8', 'fortran_order': False, 'shape': (0,), }", NULL, 0), &f32,
                   STATUS_MISSING, "complex");
}

static void empty_and_large_rank(void **state)
{
    (void)state;
    struct dump *d = expect_open(
        npy_file(1, "{'descr': '<f4', 'fortran_order': False, 'shape': (3, 0, 5), }", NULL, 0), NULL);
    assert_int_equal(tensor_count(dump_tensor(d, 0)), 0);
    assert_int_equal(dump_tensor(d, 0)->rank, 3);
    dump_close(d);
    d = expect_open(
        npy_file(1, "{'descr': '|u1', 'fortran_order': True, 'shape': (1,1,1,1,1,1,1,2), }", "\1\2", 2),
        NULL);
    values_check(d, (const float[]){1, 2}, 2);
    dump_close(d);
    expect_refused(
        npy_file(1, "{'descr': '|u1', 'fortran_order': True, 'shape': (1,1,1,1,1,1,1,1,1), }", "", 1), NULL,
        STATUS_MISSING, "9 axes; allowed are 0 to 8");
}

static void refused_types(void **state)
{
    (void)state;
    static const struct {
        const char *descr, *message;
    } cases[] = {
        {"'|O'", "dtype '|O': pickled Python objects"},
        {"'<c8'", "dtype '<c8': complex numbers"},
        {"'<U5'", "dtype '<U5': text"},
        {"'|S3'", "dtype '|S3': text"},
        {"'<M8[ns]'", "dtype '<M8[ns]': times"},
        {"'<i8'", "dtype '<i8': not one of f2 f4 f8"},
        {"'<f16'", "dtype '<f16': not one of"},
        {"'|f4'", "dtype '|f4': not one of"},
        {"'<'", "dtype '<': not one of"},
        {"''", "dtype '': not one of"},
        {"[('a', '<f4'), ('b', '<i2')]", "a structured dtype"},
        {"('<f4', (2,))", "a structured dtype"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char text[128];
        snprintf(text, sizeof text, "{'descr': %s, 'fortran_order': False, 'shape': (1,), }", cases[i].descr);
        expect_refused(npy_file(1, text, "12345678", 8), NULL, STATUS_MISSING, cases[i].message);
    }
}

static void malformed_dictionaries(void **state)
{
    (void)state;
    static const struct {
        const char *text, *message;
    } cases[] = {
        {"", "npy header ends where '{' was expected"},
        {"('descr',)", "character 1: found '(' where '{' was expected"},
        {"{descr: 1}", "character 2: found 'd' where a key was expected"},
        {"{'descr': '<f4', 'fortran_order': False, 'shape': (2,) ", "ends where a comma or '}' was expected"},
        {"{'descr': '<f4' 'shape': (2,)}", "where a comma or '}' was expected"},
        {"{'descr' '<f4'}", "where ':' was expected"},
        {"{'descr': 4}", "found '4' where the string of the dtype was expected"},
        {"{'descr': '<f4}", "found '?' where a short string"},
        {"{'descr': '\\x3cf4'}", "a short string without escapes"},
        {"{'descr': '0123456789012345678901234567890123456789012345678901234567890123456789'}",
         "a short string without escapes"},
        {"{'descr': '<f4', 'fortran_order': false, 'shape': (2,)}",
         "found 'f' where True or False was expected"},
        {"{'descr': '<f4', 'fortran_order': 0, 'shape': (2,)}", "found '0' where True or False was expected"},
        {"{'descr': '<f4', 'fortran_order': False, 'shape': [2]}", "found '[' where the tuple of the shape"},
        {"{'descr': '<f4', 'fortran_order': False, 'shape': (2)}", "shape is an integer, not a tuple"},
        {"{'descr': '<f4', 'fortran_order': False, 'shape': (2.5,)}",
         "found '.' where a comma or the end of the shape"},
        {"{'descr': '<f4', 'fortran_order': False, 'shape': (2 3)}",
         "found '3' where a comma or the end of the shape"},
        {"{'descr': '<f4', 'fortran_order': False, 'shape': (,)}", "found ',' where an integer was expected"},
        {"{'descr': '<f4', 'fortran_order': False, 'shape': (-2,)}", "shape has a negative axis"},
        {"{'descr': '<f4', 'fortran_order': False, 'shape': (99999999999999999999,)}",
         "an axis of the shape leaves 64 bits"},
        {"{'descr': '<f4', 'fortran_order': False, 'shape': (4294967296, 2147483648)}",
         "the shape [4294967296,2147483648] is too large"},
        {"{'descr': '<f4', 'fortran_order': False, 'shape': (0, 4294967296, 4294967296)}", "is too large"},
        {"{'descr': '|u1', 'fortran_order': False, 'shape': (9223372036854775808,)}",
         "the shape [9223372036854775808] is too large"},
        {"{'descr': '<f4', 'fortran_order': False}", "key 'shape' is missing"},
        {"{'descr': '<f4', 'shape': (2,)}", "key 'fortran_order' is missing"},
        {"{}", "key 'descr' is missing"},
        {"{'descr': '<f4', 'fortran_order': False, 'shape': (2,), 'order': 1}",
         "key 'order' is unknown; keys are descr, fortran_order, shape"},
        {"{'descr': '<f4', 'descr': '<f2', 'fortran_order': False, 'shape': (2,)}",
         "key 'descr' is given twice"},
        {"{'descr': '<f4', 'fortran_order': False, 'shape': (2,)} x", "found 'x' where the end was expected"},
        {"{'descr': '<f4', 'fortran_order': False, 'shape': (2,)}\x01",
         "found '?' where the end was expected"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        for (int major = 1; major <= 2; major++)
            expect_refused(npy_file(major, cases[i].text, "12345678", 8), NULL, STATUS_MISSING,
                           cases[i].message);
}

static void malformed_frames(void **state)
{
    (void)state;
    unsigned char b[512];
    const float data[] = {1, 2};
    const char *text = "{'descr': '<f4', 'fortran_order': False, 'shape': (2,), }";
    size_t n = npy_bytes(b, 1, text, data, sizeof data);
    expect_refused(bytes_file("x.npy", b, 7), NULL, STATUS_MISSING,
                   "ends after 7 bytes, inside the npy version");
    expect_refused(bytes_file("x.npy", b, 9), NULL, STATUS_MISSING, "ends after 9 bytes, inside the length");
    expect_refused(bytes_file("x.npy", b, 60), NULL, STATUS_MISSING,
                   "an npy header of 118 bytes, but only 50 follow its length");
    expect_refused(bytes_file("x.npy", b, n - 1), NULL, STATUS_MISSING,
                   "[2] of <f4 are 8 bytes, but 7 follow the npy header");
    b[n] = 0;
    expect_refused(bytes_file("x.npy", b, n + 1), NULL, STATUS_MISSING, "are 8 bytes, but 9 follow");
    expect_refused(bytes_file("x.npy", b, 0), NULL, STATUS_MISSING, "the file is empty");
    expect_refused(bytes_file("x.npy", "not an array", 12), NULL, STATUS_MISSING,
                   "does not begin with the npy magic 93 4e 55 4d 50 59");
    b[9] = 0xff; /* 65398 bytes */
    expect_refused(bytes_file("x.npy", b, n), NULL, STATUS_MISSING, "an npy header of 65398 bytes, but only");
    n = npy_bytes(b, 2, text, data, sizeof data);
    b[11] = 0xff;
    expect_refused(bytes_file("x.npy", b, n), NULL, STATUS_MISSING, "allowed are 1048576");
    b[6] = 4;
    expect_refused(bytes_file("x.npy", b, n), NULL, STATUS_MISSING,
                   "npy version 4.0; known are 1.0, 2.0 and 3.0");
    b[6] = 1, b[7] = 1;
    expect_refused(bytes_file("x.npy", b, n), NULL, STATUS_MISSING, "npy version 1.1");
    b[6] = 0, b[7] = 0;
    expect_refused(bytes_file("x.npy", b, n), NULL, STATUS_MISSING, "npy version 0.0");
}

static void damage(void **state)
{
    (void)state;
    unsigned char b[512];
    const float data[] = {1, 2, 3, 4};
    size_t n =
        npy_bytes(b, 1, "{'descr': '>f4', 'fortran_order': True, 'shape': (2, 2), }", data, sizeof data);
    assert_int_equal(exercise_damaged("damaged.npy", b, n), 0);
}

static void array_in(const char *name, const char *dictionary, const void *data, size_t n)
{
    unsigned char bytes[512];
    bytes_file(name, bytes, npy_bytes(bytes, 1, dictionary, data, n));
}

/* Folders in a folder are parts of names; links to folders and hidden ones are not followed. */
static void nested_folders(void **state)
{
    (void)state;
    const float data[] = {1, 2, 3, 4};
    const char *four = "{'descr': '<f4', 'fortran_order': False, 'shape': (4,), }";
    static const char *const made[] = {"deep", "deep/0", "deep/0/q", "deep/1", "deep/x.npy", "deep/.cache"};
    for (size_t i = 0; i < sizeof made / sizeof *made; i++)
        assert_int_equal(mkdir(test_path(made[i]), 0700), 0);
    static const char *const files[] = {"deep/0/q/weight.npy", "deep/0-b.npy",     "deep/0.npy",
                                        "deep/1/q.input.npy",  "deep/x.npy/y.npy", "deep/.cache/z.npy"};
    for (size_t i = 0; i < sizeof files / sizeof *files; i++)
        array_in(files[i], four, data, sizeof data);
    assert_int_equal(symlink("..", test_path("deep/1/up")), 0);
    assert_int_equal(symlink("../0-b.npy", test_path("deep/1/link.npy")), 0);
    static const char *const names[] = {"0", "0-b", "0/q/weight", "1/link", "1/q.input", "x.npy/y"};
    struct dump *d = expect_open(test_path("deep"), NULL);
    assert_int_equal(dump_count(d), 6);
    for (size_t i = 0; i < 6; i++)
        assert_string_equal(dump_tensor(d, i)->name, names[i]);
    dump_close(d);
    array_in("deep/0/q/b.npy", four, data, sizeof data);
    array_in("deep/0/q/b-1.npy", four, data, sizeof data);
    array_in("deep/0/q/b.NPY", four, data, sizeof data);
    expect_refused(test_path("deep"), NULL, STATUS_MISSING, " would be one tensor");
}

/* A folder is a dump of its arrays; what is no array is left alone. */
static void folders(void **state)
{
    (void)state;
    const float data[] = {1, 2, 3, 4};
    const char *four = "{'descr': '<f4', 'fortran_order': False, 'shape': (4,), }";
    assert_int_equal(mkdir(test_path("many"), 0700), 0);
    expect_refused(test_path("many"), NULL, STATUS_MISSING, "is a folder without .npy files");
    array_in("many/lstm.hh.weight.npy", four, data, sizeof data);
    array_in("many/conv1.act.in.npy", "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 2), }", data,
             sizeof data);
    array_in("many/ids.NPY", "{'descr': '<i8', 'fortran_order': False, 'shape': (2,), }", data, sizeof data);
    bytes_file("many/manifest.json", "{}", 2);
    assert_int_equal(mkdir(test_path("many/deeper"), 0700), 0);
    struct dump *d = expect_open(test_path("many"), NULL);
    assert_string_equal(dump_format_name(d), "folder");
    assert_int_equal(dump_count(d), 2);
    assert_string_equal(dump_tensor(d, 0)->name, "conv1.act.in");
    assert_int_equal(dump_tensor(d, 0)->shape[1], 2);
    values_check(d, data, 4);
    assert_string_equal(dump_tensor(d, 1)->name, "lstm.hh.weight");
    assert_int_equal(dump_unreadable_count(d), 1);
    assert_string_equal(dump_unreadable_at(d, 0)->name, "ids");
    dump_close(d);
    assert_int_equal(symlink("deeper", test_path("many/link.npy")), 0);
    array_in("many/\xe9t\xc3\xa9.npy", four, data, sizeof data);
    d = expect_open(test_path("many"), NULL);
    assert_int_equal(dump_count(d), 2);
    assert_string_equal(dump_unreadable_at(d, 1)->name, "\\xe9t\xc3\xa9");
    assert_string_equal(dump_unreadable_at(d, 1)->why, "its name is not UTF-8");
    dump_close(d);
    d = expect_open(test_path("many/\xe9t\xc3\xa9.npy"), NULL);
    assert_string_equal(dump_tensor(d, 0)->name, "_t\xc3\xa9");
    dump_close(d);
    struct dump_hint hint = {.has_dtype = true, .dtype = DTYPE_F64};
    expect_refused(test_path("many"), &hint, STATUS_INVALID, "dtype F64 has no effect");
    hint = (struct dump_hint){.has_dtype = true, .has_shape = true, .dtype = DTYPE_F32};
    expect_refused(test_path("many"), &hint, STATUS_MISSING, "is a directory; a dump is a regular file");
    bytes_file("many/bad.npy", "x", 1);
    expect_refused(test_path("many"), NULL, STATUS_MISSING, "bad.npy: ");
    bytes_file("many/bad.npy", "", 0);
    expect_refused(test_path("many"), NULL, STATUS_MISSING, "bad.npy: ");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(versions_and_orders),
        cmocka_unit_test(element_types),
        cmocka_unit_test(dtype_hints),
        cmocka_unit_test(empty_and_large_rank),
        cmocka_unit_test(refused_types),
        cmocka_unit_test(malformed_dictionaries),
        cmocka_unit_test(malformed_frames),
        cmocka_unit_test(damage),
        cmocka_unit_test(folders),
        cmocka_unit_test(nested_folders),
    };
    return cmocka_run_group_tests_name("npy", tests, NULL, NULL);
}
