/* OliVe outlier-victim pairs: int8 and 8-bit abfloat, scale by MSE. */
#include "formats/olive.h"

static void encode(struct codec_block *b)
{
    float normal[128];
    for (int i = 0; i < 128; i++)
        normal[i] = (float)i / 4;
    olive_encode(b, normal, 128, 5);
}

const struct block_codec codec_olive8 = {
    .name = "olive8",
    .doc = "OliVe outlier-victim pairs: int8 and 8-bit abfloat, scale by MSE",
    .citation = "Guo et al., OliVe, ISCA 2023, arXiv 2304.07493; steps of its public code",
    .element_bits = 8,
    .scale_bits = 32,
    .encode = encode,
};
