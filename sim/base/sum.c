#include "sim/base/sum.h"

#include <string.h>

static double lanes_tree(const double lane[static SUM_LANES])
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
    double carry = lanes_tree(s->lane);
    memset(s->lane, 0, sizeof s->lane);
    s->pending = 0;
    int i = 0;
    for (; s->chunks >> i & 1; i++)
        carry = s->level[i] + carry;
    s->level[i] = carry;
    s->chunks++;
}

double sum_value(const struct sum *s)
{
    double total = lanes_tree(s->lane);
    for (int i = 0; s->chunks >> i; i++)
        if (s->chunks >> i & 1)
            total = s->level[i] + total;
    return total;
}
