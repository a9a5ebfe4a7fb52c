#include "sim/cost/cells.h"

#include <string.h>

#define CELL_SET(id, one, inv, nand, and2, or2, xor2, mux2, aoi, half, full, flop, words, from) \
    const struct cell_set cells_##id = {                                                        \
        #id, words, from, {inv, nand, and2, or2, xor2, mux2, aoi, half, full, flop}, one};
#include "sim/cost/cells.def"
#undef CELL_SET

static const struct cell_set *const sets[] = {
#define CELL_SET(id, ...) &cells_##id,
#include "sim/cost/cells.def"
#undef CELL_SET
};

size_t cell_set_count(void)
{
    return sizeof sets / sizeof *sets;
}

const struct cell_set *cell_set_at(size_t i)
{
    return sets[i];
}

struct cell_set cells_mapped(const struct cell_set *set)
{
    struct cell_set s = *set;
    s.size[CELL_FULL_ADDER] = 3 * s.size[CELL_NAND] + 2 * s.size[CELL_AOI];
    s.size[CELL_HALF_ADDER] = s.size[CELL_XOR] + s.size[CELL_AND];
    return s;
}

enum status cells_gates(const struct cell_set *set, const struct bill *b, double *gates, struct error *e)
{
    double size = 0;
    for (int c = 0; c < CELLS; c++) {
        if (b->cells[c] && set->size[c] <= 0)
            return error_set(e, STATUS_SKIP, "cells %s: there is no %s among them (%s)", set->name,
                             cell_names[c], set->source);
        size += (double)b->cells[c] * set->size[c];
    }
    *gates = size / set->gate;
    return STATUS_OK;
}

#define STILLMAKER                                                                                          \
    "area scaled from NanGate 45 nm: Stillmaker and Baas, Integration 58, 2017, table of area factors, as " \
    "restated "                                                                                             \
    "by Accelergy-Project/hwcomponents, scaling/techscaling.py"

static const struct node nodes[] = {
#define NODE(id, size, library, fj, ps, from) \
    {.name = #id,                             \
     .nm = size,                              \
     .set = &cells_##library,                 \
     .area_factor = 1,                        \
     .gate_fj = fj,                           \
     .level_ps = ps,                          \
     .source = from},
#define SCALED(id, size, factor) \
    {.name = #id,                \
     .nm = size,                 \
     .set = &cells_nangate45,    \
     .area_factor = factor,      \
     .scaled = true,             \
     .source = STILLMAKER},
#include "sim/cost/nodes.def"
#undef NODE
#undef SCALED
};

size_t node_count(void)
{
    return sizeof nodes / sizeof *nodes;
}

const struct node *node_at(size_t i)
{
    return &nodes[i];
}

const struct node *node_find(const char *name)
{
    for (size_t i = 0; i < node_count(); i++)
        if (!strcmp(nodes[i].name, name))
            return &nodes[i];
    return NULL;
}

double node_gate_um2(const struct node *n)
{
    return n->set->gate * n->area_factor;
}
