/* The binary32 steps of TransformerEngine's NVFP4 reference, in their published order (correctly rounded by
 * the hardware, never contracted). Parts of scaling.c: see formats/scaling.h. */
#ifndef FORMATS_ORDER_TE_H
#define FORMATS_ORDER_TE_H

#include "formats/scaling.h"

void te_outer(const struct scaling *s, const struct format *element, float amax, struct outer_scale *out);
struct block_scale te_block(const struct scaling *s, const struct candidate *c,
                            const struct outer_scale *outer, float amax);
/* What is rounded into the element, before it is clamped. */
float te_quotient(const struct block_scale *block, float x);
struct encoded te_encode(const struct rounding *r, const struct block_scale *block, float x, uint32_t random);

/* Shared with scaling.c: the value amax is mapped to; the scale rounded into its format. */
struct number scaling_top(const struct candidate *c);
struct encoded scaling_round_scale(const struct scaling *s, struct number scale, uint32_t random);

#endif
