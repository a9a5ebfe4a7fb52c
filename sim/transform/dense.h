/* Rotations by matrices of any entries. Part of sim/transform. */
#ifndef SIM_TRANSFORM_DENSE_H
#define SIM_TRANSFORM_DENSE_H

#include <stddef.h>

/* Columns in blocks of n, each times a matrix [n][n]. */
struct dense {
    size_t n;
    double *matrix; /* that of block b at b * stride */
    size_t stride;  /* 0: one for all */
    double *room;   /* n */
};

/* A row_rotation of a struct dense: sums in the order of the columns. */
void dense_turn(const void *context, double *row, size_t n);

#endif
