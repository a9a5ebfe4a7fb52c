/* What theory says that quantizing costs: the expected squared error of a value of known distribution, by
 * integrals over the cells of a quantizer, and the scale that minimises it.
 *
 * Distributions are even, with unit scale. The error of a cell is written around its own value v,
 *     integral of t^2 p(v - t) over the part below v  +  integral of t^2 p(v + t) over the part above,
 * so that every term is positive and nothing cancels, however fine the format. */
#ifndef SIM_QUANT_THEORY_H
#define SIM_QUANT_THEORY_H

#include <stddef.h>

#include "formats/format.h"

struct density {
    const char *name;
    double (*pdf)(double x); /* smooth but for 0 and +-support */
    double support;          /* zero, or below 2^-128, from here on */
    double reach; /* from x >= 0, what lies beyond x + reach is below 2^-60 of what lies beyond x */
    double variance;
};

extern const struct density density_gaussian; /* N(0, 1) */
extern const struct density density_laplace;  /* exp(-|x|) / 2 */
extern const struct density density_uniform;  /* on -1 .. 1 */

/* Integral of t^k p(c + t) over 0 <= t <= h; h may be infinite. Relative error below 2^-40, mostly 2^-50; NaN
 * where memory runs out at the first call of a process. */
double density_moment(const struct density *d, double c, double h, int k);

/* x goes to the value in whose cell it lies: value[i] between edge[i - 1] and edge[i]. */
struct quantizer {
    size_t n;
    double *value; /* increasing */
    double *edge;  /* n - 1 */
};

/* The values that rounding to nearest in f produces, and the boundaries of its cells. `value` and `edge` hold
 * 2^bits elements; false if f has more than QUANTIZER_BITS bits, or values whose squares do not fit binary64.
 */
#define QUANTIZER_BITS 16
bool quantizer_of_format(const struct format *f, struct quantizer *q);

/* The root of f between low and high, at which its signs differ, to 2^-50 of itself; NaN where memory runs
 * out. */
double theory_root(double (*f)(double x, void *context), void *context, double low, double high);

/* E (x - s Q(x / s))^2. */
double theory_mse(const struct density *d, const struct quantizer *q, double scale);
/* Its derivative by the scale. */
double theory_slope(const struct density *d, const struct quantizer *q, double scale);
/* The scale s > 0 with the least theory_mse; of scales whose errors differ by less than 1e-9 of it the
 * smallest: a wide format repeats its error in every binade, and more range than that is not needed. If no
 * scale stands out at that, as with logarithmic numbers, the smallest one within 2^-20 of the least error.
 * NaN where memory runs out. */
double theory_best_scale(const struct density *d, const struct quantizer *q);

/* The magnitude that the scale of f covers at its best: that scale times format_max. 0 for a format of more
 * than 16 bits; NaN where memory runs out. */
double theory_best_magnitude(const struct format *f, const struct density *d);

/* The clipping value alpha that minimises E (|x| - alpha)^2 over |x| > alpha, plus the noise alpha^2 / (3
 * 4^bits) of a uniform quantizer with 2^bits cells over -alpha .. alpha: the model of ACIQ (Banner et al.,
 * arXiv 1810.05723). NaN where memory runs out. */
double theory_aciq(const struct density *d, int bits);

#endif
