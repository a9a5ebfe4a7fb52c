/* ggml's blocks of one scale: ggml-common.h (layouts), dequantize_row_* of ggml-quants.c (values). In blocks
 * of 4 bits element j is the low nibble of byte j, element j + half the block its high nibble. */
#include "sim/dump/ggml.h"

#include "formats/number.h"

enum { HALF = 16 }; /* of a block of 32 */

void ggml_decode_q4_0(const unsigned char *b, float *y)
{
    const float d = ggml_half(b);
    const unsigned char *q = b + 2;
    for (int j = 0; j < HALF; j++) {
        y[j] = (float)((q[j] & 15) - 8) * d;
        y[j + HALF] = (float)((q[j] >> 4) - 8) * d;
    }
}

void ggml_decode_q4_1(const unsigned char *b, float *y)
{
    const float d = ggml_half(b), m = ggml_half(b + 2);
    const unsigned char *q = b + 4;
    for (int j = 0; j < HALF; j++) {
        y[j] = (float)(q[j] & 15) * d + m;
        y[j + HALF] = (float)(q[j] >> 4) * d + m;
    }
}

/* Element j of 32: a nibble of `low` under bit j of the four bytes `high`. */
static int five_bits(const unsigned char *high, const unsigned char *low, int j)
{
    const int nibble = j < HALF ? low[j] & 15 : low[j - HALF] >> 4;
    return nibble | (high[j / 8] >> j % 8 & 1) << 4;
}

void ggml_decode_q5_0(const unsigned char *b, float *y)
{
    const float d = ggml_half(b);
    for (int j = 0; j < 2 * HALF; j++)
        y[j] = (float)(five_bits(b + 2, b + 6, j) - 16) * d;
}

void ggml_decode_q5_1(const unsigned char *b, float *y)
{
    const float d = ggml_half(b), m = ggml_half(b + 2);
    for (int j = 0; j < 2 * HALF; j++)
        y[j] = (float)five_bits(b + 4, b + 8, j) * d + m;
}

void ggml_decode_q8_0(const unsigned char *b, float *y)
{
    const float d = ggml_half(b);
    for (int j = 0; j < 2 * HALF; j++)
        y[j] = (float)(signed char)b[2 + j] * d;
}

/* Bit j % 8 of byte j / 8: set is d, clear is -d. */
void ggml_decode_q1_0(const unsigned char *b, float *y)
{
    const float d = ggml_half(b);
    for (int j = 0; j < 128; j++)
        y[j] = b[2 + j / 8] >> j % 8 & 1 ? d : -d;
}

void ggml_decode_q2_0(const unsigned char *b, float *y)
{
    const float d = ggml_half(b);
    for (int j = 0; j < 64; j++)
        y[j] = (float)((b[2 + j / 4] >> j % 4 * 2 & 3) - 1) * d;
}

/* E2M1 times two, without -0. */
static const signed char doubled_e2m1[16] = {0, 1, 2, 3, 4, 6, 8, 12, 0, -1, -2, -3, -4, -6, -8, -12};

/* Half of 2^(code - 127); 255 is a number here. */
static float half_of_e8m0(unsigned code)
{
    return f32_from_bits(code < 2 ? 0x200000u << code : (uint32_t)(code - 1) << 23);
}

void ggml_decode_mxfp4(const unsigned char *b, float *y)
{
    const float d = half_of_e8m0(b[0]);
    for (int j = 0; j < HALF; j++) {
        y[j] = (float)doubled_e2m1[b[1 + j] & 15] * d;
        y[j + HALF] = (float)doubled_e2m1[b[1 + j] >> 4] * d;
    }
}

/* Half of an unsigned E4M3 number, exact in binary32. The top bit has no meaning; 0x7f, which is NaN
 * elsewhere, is 0, with the top bit set 480. */
static float half_of_ue4m3(unsigned code)
{
    const unsigned exponent = code >> 3 & 15, fraction = code & 7;
    if (code == 0x7f)
        return 0;
    if (exponent == 0)
        return (float)fraction * 0x1p-10F;
    return f32_from_bits((exponent + 127 - 8) << 23 | fraction << 20);
}

/* Four scales, then four parts of 16 elements, each like a small block of 4 bits. */
void ggml_decode_nvfp4(const unsigned char *b, float *y)
{
    for (int part = 0; part < 4; part++) {
        const float d = half_of_ue4m3(b[part]);
        const unsigned char *q = b + 4 + 8 * part;
        for (int j = 0; j < 8; j++) {
            y[16 * part + j] = (float)doubled_e2m1[q[j] & 15] * d;
            y[16 * part + j + 8] = (float)doubled_e2m1[q[j] >> 4] * d;
        }
    }
}

const signed char ggml_iq4_values[16] = {-127, -104, -83, -65, -49, -35, -22, -10,
                                         1,    13,   25,  38,  53,  69,  89,  113};

void ggml_decode_iq4_nl(const unsigned char *b, float *y)
{
    const float d = ggml_half(b);
    for (int j = 0; j < HALF; j++) {
        y[j] = d * (float)ggml_iq4_values[b[2 + j] & 15];
        y[j + HALF] = d * (float)ggml_iq4_values[b[2 + j] >> 4];
    }
}
