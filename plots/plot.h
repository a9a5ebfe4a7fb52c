/* Figures from the database alone. A figure is plots/NAME.sql (what to select) and plots/NAME.gp (how to
 * draw); both are built into the program. */
#ifndef PLOTS_PLOT_H
#define PLOTS_PLOT_H

#include <stddef.h>

#include "sim/base/status.h"

struct figure {
    const char *name, *title, *doc;
    const char *sql, *gp; /* texts */
};

size_t figure_count(void);
const struct figure *figure_at(size_t i);
const struct figure *figure_find(const char *name);

/* Writes NAME.tsv, NAME.gp (which redraws NAME.svg, NAME.pdf and NAME.png with gnuplot alone) into `dir`,
 * made if absent, and runs gnuplot. The same database gives the same SVG bytes. An empty selection draws a
 * stated "no data". The files take the places of earlier ones when all are whole; a failure, or a signal that
 * ends the program, leaves those as they were. Errors: STATUS_MISSING (no database; no gnuplot: NAME.tsv and
 * NAME.gp are written), STATUS_IO, STATUS_INTERNAL (gnuplot failed; its words). */
enum status figure_draw(const struct figure *f, const char *db, const char *dir, struct error *e) MUST_CHECK;

#endif
