/* Sums by columns: a kernel adds to COLUMN lanes of its sums at a time, which stay in registers, over strips
 * of elements, which stay in the first-level cache. Terms go to the lanes in the order of sim/base/sum.h, so
 * the bits are those of sum_add.
 *
 * Whether all elements of a strip are finite is seen from a sum of squares of what they make: of finite terms
 * it is finite, as (2^129)^2 times the number of terms is far below 2^1024; an infinity or NaN stays in it,
 * since no term is negative. A strip that has one is added again with the element made a term 0. */
#ifndef SIM_KERNELS_SUMS_INC_H
#define SIM_KERNELS_SUMS_INC_H

#include <float.h>

#include "sim/kernels/kernels.h"

enum { COLUMN = W < 4 ? 4 : W, HALVES = COLUMN / HALF, STRIP = 1024 };

ALWAYS_INLINE void lanes_load(vd v[HALVES], struct sum *s, size_t column)
{
#pragma GCC unroll 4
    for (size_t h = 0; h < HALVES; h++)
        v[h] = vd_load(sum_lanes(s) + column + h * HALF);
}

ALWAYS_INLINE void lanes_store(const vd v[HALVES], struct sum *s, size_t column)
{
#pragma GCC unroll 4
    for (size_t h = 0; h < HALVES; h++)
        vd_store(sum_lanes(s) + column + h * HALF, v[h]);
}

ALWAYS_INLINE double lanes_top(const vd v[HALVES])
{
    double lane[COLUMN], top = 0;
#pragma GCC unroll 4
    for (size_t h = 0; h < HALVES; h++)
        vd_store(lane + h * HALF, v[h]);
    for (size_t j = 0; j < COLUMN; j++)
        top = lane[j] > top ? lane[j] : top;
    return top;
}

/* Of lanes >= 0 or NaN. */
ALWAYS_INLINE bool lanes_are_finite(const vd v[HALVES])
{
    double lane[COLUMN];
    bool finite = true;
#pragma GCC unroll 4
    for (size_t h = 0; h < HALVES; h++)
        vd_store(lane + h * HALF, v[h]);
    for (size_t j = 0; j < COLUMN; j++)
        finite &= lane[j] <= DBL_MAX;
    return finite;
}

/* The length of the next strip of n elements. */
static size_t strip_length(const struct sum *s, size_t n)
{
    size_t room = sum_room(s) < STRIP ? sum_room(s) : STRIP;
    return n < room ? n : room;
}

#endif
