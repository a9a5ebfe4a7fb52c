/* safetensors: what is read, what is listed as unreadable, every malformed header, and the writer's bytes. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/bytes.h"
#include "tests/check.h"

static const char *st_file(const char *header, size_t data)
{
    static unsigned char bytes[1 << 12];
    size_t n = strlen(header);
    memset(bytes, 0, sizeof bytes);
    bytes[0] = (unsigned char)n, bytes[1] = (unsigned char)(n >> 8);
    memcpy(bytes + 8, header, n);
    for (size_t i = 0; i < data; i++)
        bytes[8 + n + i] = (unsigned char)(i + 1);
    return bytes_file("a.safetensors", bytes, 8 + n + data);
}

static void reads(void **state)
{
    (void)state;
    struct dump *d = expect_open(
        st_file("{\"__metadata__\":{\"k\":\"v\",\"axes.b\":\"token,channel\",\"axes.ghost\":\"x\"},"
                "\"late\":{\"dtype\":\"I16\",\"shape\":[1],\"data_offsets\":[7,9]},"
                "\"b\":{\"shape\":[2,3],\"data_offsets\":[1,7],\"dtype\":\"U8\",\"extra\":null},"
                "\"none\":{\"dtype\":\"F32\",\"shape\":[0,9],\"data_offsets\":[7,7]},"
                "\"flag\":{\"dtype\":\"BOOL\",\"shape\":[],\"data_offsets\":[0,1]}}   ",
                9),
        NULL);
    assert_string_equal(dump_format_name(d), "safetensors");
    assert_int_equal(dump_count(d), 4);
    static const char *const order[] = {"flag", "b", "none", "late"}; /* of the data, not of the header */
    for (size_t i = 0; i < 4; i++)
        assert_string_equal(dump_tensor(d, i)->name, order[i]);
    assert_string_equal(dump_metadata(d, "k"), "v");
    assert_string_equal(dump_metadata(d, "absent"), "");
    size_t at;
    struct error e = {{0}};
    const struct tensor_view *t;
    assert_int_equal(dump_find(d, "b", &at, &e), STATUS_OK);
    assert_int_equal(dump_load(d, at, &t, &e), STATUS_OK);
    assert_string_equal(t->axes, "token,channel");
    assert_int_equal(tensor_axis(t, "channel"), 1);
    float x[6];
    tensor_read_f32(t, 0, 6, x);
    assert_memory_equal(x, ((const float[]){2, 3, 4, 5, 6, 7}), sizeof x);
    tensor_read_f32(dump_tensor(d, 3), 0, 1, x); /* unaligned */
    assert_true(x[0] == 0x0908);
    assert_null(dump_tensor(d, 0)->axes);
    assert_int_equal(dump_find(d, "lates", &at, &e), STATUS_MISSING);
    assert_non_null(strstr(e.text, "no tensor \"lates\" among 4; did you mean \"late\"?"));
    dump_unload(d, at); /* a mapped tensor stays */
    assert_non_null(dump_tensor(d, at)->data);
    dump_close(d);
    d = expect_open(st_file("{}", 0), NULL);
    assert_int_equal(dump_count(d), 0);
    dump_close(d);
}

static void no_labels_for_no_axes(void **state)
{
    (void)state;
    struct dump *d = expect_open(st_file("{\"__metadata__\":{\"axes.t\":\"\"},"
                                         "\"t\":{\"dtype\":\"U8\",\"shape\":[],\"data_offsets\":[0,1]}}",
                                         1),
                                 NULL);
    assert_null(dump_tensor(d, 0)->axes);
    dump_close(d);
}

static void unreadable(void **state)
{
    (void)state;
    const char *header = "{\"ids\":{\"dtype\":\"I64\",\"shape\":[1],\"data_offsets\":[0,8]},"
                         "\"deep\":{\"dtype\":\"U8\",\"shape\":[1,1,1,1,1,1,1,1,1],\"data_offsets\":[8,9]},"
                         "\"scale\":{\"dtype\":\"F8_E8M0\",\"shape\":[2],\"data_offsets\":[9,11]},"
                         "\"x\":{\"dtype\":\"I8\",\"shape\":[1],\"data_offsets\":[11,12]}}";
    struct dump *d = expect_open(st_file(header, 12), NULL);
    assert_int_equal(dump_count(d), 1);
    assert_string_equal(dump_tensor(d, 0)->name, "x");
    assert_int_equal(dump_unreadable_count(d), 3);
    assert_string_equal(dump_unreadable_at(d, 0)->name, "ids");
    assert_non_null(
        strstr(dump_unreadable_at(d, 0)->why, "dtype I64 is not one of those that are read (F64 F32"));
    assert_string_equal(dump_unreadable_at(d, 1)->why, "9 axes; allowed are 0 to 8");
    size_t at;
    struct error e = {{0}};
    assert_int_equal(dump_find(d, "ids", &at, &e), STATUS_MISSING);
    assert_non_null(strstr(e.text, "tensor \"ids\" cannot be read: dtype I64"));
    dump_close(d);
    /* A hint takes what has its size: F8_E8M0 as U8, and I8 too; I64 stays. */
    struct dump_hint hint = {.has_dtype = true, .dtype = DTYPE_U8};
    d = expect_open(st_file(header, 12), &hint);
    assert_int_equal(dump_count(d), 2);
    assert_string_equal(dump_tensor(d, 0)->name, "scale");
    assert_int_equal(dump_tensor(d, 0)->dtype, DTYPE_U8);
    assert_int_equal(dump_tensor(d, 1)->dtype, DTYPE_U8);
    dump_close(d);
    hint.dtype = DTYPE_F32;
    expect_refused(st_file(header, 12), &hint, STATUS_INVALID,
                   "dtype F32 has no effect: no tensor has elements of 4 bytes");
}

#define TENSOR(dtype, shape, offsets) \
    "{\"t\":{\"dtype\":" dtype ",\"shape\":" shape ",\"data_offsets\":" offsets "}}"

static void malformed_headers(void **state)
{
    (void)state;
    static const struct {
        const char *header;
        size_t data;
        const char *message;
    } cases[] = {
        {" {}", 0, "the header does not begin with '{'"},
        {"{\"t\":", 0, "header, line 1, column 5:"},
        {"{} x", 0, "end of file expected"},
        {"{\"a\":1,\"a\":2}", 0, "duplicate object key"},
        {"{\"a\":{\"dtype\":\"U8\",\"dtype\":\"I8\"}}", 0, "duplicate object key"},
        {"{\"a\xff\":1}", 0, "unable to decode byte 0xff"},
        {"{\"__metadata__\":[]}", 0, "__metadata__ is not an object"},
        {"{\"__metadata__\":{\"k\":1}}", 0, "__metadata__: the value of \"k\" is not a string"},
        {"{\"t\":7}", 0, "tensor \"t\": data_offsets is not a pair"},
        {"{\"t\":{}}", 0, "tensor \"t\": data_offsets is not a pair"},
        {TENSOR("\"U8\"", "[1]", "[0]"), 1, "data_offsets is not a pair of non-negative integers"},
        {TENSOR("\"U8\"", "[1]", "[0,1,1]"), 1, "data_offsets is not a pair"},
        {TENSOR("\"U8\"", "[1]", "[-1,0]"), 1, "data_offsets is not a pair"},
        {TENSOR("\"U8\"", "[1]", "[0,1.0]"), 1, "data_offsets is not a pair"},
        {TENSOR("\"U8\"", "[1]", "[0,99999999999999999999]"), 1, "too big integer"},
        {TENSOR("\"U8\"", "[1]", "[1,0]"), 1, "data_offsets [1, 0] are not a range of the 1 bytes of data"},
        {TENSOR("\"U8\"", "[2]", "[0,2]"), 1, "data_offsets [0, 2] are not a range of the 1 bytes of data"},
        {TENSOR("\"U8\"", "[1]", "[1,2]"), 2, "a hole: bytes 0 to 1 before tensor \"t\" are nobody's"},
        {TENSOR("\"U8\"", "[1]", "[0,1]"), 3, "2 bytes after the last tensor (the data end at 1 of 3)"},
        {"{}", 1, "1 bytes after the last tensor"},
        {"{\"a\":{\"dtype\":\"U8\",\"shape\":[2],\"data_offsets\":[0,2]},"
         "\"b\":{\"dtype\":\"U8\",\"shape\":[2],\"data_offsets\":[1,3]}}",
         3, "tensors \"b\" and \"a\" overlap: one begins at 1, the other ends at 2"},
        {"{\"a\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[0,1]},"
         "\"b\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[2,3]}}",
         3, "a hole: bytes 1 to 2 before tensor \"b\""},
        {TENSOR("\"U8\"", "7", "[0,1]"), 1, "tensor \"t\": shape is not an array"},
        {TENSOR("\"U8\"", "[-1]", "[0,1]"), 1, "axis 0 of its shape is not a non-negative integer"},
        {TENSOR("\"U8\"", "[1,1.5]", "[0,1]"), 1, "axis 1 of its shape is not a non-negative integer"},
        {TENSOR("\"U8\"", "[1,1,1,1,1,1,1,1,\"x\"]", "[0,1]"), 1, "axis 8 of its shape"},
        {TENSOR("8", "[1]", "[0,1]"), 1, "tensor \"t\": dtype is not a string"},
        {TENSOR("\"F32\"", "[1]", "[0,3]"), 3, "[1] of F32 are 4 bytes, but data_offsets hold 3"},
        {TENSOR("\"f32\"", "[1]", "[0,3]"), 4, "1 bytes after the last tensor"},
        {TENSOR("\"U8\"", "[4294967296,2147483648]", "[0,1]"), 1,
         "tensor \"t\": the shape [4294967296,2147483648] is too large"},
        {TENSOR("\"U8\"", "[4294967296,4294967296]", "[0,0]"), 0, "is too large"},
        {TENSOR("\"F64\"", "[9223372036854775807]", "[0,8]"), 8, "is too large"},
        {"{\"__metadata__\":{\"axes.t\":\"a,b\"},\"t\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[0,1]"
         "}}",
         1, "metadata \"axes.t\" has 2 labels (\"a,b\") for 1 axes"},
        {"{\"__metadata__\":{\"axes.t\":\"a\"},\"t\":{\"dtype\":\"U8\",\"shape\":[],\"data_offsets\":[0,1]}}",
         1, "for 0 axes"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        expect_refused(st_file(cases[i].header, cases[i].data), NULL, STATUS_MISSING, cases[i].message);
}

static void malformed_frames(void **state)
{
    (void)state;
    expect_refused(bytes_file("b.safetensors", "1234567", 7), NULL, STATUS_MISSING,
                   "7 bytes are no safetensors file; the length of its header takes 8");
    expect_refused(bytes_file("b.safetensors", "\0\0\0\0\0\0\0\0", 8), NULL, STATUS_MISSING,
                   "the header does not begin with '{'");
    expect_refused(bytes_file("b.safetensors", "\3\0\0\0\0\0\0\0{}", 10), NULL, STATUS_MISSING,
                   "a header of 3 bytes, but only 2 follow its length");
    expect_refused(bytes_file("b.safetensors", "\1\xe1\xf5\5\0\0\0\0{}", 10), NULL, STATUS_MISSING,
                   "a header of 100000001 bytes; allowed are 100000000");
    expect_refused(bytes_file("b.safetensors", "\xff\xff\xff\xff\xff\xff\xff\xff{}", 10), NULL,
                   STATUS_MISSING, "a header of 18446744073709551615 bytes");
    /* Known by its bytes whatever its name. */
    struct dump *d = expect_open(bytes_file("nameless", "\2\0\0\0\0\0\0\0{}", 10), NULL);
    assert_string_equal(dump_format_name(d), "safetensors");
    dump_close(d);
}

/* The writer's bytes, worked out by hand. */
static void writer_bytes(void **state)
{
    (void)state;
    const float a[] = {1, -2};
    const unsigned char b[] = {1, 2, 3, 4}; /* big-endian 0x0102, 0x0304, written column-wise */
    struct tensor_view t[] = {
        {.name = "b",
         .data = b,
         .dtype = DTYPE_U16,
         .big_endian = true,
         .rank = 1,
         .shape = {2},
         .stride = {2}},
        {.name = "a\"\n", .data = a, .dtype = DTYPE_F32, .rank = 2, .shape = {1, 2}, .axes = "row,col"},
    };
    tensor_set_c_order(&t[1]);
    const char header[] = "{\"__metadata__\":{\"k\":\"v\",\"axes.a\\\"\\n\":\"row,col\"},"
                          "\"b\":{\"dtype\":\"U16\",\"shape\":[2],\"data_offsets\":[0,4]},"
                          "\"a\\\"\\n\":{\"dtype\":\"F32\",\"shape\":[1,2],\"data_offsets\":[4,12]}}";
    size_t length = strlen(header), padded = (length + 7) / 8 * 8, n;
    assert_true(padded > length);
    char path[256];
    snprintf(path, sizeof path, "%s/w.safetensors", test_dir());
    struct error e = {{0}};
    for (int again = 0; again < 2; again++) {
        assert_int_equal(safetensors_write(path, t, 2, (const char *const[]){"k", "v", NULL}, &e), STATUS_OK);
        unsigned char *got = bytes_of(path, &n);
        assert_int_equal(n, 8 + padded + 12);
        assert_int_equal(got[0], padded);
        assert_memory_equal(got + 1, "\0\0\0\0\0\0\0", 7);
        assert_memory_equal(got + 8, header, length);
        for (size_t i = length; i < padded; i++)
            assert_int_equal(got[8 + i], ' ');
        assert_memory_equal(got + 8 + padded, "\2\1\4\3\0\0\x80\x3f\0\0\0\xc0", 12);
        free(got);
    }
    struct dump *d = expect_open(path, NULL);
    assert_int_equal(dump_count(d), 2);
    assert_string_equal(dump_tensor(d, 1)->name, "a\"\n");
    assert_string_equal(dump_tensor(d, 1)->axes, "row,col");
    dump_close(d);
    assert_int_equal(safetensors_write(path, NULL, 0, NULL, &e), STATUS_OK);
    d = expect_open(path, NULL);
    assert_int_equal(dump_count(d), 0);
    dump_close(d);
}

static void writer_refusals(void **state)
{
    (void)state;
    char path[256];
    snprintf(path, sizeof path, "%s/refused.safetensors", test_dir());
    size_t files = bytes_folder_count();
    static const struct {
        const char *names[2];
        const char *metadata[5];
        const char *message;
    } cases[] = {
        {{"a", "a"}, {NULL}, "the tensor name \"a\" is given twice"},
        {{"", "a"}, {NULL}, "the tensor name \"\" is empty"},
        {{NULL, "a"}, {NULL}, "the tensor name \"\" is empty"},
        {{"__metadata__", "a"}, {NULL}, "the tensor name \"__metadata__\" is reserved"},
        {{"\xff", "a"}, {NULL}, "a tensor name is not UTF-8"},
        {{"a", "b"}, {"k", "v", "k", "w", NULL}, "metadata key \"k\" is given twice"},
        {{"a", "b"}, {"", "v", NULL}, "metadata key \"\" is empty"},
        {{"a", "b"}, {"k", "\xff", NULL}, "metadata \"k\" is not UTF-8"},
        {{"a", "b"}, {"axes.b", "v", NULL}, "metadata key \"axes.b\" is given twice"},
        {{"a", NULL}, {NULL}, "the tensor name \"\" is empty"},
        {{"a", "b"}, {NULL}, "tensor \"b\" has 1 labels (\"x\") for 0 axes"}, /* as the reader says */
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct error e = {{0}};
        struct tensor_view t[2] = {{.name = cases[i].names[0], .data = "x", .dtype = DTYPE_U8},
                                   {.name = cases[i].names[1], .data = "y", .dtype = DTYPE_U8, .axes = "x"}};
        assert_int_equal(safetensors_write(path, t, 2, cases[i].metadata, &e), STATUS_INVALID);
        if (strncmp(e.text, path, strlen(path)) != 0 || !strstr(e.text, cases[i].message))
            fail_msg("found \"%s\", expected \"%s\"", e.text, cases[i].message);
    }
    assert_int_equal(bytes_folder_count(), files);
}

/* Every dtype, order and rank through the writer and back: the identity of the tensor stays. */
static void round_trips(void **state)
{
    (void)state;
    static unsigned char data[1 << 10];
    for (size_t i = 0; i < sizeof data; i++)
        data[i] = (unsigned char)(i * 37 + i / 256);
    struct tensor_view t[2 * DTYPES];
    char names[2 * DTYPES][16], path[256];
    for (int i = 0; i < 2 * DTYPES; i++) {
        snprintf(names[i], sizeof names[i], "t%d", i);
        ptrdiff_t size = (ptrdiff_t)dtype_size((enum dtype)(i / 2));
        t[i] = (struct tensor_view){.name = names[i],
                                    .data = data + i,
                                    .dtype = (enum dtype)(i / 2),
                                    .big_endian = i % 2,
                                    .rank = 3,
                                    .shape = {3, 4, 5},
                                    .stride = {size, 3 * size, 12 * size}};
    }
    snprintf(path, sizeof path, "%s/trip.safetensors", test_dir());
    struct error e = {{0}};
    assert_int_equal(safetensors_write(path, t, 2 * DTYPES, NULL, &e), STATUS_OK);
    struct dump *d = expect_open(path, NULL);
    assert_int_equal(dump_count(d), 2 * DTYPES);
    for (size_t i = 0; i < 2 * DTYPES; i++) {
        char a[65], b[65];
        tensor_hash(&t[i], a);
        tensor_hash(dump_tensor(d, i), b);
        assert_string_equal(a, b);
    }
    dump_close(d);
}

static void damage(void **state)
{
    (void)state;
    size_t n;
    unsigned char *b = bytes_of(st_file("{\"__metadata__\":{\"axes.b\":\"x,y\"},\"b\":{\"dtype\":\"U8\","
                                        "\"shape\":[2,3],\"data_offsets\":[0,6]},"
                                        "\"c\":{\"dtype\":\"F16\",\"shape\":[1],\"data_offsets\":[6,8]}}",
                                        8),
                                &n);
    assert_int_equal(exercise_damaged("damaged.safetensors", b, n), 0);
    free(b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads),
        cmocka_unit_test(unreadable),
        cmocka_unit_test(no_labels_for_no_axes),
        cmocka_unit_test(malformed_headers),
        cmocka_unit_test(malformed_frames),
        cmocka_unit_test(writer_bytes),
        cmocka_unit_test(writer_refusals),
        cmocka_unit_test(round_trips),
        cmocka_unit_test(damage),
    };
    return cmocka_run_group_tests_name("safetensors", tests, NULL, NULL);
}
