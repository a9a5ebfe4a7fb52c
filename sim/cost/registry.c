#include <string.h>

#include "sim/cost/cost.h"

#define COST(name) extern const struct cost_model cost_##name;
#include "sim/cost/registry.def"
#undef COST

static const struct cost_model *const models[] = {
#define COST(name) &cost_##name,
#include "sim/cost/registry.def"
#undef COST
};

size_t cost_model_count(void)
{
    return sizeof models / sizeof *models;
}

const struct cost_model *cost_model_at(size_t i)
{
    return models[i];
}

const struct cost_model *cost_model_find(const char *name)
{
    for (size_t i = 0; i < cost_model_count(); i++)
        if (!strcmp(models[i]->name, name))
            return models[i];
    return NULL;
}
