/* Scheme texts: the canonical text is a fixed point, the short one has the same canonical text. */
#include <stdlib.h>
#include <string.h>

#include "sim/scheme.h"
#include "tests/fuzz/fuzz.h"

static void same(const char *text, const char *canonical, const char *what)
{
    struct quant_spec q;
    struct error e = {{0}};
    char again[SCHEME_TEXT_SIZE];
    fuzz_require(!scheme_parse(text, &q, &e), what);
    scheme_canonical(&q, again);
    fuzz_require(!strcmp(again, canonical), what);
}

void fuzz_scheme(const uint8_t *data, size_t size)
{
    enum { SELDOM = 64 }; /* the short text is tried on as many others: a millisecond */
    struct quant_spec q;
    struct error e = {{0}};
    char *text = fuzz_text(data, size), canonical[SCHEME_TEXT_SIZE], other[SCHEME_TEXT_SIZE];
    const enum status s = scheme_parse(text, &q, &e);
    fuzz_require(!s == !*e.text, "a message for a failure alone");
    if (!s) {
        scheme_canonical(&q, canonical);
        same(canonical, canonical, "the canonical text is a fixed point");
        if (fuzz_seldom(data, size, SELDOM)) {
            scheme_short(&q, other);
            same(other, canonical, "the short text says the same");
        }
        scheme_identity(&q, other);
    }
    free(text);
}
