/* Products in binary64 and on bit patterns, sharing nothing with sim/arith but the parameters of formats.
 *
 * Every number here is exact in binary64: operands have at most 24 digits, products and sums at most 50, and
 * exponents of products of two binary32 numbers stay above -300. */
#ifndef TESTS_PRODUCT_ORACLE_H
#define TESTS_PRODUCT_ORACLE_H

#include "formats/format.h"

/* The value of a code by its fields (floats) or its integer; specials are asked of the format. */
double want_value(const struct format *f, uint32_t code);
/* The exponent of the first digit of a finite nonzero code: of subnormal numbers a zero. */
int want_exponent(const struct format *f, uint32_t code);
bool want_subnormal(const struct format *f, uint32_t code);

enum want_product { WANT_LMUL_REAL, WANT_LMUL_BITS, WANT_MITCHELL };
/* The product of two values with an offset of 2^-l; NaN, Inf and signed zeros as IEEE's products. */
double want_logarithmic(enum want_product kind, double x, double y, int l);
/* The circuit on the fields of two codes of f. */
double want_fpga(const struct format *f, uint32_t a, uint32_t b, int l);
/* The sum of single partial-product bits. */
double want_truncated(const struct format *fa, uint32_t a, const struct format *fb, uint32_t b, int dropped);

#endif
