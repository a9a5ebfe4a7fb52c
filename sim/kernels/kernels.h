/* The kernels: the meaning of the definition, many elements at a time.
 *
 * A kernel serves elements of one family with constants that `kernel_*_open` derives by asking the
 * definition; it equals the definition by memcmp, value and counts alike. What is rare (a NaN, say) it hands
 * to the definition, a vector at a time. Each family is one template, sim/kernels/NAME.inc.h, which the files
 * scalar.c, avx2.c and avx512.c compile over the vector operations of vec_*.h. */
#ifndef SIM_KERNELS_KERNELS_H
#define SIM_KERNELS_KERNELS_H

#include "formats/format.h"
#include "sim/base/sum.h"

/* What happened to elements; added to. */
struct kernel_counts {
    uint64_t saturated, flushed, nan_in, nan_out, nan_lost, near_ties; /* as in quant_stats */
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
    float before_first_tie; /* the number before half the smallest value, which counts as near that tie */
    float fixed;            /* one quantum for all: 1.5 * 2^23 quanta, and no -0; else 0, and low = -high */
    bool signed_zero;       /* -0 stays */
};

/* False if f under r is none of these. */
bool kernel_grid_open(struct kernel_grid *k, const struct format *f, const struct rounding *r);

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
    bool errors, products, relative, ulps;
    struct sum e2;
    uint64_t lost; /* elements where x is finite and y is not */
    struct sum e, abs_e;
    double max_e; /* largest |e|: with `errors` */
    struct sum xy, y2;
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

/* The table of one instruction set. n elements each; x and y may be the same array; `counts` may be NULL. */
struct kernels {
    const char *isa; /* "scalar", "avx2", "avx512" */
    size_t lanes;    /* of binary32 */
    /* y = value(code(x * inverse)) * scale; `inverse` and `scale` are powers of two, 1 / scale and scale. */
    void (*grid)(const struct kernel_grid *k, float inverse, float scale, const float *x, float *y, size_t n,
                 struct kernel_counts *counts);
    /* The largest magnitude; NaN if there is one, 0 if n is 0. */
    float (*absmax)(const float *x, size_t n);
    /* n is a multiple of SUM_LANES and the sums are even (sim/base/sum.h). The bits of sum_add, element by
     * element. */
    void (*signal)(struct kernel_signal *k, const float *x, size_t n);
    void (*deviations)(struct kernel_deviations *k, const float *x, size_t n);
    void (*errors)(struct kernel_errors *k, const float *x, const float *y, size_t n);
    /* Any n < 2^32. */
    void (*bins)(struct kernel_bins *k, const float *x, const float *y, size_t n);
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
