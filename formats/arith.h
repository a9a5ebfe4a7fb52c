/* Operations on values of formats, each rounded once: by IEEE 754 where the format is one of its kind. */
#ifndef FORMATS_ARITH_H
#define FORMATS_ARITH_H

#include "formats/format.h"

enum operation {
#define OPERATION(id, name, operands, doc) OPERATION_##id,
#include "formats/operations.def"
#undef OPERATION
    OPERATIONS
};
extern const char *const operation_names[OPERATIONS];
extern const char *const operation_docs[OPERATIONS];
/* How many operands count, 1..3: a, then b, then c. */
int operation_operands(enum operation op);

/* The operation on a, b and c, rounded once into f, in every mode. The operands are values of any formats, of
 * at most 64 significant bits and not sticky; those that do not count may be anything.
 *
 * Zeros have IEEE's signs: an exact sum of opposite signs is +0, or -0 under ROUND_RDN; equal signs stay;
 * sqrt(-0) is -0. Division of a nonzero number by zero and 1/0 are infinities; 0/0, Inf/Inf, 0 * Inf,
 * Inf - Inf and the root of a number below zero are NaN. exp2(-Inf) is +0, exp2 of either zero 1.
 *
 * minimum, maximum and their -number forms are those of IEEE 754-2019, 9.6: -0 is less than +0. Every NaN is
 * quiet here, so that minimum-number and maximum-number give NaN only for two of them.
 *
 * Boundaries of logarithmic formats are irrational and held to 64 bits (formats/ladder.h). Where a result is
 * one exactly (2^x, and roots of powers of two) the tie is a tie; where it only agrees to 64 bits it counts
 * as the larger. Roots come so near, where the operand is the square of a boundary, rounded to 53 bits: a few
 * codes of takum_log16 and lns5f10 get the neighbour of the nearest value. */
struct encoded format_operate(const struct format *f, enum operation op, struct number a, struct number b,
                              struct number c, const struct rounding *r, uint32_t random);

/* How a and b compare, exactly, whatever their formats: -0 equals +0, a NaN is unordered with everything
 * (IEEE 754-2019, 5.11; quiet predicates, which raise nothing). Neither may be sticky. */
enum relation { RELATION_LESS, RELATION_EQUAL, RELATION_GREATER, RELATION_UNORDERED, RELATIONS };
extern const char *const relation_names[RELATIONS];
enum relation number_relation(struct number a, struct number b);

/* How many operations raised each exception of IEEE 754-2019, clause 7. y is the delivered value, x the exact
 * result.
 *
 * invalid: no operand is NaN and x is (0/0, Inf/Inf, 0 * Inf, Inf - Inf, the root of a number below zero;
 *   0 * Inf + NaN is not counted); or x is what the format cannot say: NaN where y is a number, an infinity
 *   where y is none (the format has none or the policy replaces it) unless it came of a division by zero, or
 *   a number below zero in a format without negative values. As clause 7.2 has it for integers.
 * division_by_zero: a finite nonzero number over zero, 1/0; whatever y is.
 * overflow: x is finite and, rounded with an unbounded exponent range, lies beyond the largest finite value;
 *   y may be Inf, NaN or, in formats or under policies that saturate, the largest finite value. In formats
 *   that are lists of values (posits, takums, lns, HiFloat8, codebooks): what their family calls beyond, half
 *   the last gap and more above the largest value.
 * underflow: y is not x, and x is tiny: in floats nonzero and, *after* rounding with an unbounded exponent
 *   range, below the least normal number (as x86 and RISC-V have it; under ftz also what was flushed); in
 *   other families and floats without exponent bits nonzero and below the least positive value, before
 *   rounding. An exact subnormal raises nothing.
 * inexact: x is finite and y is not x; not together with invalid, always with overflow and underflow. A zero
 *   that becomes the least value of a format without zero is inexact alone; the sign of a zero is no value.
 */
struct operation_counts {
    uint64_t operations, invalid, division_by_zero, overflow, underflow, inexact;
};

/* format_operate, which adds what it raised, at most one of each, to *counts. */
struct encoded format_operate_counted(const struct format *f, enum operation op, struct number a,
                                      struct number b, struct number c, const struct rounding *r,
                                      uint32_t random, struct operation_counts *counts);
void operation_counts_add(struct operation_counts *sum, const struct operation_counts *part);

#endif
