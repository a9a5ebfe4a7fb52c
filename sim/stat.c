/* The registry of statistics. */
#include "sim/stat.h"

#include <string.h>

#define STATISTIC(id) extern const struct statistic stat_##id;
#include "sim/stats.def"
#undef STATISTIC

static const struct statistic *const registry[] = {
#define STATISTIC(id) &stat_##id,
#include "sim/stats.def"
#undef STATISTIC
};

size_t stat_count(void)
{
    return sizeof registry / sizeof *registry;
}

const struct statistic *stat_at(size_t i)
{
    return registry[i];
}

const struct statistic *stat_find(const char *name)
{
    for (size_t i = 0; i < stat_count(); i++)
        if (strcmp(registry[i]->name, name) == 0)
            return registry[i];
    return NULL;
}
