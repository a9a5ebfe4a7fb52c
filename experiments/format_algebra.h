/* Questions about several formats, answered as tables (formats/algebra.h). Formats are named by scheme texts,
 * whose rounding counts where one is converted to. Each returns STATUS_DIFFERENT, its message being the first
 * counter-example, when the answer is no. */
#ifndef EXPERIMENTS_FORMAT_ALGEBRA_H
#define EXPERIMENTS_FORMAT_ALGEBRA_H

#include <stdbool.h>
#include <stdint.h>

#include "results/table.h"
#include "sim/base/status.h"

/* Is every value of b one of a? */
enum status algebra_show_contains(const char *a, const char *b, bool specials, enum table_format format,
                                  struct error *e) MUST_CHECK;
/* Is a -> via -> to the same as a -> to? `round` is NULL (as the texts say), a mode for both steps, or "all".
 */
enum status algebra_show_via(const char *a, const char *via, const char *to, const char *round,
                             enum table_format format, struct error *e) MUST_CHECK;
/* What holds sums of `terms` values of a, or of products of two of them, exactly? */
enum status algebra_show_exact(const char *a, bool products, uint32_t terms, enum table_format format,
                               struct error *e) MUST_CHECK;

#endif
