/* The walk over a tensor, piece by piece: every element meets the scale of its region. Part of sim/quant. */
#ifndef SIM_QUANT_WALK_H
#define SIM_QUANT_WALK_H

#include "sim/kernels/cast.h"
#include "sim/quant/block.h"
#include "sim/quant/fast.h"

/* The tensor as [outer][axis][inner] around the axis; for tiles as [outer][rows][columns]. */
struct layout {
    size_t outer, axis, inner;
};

struct walk {
    const struct quant_spec *spec;
    const struct quant_input *in; /* its x is not read: elements come with each piece */
    struct quant_output out;      /* codes and scales of both levels of the whole tensor, or NULL */
    struct quant_stats *stats;
    struct layout layout;
    size_t n;                 /* elements of the tensor */
    struct outer_scale outer; /* of the whole tensor */
    struct block_job job;     /* the region under way */
    size_t room;              /* elements of the arrays of job */
    float *x;                 /* job.x */
    uint64_t *index;          /* job.index */
    const struct cast *cast;  /* not NULL: elements are rounded by this table and no more */
    const struct fast *fast; /* not NULL: kernels where they serve; its counts, unless nobody asks for them */
    struct kernel_counts counts;
    bool counts_wanted;
    struct fast_codes *codes; /* not NULL: kernels only where they tell which codes occur, too */
    struct sum expected;      /* errors of ROUND_SR: see block_encode */
    /* not NULL: no results, but elements over their scales, and the weights of fit */
    float *quotient, *weight;
    struct kernel_codes used; /* element codes seen */
    /* the piece under way: elements first .. first + length - 1 */
    size_t first, length;
    const float *from;
    float *to; /* may be `from`, or NULL */
};

struct layout walk_layout(const struct quant_spec *q, const struct quant_input *in);
/* Allocates the arrays for regions; false without memory. Close in any case, twice if you like: it frees
 * them.
 */
bool walk_open(struct walk *w);
void walk_close(struct walk *w);
/* A walk that goes on where walk_begin left `from`, with arrays and marks of its own; its `stats` are the
 * caller's to give. */
bool walk_split(const struct walk *from, struct walk *w);
/* Whether nothing but the definition will do: codes, scales or steps are asked for. */
bool walk_is_defined(const struct walk *w);
/* From now on kernels mark codes, too; false without memory. */
bool walk_mark(struct walk *w);
/* The second level of the whole tensor, and the scale of all elements where there is one. */
void walk_begin(struct walk *w, const struct quant_range *range);
/* Elements first .. first + n - 1, x[0] being element `first`; walk_cut says where a piece may end. */
void walk_piece(struct walk *w, size_t first, size_t n, const float *x, float *to);

/* The longest piece that ends at `end` or before and starts at `first`, where a piece ended. 0 if no piece
 * can end so early. */
size_t walk_cut(const struct walk *w, size_t first, size_t end);
/* Where the region ends that starts before k, or ends at k; where walk_cut cuts. */
size_t walk_region_end(const struct walk *w, size_t k);
/* The length of the longest region; 0 if walk_cut does not cut. */
size_t walk_region(const struct walk *w);

/* How many runs of `length` make n, the last one shorter. */
size_t walk_runs(size_t n, size_t length);

#endif
