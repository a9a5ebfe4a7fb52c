/* Ternary weight networks. */
#include "formats/codec.h"

#include <math.h>

/* Threshold 0.7 * mean|x|; alpha = mean|x| of what lies above it. Means are binary64 sums in order. */
static void encode(struct codec_block *b)
{
    double sum = 0, above = 0;
    for (size_t i = 0; i < b->n; i++)
        sum += fabs((double)b->x[i]);
    double threshold = 0.7 * (sum / (double)b->n);
    size_t n = 0;
    for (size_t i = 0; i < b->n; i++)
        if (fabs((double)b->x[i]) > threshold) {
            above += fabs((double)b->x[i]);
            n++;
        }
    float alpha = n ? (float)(above / (double)n) : 0;
    b->scale = bits_from_f32(alpha);
    for (size_t i = 0; i < b->n; i++) {
        bool kept = fabs((double)b->x[i]) > threshold, negative = b->x[i] < 0;
        b->codes[i] = !kept ? 0 : negative ? 3 : 1;
        b->values[i] = !kept ? 0 : negative ? -alpha : alpha;
        b->events[i] = b->values[i] != b->x[i] ? EVENT_INEXACT : 0;
    }
}

const struct block_codec codec_twn = {
    .name = "twn",
    .doc = "ternary {-1, 0, 1} * alpha: threshold 0.7 mean|x|, alpha the mean of the survivors",
    .citation = "Li et al., Ternary Weight Networks, arXiv 1605.04711, equations 6 and 7",
    .element_bits = 2,
    .scale_bits = 32,
    .encode = encode,
};
