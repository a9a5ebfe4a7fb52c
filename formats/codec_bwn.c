/* Binary weights. */
#include "formats/codec.h"

#include <math.h>

/* sign(x - mean) * mean|x|, sign(0) = +1; means are binary64 sums in order. */
static void encode(struct codec_block *b)
{
    double sum = 0, magnitude = 0;
    for (size_t i = 0; i < b->n; i++) {
        sum += (double)b->x[i];
        magnitude += fabs((double)b->x[i]);
    }
    double mean = sum / (double)b->n;
    float alpha = (float)(magnitude / (double)b->n);
    b->scale = bits_from_f32(alpha);
    for (size_t i = 0; i < b->n; i++) {
        bool negative = (double)b->x[i] < mean;
        b->codes[i] = negative;
        b->values[i] = negative ? -alpha : alpha;
        b->events[i] = b->values[i] != b->x[i] ? EVENT_INEXACT : 0;
    }
}

const struct block_codec codec_bwn = {
    .name = "bwn",
    .doc = "binary {-1, 1} * alpha: sign of x - mean(x), alpha = mean|x|",
    .citation =
        "Liu et al., Binary and Ternary Natural Language Generation, arXiv 2306.01841; Rastegari et al., "
        "XNOR-Net, arXiv 1603.05279, section 3.1",
    .element_bits = 1,
    .scale_bits = 32,
    .encode = encode,
};
