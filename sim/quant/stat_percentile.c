/* Statistic "percentile". */
#include <math.h>

#include "sim/quant/stat_parts.h"

enum { INFINITE = 0x7f800000 }; /* the pattern of +Inf */

/* The order statistic `rank` (from 0) of |x|, and the next one in *next (itself at the end). Magnitudes of
 * binary32 are ordered as their patterns: one byte of the answer a pass, from the top. */
static float order_statistic(const struct stat_input *in, size_t rank, float *next)
{
    uint32_t prefix = 0;
    size_t equal = 0;
    for (int shift = 24; shift >= 0; shift -= 8) {
        size_t count[256] = {0};
        for (size_t i = 0; i < in->n; i++) {
            uint32_t u = bits_from_f32(in->x[i]) & 0x7fffffff;
            if (isfinite(in->x[i]) && (uint64_t)u >> (shift + 8) == (uint64_t)prefix >> (shift + 8))
                count[u >> shift & 0xff]++;
        }
        uint32_t byte = 0;
        while (rank >= count[byte])
            rank -= count[byte++];
        prefix |= byte << shift;
        equal = count[byte];
    }
    uint32_t above = INFINITE;
    for (size_t i = 0; rank + 1 == equal && i < in->n; i++) {
        uint32_t u = bits_from_f32(in->x[i]) & 0x7fffffff;
        above = u > prefix && u < above ? u : above;
    }
    *next = f32_from_bits(above < INFINITE ? above : prefix);
    return f32_from_bits(prefix);
}

static float magnitude(const struct stat_input *in)
{
    size_t n = stat_finite(in);
    double at = in->arg / 100 * (double)(n - 1);
    size_t rank = (size_t)at;
    rank = rank < n ? rank : n - 1;
    double t = at - (double)rank;
    float low, high;
    low = order_statistic(in, rank, &high);
    double a = (double)low, b = (double)high;
    return (float)(t < 0.5 ? a + (b - a) * t : b - (b - a) * (1 - t)); /* numpy's: never outside a .. b */
}

const struct statistic stat_percentile = {
    .name = "percentile",
    .doc = "percentile of |x|, linear between order statistics (as numpy's \"linear\" and torch.quantile)",
    .citation =
        "Chiang et al., Quamba, arXiv 2410.13229: 99.95, and 99.999 for the smallest model; Wu et al., "
        "arXiv 2004.09602: 99.99",
    .arg_doc = "percent of the elements within the range",
    .arg_default = 99.99,
    .arg_min = 0,
    .arg_max = 100,
    .magnitude = magnitude,
};
