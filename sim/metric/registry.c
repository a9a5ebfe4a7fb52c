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

size_t metric_tensor_count(void)
{
    size_t n = metric_count();
    while (n && !strcmp(metrics[n - 1]->of, "accumulator"))
        n--;
    return n;
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
