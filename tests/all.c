/* The tests are one program, so that it is linked once; under the name test_NAME it is tests/test_NAME.c. */
#include "tests/word.h"

#include <stdio.h>
#include <string.h>

#define TEST(name) int main_##name(void); /* `main` of tests/NAME.c, renamed by the Makefile */
#include "test_names.def"
#undef TEST

const char *test_word;

int main(int argc, char **argv)
{
    static const struct {
        const char *name;
        int (*run)(void);
    } tests[] = {
#define TEST(name) {#name, main_##name},
#include "test_names.def"
#undef TEST
    };
    const char *name = argc > 0 && strrchr(argv[0], '/') ? strrchr(argv[0], '/') + 1 : "";
    test_word = argc > 1 ? argv[1] : NULL;
    for (size_t i = 0; i < sizeof tests / sizeof *tests; i++)
        if (strcmp(tests[i].name, name) == 0)
            return tests[i].run();
    fprintf(stderr, "%s: not the name of a test\n", name);
    return 64;
}
