/* Operations on values of formats, each rounded once: by IEEE 754 where the format is one of its kind. */
#ifndef FORMATS_ARITH_H
#define FORMATS_ARITH_H

#include "formats/format.h"

enum operation { OPERATION_ADD, OPERATION_SUB, OPERATION_MUL, OPERATION_DIV, OPERATION_FMA, OPERATIONS };
extern const char *const operation_names[OPERATIONS];

/* a op b, or a * b + c (c counts for OPERATION_FMA alone), rounded once into f. The operands are values of
 * any formats: not sticky, and the significant bits of a and b together at most 64 (two of binary32 have 48,
 * of posit32 56), so that products are exact. Zeros have IEEE's signs: an exact sum of opposite signs is +0,
 * or -0 under ROUND_RDN; equal signs stay. Division of a nonzero number by zero is an infinity; 0/0, Inf/Inf,
 * 0 * Inf and Inf - Inf are NaN. */
struct encoded format_operate(const struct format *f, enum operation op, struct number a, struct number b,
                              struct number c, const struct rounding *r, uint32_t random);

#endif
