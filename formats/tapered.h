/* What posits and takums share: codes in the order of two's complement integers, zero at 0, NaR ("not a
 * real", a NaN) at 10..0, negation by two's complement, and a boundary between two neighbours at the code of
 * one more bit that lies between them: they round their bit strings. */
#ifndef FORMATS_TAPERED_H
#define FORMATS_TAPERED_H

#include "formats/ladder.h"

/* `magnitude` gives the value of a code of `bits` bits (up to 33) that is neither 0 nor has its top bit set.
 */
struct number tapered_decode(const struct format *f, uint64_t code, int bits,
                             struct number (*magnitude)(const struct format *f, uint64_t code, int bits));

/* Members of struct ladder. Zero is the boundary on both sides of zero: a nonzero value is rounded to the
 * smallest one. */
uint32_t tapered_count(const struct format *f);
uint32_t tapered_code(const struct format *f, uint32_t rank);
struct number tapered_boundary(const struct format *f, uint32_t rank,
                               struct number (*magnitude)(const struct format *f, uint64_t code, int bits));

/* Members of struct format_family. */
bool tapered_has_nan(const struct format *f);
bool tapered_never(const struct format *f);
uint32_t tapered_nan_code(const struct format *f);

#endif
