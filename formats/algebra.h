/* What formats say about each other: containment, double rounding, and what holds their products and sums.
 *
 * The values of a format are those that rounding into it produces: a code that is never produced (-128 of a
 * symmetric int8) is none. Questions are decided over every code of the source where it has at most
 * ALGEBRA_BITS bits, else over fewer codes with the proofs at each function; what is not covered says so. */
#ifndef FORMATS_ALGEBRA_H
#define FORMATS_ALGEBRA_H

#include "formats/format.h"

#define ALGEBRA_BITS 20

enum verdict { VERDICT_NO, VERDICT_YES, VERDICT_NOT_COVERED };

/* Whether x is a value of f: a finite one, or Inf or NaN of a type that has it. The sign of zero counts. */
bool algebra_holds(const struct format *f, struct number x);

/* Floats of integer bias: a binade holds all multiples of one power of two. */
bool algebra_is_regular(const struct format *f);
/* The codes of a format that decide, upward from *next, which starts at 0: all of them, or of a regular float
 * of more than ALGEBRA_BITS bits the first two of each octave and the last three of each exponent field (of
 * which the top one may use two for Inf and NaN). False behind the last one. */
bool algebra_take(const struct format *f, uint64_t *next, uint32_t *code);

/* Whether every value of b is one of a: the finite ones, -0 counting as 0, or with `specials` also -0, Inf
 * and NaN. If not, *code is the first code of b, from 0 upward, whose value a lacks.
 *
 * b of more than ALGEBRA_BITS bits: a float (with an integer bias) in one or in an integer is decided octave
 * by octave, and so is every b in an a of at most ALGEBRA_BITS bits. */
enum verdict algebra_contains(const struct format *a, const struct format *b, bool specials, uint32_t *code);

/* One step of a chain of conversions. Its rounding is not stochastic. */
struct conversion {
    const struct format *to;
    struct rounding rounding;
};

/* What becomes of a value, by way of an intermediate format and without. */
struct detour {
    uint32_t source, via; /* codes */
    uint32_t twice, once; /* codes of the last format */
};

/* Whether rounding twice equals rounding once for every code of a: the same codes, or NaN both times. If not,
 * *d is the case of least magnitude, the positive one of two; zeros come first, Inf and NaN last.
 *
 * a of more than ALGEBRA_BITS bits: floats, and formats on a ladder, if the last format has at most
 * ALGEBRA_BITS bits. */
enum verdict algebra_via(const struct format *a, const struct conversion *via, const struct conversion *to,
                         struct detour *d);

/* What holds every sum of `terms` values of a format, or of products of two of them, without error. */
struct exact_need {
    bool is_signed;       /* some are negative */
    int32_t lsb;          /* all are multiples of 2^lsb, and one is an odd multiple */
    int32_t top;          /* floor(log2) of the largest magnitude */
    int32_t integer_bits; /* the narrowest integer: two's complement if signed */
    int precision;        /* the fewest significant bits of a float; 0: not decided */
    /* The float of fewest bits, and among those of fewest exponent bits: every code a number, bias
     * 2^(exponent_bits - 1) - 1. 0 exponent bits: none of up to 16 has the range, or precision is 0. */
    int exponent_bits, fraction_bits;
};

#define ALGEBRA_TERMS_MAX UINT32_C(0xffffffff)

/* terms >= 1. Finite values only. VERDICT_YES, or VERDICT_NOT_COVERED: values of more than 32 significant
 * bits (logarithmic formats, odd biases), or more than ALGEBRA_BITS bits but no float with an integer bias.
 */
enum verdict algebra_exact(const struct format *f, bool products, uint32_t terms, struct exact_need *need);

#endif
