/* What quantizing i.i.d. values costs in theory: the expected squared error of a scheme on a synthetic
 * tensor, by quadrature.
 *
 * A fixed scale leaves one integral over the cells of the element. A scale that follows from the largest
 * magnitude M of a region of g values is averaged over M, exactly: with G(m) = P(|X| <= m)^(g-1), the
 * distribution of the largest of the others, and the squared error e(x; m) under the scale that m gives,
 *
 *     E = integral of p(x) [ G(|x|) e(x; |x|) + integral over m > |x| of e(x; m) dG(m) ] dx,
 *
 * the first term being the element that is the largest itself. Where the scale is constant for m_j <= m <
 * m_j+1, as with every format of few scales, that is a sum over the steps without an outer integral:
 *
 *     (G(m_j+1) - G(m_j)) I_j(0, m_j) + G(m_j+1) I_j(m_j, m_j+1),   I_j(a, b): over a <= |x| < b,
 *
 * else a quadrature over ln m. A second level is one more average, over the largest magnitude of the elements
 * of its region outside the block. Which scale a magnitude gives and which value a quotient gets is asked of
 * formats/scaling.h and formats/format.h; no rule is restated here.
 *
 * What is not in it: rounding x and y to binary32, and binary32 steps of quotients (2^-24 of x each). What
 * has no model is said by name. */
#ifndef SIM_THEORY_THEORY_H
#define SIM_THEORY_THEORY_H

#include <stddef.h>

#include "sim/base/status.h"
#include "sim/distribution.h"
#include "sim/spec.h"
#include "sim/tensor.h"

/* A tensor of i.i.d. values, but for outlier columns: scale times the distribution's, times outlier_factor in
 * `outliers` of the places along the last axis. */
struct theory_input {
    const struct quant_spec *q;
    const struct distribution *d;
    double parameter; /* NaN: the default */
    double scale;
    double outlier_factor;
    size_t outliers;
    int rank;
    size_t shape[TENSOR_MAX_RANK];
    int axis; /* that of q's scaling, resolved; 0 if it has none */
};

struct theory_error {
    double mse;      /* E (y - x)^2 */
    double power;    /* E x^2 */
    double variance; /* of x */
};

#define THEORY_WHY_SIZE 160
/* STATUS_SKIP where there is no model: `why` is a clause that says what has none. STATUS_INTERNAL: no memory.
 * Relative error of mse: some 1e-8; 1e-7 where a scale is continuous; 1e-4 under a second level, whose
 * magnitude has 16 nodes; 1e-3 where a scale of many steps over a wide element counts as continuous, or is
 * rounded stochastically. */
enum status theory_expect(const struct theory_input *in, struct theory_error *out,
                          char why[static THEORY_WHY_SIZE]) MUST_CHECK;
/* The part of that which needs no integral. */
enum status theory_covers(const struct theory_input *in, char why[static THEORY_WHY_SIZE]) MUST_CHECK;

#endif
