/* Block scaling: which elements share a scale, how the scale is found, and how an element is coded under it.
 * Pure like everything in formats/: the walk over a tensor is in sim/quant. */
#ifndef FORMATS_SCALING_H
#define FORMATS_SCALING_H

#include "formats/format.h"

enum granularity {
    PER_NONE,    /* no scale: a plain cast */
    PER_TENSOR,  /* one scale */
    PER_CHANNEL, /* one scale for each index of the axis */
    PER_TOKEN,   /* one scale for each vector along the axis */
    PER_BLOCK,   /* one scale for each run of `block` elements along the axis */
    PER_KINDS
};

/* The last run of an axis whose length is not a multiple of the block. */
enum tail_policy {
    TAIL_SHORT,    /* a shorter block of its own */
    TAIL_ZERO_PAD, /* as if padded with zeros: the same values, but the padding is counted as stored */
    TAIL_REFUSE,   /* an error */
    TAIL_KINDS
};

enum second_level {
    SECOND_NONE,
    SECOND_TENSOR, /* a binary32 scale for the tensor on top of the block scales */
    SECOND_ROW,    /* the same for each vector along the axis */
    SECOND_KINDS
};

/* The order of operations. */
enum scale_order {
    ORDER_EXACT, /* scale and quotient as real numbers, each rounded once */
    ORDER_TE, /* the binary32 steps of TransformerEngine's NVFP4 reference, in its order; needs a second level
               */
    ORDER_KINDS
};

extern const char *const granularity_names[PER_KINDS];
extern const char *const tail_policy_names[TAIL_KINDS];
extern const char *const second_level_names[SECOND_KINDS];
extern const char *const scale_order_names[ORDER_KINDS];

/* A scale rule: from the largest magnitude of a block (finite, > 0, possibly times a clip ratio) to the real
 * scale that is then rounded into the scale format. One file in formats/ and one line in
 * formats/scale_rules.def each. */
struct scale_rule {
    const char *name, *doc, *citation;
    struct number (*scale)(struct number amax, const struct format *element);
    bool overflow_is_nan; /* a scale above the largest one becomes NaN (if its format has it), not the largest
                           */
};

size_t scale_rule_count(void);
const struct scale_rule *scale_rule_at(size_t i);
const struct scale_rule *scale_rule_find(const char *name);

#define AXIS_NAME_SIZE 16

/* Data only; equality of two is equality of meaning. Fields without effect are zero. */
struct scaling {
    enum granularity per;
    size_t block;              /* elements, PER_BLOCK only */
    char axis[AXIS_NAME_SIZE]; /* "last", "first", "0".."7", or a label of the dump; PER_CHANNEL, TOKEN, BLOCK
                                */
    enum tail_policy tail;     /* PER_BLOCK */
    struct format scale;       /* format of the scale; unused for PER_NONE */
    const struct scale_rule *rule;
    enum round_mode scale_round; /* never ROUND_SR */
    enum second_level second;
    enum scale_order order;
    float clip; /* share of the largest magnitude that the scale covers, (0, 1]; 1 = none */
};

/* What the second level contributes to the blocks under it. Made by scaling_outer. */
struct outer_scale {
    struct number scale; /* multiplies every value under it; 1 without a second level */
    float encode;        /* ORDER_TE: G, the encode scale */
    float decode;        /* ORDER_TE: 1/G in binary32 */
    bool poisoned;       /* the largest magnitude was not finite */
};

/* What a block's elements are coded and decoded with. Made by scaling_block. */
struct block_scale {
    uint32_t code; /* the scale's code in scaling.scale; 0 for PER_NONE */
    struct number
        value; /* decoded scale times the outer scale: a code's value is multiplied by it; NaN poisons */
    float multiplier; /* ORDER_TE: what elements are multiplied by */
    uint32_t events; /* of rounding the scale: EVENT_SATURATED is a clamped scale, EVENT_FLUSHED a zero one */
};

/* The outer scale of a region whose largest magnitude is amax (Inf or NaN if the region holds one). */
struct outer_scale scaling_outer(const struct scaling *s, const struct format *element, float amax);
/* The scale of a block with largest magnitude amax (Inf or NaN if it holds one: then the scale is NaN where
 * its format has one, and every value of the block decodes to NaN; element codes are 0). */
struct block_scale scaling_block(const struct scaling *s, const struct format *element,
                                 const struct outer_scale *outer, float amax);
/* The code of x under a block scale. */
struct encoded scaling_encode(const struct scaling *s, const struct format *element, const struct rounding *r,
                              const struct block_scale *block, float x, uint32_t random);
/* The binary32 value of a code under a block scale: the exact product, rounded once to nearest even. */
float scaling_decode(const struct format *element, const struct block_scale *block, uint32_t code);

#endif
