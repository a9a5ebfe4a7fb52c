/* Blocks of ggml: values worked by hand from the layouts of ggml-common.h and the steps of dequantize_row_*
 * in ggml-quants.c; super-blocks also against those steps written as the loops that they are there. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "formats/number.h"
#include "sim/base/rng.h"
#include "sim/dump/ggml.h"
#include "tests/check.h"

/* Binary16 codes of 1/4, 1/2, 1, 3/2, 2. */
enum { QUARTER = 0x3400, ONE_HALF = 0x3800, ONE = 0x3c00, ONE_AND_HALF = 0x3e00, TWO = 0x4000 };

static unsigned char b[512];
static float y[256];

static void clear(void)
{
    memset(b, 0, sizeof b);
}

static void put_half(size_t at, unsigned code)
{
    b[at] = (unsigned char)code;
    b[at + 1] = (unsigned char)(code >> 8);
}

static void expect(int i, float want)
{
    if (bits_from_f32(y[i]) != bits_from_f32(want))
        fail_msg("element %d: %a, want %a", i, (double)y[i], (double)want);
}

static void simple(void **state)
{
    (void)state;
    clear();
    put_half(0, ONE_HALF);
    b[2] = 0xf0; /* element 0 is 0, element 16 is 15 */
    ggml_decode_q4_0(b, y);
    expect(0, -4), expect(16, 3.5F), expect(1, -4);
    put_half(2, TWO);
    b[4] = 0x3f;
    ggml_decode_q4_1(b, y);
    expect(0, 9.5F), expect(16, 3.5F), expect(17, 2);
    clear();
    put_half(0, ONE_HALF);
    b[2] = 0x01, b[4] = 0x02, b[6] = 0x21, b[7] = 0x50; /* fifth bits of 0 and 17 */
    ggml_decode_q5_0(b, y);
    expect(0, 0.5F), expect(16, -7), expect(1, -8), expect(17, 2.5F);
    clear();
    put_half(0, ONE_HALF), put_half(2, QUARTER);
    b[7] = 0x80, b[8 + 15] = 0xf1; /* fifth bit of 31 */
    ggml_decode_q5_1(b, y);
    expect(15, 0.75F), expect(31, 15.75F), expect(0, 0.25F);
    b[2] = 0x80, b[33] = 0x7f;
    ggml_decode_q8_0(b, y);
    expect(0, -64), expect(31, 63.5F);
    put_half(0, 0xbc00); /* -1 */
    b[2] = 0x81;
    ggml_decode_q1_0(b, y);
    expect(0, -1), expect(1, 1), expect(7, -1), expect(8, 1);
    b[2] = 0xe4; /* 0 1 2 3 */
    ggml_decode_q2_0(b, y);
    expect(0, 1), expect(1, -0.0F), expect(2, -1), expect(3, -2);
    put_half(0, TWO);
    b[2] = 0x0f;
    ggml_decode_iq4_nl(b, y);
    expect(0, 226), expect(16, -254);
}

static void fp4(void **state)
{
    (void)state;
    clear();
    b[1] = 0x87; /* 6, and -0, which reads as 0 */
    ggml_decode_mxfp4(b, y);
    expect(0, 6 * 0x1p-127F), expect(16, 0);
    b[0] = 1;
    ggml_decode_mxfp4(b, y);
    expect(0, 6 * 0x1p-126F);
    b[0] = 255, b[1] = 0x92; /* 1 and -0.5 */
    ggml_decode_mxfp4(b, y);
    expect(0, INFINITY), expect(16, -0x1p127F);
    b[0] = 127;
    ggml_decode_mxfp4(b, y);
    expect(0, 1), expect(16, -0.5F);
    clear();
    b[0] = 0x38, b[1] = 0x7f, b[2] = 0xff, b[3] = 0x01; /* 1, 0, 480, 2^-9 */
    b[4] = 0xa7, b[12] = 0x77, b[20] = 0x91, b[28 + 7] = 0x26;
    ggml_decode_nvfp4(b, y);
    expect(0, 6), expect(8, -1), expect(16, 0), expect(24, 0), expect(32, 240), expect(40, -240);
    expect(48 + 7, 0x1p-7F), expect(56 + 7, 0x1p-9F);
}

static void super(void **state)
{
    (void)state;
    clear();
    b[0] = 0x21, b[2] = 0x13, b[4] = 0x0f, b[6] = 0x40, b[16] = 0xe4;
    put_half(80, ONE), put_half(82, ONE_HALF);
    ggml_decode_q2_k(b, y);
    expect(0, -1), expect(32, 2.5F), expect(64, 30), expect(96, -2);
    clear();
    b[0] = 0x44;                 /* high bits of 64 and 192 */
    b[32] = 0x23, b[64] = 0x10;  /* 3 and 2; 0 and 1 */
    b[96] = 0x21, b[100] = 0xf5; /* scales 1, 5, 2, 15 and over them */
    b[104] = 0xe4;               /* 0, 1, 2, 3 */
    put_half(108, ONE_HALF);
    ggml_decode_q3_k(b, y);
    expect(0, 15.5F), expect(64, -11), expect(128, -4), expect(192, 15.5F);
    clear();
    put_half(0, TWO), put_half(2, QUARTER);
    b[4] = 0xc1, b[8] = 0x85, b[9] = 3, b[12] = 0x72, b[16] = 0x9a, b[16 + 64] = 0x03;
    ggml_decode_q4_k(b, y);
    expect(0, 18.75F), expect(32, -0.75F), expect(128, 290.25F);
    memmove(b + 48, b + 16, 128);
    memset(b + 16, 0, 32);
    b[16] = 0x10; /* the fifth bit of element 128 */
    ggml_decode_q5_k(b, y);
    expect(0, 18.75F), expect(32, -0.75F), expect(128, 1890.25F);
    clear();
    b[0] = 0xb7, b[128] = 0x93, b[192] = 0xfe, b[196] = 3;
    put_half(208, QUARTER);
    ggml_decode_q6_k(b, y);
    expect(0, -11.5F), expect(64, -3.75F);
    clear();
    b[3] = 0x3e, b[4 + 5] = 0x9c; /* 1/8, -100 */
    ggml_decode_q8_k(b, y);
    expect(5, -12.5F), expect(0, 0);
    clear();
    put_half(0, ONE_HALF);
    b[2] = 3, b[4] = 0x0a, b[8] = 0xf1, b[24] = 0x08;
    ggml_decode_iq4_xs(b, y);
    expect(0, -1352), expect(16, 1469), expect(32, -16);
}

/* The byte that holds five digits in base three, the first of them the most: digits / 243, rounded up to
 * 256ths. */
static unsigned char digits_byte(unsigned digits)
{
    return (unsigned char)((digits * 256 + 242) / 243);
}

static void ternary(void **state)
{
    (void)state;
    for (unsigned digits = 0; digits < 243; digits++) {
        clear();
        put_half(52, ONE_AND_HALF);
        b[5] = b[32 + 9] = digits_byte(digits);
        b[48 + 2] = digits_byte(digits / 3 * 3); /* four digits */
        ggml_decode_tq1_0(b, y);
        for (unsigned n = 0, power = 81; n < 5; n++, power /= 3) {
            const float want = 1.5F * ((float)(digits / power % 3) - 1);
            expect((int)(32 * n + 5), want);
            expect((int)(160 + 16 * n + 9), want);
            if (n < 4)
                expect((int)(240 + 4 * n + 2), want);
        }
    }
    clear();
    put_half(64, ONE_AND_HALF);
    b[31] = 0xe4, b[32] = 0x1b;
    ggml_decode_tq2_0(b, y);
    expect(31, -1.5F), expect(63, 0), expect(95, 1.5F), expect(127, 3);
    expect(128, 3), expect(160, 1.5F), expect(192, 0), expect(224, -1.5F);
}

/* --- the published loops --- */

static void loop_q2_k(float *out)
{
    const unsigned char *q = b + 16;
    int group = 0;
    for (int half = 0; half < 2; half++, q += 32)
        for (int shift = 0; shift < 8; shift += 2)
            for (int part = 0; part < 2; part++, group++) {
                const float scale = ggml_half(b + 80) * (float)(b[group] & 15);
                const float minimum = ggml_half(b + 82) * (float)(b[group] >> 4);
                for (int l = 0; l < 16; l++)
                    *out++ = scale * (float)(q[16 * part + l] >> shift & 3) - minimum;
            }
}

static void loop_q3_k(float *out)
{
    const unsigned char *q = b + 32;
    uint32_t words[4], low = 0x0f0f0f0f, two = 0x03030303;
    memcpy(words, b + 96, 12);
    const uint32_t last = words[2];
    words[2] = (words[0] >> 4 & low) | (last >> 4 & two) << 4;
    words[3] = (words[1] >> 4 & low) | (last >> 6 & two) << 4;
    words[0] = (words[0] & low) | (last & two) << 4;
    words[1] = (words[1] & low) | (last >> 2 & two) << 4;
    signed char scales[16];
    memcpy(scales, words, 16);
    unsigned mask = 1;
    int group = 0;
    for (int half = 0; half < 2; half++, q += 32)
        for (int shift = 0; shift < 8; shift += 2, mask <<= 1)
            for (int part = 0; part < 2; part++, group++)
                for (int l = 16 * part; l < 16 * part + 16; l++)
                    *out++ = ggml_half(b + 108) * (float)(scales[group] - 32) *
                             (float)((q[l] >> shift & 3) - (b[l] & mask ? 0 : 4));
}

static void loop_q6_k(float *out)
{
    const unsigned char *low = b, *high = b + 128;
    const signed char *scales = (const signed char *)b + 192;
    for (int half = 0; half < 2; half++, low += 64, high += 32, scales += 8, out += 128)
        for (int l = 0; l < 32; l++) {
            const int q[4] = {(low[l] & 15) | (high[l] & 3) << 4,
                              (low[l + 32] & 15) | (high[l] >> 2 & 3) << 4,
                              low[l] >> 4 | (high[l] >> 4 & 3) << 4, low[l + 32] >> 4 | high[l] >> 6 << 4};
            for (int k = 0; k < 4; k++)
                out[l + 32 * k] = ggml_half(b + 208) * (float)scales[l / 16 + 2 * k] * (float)(q[k] - 32);
        }
}

/* Scales and minima of Q4_K and Q5_K, all sixteen at once. */
static void six_bits(unsigned char scale[8], unsigned char minimum[8])
{
    const unsigned char *p = b + 4;
    for (int j = 0; j < 4; j++) {
        scale[j] = p[j] & 63;
        minimum[j] = p[4 + j] & 63;
        scale[4 + j] = (unsigned char)((p[8 + j] & 15) + 16 * (p[j] >> 6));
        minimum[4 + j] = (unsigned char)((p[8 + j] >> 4) + 16 * (p[4 + j] >> 6));
    }
}

static void loop_q45_k(float *out, bool five)
{
    const unsigned char *q = b + (five ? 48 : 16);
    unsigned char scale[8], minimum[8];
    unsigned bit = 1;
    six_bits(scale, minimum);
    for (int part = 0; part < 8; part++, bit <<= 1, q += part % 2 ? 0 : 32) {
        const float d = ggml_half(b) * (float)scale[part], m = ggml_half(b + 2) * (float)minimum[part];
        for (int l = 0; l < 32; l++) {
            const int nibble = part % 2 ? q[l] >> 4 : q[l] & 15;
            *out++ = d * (float)(nibble + (five && b[16 + l] & bit ? 16 : 0)) - m;
        }
    }
}

static void loops(void **state)
{
    (void)state;
    static float want[256];
    const int blocks = WATCHED ? 20 : 400;
    size_t compared = 0;
    for (int k = 0; k < blocks; k++) {
        for (size_t i = 0; i < sizeof b; i++)
            b[i] = (unsigned char)rng_u32(7, (uint64_t)k, i);
        for (int type = 0; type < 5; type++) {
            static void (*const decode[5])(const unsigned char *, float *) = {
                ggml_decode_q2_k, ggml_decode_q3_k, ggml_decode_q4_k, ggml_decode_q5_k, ggml_decode_q6_k};
            decode[type](b, y);
            if (type == 0)
                loop_q2_k(want);
            else if (type == 1)
                loop_q3_k(want);
            else if (type < 4)
                loop_q45_k(want, type == 3);
            else
                loop_q6_k(want);
            for (int i = 0; i < 256; i++, compared++)
                if (!(isnan(y[i]) && isnan(want[i])))
                    expect(i, want[i]);
        }
    }
    printf("# covered super-blocks: %zu values of 5 types\n", compared);
}

/* Every type that is read: sizes, and that a block is read to its end and no further. */
static void table(void **state)
{
    (void)state;
    int packed = 0, plain = 0, other = 0;
    assert_null(ggml_type_find(43));
    assert_null(ggml_type_find(UINT32_MAX));
    for (uint32_t number = 0; number < 43; number++) {
        const struct ggml_type *t = ggml_type_find(number);
        assert_non_null(t);
        if (!t->packing) {
            plain += t->plain, other += !t->plain;
            continue;
        }
        packed++;
        assert_int_equal(t->packing->block, t->block);
        assert_int_equal(t->packing->bytes, t->bytes);
        assert_in_range(t->block, 1, TENSOR_PACKING_MAX);
        static float first[256];
        float changed[256];
        bool last = false;
        memset(b, 1, sizeof b);
        t->packing->decode(b, first);
        for (size_t at = 0; at < sizeof b; at++) {
            memset(changed, 0, sizeof changed);
            b[at] ^= 0x55;
            t->packing->decode(b, changed);
            b[at] ^= 0x55;
            const bool differs = memcmp(changed, first, t->block * sizeof *changed) != 0;
            if (differs && at >= t->bytes)
                fail_msg("%s reads byte %zu of %zu", t->name, at, t->bytes);
            last |= differs && at + 34 > t->bytes; /* Q8_K ends in 32 bytes that are not read */
            for (size_t i = t->block; i < 256; i++)
                assert_true(changed[i] == 0);
        }
        assert_true(last);
    }
    printf("# covered ggml types: %d of blocks, %d plain, %d named and not read\n", packed, plain, other);
    assert_int_equal(packed, 19);
    assert_int_equal(plain, 7);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(simple), cmocka_unit_test(fp4),
                                       cmocka_unit_test(super),  cmocka_unit_test(ternary),
                                       cmocka_unit_test(loops),  cmocka_unit_test(table)};
    return cmocka_run_group_tests_name("ggml", tests, NULL, NULL);
}
