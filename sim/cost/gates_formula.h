/* Gates of units that results/synth.csv does not have: formulas with one coefficient a component, fitted to
 * the rows that it has. */
#ifndef SIM_COST_GATES_FORMULA_H
#define SIM_COST_GATES_FORMULA_H

#include "formats/format.h"
#include "sim/cost/fit.h"
#include "sim/cost/gates_table.h"

struct gates_formula {
    const char *design, *mac; /* whose rows it is fitted to, and what it foretells */
    const char *source;       /* the formula in words */
    int terms;
    /* The components of a unit of these operands; false where the formula does not cover them. */
    bool (*components)(const struct format *a, const struct format *b, int lanes, double *x);
};

/* NULL if there is none. */
const struct gates_formula *gates_formula_find(const char *design, const char *mac);
size_t gates_formula_count(void);
const struct gates_formula *gates_formula_at(size_t i);
/* Gate equivalents of a unit with its registers over its lanes, and the fit they come from. False where the
 * formula does not cover the unit, or the table does not determine the formula or has more rows than there is
 * room for. */
bool gates_formula_value(const struct gates_formula *g, const struct format *a, const struct format *b,
                         int lanes, double *ge, struct linear_fit *fit);

/* Gate equivalents of a row with its registers over its lanes. */
static inline double gates_of_row(const struct gates_row *r)
{
    return (r->ge_min + r->register_bits * GATES_REGISTER) / r->lanes;
}

/* Whether two formats have the same codes with the same values. */
bool gates_same_format(const struct format *a, const struct format *b);
/* Whether r rounds as the quantizers of the table do: to nearest even, saturating. */
bool gates_rounding_of_rows(const struct rounding *r);

#endif
