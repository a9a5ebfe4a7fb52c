/* The registry of distributions. */
#include "sim/distribution.h"

#include <string.h>

#define DISTRIBUTION(name) extern const struct distribution distribution_##name;
#include "sim/distributions.def"
#undef DISTRIBUTION

static const struct distribution *const registry[] = {
#define DISTRIBUTION(name) &distribution_##name,
#include "sim/distributions.def"
#undef DISTRIBUTION
};

size_t distribution_count(void)
{
    return sizeof registry / sizeof *registry;
}

const struct distribution *distribution_at(size_t i)
{
    return registry[i];
}

const struct distribution *distribution_find(const char *name)
{
    for (size_t i = 0; i < distribution_count(); i++)
        if (strcmp(registry[i]->name, name) == 0)
            return registry[i];
    return NULL;
}
