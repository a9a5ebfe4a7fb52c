/* Figures. Most show results, from the database alone: plots/NAME.sql (what to select) and plots/NAME.gp (how
 * to draw). A given figure draws rows that the caller computed, and has no .sql. All texts are built into the
 * program. */
#ifndef PLOTS_PLOT_H
#define PLOTS_PLOT_H

#include <stddef.h>
#include <stdio.h>

#include "sim/base/status.h"

struct figure {
    const char *name, *title, *doc;
    const char *sql, *gp; /* texts; sql is NULL in a given figure */
};

size_t figure_count(void);
const struct figure *figure_at(size_t i);
const struct figure *figure_find(const char *name);

/* Given figures: in a list of their own, since they need their rows. */
size_t figure_given_count(void);
const struct figure *figure_given_at(size_t i);
const struct figure *figure_given_find(const char *name);

/* Where rows come from: writes them as the TABLE_TSV of results/table.h, with a line of names, and sets their
 * number. */
struct figure_rows {
    enum status (*write)(const void *what, FILE *tsv, size_t *rows, struct error *e);
    const void *what;
};

/* How wide a figure is: as its drawing says, or a column or two of a page. */
enum figure_width { FIGURE_OWN_WIDTH, FIGURE_SINGLE, FIGURE_DOUBLE };
/* The names of the two that can be asked for, FIGURE_SINGLE first: "single", "double". */
#define FIGURE_WIDTHS 2
extern const char *const figure_width_names[FIGURE_WIDTHS];

/* What is drawn: a database, all of it or one study as its last run had it. */
struct figure_from {
    const char *db;
    const char *study; /* its name; NULL: all */
};

/* Writes NAME.tsv, NAME.gp (which redraws NAME.svg, NAME.pdf and NAME.png with gnuplot alone) into `dir`,
 * made if absent, and runs gnuplot. The same database gives the same SVG bytes. An empty selection draws a
 * stated "no data". The files take the places of earlier ones when all are whole; a failure, or a signal that
 * ends the program, leaves those as they were. Errors: STATUS_MISSING (no database; no gnuplot: NAME.tsv and
 * NAME.gp are written), STATUS_IO, STATUS_INTERNAL (gnuplot failed; its words). */
enum status figure_draw(const struct figure *f, const struct figure_from *from, const char *dir,
                        enum figure_width width, struct error *e) MUST_CHECK;
/* The same with the rows of a caller: the same rows give the same SVG bytes. Errors: those of rows->write,
 * and those above. */
enum status figure_draw_rows(const struct figure *f, const struct figure_rows *rows, const char *dir,
                             enum figure_width width, struct error *e) MUST_CHECK;

/* The SVG alone, as text that the caller frees; files are made in a folder of their own in `dir`, and
 * removed. Marks carry their values where the figure says them (@tell in style.gp). */
enum status figure_svg_rows(const struct figure *f, const struct figure_rows *rows, const char *dir,
                            char **svg, struct error *e) MUST_CHECK;
enum status figure_svg(const struct figure *f, const struct figure_from *from, const char *dir, char **svg,
                       struct error *e) MUST_CHECK;

#endif
