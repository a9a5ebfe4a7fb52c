/* Statistic "twn". */
#include <math.h>

#include "sim/base/sum.h"
#include "sim/quant/stat_parts.h"

static float magnitude(const struct stat_input *in)
{
    double threshold = 0.7 * stat_mean_distance(in, 0);
    struct sum s = {0};
    size_t n = 0;
    for (size_t i = 0; i < in->n; i++) {
        double m = fabs((double)in->x[i]);
        if (isfinite(m) && m > threshold) { /* true of the largest one */
            sum_add(&s, m);
            n++;
        }
    }
    return stat_to_f32(sum_value(&s) / (double)n);
}

const struct statistic stat_twn = {
    .name = "twn",
    .doc = "alpha of ternary weights: mean of the |x| above .7 mean |x|. The element's own rounding then "
           "decides "
           "what becomes zero: below alpha / 2, where the publication has .7 mean |x|",
    .citation = "Li et al., Ternary weight networks, arXiv 1605.04711",
    .magnitude = magnitude,
};
