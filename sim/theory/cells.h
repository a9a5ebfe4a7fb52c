/* The quantizer of an element as cells of the quotient: found by asking the definition, for every format of
 * at most 16 bits, rounding, cast and overflow alike. Part of sim/theory. */
#ifndef SIM_THEORY_CELLS_H
#define SIM_THEORY_CELLS_H

#include "sim/spec.h"
#include "sim/theory/law.h"

#define CELLS_BITS 16

/* A quotient q between edge[i] and edge[i + 1] becomes value[i]; edge[0] and edge[n] are infinite. Under
 * stochastic rounding it becomes value[i] or value[i + 1], if it lies between them. */
struct cells {
    size_t n;
    double *edge, *value;      /* value is NaN where it is no number, or infinite */
    bool symmetric;            /* cells(-q) = -cells(q) */
    bool infinity_is_lost;     /* an infinite quotient becomes no number */
    const struct rounding *sr; /* of stochastic rounding; NULL without */
};

/* Boundaries to 2^-30 of themselves. False without memory. `q` must live as long. */
bool cells_open(const struct quant_spec *q, const struct format *element, struct cells *out);
void cells_close(struct cells *c);

/* How values meet a scale: x * k is rounded, its value multiplied by v. */
struct meeting {
    double k, v; /* k > 0; v = 0: everything becomes zero, from infinite quotients if k is infinite */
};

/* Integral of the expected squared error of x = scale * Z over a <= z <= b; infinite where a part of that
 * becomes no number. */
double cells_error(const struct cells *c, const struct law *l, const struct meeting *m, double a, double b);
/* The expected squared error of x itself. */
double cells_error_at(const struct cells *c, const struct meeting *m, double x);

#endif
