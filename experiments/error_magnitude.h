/* Rows of the figure plots/error_magnitude.gp: the relative error of rounding to nearest, by binade of the
 * value that is rounded. */
#ifndef EXPERIMENTS_ERROR_MAGNITUDE_H
#define EXPERIMENTS_ERROR_MAGNITUDE_H

#include "experiments/value_spacing.h"

/* For struct figure_rows of plots/plot.h: `what` is a struct spacing. Columns: format index exponent_bits
 * bits, then of each binade from two below the least positive value to one above the largest binade   k:
 * values x with 2^k <= x < 2^(k+1) mean     of |Q(x) - x| / x with all magnitudes alike (log x uniform), in
 * closed form max      its supremum Q takes the nearest value, zero included, and the largest one beyond it,
 * whatever the format overflows to. Formats without positive values have no rows.
 */
enum status error_magnitude_write(const void *what, FILE *tsv, size_t *rows, struct error *e) MUST_CHECK;

#endif
