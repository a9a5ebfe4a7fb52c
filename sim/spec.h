/* What to do, as data: specs hold no state and own no memory. */
#ifndef SIM_SPEC_H
#define SIM_SPEC_H

#include "formats/codec.h"
#include "formats/format.h"
#include "formats/scaling.h"
#include "sim/product.h"

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

/* --- dot products --- */

/* In which order products meet. A promoted accumulator (mac_spec.promote) has any of them inside. */
enum mac_order {
    MAC_EXACT,      /* all of it in a fixed-point register without end, rounded once */
    MAC_SEQUENTIAL, /* k = 0, 1, 2, ... */
    MAC_PAIRWISE,   /* a binary tree: neighbours, then neighbouring sums, the odd one out passed on */
    MAC_SPLIT,      /* parts in sequence, each from zero; then the parts in sequence */
    MAC_FUSED,      /* groups of terms and the accumulator, aligned, added exactly, rounded once */
    MAC_ORDERS
};

/* Which terms one part of MAC_SPLIT takes. */
enum mac_layout {
    MAC_CONTIGUOUS,  /* the next ceil(n / parts) */
    MAC_INTERLEAVED, /* k mod parts */
    MAC_LAYOUTS
};

/* Which terms one group of MAC_FUSED takes. */
enum mac_take {
    MAC_TAKE_CONSECUTIVE,
    MAC_TAKE_PAIRS, /* of 2 * group terms first those with k mod 4 in {0, 1}, then {2, 3} */
    MAC_TAKES
};

enum mac_join { MAC_C_FIRST, MAC_C_LAST, MAC_C_PLACES };

enum mac_overflow {
    MAC_IEEE,     /* as the rounding mode says */
    MAC_INFINITY, /* Inf, or NaN where the format has none, under every rounding mode */
    MAC_SATURATE, /* finite sums become the largest value; infinities stay where the format has them */
    MAC_WRAP,     /* integer accumulators: modulo 2^bits. Floats beside them: as MAC_IEEE */
    MAC_OVERFLOWS
};

/* How scales of blocks enter. */
enum mac_scales {
    MAC_SCALES_NONE,
    MAC_SCALES_PARTIALS,     /* binary32: sum over blocks of R(partial * R(scale a * scale b)); second last */
    MAC_SCALES_PARTIALS_FMA, /* the same with one rounding of partial * R(scale a * scale b) + sum */
    MAC_SCALES_DEQUANTIZE,   /* operands are element * scale * second, rounded once to binary32 */
    MAC_SCALES_UNIT,         /* inside the fused step: terms times both scales, exactly */
    MAC_SCALES_KINDS
};

#define MAC_GROUP_MAX    1024
#define MAC_FRACTION_MAX 48
#define MAC_FLIP_MIN     0x1p-64 /* faults are drawn with 64 bits */

/* One way to compute a dot product: what a MAC text parses to (sim/mac.h). Zeroed formats are never valid. */
struct mac_spec {
    const struct product *product;
    struct product_args args;
    enum mac_order order;
    bool fma; /* products meet the accumulator as they are; else they are rounded into it first */
    /* MAC_FUSED */
    size_t group; /* terms of a step, 1..MAC_GROUP_MAX */
    enum mac_take take;
    size_t presum;         /* terms added exactly before they are aligned; 1: none */
    int fraction;          /* bits kept below the largest exponent; 0: exact */
    enum round_mode align; /* of each term, never ROUND_SR */
    int lanes;             /* 2: terms of even and of odd k are summed apart, each aligned in itself */
    int join_fraction; /* bits that the sum of products keeps when it meets the accumulator, at the larger of
                          their exponents, where the accumulator keeps `fraction`; 0: the accumulator is a
                          term like others */
    enum round_mode join_round; /* of that, and of lanes; ROUND_RTZ or ROUND_RDN */
    /* MAC_SPLIT */
    size_t parts;
    enum mac_layout layout;
    /* accumulators; integers have two's complement codes of up to 32 bits */
    struct format acc;
    struct rounding round;
    enum mac_overflow overflow; /* of every accumulator and of the result */
    size_t promote;             /* terms after which acc is added to outer and starts from zero; 0: never */
    struct format outer;
    struct rounding outer_round;
    float flip;      /* probability that a bit of an accumulator is flipped after a rounding into it; 0, or
                        MAC_FLIP_MIN..1 */
    enum mac_join c; /* the addend starts the outermost accumulator, or is added to it last */
    struct format out;
    struct rounding out_round;
    bool nan_ones; /* the NaN of results is all ones without a sign; else the format's own */
    bool daz;      /* subnormal operands and addends are +0 */
    enum mac_scales scales;
};

static inline bool mac_spec_rounds_stochastically(const struct mac_spec *m)
{
    return (m->order != MAC_EXACT && m->round.mode == ROUND_SR) ||
           (m->promote && m->outer_round.mode == ROUND_SR) || m->out_round.mode == ROUND_SR;
}

/* Whether blocks have partial sums of their own. */
static inline bool mac_spec_has_partials(const struct mac_spec *m)
{
    return m->scales == MAC_SCALES_PARTIALS || m->scales == MAC_SCALES_PARTIALS_FMA;
}

/* Whether the seed has an effect. */
static inline bool mac_spec_is_stochastic(const struct mac_spec *m)
{
    return m->flip > 0 || mac_spec_rounds_stochastically(m);
}

/* Changes whenever any result may change; part of every cell key. */
#define SEMANTICS_VERSION 5

#endif
