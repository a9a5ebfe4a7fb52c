/* Matrix products by kernels: the bits and the counts of dot_gemm, fast where a kernel serves the spec.
 *
 * Served: orders exact, sequential and split, and fused with terms cut toward zero or added exactly;
 * accumulators that are floats with subnormal numbers or two's complement integers, rounding to nearest even
 * or toward zero; exact products of any formats, other products (not where terms are aligned) of formats of
 * up to 8 bits; every way in which scales enter, but with presums. Left to the definition: the other orders,
 * stochastic rounding, steps of units with lanes, joins or presums, and single results that touch NaN,
 * infinity, overflow of a float or a sum that became zero. */
#ifndef SIM_ARITH_GEMM_H
#define SIM_ARITH_GEMM_H

#include "sim/arith/dot.h"

enum { GEMM_ROWS_AT_ONCE = 128 };

struct kernels;
struct gemm;

/* A product under way. `in` has no problem (dot_input_problem); what it points to stays as it is until
 * gemm_close. `k`: these kernels; NULL: the best, where they pay. NULL if there is no memory. */
struct gemm *gemm_open(const struct mac_spec *m, const struct gemm_input *in, const struct kernels *k);
void gemm_close(struct gemm *g);
/* Rows first .. first + n - 1 of D, into d. *stats (may be NULL) is added to. Runs of this many rows cost
 * little more than all at once. Several threads may compute rows of one product. */
void gemm_rows(struct gemm *g, size_t first, size_t n, uint32_t *d, struct dot_stats *stats);
/* Whether kernels compute it. */
bool gemm_is_fast(const struct gemm *g);

/* All of it: as dot_gemm. */
void gemm(const struct mac_spec *m, const struct gemm_input *in, uint32_t *d, struct dot_stats *stats);

#endif
