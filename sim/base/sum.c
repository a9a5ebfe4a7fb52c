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

void sum_fold(struct sum *s)
{
    double carry = sum_tree(s->lane);
    memset(s->lane, 0, sizeof s->lane);
    s->pending = 0;
    int i = 0;
    for (; s->chunks >> i & 1; i++)
        carry = s->level[i] + carry;
    s->level[i] = carry;
    s->chunks++;
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
