/* Products: what becomes of two codes that meet in a unit. One file in sim/arith/ and one line in
 * sim/products.def each. */
#ifndef SIM_PRODUCT_H
#define SIM_PRODUCT_H

#include <stddef.h>

#include "formats/format.h"

/* Parameters, each of them of those products alone that name it in `uses`. */
enum product_use {
    PRODUCT_OFFSET = 1,    /* l */
    PRODUCT_SUBNORMAL = 2, /* normalise */
    PRODUCT_DROPPED = 4,   /* dropped */
    PRODUCT_INTO = 8,      /* into, rounding */
    PRODUCT_TABLE = 16     /* table */
};

/* l of an offset 2^-l, at most PRODUCT_OFFSET_MAX, or L-Mul's own l(m): m for m <= 3, 3 for m = 4, 4 for
 * m > 4. */
#define PRODUCT_OFFSET_PAPER (-1)
#define PRODUCT_OFFSET_MAX   24

/* A table of products: that of codes a and b at [a << 8 | b]. Binary32 holds every product of 8-bit integers.
 */
#define PRODUCT_TABLE_SIZE 65536

struct product_args {
    int offset;     /* l; PRODUCT_OFFSET_PAPER */
    bool normalise; /* subnormal operands are normalised first; else they count as zeros */
    int dropped;    /* columns that a truncated array leaves out */
    /* The format that holds the product on its way, and how it is reached; never ROUND_SR, for products get
     * no random numbers. Without a family, which only "rounded" refuses: exponents and precision have no
     * bound, as in a unit that feeds a wider accumulator. */
    struct format into;
    struct rounding rounding;
    const float *table; /* PRODUCT_TABLE_SIZE values */
};

/* A product on its way to an accumulator. */
struct term {
    struct number value;
    /* Of a finite value that is not zero: where a unit that aligns terms takes its binade to be. Of an exact
     * product, and of a truncated array, the sum of the operands' exponents, for such units do not normalise
     * (1.5 * 1.5 = 10.01b is at 0). Of a product that has the form of a code (rounded, logarithmic, from a
     * table) its own exponent, of subnormal numbers of `into` the least. */
    int32_t exponent;
};

struct product {
    const char *name, *doc, *citation;
    unsigned uses; /* product_use */
    /* NULL, or what operands or parameters it needs that these are not. The function may be NULL: any. */
    const char *(*refuses)(const struct format *a, const struct format *b, const struct product_args *args);
    /* Total on what it does not refuse; codes as format_decode takes them. Adds to *events EVENT_*: what
     * became of a product that the operation could not hold: EVENT_FLUSHED where neither operand is zero and
     * the product is, by a flushed operand or by underflow; what rounding `into` says; EVENT_INEXACT of
     * digits left out. That an approximation differs from the exact product is no event. */
    struct term (*multiply)(const struct product_args *args, const struct format *fa, uint32_t a,
                            const struct format *fb, uint32_t b, uint32_t *events);
};

size_t product_count(void);
const struct product *product_at(size_t i);
const struct product *product_find(const char *name); /* NULL if unknown */

#endif
