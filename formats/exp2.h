/* 2^x of a number, to 64 bits and what lies beyond. */
#ifndef FORMATS_EXP2_H
#define FORMATS_EXP2_H

#include "formats/number.h"

/* Beyond these every 2^x is beyond every format: they take the place of larger x. */
#define EXP2_FAR 28 /* |x| >= 2^28 */

/* 2^x; x is not sticky. Exact for whole x, else the first 64 significant bits and sticky: 2^x is irrational
 * then. 2^28 bounds the exponent. -Inf gives +0, a NaN NaN. */
struct number number_exp2(struct number x);

/* 2^(fraction * 2^-128) in units of 2^-63, cut, by 256 bits: what number_exp2 takes where 128 bits do not
 * decide. fraction is not 0. *decided tells whether 256 bits do. */
uint64_t exp2_wide(unsigned __int128 fraction, bool *decided);

#endif
