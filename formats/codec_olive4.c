/* OliVe outlier-victim pairs: int4 and 4-bit abfloat, scale by MSE. */
#include "formats/olive.h"

static void encode(struct codec_block *b)
{
    static const float normal[] = {0, 4, 8, 12, 16, 20, 24, 28};
    olive_encode(b, normal, 8, 1);
}

const struct block_codec codec_olive4 = {
    .name = "olive4",
    .doc = "OliVe outlier-victim pairs: int4 and 4-bit abfloat, scale by MSE",
    .citation = "Guo et al., OliVe, ISCA 2023, arXiv 2304.07493; steps of its public code",
    .element_bits = 4,
    .scale_bits = 32,
    .encode = encode,
};
