/* Scheme texts. */
#include "sim/scheme.h"

#include "tests/fuzz/fuzz.h"

static enum status says(const char *text, char canonical[static FUZZ_TEXT_MAX], char *brief, struct error *e)
{
    struct quant_spec q;
    char identity[SCHEME_TEXT_SIZE];
    const enum status s = scheme_parse(text, &q, e);
    if (s)
        return s;
    scheme_canonical(&q, canonical);
    scheme_identity(&q, identity);
    if (brief)
        scheme_short(&q, brief);
    return STATUS_OK;
}

void fuzz_scheme(const uint8_t *data, size_t size)
{
    enum { SELDOM = 64 }; /* the short text is found by trying as many others: a millisecond */
    fuzz_canonical(says, data, size, SELDOM);
}
