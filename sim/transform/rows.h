/* Rows of numbers that are turned: what layers and heads share. Part of sim/transform. */
#ifndef SIM_TRANSFORM_ROWS_H
#define SIM_TRANSFORM_ROWS_H

#include <stddef.h>

#include "sim/base/status.h"

/* Turns one row of n numbers in place: row[j] becomes the sum over i of row[i] * R[i][j] for an orthogonal R.
 */
typedef void row_rotation(const void *context, double *row, size_t n);

/* Rows of n numbers each, in binary64, rounded once. */
enum status rows_rotate(float *x, size_t rows, size_t n, row_rotation *rotate, const void *context,
                        struct error *e) MUST_CHECK;

#endif
