/* What cells cost: sets of cells turn a bill into gates, nodes turn gates into area, energy and delay where
 * constants exist. One line in sim/cost/cells.def a set, in sim/cost/nodes.def a node. */
#ifndef SIM_COST_CELLS_H
#define SIM_COST_CELLS_H

#include <stdbool.h>

#include "sim/cost/component.h"

/* Sizes of cells in a unit of their own, all of one set in the same; 0 where the source has none. */
struct cell_set {
    const char *name, *doc, *source;
    double size[CELLS];
    double gate; /* what counts as one gate: 1 of unit gates, else a NAND2 of the smallest drive */
};

extern const struct cell_set cells_appendix_b; /* unit gates */
extern const struct cell_set cells_nangate45;  /* a set whose unit is um2, as those below */
extern const struct cell_set cells_sky130;
extern const struct cell_set cells_gf180;

size_t cell_set_count(void);
const struct cell_set *cell_set_at(size_t i);

/* The same with adders made of the set's gates, as synthesis maps them where cells have one output: a half
 * adder is an XOR and an AND, a full adder three NAND and two OAI (a NAND and the OAI behind it are an
 * exclusive or; the third NAND joins both carries). */
struct cell_set cells_mapped(const struct cell_set *set);

/* The size of a bill in gates. STATUS_SKIP names a cell that the bill has and the set has not. */
enum status cells_gates(const struct cell_set *set, const struct bill *b, double *gates,
                        struct error *e) MUST_CHECK;

/* Where gates are made. */
struct node {
    const char *name;
    double nm;
    const struct cell_set *set; /* of its own library; of a scaled node that which is scaled */
    double area_factor;         /* of a scaled node, against the library; 1 otherwise */
    bool scaled;
    double gate_fj;     /* of a NAND2 whose output rises and falls once, without its load; 0: not known */
    double level_ps;    /* a level taken as an inverter that drives four; 0: not known */
    const char *source; /* beside that of the set */
};

size_t node_count(void);
const struct node *node_at(size_t i);
const struct node *node_find(const char *name);

/* um2 of one gate of the node's library. */
double node_gate_um2(const struct node *n);

#endif
