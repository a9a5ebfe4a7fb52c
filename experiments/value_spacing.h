/* Rows of the figure plots/value_spacing.gp: where the positive values of formats lie, and how far apart. */
#ifndef EXPERIMENTS_VALUE_SPACING_H
#define EXPERIMENTS_VALUE_SPACING_H

#include "experiments/format_page.h"

#define SPACING_MAX_FORMATS 12

struct spacing {
    const struct studied *formats; /* each of at most FACTS_BITS bits */
    size_t n;                      /* at most SPACING_MAX_FORMATS */
};

/* For struct figure_rows of plots/plot.h: `what` is a struct spacing. Columns, with log2 of positions and
 * gaps: format index exponent_bits bits values octaves   of the format; exponent_bits is -1 unless a float
 *   kind x0 y0 x1 subnormal    0: values from x0 to x1 too close to be told apart in the figure, or one if
 *                              x0 = x1; 1: a corner (x0, y0) of the curve of gap / value over value;
 *                              2: an end of it
 * A row of kind 0 never mixes subnormal and normal values. The curve has a step for each value where that can
 * be seen; else it is straight where the gap is constant, and elsewhere flat at the largest of what it
 * covers.
 */
enum status spacing_write(const void *what, FILE *tsv, size_t *rows, struct error *e) MUST_CHECK;

#endif
