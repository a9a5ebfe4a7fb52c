/* One region of a tensor, gathered: everything that shares a scale. Part of sim/quant. */
#ifndef SIM_QUANT_BLOCK_H
#define SIM_QUANT_BLOCK_H

#include "sim/base/sum.h"
#include "sim/quant/quant.h"

struct block_job {
    const struct quant_spec *q;
    const struct outer_scale *outer;
    uint64_t seed, stream;
    uint64_t scale_index; /* of its scale, in the order of quant_output.scales */
    size_t n;
    /* n places each, the caller's: the values; the index of each element in the tensor (of random numbers);
     * results */
    const float *x;
    const uint64_t *index;
    uint32_t *codes, *events;
    float *values;
    const struct quant_watch *watch; /* may be NULL */
    /* results of block_choose */
    struct region_range all; /* of the region, n_all elements */
    size_t n_all;
    struct region_range range; /* that the scale covers */
    struct block_scale chosen;
    uint32_t scale;                    /* the stored scale code */
    bool failed;                       /* a statistic ran out of memory */
    size_t expected_from, expected_to; /* see block_encode */
};

/* What a region's values say to its scale: specials as the policies want them. For the second level the
 * largest policy counts as element (the region's own scale stays finite). */
struct region_range block_range(const struct quant_spec *q, const struct quant_range *r, bool outer);

/* Whether a scale depends on the range of its region alone, so that the region may be coded in pieces. */
bool block_is_plain(const struct quant_spec *q);

/* The scale of the region as the rule gives it, before any search among candidates: for fitting. */
struct block_scale block_plain_scale(struct block_job *j, const struct quant_range *r);

/* Chooses the scale; x is looked at unless block_is_plain. Adds scales, side bits and scale events to *stats;
 * `n` is the number of elements of the region. */
void block_choose(struct block_job *j, const struct quant_range *r, size_t n, struct quant_stats *stats);

/* Codes, values and events of the elements under the chosen scale; adds flipped bits to *stats (element
 * counts are the caller's, from events), and the errors expected of ROUND_SR to *expected (may be NULL), a
 * term for each element with an index from expected_from to before expected_to. */
void block_encode(struct block_job *j, struct quant_stats *stats, struct sum *expected);

/* The value of a code under a scale, in the format of outputs. */
float block_value(const struct quant_spec *q, const struct block_scale *scale, uint32_t code);

/* All of a region of a codec. */
void block_run_codec(struct block_job *j, struct quant_stats *stats);

#endif
