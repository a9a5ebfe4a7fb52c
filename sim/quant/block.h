/* One region of a tensor, gathered: everything that shares a scale. Part of sim/quant. */
#ifndef SIM_QUANT_BLOCK_H
#define SIM_QUANT_BLOCK_H

#include "sim/kernels/cast.h"
#include "sim/quant/quant.h"

struct block_job {
    const struct quant_spec *q;
    const struct outer_scale *outer;
    const struct cast *cast; /* for elements that are rounded and no more; NULL: the definition */
    uint64_t seed, stream;
    uint64_t scale_index; /* of its scale, in the order of quant_output.scales */
    size_t n;
    /* n places each, the caller's: the values; the index of each element in the tensor (of random numbers);
     * results */
    const float *x;
    const uint64_t *index;
    uint32_t *codes, *events;
    float *values;
    uint32_t scale; /* result: the stored scale code */
    bool failed;    /* result: a statistic ran out of memory */
};

/* What a region's values say to its scale: specials as the policies want them. For the second level the
 * largest policy counts as element (the region's own scale stays finite). */
struct region_range block_range(const struct quant_spec *q, const float *x, size_t n, bool outer);

/* The scale of the region as the rule gives it, before any search among candidates: for fitting. */
struct block_scale block_plain_scale(struct block_job *j);

/* Codes, values and events of a region; adds scales, side bits, scale events, flipped bits and expected
 * errors to *stats (element counts are the caller's, from events). */
void block_quantize(struct block_job *j, struct quant_stats *stats);

#endif
