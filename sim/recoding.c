/* The registry of recodings, and what a bit-serial unit does with any of them. */
#include "sim/recoding.h"

#include <string.h>

#define RECODING(id) extern const struct recoding recoding_##id;
#include "sim/recodings.def"
#undef RECODING

static const struct recoding *const registry[] = {
#define RECODING(id) &recoding_##id,
#include "sim/recodings.def"
#undef RECODING
};

size_t recoding_count(void)
{
    return sizeof registry / sizeof *registry;
}

const struct recoding *recoding_at(size_t i)
{
    return registry[i];
}

const struct recoding *recoding_find(const char *name)
{
    for (size_t i = 0; i < recoding_count(); i++)
        if (strcmp(registry[i]->name, name) == 0)
            return registry[i];
    return NULL;
}

int64_t recoding_dot(const struct recoding *r, const int32_t *w, int bits, const int32_t *a, size_t n,
                     uint64_t *cycles)
{
    int64_t sum = 0;
    for (size_t i = 0; i < n; i++) {
        struct digit d[RECODING_BITS + 1];
        int count = r->digits(w[i], bits, d);
        for (int k = 0; k < count; k++)
            sum += (int64_t)a[i] * d[k].value * (INT64_C(1) << d[k].shift);
        *cycles += (uint64_t)count;
    }
    return sum;
}
