/* Scales that were found for a whole tensor and stay, while single elements take other values: what rounding
 * with data needs of any scheme. */
#ifndef SIM_QUANT_FROZEN_H
#define SIM_QUANT_FROZEN_H

#include "sim/quant/quant.h"

struct frozen;

/* Finds the scales of the tensor as quantize() does. STATUS_INVALID for codecs, which have no scale that an
 * element meets by itself, for stochastic rounding and faults, which have no value that belongs to x alone,
 * and for what quantize() refuses. */
enum status frozen_open(const struct quant_spec *q, const struct quant_input *in, struct frozen **out,
                        struct error *e) MUST_CHECK;
void frozen_close(struct frozen *f); /* NULL is fine */

/* What x becomes as element i. Of the tensor's own element: its value under quantize(), bit for bit. */
float frozen_value(const struct frozen *f, size_t i, float x);
/* What x becomes when it is rounded down and up instead, saturated at the ends of the element's range. They
 * are equal where x is a value already, or lies beyond all of them. */
void frozen_neighbours(const struct frozen *f, size_t i, float x, float *below, float *above);

/* Elements with one number share a scale; numbers run from 0 to before frozen_regions. */
size_t frozen_regions(const struct frozen *f);
size_t frozen_region(const struct frozen *f, size_t i);
/* The region's scale is found again, from these elements of the whole tensor; the second level above it and a
 * fitted codebook stay. */
enum status frozen_find(struct frozen *f, size_t region, const float *x, struct error *e) MUST_CHECK;

#endif
