/* MAC texts. */
#include "sim/mac.h"

#include "tests/fuzz/fuzz.h"

static enum status says(const char *text, char canonical[static FUZZ_TEXT_MAX], char *brief, struct error *e)
{
    struct mac_spec m;
    const enum status s = mac_parse(text, &m, e);
    if (s)
        return s;
    mac_identity(&m, canonical);
    if (brief)
        mac_short(&m, brief);
    return STATUS_OK;
}

void fuzz_mac(const uint8_t *data, size_t size)
{
    enum { SELDOM = 16 };
    fuzz_canonical(says, data, size, SELDOM);
}
