/* Fixed-point steps of requantizers, in 64-bit integers. */
#ifndef SIM_ARITH_REQUANT_H
#define SIM_ARITH_REQUANT_H

#include "sim/requant.h"

/* gemmlowp's SaturatingRoundingDoublingHighMul: a b / 2^31 to nearest, ties up; INT32_MIN * INT32_MIN is
 * INT32_MAX. */
int32_t requant_srdhm(int32_t a, int32_t b);
/* gemmlowp's RoundingDivideByPOT: x / 2^e to nearest, ties away from zero; e in 0..31. */
int32_t requant_rdivpot(int32_t x, int e);
/* floor(x / 2^n), n in 0..62. */
int64_t requant_floor_shift(int64_t x, int n);
int32_t requant_clamp(int64_t x, uint32_t *events);

/* NULL, or why a requantizer takes no such scale: it must be finite and not negative. */
const char *requant_scale_problem(double scale);
/* scale = q * 2^*exponent with q in [1/2, 1), rounded to `bits` (1..31) bits of q, ties away from zero: the
 * integer q * 2^bits. Where that rounds to 2^bits it is halved and the exponent one higher. Scale is finite
 * and positive. */
int32_t requant_fraction(double scale, int bits, int *exponent);
/* scale * 2^n to the nearest integer, ties away from zero; below 2^31 by the caller's word. */
int32_t requant_integer(double scale, int n);
/* TFLite's QuantizeMultiplier: 31 bits. A scale below 2^-32 is 0. */
struct multiplier requant_q31(double scale);

/* HAWQ-V3's residual: both branches by "dyadic" into the output's scale, then added. Each branch is shifted
 * on its own, for its c is its own. */
int32_t requant_residual(const struct requant_args *args, struct multiplier m, int32_t x,
                         struct multiplier skip, int32_t y, uint32_t *events);

#endif
