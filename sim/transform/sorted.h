/* Order statistics. Part of sim/transform. */
#ifndef SIM_TRANSFORM_SORTED_H
#define SIM_TRANSFORM_SORTED_H

#include <stddef.h>

/* Ascending, NaN last. */
void sort_f32(float *x, size_t n);
void sort_f64(double *x, size_t n);
/* Quantile q of sorted x, n > 0: linear between order statistics, as numpy and PyTorch have it. */
double sorted_quantile(const float *x, size_t n, double q);

/* A size and what it is of. */
struct sized {
    double size; /* no NaN */
    size_t at;
};
/* Smallest or largest first, equal ones by `at`. */
void sort_ascending(struct sized *x, size_t n);
void sort_descending(struct sized *x, size_t n);

#endif
