#include "sim/method.h"

#include <string.h>

static const struct method methods[] = {
#define METHOD(...) {__VA_ARGS__},
#include "sim/methods.def"
#undef METHOD
};

const char *const method_keys[METHOD_KEYS] = {"format", "weight", "transform", "mac",   "output",
                                              "k",      "p",      "v",         "mac_pv"};

size_t method_count(void)
{
    return sizeof methods / sizeof *methods;
}

const struct method *method_at(size_t i)
{
    return &methods[i];
}

const struct method *method_find(const char *name)
{
    for (size_t i = 0; i < method_count(); i++)
        if (!strcmp(methods[i].name, name))
            return &methods[i];
    return NULL;
}

const char *method_value(const struct method *m, size_t key)
{
    const char *const values[METHOD_KEYS] = {m->format, m->weight, m->transform, m->mac,   m->output,
                                             m->k,      m->p,      m->v,         m->mac_pv};
    return values[key];
}
