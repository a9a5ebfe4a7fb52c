/* Integers near log2 x, as rules of powers of two want them. */
#ifndef FORMATS_SCALE_LOG2_H
#define FORMATS_SCALE_LOG2_H

#include "formats/scaling.h"

/* floor, ceil and the nearest integer (a tie to the even one) of log2 x, x finite and > 0. Under `how` other
 * than LOG2_EXACT x is rounded into the format first, and so is the logarithm, both to nearest even. The
 * result is INT32_MIN where x is rounded to zero, INT32_MAX where it overflows. */
int32_t scale_log2_floor(enum scale_log2 how, struct number x);
int32_t scale_log2_ceil(enum scale_log2 how, struct number x);
int32_t scale_log2_nearest(enum scale_log2 how, struct number x);

/* 2^e of such a result: zero and infinity at its ends. */
struct number scale_log2_power(int32_t e);

#endif
