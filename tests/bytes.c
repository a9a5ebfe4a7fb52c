#include "tests/bytes.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/base/hash.h"
#include "tests/check.h"

const char *bytes_file(const char *name, const void *data, size_t n)
{
    const char *path = test_path(name);
    FILE *f = fopen(path, "wb");
    if (!f || (n && fwrite(data, 1, n, f) != n) || fclose(f) != 0)
        fail_msg("cannot write %s", path);
    return path;
}

unsigned char *bytes_of(const char *path, size_t *n)
{
    FILE *f = fopen(path, "rb");
    if (!f)
        fail_msg("cannot read %s", path);
    fseek(f, 0, SEEK_END);
    *n = (size_t)ftell(f);
    rewind(f);
    unsigned char *data = malloc(*n ? *n : 1);
    if (fread(data, 1, *n, f) != *n)
        fail_msg("cannot read %s", path);
    fclose(f);
    return data;
}

size_t bytes_folder_count(void)
{
    DIR *folder = opendir(test_dir());
    size_t n = 0;
    while (readdir(folder))
        n++;
    closedir(folder);
    return n - 2; /* . and .. */
}

void expect_refused(const char *path, const struct dump_hint *hint, enum status status, const char *message)
{
    struct error e = {{0}};
    struct dump *d = (void *)&e;
    enum status s = dump_open(path, hint, &d, &e);
    assert_null(d);
    if (strncmp(e.text, path, strlen(path)) != 0 || !strstr(e.text + strlen(path), message))
        fail_msg("found \"%s\", expected \"%s: ...%s...\"", e.text, path, message);
    assert_int_equal(s, status);
}

struct dump *expect_open(const char *path, const struct dump_hint *hint)
{
    struct error e = {{0}};
    struct dump *d;
    if (dump_open(path, hint, &d, &e) != STATUS_OK)
        fail_msg("%s", e.text);
    return d;
}

void exercise(const char *path)
{
    struct error e = {{0}};
    struct dump *d;
    if (dump_open(path, NULL, &d, &e)) {
        assert_true(strlen(e.text) > strlen(path));
        return;
    }
    for (size_t i = 0; i < dump_count(d); i++) {
        const struct tensor_view *t;
        char hex[HASH_HEX_SIZE];
        if (dump_load(d, i, &t, &e) == STATUS_OK)
            tensor_hash(t, hex);
    }
    dump_close(d);
}

size_t exercise_damaged(const char *name, const unsigned char *data, size_t n)
{
    size_t opened = 0;
    unsigned char *copy = malloc(n);
    for (size_t length = 0; length < n; length++) {
        struct error e = {{0}};
        struct dump *d;
        const char *path = bytes_file(name, data, length);
        exercise(path);
        if (dump_open(path, NULL, &d, &e) == STATUS_OK) {
            opened++;
            dump_close(d);
        }
    }
    for (size_t bit = 0; bit < 8 * n; bit++) {
        memcpy(copy, data, n);
        copy[bit / 8] ^= (unsigned char)(1 << bit % 8);
        exercise(bytes_file(name, copy, n));
    }
    free(copy);
    return opened;
}

size_t npy_bytes(unsigned char *out, int major, const char *dictionary, const void *data, size_t n)
{
    size_t prefix = major == 1 ? 10 : 12, length = prefix + strlen(dictionary) + 1;
    size_t padded = (length + 63) / 64 * 64, field = padded - prefix;
    memset(out, ' ', padded);
    memcpy(out, "\x93NUMPY", 6);
    out[6] = (unsigned char)major;
    out[7] = 0;
    for (size_t i = 8; i < prefix; i++, field >>= 8)
        out[i] = (unsigned char)field;
    memcpy(out + prefix, dictionary, strlen(dictionary));
    out[padded - 1] = '\n';
    if (n)
        memcpy(out + padded, data, n);
    return padded + n;
}
