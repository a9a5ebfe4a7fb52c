/* ggml's NVFP4: one level of scales, elements by search. */
#include "formats/codec.h"

#include <math.h>

enum { BLOCK = 16, TOP = 0x7e };

/* Unsigned E4M3 as ggml rounds it: half up on the first bit that is cut off; every subnormal stays one, at
 * most 7; from 256 on all is 448. */
static uint32_t scale_code(float x)
{
    uint32_t u = bits_from_f32(x), m = u >> 20 & 7;
    int e = (int)(u >> 23) - 127 + 7;
    if (!(x > 0))
        return 0;
    if (e <= 0) {
        uint32_t n = (uint32_t)(x * 512 + 0.5F);
        return n > 7 ? 7 : n;
    }
    if (e >= 15)
        return TOP;
    uint32_t code = ((uint32_t)e << 3) + m + (u >> 19 & 1);
    return code >= 15 << 3 ? TOP : code;
}

/* The first of the nearest: the smaller magnitude on ties, 0 before -0. */
static uint32_t nearest(float x, float half_scale)
{
    static const float doubled[16] = {0, 1, 2, 3, 4, 6, 8, 12, 0, -1, -2, -3, -4, -6, -8, -12};
    uint32_t best = 0;
    for (uint32_t i = 1; i < 16; i++)
        if (fabsf(doubled[i] * half_scale - x) < fabsf(doubled[best] * half_scale - x))
            best = i;
    return best;
}

static void encode(struct codec_block *b)
{
    float amax = 0;
    for (size_t i = 0; i < b->n; i++)
        amax = fmaxf(amax, fabsf(b->x[i]));
    b->scale = scale_code(amax / 6);
    float scale = number_to_f32(format_decode(format_find("ue4m3"), b->scale));
    for (size_t i = 0; i < b->n; i++) {
        b->codes[i] = nearest(b->x[i], scale / 2);
        b->values[i] = number_to_f32(format_decode(format_find("e2m1"), b->codes[i])) * scale;
        b->events[i] = b->values[i] != b->x[i] ? EVENT_INEXACT : 0;
    }
}

const struct block_codec codec_nvfp4_ggml = {
    .name = "nvfp4_ggml",
    .doc = "E2M1, ties to the smaller magnitude, under an unsigned E4M3 scale of 16 values alone",
    .citation = "ggml, quantize_row_nvfp4_ref and ggml_fp32_to_ue4m3",
    .block = BLOCK,
    .element_bits = 4,
    .scale_bits = 8,
    .encode = encode,
};
