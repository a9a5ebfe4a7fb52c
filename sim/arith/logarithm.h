/* What L-Mul and Mitchell's product share: operands as (1 + fx 2^-m) 2^ex, an addition of fractions instead
 * of a multiplication of significands.
 *
 * Operands of two formats have their fractions aligned to the longer one, which is exact; m is its length.
 * Signs are exclusive-or'ed, of zeros too. Zero times anything finite is zero; NaN, and zero times Inf, are
 * NaN; Inf times the rest is Inf. A subnormal operand is a zero (so Inf times it is NaN), or normalised
 * first, as args->normalise says. Exponents are not bounded unless args->into is given: then a product below
 * its least normal number is zero, one beyond its range is what args->rounding.overflow says, and both are
 * events. */
#ifndef SIM_ARITH_LOGARITHM_H
#define SIM_ARITH_LOGARITHM_H

#include "sim/product.h"

/* `antilog` gives the magnitude of a product from the sum of the exponents and the sum of the fractions, 0 ..
 * 2^(m+1) - 2 in units of 2^-m. */
struct term logarithm_multiply(const struct product_args *args, const struct format *fa, uint32_t a,
                               const struct format *fb, uint32_t b,
                               struct number (*antilog)(int32_t exponent, uint64_t sum, int m, int l),
                               uint32_t *events);

/* The magnitude whose logarithm is exponent + sum 2^-m where log2(1 + f) is taken for f: whole ones of the
 * sum are carries into the exponent. */
struct number logarithm_carried(int32_t exponent, uint64_t sum, int m);
/* The fraction's length that both operands are brought to; -1 if one of them has none. */
int logarithm_fraction_bits(const struct format *a, const struct format *b);
/* l of the offset 2^-l for fractions of m bits. */
int lmul_offset(const struct product_args *args, int m);
/* What all forms of L-Mul refuse: formats other than floats, fractions without bits, offsets out of range
 * and, with `bits`, offsets below the last bit of the fraction. */
const char *lmul_refuses(const struct format *a, const struct format *b, const struct product_args *args,
                         bool bits);
/* The constant of "lmul_bits" as one addition, x + y - constant on codes without their signs: the bias in the
 * exponent field less the offset. f is a float that it does not refuse. */
int64_t lmul_constant(const struct format *f, const struct product_args *args);

#endif
