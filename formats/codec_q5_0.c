/* ggml's Q5_0. */
#include "formats/ggml.h"

static void encode(struct codec_block *b)
{
    ggml_signed(b, 16);
}

const struct block_codec codec_q5_0 = {
    .name = "q5_0",
    .doc = "5 bits: the value of largest magnitude is code 0 = -16; binary16 scale of 32 values",
    .citation = "ggml, quantize_row_q5_0_ref and dequantize_row_q5_0",
    .block = GGML_BLOCK,
    .element_bits = 5,
    .scale_bits = 16,
    .encode = encode,
};
