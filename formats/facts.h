/* Facts of a format that follow from its codes and its rounding, for any family: nothing here is stored with
 * a format, and the counts come from decoding every code. */
#ifndef FORMATS_FACTS_H
#define FORMATS_FACTS_H

#include <stddef.h>

#include "formats/format.h"

/* Formats of more bits are not decoded whole. */
#define FACTS_BITS 20

struct coded {
    struct number value;
    uint32_t code;
};

/* Decodes every code of a format of at most FACTS_BITS bits into `all`, which takes 2^bits of them, and sorts
 * them: finite values upward (+0 before -0, equal values by their codes), then infinities and NaNs. Returns
 * the number of finite ones. */
size_t facts_decode(const struct format *f, struct coded *all);

struct facts {
    /* Known at any width. Those that a format does not have are NaN. */
    struct number max, lowest;              /* the largest and the lowest value that rounding produces */
    struct number min_positive, min_normal; /* the latter of families that tell normal numbers */
    struct number above_one;                /* the least value above 1, if 1 is a value */
    uint64_t integers;                      /* the largest n with 1, 2, ... n all values; 0 without 1 */
    bool zero;                              /* zero is a value */
    /* Counts of codes, if `counted`: values + infinities + nans + neg_zeros + repeated = codes. */
    bool counted;
    uint32_t codes;
    uint32_t values; /* distinct finite values */
    uint32_t infinities, nans;
    uint32_t neg_zeros; /* -0 beside +0 */
    uint32_t repeated;  /* the value of another code once more */
    uint32_t unused;    /* of the values: those that rounding never gives, as -128 of a symmetric int8 */
};

/* `all` and its `finite` from facts_decode; NULL without counts. */
struct facts facts_of(const struct format *f, const struct coded *all, size_t finite);
/* Codes that carry nothing of their own: NaNs beyond one, -0, repeated and unused values. */
uint32_t facts_wasted(const struct facts *facts);

#endif
