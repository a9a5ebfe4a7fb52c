/* OliVe outlier-victim pairs: flint4 and 4-bit abfloat, scale by MSE. */
#include "formats/olive.h"

static void encode(struct codec_block *b)
{
    static const float normal[] = {0, 2, 4, 6, 8, 12, 16, 32};
    olive_encode(b, normal, 8, 1);
}

const struct block_codec codec_olive4_flint = {
    .name = "olive4_flint",
    .doc = "OliVe outlier-victim pairs: flint4 and 4-bit abfloat, scale by MSE",
    .citation = "Guo et al., OliVe, ISCA 2023, arXiv 2304.07493; steps of its public code",
    .element_bits = 4,
    .scale_bits = 32,
    .encode = encode,
};
