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
    PRODUCT_INTO = 8       /* into, rounding */
};

/* l of an offset 2^-l: L-Mul's own l(m). */
#define PRODUCT_OFFSET_PAPER (-1)

struct product_args {
    int offset;     /* l; PRODUCT_OFFSET_PAPER */
    bool normalise; /* subnormal operands are normalised first; else they count as zeros */
    int dropped;    /* columns that a truncated array leaves out */
    struct format into;
    struct rounding rounding; /* of products that are rounded */
};

/* A product on its way to an accumulator. */
struct term {
    struct number value;
    /* Of a finite value that is not zero: where a unit that aligns terms takes its binade to be. Of an exact
     * product the sum of its operands' exponents, for such units do not normalise (1.5 * 1.5 = 10.01b is at
     * 0). */
    int32_t exponent;
};

struct product {
    const char *name, *doc, *citation;
    unsigned uses; /* product_use */
    /* NULL, or what operands it needs that these are not. */
    const char *(*refuses)(const struct format *a, const struct format *b, const struct product_args *args);
    /* Total. Adds to *events EVENT_*: what became of a product that the operation could not hold. */
    struct term (*multiply)(const struct product_args *args, const struct format *fa, uint32_t a,
                            const struct format *fb, uint32_t b, uint32_t *events);
};

size_t product_count(void);
const struct product *product_at(size_t i);
const struct product *product_find(const char *name); /* NULL if unknown */

#endif
