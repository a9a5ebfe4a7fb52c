/* Shared by the codecs of ggml's block types: its reference quantizers (quantize_row_q4_0_ref and siblings in
 * ggml-quants.c), all steps in binary32, in their order. */
#ifndef FORMATS_GGML_H
#define FORMATS_GGML_H

#include "formats/codec.h"

enum { GGML_BLOCK = 32 };

/* The binary16 code nearest to x; overflow gives Inf. And its value. */
uint32_t ggml_fp16(float x);
float ggml_fp16_value(uint32_t code);

/* q4_0, q5_0: d = (the value of largest magnitude, the first on ties) / -half; code = min(2 * half - 1,
 * trunc(x / d + half + 1/2)); value = (code - half) * d, d in binary16 for decoding only. */
void ggml_signed(struct codec_block *b, int half);
/* q4_1, q5_1: d = (max - min) / top; code = trunc((x - min) / d + 1/2), at most top; value = code * d + min,
 * both in binary16 for decoding only. */
void ggml_affine(struct codec_block *b, int top);

#endif
