/* An accumulator without end: a fixed-point register that holds any sum of products exactly (Kulisch,
 * Computer Arithmetic and Validity, 2013). The reference of every other accumulator. */
#ifndef SIM_ARITH_KULISCH_H
#define SIM_ARITH_KULISCH_H

#include "formats/number.h"

/* Numbers of which every bit lies in 2^LOW .. 2^HIGH can be added, 2^60 of them: products of any two values
 * of binary32, binary64's exponents, posits and takums. */
#define KULISCH_LOW   (-2304)
#define KULISCH_HIGH  2240
#define KULISCH_WORDS 72 /* from 2^LOW; the bits above 2^HIGH are for carries and the sign */

struct kulisch {
    uint64_t word[KULISCH_WORDS]; /* two's complement, least significant first */
    bool nan, inf[2];             /* seen; inf[1] is -Inf */
    bool any, other;              /* whether something was added, and something else than -0 */
};

/* The empty sum, +0. */
void kulisch_clear(struct kulisch *k);
/* Exact. x is not sticky and, if finite, within the range. */
void kulisch_add(struct kulisch *k, struct number x);
/* The sum to 64 significant bits, the rest sticky. +Inf and -Inf make NaN; -0 if all summands were. */
struct number kulisch_sum(const struct kulisch *k);
/* Whether a finite x can be added. */
bool kulisch_holds(struct number x);

/* n * 2^exponent as a number: 64 significant bits, the rest sticky; +0 for zero. */
struct number number_from_i128(__int128 n, int32_t exponent);

#endif
