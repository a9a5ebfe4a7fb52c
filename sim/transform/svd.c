#include "sim/transform/svd.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "sim/base/sum.h"
#include "sim/transform/sorted.h"

static double dot(const double *x, const double *y, size_t n)
{
    double lane[SUM_LANES] = {0};
    for (size_t k = 0; k < n; k++)
        lane[k % SUM_LANES] += x[k] * y[k];
    return sum_tree(lane);
}

static void turn(double *x, double *y, size_t n, double c, double s)
{
    for (size_t k = 0; k < n; k++) {
        const double a = x[k], b = y[k];
        x[k] = c * a - s * b;
        y[k] = s * a + c * b;
    }
}

/* Makes rows i and j orthogonal; false if they are. Rows of `basis` turn with them. */
static bool rotate(double *a, size_t n, double *basis, size_t rows, size_t i, size_t j)
{
    double *x = a + i * n, *y = a + j * n;
    const double xx = dot(x, x, n), yy = dot(y, y, n), xy = dot(x, y, n);
    if (fabs(xy) <= 0x1p-50 * sqrt(xx) * sqrt(yy))
        return false;
    const double zeta = (yy - xx) / (2 * xy), root = fabs(zeta) + sqrt(1 + zeta * zeta);
    const double t = (zeta < 0 ? -1 : 1) / root, c = 1 / sqrt(1 + t * t);
    turn(x, y, n, c, c * t);
    turn(basis + i * rows, basis + j * rows, rows, c, c * t);
    return true;
}

static double sign_of(const double *x, size_t n)
{
    double top = 0;
    for (size_t k = 0; k < n; k++)
        if (fabs(x[k]) > fabs(top))
            top = x[k];
    return top < 0 ? -1 : 1;
}

/* Rows by their norms, with the signs of u; basis[i] is column i of u. */
static void arrange(double *a, size_t rows, size_t n, const double *basis, double *u, double *copy,
                    struct sized *order)
{
    for (size_t i = 0; i < rows; i++)
        order[i] = (struct sized){dot(a + i * n, a + i * n, n), i};
    sort_descending(order, rows);
    memcpy(copy, a, rows * n * sizeof *a);
    for (size_t i = 0; i < rows; i++) {
        const double *from = basis + order[i].at * rows, sign = sign_of(from, rows);
        for (size_t k = 0; k < n; k++)
            a[i * n + k] = sign * copy[order[i].at * n + k];
        for (size_t k = 0; k < rows; k++)
            u[k * rows + i] = sign * from[k];
    }
}

bool svd_rows(double *a, size_t rows, size_t n, double *u)
{
    double *basis = calloc(rows * rows + 1, sizeof *basis), *copy = malloc((rows * n + 1) * sizeof *copy);
    struct sized *order = malloc((rows + 1) * sizeof *order);
    const bool room = basis && copy && order;
    bool more = room;
    for (size_t i = 0; room && i < rows; i++)
        basis[i * rows + i] = 1;
    for (int sweep = 0; sweep < 60 && more; sweep++) {
        more = false;
        for (size_t i = 0; i < rows; i++)
            for (size_t j = i + 1; j < rows; j++)
                more |= rotate(a, n, basis, rows, i, j);
    }
    if (room)
        arrange(a, rows, n, basis, u, copy, order);
    free(basis);
    free(copy);
    free(order);
    return room;
}
