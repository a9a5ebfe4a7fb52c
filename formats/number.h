/* The exact carrier of every value on its way to a format.
 *
 * A finite nonzero number is (-1)^negative * (significand + t) * 2^exponent with bit 63 of the significand
 * set and t in [0,1): t = 0 unless `sticky`, and 0 < t < 1 then. Values of all formats, products of two of
 * them, and quotients (to 64 bits, the rest in `sticky`) are held without error that rounding could see. All
 * arithmetic is on integers: no libm function and no floating-point rounding decides a bit. */
#ifndef FORMATS_NUMBER_H
#define FORMATS_NUMBER_H

#include <stdbool.h>
#include <stdint.h>

enum number_class { NUMBER_ZERO, NUMBER_FINITE, NUMBER_INF, NUMBER_NAN };

struct number {
    enum number_class class;
    bool negative; /* the sign of zero and of infinity counts; a NaN's does not */
    bool sticky;
    int32_t exponent;
    uint64_t significand;
};

/* (-1)^negative * significand * 2^exponent, normalised; zero when the significand is. */
struct number number_make(bool negative, uint64_t significand, int32_t exponent);
/* 2^exponent. */
struct number number_pow2(int32_t exponent);
struct number number_from_f32(float x);
struct number number_from_f64(double x);

/* Exact product up to 64 significant bits; below them sticky. 0 * Inf is NaN. */
struct number number_mul(struct number a, struct number b);
/* Quotient to 64 significant bits, the rest sticky. x/0 is Inf for x != 0; 0/0 and Inf/Inf are NaN.
 * b must not be sticky. A sticky a counts as t = 1/2: the quotient lies on the true side of every c for which
 * b * c is a multiple of the last bit of a. */
struct number number_div(struct number a, struct number b);
/* Exact sum up to 64 significant bits; below them sticky. x - x is +0, -0 + -0 is -0, Inf - Inf is NaN.
 * Neither may be sticky: what a sticky part adds to the last bit kept is unknown. */
struct number number_add(struct number a, struct number b);
/* Exact a * b + c up to 64 significant bits; below them sticky. None may be sticky. Specials and zeros are
 * those of the product and the sum. */
struct number number_fma(struct number a, struct number b, struct number c);
/* Square root to 64 significant bits, the rest sticky. Of -0 it is -0, of a number below zero NaN. x must not
 * be sticky. */
struct number number_sqrt(struct number x);
static inline struct number number_negate(struct number x)
{
    x.negative = !x.negative;
    return x;
}
/* floor(log2 |x|) of a finite nonzero number. */
static inline int32_t number_exponent(struct number x)
{
    return x.exponent + 63;
}
/* -1, 0 or 1 as |a| <, =, > |b|, for numbers that are not NaN and not both sticky with equal significands. */
int number_compare_magnitude(struct number a, struct number b);

/* -1, 0 or 1 as a <, =, > b, for numbers that are not NaN, under the same proviso. -0 equals +0. */
int number_compare(struct number a, struct number b);

/* Round to nearest even into binary32 or binary64; a NaN gives the canonical quiet NaN. */
float number_to_f32(struct number x);
double number_to_f64(struct number x);

/* Binary32 bits and back. */
static inline uint32_t bits_from_f32(float x)
{
    union {
        float f;
        uint32_t u;
    } v = {.f = x};
    return v.u;
}

static inline float f32_from_bits(uint32_t u)
{
    union {
        uint32_t u;
        float f;
    } v = {.u = u};
    return v.f;
}

static inline uint64_t bits_from_f64(double x)
{
    union {
        double f;
        uint64_t u;
    } v = {.f = x};
    return v.u;
}

static inline double f64_from_bits(uint64_t u)
{
    union {
        uint64_t u;
        double f;
    } v = {.u = u};
    return v.f;
}

#endif
