#include "sim/arith/requant.h"

int64_t requant_floor_shift(int64_t x, int n)
{
    return x >= 0 ? x >> n : ~(~x >> n);
}

int32_t requant_clamp(int64_t x, uint32_t *events)
{
    if (x >= INT32_MIN && x <= INT32_MAX)
        return (int32_t)x;
    *events |= EVENT_SATURATED;
    return x < 0 ? INT32_MIN : INT32_MAX;
}

/* The published form adds 2^30 or 1 - 2^30 by the product's sign and divides toward zero. */
int32_t requant_srdhm(int32_t a, int32_t b)
{
    if (a == INT32_MIN && b == INT32_MIN)
        return INT32_MAX;
    int64_t product = (int64_t)a * b;
    return (int32_t)((product + (product >= 0 ? 1 << 30 : 1 - (1 << 30))) / (INT64_C(1) << 31));
}

int32_t requant_rdivpot(int32_t x, int e)
{
    int64_t mask = (INT64_C(1) << e) - 1, rest = (int64_t)x & mask;
    return (int32_t)(requant_floor_shift(x, e) + (rest > (mask >> 1) + (x < 0)));
}

const char *requant_scale_problem(double scale)
{
    uint64_t bits = bits_from_f64(scale);
    if (bits >> 52 == 0x7ff || bits >> 52 == 0xfff || (bits >> 63 && bits << 1))
        return "a scale must be finite and not negative";
    return NULL;
}

/* |x| * 2^n to the nearest integer, ties away from zero, for x of 64 digits. */
static uint64_t nearest(struct number x, int n)
{
    int shift = -(x.exponent + n);
    if (shift > 64)
        return 0;
    if (shift == 64)
        return x.significand >> 63;
    return (x.significand >> shift) + (x.significand >> (shift - 1) & 1);
}

int32_t requant_fraction(double scale, int bits, int *exponent)
{
    struct number x = number_from_f64(scale);
    *exponent = number_exponent(x) + 1;
    uint64_t n = nearest(x, bits - *exponent);
    if (n >> bits) {
        n >>= 1;
        ++*exponent;
    }
    return (int32_t)n;
}

int32_t requant_integer(double scale, int n)
{
    return (int32_t)nearest(number_from_f64(scale), n);
}

struct multiplier requant_q31(double scale)
{
    struct multiplier m = {0, -31};
    int exponent;
    if (scale > 0) {
        int32_t mantissa = requant_fraction(scale, 31, &exponent);
        if (exponent >= -31)
            m = (struct multiplier){mantissa, exponent - 31};
    }
    return m;
}
