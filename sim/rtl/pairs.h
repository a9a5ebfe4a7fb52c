/* Pairs of codes that a unit of two operands is checked with: all of them up to 2^17; of wider formats those
 * of codes at the ends of their fields, and drawn ones, 2^16 in all. */
#ifndef SIM_RTL_PAIRS_H
#define SIM_RTL_PAIRS_H

#include "sim/rtl/rtl.h"

#define RTL_CORNERS_MAX 128

struct rtl_corners {
    int n;
    uint32_t code[RTL_CORNERS_MAX];
};

struct rtl_pairs {
    const struct format *a, *b;
    uint64_t seed, at, n;
    bool all;
    struct rtl_corners a_corners, b_corners;
};

void rtl_pairs_begin(const struct rtl_spec *s, struct rtl_pairs *p);
bool rtl_pairs_next(struct rtl_pairs *p, uint32_t *a, uint32_t *b);

#endif
