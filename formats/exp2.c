/* For x = k / 2^n in lowest terms, n > 0, 2^x is irrational (a root of 2 by unique factorization): whole x
 * alone are exact, and every other 2^x lies strictly between two multiples of the unit of its 64th bit. How
 * near to one decides how many bits are needed (Ziv): the search ends because the distance is not zero.
 *
 * 1. |x| < 2^-64: 2^x - 1 = x ln 2 + ... is below that in magnitude, so it lies just beside 1, where a unit
 *    is 2^-63 above and 2^-64 below.
 * 2. Otherwise x is a whole number and a multiple of 2^-127 (64 bits from 2^-64 on). exp2_fixed gives 2^f
 *    within 1024 units of 2^-127; it decides unless 2^f lies within 2^-117 of a multiple of 2^-63. Of y
 *    random fractions about y * 2^-53 do. A search over all binary32 x of these magnitudes (1.44 * 10^9
 *    fractions) found none nearer than 2^31 units: there 128 bits decide, so for every float of up to 24 bits
 *    of precision too.
 * 3. exp2_wide then decides down to 2^-248. A format of 32 bits has 2^32 operands, whose nearest one is
 *    expected at 2^-63 * 2^-32 = 2^-95 and would have to be 2^153 times nearer. Operands of 64 bits have 2^71
 *    fractions, the nearest expected at 2^-134. Should one ever be nearer than 2^-248 below a
 *    multiple, it still counts as below. */
#include "formats/exp2.h"

#include "formats/exp2_fixed.h"

enum { LIMBS = 4 }; /* 64 bits each, the lowest first: a fraction in units of 2^-256 */

/* floor(ln 2 * 2^256) */
static const uint64_t ln_2[LIMBS] = {0x8a0d175b8baafa2b, 0x40f343267298b62d, 0xc9e3b39803f2f6af,
                                     0xb17217f7d1cf79ab};

/* a * b, cut: low by less than a unit. */
static void multiply(uint64_t *out, const uint64_t *a, const uint64_t *b)
{
    uint64_t product[2 * LIMBS] = {0};
    for (int i = 0; i < LIMBS; i++) {
        uint64_t carry = 0;
        for (int j = 0; j < LIMBS; j++) {
            unsigned __int128 t = (unsigned __int128)a[i] * b[j] + product[i + j] + carry;
            product[i + j] = (uint64_t)t;
            carry = (uint64_t)(t >> 64);
        }
        product[i + LIMBS] = carry;
    }
    for (int i = 0; i < LIMBS; i++)
        out[i] = product[LIMBS + i];
}

/* a / n, cut; whether anything is left. */
static bool divide(uint64_t *a, uint64_t n)
{
    uint64_t rest = 0, any = 0;
    for (int i = LIMBS; i-- > 0;) {
        unsigned __int128 t = (unsigned __int128)rest << 64 | a[i];
        a[i] = (uint64_t)(t / n);
        rest = (uint64_t)(t % n);
        any |= a[i];
    }
    return any != 0;
}

/* Adds to a fraction; the carries are those of sums below 2. */
static uint64_t add(uint64_t *sum, const uint64_t *a)
{
    unsigned __int128 carry = 0;
    for (int i = 0; i < LIMBS; i++) {
        carry += (unsigned __int128)sum[i] + a[i];
        sum[i] = (uint64_t)carry;
        carry >>= 64;
    }
    return (uint64_t)carry;
}

/* exp(t) - 1 = t + t^2/2! + ..., t = f ln 2 < 0.6932, is below 1. t is low by less than 2 units; each term is
 * the one before times t / k, low by less than that one's error times t / k and 2 units, so by less than 4
 * in all; what is left when terms vanish (the 57th is below 2^-256) is below a unit. Together less than 256.
 */
uint64_t exp2_wide(unsigned __int128 fraction, bool *decided)
{
    const uint64_t f[LIMBS] = {0, 0, (uint64_t)fraction, (uint64_t)(fraction >> 64)};
    uint64_t t[LIMBS], term[LIMBS], sum[LIMBS] = {0};
    multiply(t, f, ln_2);
    for (int i = 0; i < LIMBS; i++)
        term[i] = t[i];
    bool more = true;
    for (uint64_t k = 2; more; k++) {
        add(sum, term);
        multiply(term, term, t);
        more = divide(term, k);
    }
    /* Bits 255..193 are the 63 of the fraction; the value is the sum or up to 256 units more. */
    const uint64_t error[LIMBS] = {256, 0, 0, 0};
    uint64_t cut = sum[LIMBS - 1] >> 1;
    *decided = !add(sum, error) && sum[LIMBS - 1] >> 1 == cut;
    return UINT64_C(1) << 63 | cut;
}

/* 2^(whole + fraction * 2^-128), the fraction not 0. */
static struct number power(int32_t whole, unsigned __int128 fraction)
{
    enum { ERROR = 1024 };
    unsigned __int128 v = exp2_fixed(fraction);
    uint64_t significand = (uint64_t)(v >> 64), rest = (uint64_t)v;
    bool decided;
    if (rest < ERROR || rest > UINT64_MAX - ERROR)
        significand = exp2_wide(fraction, &decided);
    return (struct number){
        .class = NUMBER_FINITE, .sticky = true, .exponent = whole - 63, .significand = significand};
}

struct number number_exp2(struct number x)
{
    const struct number zero = {.class = NUMBER_ZERO};
    if (x.class == NUMBER_NAN)
        return x;
    if (x.class == NUMBER_ZERO)
        return number_pow2(0);
    if (x.class == NUMBER_INF)
        return x.negative ? zero : x;
    if (number_exponent(x) >= EXP2_FAR)
        return number_pow2(x.negative ? -(1 << EXP2_FAR) : 1 << EXP2_FAR);
    if (number_exponent(x) < -64) /* 1 + t * 2^-63, or 1 - 2^-64 + t * 2^-64 */
        return (struct number){.class = NUMBER_FINITE,
                               .sticky = true,
                               .exponent = x.negative ? -64 : -63,
                               .significand = x.negative ? UINT64_MAX : UINT64_C(1) << 63};
    /* The lowest bit of x is 2^-127 or higher, the highest 2^27 or lower. */
    int32_t whole = x.exponent > -64 ? (int32_t)(x.significand >> -x.exponent) : 0;
    unsigned __int128 fraction = (unsigned __int128)x.significand << (128 + x.exponent);
    if (x.negative) {
        whole = fraction ? -whole - 1 : -whole;
        fraction = -fraction;
    }
    return fraction ? power(whole, fraction) : number_pow2(whole);
}
