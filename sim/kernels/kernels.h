/* The kernels: the meaning of the definition, many elements at a time.
 *
 * A kernel serves elements of one family with constants that `kernel_*_open` derives by asking the
 * definition; it equals the definition by memcmp, value and counts alike. What is rare (a NaN, say) it hands
 * to the definition, a vector at a time. Each family is one template, sim/kernels/NAME.inc.h, which the files
 * scalar.c, avx2.c and avx512.c compile over the vector operations of vec_*.h. */
#ifndef SIM_KERNELS_KERNELS_H
#define SIM_KERNELS_KERNELS_H

#include "formats/scaling.h"
#include "sim/base/sum.h"

/* What happened to elements and to scales, as in quant_stats; added to. */
struct kernel_counts {
    uint64_t saturated, flushed, nan_in, nan_out, nan_lost, near_ties;
    uint64_t scales, scale_saturated, scale_flushed, scale_nan;
};

/* Elements of an evenly spaced grid in each binade under ROUND_RNE, saturating: floats of 2 to 23 bits of
 * precision with subnormals, integers. q = x * 2^-k is rounded to the nearest multiple of
 * 2^max(exponent of q, least exponent) * 2^(1 - precision), and limited. */
struct kernel_grid {
    struct format f; /* what the definition is asked with */
    struct rounding r;
    float low, high;    /* the outermost values */
    float least_normal; /* quanta do not fall below its */
    int32_t magic;      /* from the exponent bits of q to those of the number whose last bit is q's quantum */
    float saturates;    /* q counts as saturated from here up */
    float saturates_below;          /* and from here down */
    float last_tie, last_tie_below; /* the midpoints beyond the outermost values */
    float first_tie;                /* half the smallest positive value; goes to zero */
    float fixed;      /* one quantum for all: 1.5 * 2^23 quanta, and no -0; else 0, and low = -high */
    bool signed_zero; /* -0 stays */
};

/* False if f under r is none of these. */
bool kernel_grid_open(struct kernel_grid *k, const struct format *f, const struct rounding *r);

/* Elements of such a grid under a scale that need not be a power of two: the exact quotient x / S is rounded,
 * value * S is rounded once to binary32. */
struct kernel_scaled {
    struct kernel_grid grid;
    struct scaling scaling; /* what the definition is asked with */
    int precision;          /* bits of a value at most */
    int32_t near; /* from the bits of a magic number to those from where on an error is near half a quantum */
    float low_limit, high_limit; /* three quarters of a quantum beyond the outermost values */
    float least_scale;           /* smaller ones are left to the definition */
};

/* False if f under r is not served: as for grids, and more than 16 bits of precision, or values that lie far
 * from one. */
bool kernel_scaled_open(struct kernel_scaled *k, const struct format *f, const struct rounding *r);

/* A scale as S = value + rest, value the number of 24 bits below. */
struct kernel_scale {
    float inverse, value, rest; /* inverse: 1 / value */
};

/* False if elements under this scale are left to the definition. */
bool kernel_scale_split(const struct kernel_scaled *k, struct number scale, struct kernel_scale *s);

/* Blocks of neighbours, each with a scale rounded to nearest into a float format by rule absmax: binary32
 * without a second level, or up to 12 bits of precision; exact quotients, or ORDER_TE. */
struct kernel_float_blocks {
    struct kernel_scaled element;
    struct kernel_scaled scale; /* the scale's format as a grid, for magnitudes up to `most` */
    struct scaling scaling;
    float peak;        /* as in struct candidate */
    struct number top; /* what the largest magnitude is mapped to */
    float least, most; /* scales outside are left to the definition */
    bool direct;       /* binary32 scales: one division */
    bool stepped;      /* ORDER_TE */
};

/* False if these are not served. Besides struct scaling a caller must know of nothing else: no statistic, no
 * search, no alternative, no output format, no faults, no daz, and the values alone wanted. */
bool kernel_float_blocks_open(struct kernel_float_blocks *k, const struct format *f, const struct rounding *r,
                              const struct scaling *s);

/* What the second level says to blocks. */
struct kernel_float_outer {
    struct kernel_scale divisor; /* of the largest magnitude of a block: the scale before it is rounded */
    float top;                   /* the same without a second level */
    float multiplier;            /* ORDER_TE: the largest magnitude times it is the scale */
    float scale;                 /* multiplies the stored scale */
};

/* False if all blocks are left to the definition. */
bool kernel_float_outer(const struct kernel_float_blocks *k, const struct outer_scale *outer,
                        struct kernel_float_outer *out);

/* Elements of a grid in blocks under scales that are powers of two, one step up in each binade of the largest
 * magnitude amax. With e the exponent field of amax, a positive number, the scale is 2^(e - bias), or twice
 * that from a step on, which even and odd e may have at different significands. */
struct kernel_blocks {
    struct kernel_grid grid;
    struct scaling scaling; /* what the definition is asked with */
    size_t block;           /* elements of a block; SIZE_MAX: one block of any length */
    int32_t first, last;    /* bits of the least and the largest amax for which that holds */
    int32_t carry[2];       /* of even and odd e: carries bits from the step on into e */
    int32_t bias;
    struct kernel_counts zeros; /* of the scale of a block of zeros */
};

/* False if elements of f under r are none of a kernel_grid, or s gives them anything but such scales (here
 * without axis and tail: whoever calls sees to it that the n elements of a call are n along the axis). */
bool kernel_blocks_open(struct kernel_blocks *k, const struct format *f, const struct rounding *r,
                        const struct scaling *s);

/* --- of the kernels: one block, by the definition --- */
/* The scale of n elements, counted. */
struct block_scale kernel_blocks_scale(const struct kernel_blocks *k, const float *x, size_t n,
                                       struct kernel_counts *counts);
/* Whether it is 2^*exponent. */
bool kernel_blocks_power(const struct block_scale *scale, int32_t *exponent);

/* The same elements under ROUND_SR. */
struct kernel_stochastic {
    struct kernel_grid grid; /* under ROUND_RNE; its r is not that of */
    struct rounding r;       /* these */
    int bits;                /* random bits, 1..32 */
    float far;               /* beyond every value by a quantum */
};

/* Where the random numbers of elements come from: rng_u32 of their indices first, first + 1, ... */
struct kernel_random {
    uint64_t seed, stream, first;
};

/* False if f under r is none of these. */
bool kernel_stochastic_open(struct kernel_stochastic *k, const struct format *f, const struct rounding *r);

/* Floats with the exponents of binary32 and its subnormals, but fewer bits, under ROUND_RNE, saturating: the
 * bits of binary32 without the last `shift`, rounded as integers. */
struct kernel_truncated {
    struct format f; /* what the definition is asked with */
    struct rounding r;
    int shift;
    float high;                /* the largest finite value */
    int32_t before_saturation; /* the largest magnitude that does not saturate, as bits */
};

/* False if f under r is none of these. */
bool kernel_truncated_open(struct kernel_truncated *k, const struct format *f, const struct rounding *r);

/* Elements of up to 16 bits under any deterministic rounding, by a table. A bucket is a run of magnitudes
 * (binary32 without the sign) with the same leading bits, in which the value changes once at most; what lies
 * below the first bucket or above the last belongs to it. Buckets are numbered by the last `index_bits` of
 * their leading bits, those of negative numbers behind the others. */
enum { KERNEL_LEAST_STEP = 27 << 23 }; /* 2^-100 */
enum { KERNEL_TABLE_SHORT = 4 };       /* index_bits of tables that fit registers, and the least */
enum { KERNEL_DOUBT = 8 };
struct kernel_table {
    struct format f; /* what the definition is asked with */
    struct rounding r;
    int shift, index_bits;
    int32_t low, high;    /* magnitudes in the first bucket and in the last */
    int32_t *step;        /* of each bucket: the least magnitude that goes to its second value, or
                             INT32_MAX */
    float *value;         /* two of each; exact */
    int32_t *near_before; /* the magnitude before its near ties, */
    int32_t *near_after;  /* and the one after them; INT32_MAX and INT32_MIN if it has none */
    int32_t saturates_before[2], saturates_after[2]; /* those around what saturates, positive and negative */
    bool simple;     /* saturation ends with infinity, no value is NaN, zero has no event */
    bool plain_only; /* something changes below KERNEL_LEAST_STEP, and not beside zero */
    int32_t doubt_before[2 << KERNEL_TABLE_SHORT]; /* of a short table: around all magnitudes from which */
    int32_t doubt_after[2 << KERNEL_TABLE_SHORT];  /* KERNEL_DOUBT lead to another value or event */
    bool inf_is_apart;                             /* from the largest finite number */
};
/* False, and nothing to close, if there is no such table, or no memory. */
bool kernel_table_open(struct kernel_table *k, const struct format *f, const struct rounding *r);
void kernel_table_close(struct kernel_table *k);

/* The scale of a block by its largest magnitude: amax / top in binary32, or a power of two. */
struct kernel_amax_scale {
    struct scaling scaling;   /* what the definition is asked with */
    int32_t least, most;      /* magnitudes of amax that are served, besides zero */
    float top;                /* 0: a power of two, */
    int32_t carry;            /* of which the exponent bits are those of amax + carry, */
    int32_t offset;           /* plus this */
    int code_shift;           /* the code is the scale shifted right by this */
    struct block_scale zeros; /* of a block of zeros */
};

/* False if scaling `s` of elements `f` is none of these. */
bool kernel_amax_scale_open(struct kernel_amax_scale *k, const struct scaling *s, const struct format *f);

/* Whether blocks of such elements are served: tables in registers. */
bool kernel_table_serves_blocks(const struct kernel_table *k);

/* The scale of a block with this largest magnitude, as bits, from least to most. */
static inline float kernel_amax_scale_at(const struct kernel_amax_scale *s, int32_t amax)
{
    return s->top > 0 ? f32_from_bits((uint32_t)amax) / s->top
                      : f32_from_bits((uint32_t)(((amax + s->carry) & 0x7f800000) + s->offset));
}

/* 0: not served, or a block of zeros. */
static inline float kernel_amax_scale(const struct kernel_amax_scale *s, int32_t amax)
{
    return amax < s->least || amax > s->most ? 0 : kernel_amax_scale_at(s, amax);
}

/* Codes of elements, told from y = value(code) * scale: v = y / scale is known to 2^-22 of itself, and no two
 * values lie so near to each other. */
enum { KERNEL_CODES = 65536 };
struct kernel_codes {
    int32_t word[KERNEL_CODES / 32]; /* bit code % 32 of word code / 32 */
};
struct kernel_marks {
    struct format f;
    enum { MARKS_INT, MARKS_SIGNMAG, MARKS_FLOAT, MARKS_TABLE } kind;
    bool narrow;               /* values of ordinary size: any scale near one will do */
    bool zero_is_zero;         /* zeros are coded as zeros */
    float least_scale;         /* below it a value other than zero may leave the normal numbers */
    struct kernel_table table; /* under ROUND_RNE, with codes, as bits, in the place of values */
    bool owns_table;
};

/* False, and nothing to close, if codes of f cannot be told so, or there is no memory. `table` is one of f,
 * or NULL, and stays the caller's while *k is in use. */
bool kernel_marks_open(struct kernel_marks *k, const struct format *f, const struct kernel_table *table);
void kernel_marks_close(struct kernel_marks *k);
/* What a y under this scale is multiplied by, and whether it is below least_scale. False if codes under this
 * scale cannot be told. */
bool kernel_marks_scale(const struct kernel_marks *k, struct number scale, float *inverse, bool *small);

/* The same for n blocks with these largest magnitudes, as bits (1 for a block of zeros); NaN where the
 * definition must tell. */
void kernel_blocks_inverses(const struct kernel_blocks *k, const int32_t *top, size_t n, float *inverse);
void kernel_amax_inverses(const struct kernel_amax_scale *s, const struct kernel_marks *k, const int32_t *top,
                          size_t n, float *inverse);

/* Sums over the finite elements x of a tensor, and what it holds; added to. An element that is not finite is
 * a term 0. Starts as zero but for lo = INFINITY, hi = -INFINITY. */
struct kernel_signal {
    struct sum x, x2;
    float lo, hi;
    uint64_t zeros, infinite, nan;
};

/* Sums of (x - mean)^2 and ^4 over the finite elements, likewise. */
struct kernel_deviations {
    double mean;
    struct sum m2, m4;
};

/* Sums over x and y, e = y - x in binary64, likewise: where x or y is not finite the terms are 0. e2 and lost
 * always, the others where asked for. */
struct kernel_errors {
    bool largest, products, means, relative, ulps;
    struct sum e2;
    uint64_t lost;     /* elements where x is finite and y is not */
    double max_e;      /* largest |e|: with `largest` */
    struct sum xy, y2; /* with `products`, and so on */
    struct sum e, abs_e;
    struct sum rel_e; /* |e| / |x|, a term 0 where x is 0 */
    uint32_t max_ulp; /* largest distance on the ordered line of binary32 values, both zeros one place */
};

/* Counts of y in equal bins of [-range, range], 0 < range < infinity, where x and y are finite: bin
 * (y / range + 1) * KERNEL_BINS / 2 in binary64, rounded down, or the end bin that is nearest. */
enum { KERNEL_BINS = 256 };
struct kernel_bins {
    double range;
    uint64_t count[KERNEL_BINS];
};

/* Rounding a sum of binary64 into an accumulator: a float of 2 to 40 bits of precision with subnormal
 * numbers, or a two's complement integer; ROUND_RNE or ROUND_RTZ. */
struct kernel_accumulator {
    bool fixed; /* one quantum for all: an integer */
    bool toward_zero;
    bool whole;       /* sums are multiples of the quantum already: set by whoever knows */
    double least;     /* of floats: the least normal number; else 1 */
    double magic;     /* 1.5 * 2^52 quanta of a number in [1, 2), or of the one quantum */
    double quantum;   /* that quantum */
    double low, high; /* the outermost values */
    double tiny;      /* results below are odd if the sum was not zero: flushed. 0: none is, see `whole` */
    enum kernel_beyond { BEYOND_ODD, BEYOND_CLAMP, BEYOND_WRAP, BEYOND_NEVER /* as `whole` */ } beyond;
    double period; /* of BEYOND_WRAP, a power of two */
};

/* False if f under r is none of these. */
bool kernel_accumulator_open(struct kernel_accumulator *k, const struct format *f, const struct rounding *r,
                             enum kernel_beyond beyond);

/* Matrix products: KERNEL_GEMM_ROWS rows of A against as many columns of B as there are lanes, term by term
 * in the order of the steps; see gemm.inc.h for what lies behind. */
enum { KERNEL_GEMM_ROWS = 4, KERNEL_GEMM_COLUMNS = 16, KERNEL_GEMM_BINS = 40 };

/* The next `terms` terms make one rounding (in KERNEL_GEMM_ADDED: each of them one). Then, if `ends`, the
 * accumulator goes into the outer one and starts from zero. */
struct kernel_gemm_step {
    uint32_t terms;
    bool ends;
};

enum kernel_gemm_way {
    KERNEL_GEMM_ALIGNED, /* a step's terms and the accumulator, cut toward zero `fraction` bits below the
                            largest power */
    KERNEL_GEMM_SUMMED,  /* they are added exactly, for binary64 holds every sum of them */
    KERNEL_GEMM_ADDED,   /* each term is added by itself, whatever its size */
    KERNEL_GEMM_BINS_WAY /* no rounding at all: sums in `bins` bins */
};

/* How. Sums of ALIGNED terms stay below 2^53 quanta. */
struct kernel_gemm {
    enum kernel_gemm_way way;
    const struct kernel_gemm_step *steps;
    size_t n_steps;
    struct kernel_accumulator acc, outer;
    bool nests;           /* steps end: the result is the outer accumulator's */
    bool rounds_products; /* ADDED: a product is rounded into acc before it is added */
    bool c_last;          /* the addend is added to the result; else it starts it */
    bool has_c;
    double up, down;      /* ALIGNED: 2^fraction and its inverse */
    double floor;         /* ALIGNED: a power below those of all terms */
    const int32_t *table; /* products by codes, [a << 8 | b], as bits; NULL: exact products. The last bit of
                             a product is no part of it, but counts as one that could not be held */
    bool mirrored;        /* bit 7 of a code does nothing but turn the sign of a product */
    int bins;
    double bin[KERNEL_GEMM_BINS]; /* 1.5 * 2^52 times the last place of each bin but the last, falling */
};

/* What is multiplied, and what comes of it. Values are exact, NaN where the definition must tell. */
struct kernel_gemm_tile {
    const double *a, *a_power; /* row r begins at r * stride */
    const uint8_t *a_code;
    size_t stride;
    const double *b, *b_power; /* term k of all lanes at k * lanes */
    const int32_t *b_code;
    double c[KERNEL_GEMM_ROWS][KERNEL_GEMM_COLUMNS];
    double sum[KERNEL_GEMM_ROWS][KERNEL_GEMM_COLUMNS]; /* NaN: the definition must tell */
    double bin[KERNEL_GEMM_BINS][KERNEL_GEMM_ROWS][KERNEL_GEMM_COLUMNS];
    double inexact[KERNEL_GEMM_ROWS][KERNEL_GEMM_COLUMNS]; /* roundings */
    double beyond[KERNEL_GEMM_ROWS][KERNEL_GEMM_COLUMNS];  /* roundings that were clamped or wrapped */
    int32_t lost[KERNEL_GEMM_ROWS][KERNEL_GEMM_COLUMNS];   /* products that could not be held */
};

enum { KERNEL_SLACK = 16 }; /* elements; the most lanes there are */

/* The table of one instruction set. n elements each; x and y may be the same array; `counts` may be NULL. */
struct kernels {
    const char *isa; /* "scalar", "avx2", "avx512" */
    size_t lanes;    /* of binary32 */
    /* y = value(code(x * inverse)) * scale; `inverse` and `scale` are powers of two, 1 / scale and scale. */
    void (*grid)(const struct kernel_grid *k, float inverse, float scale, const float *x, float *y, size_t n,
                 struct kernel_counts *counts);
    /* The same of stochastic rounding. */
    void (*stochastic)(const struct kernel_stochastic *k, const struct kernel_random *random, float inverse,
                       float scale, const float *x, float *y, size_t n, struct kernel_counts *counts);
    /* The same of truncated bits. */
    void (*truncated)(const struct kernel_truncated *k, float inverse, float scale, const float *x, float *y,
                      size_t n, struct kernel_counts *counts);
    /* The same by a table. */
    void (*table)(const struct kernel_table *k, float inverse, float scale, const float *x, float *y,
                  size_t n, struct kernel_counts *counts);
    /* The elements of one region under b->value, with exact quotients, no zero point and b->element the
     * format that k was opened with. Any scale will do: those out of the ordinary go to the definition.
     * Counts elements alone. */
    void (*scaled)(const struct kernel_scaled *k, const struct block_scale *b, const float *x, float *y,
                   size_t n, struct kernel_counts *counts);
    /* Blocks one after another, the last one perhaps short, under one outer scale (scaling_outer). Counts
     * elements and scales. */
    void (*float_blocks)(const struct kernel_float_blocks *k, const struct outer_scale *outer, const float *x,
                         float *y, size_t n, struct kernel_counts *counts);
    /* Blocks from x on, the last one perhaps shorter. */
    void (*blocks)(const struct kernel_blocks *k, const float *x, float *y, size_t n,
                   struct kernel_counts *counts);

    /* Elements by a short table in blocks of `block`, the last one maybe shorter, each with its scale: y =
     * value(code(x / scale)) * scale, the quotient exact. Stops before a block with an infinity or a NaN, or
     * an amax that *s does not serve: returns the number of blocks done. `scales` (may be NULL): their codes.
     */
    size_t (*table_blocks)(const struct kernel_table *k, const struct kernel_amax_scale *s, size_t block,
                           const float *x, float *y, size_t n, uint32_t *scales,
                           struct kernel_counts *counts);
    /* The largest magnitudes, as bits, of blocks from x on, the last one perhaps short. Room for KERNEL_SLACK
     * more. */
    void (*tops)(const float *x, size_t block, size_t n, int32_t *top);
    /* As kernel_blocks_inverses; room likewise. */
    void (*float_inverses)(const struct kernel_float_blocks *k, const struct outer_scale *outer,
                           const int32_t *top, size_t n, float *inverse);
    /* Puts codes of n <= 65536 values into the set. Each `run` of them (at most n) has an inverse of its own;
     * behind the last one is room for KERNEL_SLACK more. Returns how many the definition must tell, and which
     * they are, in order: those of Inf, NaN and inverse NaN, and under a `small` scale, below least_scale,
     * those of a y that is no normal number and not from x = 0. */
    size_t (*mark)(const struct kernel_marks *k, const float *inverse, size_t run, bool small, const float *x,
                   const float *y, size_t n, struct kernel_codes *codes, uint16_t *untold);
    /* The errors to be expected of `stochastic`, in binary64: with s and l the values that x may become, of
     * smaller and of larger magnitude, and p the probability of l, p (l - x) + (1 - p) (s - x); 0 where one
     * of the three is not finite. */
    void (*expected)(const struct kernel_stochastic *k, float inverse, float scale, const float *x, size_t n,
                     double *error);
    /* Takes *lo down and *hi up to n values; false if one of them is not finite, and *lo, *hi say nothing. */
    bool (*range)(const float *x, size_t n, float *lo, float *hi);
    /* The least that can be done with elements, to measure kernels against: their sum in any order, y = x,
     * y += c. */
    float (*read)(const float *x, size_t n);
    void (*copy)(const float *x, float *y, size_t n);
    void (*add)(float *y, size_t n, float c);

    /* n is a multiple of SUM_LANES and the sums are even (sim/base/sum.h). The bits of sum_add, element by
     * element. */
    void (*signal)(struct kernel_signal *k, const float *x, size_t n);
    void (*deviations)(struct kernel_deviations *k, const float *x, size_t n);
    void (*errors)(struct kernel_errors *k, const float *x, const float *y, size_t n);
    /* Any n < 2^32. */
    void (*bins)(struct kernel_bins *k, const float *x, const float *y, size_t n);

    void (*gemm)(const struct kernel_gemm *g, struct kernel_gemm_tile *t);
};

/* The best that this CPU runs, or the best up to the one that the environment's BITSWEEP_ISA names. The same
 * for the whole run of the program. */
const struct kernels *kernels_best(void);
/* All that this CPU runs, the widest last. */
size_t kernels_count(void);
const struct kernels *kernels_at(size_t i);
/* Whether BITSWEEP_ISA, if it is set, names an instruction set of this list; else *allowed lists them. */
bool kernels_isa_known(const char *name, const char **allowed);

/* Fills what the instruction set has over what is there already. */
void kernels_fill_scalar(struct kernels *k);
void kernels_fill_avx2(struct kernels *k);
void kernels_fill_avx512(struct kernels *k);

#endif
