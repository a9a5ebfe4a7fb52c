/* Dot products by look-up, as T-MAC computes them: weights of b bits as b planes of one bit; for every group
 * of g activations a table of the 2^g sums with signs, + where the plane's bit is 1; the product is the sum
 * over groups and planes of 2^p times an entry, then the weights' zero.
 *
 * With w_i = code_i - zero, bits as (s + 1) / 2 with signs s, and A the sum of the activations,
 *
 *     2 sum w_i a_i = sum_p 2^p sum_groups table[bits of plane p] + (2^b - 1 - 2 zero) A.
 *
 * Source: T-MAC, arXiv 2407.00088, and its repository. How the quantized entries are rounded there is
 * [unverified]; here to nearest, ties to even. */
#ifndef SIM_ARITH_LUT_H
#define SIM_ARITH_LUT_H

#include <stddef.h>
#include <stdint.h>

#define LUT_GROUP_MAX 8
#define LUT_BITS_MAX  8
#define LUT_TERMS_MAX (1 << 20)

struct lut_spec {
    int bits;        /* of a weight's code, 1..8 */
    int zero;        /* the code that stands for 0: 0 .. 2^bits */
    int group;       /* g, 1..8; 4 in T-MAC. The last group is filled up with zeros */
    int scale_group; /* 0: tables as they are; else entries are int8 under one scale for that many activations
                        (64 in T-MAC), a multiple of `group`, from the largest entry of them to 127 */
};

struct lut_cost {
    uint64_t entries; /* of tables, computed */
    uint64_t lookups; /* one for each plane and group */
};

/* An exact fraction. */
struct lut_result {
    int64_t numerator;
    int32_t denominator; /* 2 of exact tables (the numerator is even), 254 of quantized ones */
};

/* NULL, or what is wrong with the spec or the length. */
const char *lut_problem(const struct lut_spec *spec, size_t n);
/* The dot product of n codes below 2^bits with n activations, which lut_problem takes; adds to *cost. All
 * sums stay below 2^62: activations have 16 bits, groups 8 of them, n at most 2^20. */
struct lut_result lut_dot(const struct lut_spec *spec, const uint8_t *codes, const int16_t *a, size_t n,
                          struct lut_cost *cost);

#endif
