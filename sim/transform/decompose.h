/* What steps that split a layer into parts share. */
#ifndef SIM_TRANSFORM_DECOMPOSE_H
#define SIM_TRANSFORM_DECOMPOSE_H

#include "sim/transform/layer.h"

/* The scheme that a step names. */
enum status decompose_scheme(const struct transform_step *step, struct quant_spec *out,
                             struct error *e) MUST_CHECK;
/* Bits that tell one of n places. */
unsigned decompose_index_bits(size_t n);

/* Takes the columns j with moved[j] out of the main part, which nothing may have quantized, into a part of
 * their own, in order, under the schemes that they had. Their indices count as stored beside the weight.
 * *out is NULL where none moves. */
enum status decompose_move(struct layer *l, const bool *moved, struct layer_part **out,
                           struct error *e) MUST_CHECK;
/* The operand of a part of as many columns becomes what that of the main part is quantized to. Nothing more
 * is stored for it. */
enum status decompose_share(const struct layer *l, struct layer_part *p, enum layer_side side,
                            struct error *e) MUST_CHECK;
/* Room for values that a step quantizes itself, `done` of the part; NULL without memory. */
float *decompose_done(const struct layer *l, struct layer_part *p, enum layer_side side);
/* Says what an operand takes to store. */
void decompose_count(struct layer_part *p, enum layer_side side, uint64_t bits);

#endif
