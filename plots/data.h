/* The rows of a figure as a file that gnuplot reads. */
#ifndef PLOTS_DATA_H
#define PLOTS_DATA_H

#include <stddef.h>

#include "plots/plot.h"

/* Rows of a query, for struct figure_rows: `what` is a struct selection. */
struct selection {
    const char *db, *sql;
    const char *study; /* NULL: all */
};
enum status selection_write(const void *what, FILE *tsv, size_t *rows, struct error *e) MUST_CHECK;

/* Writes the rows to `path`, tab-separated with a line of names. Of a text, gnuplot's strcol gives
 * what can be shown: tab, newline and bytes that are not UTF-8 as \t, \n and \xHH, other control characters
 * as spaces, anything else as it is. Errors name `shown` in the place of `path`. */
enum status data_write(const struct figure_rows *source, const char *path, const char *shown, size_t *rows,
                       struct error *e) MUST_CHECK;

#endif
