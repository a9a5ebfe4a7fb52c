/* What to do, as data: specs hold no state and own no memory. */
#ifndef SIM_SPEC_H
#define SIM_SPEC_H

#include "formats/codec.h"
#include "formats/format.h"
#include "formats/scaling.h"

struct statistic; /* sim/stat.h */

#define ALTERNATIVES_MAX 4

/* How the error of a way to scale a block is measured, where there are several. */
enum choose { CHOOSE_MSE, CHOOSE_MAE, CHOOSE_MAX, CHOOSE_KINDS };

/* A codebook's values fitted to the tensor: Lloyd-Max (1-D k-means) over all elements divided by their
 * scales, as many levels as the codebook has. */
enum fit {
    FIT_NONE,
    FIT_LLOYD,       /* every element counts alike */
    FIT_MSE,         /* with the square of its scale: the error of the tensor, not of the quotients */
    FIT_SENSITIVITY, /* as FIT_MSE, times its sensitivity (SqueezeLLM, KVQuant: diagonal of the Fisher matrix)
                      */
    FIT_KINDS
};

/* One way to quantize a tensor: what a scheme text parses to. Elements are divided by their block's scale,
 * rounded into `element`, and multiplied back; or a codec does all of it. */
struct quant_spec {
    struct format element;                       /* of a codec: its name and bits alone */
    struct format alternative[ALTERNATIVES_MAX]; /* other elements, one chosen for each block */
    int n_alternatives;
    const struct block_codec *codec; /* NULL: element and scaling */
    struct rounding rounding;        /* of elements */
    bool daz;                        /* subnormal binary32 inputs are read as zero */
    struct scaling scaling;
    const struct statistic
        *stat; /* from the values of a region to the magnitude its scale covers; NULL: absmax */
    double stat_arg;
    int search; /* scale codes tried on both sides of the rule's; SEARCH_ALL: every positive one; 0: none */
    enum choose choose; /* between alternatives, peaks and searched scales */
    enum fit fit;
    float flip;                /* probability that a bit of an element code is flipped */
    struct format out;         /* of dequantized values, binary32 at most */
    enum round_mode out_round; /* never ROUND_SR */
};

#define SEARCH_ALL (-1)

static inline bool quant_spec_is_stochastic(const struct quant_spec *q)
{
    return q->rounding.mode == ROUND_SR ||
           (q->scaling.per != PER_NONE && q->scaling.scale_round == ROUND_SR) || q->flip > 0;
}

/* Whether q asks for a step of somebody's arithmetic that kernels do not know: the definition serves it. */
static inline bool quant_spec_is_peculiar(const struct quant_spec *q)
{
    const struct scaling *s = &q->scaling;
    bool steps = s->order == ORDER_TE ? s->steps != STEPS_PRODUCT : s->steps != STEPS_TOP_FIRST;
    return rounding_is_peculiar(&q->rounding) || s->cast.family || s->log2 || s->scale_shift ||
           s->scale_underflow || s->scale_overflow == SCALE_OVERFLOW_WRAP || s->second_stores || steps ||
           s->zero_block == ZERO_BLOCK_VALUE || s->rule == &scale_rule_even_f32;
}

/* Changes whenever any result may change; part of every cell key. */
#define SEMANTICS_VERSION 4

#endif
