/* The definition of an element, for what kernels do not do themselves. */
#ifndef SIM_KERNELS_DEFINE_H
#define SIM_KERNELS_DEFINE_H

#include "sim/kernels/kernels.h"

/* What an element adds: y from x with these events. */
void kernel_count(float x, float y, uint32_t events, struct kernel_counts *counts);

/* y = value(code(x / scale)) * scale, rounded once, of n elements; `random` holds the bits of ROUND_SR, n of
 * them, or is NULL. Adds to *counts, which may be NULL. y may be x. */
void kernel_define(const struct format *f, const struct rounding *r, float scale, const uint32_t *random,
                   const float *x, float *y, size_t n, struct kernel_counts *counts);

/* Elements under one scale of a region, by scaling_encode and scaling_decode, likewise. */
void kernel_define_scaled(const struct scaling *s, const struct rounding *r, const struct block_scale *b,
                          const float *x, float *y, size_t n, struct kernel_counts *counts);

/* What rounding a scale adds, besides the scale itself. */
void kernel_count_scale(const struct block_scale *b, struct kernel_counts *counts);

#endif
