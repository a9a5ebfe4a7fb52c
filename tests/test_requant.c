/* Requantizers against their published forms in wider integers and libm. */
#include "tests/check.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "sim/arith/requant.h"
#include "sim/base/rng.h"

static const int32_t edges[] = {INT32_MIN,
                                INT32_MIN + 1,
                                -(1 << 30) - 1,
                                -(1 << 30),
                                -(1 << 30) + 1,
                                -65537,
                                -65536,
                                -3,
                                -2,
                                -1,
                                0,
                                1,
                                2,
                                3,
                                5,
                                65535,
                                65536,
                                (1 << 30) - 1,
                                1 << 30,
                                (1 << 30) + 1,
                                INT32_MAX - 1,
                                INT32_MAX};
enum { EDGES = sizeof edges / sizeof *edges };

/* Edges with each other first, then anything, of any size. */
static int32_t draw(uint64_t i, uint64_t stream)
{
    uint32_t r = rng_u32(3, stream, 2 * i), how = rng_u32(3, stream, 2 * i + 1);
    if (how % 4 == 0)
        return edges[r % EDGES];
    int32_t x = (int32_t)(r >> (how / 4 % 31) >> 1);
    return how >> 31 ? -x : x;
}

/* n / 2^e, ties away from zero or up, in exact integers. */
static __int128 nearest(__int128 n, int e, bool ties_up)
{
    __int128 unit = (__int128)1 << e, twice = 2 * (n < 0 ? -n : n);
    __int128 whole = twice / (2 * unit), rest = twice % (2 * unit);
    bool up = rest > unit || (rest == unit && (n > 0 || !ties_up));
    return (n < 0 ? -1 : 1) * (whole + up);
}

static __int128 floored(__int128 n, int e)
{
    __int128 unit = (__int128)1 << e;
    return n / unit - (n % unit < 0);
}

static int32_t clamped(__int128 x, bool *saturated)
{
    *saturated |= x > INT32_MAX || x < INT32_MIN;
    return x > INT32_MAX ? INT32_MAX : x < INT32_MIN ? INT32_MIN : (int32_t)x;
}

static void primitives(void **state)
{
    (void)state;
    enum { DRAWS = 400000 };
    size_t ties = 0;
    for (uint64_t i = 0; i < DRAWS; i++) {
        int32_t a = i < EDGES * EDGES ? edges[i / EDGES] : draw(i, 0);
        int32_t b = i < EDGES * EDGES ? edges[i % EDGES] : draw(i, 1);
        __int128 product = (__int128)a * b;
        int32_t want = a == INT32_MIN && b == INT32_MIN ? INT32_MAX : (int32_t)nearest(product, 31, true);
        assert_int_equal(requant_srdhm(a, b), want);
        int e = (int)(i % 32);
        assert_int_equal(requant_rdivpot(a, e), (int32_t)nearest(a, e, false));
        ties += e > 0 && ((uint32_t)a << (32 - e)) == UINT32_C(1) << 31;
    }
    /* By hand: 1.5 and -1.5, 2.5 and -2.5. */
    assert_int_equal(requant_rdivpot(3, 1), 2);
    assert_int_equal(requant_rdivpot(-3, 1), -2);
    assert_int_equal(requant_rdivpot(5, 1), 3);
    assert_int_equal(requant_rdivpot(-5, 1), -3);
    assert_int_equal(requant_rdivpot(INT32_MIN, 31), -1);
    assert_int_equal(requant_rdivpot(INT32_MAX, 31), 1);
    assert_int_equal(requant_srdhm(INT32_MIN, INT32_MAX), -INT32_MAX);
    assert_int_equal(requant_srdhm(1, 1 << 30), 1);  /* .5 */
    assert_int_equal(requant_srdhm(-1, 1 << 30), 0); /* -.5 */
    assert_int_equal(requant_floor_shift(-1, 62), -1);
    assert_int_equal(requant_floor_shift(INT64_MIN, 62), -2);
    assert_true(ties > 1000);
    printf("# covered fixed-point steps: %d, %zu ties\n", (int)DRAWS, ties);
}

static double scale_at(uint64_t i)
{
    static const double special[] = {
        0,       1,       .5,        1 - 0x1p-33,     1 - 0x1p-32,      1 - 0x1p-53,         0x1p-32,
        0x1p-33, 0x1p-31, 0x1.8p-32, 0x1p29,          0x1.fffffffcp29,  0x1p-1074,           .75,
        2,       3,       1e-9,      0x1.00000001p-1, 0x1.000000018p-1, 0x1.0000000180001p-1};
    enum { SPECIAL = sizeof special / sizeof *special };
    if (i < SPECIAL)
        return special[i];
    uint64_t bits = (uint64_t)rng_u32(4, 0, 2 * i) << 20 | rng_u32(4, 0, 2 * i + 1) >> 12;
    return ldexp(1 + ldexp((double)bits, -52), (int)(i % 40) - 34 + (i % 40 > 30 ? 4 : 0));
}

/* QuantizeMultiplier as published, with libm. */
static struct multiplier quantized(double scale)
{
    if (scale == 0)
        return (struct multiplier){0, -31};
    int shift;
    int64_t q = llround(frexp(scale, &shift) * 0x1p31);
    if (q == INT64_C(1) << 31) {
        q /= 2;
        shift++;
    }
    return shift < -31 ? (struct multiplier){0, -31} : (struct multiplier){(int32_t)q, shift - 31};
}

static void multipliers(void **state)
{
    (void)state;
    enum { SCALES = 20000 };
    static const struct requant_args none = {0};
    size_t zero = 0, halved = 0;
    for (uint64_t i = 0; i < SCALES; i++) {
        double scale = scale_at(i);
        struct multiplier want = quantized(scale), got = {-1, 0};
        assert_null(requant_find("double")->multiplier(&none, scale, &got));
        if (got.mantissa != want.mantissa || got.exponent != want.exponent)
            fail_msg("%a: got %d 2^%d, want %d 2^%d", scale, got.mantissa, got.exponent, want.mantissa,
                     want.exponent);
        assert_null(requant_find("single")->multiplier(&none, scale, &got));
        assert_true(got.mantissa == want.mantissa && got.exponent == want.exponent);
        zero += scale > 0 && !got.mantissa;
        halved += got.mantissa == 1 << 30 && scale < ldexp(got.mantissa, got.exponent);
    }
    assert_true(zero > 0 && halved > 0);
    struct multiplier m = {7, 7};
    assert_non_null(strstr(requant_find("double")->multiplier(&none, 0x1p30, &m), "below 2^30"));
    assert_true(m.mantissa == 7 && m.exponent == 7);
    assert_null(requant_find("single")->multiplier(&none, 0x1p40, &m));
    assert_true(m.mantissa == INT32_MAX && m.exponent == -1);
    for (size_t k = 0; k < requant_count(); k++) {
        assert_non_null(requant_at(k)->multiplier(&none, -1, &m));
        assert_non_null(requant_at(k)->multiplier(&none, -0x1p-1074, &m));
        assert_non_null(requant_at(k)->multiplier(&none, (double)INFINITY, &m));
        assert_non_null(requant_at(k)->multiplier(&none, -(double)INFINITY, &m));
        assert_non_null(requant_at(k)->multiplier(&none, (double)NAN, &m));
        assert_null(requant_at(k)->multiplier(&none, -0.0, &m));
        assert_int_equal(m.mantissa, 0);
    }
    printf("# covered multipliers: %d scales, %zu to zero, %zu halved\n", (int)SCALES, zero, halved);
}

static void double_and_single(void **state)
{
    (void)state;
    enum { DRAWS = 300000 };
    static const struct requant_args none = {0};
    const struct requant *two = requant_find("double"), *one = requant_find("single");
    size_t differ = 0, saturated_runs = 0;
    for (uint64_t i = 0; i < DRAWS; i++) {
        int32_t x = draw(i, 5);
        struct multiplier m;
        assert_null(two->multiplier(&none, scale_at(i % 997), &m));
        int shift = m.exponent + 31, left = shift > 0 ? shift : 0;
        bool saturated = false, saturated_one = false;
        int32_t shifted = clamped((__int128)x * ((__int128)1 << left), &saturated);
        int32_t want =
            (int32_t)nearest(nearest((__int128)shifted * m.mantissa, 31, true), left - shift, false);
        uint32_t events = 0;
        int32_t got = two->apply(&none, m, x, &events);
        if (got != want || events != (saturated ? EVENT_SATURATED : 0))
            fail_msg("double: %d times %d 2^%d: got %d, want %d", x, m.mantissa, m.exponent, got, want);
        int32_t want_one = clamped(nearest((__int128)x * m.mantissa, -m.exponent, true), &saturated_one);
        events = 0;
        int32_t got_one = one->apply(&none, m, x, &events);
        if (got_one != want_one || events != (saturated_one ? EVENT_SATURATED : 0))
            fail_msg("single: %d times %d 2^%d: got %d, want %d", x, m.mantissa, m.exponent, got_one,
                     want_one);
        differ += got != got_one && !saturated && !saturated_one;
        saturated_runs += saturated_one;
    }
    assert_true(differ > 0 && saturated_runs > 0);
    printf("# covered double and single rounding: %d, of them %zu differ, %zu saturate\n", (int)DRAWS, differ,
           saturated_runs);
}

/* By hand: 1/8 of -4 is the tie -.5, 3/8 of 3 is 1.125. */
static void by_hand(void **state)
{
    (void)state;
    static const struct requant_args none = {0};
    static const struct requant_args round = {.b_bits = 8, .nearest = true},
                                     narrow = {.b_bits = 3, .c_max = 4};
    struct multiplier m;
    uint32_t events = 0;
    assert_null(requant_find("double")->multiplier(&none, .125, &m));
    assert_int_equal(requant_find("double")->apply(&none, m, -4, &events), -1);
    assert_int_equal(requant_find("single")->apply(&none, m, -4, &events), 0);
    assert_int_equal(requant_find("double")->apply(&none, m, 4, &events), 1);
    assert_int_equal(requant_find("single")->apply(&none, m, 4, &events), 1);
    assert_null(requant_find("dyadic")->multiplier(&none, .375, &m));
    assert_true(ldexp(m.mantissa, m.exponent) == .375 && m.mantissa >> 30 == 1);
    assert_int_equal(requant_find("dyadic")->apply(&none, m, 3, &events), 1);
    assert_int_equal(requant_find("dyadic")->apply(&none, m, -3, &events), -2);
    assert_int_equal(requant_find("dyadic")->apply(&round, m, -3, &events), -1);
    assert_null(requant_find("dyadic")->multiplier(&narrow, .3, &m)); /* 4.8 / 16 */
    assert_true(m.mantissa == 5 && m.exponent == -4);
    assert_null(requant_find("dyadic")->multiplier(&narrow, .97, &m)); /* 7.76 / 8 carries to 4 / 4 */
    assert_true(m.mantissa == 4 && m.exponent == -2);
    assert_null(requant_find("dyadic")->multiplier(&narrow, .01, &m));
    assert_true(m.mantissa == 0 && m.exponent == -4);
    assert_non_null(strstr(requant_find("dyadic")->multiplier(&narrow, 8, &m), "too narrow"));
    assert_non_null(requant_find("dyadic")->multiplier(&(struct requant_args){.b_bits = 32}, 1, &m));
    assert_non_null(requant_find("dyadic")->multiplier(&(struct requant_args){.c_max = 63}, 1, &m));
    assert_int_equal(events, 0);
    /* Residual: 3/8 * 3 and 5/16 * -3, each shifted on its own. */
    struct multiplier skip = {5, -4}, main_branch = {3, -3};
    assert_int_equal(requant_residual(&none, main_branch, 3, skip, -3, &events), 1 - 1);
    assert_int_equal(requant_residual(&round, main_branch, 4, skip, 8, &events), 2 + 3);
    assert_int_equal(events, 0);
    struct multiplier unit = {1, 0};
    assert_int_equal(requant_residual(&none, unit, INT32_MIN, unit, -1, &events), INT32_MIN);
    assert_int_equal(events, EVENT_SATURATED);
}

/* All widths: b is the best of its width or c_max, and the product is that of exact integers. */
static void dyadic(void **state)
{
    (void)state;
    enum { DRAWS = 200000 };
    size_t taken = 0, limited = 0;
    const struct requant *r = requant_find("dyadic");
    for (uint64_t i = 0; i < DRAWS; i++) {
        struct requant_args args = {
            .b_bits = (int)(i % 31) + 1, .c_max = (int)(i / 31 % 62) + 1, .nearest = i % 2};
        double scale = scale_at(i % 1999);
        struct multiplier m;
        const char *why = r->multiplier(&args, scale, &m);
        if (why) {
            assert_true(scale >= ldexp(1, args.b_bits) - .5);
            continue;
        }
        int c = -m.exponent;
        assert_true(c >= 0 && c <= args.c_max && m.mantissa >= 0 && m.mantissa >> args.b_bits == 0);
        double error = fabs(ldexp(scale, c) - m.mantissa);
        assert_true(error <= .5);
        if (c < args.c_max) /* the next finer grid has no room */
            assert_true(m.mantissa >> (args.b_bits - 1) == 1);
        else
            limited++;
        int32_t x = draw(i, 6);
        bool saturated = false;
        __int128 product = (__int128)x * m.mantissa;
        int32_t want = clamped(args.nearest ? nearest(product, c, true) : floored(product, c), &saturated);
        uint32_t events = 0;
        assert_int_equal(r->apply(&args, m, x, &events), want);
        assert_int_equal(events, saturated ? EVENT_SATURATED : 0);
        taken++;
    }
    assert_true(limited > 1000 && taken - limited > 1000);
    printf("# covered dyadic requantization: %zu, c limited in %zu\n", taken, limited);
}

static void registry(void **state)
{
    (void)state;
    for (size_t i = 0; i < requant_count(); i++) {
        assert_true(strlen(requant_at(i)->doc) > 10 && strlen(requant_at(i)->citation) > 5);
        assert_ptr_equal(requant_find(requant_at(i)->name), requant_at(i));
    }
    assert_null(requant_find("triple"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(primitives), cmocka_unit_test(multipliers), cmocka_unit_test(double_and_single),
        cmocka_unit_test(by_hand),    cmocka_unit_test(dyadic),      cmocka_unit_test(registry),
    };
    return cmocka_run_group_tests_name("requant", tests, NULL, NULL);
}
