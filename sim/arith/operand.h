/* What products ask of their operands, and the end of those that have the form of a code. */
#ifndef SIM_ARITH_OPERAND_H
#define SIM_ARITH_OPERAND_H

#include "sim/product.h"

/* Bits of the fraction m of every value (1 + fraction * 2^-m) * 2^exponent of f: of floats with an integer
 * bias, an exponent field and at most 24 bits of precision, and of plain integers those behind the leading
 * one. -1 for formats that have none. */
int operand_fraction_bits(const struct format *f);

/* The exponent of a code's first digit, which of subnormal numbers of a float is a zero at the format's least
 * exponent. x is a finite nonzero value of f. */
int32_t operand_exponent(const struct format *f, struct number x);

/* Of a value of f; formats other than floats have none. */
static inline bool operand_is_subnormal(const struct format *f, struct number x)
{
    return f->family == &family_float && x.class == NUMBER_FINITE &&
           number_compare_magnitude(x, format_min_normal(f)) < 0;
}

/* Why a product cannot end in args->into, or NULL. */
const char *product_into_problem(const struct product_args *args);
/* x as a term, in args->into if that has a family: then what lies below the least normal number of `into`
 * before rounding is zero if `flush` (as of units that have no subnormal products), and the rest is rounded.
 */
struct term product_end(const struct product_args *args, struct number x, bool flush, uint32_t *events);

#endif
