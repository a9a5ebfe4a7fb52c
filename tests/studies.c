#include "tests/studies.h"

#include <stdio.h>
#include <string.h>

#include "tests/check.h"

static const char *file_path(void)
{
    static char path[256];
    snprintf(path, sizeof path, "%s/study.yaml", test_dir());
    return path;
}

static void write_text(const char *text, size_t n)
{
    FILE *f = fopen(file_path(), "wb");
    assert_non_null(f);
    assert_int_equal(fwrite(text, 1, n, f), n);
    assert_int_equal(fclose(f), 0);
}

struct config *study_load_sets(const char *text, const char *const *sets, size_t n)
{
    struct config *c = NULL;
    struct error e = {{0}};
    write_text(text, strlen(text));
    enum status s = config_load(file_path(), sets, n, &c, &e);
    if (s)
        print_error("%s\n", e.text);
    assert_int_equal(s, STATUS_OK);
    return c;
}

struct config *study_load(const char *text)
{
    return study_load_sets(text, NULL, 0);
}

void study_expect_error(const char *text, size_t n, const char *const *sets, size_t n_sets, const char *where,
                        const char *message)
{
    struct config *c = NULL;
    struct error e = {{0}};
    write_text(text, n);
    enum status s = config_load(file_path(), sets, n_sets, &c, &e);
    assert_null(c);
    if (s != STATUS_INVALID || !strstr(e.text, message))
        print_error("status %d\n  found    %s\n  expected %s\n  for      %.200s\n", s, e.text, message, text);
    assert_int_equal(s, STATUS_INVALID);
    assert_non_null(strstr(e.text, message));
    if (where) {
        char start[300];
        snprintf(start, sizeof start, "%s:%s: ", file_path(), where);
        if (strncmp(e.text, start, strlen(start)) != 0)
            print_error("found %s\nexpected it to start with %s\n", e.text, start);
        assert_int_equal(strncmp(e.text, start, strlen(start)), 0);
    }
}
