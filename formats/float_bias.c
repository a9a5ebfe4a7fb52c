/* Real-valued exponent biases (LLM-FP4, arXiv 2310.16836; Kuzmin et al., arXiv 2208.09225). The peers hold
 * the power of two that remains as a binary32 scale, so the grid is that of an integer bias times one
 * binary32 number: no dyadic grid. */
#include "formats/float.h"

/* 2^-(f * 2^-64) in units of 2^-63, for f > 0: e^-y = 1 - y/1 (1 - y/2 (1 - y/3 ...)) with y = f * ln 2 in
 * units of 2^-64. y is short by less than 2, a product or quotient by less than 1, the series by less than
 * y^21/21! < 2^-76: the error of step k is below y/k times that of step k + 1, plus 2/k + 1, so below 5 in
 * all. For each of the 436,207,616 fractions from 2^-26 on that a binary32 bias can leave, what this computes
 * is 17 or more away from the midpoint of two binary32 numbers (all were tried; the nearest is of the bias
 * 0x1.5a3f34p-21), so rounding it is rounding the true value. */
static uint64_t exp2_minus(uint64_t f)
{
    const uint64_t ln2 = UINT64_C(0xb17217f7d1cf79ab); /* 2^64 * ln 2, cut off */
    uint64_t y = (uint64_t)(((unsigned __int128)f * ln2) >> 64), one = UINT64_C(1) << 63, h = one;
    for (uint64_t k = 20; k >= 1; k--)
        h = one - (uint64_t)(((unsigned __int128)y * h) >> 64) / k;
    return h;
}

void float_set_bias(struct format *f, float bias)
{
    struct number b = number_from_f32(bias);
    f->bias = 0;
    f->real_bias = f->stretch = 0;
    if (b.class != NUMBER_FINITE)
        return;
    /* |bias| = whole + fraction * 2^-64. Below 2^-26 a bias scales by less than half a binary32 step. */
    int32_t shift = -b.exponent;
    int whole = shift < 64 ? (int)(b.significand >> shift) : 0;
    uint64_t fraction = shift < 64   ? b.significand << (64 - shift)
                        : shift < 90 ? b.significand >> (shift - 64)
                                     : 0;
    f->bias = b.negative ? -whole : whole;
    if (!fraction)
        return;
    if (b.negative) { /* floor, and what remains above it */
        f->bias--;
        fraction = -fraction;
    }
    uint64_t n = (exp2_minus(fraction) + (UINT64_C(1) << 38)) >> 39; /* in units of 2^-24, 2^23 to 2^24 */
    if (n == UINT64_C(1) << 23)
        f->bias++;
    if (n & (n - 1)) {
        f->real_bias = bias;
        f->stretch = (float)n * 0x1p-24f; /* exact */
    }
}
