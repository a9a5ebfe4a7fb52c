/* Elementary functions against GNU MPFR. */
#include "tests/check.h"

#include <math.h>
#include <mpfr.h>
#include <stdio.h>

#include "sim/base/elementary.h"
#include "sim/base/rng.h"

static double uniform(uint64_t stream, uint64_t i)
{
    return ((double)rng_u32(7, stream, i) + (double)rng_u32(7, stream, i + (1u << 31)) * 0x1p-32) * 0x1p-32;
}

/* |got - want| in units of the last place of got. */
static double ulps(double got, mpfr_srcptr want)
{
    mpfr_t d;
    mpfr_init2(d, 200);
    mpfr_sub_d(d, want, got, MPFR_RNDN);
    double m = fabs(got), unit = m < 0x1p-1022 ? 0x1p-1074 : m - nextafter(m, 0);
    double e = fabs(mpfr_get_d(d, MPFR_RNDN)) / unit;
    mpfr_clear(d);
    return e;
}

static void powers(void **state)
{
    (void)state;
    enum { CASES = 40000 };
    double worst[4] = {0};
    mpfr_t a, b, want;
    mpfr_inits2(200, a, b, want, (mpfr_ptr)0);
    for (uint64_t i = 0; i < CASES; i++) {
        double u = uniform(1, i), v = uniform(2, i), got[4];
        static const double spans[] = {1, 30, 700, 1489};
        double span = spans[i % 4];
        double x = i % 4 ? exp((u - 0.5) * span) : 1 + (u - 0.5) * 0x1p-6, y = (v - 0.5) * span;
        double p = i % 8 == 1 ? v * 64 : v * 8;
        got[0] = elementary_log2(x);
        got[1] = elementary_exp2(y * 1.44);
        got[2] = elementary_exp(y);
        got[3] = elementary_pow(x, p);
        for (int f = 0; f < 4; f++) {
            mpfr_set_d(a, f == 1 ? y * 1.44 : f == 2 ? y : x, MPFR_RNDN);
            mpfr_set_d(b, p, MPFR_RNDN);
            if (f == 0)
                mpfr_log2(want, a, MPFR_RNDN);
            else if (f == 3)
                mpfr_pow(want, a, b, MPFR_RNDN);
            else
                (f == 1 ? mpfr_exp2 : mpfr_exp)(want, a, MPFR_RNDN);
            if (isinf(got[f])) {
                assert_true(mpfr_cmp_d(want, 0x1.fffffffffffffp1023) > 0);
                continue;
            }
            worst[f] = fmax(worst[f], ulps(got[f], want));
        }
    }
    mpfr_clears(a, b, want, (mpfr_ptr)0);
    print_message(
        "# covered elementary: %d arguments each; largest error log2 %.3f, exp2 %.3f, exp %.3f, pow "
        "%.3f ulp\n",
        (int)CASES, worst[0], worst[1], worst[2], worst[3]);
    assert_true(worst[0] <= 1 && worst[1] <= 2 && worst[2] <= 2 && worst[3] <= 2);
}

static void specials(void **state)
{
    (void)state;
    double inf = (double)INFINITY;
    assert_true(elementary_log2(0) == -inf && elementary_log2(inf) == inf && elementary_log2(8) == 3);
    assert_true(elementary_log2(0x1p-1074) == -1074 && elementary_log2(1) == 0 && isnan(elementary_log2(-1)));
    assert_true(elementary_exp2(-3) == 0.125 && elementary_exp2(1024) == inf && elementary_exp2(-inf) == 0);
    assert_true(elementary_exp2(-1074) == 0x1p-1074 && elementary_exp2(-1080) == 0);
    assert_true(elementary_exp(0) == 1 && elementary_exp(inf) == inf && elementary_exp(-inf) == 0);
    assert_true(elementary_exp(-1000) == 0 && elementary_exp(1000) == inf);
    assert_true(elementary_pow(0, 2.4) == 0 && elementary_pow(1, 2.4) == 1 && elementary_pow(inf, 2) == inf);
    assert_true(elementary_pow(4, 0.5) == 2 && isnan(elementary_pow(-1, 2)));
    double nan = (double)NAN;
    assert_true(isnan(elementary_log2(nan)) && isnan(elementary_exp2(nan)) && isnan(elementary_exp(nan)) &&
                isnan(elementary_pow(nan, 2)) && isnan(elementary_pow(2, nan)));
}

/* Errors are differences of binary32 numbers: on neighbours of those, order is kept strictly. */
static void monotone(void **state)
{
    (void)state;
    for (int e = -149; e < 127; e += 5) {
        float x = ldexpf(1.3f, e);
        for (int i = 0; i < 200; i++) {
            float next = nextafterf(x, INFINITY);
            assert_true(elementary_log2((double)x) < elementary_log2((double)next));
            assert_true(elementary_pow((double)x, 2.4) < elementary_pow((double)next, 2.4));
            x = next;
        }
    }
}

/* Sine and cosine; the error is absolute, in parts of 1. */
static void angles(void **state)
{
    (void)state;
    enum { CASES = WATCHED ? 2000 : 20000 };
    mpfr_t x, y;
    mpfr_inits2(200, x, y, (mpfr_ptr)0);
    double worst = 0;
    for (uint64_t i = 0; i < CASES; i++) {
        static const double spans[] = {1, 10, 1000, 0x1p20};
        double u = ((double)rng_u32(1, 1, i) * 0x1p-32 - 0.5) * 2 * spans[i % 4], got_it[2];
        if (i % 5 == 0) /* near multiples of pi / 2 */
            u = (double)(i / 5 % 600000) * 0x1.921fb54442d18p+0;
        elementary_sin_cos(u, &got_it[0], &got_it[1]);
        mpfr_set_d(x, u, MPFR_RNDN);
        for (int f = 0; f < 2; f++) {
            (f ? mpfr_cos : mpfr_sin)(y, x, MPFR_RNDN);
            mpfr_sub_d(y, y, got_it[f], MPFR_RNDN);
            worst = fmax(worst, fabs(mpfr_get_d(y, MPFR_RNDN)));
        }
    }
    mpfr_clears(x, y, (mpfr_ptr)0);
    printf("# covered angles: %d, largest error of sine and cosine 2^%.1f\n", (int)CASES, log2(worst));
    assert_true(worst <= 0x1p-51);
    double s, c;
    elementary_sin_cos(0, &s, &c);
    assert_true(s == 0 && c == 1);
    elementary_sin_cos(0x1p21, &s, &c);
    assert_true(isnan(s) && isnan(c));
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(powers), cmocka_unit_test(specials),
                                       cmocka_unit_test(monotone), cmocka_unit_test(angles)};
    return cmocka_run_group_tests_name("elementary", tests, NULL, NULL);
}
