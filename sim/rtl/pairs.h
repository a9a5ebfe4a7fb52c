/* Pairs of codes that a unit of two operands is checked with: all of them up to 2^17; of wider formats those
 * of codes at the ends of their fields, and drawn ones, 2^16 in all. */
#ifndef SIM_RTL_PAIRS_H
#define SIM_RTL_PAIRS_H

#include "sim/rtl/rtl.h"

#define RTL_CORNERS_MAX 128

/* Codes at the ends of a format's fields, some of them twice. */
struct rtl_corners {
    int n;
    uint32_t code[RTL_CORNERS_MAX];
};

/* An iterator over pairs of codes of a and b; `n` of them. */
struct rtl_pairs {
    const struct format *a, *b;
    uint64_t seed, at, n;
    bool all;
    struct rtl_corners a_corners, b_corners;
};

/* From the first pair of s's operands; s must outlive p. */
void rtl_pairs_begin(const struct rtl_spec *s, struct rtl_pairs *p);
/* The next pair; false after the last, when *a and *b stay as they are. */
bool rtl_pairs_next(struct rtl_pairs *p, uint32_t *a, uint32_t *b);

#endif
