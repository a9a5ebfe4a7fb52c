/* What the targets of texts with a canonical and a short form share. */
#include <stdlib.h>
#include <string.h>

#include "tests/fuzz/fuzz.h"

static void same(fuzz_says *says, const char *text, const char *canonical, const char *what)
{
    char again[FUZZ_TEXT_MAX];
    struct error e = {{0}};
    fuzz_require(!says(text, again, NULL, &e), what);
    fuzz_require(!strcmp(again, canonical), what);
}

void fuzz_canonical(fuzz_says *says, const uint8_t *data, size_t size, unsigned seldom)
{
    char *text = fuzz_text(data, size), canonical[FUZZ_TEXT_MAX], brief[FUZZ_TEXT_MAX];
    const bool both = fuzz_seldom(data, size, seldom);
    struct error e = {{0}};
    const enum status s = says(text, canonical, both ? brief : NULL, &e);
    fuzz_require(!s == !*e.text, "a message for a failure alone");
    if (!s) {
        same(says, canonical, canonical, "the canonical text is a fixed point");
        if (both)
            same(says, brief, canonical, "the short text says the same");
    }
    free(text);
}
