/* Elements that share a scale, on their way through the definition or kernels. Part of sim/quant. */
#ifndef SIM_QUANT_REGION_H
#define SIM_QUANT_REGION_H

#include "sim/quant/walk.h"

/* Elements base + i * stride1 + j * stride2, i < n1, j < n2. */
struct region {
    size_t base, n1, stride1, n2, stride2;
};

/* Elements that are coded one after another under a scale known before are taken this many at a time. */
enum { REGION_CHUNK = 4096 };

static inline size_t at_most(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* All of a region: its scale, number `scale_index`, and its elements; or what fit collects of them. */
void region_do(struct walk *w, const struct region *r, const struct outer_scale *outer, size_t scale_index);
/* The scale of n elements with this range, which region_encode takes. */
void region_choose(struct walk *w, const struct quant_range *range, size_t n, struct quant_stats *stats);
/* Its elements, a chunk at a time, under the scale chosen before. */
void region_encode(struct walk *w, const struct region *r);
/* Blocks by kernels: how many elements of the n from k on, blocks of a row, they took. */
size_t region_blocks(struct walk *w, size_t k, size_t n, const struct outer_scale *outer);

/* The second level of what has this range, and of a region. */
struct outer_scale region_outer_of_range(struct walk *w, const struct quant_range *range);
struct outer_scale region_outer(struct walk *w, const struct region *r);

#endif
