/* Distributions that synthetic tensors are drawn from and theory integrates over. One file in sim/dump/ and
 * one line in sim/distributions.def each. */
#ifndef SIM_DISTRIBUTION_H
#define SIM_DISTRIBUTION_H

#include <stdbool.h>
#include <stddef.h>

/* Of unit scale. Functions of x take any finite x; `parameter` lies in its range. */
struct distribution {
    const char *name, *doc, *parameter; /* what the parameter means, NULL if it has none */
    double parameter_default, parameter_min, parameter_max;
    bool even;                                      /* pdf(-x) = pdf(x) */
    double (*quantile)(double p, double parameter); /* 0 < p < 1 */
    double (*pdf)(double x, double parameter);      /* smooth but for 0 and the ends of its support */
    double (*lower)(double x, double parameter);    /* P(X <= x), to some 1e-12 of itself */
    double (*upper)(double x, double parameter);    /* P(X > x), likewise */
    double (*mean)(double parameter);               /* infinite or NaN where there is none */
    double (*power)(double parameter);              /* E X^2; infinite where there is none */
    /* A length: on the side of x away from 0, and up to this far, pdf is as good as a polynomial of degree 12
     * (relative error 1e-9), and up to an eighth of it of degree 4. Does not fall faster than in proportion.
     */
    double (*smooth)(double x, double parameter);
    double support; /* pdf is 0 beyond; infinite */
};

size_t distribution_count(void);
const struct distribution *distribution_at(size_t i);
const struct distribution *distribution_find(const char *name); /* NULL if unknown */

#endif
