/* What the files of rounding share. */
#ifndef SIM_RTL_ROUND_PARTS_H
#define SIM_RTL_ROUND_PARTS_H

#include "sim/rtl/round.h"

/* Whether all numbers of f have one exponent. */
bool rtl_round_is_fixed(const struct format *f);

/* Wires of which the last is `mag`, at least as wide as a code: the magnitude of the code that the number is
 * rounded to, however large. Floats have the wire `normal` too: the number, before it is rounded, is not
 * below the least normal one. */
void rtl_magnitude_emit(const struct rtl_rounder *r, struct strbuf *out);

#endif
