/* A distribution as the values of a synthetic tensor have it, and integrals over it. Part of sim/theory.
 *
 * Synthetic values are quantiles of the midpoints of 2^52 equal cells of (0, 1), so none lies outside the
 * quantiles of 2^-53 and 1 - 2^-53. Integrals end there: what is left out is no part of the data. */
#ifndef SIM_THEORY_LAW_H
#define SIM_THEORY_LAW_H

#include <stddef.h>

#include "sim/distribution.h"

/* Z of unit scale; values are scale * Z. */
struct law {
    const struct distribution *d;
    double parameter, scale;
    double lo, hi; /* ends of Z */
    double most;   /* the larger magnitude of both */
};

/* `parameter` NaN: the default. */
struct law law_of(const struct distribution *d, double parameter, double scale);

/* P(|Z| > m), density of |Z| at m, and the m >= 0 at which P(|Z| > m) is `tail`, within the ends, to 1e-15 of
 * it. */
double law_tail(const struct law *l, double m);
double law_density(const struct law *l, double m);
double law_magnitude(const struct law *l, double tail);
/* P(|Z| <= m)^n, and 1 less that, each to some 1e-12 of itself where it is not below 1e-300. */
double law_all_below(const struct law *l, double m, double n);
double law_any_above(const struct law *l, double m, double n);

/* What a quantizer does to x = scale * z between two points: the expected squared error as a quadratic of x.
 *     SQUARE   (x - v)^2
 *     BETWEEN  (x - v) (w - x) + b (w - v) (2 x - v - w): x goes to w > v with probability (x - v)/(w - v) -
 * b, else to v EITHER   (1 - b) (x - v)^2 + b (w - x)^2: to w with probability b */
enum error_kind { ERROR_SQUARE, ERROR_BETWEEN, ERROR_EITHER };
struct error_form {
    enum error_kind kind;
    double v, w, b;
};

/* Integral of that times the density of Z over a <= z <= b, cut to the ends. Gauss-Legendre on pieces no
 * longer than distribution.smooth allows: relative error below 1e-8, as every term is positive. NaN where
 * memory runs out at the first call of a process. */
double law_error(const struct law *l, const struct error_form *f, double a, double b);

/* Nodes and weights on 0 .. 1 of Gauss-Legendre with n nodes: LAW_NODES, or 16. */
enum { LAW_NODES = 8 };
void law_nodes(size_t n, const double **x, const double **w);

#endif
