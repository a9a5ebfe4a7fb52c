/* .npz: archives made by libzip and by zip(1), then damaged by hand. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zip.h>

#include "tests/bytes.h"
#include "tests/check.h"

#define DICTIONARY(descr, shape) "{'descr': '" descr "', 'fortran_order': False, 'shape': " shape ", }"

struct member {
    const char *name, *dictionary; /* no dictionary: the data alone */
    const void *data;
    size_t n;
    int method; /* ZIP_CM_STORE, ZIP_CM_DEFLATE */
    const char *password;
};

/* Writes the archive as NAME and returns its path. */
static const char *npz_file(const char *name, const struct member *members, size_t n)
{
    static char path[512];
    unsigned char bytes[8][4096];
    snprintf(path, sizeof path, "%s/%s", test_dir(), name);
    zip_t *z = zip_open(path, ZIP_CREATE | ZIP_TRUNCATE, NULL);
    assert_non_null(z);
    for (size_t i = 0; i < n; i++) {
        const struct member *m = &members[i];
        size_t length = m->n;
        if (m->dictionary)
            length = npy_bytes(bytes[i], 1, m->dictionary, m->data, m->n);
        else if (m->n)
            memcpy(bytes[i], m->data, m->n);
        zip_int64_t at = zip_file_add(z, m->name, zip_source_buffer(z, bytes[i], length, 0), 0);
        assert_true(at >= 0);
        assert_int_equal(zip_set_file_compression(z, (zip_uint64_t)at, m->method, 0), 0);
        if (m->password)
            assert_int_equal(zip_file_set_encryption(z, (zip_uint64_t)at, ZIP_EM_TRAD_PKWARE, m->password),
                             0);
    }
    if (zip_close(z) != 0)
        fail_msg("%s", zip_strerror(z));
    return path;
}

static const float eight[] = {1, 2, 3, 4, 5, 6, 7, 8};

static struct member array(const char *name, int method)
{
    return (struct member){name, DICTIONARY("<f4", "(2, 4)"), eight, sizeof eight, method, NULL};
}

static void reads(void **state)
{
    (void)state;
    struct member members[] = {
        array("layers.0.npy", ZIP_CM_STORE),
        array("b", ZIP_CM_DEFLATE),
        {"readme.txt", NULL, "hello", 5, ZIP_CM_STORE, NULL},
        {"void.npy", NULL, "", 0, ZIP_CM_STORE, NULL},
        {"ids.npy", DICTIONARY("<i8", "(1,)"), eight, 8, ZIP_CM_STORE, NULL},
        {"empty.npy", DICTIONARY("<f4", "(0, 3)"), NULL, 0, ZIP_CM_DEFLATE, NULL},
        {"fortran.npy", "{'descr': '>i2', 'fortran_order': True, 'shape': (2, 2), }", "\0\1\0\2\0\3\0\4", 8,
         ZIP_CM_DEFLATE, NULL},
    };
    struct dump *d = expect_open(npz_file("a.npz", members, 7), NULL);
    assert_string_equal(dump_format_name(d), "npz");
    assert_int_equal(dump_count(d), 4);
    assert_int_equal(dump_unreadable_count(d), 3);
    assert_string_equal(dump_unreadable_at(d, 0)->name, "readme.txt");
    assert_string_equal(dump_unreadable_at(d, 0)->why, "is no .npy array");
    assert_string_equal(dump_unreadable_at(d, 1)->name, "void");
    assert_non_null(strstr(dump_unreadable_at(d, 2)->why, "dtype '<i8': not one of"));
    static const char *const names[] = {"layers.0", "b", "empty", "fortran"};
    struct error e = {{0}};
    for (int pass = 0; pass < 2; pass++)
        for (size_t i = 0; i < 4; i++) {
            const struct tensor_view *t;
            assert_string_equal(dump_tensor(d, i)->name, names[i]);
            assert_null(dump_tensor(d, i)->data);
            assert_int_equal(dump_load(d, i, &t, &e), STATUS_OK);
            assert_non_null(t->data);
            const void *loaded = t->data;
            assert_int_equal(dump_load(d, i, &t, &e), STATUS_OK);
            assert_ptr_equal(loaded, t->data); /* once */
            float x[8];
            tensor_read_f32(t, 0, tensor_count(t), x);
            if (i < 2)
                assert_memory_equal(x, eight, sizeof eight);
            if (i == 3)
                assert_memory_equal(x, ((const float[]){1, 3, 2, 4}), 4 * sizeof *x);
            dump_unload(d, i);
            dump_unload(d, i);
        }
    const struct tensor_view *t;
    assert_int_equal(dump_load(d, 0, &t, &e), STATUS_OK); /* closed while loaded */
    dump_close(d);
}

static void hints(void **state)
{
    (void)state;
    struct member members[] = {{"w.npy", DICTIONARY("|V2", "(2,)"), "\x80\x3f\0\x40", 4, ZIP_CM_STORE, NULL},
                               array("x.npy", ZIP_CM_STORE)};
    struct dump_hint hint = {.has_dtype = true, .dtype = DTYPE_BF16};
    const char *path = npz_file("hint.npz", members, 2);
    struct dump *d = expect_open(path, NULL);
    assert_int_equal(dump_count(d), 1);
    dump_close(d);
    d = expect_open(path, &hint);
    assert_int_equal(dump_count(d), 2);
    assert_int_equal(dump_tensor(d, 0)->dtype, DTYPE_BF16);
    assert_int_equal(dump_tensor(d, 1)->dtype, DTYPE_F32);
    dump_close(d);
    hint.dtype = DTYPE_F64;
    expect_refused(path, &hint, STATUS_INVALID, "dtype F64 has no effect");
}

/* What zip(1) writes, members in folders included. */
static void by_zip(void **state)
{
    (void)state;
    char command[1024];
    unsigned char bytes[512];
    size_t n = npy_bytes(bytes, 1, DICTIONARY("<f4", "(8,)"), eight, sizeof eight);
    snprintf(command, sizeof command, "mkdir -p %s/sub", test_dir());
    assert_int_equal(system(command), 0);
    bytes_file("one.npy", bytes, n);
    bytes_file("sub/two.npy", bytes, n);
    snprintf(command, sizeof command, "command -v zip >/dev/null && cd %s && zip -q -r -1 z.npz one.npy sub",
             test_dir());
    if (system(command) != 0)
        skip();
    snprintf(command, sizeof command, "%s/z.npz", test_dir());
    struct dump *d = expect_open(command, NULL);
    assert_int_equal(dump_count(d), 2); /* the entry of the folder is none */
    assert_int_equal(dump_unreadable_count(d), 0);
    assert_string_equal(dump_tensor(d, 1)->name, "sub/two");
    struct error e = {{0}};
    const struct tensor_view *t;
    assert_int_equal(dump_load(d, 1, &t, &e), STATUS_OK);
    assert_memory_equal(t->data, eight, sizeof eight);
    dump_close(d);
}

static unsigned char *find(unsigned char *b, size_t n, const void *what, size_t length)
{
    unsigned char *at = memmem(b, n, what, length);
    assert_non_null(at);
    return at;
}

/* Loading the first member must fail so, twice, and leave nothing. */
static void expect_load_refused(const char *path, const char *message)
{
    struct dump *d = expect_open(path, NULL);
    for (int i = 0; i < 2; i++) {
        struct error e = {{0}};
        const struct tensor_view *t;
        assert_int_equal(dump_load(d, 0, &t, &e), STATUS_MISSING);
        if (strncmp(e.text, path, strlen(path)) != 0 || !strstr(e.text, message))
            fail_msg("found \"%s\", expected \"%s\"", e.text, message);
        assert_null(dump_tensor(d, 0)->data);
    }
    dump_close(d);
}

static void damaged_data(void **state)
{
    (void)state;
    for (int deflated = 0; deflated < 2; deflated++) {
        size_t n;
        struct member m = array("x.npy", deflated ? ZIP_CM_DEFLATE : ZIP_CM_STORE);
        unsigned char *b = bytes_of(npz_file("flip.npz", &m, 1), &n);
        if (deflated) { /* the checksum itself, in both places (local header + 14, directory + 16) */
            b[14] ^= 1;
            find(b, n, "PK\1\2", 4)[16] ^= 1;
        } else {
            find(b, n, eight, sizeof eight)[9] ^= 0x40;
        }
        expect_load_refused(bytes_file("flipped.npz", b, n), "member \"x\": CRC error");
        free(b);
    }
}

/* Directory fields: method + 10, compressed size + 20, size + 24. */
static void lying_directory(void **state)
{
    (void)state;
    size_t n;
    struct member stored = array("x.npy", ZIP_CM_STORE), deflated = array("x.npy", ZIP_CM_DEFLATE);
    unsigned char *b = bytes_of(npz_file("a.npz", &stored, 1), &n), *entry = find(b, n, "PK\1\2", 4);
    entry[24] += 1;
    expect_refused(bytes_file("b.npz", b, n), NULL, STATUS_MISSING,
                   "member \"x\": claims 161 bytes from 160 stored ones; a bomb or damaged");
    entry[20] = entry[24] = 0, entry[21] = entry[25] = 0x40;
    expect_refused(bytes_file("b.npz", b, n), NULL, STATUS_MISSING,
                   "claims 16384 compressed bytes in a file of");
    free(b);
    b = bytes_of(npz_file("a.npz", &deflated, 1), &n), entry = find(b, n, "PK\1\2", 4);
    entry[26] = 0x10;
    expect_refused(bytes_file("b.npz", b, n), NULL, STATUS_MISSING, "deflated ones; a bomb or damaged");
    entry[26] = 0, entry[10] = 12;
    expect_refused(bytes_file("b.npz", b, n), NULL, STATUS_MISSING,
                   "compression method 12; read are 0 (stored) and 8 (deflated)");
    free(b);
}

/* Members whose header and true length differ: nothing of the claimed size is allocated. */
static void lying_arrays(void **state)
{
    (void)state;
    struct member m = {"x.npy", DICTIONARY("<f4", "(1000000000, 1000000000)"), eight, 32, ZIP_CM_DEFLATE,
                       NULL};
    expect_refused(
        npz_file("a.npz", &m, 1), NULL, STATUS_MISSING,
        "member \"x\": [1000000000,1000000000] of <f4 are 4000000000000000000 bytes, but 32 follow");
    m.dictionary = DICTIONARY("<f4", "(4611686018427387904,)");
    expect_refused(npz_file("a.npz", &m, 1), NULL, STATUS_MISSING, "is too large");
    m.dictionary = DICTIONARY("<f4", "(-8,)");
    expect_refused(npz_file("a.npz", &m, 1), NULL, STATUS_MISSING,
                   "member \"x\": npy header: shape has a negative axis");
    m = (struct member){"x.npy", NULL, "\x93NUMPY\1\0\xff\xff{", 11, ZIP_CM_STORE, NULL};
    expect_refused(npz_file("a.npz", &m, 1), NULL, STATUS_MISSING,
                   "an npy header of 65535 bytes, but only 1 follow");
    m = (struct member){"x.npy", NULL, "\x93NUMPY\1\0\0\0{}", 12, ZIP_CM_STORE, NULL};
    expect_refused(npz_file("a.npz", &m, 1), NULL, STATUS_MISSING, "npy header ends where '{' was expected");
    /* The member is longer than the size in the directory, and the array agrees with the directory. */
    size_t n;
    m = (struct member){"x.npy", DICTIONARY("|u1", "(30,)"), eight, 32, ZIP_CM_DEFLATE, NULL};
    unsigned char *b = bytes_of(npz_file("a.npz", &m, 1), &n);
    b[22] = (unsigned char)(b[22] - 2); /* local header: size + 22 */
    find(b, n, "PK\1\2", 4)[24] = b[22];
    struct dump *d = expect_open(bytes_file("b.npz", b, n), NULL);
    struct error e = {{0}};
    const struct tensor_view *t;
    assert_int_equal(dump_load(d, 0, &t, &e), STATUS_MISSING);
    assert_non_null(strstr(e.text, "member \"x\": "));
    dump_close(d);
    free(b);
}

static void refused_archives(void **state)
{
    (void)state;
    size_t n;
    struct member two[] = {array("a.npy", ZIP_CM_STORE), array("b.npy", ZIP_CM_STORE)};
    unsigned char *b = bytes_of(npz_file("a.npz", two, 2), &n);
    for (unsigned char *at = b; (at = memmem(at, n - (size_t)(at - b), "b.npy", 5));)
        *at = 'a';
    expect_refused(bytes_file("b.npz", b, n), NULL, STATUS_MISSING, "two members are named \"a\"");
    free(b);
    two[1].name = "a"; /* the same name once ".npy" is left out */
    expect_refused(npz_file("a.npz", two, 2), NULL, STATUS_MISSING, "two members are named \"a\"");
    two[0].password = "secret";
    two[1].name = "b";
    expect_refused(npz_file("a.npz", two, 2), NULL, STATUS_MISSING, "member \"a\": is encrypted");
    expect_refused(bytes_file("b.npz", "PK\3\4 and no more", 16), NULL, STATUS_MISSING, "archive");
    expect_refused(bytes_file("b.npz", "neither", 7), NULL, STATUS_MISSING, "Not a zip archive");
    /* An archive without members is one. */
    struct dump *d =
        expect_open(bytes_file("none.npz", "PK\5\6\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 22), NULL);
    assert_int_equal(dump_count(d), 0);
    dump_close(d);
}

static void damage(void **state)
{
    (void)state;
    size_t n;
    struct member m[] = {array("a.npy", ZIP_CM_DEFLATE),
                         {"b.npy", DICTIONARY("|u1", "()"), "x", 1, ZIP_CM_STORE, NULL}};
    unsigned char *b = bytes_of(npz_file("a.npz", m, 2), &n);
    assert_int_equal(exercise_damaged("damaged.npz", b, n), 0);
    free(b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads),
        cmocka_unit_test(hints),
        cmocka_unit_test(by_zip),
        cmocka_unit_test(damaged_data),
        cmocka_unit_test(lying_directory),
        cmocka_unit_test(lying_arrays),
        cmocka_unit_test(refused_archives),
        cmocka_unit_test(damage),
    };
    return cmocka_run_group_tests_name("npz", tests, NULL, NULL);
}
