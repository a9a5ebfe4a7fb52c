/* Energies of operations at 45 nm and 0.9 V, as published for classes of numbers; nothing is interpolated
 * unless asked for by name. */
#include <string.h>

#include "sim/cost/cost.h"

#define HOROWITZ                                                                                     \
    "Horowitz, Computing's energy problem, ISSCC 2014, 45 nm, 0.9 V (as restated by google/qkeras, " \
    "qtools/config_public.py, and stillwater-sc/universal, energy/cost_models/generic_45nm.hpp)"
#define QKERAS                                                                                             \
    "google/qkeras, qtools/config_public.py: quadratic (multiply) and linear (add) fit in the bits of an " \
    "integer "                                                                                             \
    "to the 8- and 32-bit values of Horowitz, ISSCC 2014, valid from 8 to 32 bits"

enum { NODE = 45 };

struct class
{
    const char *name;
    double multiply, add; /* pJ */
};
static const struct class classes[] = {
    {"int8", .2, .03}, {"int32", 3.1, .1}, {"fp16", 1.1, .4}, {"fp32", 3.7, .9}};

static const struct class *class_named(const char *name)
{
    for (size_t i = 0; i < sizeof classes / sizeof *classes; i++)
        if (!strcmp(classes[i].name, name))
            return &classes[i];
    return NULL;
}

enum { ACCUMULATOR, FIT };
static const struct arg_key keys[] = {
    [ACCUMULATOR] = {"accumulator", ARG_WORD, 0, 0, 0, "same|int32|fp16|fp32",
                     "class of the addition; same: that of the product"},
    [FIT] = {"fit", ARG_WORD, 0, 0, 0, "none|qkeras", "qkeras: integers of 8 to 32 bits by its polynomials"}};

static enum status fitted(const struct format *f, struct class *out, struct error *e)
{
    const double n = f->bits;
    if (f->family != &family_int || f->bits < 8)
        return error_set(e, STATUS_SKIP, "horowitz45: fit=qkeras is of integers of 8 to 32 bits; found %s",
                         f->name);
    *out = (struct class){f->name, .002994791667 * n * n + .001041666667 * n, .003125 * n};
    return STATUS_OK;
}

static enum status published(const struct format *f, struct class *out, struct error *e)
{
    const bool int8 = f->family == &family_int && f->bits == 8;
    const struct class *c = class_named(int8 ? "int8" : f->name);
    if (!c)
        return error_set(
            e, STATUS_SKIP,
            "horowitz45: the table has int8, int32, fp16, fp32 (of int16 no multiplication), not %s",
            f->name);
    *out = *c;
    return STATUS_OK;
}

static enum status cost(const struct cost_input *in, const double *arg, struct cost_value *out, int *n,
                        struct error *e)
{
    static const char *const sums[] = {NULL, "int32", "fp16", "fp32"};
    struct class c = {.name = NULL};
    *n = 0;
    const enum status s =
        arg[FIT] > 0 ? fitted(&in->spec->element, &c, e) : published(&in->spec->element, &c, e);
    if (s)
        return s;
    const char *source = arg[FIT] > 0 ? QKERAS : HOROWITZ;
    const double add = arg[ACCUMULATOR] > 0 ? class_named(sums[(int)arg[ACCUMULATOR]])->add : c.add;
    cost_put_at(out, n, "multiply_energy", "pJ", c.multiply, NODE, source);
    cost_put_at(out, n, "add_energy", "pJ", add, NODE, arg[ACCUMULATOR] > 0 ? HOROWITZ : source);
    cost_put_at(out, n, "mac_energy", "pJ", c.multiply + add, NODE,
                arg[FIT] > 0 && arg[ACCUMULATOR] > 0 ? "multiplication: " QKERAS "; addition: " HOROWITZ
                                                     : source);
    return STATUS_OK;
}

const struct cost_model cost_horowitz45 = {
    .name = "horowitz45",
    .doc = "Energy of a multiplication and an addition of int8, int32, fp16, fp32 at 45 nm, as published. No "
           "areas: "
           "those that circulate could not be traced to a source.",
    .source = HOROWITZ,
    .keys = keys,
    .n_keys = sizeof keys / sizeof *keys,
    .cost = cost,
};
