/* Chains of steps. */
#include "sim/transform.h"

#include "tests/fuzz/fuzz.h"

static enum status says(const char *text, char canonical[static FUZZ_TEXT_MAX], char *brief, struct error *e)
{
    struct transform_chain c;
    const enum status s = transform_parse(text, &c, e);
    if (s)
        return s;
    transform_canonical(&c, canonical);
    if (brief)
        transform_short(&c, brief);
    for (int attention = 0; attention < 2; attention++) {
        struct error why = {{0}};
        const enum status acts = transform_check(&c, attention, &why);
        fuzz_require(!acts == !*why.text, "a message for a failure alone");
    }
    return STATUS_OK;
}

void fuzz_transform(const uint8_t *data, size_t size)
{
    fuzz_canonical(says, data, size, 1);
}
