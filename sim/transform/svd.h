/* Singular values and vectors, from +, -, *, / and sqrt in one order: the same bits everywhere. */
#ifndef SIM_TRANSFORM_SVD_H
#define SIM_TRANSFORM_SVD_H

#include <stdbool.h>
#include <stddef.h>

/* a[rows, n], rows <= n, becomes a[i] = s_i * v_i, the largest s_i first, v_i orthonormal (zero where s_i
 * is), and u[rows, rows] such that what a was is the sum over i of u[.][i] * a[i]. The entry of largest
 * magnitude of each u[.][i] is positive, the first among equals. One-sided Jacobi (Hestenes 1958) until no
 * pair of rows has a cosine above 2^-50, 60 sweeps at most. False without memory. */
bool svd_rows(double *a, size_t rows, size_t n, double *u);

#endif
