/* Bills, and the registry of components. */
#include "sim/cost/component.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *const cell_names[CELLS] = {"inverter", "nand", "and",        "or",         "xor",
                                       "mux",      "aoi",  "half_adder", "full_adder", "flip_flop"};

void bill_add(struct bill *to, struct bill part, int64_t times)
{
    if (times <= 0)
        return;
    for (int c = 0; c < CELLS; c++)
        to->cells[c] += times * part.cells[c];
    if (part.levels > to->levels)
        to->levels = part.levels;
}

void bill_then(struct bill *to, struct bill part)
{
    const int64_t levels = to->levels + part.levels;
    bill_add(to, part, 1);
    to->levels = levels;
}

struct bill bill_of(enum cell c, int64_t n)
{
    struct bill b = {.levels = 0};
    if (n <= 0)
        return b;
    b.cells[c] = n;
    b.levels = c == CELL_INV || c == CELL_FLIP_FLOP ? 0 : c == CELL_FULL_ADDER ? 2 : 1;
    return b;
}

int64_t bill_log2(int64_t n)
{
    int64_t bits = 0;
    while ((INT64_C(1) << bits) < n)
        bits++;
    return bits;
}

struct bill bill_tree(enum cell c, int64_t n)
{
    struct bill b = bill_of(c, n - 1);
    if (n > 1)
        b.levels = bill_log2(n);
    return b;
}

/* --- the registry --- */

#define COMPONENT(name) extern const struct component component_##name;
#include "sim/cost/components.def"
#undef COMPONENT

static const struct component *const components[] = {
#define COMPONENT(name) &component_##name,
#include "sim/cost/components.def"
#undef COMPONENT
};

size_t component_count(void)
{
    return sizeof components / sizeof *components;
}

const struct component *component_at(size_t i)
{
    return components[i];
}

const struct component *component_find(const char *name)
{
    for (size_t i = 0; i < component_count(); i++)
        if (!strcmp(components[i]->name, name))
            return components[i];
    return NULL;
}

static enum status unknown(const char *name, struct error *e)
{
    const char *names[sizeof components / sizeof *components];
    for (size_t i = 0; i < component_count(); i++)
        names[i] = components[i]->name;
    return text_unknown("component", name, names, component_count(), "components", e);
}

enum status component_parse(const char *text, const struct component **c, struct bill *out, struct error *e)
{
    char name[64];
    double arg[ARG_KEYS_MAX];
    snprintf(name, sizeof name, "%.*s", (int)strcspn(text, ", \t"), text);
    *c = component_find(name);
    if (!*c)
        return unknown(name, e);
    struct arg_words *w = calloc(1, sizeof *w);
    if (!w)
        return error_set(e, STATUS_INTERNAL, "out of memory");
    struct error why = {{0}};
    enum status s = arg_cut("component", name, (*c)->keys, (*c)->n_keys, text, w, &why);
    for (size_t i = 0; !s && i < (*c)->n_keys; i++) {
        arg[i] = (*c)->keys[i].standard;
        if (w->given[i])
            s = arg_read(&(*c)->keys[i], w->value[i], &arg[i], &why);
    }
    free(w);
    if (s)
        return error_set(e, s, "%s: %s", name, why.text);
    *out = (*c)->bill(arg);
    return STATUS_OK;
}
