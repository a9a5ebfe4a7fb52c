#include "experiments/component_page.h"

#include <inttypes.h>
#include <stdio.h>

#include "experiments/cli_list.h"
#include "sim/cost/cells.h"

static enum status put_number(struct table *t, const char *name, double value, const char *unit,
                              struct error *e)
{
    char text[64];
    snprintf(text, sizeof text, "%.10g %s", value, unit);
    return list_pair(t, name, text, e);
}

static enum status put_cells(struct table *t, const struct bill *b, struct error *e)
{
    enum status s = STATUS_OK;
    for (int c = 0; c < CELLS && !s; c++)
        if (b->cells[c])
            s = put_number(t, cell_names[c], (double)b->cells[c], b->cells[c] == 1 ? "cell" : "cells", e);
    return s ? s : put_number(t, "depth", (double)b->levels, "levels", e);
}

/* Gates in each set, or the cell that it lacks. */
static enum status put_sets(struct table *t, const struct bill *b, struct error *e)
{
    enum status s = STATUS_OK;
    for (size_t i = 0; i < cell_set_count() && !s; i++) {
        char name[64];
        struct error why = {{0}};
        double gates = 0;
        snprintf(name, sizeof name, "%s", cell_set_at(i)->name);
        if (cells_gates(cell_set_at(i), b, &gates, &why))
            s = list_pair(t, name, why.text, e);
        else
            s = put_number(t, name, gates, "gates", e);
        if (s || cell_set_at(i)->gate == 1) /* unit gates have one way to make adders */
            continue;
        struct cell_set mapped = cells_mapped(cell_set_at(i));
        snprintf(name, sizeof name, "%s, adders mapped", cell_set_at(i)->name);
        s = cells_gates(&mapped, b, &gates, e);
        s = s ? s : put_number(t, name, gates, "gates", e);
    }
    return s;
}

/* What a node has no constant for is not there. */
static enum status put_speed(struct table *t, const struct node *n, double gates, int64_t levels,
                             struct error *e)
{
    char name[64];
    enum status s = STATUS_OK;
    snprintf(name, sizeof name, "delay at %s", n->name);
    if (n->level_ps > 0)
        s = put_number(t, name, (double)levels * n->level_ps, "ps, a level as an inverter that drives four",
                       e);
    snprintf(name, sizeof name, "energy at %s", n->name);
    if (!s && n->gate_fj > 0)
        s = put_number(t, name, gates * n->gate_fj, "fJ, each gate's output rising and falling once", e);
    return s;
}

static enum status put_nodes(struct table *t, const struct bill *b, struct error *e)
{
    enum status s = STATUS_OK;
    for (size_t i = 0; i < node_count() && !s; i++) {
        const struct node *n = node_at(i);
        double gates = 0;
        char name[64];
        s = cells_gates(n->set, b, &gates, e);
        snprintf(name, sizeof name, "area at %s", n->name);
        if (!s)
            s = put_number(t, name, gates * node_gate_um2(n), n->scaled ? "um2 (scaled)" : "um2", e);
        if (!s)
            s = put_speed(t, n, gates, b->levels, e);
    }
    return s;
}

enum status component_page(const char *text, enum table_format format, struct error *e)
{
    static const char *const columns[] = {"property", "value"};
    const struct component *c = NULL;
    struct bill b = {.levels = 0};
    struct table *t = NULL;
    enum status s = component_parse(text, &c, &b, e);
    if (!s)
        s = table_open(format, stdout, columns, 2, &t, e);
    if (s)
        return s;
    s = list_pair(t, "component", text, e);
    if (!s)
        s = list_pair(t, "doc", c->doc, e);
    if (!s)
        s = list_pair(t, "source", c->source, e);
    for (size_t i = 0; i < c->n_keys && !s; i++)
        s = list_key(t, &c->keys[i], e);
    if (!s)
        s = put_cells(t, &b, e);
    if (!s)
        s = put_sets(t, &b, e);
    if (!s)
        s = put_nodes(t, &b, e);
    return list_end(t, s, e);
}
