/* ggml's super-blocks of 256 elements: ggml-common.h (layouts), dequantize_row_* of ggml-quants.c (values;
 * the order of products and sums is theirs). */
#include <string.h>

#include "formats/number.h"
#include "sim/dump/ggml.h"

enum { SUPER = 256 };

/* Two bits of element i of those that lie as in Q2_K and Q3_K: a byte holds elements 32 apart. */
static int two_bits(const unsigned char *q, int i)
{
    return q[i / 128 * 32 + i % 32] >> i % 128 / 32 * 2 & 3;
}

/* Scales and minima of 16 elements in 4 bits each, then the elements, then their two factors. */
void ggml_decode_q2_k(const unsigned char *b, float *y)
{
    const unsigned char *scales = b, *q = b + 16;
    const float d = ggml_half(b + 80), least = ggml_half(b + 82);
    for (int i = 0; i < SUPER; i++) {
        const unsigned char both = scales[i / 16];
        const float scale = d * (float)(both & 15), minimum = least * (float)(both >> 4);
        y[i] = scale * (float)two_bits(q, i) - minimum;
    }
}

/* Sixteen scales of 6 bits in 12 bytes: the low 4 bits of scales 0-7 and 8-15 in the nibbles of bytes 0-7,
 * the high 2 bits of scales j, j + 4, j + 8, j + 12 in byte 8 + j. */
static int q3_scale(const unsigned char *packed, int j)
{
    const int low = j < 8 ? packed[j] & 15 : packed[j - 8] >> 4;
    return (low | (packed[8 + j % 4] >> j / 4 * 2 & 3) << 4) - 32;
}

/* High bits, one of every 32nd element a byte; elements, scales, their factor. A clear high bit takes 4 away.
 */
void ggml_decode_q3_k(const unsigned char *b, float *y)
{
    const unsigned char *high = b, *q = b + 32, *scales = b + 96;
    const float d = ggml_half(b + 108);
    for (int i = 0; i < SUPER; i++) {
        const float scale = d * (float)q3_scale(scales, i / 16);
        const int below = high[i % 32] >> i / 32 & 1 ? 0 : 4;
        y[i] = scale * (float)(two_bits(q, i) - below);
    }
}

/* Of eight scales and eight minima in 12 bytes of 6 bits: those of part j. */
static void scale_and_minimum(const unsigned char *packed, int j, int *scale, int *minimum)
{
    if (j < 4) {
        *scale = packed[j] & 63;
        *minimum = packed[j + 4] & 63;
    } else {
        *scale = (packed[j + 4] & 15) | packed[j - 4] >> 6 << 4;
        *minimum = packed[j + 4] >> 4 | packed[j] >> 6 << 4;
    }
}

/* Q4_K, and Q5_K if `high` holds the fifth bits: parts of 32 elements, two of them in 32 bytes. */
static void four_or_five(const unsigned char *b, const unsigned char *high, const unsigned char *q, float *y)
{
    const float d = ggml_half(b), least = ggml_half(b + 2);
    for (int part = 0; part < 8; part++) {
        int scale, minimum;
        scale_and_minimum(b + 4, part, &scale, &minimum);
        const float step = d * (float)scale, low = least * (float)minimum;
        for (int i = 0; i < 32; i++) {
            int code = q[part / 2 * 32 + i] >> part % 2 * 4 & 15;
            if (high)
                code += high[i] >> part & 1 ? 16 : 0;
            y[32 * part + i] = step * (float)code - low;
        }
    }
}

void ggml_decode_q4_k(const unsigned char *b, float *y)
{
    four_or_five(b, NULL, b + 16, y);
}

void ggml_decode_q5_k(const unsigned char *b, float *y)
{
    four_or_five(b, b + 16, b + 48, y);
}

/* Low 4 bits, high 2 bits, signed scales of 16 elements, their factor. */
void ggml_decode_q6_k(const unsigned char *b, float *y)
{
    const float d = ggml_half(b + 208);
    for (int i = 0; i < SUPER; i++) {
        const int at = i % 128;
        const unsigned char *low = b + i / 128 * 64, *high = b + 128;
        const int code = (low[at % 64] >> at / 64 * 4 & 15) | two_bits(high, i) << 4;
        const float scale = d * (float)(signed char)b[192 + i / 16];
        y[i] = scale * (float)(code - 32);
    }
}

/* A binary32 scale, the elements, sums that are not read. */
void ggml_decode_q8_k(const unsigned char *b, float *y)
{
    float d;
    memcpy(&d, b, sizeof d);
    for (int i = 0; i < SUPER; i++)
        y[i] = d * (float)(signed char)b[4 + i];
}

/* Scales of 32 elements: 4 low bits after two bytes each of the factor and of the 2 high bits. */
void ggml_decode_iq4_xs(const unsigned char *b, float *y)
{
    const float d = ggml_half(b);
    const int high = b[2] | b[3] << 8;
    for (int part = 0; part < 8; part++) {
        const int scale = (b[4 + part / 2] >> part % 2 * 4 & 15) | (high >> 2 * part & 3) << 4;
        const float step = d * (float)(scale - 32);
        const unsigned char *q = b + 8 + 16 * part;
        for (int j = 0; j < 16; j++) {
            y[32 * part + j] = step * (float)ggml_iq4_values[q[j] & 15];
            y[32 * part + j + 16] = step * (float)ggml_iq4_values[q[j] >> 4];
        }
    }
}

/* Digit n of a byte of digits in base three, stored as a fraction of 256: times 3^n modulo 256, times 3, the
 * part from 256 up. */
static int base_three(unsigned char byte, int n)
{
    static const unsigned char power[5] = {1, 3, 9, 27, 81};
    return ((byte * power[n] & 255) * 3) >> 8;
}

/* Digits of five elements a byte: 32 bytes, then 16; then of four elements, 4 bytes; the factor. */
void ggml_decode_tq1_0(const unsigned char *b, float *y)
{
    static const struct {
        int first, bytes, digits;
    } runs[] = {{0, 32, 5}, {32, 16, 5}, {48, 4, 4}};
    const float d = ggml_half(b + 52);
    for (size_t r = 0; r < sizeof runs / sizeof *runs; r++)
        for (int n = 0; n < runs[r].digits; n++)
            for (int j = 0; j < runs[r].bytes; j++)
                *y++ = (float)(base_three(b[runs[r].first + j], n) - 1) * d;
}

void ggml_decode_tq2_0(const unsigned char *b, float *y)
{
    const float d = ggml_half(b + 64);
    for (int i = 0; i < SUPER; i++)
        y[i] = (float)(two_bits(b, i) - 1) * d;
}
