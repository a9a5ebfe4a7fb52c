/* The fuzz targets on every file of their corpora: what once broke a reader, and one of each kind of input.
 */
#include <dirent.h>
#include <gsl/gsl_errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/check.h"
#include "tests/fuzz/fuzz.h"

#define CORPUS "tests/fuzz/corpus"

/* The bytes of a file, no more allocated than there are. */
static uint8_t *bytes_of(const char *path, size_t *size)
{
    static uint8_t room[1 << 16];
    FILE *f = fopen(path, "rb");
    assert_non_null(f);
    *size = fread(room, 1, sizeof room, f);
    fclose(f);
    assert_true(*size < sizeof room);
    uint8_t *bytes = malloc(*size ? *size : 1);
    assert_non_null(bytes);
    memcpy(bytes, room, *size);
    return bytes;
}

static size_t replay(const struct fuzz_target *t)
{
    char folder[64], path[512];
    size_t n = 0, size;
    struct dirent **files;
    snprintf(folder, sizeof folder, CORPUS "/%s", t->name);
    const int found = scandir(folder, &files, NULL, alphasort);
    for (int i = 0; i < found; i++) {
        if (files[i]->d_name[0] != '.') {
            snprintf(path, sizeof path, "%s/%s", folder, files[i]->d_name);
            uint8_t *bytes = bytes_of(path, &size);
            t->run(bytes, size);
            free(bytes);
            n++;
        }
        free(files[i]);
    }
    if (found >= 0)
        free(files);
    return n;
}

static void corpora(void **state)
{
    (void)state;
    gsl_set_error_handler_off();
    fuzz_try_all();
    for (size_t i = 0; i < fuzz_target_count(); i++) {
        const size_t n = replay(fuzz_target_at(i));
        if (!n)
            fail_msg("%s: no file in " CORPUS "/%s", fuzz_target_at(i)->name, fuzz_target_at(i)->name);
        printf("# covered fuzz %s: %zu inputs\n", fuzz_target_at(i)->name, n);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(corpora)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
