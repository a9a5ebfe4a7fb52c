/* Made-up tensors for tests of quantizing. */
#ifndef TESTS_DRAWS_H
#define TESTS_DRAWS_H

#include <stddef.h>
#include <stdint.h>

enum draw {
    DRAW_NORMAL, /* about Gaussian, |x| < 1.5 */
    DRAW_WIDE,   /* over 120 binades */
    DRAW_BITS,   /* any finite binary32 */
    DRAW_SPECIAL,
    DRAW_POSITIVE,
    DRAW_NEGATIVE, /* no zero */
    DRAW_SHIFTED,  /* far from zero */
    DRAW_CONSTANT,
    DRAW_ZEROS, /* of both signs */
    DRAW_TINY,  /* around the smallest normal and subnormal numbers */
    DRAW_HUGE,  /* up to FLT_MAX */
    DRAW_SHORT, /* 4 significant bits: many ties */
    DRAWS
};

void draw_fill(float *x, size_t n, enum draw kind, uint64_t seed);

#endif
