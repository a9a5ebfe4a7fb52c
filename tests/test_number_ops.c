/* Fused products, square roots, quotients and powers of two of numbers of up to 64 bits against MPFR: the
 * first 64 bits of the exact result, and whether there are more. */
#include "tests/check.h"

#include <mpfr.h>
#include <stdio.h>

#include "formats/exp2.h"
#include "sim/base/rng.h"

enum { EXACT = 1500, CASES = 100000 };

/* A number of 1 to 64 significant bits, its exponent within `reach` of zero. */
static struct number draw(uint64_t stream, uint64_t i, int reach)
{
    uint32_t r[4];
    rng_u32x4(31, stream, i, r);
    uint64_t significand = (uint64_t)r[0] << 32 | r[1];
    int bits = 1 + (int)(r[2] % 64);
    significand = (significand | UINT64_C(1) << 63) >> (64 - bits);
    if (r[2] >> 30 == 0)
        significand = UINT64_MAX >> (64 - bits);
    int32_t exponent = (int32_t)((r[3] >> 4) % (uint32_t)(2 * reach + 1)) - reach;
    return number_make(r[3] & 1, significand, exponent - bits);
}

static void set(mpfr_ptr out, struct number x)
{
    if (x.class == NUMBER_FINITE)
        mpfr_set_ui_2exp(out, x.significand, x.exponent, MPFR_RNDN);
    else if (x.class == NUMBER_ZERO)
        mpfr_set_zero(out, 1);
    else
        x.class == NUMBER_INF ? mpfr_set_inf(out, 1) : mpfr_set_nan(out);
    mpfr_setsign(out, out, x.negative, MPFR_RNDN);
}

/* v has more bits than it shows if `more`. */
static void expect(const char *what, struct number x, struct number got, mpfr_srcptr v, bool more)
{
    mpfr_t first, mine;
    mpfr_inits2(64, first, mine, (mpfr_ptr)0);
    more |= mpfr_set(first, v, MPFR_RNDZ) != 0;
    set(mine, got);
    bool same = mpfr_nan_p(v) ? got.class == NUMBER_NAN
                              : mpfr_equal_p(mine, first) && mpfr_signbit(mine) == mpfr_signbit(first);
    if (!same || got.sticky != more || (got.class == NUMBER_FINITE && !(got.significand >> 63)))
        fail_msg("%s of %c0x%llx*2^%d ...: got 0x%llx*2^%d%s", what, x.negative ? '-' : '+',
                 (unsigned long long)x.significand, x.exponent, (unsigned long long)got.significand,
                 got.exponent, got.sticky ? " and more" : "");
    mpfr_clears(first, mine, (mpfr_ptr)0);
}

static const struct number specials[] = {
    {.class = NUMBER_ZERO},
    {.class = NUMBER_ZERO, .negative = true},
    {.class = NUMBER_INF},
    {.class = NUMBER_INF, .negative = true},
    {.class = NUMBER_NAN},
    {.class = NUMBER_FINITE, .significand = UINT64_C(3) << 62, .exponent = -61},
    {.class = NUMBER_FINITE, .negative = true, .significand = UINT64_C(3) << 62, .exponent = -61},
};
enum { SPECIALS = sizeof specials / sizeof *specials };

static void expect_fma(struct number x, struct number y, struct number z)
{
    mpfr_t a, b, c, v;
    mpfr_inits2(64, a, b, c, (mpfr_ptr)0);
    mpfr_init2(v, EXACT);
    set(a, x);
    set(b, y);
    set(c, z);
    assert_int_equal(mpfr_fma(v, a, b, c, MPFR_RNDN), 0);
    expect("fma", x, number_fma(x, y, z), v, false);
    mpfr_clears(a, b, c, v, (mpfr_ptr)0);
}

static void fused(void **state)
{
    (void)state;
    size_t cancelled = 0, done = 0;
    static const int reach[] = {4, 70, 140, 300};
    for (uint64_t i = 0; i < CASES; i++, done++) {
        struct number x = draw(1, i, reach[i % 4]), y = draw(2, i, reach[i % 4]),
                      z = draw(3, i, reach[i % 4]);
        struct number p = number_mul(x, y);
        p.sticky = false;
        if (i % 3 == 0) { /* next to the product, or far below what is left of it */
            z = number_negate(p);
            z.significand ^= i % 5 == 0 ? rng_u32(32, 0, i) >> (i % 32) : 0;
            z.significand |= UINT64_C(1) << 63;
            cancelled++;
        } else if (i % 3 == 1)
            z.exponent = p.exponent - 200 + (int32_t)(i % 401);
        expect_fma(x, y, z);
    }
    for (size_t i = 0; i < SPECIALS * SPECIALS * SPECIALS; i++, done++)
        expect_fma(specials[i % SPECIALS], specials[i / SPECIALS % SPECIALS],
                   specials[i / SPECIALS / SPECIALS]);
    printf("# covered fused products against MPFR: %zu, %zu next to cancelling\n", done, cancelled);
}

static void roots(void **state)
{
    (void)state;
    mpfr_t a, v;
    mpfr_init2(a, 64);
    mpfr_init2(v, 300);
    size_t exact = 0;
    for (uint64_t i = 0; i < CASES + SPECIALS; i++) {
        struct number x = i < CASES ? draw(4, i, 300) : specials[i - CASES];
        if (i < CASES && i % 4) { /* a square, and its neighbours */
            uint64_t root = (uint64_t)rng_u32(33, 0, i) << 32 | rng_u32(33, 1, i);
            root >>= 32 + i % 20;
            root |= 1;
            x = number_make(false, root * root + i / 4 % 3 - 1, x.exponent);
        }
        set(a, x);
        bool more = mpfr_sqrt(v, a, MPFR_RNDZ) != 0;
        struct number got = number_sqrt(x);
        expect("sqrt", x, got, v, more);
        exact += got.class == NUMBER_FINITE && !got.sticky;
    }
    printf("# covered square roots against MPFR: %d, %zu exact\n", CASES + SPECIALS, exact);
    assert_true(exact > 1000);
    mpfr_clears(a, v, (mpfr_ptr)0);
}

static void quotients(void **state)
{
    (void)state;
    mpfr_t a, b, v;
    mpfr_inits2(64, a, b, (mpfr_ptr)0);
    mpfr_init2(v, 300);
    size_t exact = 0;
    for (uint64_t i = 0; i < CASES; i++) {
        struct number x = draw(6, i, 300), y = draw(7, i, 300);
        if (i % 4 == 0) { /* a multiple of y */
            y.significand &= ~UINT64_C(0) << 32;
            x = number_mul(y, number_make(false, rng_u32(34, 0, i) | 1, 0));
        }
        set(a, x);
        set(b, y);
        bool more = mpfr_div(v, a, b, MPFR_RNDZ) != 0;
        struct number got = number_div(x, y);
        expect("a quotient", x, got, v, more);
        exact += !got.sticky;
    }
    printf("# covered quotients against MPFR: %d, %zu exact\n", CASES, exact);
    assert_true(exact > 1000);
    mpfr_clears(a, b, v, (mpfr_ptr)0);
}

static void expect_exp2(struct number x)
{
    mpfr_t a, v;
    mpfr_init2(a, 64);
    mpfr_init2(v, 400);
    set(a, x);
    bool more = mpfr_exp2(v, a, MPFR_RNDZ) != 0;
    expect("exp2", x, number_exp2(x), v, more);
    mpfr_clears(a, v, (mpfr_ptr)0);
}

/* x = log2(1 + k 2^-63) has so small a last bit that 2^x is next to a multiple of 2^-63: closer than 128 bits
 * tell. */
static size_t hard_powers(int count)
{
    mpfr_t log, cut;
    mpfr_init2(log, 200);
    mpfr_init2(cut, 64);
    size_t done = 0;
    for (int k = 1; k <= count; k++)
        for (int rounding = 0; rounding < 2; rounding++, done++) {
            mpfr_set_ui_2exp(log, (unsigned long)k, -63, MPFR_RNDN);
            mpfr_log2p1(log, log, MPFR_RNDN);
            mpfr_set(cut, log, rounding ? MPFR_RNDU : MPFR_RNDD);
            mpfr_exp_t e = mpfr_get_exp(cut);
            mpfr_mul_2si(cut, cut, 64 - e, MPFR_RNDN);
            expect_exp2(number_make(false, mpfr_get_ui(cut, MPFR_RNDN), (int32_t)e - 64));
        }
    mpfr_clears(log, cut, (mpfr_ptr)0);
    return done;
}

static void powers(void **state)
{
    (void)state;
    size_t done = 0;
    for (uint64_t i = 0; i < CASES / 4; i++, done++) {
        struct number x = draw(5, i, i % 4 == 0 ? 70 : i % 4 == 1 ? 10 : 3);
        if (number_exponent(x) >= EXP2_FAR)
            x.exponent -= 64;
        expect_exp2(x);
    }
    for (int32_t n = -300; n <= 300; n++, done++)
        expect_exp2(number_make(n < 0, (uint64_t)(n < 0 ? -n : n), 0));
    for (int i = 0; i < SPECIALS; i++, done++)
        expect_exp2(specials[i]);
    size_t hard = hard_powers(1000);
    struct number far = number_exp2(number_pow2(100)), near = number_exp2(number_negate(number_pow2(30)));
    assert_int_equal(number_exponent(far), 1 << EXP2_FAR);
    assert_int_equal(number_exponent(near), -(1 << EXP2_FAR));
    printf("# covered powers of two against MPFR: %zu, and %zu too near for 128 bits\n", done, hard);
}

/* By 256 bits alone, at any fraction and where 2^f is within 2^-128 of a multiple of 2^-63. */
static void wide_powers(void **state)
{
    (void)state;
    mpfr_t f, v;
    mpfr_init2(f, 128);
    mpfr_init2(v, 400);
    for (uint64_t i = 0; i < 3000; i++) {
        uint32_t r[4];
        rng_u32x4(34, 0, i, r);
        unsigned __int128 fraction = 0;
        for (int k = 0; k < 4; k++)
            fraction = fraction << 32 | r[k];
        fraction >>= i % 128;
        fraction += fraction == 0;
        if (i % 2) { /* log2 of a number of 64 bits, to 128 */
            mpfr_set_ui_2exp(v, (uint64_t)r[0] << 32 | r[1] | UINT64_C(1) << 63, -63, MPFR_RNDN);
            mpfr_log2(v, v, MPFR_RNDN);
            mpfr_mul_2ui(v, v, 64, MPFR_RNDN);
            uint64_t high = mpfr_get_ui(v, MPFR_RNDD);
            mpfr_sub_ui(v, v, high, MPFR_RNDN);
            mpfr_mul_2ui(v, v, 64, MPFR_RNDN);
            uint64_t low = mpfr_get_ui(v, i % 4 == 1 ? MPFR_RNDD : MPFR_RNDZ) + (i % 4 != 1);
            fraction = (unsigned __int128)high << 64 | low;
        }
        mpfr_set_ui(f, (uint64_t)(fraction >> 64), MPFR_RNDN);
        mpfr_mul_2ui(f, f, 64, MPFR_RNDN);
        mpfr_add_ui(f, f, (uint64_t)fraction, MPFR_RNDN);
        mpfr_div_2ui(f, f, 128, MPFR_RNDN);
        mpfr_exp2(v, f, MPFR_RNDZ);
        mpfr_mul_2ui(v, v, 63, MPFR_RNDN);
        bool decided;
        uint64_t got = exp2_wide(fraction, &decided), want = mpfr_get_ui(v, MPFR_RNDZ);
        if (got != want || !decided)
            fail_msg("case %d: got 0x%llx, want 0x%llx, decided %d", (int)i, (unsigned long long)got,
                     (unsigned long long)want, decided);
    }
    printf("# covered powers by 256 bits against MPFR: 3000\n");
    mpfr_clears(f, v, (mpfr_ptr)0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fused),  cmocka_unit_test(roots),       cmocka_unit_test(quotients),
        cmocka_unit_test(powers), cmocka_unit_test(wide_powers),
    };
    return cmocka_run_group_tests_name("number_ops", tests, NULL, NULL);
}
