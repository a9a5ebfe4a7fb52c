/* Chains of steps: canonical and short text parse to the same chain. */
#include "sim/transform.h"

#include <stdlib.h>
#include <string.h>

#include "tests/fuzz/fuzz.h"

static void same(const char *text, const char *canonical, const char *what)
{
    struct transform_chain c;
    struct error e = {{0}};
    char again[TRANSFORM_TEXT_SIZE];
    fuzz_require(!transform_parse(text, &c, &e), what);
    transform_canonical(&c, again);
    fuzz_require(!strcmp(again, canonical), what);
}

void fuzz_transform(const uint8_t *data, size_t size)
{
    struct transform_chain c;
    struct error e = {{0}};
    char *text = fuzz_text(data, size), canonical[TRANSFORM_TEXT_SIZE], other[TRANSFORM_TEXT_SIZE];
    const enum status s = transform_parse(text, &c, &e);
    fuzz_require(!s == !*e.text, "a message for a failure alone");
    if (!s) {
        transform_canonical(&c, canonical);
        same(canonical, canonical, "the canonical text is a fixed point");
        transform_short(&c, other);
        same(other, canonical, "the short text says the same");
        for (int attention = 0; attention < 2; attention++) {
            struct error why = {{0}};
            const enum status acts = transform_check(&c, attention, &why);
            fuzz_require(!acts == !*why.text, "a message for a failure alone");
        }
    }
    free(text);
}
