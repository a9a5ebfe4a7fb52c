/* Columns of the input by their size. Part of sim/transform. */
#ifndef SIM_TRANSFORM_COLUMNS_H
#define SIM_TRANSFORM_COLUMNS_H

#include "sim/transform/layer.h"
#include "sim/transform/sorted.h"

enum column_measure { COLUMN_MAX, COLUMN_SUM_ABS, COLUMN_SUM };

/* Of each column of the main input, in their order: the largest magnitude, the sum of magnitudes or the sum
 * over the calibration tokens; NaN counts as infinite. out has room for all. */
void columns_measure(const struct layer *l, enum column_measure by, struct sized *out);

#endif
