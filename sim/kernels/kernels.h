/* The kernels: the meaning of the definition, many elements at a time.
 *
 * A kernel serves elements of one family with constants that `kernel_*_open` derives by asking the
 * definition; it equals the definition by memcmp, value and counts alike. What is rare (a NaN, say) it hands
 * to the definition, a vector at a time. Each family is one template, sim/kernels/NAME.inc.h, which the files
 * scalar.c, avx2.c and avx512.c compile over the vector operations of vec_*.h. */
#ifndef SIM_KERNELS_KERNELS_H
#define SIM_KERNELS_KERNELS_H

#include <math.h>

#include "formats/scaling.h"

/* What happened to elements and to scales, as in quant_stats; added to. */
struct kernel_counts {
    uint64_t saturated, flushed, nan_in, nan_out, nan_lost, near_ties;
    uint64_t scales, scale_saturated, scale_flushed, scale_nan;
};

/* An element x that the definition gave these events and the value y. */
static inline void kernel_count_element(struct kernel_counts *counts, uint32_t events, float x, float y)
{
    counts->saturated += (events & (EVENT_SATURATED | EVENT_OVERFLOW)) != 0;
    counts->flushed += y == 0 && x != 0 && !isnan(x);
    counts->near_ties += (events & EVENT_NEAR_TIE) != 0;
    counts->nan_lost += (events & EVENT_NAN_LOST) != 0;
    counts->nan_in += isnan(x) != 0;
    counts->nan_out += isnan(y) != 0;
}

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
    float before_first_tie; /* the number before half the smallest value, which counts as near that tie */
    float fixed;            /* one quantum for all: 1.5 * 2^23 quanta, and no -0; else 0, and low = -high */
    bool signed_zero;       /* -0 stays */
};

/* False if f under r is none of these. */
bool kernel_grid_open(struct kernel_grid *k, const struct format *f, const struct rounding *r);

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
/* The elements under it. */
void kernel_blocks_define(const struct kernel_blocks *k, const struct block_scale *scale, const float *x,
                          float *y, size_t n, struct kernel_counts *counts);

/* The table of one instruction set. n elements each; x and y may be the same array; `counts` may be NULL. */
struct kernels {
    const char *isa; /* "scalar", "avx2", "avx512" */
    size_t lanes;    /* of binary32 */
    /* y = value(code(x * inverse)) * scale; `inverse` and `scale` are powers of two, 1 / scale and scale. */
    void (*grid)(const struct kernel_grid *k, float inverse, float scale, const float *x, float *y, size_t n,
                 struct kernel_counts *counts);
    /* Blocks from x on, the last one perhaps shorter. */
    void (*blocks)(const struct kernel_blocks *k, const float *x, float *y, size_t n,
                   struct kernel_counts *counts);
    /* The largest magnitude; NaN if there is one, 0 if n is 0. */
    float (*absmax)(const float *x, size_t n);
    /* Takes *lo down and *hi up to n values; false if one of them is not finite, and *lo, *hi say nothing. */
    bool (*range)(const float *x, size_t n, float *lo, float *hi);
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
