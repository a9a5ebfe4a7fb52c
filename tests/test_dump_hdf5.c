/* HDF5: types, layouts, names, what is listed as unreadable. Files are made by libhdf5; without it only the
 * message of a program without HDF5 is looked at. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/bytes.h"
#include "tests/check.h"

#ifdef BITSWEEP_HDF5

#define H5_USE_110_API
#include <hdf5.h>

static const float six[6] = {0, 1, -2, 3.5F, 4, 5};

static hid_t made(hid_t id)
{
    if (id < 0)
        fail_msg("libhdf5 failed");
    return id;
}

/* A dataset of [rows,columns], of memory type `from`, stored as `type`. */
static void put(hid_t at, const char *name, hid_t type, hid_t plist, hsize_t rows, hsize_t columns,
                hid_t from, const void *data)
{
    const hsize_t shape[2] = {rows, columns};
    const hid_t space = made(H5Screate_simple(2, shape, NULL));
    const hid_t set = made(H5Dcreate2(at, name, type, space, H5P_DEFAULT, plist, H5P_DEFAULT));
    if (data)
        assert_true(H5Dwrite(set, from, H5S_ALL, H5S_ALL, H5P_DEFAULT, data) >= 0);
    H5Dclose(set);
    H5Sclose(space);
}

static void put_six(hid_t at, const char *name, hid_t type, hid_t plist)
{
    put(at, name, type, plist, 2, 3, H5T_NATIVE_FLOAT, six);
}

/* A float of 16 bits. */
static hid_t float_16(size_t exponent_bits, size_t fraction_bits, size_t bias, bool big)
{
    const hid_t t = made(H5Tcopy(big ? H5T_IEEE_F32BE : H5T_IEEE_F32LE));
    assert_true(H5Tset_fields(t, 15, fraction_bits, exponent_bits, 0, fraction_bits) >= 0);
    assert_true(H5Tset_size(t, 2) >= 0 && H5Tset_ebias(t, bias) >= 0);
    return t;
}

static hid_t chunked(bool deflated)
{
    const hsize_t chunk[2] = {2, 2};
    const hid_t p = made(H5Pcreate(H5P_DATASET_CREATE));
    assert_true(H5Pset_chunk(p, 2, chunk) >= 0);
    if (deflated)
        assert_true(H5Pset_shuffle(p) >= 0 && H5Pset_deflate(p, 6) >= 0);
    return p;
}

static void expect_six(struct dump *d, const char *name, const char *type, bool mapped)
{
    size_t i;
    struct error e = {{0}};
    const struct tensor_view *t = NULL;
    float x[6];
    if (dump_find(d, name, &i, &e) || dump_load(d, i, &t, &e))
        fail_msg("%s", e.text);
    assert_string_equal(tensor_type_name(t), type);
    assert_int_equal(t->mapped, mapped);
    assert_true(t->rank == 2 && t->shape[0] == 2 && t->shape[1] == 3);
    tensor_read_f32(t, 0, 6, x);
    for (int k = 0; k < 6; k++)
        if (x[k] != (*type == 'I' || *type == 'U' ? (float)k : six[k]))
            fail_msg("%s: element %d is %a", name, k, (double)x[k]);
    dump_unload(d, i);
}

static void types(void **state)
{
    (void)state;
    static const int integers[6] = {0, 1, 2, 3, 4, 5};
    const char *path = test_path("types.h5");
    const hid_t file = made(H5Fcreate(path, H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT));
    put_six(file, "f64", H5T_IEEE_F64LE, H5P_DEFAULT);
    put_six(file, "f64be", H5T_IEEE_F64BE, H5P_DEFAULT);
    put_six(file, "f32", H5T_IEEE_F32LE, H5P_DEFAULT);
    put_six(file, "f32be", H5T_IEEE_F32BE, H5P_DEFAULT);
    put_six(file, "f16", float_16(5, 10, 15, false), H5P_DEFAULT);
    put_six(file, "bf16be", float_16(8, 7, 127, true), H5P_DEFAULT);
    put_six(file, "f16 packed", float_16(5, 10, 15, true), chunked(true));
    put(file, "i8", H5T_STD_I8LE, H5P_DEFAULT, 2, 3, H5T_NATIVE_INT, integers);
    put(file, "u16be", H5T_STD_U16BE, H5P_DEFAULT, 2, 3, H5T_NATIVE_INT, integers);
    put(file, "i32", H5T_STD_I32LE, chunked(false), 2, 3, H5T_NATIVE_INT, integers);
    put(file, "u8", H5T_STD_U8BE, H5P_DEFAULT, 2, 3, H5T_NATIVE_INT, integers);
    H5Fclose(file);
    struct dump *d = expect_open(path, NULL);
    assert_string_equal(dump_format_name(d), "hdf5");
    assert_int_equal(dump_count(d), 11);
    assert_int_equal(dump_unreadable_count(d), 0);
    expect_six(d, "f64", "F64", true), expect_six(d, "f64be", "F64", true);
    expect_six(d, "f32", "F32", true), expect_six(d, "f32be", "F32", true);
    expect_six(d, "f16", "F16", true), expect_six(d, "bf16be", "BF16", true);
    expect_six(d, "f16 packed", "F16", false), expect_six(d, "f16 packed", "F16", false); /* twice */
    expect_six(d, "i8", "I8", true), expect_six(d, "u16be", "U16", true);
    expect_six(d, "i32", "I32", false), expect_six(d, "u8", "U8", true);
    dump_close(d);
    const struct dump_hint hint = {.has_dtype = true, .dtype = DTYPE_BF16};
    d = expect_open(path, &hint);
    assert_int_equal(dump_tensor(d, 2)->dtype, DTYPE_BF16); /* f16 */
    dump_close(d);
    puts("# covered types of HDF5: 11, in both byte orders, mapped and loaded");
}

/* Names are paths; each object once, cycles end; links out of the file are not followed. */
static void names(void **state)
{
    (void)state;
    const char *path = test_path("names.hdf5");
    const hid_t user = made(H5Pcreate(H5P_FILE_CREATE));
    assert_true(H5Pset_userblock(user, 1024) >= 0);
    const hid_t file = made(H5Fcreate(path, H5F_ACC_TRUNC, user, H5P_DEFAULT));
    const hid_t a = made(H5Gcreate2(file, "a", H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT));
    const hid_t b = made(H5Gcreate2(a, "b", H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT));
    put_six(b, "c", H5T_IEEE_F32BE, H5P_DEFAULT);
    put_six(file, "z", H5T_IEEE_F32LE, H5P_DEFAULT);
    assert_true(H5Lcreate_hard(file, "a", b, "up", H5P_DEFAULT, H5P_DEFAULT) >= 0);
    assert_true(H5Lcreate_hard(b, "c", file, "again", H5P_DEFAULT, H5P_DEFAULT) >= 0);
    assert_true(H5Lcreate_soft("/a/b/c", file, "soft", H5P_DEFAULT, H5P_DEFAULT) >= 0);
    assert_true(H5Lcreate_external("types.h5", "f32", file, "out", H5P_DEFAULT, H5P_DEFAULT) >= 0);
    H5Gclose(b), H5Gclose(a), H5Fclose(file);
    struct dump *d = expect_open(path, NULL);
    assert_int_equal(dump_count(d), 2);
    assert_string_equal(dump_tensor(d, 0)->name, "a/b/c");
    assert_string_equal(dump_tensor(d, 1)->name, "z");
    expect_six(d, "a/b/c", "F32", false); /* behind a user block nothing is mapped */
    expect_six(d, "z", "F32", false);
    dump_close(d);
}

static const char *why(const struct dump *d, const char *name)
{
    for (size_t i = 0; i < dump_unreadable_count(d); i++)
        if (strcmp(dump_unreadable_at(d, i)->name, name) == 0)
            return dump_unreadable_at(d, i)->why;
    fail_msg("%s is readable", name);
    return "";
}

static void unreadable(void **state)
{
    (void)state;
    const char *path = test_path("odd.h5");
    const hid_t file = made(H5Fcreate(path, H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT));
    const hid_t pair = made(H5Tcreate(H5T_COMPOUND, 8)), text = made(H5Tcopy(H5T_C_S1));
    H5Tinsert(pair, "re", 0, H5T_IEEE_F32LE), H5Tinsert(pair, "im", 4, H5T_IEEE_F32LE);
    put(file, "pair", pair, H5P_DEFAULT, 1, 1, pair, NULL);
    put(file, "text", text, H5P_DEFAULT, 1, 1, text, "x");
    put(file, "long", H5T_STD_I64LE, H5P_DEFAULT, 2, 3, H5T_NATIVE_FLOAT, six);
    put(file, "opaque", made(H5Tcreate(H5T_OPAQUE, 2)), H5P_DEFAULT, 1, 1, 0, NULL);
    put(file, "huge", H5T_IEEE_F32LE, chunked(false), (hsize_t)1 << 40, 1 << 20, 0, NULL);
    put(file, "unwritten", H5T_IEEE_F32LE, H5P_DEFAULT, 2, 3, 0, NULL);
    put(file, "empty", H5T_IEEE_F32LE, H5P_DEFAULT, 0, 3, 0, NULL);
    put(file, "odd", float_16(6, 9, 31, false), H5P_DEFAULT, 1, 1, H5T_NATIVE_FLOAT, six);
    const hid_t null = made(H5Screate(H5S_NULL)), single = made(H5Screate(H5S_SCALAR));
    H5Dclose(made(H5Dcreate2(file, "null", H5T_IEEE_F32LE, null, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT)));
    const hid_t one =
        made(H5Dcreate2(file, "one", H5T_IEEE_F32LE, single, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT));
    assert_true(H5Dwrite(one, H5T_NATIVE_FLOAT, H5S_ALL, H5S_ALL, H5P_DEFAULT, six + 3) >= 0);
    H5Dclose(one), H5Fclose(file);
    struct dump *d = expect_open(path, NULL);
    assert_int_equal(dump_count(d), 2);
    assert_string_equal(dump_tensor(d, 0)->name, "empty");
    assert_int_equal(tensor_count(dump_tensor(d, 0)), 0);
    const struct tensor_view *t;
    struct error e = {{0}};
    assert_int_equal(dump_load(d, 0, &t, &e), STATUS_OK);
    assert_int_equal(dump_load(d, 1, &t, &e), STATUS_OK);
    float x;
    tensor_read_f32(t, 0, 1, &x);
    assert_true(t->rank == 0 && x == 3.5F);
    assert_non_null(strstr(why(d, "pair"), "elements of type compound"));
    assert_non_null(strstr(why(d, "text"), "elements of type text"));
    assert_non_null(strstr(why(d, "opaque"), "opaque bytes"));
    assert_non_null(strstr(why(d, "long"), "integers of 8 bytes that are not one of those"));
    assert_non_null(strstr(why(d, "odd"), "floating-point numbers of 2 bytes that are not one of those"));
    assert_non_null(
        strstr(why(d, "huge"), "claims 4611686018427387904 bytes, but 0 are stored: never written"));
    assert_non_null(strstr(why(d, "unwritten"), "claims 24 bytes, but 0 are stored"));
    assert_non_null(strstr(why(d, "null"), "is declared to hold nothing"));
    dump_close(d);
}

/* Every cut of a file, and flipped bits: read or refused, nothing else. */
static void damaged(void **state)
{
    (void)state;
    const char *path = test_path("whole.h5");
    const hid_t file = made(H5Fcreate(path, H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT));
    put_six(file, "a", H5T_IEEE_F32LE, H5P_DEFAULT);
    put_six(file, "b", H5T_IEEE_F32LE, chunked(true));
    H5Fclose(file);
    size_t n, tried = 0;
    unsigned char *bytes = bytes_of(path, &n);
    for (size_t length = 0; length < n; length += WATCHED ? 997 : 101, tried++)
        exercise(bytes_file("cut.h5", bytes, length));
    for (size_t at = 0; at < n; at += WATCHED ? 613 : 53, tried++) {
        bytes[at] ^= 1u << at % 8;
        exercise(bytes_file("flipped.h5", bytes, n));
        bytes[at] ^= 1u << at % 8;
    }
    free(bytes);
    printf("# covered damaged HDF5 files: %zu\n", tried);
    expect_refused(bytes_file("not.h5", "\x89HDF\r\n\x1a\n", 8), NULL, STATUS_MISSING,
                   "libhdf5 does not open it: ");
    expect_refused(bytes_file("not.hdf5", "hello", 5), NULL, STATUS_MISSING, "libhdf5 does not open it: ");
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(types), cmocka_unit_test(names),
                                       cmocka_unit_test(unreadable), cmocka_unit_test(damaged)};
    return cmocka_run_group_tests_name("dump_hdf5", tests, NULL, NULL);
}

#else

static void without(void **state)
{
    (void)state;
    expect_refused(
        bytes_file("a.h5", "\x89HDF\r\n\x1a\n", 8), NULL, STATUS_MISSING,
        "an HDF5 file, and this program was built without HDF5 (install libhdf5-dev and make again)");
    expect_refused(bytes_file("b.hdf5", "hello", 5), NULL, STATUS_MISSING, "built without HDF5");
}

static void skipped(void **state)
{
    (void)state;
    skip();
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(without), cmocka_unit_test(skipped)};
    return cmocka_run_group_tests_name("dump_hdf5", tests, NULL, NULL);
}

#endif
