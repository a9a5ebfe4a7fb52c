/* Sums and order of numbers against MPFR. test_formats has products, quotients and the carriers. */
#include "tests/check.h"

#include <mpfr.h>
#include <stdio.h>

#include "formats/number.h"
#include "sim/base/rng.h"

enum { EXACT = 700 }; /* sums of numbers at most 500 places apart */

/* A number of 1 to 64 significant bits; streams differ in how far apart exponents lie. */
static struct number draw(uint64_t stream, uint64_t i)
{
    uint32_t r[4];
    rng_u32x4(21, stream, i, r);
    static const uint32_t reach[] = {2, 70, 200, 500};
    uint64_t significand = (uint64_t)r[0] << 32 | r[1];
    int bits = 1 + (int)(r[2] % 64);
    significand = (significand | UINT64_C(1) << 63) >> (64 - bits);
    if (r[2] >> 30 == 0) /* runs of ones carry far */
        significand = UINT64_MAX >> (64 - bits);
    return number_make(r[3] & 1, significand, (int32_t)(r[3] >> 4 & 0xfff) % (int32_t)reach[stream % 4]);
}

static void set(mpfr_ptr out, struct number x)
{
    mpfr_set_zero(out, x.negative ? -1 : 1);
    if (x.class == NUMBER_FINITE) {
        mpfr_set_ui_2exp(out, x.significand, x.exponent, MPFR_RNDN);
        if (x.negative)
            mpfr_neg(out, out, MPFR_RNDN);
    } else if (x.class != NUMBER_ZERO)
        x.class == NUMBER_INF ? mpfr_set_inf(out, x.negative ? -1 : 1) : mpfr_set_nan(out);
}

/* The first 64 bits of v, and whether there are more. */
static void expect_sum(struct number a, struct number b, struct number got, mpfr_srcptr v)
{
    mpfr_t first;
    mpfr_init2(first, 64);
    bool more = mpfr_set(first, v, MPFR_RNDZ) != 0;
    mpfr_t mine;
    mpfr_init2(mine, 64);
    set(mine, got);
    bool normal = got.class != NUMBER_FINITE || got.significand >> 63;
    bool same = mpfr_nan_p(v) ? got.class == NUMBER_NAN
                              : mpfr_equal_p(mine, first) && mpfr_signbit(mine) == mpfr_signbit(first);
    if (!same || !normal || got.sticky != more)
        fail_msg("%c0x%llx*2^%d + %c0x%llx*2^%d: got 0x%llx*2^%d%s", a.negative ? '-' : '+',
                 (unsigned long long)a.significand, a.exponent, b.negative ? '-' : '+',
                 (unsigned long long)b.significand, b.exponent, (unsigned long long)got.significand,
                 got.exponent, got.sticky ? " and more" : "");
    mpfr_clears(first, mine, (mpfr_ptr)0);
}

static void sums(void **state)
{
    (void)state;
    mpfr_t a, b, v;
    mpfr_inits2(EXACT, a, b, v, (mpfr_ptr)0);
    uint64_t cancelled = 0, sticky = 0, zero = 0, done = 0;
    for (uint64_t i = 0; i < 200000; i++, done++) {
        struct number x = draw(i % 4, i), y = draw(i % 4, i + 1000000);
        if (i % 16 == 5) { /* neighbours: nearly everything cancels */
            y = number_negate(x);
            y.significand ^= rng_u32(22, 0, i) >> (i / 16 % 33 < 32 ? i / 16 % 32 : 31);
        }
        if (i % 64 == 7)
            y = number_negate(x);
        set(a, x);
        set(b, y);
        assert_int_equal(mpfr_add(v, a, b, MPFR_RNDN), 0);
        struct number sum = number_add(x, y);
        if (mpfr_zero_p(v))
            mpfr_set_zero(v, 1); /* x - x is +0 */
        expect_sum(x, y, sum, v);
        expect_sum(y, x, number_add(y, x), v);
        zero += sum.class == NUMBER_ZERO;
        sticky += sum.sticky;
        cancelled +=
            sum.class == NUMBER_FINITE && sum.exponent + 63 < x.exponent + 50 && x.negative != y.negative;
    }
    /* the smallest things far below: at every distance around the ends of 64 and 128 bits */
    for (int down = 0; down < 400; down++)
        for (int k = 0; k < 8; k++) {
            struct number x = number_make(k & 1, k & 2 ? UINT64_C(1) << 63 : UINT64_MAX, 0);
            struct number y = number_make(k & 4, down % 3 ? 1 : UINT64_MAX, -down);
            set(a, x);
            set(b, y);
            mpfr_add(v, a, b, MPFR_RNDN);
            if (mpfr_zero_p(v))
                mpfr_set_zero(v, 1);
            expect_sum(x, y, number_add(x, y), v);
            done++;
        }
    printf("# covered sums against MPFR: %llu, of them %llu sticky, %llu after cancellation, %llu zero\n",
           (unsigned long long)done, (unsigned long long)sticky, (unsigned long long)cancelled,
           (unsigned long long)zero);
    assert_true(sticky && cancelled && zero);
    mpfr_clears(a, b, v, (mpfr_ptr)0);
}

static struct number special(enum number_class class, bool negative)
{
    return (struct number){.class = class, .negative = negative};
}

static void sums_of_specials(void **state)
{
    (void)state;
    mpfr_t a, b, v;
    mpfr_inits2(EXACT, a, b, v, (mpfr_ptr)0);
    const struct number all[] = {special(NUMBER_ZERO, false), special(NUMBER_ZERO, true),
                                 special(NUMBER_INF, false),  special(NUMBER_INF, true),
                                 special(NUMBER_NAN, false),  number_make(false, 3, -5),
                                 number_make(true, 3, -5)};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        for (size_t j = 0; j < sizeof all / sizeof *all; j++) {
            set(a, all[i]);
            set(b, all[j]);
            mpfr_add(v, a, b, MPFR_RNDN);
            expect_sum(all[i], all[j], number_add(all[i], all[j]), v);
        }
    mpfr_clears(a, b, v, (mpfr_ptr)0);
}

/* x with half a unit more for its sticky part: what number_compare promises to order rightly. */
static void set_sticky(mpfr_ptr out, struct number x)
{
    set(out, x);
    mpfr_t half;
    mpfr_init2(half, 64);
    if (x.class == NUMBER_FINITE && x.sticky) {
        mpfr_set_si_2exp(half, x.negative ? -1 : 1, x.exponent - 1, MPFR_RNDN);
        mpfr_add(out, out, half, MPFR_RNDN);
    }
    mpfr_clear(half);
}

static void order(void **state)
{
    (void)state;
    mpfr_t a, b;
    mpfr_inits2(EXACT, a, b, (mpfr_ptr)0);
    uint64_t done = 0, equal = 0;
    for (uint64_t i = 0; i < 200000; i++) {
        struct number x = draw(i % 4, i), y = draw(i % 4, i + 2000000);
        if (i % 4 == 1) { /* the same, or neighbours */
            y = x;
            y.significand += i / 4 % 3 == 0 && x.significand != UINT64_MAX;
            y.negative ^= i / 8 % 5 == 0;
        }
        if (i % 7 == 0)
            y = special((enum number_class)(i / 7 % 3 == 1 ? NUMBER_ZERO : i / 7 % 3), i & 1);
        if (i % 11 == 0)
            x = special(i & 2 ? NUMBER_ZERO : NUMBER_INF, i & 1);
        if (x.class == NUMBER_FINITE)
            x.sticky = i % 3 == 0;
        else if (y.class == NUMBER_FINITE)
            y.sticky = i % 3 == 1;
        if (y.class == NUMBER_FINITE && !x.sticky)
            y.sticky = i % 5 == 0;
        set_sticky(a, x);
        set_sticky(b, y);
        int want = mpfr_cmp(a, b), got = number_compare(x, y);
        want = (want > 0) - (want < 0);
        int magnitude = mpfr_cmpabs(a, b), mine = number_compare_magnitude(x, y);
        magnitude = (magnitude > 0) - (magnitude < 0);
        if (got != want || number_compare(y, x) != -want || mine != magnitude)
            fail_msg("order of 0x%llx*2^%d (class %d) and 0x%llx*2^%d (class %d): got %d, want %d",
                     (unsigned long long)x.significand, x.exponent, x.class,
                     (unsigned long long)y.significand, y.exponent, y.class, got, want);
        equal += want == 0;
        done++;
    }
    printf("# covered order against MPFR: %llu pairs, %llu equal\n", (unsigned long long)done,
           (unsigned long long)equal);
    assert_true(equal);
    mpfr_clears(a, b, (mpfr_ptr)0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sums),
        cmocka_unit_test(sums_of_specials),
        cmocka_unit_test(order),
    };
    return cmocka_run_group_tests_name("number", tests, NULL, NULL);
}
