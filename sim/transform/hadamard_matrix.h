/* Hadamard matrices: entries of +-1, rows orthogonal. Part of sim/transform. */
#ifndef SIM_TRANSFORM_HADAMARD_MATRIX_H
#define SIM_TRANSFORM_HADAMARD_MATRIX_H

#include <stdbool.h>
#include <stddef.h>

/* H of order n = 2^k m, the Kronecker product of Sylvester's of order 2^k and a factor of order m: 1, or the
 * smallest q + 1 (q prime, q mod 4 = 3) or 2 (q + 1) (q prime, q mod 4 = 1) that leaves a power of two:
 * Paley's constructions. */
struct hadamard {
    size_t n, m;
    signed char *factor; /* m * m, [row][column]; NULL if m is 1 */
    double *room;        /* m */
};

/* False without memory, or if n has no such factor (then h->n is 0). */
bool hadamard_open(size_t n, struct hadamard *h);
void hadamard_close(struct hadamard *h);
/* row = row H / sqrt(n), n numbers in place; `back` the same with H transposed, which undoes it. */
void hadamard_turn(struct hadamard *h, double *row, bool back);

#endif
