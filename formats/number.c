#include "formats/number.h"

static struct number special(enum number_class class, bool negative)
{
    return (struct number){.class = class, .negative = negative};
}

struct number number_make(bool negative, uint64_t significand, int32_t exponent)
{
    if (!significand)
        return special(NUMBER_ZERO, negative);
    int shift = __builtin_clzll(significand);
    return (struct number){.class = NUMBER_FINITE,
                           .negative = negative,
                           .exponent = exponent - shift,
                           .significand = significand << shift};
}

struct number number_pow2(int32_t exponent)
{
    return number_make(false, 1, exponent);
}

/* IEEE 754 binary interchange: `fraction_bits` of fraction under `exponent_bits` of exponent. */
static struct number from_ieee(uint64_t bits, int exponent_bits, int fraction_bits)
{
    bool negative = bits >> (exponent_bits + fraction_bits) & 1;
    int32_t field_max = (1 << exponent_bits) - 1;
    int32_t field = (int32_t)(bits >> fraction_bits) & field_max;
    uint64_t fraction = bits & ((UINT64_C(1) << fraction_bits) - 1);
    if (field == field_max)
        return special(fraction ? NUMBER_NAN : NUMBER_INF, negative);
    int32_t q = (field ? field : 1) - (field_max >> 1) - fraction_bits;
    return number_make(negative, fraction | (uint64_t)(field != 0) << fraction_bits, q);
}

struct number number_from_f32(float x)
{
    return from_ieee(bits_from_f32(x), 8, 23);
}

struct number number_from_f64(double x)
{
    return from_ieee(bits_from_f64(x), 11, 52);
}

/* A 128-bit nonzero significand, normalised to 64 bits; what falls off joins sticky. */
static struct number from_wide(bool negative, unsigned __int128 wide, int32_t exponent, bool sticky)
{
    uint64_t high = (uint64_t)(wide >> 64);
    if (!high) {
        /* sticky is a fraction of the last bit kept, so shifting it up would need its value */
        struct number n = number_make(negative, (uint64_t)wide, exponent);
        n.sticky = sticky;
        return n;
    }
    int drop = 64 - __builtin_clzll(high);
    uint64_t lost = drop == 64 ? (uint64_t)wide : (uint64_t)wide & ((UINT64_C(1) << drop) - 1);
    return (struct number){.class = NUMBER_FINITE,
                           .negative = negative,
                           .sticky = sticky || lost,
                           .exponent = exponent + drop,
                           .significand = (uint64_t)(wide >> drop)};
}

struct number number_mul(struct number a, struct number b)
{
    bool negative = a.negative != b.negative;
    if (a.class == NUMBER_NAN || b.class == NUMBER_NAN)
        return special(NUMBER_NAN, false);
    if (a.class == NUMBER_INF || b.class == NUMBER_INF) {
        bool zero = a.class == NUMBER_ZERO || b.class == NUMBER_ZERO;
        return special(zero ? NUMBER_NAN : NUMBER_INF, !zero && negative);
    }
    if (a.class == NUMBER_ZERO || b.class == NUMBER_ZERO)
        return special(NUMBER_ZERO, negative);
    /* Both significands are at least 2^63, so the product is at least 2^126: from_wide keeps 64 bits of it.
     */
    unsigned __int128 product = (unsigned __int128)a.significand * b.significand;
    return from_wide(negative, product, a.exponent + b.exponent, a.sticky || b.sticky);
}

struct number number_div(struct number a, struct number b)
{
    bool negative = a.negative != b.negative;
    if (a.class == NUMBER_NAN || b.class == NUMBER_NAN || (a.class == b.class && a.class != NUMBER_FINITE))
        return special(NUMBER_NAN, false);
    if (a.class == NUMBER_INF || b.class == NUMBER_ZERO)
        return special(NUMBER_INF, negative);
    if (a.class == NUMBER_ZERO || b.class == NUMBER_INF)
        return special(NUMBER_ZERO, negative);
    int shift = __builtin_ctzll(b.significand);
    if (shift == 63) { /* a power of two: no division */
        a.negative = negative;
        a.exponent -= b.exponent + 63;
        return a;
    }
    /* 2^127 <= numerator, divisor < 2^64: the quotient has 64 or 65 bits. */
    unsigned __int128 numerator = (unsigned __int128)a.significand << 64 | (uint64_t)a.sticky << 63;
    unsigned __int128 quotient = numerator / b.significand;
    bool rest = numerator % b.significand != 0;
    return from_wide(negative, quotient, a.exponent - b.exponent - 64, rest || a.sticky);
}

int number_compare_magnitude(struct number a, struct number b)
{
    if (a.class != b.class)
        return a.class < b.class ? -1 : 1;
    if (a.class != NUMBER_FINITE)
        return 0;
    if (a.exponent != b.exponent)
        return a.exponent < b.exponent ? -1 : 1;
    if (a.significand != b.significand)
        return a.significand < b.significand ? -1 : 1;
    return (int)a.sticky - (int)b.sticky;
}

int number_compare(struct number a, struct number b)
{
    if (a.class == NUMBER_ZERO && b.class == NUMBER_ZERO)
        return 0;
    if (a.class == NUMBER_ZERO)
        return b.negative ? 1 : -1;
    if (b.class == NUMBER_ZERO)
        return a.negative ? -1 : 1;
    if (a.negative != b.negative)
        return a.negative ? -1 : 1;
    int magnitude = number_compare_magnitude(a, b);
    return a.negative ? -magnitude : magnitude;
}

/* |a| + |b| or |a| - |b| for finite |a| >= |b|, with the sign of a. */
static struct number combine(struct number a, struct number b, bool subtract)
{
    /* a.significand << 63 leaves the top bit for a carry. b loses bits only if it lies two or more places
     * below, and then the result keeps at least 126 bits: those lost are below its 64. */
    unsigned __int128 high = (unsigned __int128)a.significand << 63;
    unsigned __int128 low = (unsigned __int128)b.significand << 63;
    int64_t down = (int64_t)a.exponent - b.exponent;
    bool lost = down > 127 || (down > 0 && (low & (((unsigned __int128)1 << down) - 1)) != 0);
    low = down > 127 ? 0 : low >> down;
    unsigned __int128 sum = subtract ? high - low - lost : high + low;
    if (!sum)
        return special(NUMBER_ZERO, false);
    return from_wide(a.negative, sum, a.exponent - 63, lost);
}

struct number number_add(struct number a, struct number b)
{
    if (a.class == NUMBER_NAN || b.class == NUMBER_NAN)
        return special(NUMBER_NAN, false);
    if (a.class == NUMBER_INF || b.class == NUMBER_INF) {
        if (a.class == b.class && a.negative != b.negative)
            return special(NUMBER_NAN, false);
        return a.class == NUMBER_INF ? a : b;
    }
    if (a.class == NUMBER_ZERO && b.class == NUMBER_ZERO)
        return special(NUMBER_ZERO, a.negative && b.negative);
    if (a.class == NUMBER_ZERO || b.class == NUMBER_ZERO)
        return a.class == NUMBER_ZERO ? b : a;
    bool swap = number_compare_magnitude(a, b) < 0;
    return combine(swap ? b : a, swap ? a : b, a.negative != b.negative);
}

/* high * 2^128 + low */
struct wide {
    unsigned __int128 high, low;
};

/* v * 2^127 / 2^down, cut: bit 255 is free for a carry. */
static struct wide wide_at(unsigned __int128 v, int64_t down, bool *lost)
{
    struct wide w = {v >> 1, v << 127};
    *lost = false;
    for (; down >= 128 && (w.high || w.low); down -= 128) {
        *lost |= w.low != 0;
        w = (struct wide){0, w.high};
    }
    if (down > 0 && (w.high || w.low)) {
        *lost |= (w.low & (((unsigned __int128)1 << down) - 1)) != 0;
        w = (struct wide){w.high >> down, w.low >> down | w.high << (128 - down)};
    }
    return w;
}

static struct wide wide_sum(struct wide a, struct wide b, bool subtract, bool lost)
{
    if (!subtract)
        return (struct wide){a.high + b.high + (a.low + b.low < a.low), a.low + b.low};
    struct wide d = {a.high - b.high - (a.low < b.low), a.low - b.low};
    if (lost) {
        d.high -= !d.low;
        d.low--;
    }
    return d;
}

/* The sum of p * 2^p_exponent and c * 2^c_exponent with the signs; p and c have bit 127 or 126 set, and the
 * former is the one of larger magnitude. c loses bits only if it lies 127 places or more below; the sum then
 * keeps at least 126 bits, and those lost are below its 64. */
static struct number wide_combine(bool negative, unsigned __int128 p, int64_t p_exponent, unsigned __int128 c,
                                  int64_t c_exponent, bool subtract)
{
    bool none, lost;
    struct wide larger = wide_at(p, 0, &none), smaller = wide_at(c, p_exponent - c_exponent, &lost);
    struct wide s = wide_sum(larger, smaller, subtract, lost);
    int32_t exponent = (int32_t)p_exponent + 1; /* of the high half */
    if (!s.high && !s.low)
        return special(NUMBER_ZERO, false);
    if (!s.high)
        return from_wide(negative, s.low, exponent - 128, lost);
    if (!(s.high >> 64)) {
        s = (struct wide){s.high << 64 | s.low >> 64, s.low << 64};
        exponent -= 64;
    }
    return from_wide(negative, s.high, exponent, lost || s.low);
}

struct number number_fma(struct number a, struct number b, struct number c)
{
    struct number product = number_mul(a, b);
    if (!product.sticky || c.class != NUMBER_FINITE)
        return number_add(product, c);
    unsigned __int128 p = (unsigned __int128)a.significand * b.significand;
    unsigned __int128 addend = (unsigned __int128)c.significand << 64;
    int64_t p_exponent = (int64_t)a.exponent + b.exponent, c_exponent = (int64_t)c.exponent - 64;
    if (!(p >> 127)) {
        p <<= 1;
        p_exponent--;
    }
    bool subtract = product.negative != c.negative;
    bool swap = c_exponent > p_exponent || (c_exponent == p_exponent && addend > p);
    return swap ? wide_combine(c.negative, addend, c_exponent, p, p_exponent, subtract)
                : wide_combine(product.negative, p, p_exponent, addend, c_exponent, subtract);
}

/* floor(sqrt(n)) for n >= 2^126, bit by bit. */
static uint64_t integer_root(unsigned __int128 n)
{
    uint64_t root = 0;
    for (uint64_t bit = UINT64_C(1) << 63; bit; bit >>= 1) {
        uint64_t next = root | bit;
        if ((unsigned __int128)next * next <= n)
            root = next;
    }
    return root;
}

struct number number_sqrt(struct number x)
{
    if (x.class == NUMBER_NAN || x.class == NUMBER_ZERO)
        return x;
    if (x.negative)
        return special(NUMBER_NAN, false);
    if (x.class == NUMBER_INF)
        return x;
    int up = x.exponent & 1 ? 63 : 64; /* the exponent left is even, and the root has 64 bits */
    unsigned __int128 n = (unsigned __int128)x.significand << up;
    uint64_t root = integer_root(n);
    return (struct number){.class = NUMBER_FINITE,
                           .sticky = (unsigned __int128)root * root != n,
                           .exponent = (x.exponent - up) / 2,
                           .significand = root};
}
