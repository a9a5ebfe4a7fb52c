/* Drawing figures in tests, and reading what was drawn. */
#ifndef TESTS_DRAWN_H
#define TESTS_DRAWN_H

#include <stdbool.h>
#include <stddef.h>

#include "plots/plot.h"
#include "tests/rows.h"

/* Is there a gnuplot? */
bool drawn_possible(void);
/* The bytes of DIR/NAME.SUFFIX with a final NUL; the caller frees them. Fails the test if there is no such
 * file. */
char *drawn_file(const char *dir, const char *name, const char *suffix, size_t *size);
/* A new database in the test's folder, of the given cells; every metric as the model of tests/rows.c says,
 * unless `sqnr` overrides it. Beside those of rows.c, a tensor whose name has n letters has crest factor 4 +
 * n / 4 (blocks of 16: 1 + n / 4, of 32: 2 + n / 4), kurtosis 3 + n / 3 and n outlier channels, a mean error
 * of n / 64 and an expected one of -n / 128 of the rms error, and of B bits per element, of which half are
 * the weight's, a recall of 1 - n / (64 B); "layers.L.ROLE" is known as of that layer and role, others as of
 * layer 0 and role "role". A site is [64, 1024] with sums of K terms if it is named "kK", else of 256.
 * Returns its path. */
const char *drawn_db(const char *name, const struct row_spec *specs, size_t n, const double *sqnr);
/* Puts n analyses, computed, into a database. */
void drawn_analyses(const char *db, const char *const *texts, size_t n);
/* A database that every figure draws something of, made once; other orders of writing make new ones. */
const char *drawn_full(void);
void drawn_fill(const char *db, unsigned order);
/* Writes DIR/FIGURE.tsv and .gp alone. */
void drawn_script(const char *figure, const char *db, const char *dir);
/* Draws one figure, or every figure of the database. */
void drawn_one(const char *figure, const char *db, const char *dir, enum figure_width width);
void drawn_all(const char *db, const char *dir, enum figure_width width);
/* Writes DIR/FIGURE.svg alone, by figure_svg(): PDF and PNG, which the same script draws, take most of the
 * time. `dir` is there. */
void drawn_svg(const char *figure, const char *db, const char *dir);
/* DIR/FIGURE.SUFFIX holds `want`, or each of n such, or does not. */
void drawn_says(const char *dir, const char *figure, const char *suffix, const char *want);
void drawn_says_all(const char *dir, const char *figure, const char *suffix, const char *const *want,
                    size_t n);
/* The words of DIR/FIGURE.svg hold `want`: texts joined by spaces, as where a line was broken. */
void drawn_tells(const char *dir, const char *figure, const char *want);
void drawn_says_not(const char *dir, const char *figure, const char *suffix, const char *unwanted);

#endif
