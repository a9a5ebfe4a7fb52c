/* A linear formula fitted to measurements, with what it is worth: every measurement is foretold from the
 * others. */
#ifndef SIM_COST_FIT_H
#define SIM_COST_FIT_H

#include <stdbool.h>

#define FIT_TERMS_MAX 8

struct linear_fit {
    int terms, rows;
    double coefficient[FIT_TERMS_MAX];
    /* |foretold - measured| / measured, of rows each left out of the fit that foretells it. */
    double max_error, rms_error;
};

/* Least squares of relative errors: x has `rows` rows of `terms` columns, y > 0 the measurements. False where
 * the rows do not determine the terms, all of them or with one row left out. */
bool fit_relative(const double *x, const double *y, int rows, int terms, struct linear_fit *out);
/* The formula at one point. */
double fit_at(const struct linear_fit *f, const double *x);

#endif
