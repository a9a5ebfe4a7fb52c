/* ggml's Q4_1. */
#include "formats/ggml.h"

static void encode(struct codec_block *b)
{
    ggml_affine(b, 15);
}

const struct block_codec codec_q4_1 = {
    .name = "q4_1",
    .doc = "4 bits from the smallest value up: binary16 scale and offset of 32 values",
    .citation = "ggml, quantize_row_q4_1_ref and dequantize_row_q4_1",
    .block = GGML_BLOCK,
    .element_bits = 4,
    .scale_bits = 32,
    .encode = encode,
};
