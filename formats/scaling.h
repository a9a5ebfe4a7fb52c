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
    PER_TILE,    /* one scale for each tile of rows x columns of the last two axes */
    PER_KINDS
};

/* The last run of an axis whose length is not a multiple of the block (or tile). */
enum tail_policy {
    TAIL_SHORT,    /* a shorter block of its own */
    TAIL_ZERO_PAD, /* as if padded with zeros: the same values, but the padding is counted as stored */
    TAIL_REFUSE,   /* an error */
    TAIL_KINDS
};

enum second_level {
    SECOND_NONE,
    SECOND_TENSOR, /* a scale for the tensor on top of the block scales */
    SECOND_ROW,    /* the same for each vector along the axis */
    SECOND_BLOCK,  /* the same for each run of `second_block` elements along the axis */
    SECOND_KINDS
};

/* The order of operations. */
enum scale_order {
    ORDER_EXACT, /* scale and quotient as real numbers (or steps of `via`), each rounded once */
    ORDER_TE, /* the binary32 steps of TransformerEngine's NVFP4 reference, in its order; needs a second level
               */
    ORDER_KINDS
};

/* How an element meets its scale, under ORDER_EXACT. */
enum quotient {
    QUOTIENT_EXACT,      /* x / scale, rounded once, into the element */
    QUOTIENT_DIVIDE,     /* x / scale rounded to `via` first */
    QUOTIENT_RECIPROCAL, /* x * r with r = 1 / scale, both rounded to `via` */
    QUOTIENT_STAGES,     /* (x / second level) * r with r = 1 / block scale, all three rounded to `via` */
    QUOTIENT_KINDS
};

/* The order in which a block's largest magnitude, Xmax and the second level meet, where each step is rounded.
 * ORDER_TE knows the first two: amax * (G * (1 / Xmax)) is its "product", (amax / Xmax) * G "top-first". */
enum scale_steps {
    STEPS_TOP_FIRST,    /* (amax / Xmax) / second level */
    STEPS_PRODUCT,      /* amax / (Xmax * second level) */
    STEPS_SECOND_FIRST, /* (amax / second level) / Xmax */
    STEPS_OF_SCALES,    /* as top-first, and the second level is (amax of all / Xmax) / Smax in two steps */
    STEPS_KINDS
};

/* What the second level stores: a scale, amax / (Xmax * Smax), or its inverse, which scales are multiplied by
 * on their way into their format and divided by on their way back. */
enum second_stores { STORES_SCALE, STORES_DIVISOR, STORES_KINDS };

/* The arithmetic of the logarithm in rules of powers of two (floor, four-thirds, ceil-exp, rceil, round):
 * exact, or its argument and the correctly rounded result are numbers of this format. Just below a power of
 * two the latter is one too high, just above one too low. */
enum scale_log2 { LOG2_EXACT, LOG2_FP32, LOG2_BF16, LOG2_FP16, LOG2_KINDS };

/* Integers with another zero: x ~ (code - zero) * scale, codes 0 .. 2^bits - 1, scale = (hi - lo) / (2^bits -
 * 1).
 */
enum zero_point {
    ZERO_NONE,      /* symmetric */
    ZERO_INTEGER,   /* zero = RNE(-lo / scale), limited to the codes (AWQ, AdaDim) */
    ZERO_UNCLAMPED, /* not limited to the codes (MobileQuant), but to 32 bits */
    ZERO_FLOAT,     /* x ~ code * scale + offset, offset = lo in the scale's format (KVQuant) */
    ZERO_KINDS
};

/* The scale of a block of zeros (before scale_min and scale_max). */
enum zero_block {
    ZERO_BLOCK_ZERO, /* what zero becomes in the scale's format */
    ZERO_BLOCK_ONE,
    ZERO_BLOCK_MIN, /* the smallest positive scale */
    ZERO_BLOCK_VALUE,
    ZERO_BLOCK_KINDS
};

/* What a scale of a block that is not all zeros becomes where it would be rounded to zero. */
enum scale_underflow { UNDERFLOW_ZERO, UNDERFLOW_MIN, UNDERFLOW_VALUE, UNDERFLOW_KINDS };

/* What a NaN or an infinity does to its block. */
enum block_special {
    SPECIAL_POISON,  /* the scale is NaN and so is every value of the block */
    SPECIAL_ELEMENT, /* it takes no part in the scale and is coded by itself */
    SPECIAL_MAX,     /* infinities only: the largest scale */
    SPECIAL_KINDS
};

enum scale_overflow {
    SCALE_OVERFLOW_NAN,
    SCALE_OVERFLOW_CLAMP,
    SCALE_OVERFLOW_WRAP, /* a power of two has its exponent field modulo the size of the field, at both ends
                          */
    SCALE_OVERFLOW_KINDS
};

extern const char *const granularity_names[PER_KINDS];
extern const char *const tail_policy_names[TAIL_KINDS];
extern const char *const second_level_names[SECOND_KINDS];
extern const char *const scale_order_names[ORDER_KINDS];
extern const char *const quotient_names[QUOTIENT_KINDS];
extern const char *const scale_steps_names[STEPS_KINDS];
extern const char *const second_stores_names[STORES_KINDS];
extern const char *const scale_log2_names[LOG2_KINDS];
extern const char *const scale_underflow_names[UNDERFLOW_VALUE]; /* without UNDERFLOW_VALUE, a number */
extern const char *const zero_point_names[ZERO_KINDS];
extern const char *const zero_block_names[ZERO_BLOCK_VALUE]; /* without ZERO_BLOCK_VALUE, a number */
extern const char *const block_special_names[SPECIAL_KINDS];
extern const char *const scale_overflow_names[SCALE_OVERFLOW_KINDS];

struct scaling;

/* What a scale rule aims at. */
struct scale_target {
    struct number top; /* the element value that the largest magnitude is to meet: Xmax, or a smaller peak */
    int fraction_bits; /* of elements in the highest binade */
};

/* A scale rule: from the largest magnitude of a block (finite, > 0, possibly times a clip ratio) to the real
 * scale that is then rounded into the scale format. One file in formats/ and one line in
 * formats/scale_rules.def each. */
struct scale_rule {
    const char *name, *doc, *citation;
    struct number (*scale)(const struct scaling *s, struct number amax, const struct scale_target *t);
    bool overflow_is_nan; /* unless said, a scale above the largest one becomes NaN (if its format has it),
                             not the largest one */
    bool power_of_two;    /* the scale is one */
    bool takes_log2;      /* its exponent is a logarithm that scaling.log2 may round */
    bool ignores_amax;    /* a fixed scale: also that of a block of zeros */
    float side;           /* a constant beside the stored scales that multiplies them; 0: none */
};

#define SCALE_RULE(id, name) extern const struct scale_rule scale_rule_##id;
#include "formats/scale_rules.def"
#undef SCALE_RULE

size_t scale_rule_count(void);
const struct scale_rule *scale_rule_at(size_t i);
const struct scale_rule *scale_rule_find(const char *name);

#define AXIS_NAME_SIZE 16
#define PEAKS_MAX      4

/* Data only; equality of two is equality of meaning. Fields without effect are zero. */
struct scaling {
    enum granularity per;
    size_t block;              /* elements, PER_BLOCK only */
    size_t tile[2];            /* rows, columns, PER_TILE only */
    char axis[AXIS_NAME_SIZE]; /* "last", "first", "0".."7", or a label of the dump; PER_CHANNEL, TOKEN, BLOCK
                                */
    enum tail_policy tail;     /* PER_BLOCK, PER_TILE */
    struct format scale;       /* format of the scale; unused for PER_NONE */
    const struct scale_rule *rule;
    enum round_mode scale_round;
    enum scale_overflow scale_overflow;
    int scale_shift;            /* binades by which the scale is moved before it is limited and rounded */
    float scale_value;          /* of rule "static" */
    float scale_min, scale_max; /* limits of the scale before it is rounded; 0: none */
    enum zero_block zero_block;
    float zero_scale; /* of ZERO_BLOCK_VALUE */
    enum scale_underflow scale_underflow;
    float underflow_scale; /* of UNDERFLOW_VALUE */
    enum scale_log2 log2;
    enum block_special block_nan, block_inf;
    int micro, micro_bits; /* elements that share a shift of 0 .. 2^micro_bits - 1 below the scale; 0: none */
    float peak[PEAKS_MAX]; /* element values that amax is mapped to, the best kept; n_peaks = 0: Xmax */
    int n_peaks;
    enum zero_point zero_point;
    bool include_zero; /* the range of a zero point takes zero in */
    enum second_level second;
    size_t second_block;
    struct format second_scale;
    enum round_mode second_round; /* never ROUND_SR */
    float second_top;             /* the block scale that the largest block is to get; 0: the largest one */
    enum second_stores second_stores;
    bool zero_tensor_nan; /* a region of zeros has the scale 0, and 0 / 0 is NaN; else it has the scale 1 */
    enum scale_order order;
    enum scale_steps steps;
    enum quotient quotient;
    struct format via; /* of intermediate results; only with another quotient than exact */
    struct format
        cast;   /* what is rounded into an element is rounded into this format first; no family: not */
    float clip; /* share of the largest magnitude that the scale covers, (0, 1]; 1 = none */
};

/* What is known of the values of a region. Elements that take no part (SPECIAL_ELEMENT) are not in it. */
struct region_range {
    float lo, hi, amax; /* amax is NaN if a NaN poisons the region, else Inf if it holds an infinity */
};

/* What the second level contributes to the blocks under it. Made by scaling_outer. */
struct outer_scale {
    struct number scale;  /* multiplies every value under it; 1 without a second level */
    struct number wanted; /* before it was rounded, where that is known exactly: not under ORDER_TE */
    bool divides;         /* STORES_DIVISOR: it divides them instead */
    float encode;         /* ORDER_TE: G, the encode scale */
    float decode;         /* ORDER_TE: 1/G in binary32 */
    float amax;           /* of the region */
    float top, range;     /* ORDER_TE: Xmax of the scheme's first element; Xmax * Smax */
    bool poisoned;        /* the largest magnitude was not finite */
};

/* One way to scale a block. */
struct candidate {
    const struct format *element;
    float peak;      /* 0: the largest element value */
    bool four_steps; /* ORDER_TE: the steps of four-over-six and IF4 (one of several peaks or elements) */
    bool has_code;   /* the scale has this code, whatever the rule says */
    uint32_t code;
};

/* What a block's elements are coded and decoded with. Made by scaling_block. */
struct block_scale {
    const struct format *element;
    uint32_t code; /* the scale's code in scaling.scale; 0 for PER_NONE */
    struct number
        value; /* decoded scale times the outer scale: a code's value is multiplied by it; NaN poisons */
    struct number reciprocal; /* what elements meet under a quotient other than exact */
    struct number outer;      /* QUOTIENT_STAGES: what elements meet first */
    bool divides;             /* QUOTIENT_STAGES: outer is STORES_DIVISOR's */
    float multiplier;         /* ORDER_TE: what elements are multiplied by */
    float scale, amax, range; /* ORDER_TE: decoded scale; the outer region's amax; Xmax * Smax */
    struct number wanted;     /* the scale before it was rounded; of a given code, that */
    int64_t zero;             /* ZERO_INTEGER, ZERO_UNCLAMPED */
    struct number offset;     /* ZERO_FLOAT */
    uint32_t events; /* of rounding the scale: EVENT_SATURATED is a clamped scale, EVENT_FLUSHED a zero one */
};

/* The outer scale of a region whose largest magnitude is amax (Inf or NaN if the region holds one). */
struct outer_scale scaling_outer(const struct scaling *s, const struct format *element, float amax);
/* The scale of a block with this range: if amax is Inf or NaN the scale is NaN where its format has one, and
 * every value of the block decodes to NaN; element codes are 0. `random` serves scale_round=sr. */
struct block_scale scaling_block(const struct scaling *s, const struct candidate *c,
                                 const struct outer_scale *outer, const struct region_range *range,
                                 uint32_t random);
/* The scale of `micro` neighbours with largest magnitude amax in a block with largest magnitude block_amax:
 * the block's, as many binades lower as amax lies below, at most 2^micro_bits - 1. */
struct block_scale scaling_micro(const struct scaling *s, const struct block_scale *block, float block_amax,
                                 float amax);
/* The code of x under a block scale. */
struct encoded scaling_encode(const struct scaling *s, const struct rounding *r,
                              const struct block_scale *block, float x, uint32_t random);
/* What is rounded for x: to an integer, to which the zero is added, under a zero point; else into the
 * element. The scale's value is no NaN, and not zero unless the quotient has steps. */
struct number scaling_quotient(const struct scaling *s, const struct block_scale *block, float x);
/* The probability, over the random bits of ROUND_SR, that x goes to its neighbour of larger magnitude
 * (ROUND_RAZ); 0 where it has one neighbour only. In binary64: a statistic. The scale's value is no NaN. */
double scaling_sr_probability(const struct scaling *s, const struct rounding *r,
                              const struct block_scale *block, float x);
/* The value of a code under a block scale, exact (up to 64 bits, then sticky), and rounded once to binary32.
 */
struct number scaling_value(const struct scaling *s, const struct block_scale *block, uint32_t code);
float scaling_decode(const struct scaling *s, const struct block_scale *block, uint32_t code);
/* |y - x| as ORDER_TE's four-over-six measures it, in binary32. */
float scaling_te_error(const struct block_scale *block, float x, uint32_t code);

#endif
