/* ggml's Q8_0. */
#include "formats/ggml.h"

#include <math.h>

/* The nearest integer, half away from zero; at most 127 in magnitude, where x * (1 / d) may lie a rounding
 * beyond. A subnormal d has no finite inverse: 0 * Inf is NaN there, and becomes 0. */
static int64_t rounded_away(float v)
{
    struct rounding away = {.mode = ROUND_RNA};
    struct encoded e = format_round(format_find("int8"), number_from_f32(v), &away, 0);
    return (int64_t)number_to_f64(format_decode(format_find("int8"), e.code));
}

static void encode(struct codec_block *b)
{
    float amax = 0;
    for (size_t i = 0; i < b->n; i++)
        amax = fmaxf(amax, fabsf(b->x[i]));
    float d = amax / 127, inverse = d != 0 ? 1 / d : 0;
    b->scale = ggml_fp16(d);
    float stored = ggml_fp16_value(b->scale);
    for (size_t i = 0; i < b->n; i++) {
        int64_t q = rounded_away(b->x[i] * inverse);
        b->codes[i] = (uint32_t)q & 0xff;
        b->values[i] = (float)q * stored;
        b->events[i] = b->values[i] != b->x[i] ? EVENT_INEXACT : 0;
    }
}

const struct block_codec codec_q8_0 = {
    .name = "q8_0",
    .doc = "symmetric 8 bits, half away from zero, binary16 scale amax / 127 of 32 values",
    .citation = "ggml, quantize_row_q8_0_ref and dequantize_row_q8_0",
    .block = GGML_BLOCK,
    .element_bits = 8,
    .scale_bits = 16,
    .encode = encode,
};
