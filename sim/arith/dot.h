/* Dot products of codes: the definition. Every step works on exact numbers and rounds by format_round. */
#ifndef SIM_ARITH_DOT_H
#define SIM_ARITH_DOT_H

#include "sim/spec.h"

/* Scales of the blocks of one vector: element k has code k / block, times `second` (1 without one). */
struct dot_scales {
    const struct format *format;
    const uint32_t *codes;
    size_t block;
    float second;
};

/* Faults of accumulators (mac_spec.flip): bit b flips after rounding number i of a dot product if its 64
 * random bits lie below the probability: numbers 2 (b mod 2) (the high half) and 2 (b mod 2) + 1 of group
 * 16 i + floor(b / 2) of stream row ^ DOT_STREAM_FAULTS. */
#define DOT_STREAM_FAULTS UINT64_C(0x6c62272e07bb0142)

struct dot_side {
    const struct format *format;
    const uint32_t *codes;
    const struct dot_scales *scales; /* NULL: none */
};

struct dot_input {
    struct dot_side a, b;
    size_t n;
    const uint32_t *c;  /* the addend, a code of the spec's out; NULL: none */
    uint64_t seed, row; /* of ROUND_SR: rounding number i of the dot product draws number i of stream `row`;
                           faults draw from row ^ DOT_STREAM_FAULTS */
};

/* What happened on the way. */
struct dot_stats {
    uint64_t roundings, inexact;
    uint64_t saturated, overflowed, wrapped; /* beyond an accumulator or the result */
    uint64_t flushed, nan; /* nonzero sums that became zero; results of a rounding that are NaN */
    uint64_t products;     /* products that lost something on their way */
    uint64_t flipped;      /* bits of accumulators flipped by faults */
};

/* Why codes of fa and fb cannot be multiplied under m (a clause), or NULL. */
const char *dot_problem(const struct mac_spec *m, const struct format *fa, const struct format *fb);
/* The same for the whole input: also what scales need. Of `in` the codes are not read. */
const char *dot_input_problem(const struct mac_spec *m, const struct dot_input *in);

/* The dot product, a code of m->out. Total for inputs without a problem. *stats (may be NULL) is added to. */
uint32_t dot_product(const struct mac_spec *m, const struct dot_input *in, struct dot_stats *stats);

/* D = A B^T + C by dot products: A is rows x n, B is columns x n, C (may be NULL) and D rows x columns, all
 * in C order. Scales, where there are any, are those of all rows: scales->codes is rows x ceil(n / block),
 * and likewise for B. Element (i, j) draws from stream first_row + i * columns + j. */
struct gemm_input {
    struct dot_side a, b;
    size_t rows, columns, n;
    const uint32_t *c;
    uint64_t seed, first_row;
};

/* Row i of a side of all rows of n elements, with its scales in *scales. */
struct dot_side dot_side_row(const struct dot_side *all, size_t i, size_t n, struct dot_scales *scales);

void dot_gemm(const struct mac_spec *m, const struct gemm_input *in, uint32_t *d, struct dot_stats *stats);
/* Element (i, j) of D alone. */
uint32_t dot_gemm_element(const struct mac_spec *m, const struct gemm_input *in, size_t i, size_t j,
                          struct dot_stats *stats);

void dot_stats_add(struct dot_stats *to, const struct dot_stats *from);

#endif
