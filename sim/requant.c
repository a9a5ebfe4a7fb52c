/* The registry of requantizers. */
#include "sim/requant.h"

#include <string.h>

#define REQUANT(id) extern const struct requant requant_##id;
#include "sim/requants.def"
#undef REQUANT

static const struct requant *const registry[] = {
#define REQUANT(id) &requant_##id,
#include "sim/requants.def"
#undef REQUANT
};

size_t requant_count(void)
{
    return sizeof registry / sizeof *registry;
}

const struct requant *requant_at(size_t i)
{
    return registry[i];
}

const struct requant *requant_find(const char *name)
{
    for (size_t i = 0; i < requant_count(); i++)
        if (strcmp(registry[i]->name, name) == 0)
            return registry[i];
    return NULL;
}
