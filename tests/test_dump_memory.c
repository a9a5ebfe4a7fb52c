/* sim/dump: every copy of a text that cannot be made. What the sanitizers see: nothing stays behind. */
#include <stdlib.h>
#include <string.h>

#include "tests/bytes.h"
#include "tests/check.h"

static size_t copies, failing = SIZE_MAX;

/* In place of the C library's: the copy of that number fails. */
char *strdup(const char *text)
{
    if (copies++ == failing)
        return NULL;
    size_t n = strlen(text) + 1;
    char *copy = malloc(n);
    return copy ? memcpy(copy, text, n) : NULL;
}

/* How many copies opening takes, when each of them has failed once. */
static size_t copies_to_open(const char *path)
{
    for (failing = 0;; failing++) {
        struct dump *d;
        struct error e = {{0}};
        copies = 0;
        enum status s = dump_open(path, NULL, &d, &e);
        if (copies <= failing) {
            failing = SIZE_MAX;
            assert_int_equal(s, STATUS_OK);
            dump_close(d);
            return copies;
        }
        assert_int_equal(s, STATUS_INTERNAL);
        assert_non_null(strstr(e.text, "out of memory"));
        assert_null(d);
    }
}

/* The path, twice; key and value of metadata; name, labels and role, or name and reason, of tensors. */
static void safetensors(void **state)
{
    (void)state;
    const char header[] = "{\"__metadata__\":{\"axes.a\":\"token\"},"
                          "\"a\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[0,1]},"
                          "\"b\":{\"dtype\":\"C64\",\"shape\":[1],\"data_offsets\":[1,9]}}";
    unsigned char bytes[8 + sizeof header - 1 + 9] = {sizeof header - 1};
    memcpy(bytes + 8, header, sizeof header - 1);
    assert_int_equal(copies_to_open(bytes_file("a.safetensors", bytes, sizeof bytes)), 2 + 2 + 3 + 2);
}

/* The path, twice, and the name and the role of the array (the other copy of the name is made by strndup). */
static void npy(void **state)
{
    (void)state;
    unsigned char b[256];
    size_t n = npy_bytes(b, 1, "{'descr': '|u1', 'fortran_order': False, 'shape': (1,), }", "x", 1);
    assert_int_equal(copies_to_open(bytes_file("a.npy", b, n)), 2 + 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(safetensors), cmocka_unit_test(npy)};
    return cmocka_run_group_tests_name("dump_memory", tests, NULL, NULL);
}
