#include "formats/ggml.h"

#include <float.h>
#include <math.h>

static const struct rounding to_fp16 = {.mode = ROUND_RNE, .overflow = OVERFLOW_INFINITY};

uint32_t ggml_fp16(float x)
{
    return format_round(format_find("fp16"), number_from_f32(x), &to_fp16, 0).code;
}

float ggml_fp16_value(uint32_t code)
{
    return number_to_f32(format_decode(format_find("fp16"), code));
}

/* Truncation, total: what a C conversion leaves undefined becomes the nearest end. */
static int truncated(float v, int low, int high)
{
    return v >= (float)high ? high : v > (float)low ? (int)v : low;
}

static void put(struct codec_block *b, size_t i, int code, float value)
{
    b->codes[i] = (uint32_t)code;
    b->values[i] = value;
    b->events[i] = value != b->x[i] ? EVENT_INEXACT : 0;
}

void ggml_signed(struct codec_block *b, int half)
{
    float most = 0, amax = 0;
    for (size_t i = 0; i < b->n; i++)
        if (fabsf(b->x[i]) > amax) {
            amax = fabsf(b->x[i]);
            most = b->x[i];
        }
    float d = most / (float)-half, inverse = d != 0 ? 1 / d : 0;
    b->scale = ggml_fp16(d);
    float stored = ggml_fp16_value(b->scale);
    for (size_t i = 0; i < b->n; i++) {
        int code = truncated(b->x[i] * inverse + ((float)half + 0.5f), 0, 2 * half - 1);
        put(b, i, code, (float)(code - half) * stored);
    }
}

void ggml_affine(struct codec_block *b, int top)
{
    float low = FLT_MAX, high = -FLT_MAX;
    for (size_t i = 0; i < b->n; i++) {
        low = b->x[i] < low ? b->x[i] : low;
        high = b->x[i] > high ? b->x[i] : high;
    }
    float d = (high - low) / (float)top, inverse = d != 0 ? 1 / d : 0;
    uint32_t scale = ggml_fp16(d), offset = ggml_fp16(low);
    b->scale = scale | offset << 16;
    float stored = ggml_fp16_value(scale), base = ggml_fp16_value(offset);
    for (size_t i = 0; i < b->n; i++) {
        int code = truncated((b->x[i] - low) * inverse + 0.5f, 0, top);
        put(b, i, code, (float)code * stored + base);
    }
}
