#include <string.h>

#include "sim/metric/metric.h"

#define METRIC(name) extern const struct metric metric_##name;
#include "sim/metric/registry.def"
#undef METRIC

static const struct metric *const metrics[] = {
#define METRIC(name) &metric_##name,
#include "sim/metric/registry.def"
#undef METRIC
};

size_t metric_count(void)
{
    return sizeof metrics / sizeof *metrics;
}

/* The first so many of n without those at the end that are of this. */
static size_t without(size_t n, const char *of)
{
    while (n && !strcmp(metrics[n - 1]->of, of))
        n--;
    return n;
}

size_t metric_tensor_count(void)
{
    return without(metric_drawn_count(), "theory");
}

size_t metric_drawn_count(void)
{
    return without(metric_count(), "accumulator");
}

const struct metric *metric_at(size_t i)
{
    return metrics[i];
}

const struct metric *metric_find(const char *name)
{
    for (size_t i = 0; i < metric_count(); i++)
        if (!strcmp(metrics[i]->name, name))
            return metrics[i];
    return NULL;
}
