/* ggml's Q4_0. */
#include "formats/ggml.h"

static void encode(struct codec_block *b)
{
    ggml_signed(b, 8);
}

const struct block_codec codec_q4_0 = {
    .name = "q4_0",
    .doc = "4 bits: the value of largest magnitude is code 0 = -8; binary16 scale of 32 values",
    .citation = "ggml, quantize_row_q4_0_ref and dequantize_row_q4_0",
    .block = GGML_BLOCK,
    .element_bits = 4,
    .scale_bits = 16,
    .encode = encode,
};
