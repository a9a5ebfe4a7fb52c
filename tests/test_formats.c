/* Formats against MPFR: decode of every code, encode at every decision point under every mode and policy. */
#include "tests/check.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "formats/format.h"
#include "sim/base/rng.h"
#include "tests/oracle.h"

#if defined(__SANITIZE_ADDRESS__)
#define SANITIZED 1
#else
#define SANITIZED 0
#endif

static uint64_t cases, conversions, formats_done;

/* Formats beyond the registry that exercise each corner of the families. */
static struct format variants[64];
static size_t n_variants;

static void add_variant(const char *name, enum specials specials, enum subnormals subnormals, int bias_shift)
{
    struct format f;
    assert_true(format_by_name(name, &f, NULL));
    if (f.family == &family_float) {
        f.specials = specials;
        f.subnormals = subnormals;
        f.bias += bias_shift;
    }
    assert_null(format_problem(&f));
    variants[n_variants++] = f;
}

static void add_int(int bits, enum int_codes codes, int fraction_bits)
{
    struct format f = {.family = &family_int, .bits = bits, .codes = codes, .fraction_bits = fraction_bits};
    snprintf(f.name, sizeof f.name, "int%d", bits);
    assert_null(format_problem(&f));
    variants[n_variants++] = f;
}

static int setup(void **state)
{
    (void)state;
    for (size_t i = 0; i < format_count(); i++) {
        if (format_at(i)->family->ladder) /* proven by tests of their own */
            continue;
        variants[n_variants++] = *format_at(i);
    }
    for (int s = 0; s < SPECIALS_KINDS; s++) {
        add_variant("e4m3", (enum specials)s, SUBNORMALS_OFF, 0);
        add_variant("e2m1", (enum specials)s, SUBNORMALS_ON, 5);
        add_variant("e3m0", (enum specials)s, SUBNORMALS_ON, 0);
        add_variant("e1m3", (enum specials)s, SUBNORMALS_ON, 1);
        if (s != SPECIALS_IEEE)
            add_variant("e0m4", (enum specials)s, SUBNORMALS_ON, 0);
        if (s != SPECIALS_FNUZ)
            add_variant("e3m2", (enum specials)s, SUBNORMALS_NONE, 2);
    }
    add_variant("e11m4", SPECIALS_IEEE, SUBNORMALS_ON, 0);
    add_variant("e8m3", SPECIALS_NONE, SUBNORMALS_ON, 0);
    for (int codes = 0; codes < CODES_KINDS; codes++) {
        add_int(8, (enum int_codes)codes, 6);
        add_int(3, (enum int_codes)codes, 0);
        add_int(12, (enum int_codes)codes, -3);
    }
    add_int(16, CODES_SYM, 0);
    struct format ue4m3 = *format_find("e4m3");
    ue4m3.is_unsigned = true;
    ue4m3.bits = 7;
    strcpy(ue4m3.name, "ue4m3");
    assert_null(format_problem(&ue4m3));
    variants[n_variants++] = ue4m3;
    return 0;
}

static void fail_case(const struct format *f, const struct rounding *r, uint32_t bits, uint32_t random,
                      uint32_t got, uint32_t want)
{
    fail_msg(
        "%s specials=%s subnormals=%s round=%s overflow=%s nan=%s neg_zero=%s sr_bits=%d: input %a (0x%08x), "
        "random 0x%08x: got code 0x%x (%a), MPFR says 0x%x (%a)",
        f->name, specials_names[f->specials], subnormals_names[f->subnormals], round_mode_names[r->mode],
        overflow_mode_names[r->overflow], nan_mode_names[r->nan], neg_zero_mode_names[r->neg_zero],
        r->sr_bits, (double)f32_from_bits(bits), bits, random, got, format_value(f, got), want,
        format_value(f, want));
}

static void try_all(const struct format *f, uint32_t bits, struct oracle_case *c, mpfr_ptr x)
{
    float v = f32_from_bits(bits);
    struct number n = number_from_f32(v);
    bool finite = n.class == NUMBER_FINITE;
    if (finite) {
        mpfr_set_flt(x, v, MPFR_RNDN);
        oracle_case_set(c, f, x);
    }
    cases++;
    uint32_t random = rng_u32(11, bits, (uint64_t)f->bits);
    for (int mode = 0; mode < ROUND_MODES; mode++) {
        struct rounding r = {.mode = (enum round_mode)mode,
                             .sr_bits = mode == ROUND_SR ? (int)(bits % 33) : 0};
        bool up = finite && oracle_rounds_up(c, &r, random);
        for (int policy = 0; policy < OVERFLOW_MODES * NEG_ZERO_MODES * NAN_MODES; policy++) {
            r.overflow = (enum overflow_mode)(policy % OVERFLOW_MODES);
            r.neg_zero = (enum neg_zero_mode)(policy / OVERFLOW_MODES % NEG_ZERO_MODES);
            r.nan = (enum nan_mode)(policy / OVERFLOW_MODES / NEG_ZERO_MODES);
            if (finite && r.nan) /* a finite value never meets the NaN policy */
                continue;
            uint32_t want =
                finite ? oracle_encode(c, up, f, &r) : oracle_encode_special(n.class, n.negative, f, &r);
            uint32_t got = format_round(f, n, &r, random).code;
            conversions++;
            if (got != want)
                fail_case(f, &r, bits, random, got, want);
        }
    }
}

/* A binary32 value, its two neighbours, and the same three negated. */
static void try_around(const struct format *f, float v, struct oracle_case *c, mpfr_ptr x)
{
    uint32_t u = bits_from_f32(v) & 0x7fffffff;
    for (int d = -1; d <= 1; d++) {
        if ((u == 0 && d < 0) || u + (uint32_t)d > 0x7f800000)
            continue;
        try_all(f, u + (uint32_t)d, c, x);
        try_all(f, (u + (uint32_t)d) | 0x80000000, c, x);
    }
}

/* Every value and midpoint of the format (a spread of them above 16 bits), specials, binary32 extremes,
 * random bits. */
static void check_encode(const struct format *f)
{
    struct oracle_case c;
    mpfr_t x;
    oracle_case_init(&c);
    mpfr_init2(x, 53);
    uint64_t codes = UINT64_C(1) << (f->bits - !f->is_unsigned);
    uint64_t step = f->bits > 24 ? 200003 : f->bits > 16 ? 13 : 1;
    if (SANITIZED && f->bits > 8) /* the sanitizers look for wrong accesses, not for wrong bits */
        step *= 37;
    for (uint64_t code = 0; code < codes; code += step) {
        struct number low = format_decode(f, (uint32_t)code), high = format_decode(f, (uint32_t)code + 1);
        if (low.class > NUMBER_FINITE)
            continue;
        double a = number_to_f64(low);
        /* above the top value, the midpoint to the value an unbounded range would have next */
        double b = code + 1 < codes && high.class <= NUMBER_FINITE
                       ? number_to_f64(high)
                       : 2 * a - format_value(f, (uint32_t)code - 1);
        try_around(f, (float)a, &c, x);
        try_around(f, (float)((a + b) / 2), &c, x);
        try_around(f, (float)b, &c, x);
    }
    static const uint32_t extremes[] = {0x00000000, 0x00000001, 0x007fffff, 0x00800000, 0x3f800000,
                                        0x7f7fffff, 0x7f800000, 0x7fc00000, 0x7f800001, 0x7fffffff};
    for (size_t i = 0; i < sizeof extremes / sizeof *extremes; i++) {
        try_all(f, extremes[i], &c, x);
        try_all(f, extremes[i] | 0x80000000, &c, x);
    }
    for (uint64_t i = 0; i < 2000; i++)
        try_all(f, rng_u32(5, 0, i), &c, x);
    for (uint64_t i = 0; i < 2000; i++) { /* random values near the format's own range */
        double top = number_to_f64(format_max(f));
        try_all(f, bits_from_f32((float)(top * 1.5 * ((double)rng_u32(5, 1, i) * 0x1p-31 - 1))), &c, x);
    }
    mpfr_clear(x);
    oracle_case_clear(&c);
    formats_done++;
}

static void encode_equals_mpfr(void **state)
{
    (void)state;
    for (size_t i = 0; i < n_variants; i++)
        check_encode(&variants[i]);
    printf("# covered encode against MPFR: %llu formats x %d modes x %d overflow policies, %llu inputs, "
           "%llu conversions\n",
           (unsigned long long)formats_done, ROUND_MODES, OVERFLOW_MODES, (unsigned long long)cases,
           (unsigned long long)conversions);
}

static void decode_equals_mpfr(void **state)
{
    (void)state;
    mpfr_t want;
    mpfr_init2(want, 64);
    uint64_t codes_done = 0;
    for (size_t i = 0; i < n_variants; i++) {
        const struct format *f = &variants[i];
        uint64_t codes = UINT64_C(1) << f->bits, step = f->bits > 24 ? 99991 : 1;
        for (uint64_t code = 0; code < codes; code += step, codes_done++) {
            oracle_decode(want, f, (uint32_t)code);
            double got = format_value(f, (uint32_t)code), expected = mpfr_get_d(want, MPFR_RNDN);
            bool same = isnan(expected) ? isnan(got) : bits_from_f64(got) == bits_from_f64(expected);
            if (!same)
                fail_msg("%s code 0x%llx: got %a, want %a", f->name, (unsigned long long)code, got, expected);
        }
    }
    mpfr_clear(want);
    printf("# covered decode against MPFR: %zu formats, %llu codes\n", n_variants,
           (unsigned long long)codes_done);
}

/* Every code of every format of 16 bits or fewer comes back, NaN to NaN. */
static void round_trip(void **state)
{
    (void)state;
    struct rounding r = {.mode = ROUND_RNE, .overflow = OVERFLOW_INFINITY};
    for (size_t i = 0; i < n_variants; i++) {
        const struct format *f = &variants[i];
        if (f->bits > 19)
            continue;
        for (uint32_t code = 0; code <= format_code_mask(f); code++) {
            struct number x = format_decode(f, code);
            struct encoded back = format_round(f, x, &r, 0);
            struct number y = format_decode(f, back.code);
            bool unused =
                f->subnormals == SUBNORMALS_OFF || (f->family == &family_int && f->codes == CODES_SYM);
            if (x.class == NUMBER_NAN)
                assert_int_equal(y.class, NUMBER_NAN);
            else if (back.code != code && !unused)
                fail_msg("%s: code 0x%x came back as 0x%x", f->name, code, back.code);
            if (!unused)
                assert_int_equal(back.events & ~(uint32_t)EVENT_NAN, 0);
        }
    }
}

static void goldens(void **state)
{
    (void)state;
    struct rounding r = {.mode = ROUND_RNE, .overflow = OVERFLOW_INFINITY};
    for (size_t i = 0; i < format_count(); i++) {
        const struct format *f = format_at(i);
        assert_null(format_problem(f));
        assert_true((f->goldens >= 4 || f->goldens >> f->bits) && f->golden_source && f->doc && f->citation);
        assert_ptr_equal(format_find(f->name), f);
        for (size_t g = 0; g < f->goldens; g++) {
            double v = format_value(f, f->golden[g].code), want = f->golden[g].value;
            bool same = isnan(want) ? isnan(v) : bits_from_f64(v) == bits_from_f64(want);
            if (!same)
                fail_msg("%s golden 0x%x: got %a, want %a", f->name, f->golden[g].code, v, want);
            struct encoded e = format_round(f, number_from_f64(want), &r, 0);
            double again = format_value(f, e.code);
            bool clipped = f->family == &family_int && want < -number_to_f64(format_max(f));
            if (!isnan(want) && !clipped)
                assert_true(bits_from_f64(again) == bits_from_f64(want));
        }
    }
}

static void properties_of(const struct format *f, const struct rounding *r)
{
    double previous = -HUGE_VAL;
    double top = fmin(number_to_f64(format_max(f)), 0x1p100);
    for (int i = -400; i <= 400; i++) {
        double x = (double)(float)(top * 1.2 * i / 400.0 * fabs(i / 400.0));
        struct encoded e = format_round(f, number_from_f64(x), r, 0x80000000);
        double y = format_value(f, e.code);
        if (f->is_unsigned && x < 0)
            continue;
        if (y < previous)
            fail_msg("%s %s: not monotone at %a", f->name, round_mode_names[r->mode], x);
        previous = y;
        struct encoded again = format_round(f, number_from_f64(y), r, 0x80000000);
        if (bits_from_f64(format_value(f, again.code)) != bits_from_f64(y))
            fail_msg("%s %s: not idempotent at %a", f->name, round_mode_names[r->mode], x);
        bool symmetric = !f->is_unsigned && !(f->family == &family_int && f->codes == CODES_TWOS) &&
                         r->mode != ROUND_RUP && r->mode != ROUND_RDN;
        if (symmetric) {
            double minus = format_value(f, format_round(f, number_from_f64(-x), r, 0x80000000).code);
            if (minus != -y)
                fail_msg("%s %s: not symmetric at %a", f->name, round_mode_names[r->mode], x);
        }
    }
}

static void properties(void **state)
{
    (void)state;
    for (size_t i = 0; i < n_variants; i++)
        for (int mode = 0; mode < ROUND_MODES; mode++)
            for (int overflow = 0; overflow < OVERFLOW_MODES - 2; overflow++) {
                struct rounding r = {.mode = (enum round_mode)mode, .overflow = (enum overflow_mode)overflow};
                properties_of(&variants[i], &r);
            }
}

static void expect_events(const char *name, double x, uint32_t want, uint32_t mask)
{
    struct rounding r = {.mode = ROUND_RNE};
    struct format f;
    assert_true(format_by_name(name, &f, NULL));
    uint32_t got = format_round(&f, number_from_f64(x), &r, 0).events & mask;
    if (got != want)
        fail_msg("%s %a: events 0x%x, want 0x%x", name, x, got, want);
}

static void events(void **state)
{
    (void)state;
    expect_events("e4m3", 1.0, 0, ~0u);
    expect_events("e4m3", 1.01, EVENT_INEXACT, ~0u);
    expect_events("e4m3", 464.0, EVENT_INEXACT | EVENT_NEAR_TIE, ~0u);
    expect_events("e4m3", 465.0, EVENT_INEXACT | EVENT_SATURATED, ~0u);
    expect_events("e4m3", HUGE_VAL, EVENT_INEXACT | EVENT_SATURATED, ~0u);
    expect_events("e4m3", 0x1p-11, EVENT_INEXACT | EVENT_FLUSHED, ~0u);
    expect_events("e2m1", 2.5, EVENT_INEXACT | EVENT_NEAR_TIE, ~0u);
    expect_events("e2m1", 2.5 * (1 + 0x1p-24), EVENT_INEXACT | EVENT_NEAR_TIE, ~0u);
    expect_events("e2m1", 2.5 * (1 + 0x1p-22), EVENT_INEXACT, ~0u);
    expect_events("e2m1", (double)NAN, EVENT_NAN_LOST, ~0u);
    expect_events("e4m3", (double)NAN, EVENT_NAN, ~0u);
    expect_events("e4m3fnuz", -0.0, EVENT_SIGN_LOST, ~0u);
    expect_events("e8m0", 0.0, EVENT_RAISED | EVENT_INEXACT, ~0u);
    expect_events("e8m0", -1.0, EVENT_NAN | EVENT_SIGN_LOST, ~0u);
    expect_events("int8", 127.6, EVENT_SATURATED | EVENT_INEXACT, ~0u);
    expect_events("int8", -0.0, EVENT_SIGN_LOST, ~0u);
}

static void names(void **state)
{
    (void)state;
    struct format f;
    const char *why;
    assert_true(format_by_name("float8_e4m3fn", &f, &why));
    assert_string_equal(f.name, "e4m3");
    assert_true(format_by_name("E5M10", &f, &why));
    assert_true(f.bits == 16 && f.bias == 15 && f.specials == SPECIALS_NONE);
    assert_true(format_by_name("e0m7", &f, &why)); /* 127/64: MXINT8 without its -2 */
    assert_true(number_to_f64(format_max(&f)) == 127.0 / 64);
    assert_true(format_by_name("int16", &f, &why));
    static const char *const bad[] = {"",      "e",     "e4",   "e4m",   "e4m3x", "e04m3",
                                      "e12m1", "e8m24", "e0m0", "int",   "int1",  "int17",
                                      "int8x", "m3",    "fp9",  "e-1m2", "e100m1"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        if (format_by_name(bad[i], &f, &why))
            fail_msg("'%s' is no format", bad[i]);
    assert_false(format_by_name("e12m1", &f, &why));
    assert_non_null(why);
    assert_true(format_by_name("e11m4", &f, &why)); /* 2^1024 and more does not fit binary64 */
    assert_non_null(format_problem(&f));
}

/* Products and quotients of 64-bit significands: 64 bits, and sticky exactly when something fell off. */
static void number_sticky(void **state)
{
    (void)state;
    mpfr_t a, b, r, kept;
    mpfr_inits2(64, a, b, kept, (mpfr_ptr)0);
    mpfr_init2(r, 128);
    for (uint64_t i = 0; i < 20000; i++) {
        uint32_t u[4];
        rng_u32x4(8, 0, i, u);
        uint64_t x = (uint64_t)u[0] << 32 | u[1], y = (uint64_t)u[2] << 32 | u[3];
        x >>= u[1] % 40; /* short and long ones */
        y >>= u[3] % 40;
        if (!x || !y)
            continue;
        mpfr_set_ui(a, x, MPFR_RNDN);
        mpfr_set_ui(b, y, MPFR_RNDN);
        for (int divide = 0; divide < 2; divide++) {
            struct number nx = number_make(false, x, 0), ny = number_make(true, y, 0);
            struct number n = divide ? number_div(nx, ny) : number_mul(nx, ny);
            int inexact = divide ? mpfr_div(kept, a, b, MPFR_RNDZ) : mpfr_mul(kept, a, b, MPFR_RNDZ);
            mpfr_set_ui_2exp(r, n.significand, n.exponent, MPFR_RNDN);
            assert_true(n.negative && n.significand >> 63);
            assert_true(mpfr_equal_p(r, kept));
            assert_int_equal(n.sticky, inexact != 0);
        }
    }
    mpfr_clears(a, b, r, kept, (mpfr_ptr)0);
}

/* Quotients and products keep every bit that rounding can see. */
static void number_arithmetic(void **state)
{
    (void)state;
    mpfr_t a, b, q;
    mpfr_inits2(200, a, b, q, (mpfr_ptr)0);
    for (uint64_t i = 0; i < 20000; i++) {
        float x = f32_from_bits(rng_u32(3, 0, i)), y = f32_from_bits(rng_u32(3, 1, i));
        if (!isfinite(x) || !isfinite(y) || x == 0 || y == 0)
            continue;
        mpfr_set_flt(a, x, MPFR_RNDN);
        mpfr_set_flt(b, y, MPFR_RNDN);
        mpfr_div(q, a, b, MPFR_RNDZ);
        struct number n = number_div(number_from_f32(x), number_from_f32(y));
        assert_true(n.significand >> 63);
        assert_true(number_to_f64(n) == mpfr_get_d(q, MPFR_RNDN));
        mpfr_prec_round(q, 64, MPFR_RNDZ);
        mpfr_t back;
        mpfr_init2(back, 64);
        mpfr_set_ui_2exp(back, n.significand, n.exponent, MPFR_RNDN);
        if (n.negative)
            mpfr_neg(back, back, MPFR_RNDN);
        assert_true(mpfr_equal_p(back, q));
        mpfr_clear(back);
        mpfr_set_prec(q, 200);
        mpfr_mul(q, a, b, MPFR_RNDN);
        double product = number_to_f64(number_mul(number_from_f32(x), number_from_f32(y)));
        assert_true(product == mpfr_get_d(q, MPFR_RNDN));
    }
    mpfr_clears(a, b, q, (mpfr_ptr)0);
    for (uint64_t i = 0; i < 100000; i++) { /* carriers: the processor is the judge */
        uint64_t u = (uint64_t)rng_u32(4, 0, i) << 32 | rng_u32(4, 1, i);
        double d = f64_from_bits(u);
        if (i % 2) /* near binary32's range, subnormals included */
            d = ldexp(1 + (double)(u >> 12) * 0x1p-52, (int)(u % 300) - 160);
        if (isnan(d))
            continue;
        assert_true(bits_from_f64(number_to_f64(number_from_f64(d))) == bits_from_f64(d));
        float want = (float)d;
        assert_int_equal(bits_from_f32(number_to_f32(number_from_f64(d))), bits_from_f32(want));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(goldens),
        cmocka_unit_test(names),
        cmocka_unit_test(events),
        cmocka_unit_test(number_arithmetic),
        cmocka_unit_test(number_sticky),
        cmocka_unit_test(decode_equals_mpfr),
        cmocka_unit_test(round_trip),
        cmocka_unit_test(properties),
        cmocka_unit_test(encode_equals_mpfr),
    };
    return cmocka_run_group_tests_name("formats", tests, setup, NULL);
}
