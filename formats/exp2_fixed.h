/* 2^y for y in fixed point, correctly rounded: what logarithmic formats decode by. */
#ifndef FORMATS_EXP2_FIXED_H
#define FORMATS_EXP2_FIXED_H

#include "formats/number.h"

/* y = whole + fraction * 2^-128. */
struct log2_fixed {
    int32_t whole;
    unsigned __int128 fraction;
};

/* n * 2^-bits, below 2^31 in magnitude; 0 <= bits < 63. */
struct log2_fixed log2_fixed_make(int64_t n, int bits);
/* n * 2^-28 * log2(sqrt(e)), within 2^-120; |n| < 2^36. */
struct log2_fixed log2_fixed_sqrt_e(int64_t n);

/* 2^(fraction * 2^-128) in units of 2^-127, within 1024 of them. */
unsigned __int128 exp2_fixed(unsigned __int128 fraction);
/* 2^y to the nearest number of 53 significant bits. */
struct number exp2_fixed_nearest(struct log2_fixed y);
/* 2^y with its first 64 significant bits, the rest sticky. */
struct number exp2_fixed_truncated(struct log2_fixed y);

#endif
