/* What the statistics share. Values that are not finite take no part; at least one is finite and not zero.
 *
 * A statistic has the same bits on every machine: sums have the fixed shape of sim/base/sum.h, logarithms and
 * powers are those of sim/base/elementary.h, constants solved for a format are rounded to binary32 before
 * use. */
#ifndef SIM_QUANT_STAT_PARTS_H
#define SIM_QUANT_STAT_PARTS_H

#include "sim/quant/theory.h"
#include "sim/stat.h"

/* Rounded once to binary32, the largest finite value instead of infinity. */
float stat_to_f32(double magnitude);
/* How many take part. */
size_t stat_finite(const struct stat_input *in);
double stat_mean(const struct stat_input *in);
/* Mean of |x - center|. */
double stat_mean_distance(const struct stat_input *in, double center);
/* Mean of (x - center)^2 with `lost` subtracted from the divisor; 0 where nothing remains of it. */
double stat_mean_square(const struct stat_input *in, double center, size_t lost);
/* The magnitude with the least error |y - x|^power of GPTQ's grid. */
float stat_search(const struct stat_input *in, double power);
/* max(|mean - reach|, |mean + reach|). */
float stat_around(double mean, double reach);
/* solve(format, density), rounded to binary32. Solved once for each format, whichever thread asks first. */
double stat_constant(double (*solve)(const struct format *, const struct density *), const struct format *f,
                     const struct density *d);

#endif
