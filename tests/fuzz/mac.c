/* MAC texts: identity and short text parse to the same spec. */
#include <stdlib.h>
#include <string.h>

#include "sim/mac.h"
#include "tests/fuzz/fuzz.h"

static void same(const char *text, const char *identity, const char *what)
{
    struct mac_spec m;
    struct error e = {{0}};
    char again[MAC_TEXT_SIZE];
    fuzz_require(!mac_parse(text, &m, &e), what);
    mac_identity(&m, again);
    fuzz_require(!strcmp(again, identity), what);
}

void fuzz_mac(const uint8_t *data, size_t size)
{
    enum { SELDOM = 16 };
    struct mac_spec m;
    struct error e = {{0}};
    char *text = fuzz_text(data, size), identity[MAC_TEXT_SIZE], other[MAC_TEXT_SIZE];
    const enum status s = mac_parse(text, &m, &e);
    fuzz_require(!s == !*e.text, "a message for a failure alone");
    if (!s) {
        mac_identity(&m, identity);
        same(identity, identity, "the canonical text is a fixed point");
        if (fuzz_seldom(data, size, SELDOM)) {
            mac_short(&m, other);
            same(other, identity, "the short text says the same");
        }
    }
    free(text);
}
