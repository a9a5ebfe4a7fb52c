#include "sim/base/elementary.h"

#include <math.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* An unevaluated sum hi + lo with |lo| <= ulp(hi) / 2: about 106 bits. */
struct twice {
    double hi, lo;
};

/* ln 2, 1 / ln 2 and 2 / ln 2, each rounded to binary64, and what is left, rounded again (GNU MPFR). */
static const struct twice ln2 = {0x1.62e42fefa39efp-1, 0x1.abc9e3b39803fp-56};
static const struct twice per_ln2 = {0x1.71547652b82fep+0, 0x1.777d0ffda0d24p-56};
static const struct twice two_per_ln2 = {0x1.71547652b82fep+1, 0x1.777d0ffda0d24p-55};

/* a + b exactly (Knuth). */
static struct twice sum_of(double a, double b)
{
    double s = a + b, t = s - a;
    return (struct twice){s, (a - (s - t)) + (b - t)};
}

/* a * b exactly (Dekker, Veltkamp's splitting), for magnitudes far from overflow and underflow. */
static struct twice product_of(double a, double b)
{
    double p = a * b, ca = a * 0x8000001p0, cb = b * 0x8000001p0;
    double a_hi = ca - (ca - a), a_lo = a - a_hi, b_hi = cb - (cb - b), b_lo = b - b_hi;
    return (struct twice){p, ((a_hi * b_hi - p) + a_hi * b_lo + a_lo * b_hi) + a_lo * b_lo};
}

static struct twice times(struct twice a, struct twice b)
{
    struct twice p = product_of(a.hi, b.hi);
    return sum_of(p.hi, p.lo + (a.hi * b.lo + a.lo * b.hi));
}

static uint64_t bits_of(double x)
{
    uint64_t u;
    memcpy(&u, &x, sizeof u);
    return u;
}

static double from_bits(uint64_t u)
{
    double x;
    memcpy(&x, &u, sizeof x);
    return x;
}

/* 2^n for a normal result. */
static double power_of_two(int n)
{
    return from_bits((uint64_t)(n + 1023) << 52);
}

/* log2(x), 0 < x < Inf, with an absolute error below 2^-60 + 2^-60 |log2 x|. x = 2^e m, sqrt(1/2) <= m <=
 * sqrt(2), f = (m - 1) / (m + 1), |f| <= 0.1716, and log2 m = 2 / ln 2 (f + f^3 / 3 + f^5 / 5 + ...): with 12
 * powers of f^2 the rest of the series is below 0.1716^26 / 27 < 2^-70 of f. What is rounded to binary64 is
 * the part beyond f, below 0.0099 f. */
static struct twice log2_twice(double x)
{
    int e = 0;
    if (x < 0x1p-1022) {
        x *= 0x1p54;
        e = -54;
    }
    uint64_t u = bits_of(x);
    e += (int)(u >> 52) - 1023;
    double m = from_bits((u & UINT64_C(0xfffffffffffff)) | UINT64_C(0x3ff0000000000000));
    if (m > 0x1.6a09e667f3bcdp0) { /* sqrt(2) */
        m *= 0.5;
        e++;
    }
    double n = m - 1; /* exact */
    struct twice d = sum_of(m, 1);
    double hi = n / d.hi;
    struct twice back = product_of(hi, d.hi);
    double lo = (((n - back.hi) - back.lo) - hi * d.lo) / d.hi;
    static const double odd[] = {1.0 / 25, 1.0 / 23, 1.0 / 21, 1.0 / 19, 1.0 / 17, 1.0 / 15,
                                 1.0 / 13, 1.0 / 11, 1.0 / 9,  1.0 / 7,  1.0 / 5,  1.0 / 3};
    double s = hi * hi, p = odd[0];
    for (size_t i = 1; i < sizeof odd / sizeof *odd; i++)
        p = p * s + odd[i];
    double c = p * s;
    struct twice g = sum_of(hi, hi * c + (lo + lo * c));
    struct twice l = times(g, two_per_ln2), y = sum_of(e, l.hi);
    return sum_of(y.hi, y.lo + l.lo);
}

/* 2^(y.hi + y.lo): n is the nearest integer, t = (y - n) ln 2, |t| <= 0.347, and e^t its Taylor series; with
 * t^14 / 14! the rest is below 0.347^15 / 15! < 2^-63. */
static double exp2_twice(struct twice y)
{
    if (!(y.hi < 1025))
        return y.hi > 0 ? (double)INFINITY : y.hi;
    if (y.hi < -1076)
        return 0;
    double whole = (y.hi + 0x1.8p52) - 0x1.8p52;
    struct twice t = times(sum_of(y.hi - whole, y.lo), ln2);
    static const double factorial[] = {
        1.0 / 87178291200.0, 1.0 / 6227020800.0, 1.0 / 479001600.0, 1.0 / 39916800.0, 1.0 / 3628800.0,
        1.0 / 362880.0,      1.0 / 40320.0,      1.0 / 5040.0,      1.0 / 720.0,      1.0 / 120.0,
        1.0 / 24.0,          1.0 / 6.0,          1.0 / 2.0};
    double p = factorial[0];
    for (size_t i = 1; i < sizeof factorial / sizeof *factorial; i++)
        p = p * t.hi + factorial[i];
    double v = 1 + (t.hi + (t.lo + t.hi * t.hi * p));
    int n = (int)whole;
    if (n > 1000) /* two steps: the result may be subnormal or infinite, its factors not */
        return v * 0x1p1000 * power_of_two(n - 1000);
    if (n < -1000)
        return v * 0x1p-1000 * power_of_two(n + 1000);
    return v * power_of_two(n);
}

double elementary_log2(double x)
{
    if (!(x > 0))
        return x == 0 ? -(double)INFINITY : (double)NAN;
    return x > 0x1.fffffffffffffp1023 ? x : log2_twice(x).hi;
}

double elementary_exp2(double x)
{
    return exp2_twice((struct twice){x, 0});
}

double elementary_exp(double x)
{
    if (!(x > -750 && x < 750))
        return x > 0 ? (double)INFINITY : x < 0 ? 0 : x;
    return exp2_twice(times((struct twice){x, 0}, per_ln2));
}

double elementary_pow(double x, double p)
{
    if (!(x > 0))
        return x == 0 ? 0 : (double)NAN;
    if (x > 0x1.fffffffffffffp1023)
        return x;
    return exp2_twice(times(log2_twice(x), (struct twice){p, 0}));
}

/* pi / 2 in two pieces of 33 bits and the rest, and 2 / pi (from the digits of pi). n below has 20 bits, so n
 * times a piece is exact, and so is the first difference. What is left of x, at most 0.786, carries the
 * rounding of two differences, below 2^-52. Taylor series: sin to r^17 (rest 0.786^19 / 19! < 2^-63), cos to
 * r^18 (0.786^20 / 20! < 2^-67). */
static double quarter_turns(double x, double *rest)
{
    double n = (x * 0x1.45f306dc9c883p-1 + 0x1.8p52) - 0x1.8p52;
    *rest = ((x - n * 0x1.921fb544p+0) - n * 0x1.0b4611a6p-34) - n * 0x1.3198a2e037073p-69;
    return n;
}

/* 1 - z / (a (a + 1)) (1 - z / ((a + 2) (a + 3)) (1 - ...)) with n factors: cos r for a = 1, sin(r) / r for
 * a = 2, of z = r^2. */
static double series(double z, double a, int n)
{
    double sum = 1;
    for (double m = a + 2 * (n - 1); n-- > 0; m -= 2)
        sum = 1 - z / (m * (m + 1)) * sum;
    return sum;
}

void elementary_sin_cos(double x, double *sine, double *cosine)
{
    *sine = *cosine = (double)NAN;
    if (!(x >= -0x1p20 && x <= 0x1p20))
        return;
    double r, n = quarter_turns(x, &r), z = r * r;
    double s = r * series(z, 2, 8), c = series(z, 1, 9);
    unsigned quarter = (unsigned)(int)n & 3;
    *sine = quarter == 0 ? s : quarter == 1 ? c : quarter == 2 ? -s : -c;
    *cosine = quarter == 0 ? c : quarter == 1 ? -s : quarter == 2 ? -c : s;
}
