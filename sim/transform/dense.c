#include "sim/transform/dense.h"

#include <string.h>

static void turn_block(const struct dense *d, const double *matrix, double *x)
{
    memcpy(d->room, x, d->n * sizeof *x);
    memset(x, 0, d->n * sizeof *x);
    for (size_t i = 0; i < d->n; i++)
        for (size_t j = 0; j < d->n; j++)
            x[j] += d->room[i] * matrix[i * d->n + j];
}

void dense_turn(const void *context, double *row, size_t n)
{
    const struct dense *d = context;
    for (size_t k = 0; k < n; k += d->n)
        turn_block(d, d->matrix + k / d->n * d->stride, row + k);
}
