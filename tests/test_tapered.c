/* Posits, takums, logarithmic numbers and HiFloat8 against what is published of them, their names, and the
 * powers of two that logarithmic formats are made of. test_ladder has the rounding. */
#include "tests/check.h"

#include <math.h>
#include <mpfr.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "formats/exp2_fixed.h"
#include "formats/format.h"
#include "sim/base/rng.h"

#define COUNT(a) (sizeof(a) / sizeof *(a))

static struct format named(const char *name)
{
    struct format f;
    if (!format_by_name(name, &f, NULL))
        fail_msg("no format '%s'", name);
    assert_null(format_problem(&f));
    return f;
}

static uint32_t code_of(const struct format *f, double x, enum round_mode mode, enum overflow_mode overflow)
{
    return format_round(f, number_from_f64(x), &(struct rounding){.mode = mode, .overflow = overflow}, 0)
        .code;
}

/* --- posits --- */

/* The tables of posit<3,0>, <4,0> and <4,1> in the documentation of stillwater-sc/universal
 * (number/posit/tables), positive half. */
static void posit_tables(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        int n;
        double value[7];
    } tables[] = {{"posit3es0", 3, {0.5, 1, 2}},
                  {"posit4es0", 7, {0.25, 0.5, 0.75, 1, 1.5, 2, 4}},
                  {"posit4es1", 7, {0.0625, 0.25, 0.5, 1, 2, 4, 16}}};
    for (size_t t = 0; t < COUNT(tables); t++) {
        struct format f = named(tables[t].name);
        uint32_t all = format_code_mask(&f) + 1;
        for (uint32_t i = 0; i < (uint32_t)tables[t].n; i++) {
            assert_true(format_value(&f, i + 1) == tables[t].value[i]);
            assert_true(format_value(&f, all - i - 1) == -tables[t].value[i]);
        }
        assert_true(isnan(format_value(&f, all / 2)));
    }
}

/* What is published of rounding to posits. */
static void posit_rounding(void **state)
{
    (void)state;
    struct format p8 = named("posit8");
    /* between 65536 and 262144 the 9-bit posit 131072 decides, not the mean 163840 */
    assert_int_equal(code_of(&p8, 144179.2, ROUND_RNE, OVERFLOW_SATURATE), 0x7d);
    assert_int_equal(code_of(&p8, 131072, ROUND_RNE, OVERFLOW_SATURATE), 0x7c);
    assert_int_equal(code_of(&p8, 1e8, ROUND_RNE, OVERFLOW_INFINITY), 0x7f); /* SoftPosit.jl: 16777216 */
    assert_int_equal(code_of(&p8, 1e30, ROUND_RNE, OVERFLOW_NAN), 0x7f);
    assert_int_equal(code_of(&p8, -1e-30, ROUND_RNE, OVERFLOW_SATURATE), 0xff); /* never zero */
    assert_int_equal(code_of(&p8, -1e-30, ROUND_RTZ, OVERFLOW_SATURATE), 0);    /* but toward zero */
    assert_int_equal(code_of(&p8, HUGE_VAL, ROUND_RNE, OVERFLOW_INFINITY), 0x80);
    assert_int_equal(code_of(&p8, HUGE_VAL, ROUND_RNE, OVERFLOW_SATURATE), 0x7f);
    assert_int_equal(code_of(&p8, (double)NAN, ROUND_RNE, OVERFLOW_SATURATE), 0x80);
    /* softposit crate, p8e0: 64 and more is the largest, 2^-6 and less the smallest */
    struct format p8e0 = named("posit8es0");
    assert_true(number_to_f64(format_max(&p8e0)) == 64);
    assert_true(number_to_f64(format_min_positive(&p8e0)) == 0.015625);
}

/* --- takums --- */

/* Takums.jl, which binds libtakum: Takum8(4.0) prints 3.955 and its square root 2.117; eps of each type is
 * the distance of 1 and its upper neighbour, rounded to the type; the largest whole-number runs of linear
 * takums. */
static void takum_published(void **state)
{
    (void)state;
    struct format log8 = named("takum_log8"), log16 = named("takum_log16"), log32 = named("takum_log32");
    struct format lin8 = named("takum_lin8"), lin16 = named("takum_lin16"), lin32 = named("takum_lin32");
    uint32_t four = code_of(&log8, 4.0, ROUND_RNE, OVERFLOW_SATURATE);
    double shown = format_value(&log8, four);
    assert_true(fabs(shown - 3.955) < 0.0005);
    double root = format_value(&log8, code_of(&log8, sqrt(4.0), ROUND_RNE, OVERFLOW_SATURATE));
    assert_true(fabs(root - 2.117) < 0.0005);
    const struct {
        struct format *f;
        uint32_t one, eps;
    } c[] = {{&log8, 0x40, 0x2b}, {&log16, 0x4000, 0x1f2f}, {&log32, 0x40000000, 0x160bc2b0},
             {&lin8, 0x40, 0x30}, {&lin16, 0x4000, 0x2400}, {&lin32, 0x40000000, 0x1a000000}};
    for (size_t i = 0; i < COUNT(c); i++) {
        double one = format_value(c[i].f, c[i].one), gap = format_value(c[i].f, c[i].one + 1) - one;
        assert_true(one == 1);
        uint32_t eps = code_of(c[i].f, gap, ROUND_RNE, OVERFLOW_SATURATE);
        if (eps != c[i].eps)
            fail_msg("%s: eps 0x%x, libtakum has 0x%x", c[i].f->name, eps, c[i].eps);
    }
    assert_true(number_to_f64(format_max(&lin32)) == (2 - 0x1p-20) * 0x1p254);
}

/* --- logarithmic numbers --- */

/* Rounding is that of log2|x| to a multiple of 2^-F, as universal's conversion does it, also next to zero. */
static void lns_rounds_logarithms(void **state)
{
    (void)state;
    static const char *const names[] = {"lns4f3", "lns5f10", "lns3f5", "lns8f0"};
    mpfr_t log;
    mpfr_init2(log, 200);
    for (size_t n = 0; n < COUNT(names); n++) {
        struct format f = named(names[n]);
        long all = 1L << (f.bits - 1), least = -all / 2, most = all / 2 - 1;
        for (uint64_t i = 0; i < 20000; i++) {
            double reach = ldexp(1, f.exponent_bits - 1) * 1.1;
            double x = exp2(reach * ldexp((double)rng_u32(3, n, i), -31) - reach);
            mpfr_set_d(log, x, MPFR_RNDN);
            mpfr_log2(log, log, MPFR_RNDN);
            mpfr_mul_2si(log, log, f.fraction_bits, MPFR_RNDN);
            long k = mpfr_get_si(log, MPFR_RNDN);
            k = k < least ? least : k > most ? most : k; /* `least` is the code of zero */
            uint32_t want = (uint32_t)k & (uint32_t)(all - 1);
            uint32_t got = code_of(&f, x, ROUND_RNE, OVERFLOW_SATURATE);
            if (got != want)
                fail_msg("%s %a: code 0x%x, the logarithm says 0x%x", f.name, x, got, want);
        }
    }
    mpfr_clear(log);
    struct format f = named("lns7f0"); /* powers of two */
    for (uint32_t code = 1; code < 64; code++)
        assert_true(format_value(&f, code) == ldexp(1, (int)code));
}

/* --- HiFloat8 --- */

/* The published conversion of binary32 restated: half up in the binade of x with 3, 2, 1 or 0 fraction bits,
 * infinity from 40960 on, and below 2^-22 one of two rules. */
static double hif8_published(float x, bool tie_to_zero)
{
    double a = fabs((double)x);
    int e;
    if (a >= 40960)
        return copysign(HUGE_VAL, (double)x);
    if (tie_to_zero ? a <= 0x1p-23 : a < 0x1p-23)
        return 0;
    frexp(a, &e);
    e = e - 1 == -23 ? -22 : e - 1;
    int m = abs(e) <= 3 ? 3 : abs(e) <= 7 ? 2 : abs(e) <= 15 ? 1 : 0;
    return copysign(ldexp(floor(ldexp(a, m - e) + 0.5), e - m), (double)x);
}

static void hif8_is_the_published_one(void **state)
{
    (void)state;
    uint64_t inputs = 0;
    static const char *const names[] = {"hif8", "hif8_cann"};
    for (size_t n = 0; n < COUNT(names); n++) {
        struct format f = named(names[n]);
        /* every binary32 number of 8 significant bits: all values, boundaries and midpoints, each with
         * neighbours */
        for (uint32_t top = 0; top < 0x7f80; top++)
            for (uint32_t d = 0; d < 5; d++, inputs++) {
                uint32_t u = (top << 16) + d - 2;
                if (u > 0x7f7fffff)
                    continue;
                float x = f32_from_bits(d & 1 ? u | 0x80000000 : u);
                double want = hif8_published(x, n == 0);
                double got = format_value(&f, code_of(&f, (double)x, ROUND_RNA, OVERFLOW_INFINITY));
                if (got != want)
                    fail_msg("%s %a: %a, the published conversion gives %a", f.name, (double)x, got, want);
            }
    }
    printf("# covered HiFloat8 against its published conversion: %llu binary32 inputs\n",
           (unsigned long long)inputs);
    /* from the tests of CANN (ge, hif8_t): binary32 bits and code */
    static const struct {
        uint32_t bits, code;
    } pairs[] = {{0x3638c290, 0x04}, {0x3698aeb6, 0x05}, {0x36e515dd, 0x06}, {0x37070bff, 0x06},
                 {0x358b4f67, 0x03}, {0x3f48849e, 0x1d}, {0x3cfdc7cd, 0x54}, {0x3f112a2c, 0x19},
                 {0x3e2040ed, 0x3a}, {0x43411383, 0x4e}, {0x438e0e21, 0x60}, {0x43b308db, 0x61},
                 {0x4686c7e7, 0x6c}, {0x46e1ca4a, 0x6e}, {0x4743505e, 0x6f}};
    struct format cann = named("hif8_cann");
    for (size_t i = 0; i < COUNT(pairs); i++)
        assert_int_equal(code_of(&cann, (double)f32_from_bits(pairs[i].bits), ROUND_RNA, OVERFLOW_INFINITY),
                         pairs[i].code);
}

/* --- 2^y --- */

static double units_off(unsigned __int128 got, mpfr_srcptr log)
{
    mpfr_t want, have;
    mpfr_inits2(300, want, have, (mpfr_ptr)0);
    mpfr_exp2(want, log, MPFR_RNDN);
    mpfr_mul_2ui(want, want, 127, MPFR_RNDN);
    mpfr_set_ui_2exp(have, (uint64_t)(got >> 64), 64, MPFR_RNDN);
    mpfr_add_ui(have, have, (uint64_t)got, MPFR_RNDN);
    mpfr_sub(have, have, want, MPFR_RNDN);
    double off = fabs(mpfr_get_d(have, MPFR_RNDA));
    mpfr_clears(want, have, (mpfr_ptr)0);
    return off;
}

static void set_fixed(mpfr_ptr out, struct log2_fixed y)
{
    mpfr_set_ui_2exp(out, (uint64_t)(y.fraction >> 64), -64, MPFR_RNDN);
    mpfr_t low;
    mpfr_init2(low, 64);
    mpfr_set_ui_2exp(low, (uint64_t)y.fraction, -128, MPFR_RNDN);
    mpfr_add(out, out, low, MPFR_RNDN);
    mpfr_add_si(out, out, y.whole, MPFR_RNDN);
    mpfr_clear(low);
}

/* The error bounds of exp2_fixed.c, its 64 constants one by one, and log2(sqrt(e)). */
static void powers_of_two(void **state)
{
    (void)state;
    mpfr_t y, want;
    mpfr_inits2(300, y, want, (mpfr_ptr)0);
    for (int i = 1; i <= 64; i++) { /* one factor: the constant itself, less the bit that is shifted in */
        struct log2_fixed one = {0, (unsigned __int128)1 << (128 - i)};
        set_fixed(y, one);
        if (units_off(exp2_fixed(one.fraction), y) > 8)
            fail_msg("the constant 2^(2^-%d) is off", i);
    }
    double most = 0;
    for (uint64_t i = 0; i < 20000; i++) {
        uint32_t r[4];
        rng_u32x4(2, 0, i, r);
        struct log2_fixed f = {0, (unsigned __int128)((uint64_t)r[0] << 32 | r[1]) << 64 |
                                      ((uint64_t)r[2] << 32 | r[3])};
        set_fixed(y, f);
        most = fmax(most, units_off(exp2_fixed(f.fraction), y));
    }
    assert_true(most < 512);
    printf("# covered 2^f: 20000 fractions, at most %.0f units of 2^-127 off\n", most);
    for (uint64_t i = 0; i < 20000; i++) {
        int64_t n = (int64_t)((uint64_t)rng_u32(2, 1, i) << 4 | rng_u32(2, 2, i) % 16) * (i % 2 ? -1 : 1);
        set_fixed(y, log2_fixed_sqrt_e(n));
        mpfr_set_ui(want, 1, MPFR_RNDN);
        mpfr_exp(want, want, MPFR_RNDN);
        mpfr_log2(want, want, MPFR_RNDN);
        mpfr_mul_si(want, want, n, MPFR_RNDN);
        mpfr_mul_2si(want, want, -29, MPFR_RNDN);
        mpfr_sub(want, want, y, MPFR_RNDN);
        assert_true(fabs(mpfr_get_d(want, MPFR_RNDN)) <= 0x1p-120);
        struct log2_fixed fixed = log2_fixed_make(n, 5 + (int)(i % 35));
        set_fixed(y, fixed);
        mpfr_set_si_2exp(want, n, -5 - (mpfr_exp_t)(i % 35), MPFR_RNDN);
        assert_true(mpfr_equal_p(want, y));
    }
    mpfr_clears(y, want, (mpfr_ptr)0);
}

/* --- names --- */

static void expect_name(const char *text, const char *name)
{
    struct format f = named(text);
    assert_string_equal(f.name, name);
    const struct format *registered = format_find(name);
    if (registered) /* one name, one format, however it is written */
        assert_memory_equal(&f, registered, sizeof f);
}

static void names(void **state)
{
    (void)state;
    static const char *const same[][2] = {{"posit8", "posit8"},
                                          {"POSIT16", "posit16"},
                                          {"posit8es2", "posit8"},
                                          {"posit16es1", "posit16es1"},
                                          {"posit32", "posit32"},
                                          {"posit2es4", "posit2es4"},
                                          {"takum_lin8", "takum_lin8"},
                                          {"takum-lin8", "takum_lin8"},
                                          {"takum_linear8", "takum_lin8"},
                                          {"takum_linear7", "takum_lin7"},
                                          {"takum-log16", "takum_log16"},
                                          {"takum_log32", "takum_log32"},
                                          {"lns4f3", "lns4f3"},
                                          {"LNS8F23", "lns8f23"},
                                          {"hif8", "hif8"},
                                          {"hifloat8", "hif8"}};
    for (size_t i = 0; i < COUNT(same); i++)
        expect_name(same[i][0], same[i][1]);
    static const struct {
        const char *name, *why; /* NULL: plainly unknown */
    } bad[] = {{"posit1", "2 to 32 bits"},
               {"posit33", "2 to 32 bits"},
               {"posit8es5", "0 to 4 exponent bits"},
               {"posit", NULL},
               {"posit8x", NULL},
               {"posit8es", NULL},
               {"takum", "two takums"},
               {"takum8", "two takums"},
               {"takum_lin33", "2 to 32 bits"},
               {"takum_log1", "2 to 32 bits"},
               {"takum_", NULL},
               {"lns0f4", "1 to 10 integer bits"},
               {"lns11f4", "1 to 10 integer"},
               {"lns4f28", "2 to 32 bits"},
               {"lns8", NULL},
               {"hif4", NULL}};
    for (size_t i = 0; i < COUNT(bad); i++) {
        struct format f;
        const char *why;
        if (format_by_name(bad[i].name, &f, &why))
            fail_msg("'%s' is no format", bad[i].name);
        if (!why != !bad[i].why || (why && !strstr(why, bad[i].why)))
            fail_msg("'%s': %s", bad[i].name, why ? why : "no reason");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(posit_tables),
        cmocka_unit_test(posit_rounding),
        cmocka_unit_test(takum_published),
        cmocka_unit_test(lns_rounds_logarithms),
        cmocka_unit_test(hif8_is_the_published_one),
        cmocka_unit_test(powers_of_two),
        cmocka_unit_test(names),
    };
    return cmocka_run_group_tests_name("tapered", tests, NULL, NULL);
}
