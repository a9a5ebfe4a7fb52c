/* The report: all of a result database on one page of HTML, which needs no network and no script to be read.
 */
#ifndef PLOTS_REPORT_H
#define PLOTS_REPORT_H

#include "plots/plot.h"
#include "results/table.h"

/* A section whose rows a caller has: `write` writes them as a table of that format and sets their number. */
struct report_given {
    const char *id, *title, *intro; /* the id is of letters and dashes */
    enum status (*write)(const void *what, enum table_format format, FILE *out, size_t *rows,
                         struct error *e);
    const void *what;
    const struct figure *figure; /* that is drawn from these rows, a given one; NULL: none */
};

struct report {
    const char *db;
    const char *program; /* who writes the page: name, version and commit */
    const struct report_given *given;
    size_t n_given;
};

/* Writes DIR/index.html, made if absent, in the place of an earlier one once it is whole. The same database
 * and program give the same bytes. Sections are those of report.def, what is given, and for each study, as
 * its last run had it, the figures that its file names, or all of the registry, as far as they have rows. At
 * most REPORT_ROWS rows of a table are shown; what is left out is said. Errors: STATUS_MISSING (no database;
 * no gnuplot: the page is written without figures), STATUS_IO, STATUS_INTERNAL. */
#define REPORT_ROWS 400
enum status report_write(const struct report *r, const char *dir, struct error *e) MUST_CHECK;

/* An SVG of gnuplot as part of a page: without XML's first line, its identifiers of this figure alone, told
 * to readers of screens as `label`, and values of marks (hypertext) as titles, which browsers show without a
 * script. The caller frees it; NULL when out of memory, or for what is no SVG. */
char *report_inline_svg(const char *svg, const char *name, const char *label);

#endif
