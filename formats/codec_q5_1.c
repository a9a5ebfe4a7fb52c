/* ggml's Q5_1. */
#include "formats/ggml.h"

static void encode(struct codec_block *b)
{
    ggml_affine(b, 31);
}

const struct block_codec codec_q5_1 = {
    .name = "q5_1",
    .doc = "5 bits from the smallest value up: binary16 scale and offset of 32 values",
    .citation = "ggml, quantize_row_q5_1_ref and dequantize_row_q5_1",
    .block = GGML_BLOCK,
    .element_bits = 5,
    .scale_bits = 32,
    .encode = encode,
};
