/* Logarithms rounded to a format, by comparing x with powers of two.
 *
 * L = log2 x is an integer for powers of two and irrational otherwise, so it never lies on the midpoint of
 * two numbers of a format, which are dyadic: it is rounded up to V if and only if x > 2^m, m the midpoint
 * below V. exp2_fixed gives 2^m to 64 bits and says that there is more; x has 24 bits at most. For V = n / 2
 * with |n| < 2^p (p: the precision; |L| < 150 in all three formats) V is a number of the format, unless a
 * half does not fit beside its integer part. */
#include "formats/scale_log2.h"

#include "formats/exp2_fixed.h"

static const struct format *format_of(enum scale_log2 how)
{
    return format_find(scale_log2_names[how]);
}

static bool is_power(struct number x)
{
    return x.significand == UINT64_C(1) << 63 && !x.sticky;
}

static int floor_log2(int64_t n)
{
    return 63 - __builtin_clzll((unsigned long long)n);
}

/* x against 2^(n * 2^-bits), for n * 2^-bits that is no integer. */
static bool exceeds(struct number x, int64_t n, int bits)
{
    return number_compare_magnitude(x, exp2_fixed_truncated(log2_fixed_make(n, bits))) > 0;
}

/* Whether log2 x lies above the midpoint between V = half / 2, not 0, and its neighbour on one side. Half the
 * distance of neighbours is 2^-p of the binade of V; toward zero from a power of two half as much. */
static bool is_above_midpoint(struct number x, int64_t half, int precision, bool upper)
{
    int64_t magnitude = half < 0 ? -half : half;
    bool inward = upper == (half < 0), power = (magnitude & (magnitude - 1)) == 0;
    int bits = precision - (floor_log2(magnitude) - 1) + (inward && power); /* half a distance is 2^-bits */
    int64_t unit = half * (INT64_C(1) << (bits - 1));
    return exceeds(x, unit + (upper ? 1 : -1), bits);
}

/* Rounds x into the format; false if it leaves the range, and *e then says where to. */
static bool into_format(enum scale_log2 how, struct number *x, int32_t *e)
{
    static const struct rounding nearest = {.mode = ROUND_RNE, .overflow = OVERFLOW_INFINITY};
    if (how != LOG2_EXACT)
        *x = format_decode(format_of(how), format_round(format_of(how), *x, &nearest, 0).code);
    *e = x->class == NUMBER_ZERO ? INT32_MIN : INT32_MAX;
    return x->class == NUMBER_FINITE;
}

int32_t scale_log2_floor(enum scale_log2 how, struct number x)
{
    int32_t e;
    if (!into_format(how, &x, &e))
        return e;
    e = number_exponent(x);
    if (how == LOG2_EXACT || is_power(x) || e + 1 == 0)
        return e;
    return e + is_above_midpoint(x, 2 * ((int64_t)e + 1), format_of(how)->precision, false);
}

int32_t scale_log2_ceil(enum scale_log2 how, struct number x)
{
    int32_t e;
    if (!into_format(how, &x, &e))
        return e;
    e = number_exponent(x);
    if (how == LOG2_EXACT || is_power(x) || e == 0)
        return e + !is_power(x);
    return e + is_above_midpoint(x, 2 * (int64_t)e, format_of(how)->precision, true);
}

/* Exactly: log2 x > e + 1/2 if and only if x^2 > 2^(2e + 1). The square of x has 48 bits where x is rounded
 * into a format; else one closer than 2^-62 to the threshold may fall on either side. */
int32_t scale_log2_nearest(enum scale_log2 how, struct number x)
{
    int32_t e;
    if (!into_format(how, &x, &e))
        return e;
    e = number_exponent(x);
    int precision = how == LOG2_EXACT ? 0 : format_of(how)->precision;
    int64_t half = 2 * (int64_t)e + 1;
    if (how == LOG2_EXACT || floor_log2(half < 0 ? -half : half) >= precision)
        return e + (number_compare_magnitude(number_mul(x, x), number_pow2(2 * e + 1)) > 0);
    if (is_above_midpoint(x, half, precision, true))
        return e + 1;
    return e + (is_above_midpoint(x, half, precision, false) && (e & 1)); /* rounded to e + 1/2: to even */
}

struct number scale_log2_power(int32_t e)
{
    if (e == INT32_MIN || e == INT32_MAX)
        return (struct number){.class = e < 0 ? NUMBER_ZERO : NUMBER_INF};
    return number_pow2(e);
}
