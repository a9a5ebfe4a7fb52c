/* HiFloat4: 64 values under an E6M2 scale and two levels of micro-exponents, 8 of one bit and 16 of one bit.
 */
#include "formats/codec.h"

#include <math.h>

enum { BLOCK = 64, GROUP = 8, PAIRS = 4 }; /* a level-2 bit for 8 values, a level-3 bit for 4 */

static float rounded(const char *format, float x, uint32_t *code)
{
    struct rounding r = {.mode = ROUND_RNE, .overflow = OVERFLOW_SATURATE};
    const struct format *f = format_find(format);
    struct encoded e = format_round(f, number_from_f32(x), &r, 0);
    if (code)
        *code = e.code;
    return number_to_f32(format_decode(f, e.code));
}

static float amax_of(const struct codec_block *b, size_t first, size_t n)
{
    float most = 0;
    for (size_t i = first; i < first + n && i < b->n; i++)
        most = fmaxf(most, fabsf(b->x[i]));
    return most;
}

/* S1P2: sign, and a magnitude of quarters up to 7/4: floor(v + 1/2), the sum in binary32, as there. Half goes
 * away from zero; so does the binary32 number below 1/2, whose sum is a tie. */
static uint32_t quarters(float v)
{
    return v >= 7 ? 7 : (uint32_t)(v + 0.5F);
}

static void encode_one(struct codec_block *b, size_t i, int levels, float reciprocal, float scale)
{
    float steps = (float)(4 >> levels) * fabsf(b->x[i]) * reciprocal; /* exact but for the last product */
    uint32_t q = quarters(steps);
    bool negative = signbit(b->x[i]) != 0;
    float value = (float)q / 4 * (float)(1 << levels) * scale;
    b->codes[i] = q | (negative ? 8 : 0);
    b->values[i] = negative ? -value : value;
    b->events[i] = (b->values[i] != b->x[i] ? EVENT_INEXACT : 0) | (steps >= 7.5f ? EVENT_SATURATED : 0);
}

/* scale: E6M2 in bits 0..7, level 2 in bits 8..15, level 3 in bits 16..31. */
static void encode(struct codec_block *b)
{
    uint32_t code;
    float s = amax_of(b, 0, b->n) * rounded("bf16", 1.0f / 7, NULL);
    s = rounded("bf16", fminf(fmaxf(s, 0x1p-48f), 49152), NULL);
    s = rounded("hif4_e6m2", s, &code);
    float reciprocal = rounded("bf16", 1 / s, NULL);
    b->scale = code;
    for (size_t g = 0; g * GROUP < b->n; g++) {
        int level2 = amax_of(b, g * GROUP, GROUP) * reciprocal >= 4;
        b->scale |= (uint32_t)level2 << (8 + g);
        for (size_t p = 2 * g; p < 2 * g + 2; p++) {
            float below = amax_of(b, p * PAIRS, PAIRS) / (float)(1 << level2);
            int level3 = below * reciprocal >= 2;
            b->scale |= (uint32_t)level3 << (16 + p);
            for (size_t i = p * PAIRS; i < (p + 1) * PAIRS && i < b->n; i++)
                encode_one(b, i, level2 + level3, reciprocal, s);
        }
    }
}

const struct block_codec codec_hif4 = {
    .name = "hifloat4",
    .doc = "HiFloat4: sign and 2-bit fraction, an E6M2 scale of 64, micro-exponents of 8 and 4 values",
    .citation = "HiFloat4, arXiv 2602.11287; steps of its public reference (NumPy, CUDA)",
    .block = BLOCK,
    .element_bits = 4,
    .scale_bits = 32,
    .encode = encode,
};
