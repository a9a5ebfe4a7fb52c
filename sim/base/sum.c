#include "sim/base/sum.h"

#include <string.h>

double sum_tree(const double lane[static SUM_LANES])
{
    double v[SUM_LANES];
    memcpy(v, lane, sizeof v);
    for (int width = SUM_LANES / 2; width >= 1; width /= 2)
        for (int i = 0; i < width; i++)
            v[i] += v[i + width];
    return v[0];
}

/* A sum of 2^i chunks joins the counter, of which the bits below i are 0. */
static void count(struct sum *s, double carry, int i)
{
    s->chunks += UINT64_C(1) << i;
    for (; !(s->chunks >> i & 1); i++)
        carry = s->level[i] + carry;
    s->level[i] = carry;
}

void sum_fold(struct sum *s)
{
    double total = sum_tree(s->lane);
    memset(s->lane, 0, sizeof s->lane);
    s->pending = 0;
    count(s, total, 0);
}

/* 2^i chunks that start at a multiple of 2^i are added among themselves before anything else: their sum
 * depends on their terms alone, and then joins level i. The levels of t are such sums, the largest first,
 * each of which starts at a multiple of its size: in t, and in s too, since what lies before t is a multiple
 * of the largest. So each joins s at the level, and the levels of s hold what they would hold at that time.
 */
void sum_join(struct sum *s, const struct sum *t)
{
    for (int i = SUM_LEVELS - 1; i >= 0; i--)
        if (t->chunks >> i & 1)
            count(s, t->level[i], i);
    memcpy(s->lane, t->lane, sizeof s->lane);
    s->pending = t->pending;
}

/* Whole groups of SUM_LANES terms. The lanes stay in registers: `terms` may not alias a local array, and the
 * loop over it is unrolled. */
static void lanes_add(double lane[static SUM_LANES], const double *terms, size_t groups)
{
    double v[SUM_LANES];
    memcpy(v, lane, sizeof v);
    for (; groups; groups--, terms += SUM_LANES)
#pragma GCC unroll 16
        for (int i = 0; i < SUM_LANES; i++)
            v[i] += terms[i];
    memcpy(lane, v, sizeof v);
}

void sum_add_n(struct sum *s, const double *terms, size_t n)
{
    while (n) {
        size_t room = sum_room(s);
        size_t groups = (n < room ? n : room) / SUM_LANES;
        if (!sum_is_even(s) || !groups) {
            sum_add(s, *terms++);
            n--;
            continue;
        }
        lanes_add(sum_lanes(s), terms, groups);
        terms += groups * SUM_LANES;
        n -= groups * SUM_LANES;
        sum_advance(s, groups * SUM_LANES);
    }
}

double sum_value(const struct sum *s)
{
    double total = sum_tree(s->lane);
    for (int i = 0; s->chunks >> i; i++)
        if (s->chunks >> i & 1)
            total = s->level[i] + total;
    return total;
}
