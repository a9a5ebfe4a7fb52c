/* Formats against MPFR: decode of every code, encode at every decision point under every mode and policy. */
#include "tests/check.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "formats/float.h"
#include "sim/base/rng.h"
#include "sim/proof/oracle.h"

/* The registry, and formats beyond it that exercise each corner of the families. */
static struct format *variants;
static size_t n_variants;

static void add(struct format f)
{
    const char *why = format_problem(&f);
    if (why)
        fail_msg("%s: %s", f.name, why);
    if ((n_variants & (n_variants - 1)) == 0)
        variants = realloc(variants, (n_variants ? 2 * n_variants : 1) * sizeof *variants);
    variants[n_variants++] = f;
}

static struct format named(const char *name)
{
    struct format f;
    if (!format_by_name(name, &f, NULL))
        fail_msg("'%s' is no format", name);
    return f;
}

static void add_variant(const char *name, enum specials specials, enum subnormals subnormals, int bias_shift)
{
    struct format f = named(name);
    f.specials = specials;
    f.subnormals = subnormals;
    f.bias += bias_shift;
    add(f);
}

static void add_int(int bits, enum int_codes codes, int fraction_bits)
{
    struct format f = {.family = &family_int, .bits = bits, .codes = codes, .fraction_bits = fraction_bits};
    snprintf(f.name, sizeof f.name, "int%d", bits);
    add(f);
}

static void add_biased(const char *name, float bias, enum specials specials)
{
    struct format f = named(name);
    f.specials = specials;
    float_set_bias(&f, bias);
    assert_true(f.stretch > 0);
    add(f);
}

static bool is_p3109(const struct format *f)
{
    return f->specials == SPECIALS_P3109_FINITE || f->specials == SPECIALS_P3109_EXTENDED;
}

/* All of them: K = 3 .. 16, P = 1 .. K, signed and unsigned, extended and finite. */
static void add_p3109(void)
{
    for (int k = 3; k <= 16; k++)
        for (int p = 1; p <= k; p++)
            for (int kind = 0; kind < 4; kind++) {
                char name[FORMAT_NAME_SIZE];
                snprintf(name, sizeof name, "p3109_k%dp%d%c%c", k, p, "su"[kind / 2], "ef"[kind % 2]);
                if (!WATCHED || k < 6 || k == 8 || (k == 16 && p < 3))
                    add(named(name));
            }
}

static int setup(void **state)
{
    (void)state;
    for (size_t i = 0; i < format_count(); i++)
        add(*format_at(i));
    for (int s = 0; s < SPECIALS_KINDS; s++) {
        bool p3109 = s == SPECIALS_P3109_FINITE || s == SPECIALS_P3109_EXTENDED;
        add_variant("e4m3", (enum specials)s, SUBNORMALS_OFF, 0);
        add_variant("e2m1", (enum specials)s, SUBNORMALS_ON, 5);
        add_variant("e3m0", (enum specials)s, SUBNORMALS_ON, 0);
        add_variant("e1m3", (enum specials)s, SUBNORMALS_ON, 1);
        if (s != SPECIALS_IEEE)
            add_variant("e0m4", (enum specials)s, SUBNORMALS_ON, 0);
        if (s != SPECIALS_FNUZ && !p3109)
            add_variant("e3m2", (enum specials)s, SUBNORMALS_NONE, 2);
        if (s == SPECIALS_FNUZ)
            continue;
        add_variant("ue4m3", (enum specials)s, SUBNORMALS_ON, 0);
        add_variant("ue5m3", (enum specials)s, SUBNORMALS_OFF, -3);
        if (!p3109)
            add_variant("ue3m2", (enum specials)s, SUBNORMALS_NONE, 0);
    }
    add_variant("e11m4", SPECIALS_IEEE, SUBNORMALS_ON, 0);
    add_variant("e8m3", SPECIALS_NONE, SUBNORMALS_ON, 0);
    add(named("e11m2"));
    add(named("cfloat8_1_4_3b7"));
    add(named("cfloat8_1_5_2b63"));
    add(named("cfloat16_shpb0"));
    add_biased("e4m3", 7.3F, SPECIALS_NAN);
    add_biased("e2m1", 1.99999F, SPECIALS_NONE);
    add_biased("e3m0", 0.41503751F, SPECIALS_IEEE);
    add_biased("e5m2", -3.000001F, SPECIALS_FNUZ);
    add_biased("e0m4", 0.5F, SPECIALS_NONE);
    add_biased("ue4m3", 1000.1F, SPECIALS_P3109_EXTENDED);
    add_p3109();
    for (int codes = 0; codes < CODES_KINDS; codes++) {
        add_int(8, (enum int_codes)codes, 6);
        add_int(3, (enum int_codes)codes, 0);
        add_int(12, (enum int_codes)codes, -3);
    }
    add_int(16, CODES_SYM, 0);
    return 0;
}

/* --- encode against MPFR --- */

/* What was compared, counted by dimension: a zero is a failure. */
static struct {
    uint64_t formats, inputs, conversions;
    uint64_t mode[ROUND_MODES], sr_kind[SR_KINDS], overflow[OVERFLOW_MODES], nan[NAN_MODES];
    uint64_t neg_zero[NEG_ZERO_MODES], ftz[2];
    uint64_t exact, tie, between, sticky, beyond_f32, special;
} covered;

enum { POLICIES = OVERFLOW_MODES * NEG_ZERO_MODES * NAN_MODES * 2 };

static void set_policy(struct rounding *r, int policy)
{
    r->overflow = (enum overflow_mode)(policy % OVERFLOW_MODES);
    policy /= OVERFLOW_MODES;
    r->neg_zero = (enum neg_zero_mode)(policy % NEG_ZERO_MODES);
    policy /= NEG_ZERO_MODES;
    r->ftz = policy % 2;
    r->nan = (enum nan_mode)(policy / 2);
}

static void count(const struct rounding *r)
{
    covered.conversions++;
    covered.mode[r->mode]++;
    covered.sr_kind[r->sr_kind] += r->mode == ROUND_SR;
    covered.overflow[r->overflow]++;
    covered.nan[r->nan]++;
    covered.neg_zero[r->neg_zero]++;
    covered.ftz[r->ftz]++;
}

static void print_number(struct number x, char *out, size_t size)
{
    static const char *const words[] = {"0", "", "inf", "nan"};
    if (x.class == NUMBER_FINITE)
        snprintf(out, size, "%s0x%016llx%s*2^%d", x.negative ? "-" : "", (unsigned long long)x.significand,
                 x.sticky ? "+" : "", (int)x.exponent);
    else
        snprintf(out, size, "%s%s", x.negative ? "-" : "", words[x.class]);
}

static void fail_case(const struct format *f, const struct rounding *r, struct number x, uint32_t random,
                      uint32_t got, uint32_t want)
{
    char input[64], a[64], b[64];
    print_number(x, input, sizeof input);
    print_number(format_decode(f, got), a, sizeof a);
    print_number(format_decode(f, want), b, sizeof b);
    fail_msg(
        "%s bias=%d specials=%s subnormals=%s round=%s sr_kind=%s sr_bits=%d overflow=%s nan=%s neg_zero=%s "
        "ftz=%d: input %s, random 0x%08x: got code 0x%x (%s), MPFR says 0x%x (%s)",
        f->name, f->bias, specials_names[f->specials], subnormals_names[f->subnormals],
        round_mode_names[r->mode], sr_kind_names[r->sr_kind], r->sr_bits, overflow_mode_names[r->overflow],
        nan_mode_names[r->nan], neg_zero_mode_names[r->neg_zero], r->ftz, input, random, got, a, want, b);
}

struct bench {
    struct oracle_case c;
    mpfr_t x;
};

/* One rounding of x under the policies where they may matter, or under two of them in turn. */
static void try_rounding(const struct format *f, struct number n, const struct bench *b, struct rounding r,
                         uint32_t random, bool at_edge)
{
    bool finite = n.class == NUMBER_FINITE;
    bool up = finite && oracle_rounds_up(&b->c, &r, random);
    int first = at_edge ? 0 : (int)(random % (OVERFLOW_MODES * NEG_ZERO_MODES));
    int step = at_edge ? 1 : OVERFLOW_MODES * NEG_ZERO_MODES;
    /* a finite value never meets the NaN policy */
    for (int policy = first; policy < (finite ? POLICIES / NAN_MODES : POLICIES); policy += step) {
        set_policy(&r, policy);
        uint32_t want =
            finite ? oracle_encode(&b->c, up, f, &r) : oracle_encode_special(n.class, n.negative, f, &r);
        uint32_t got = format_round(f, n, &r, random).code;
        count(&r);
        if (got != want)
            fail_case(f, &r, n, random, got, want);
    }
}

static void try_number(const struct format *f, struct number n, struct bench *b)
{
    bool finite = n.class == NUMBER_FINITE, at_edge = true;
    covered.inputs++;
    covered.special += !finite;
    if (finite) {
        mpfr_set_ui_2exp(b->x, n.significand, n.exponent, MPFR_RNDN);
        if (n.sticky) { /* some t in (0, 1): one half */
            mpfr_mul_2ui(b->x, b->x, 1, MPFR_RNDN);
            mpfr_t t;
            mpfr_init2(t, 2);
            mpfr_set_ui_2exp(t, 1, n.exponent, MPFR_RNDN);
            mpfr_add(b->x, b->x, t, MPFR_RNDN);
            mpfr_div_2ui(b->x, b->x, 1, MPFR_RNDN);
            mpfr_clear(t);
        }
        if (n.negative)
            mpfr_neg(b->x, b->x, MPFR_RNDN);
        oracle_case_set(&b->c, f, b->x);
        at_edge = b->c.low_code == 0 || number_compare_magnitude(n, format_max(f)) > 0;
        covered.exact += b->c.exact;
        covered.tie += !b->c.exact && b->c.side == 0;
        covered.between += !b->c.exact && b->c.side != 0;
        covered.sticky += n.sticky;
        covered.beyond_f32 += number_exponent(n) > 127 || number_exponent(n) < -149;
    }
    uint32_t random = rng_u32(11, covered.inputs, (uint64_t)f->bits);
    for (int mode = 0; mode < ROUND_SR; mode++)
        try_rounding(f, n, b, (struct rounding){.mode = (enum round_mode)mode}, random ^ (uint32_t)mode * 77,
                     at_edge);
    struct rounding r = {.mode = ROUND_SR,
                         .sr_kind = (enum sr_kind)(covered.inputs % SR_KINDS),
                         .sr_bits = (int)(covered.inputs % 33)};
    try_rounding(f, n, b, r, random, at_edge);
}

static void try_signs(const struct format *f, struct number n, struct bench *b)
{
    try_number(f, n, b);
    try_number(f, number_negate(n), b);
}

/* x, its binary32 neighbours, and if `close` the numbers next to it: in the last of 64 bits below, and by
 * less than that above. */
static void try_around(const struct format *f, struct number x, bool close, struct bench *b)
{
    try_signs(f, x, b);
    if (x.class == NUMBER_FINITE && close) {
        struct number below = number_add(x, number_negate(number_pow2(x.exponent))), above = x;
        above.sticky = true;
        try_signs(f, below, b);
        try_signs(f, above, b);
    }
    uint32_t u = bits_from_f32(number_to_f32(x)) & 0x7fffffff;
    if (u - 1 < 0x7f7fffff && number_compare_magnitude(number_from_f32(f32_from_bits(u)), x) == 0)
        for (int d = -1; d <= 1; d += 2)
            try_signs(f, number_from_f32(f32_from_bits(u + (uint32_t)d)), b);
}

static struct number half(struct number x)
{
    x.exponent--;
    return x;
}

/* Every how many codes: all up to 16 bits; a spread of them above, of the many P3109 formats, and of wide
 * formats beside the registry. */
static uint64_t code_step(const struct format *f)
{
    uint64_t step = f->bits > 24 ? 200003 : f->bits > 16 ? 13 : 1;
    if (is_p3109(f) && f->bits > 8)
        step = UINT64_C(1) << (f->bits - 6) | 1;
    else if (f->bits > 12 && !format_find(f->name))
        step = 3;
    if (WATCHED && f->bits > 6) /* the sanitizers look for wrong accesses, not for wrong bits */
        step *= f->bits > 8 ? 111 : 11;
    return step;
}

/* The code to try after this one: the first and last four of them one by one. */
static uint64_t next_code(uint64_t code, uint64_t step, uint64_t codes)
{
    if (code < 4 || code + 4 >= codes)
        return code + 1;
    return code + step + 4 > codes ? codes - 4 : code + step;
}

/* Values and midpoints of the format, specials, binary32 extremes, random bits, random values of its range.
 */
static void check_encode(const struct format *f)
{
    struct bench b;
    oracle_case_init(&b.c);
    mpfr_init2(b.x, 80);
    uint64_t codes = UINT64_C(1) << (f->bits - !f->is_unsigned), step = code_step(f);
    for (uint64_t code = 0; code < codes; code = next_code(code, step, codes)) {
        struct number low = format_decode(f, (uint32_t)code), high = format_decode(f, (uint32_t)code + 1);
        if (low.class > NUMBER_FINITE)
            continue;
        /* above the top value, the one that an unbounded range would have next */
        if (code + 1 == codes || high.class > NUMBER_FINITE)
            high = number_add(low, number_add(low, number_negate(format_decode(f, (uint32_t)code - 1))));
        bool close = f->bits <= 12 || step > 1 || code % 8 == 0;
        try_around(f, low, close, &b);
        try_around(f, half(number_add(low, high)), close, &b);
        if (code + 2 >= codes)
            try_around(f, high, close, &b);
    }
    static const uint32_t extremes[] = {0x00000000, 0x00000001, 0x007fffff, 0x00800000, 0x3f800000,
                                        0x7f7fffff, 0x7f800000, 0x7fc00000, 0x7f800001, 0x7fffffff};
    for (size_t i = 0; i < sizeof extremes / sizeof *extremes; i++)
        try_signs(f, number_from_f32(f32_from_bits(extremes[i])), &b);
    try_signs(f, number_pow2(40000), &b);
    try_signs(f, number_pow2(-40000), &b);
    uint64_t randoms = is_p3109(f) || WATCHED ? 40 : 1000;
    for (uint64_t i = 0; i < randoms; i++)
        try_number(f, number_from_f32(f32_from_bits(rng_u32(5, 0, i))), &b);
    struct number top = format_max(f);
    for (uint64_t i = 0; i < randoms; i++) /* up to twice the range, and a few binades below it */
        try_number(f,
                   number_make(rng_u32(5, 2, i) & 1, (uint64_t)rng_u32(5, 1, i) << 20 | rng_u32(5, 3, i),
                               top.exponent + 13 - (int)(i % 5)),
                   &b);
    mpfr_clear(b.x);
    oracle_case_clear(&b.c);
    covered.formats++;
}

/* The oracle knows floats and integers; test_ladder and test_codebook prove formats given by a list of
 * values. */
static bool by_oracle(const struct format *f)
{
    return !f->family->ladder;
}

static void encode_equals_mpfr(void **state)
{
    (void)state;
    for (size_t i = 0; i < n_variants; i++)
        if (by_oracle(&variants[i]))
            check_encode(&variants[i]);
    const uint64_t *counts = (const uint64_t *)&covered;
    for (size_t i = 0; i < sizeof covered / sizeof *counts; i++)
        assert_true(counts[i] > 0);
    printf("# covered encode against MPFR: %llu formats x %d modes x %d stochastic kinds x %d policies: %llu "
           "inputs "
           "(%llu exact, %llu ties, %llu between, %llu of more than 64 bits, %llu beyond binary32), %llu "
           "conversions\n",
           (unsigned long long)covered.formats, ROUND_MODES, SR_KINDS, POLICIES,
           (unsigned long long)covered.inputs, (unsigned long long)covered.exact,
           (unsigned long long)covered.tie, (unsigned long long)covered.between,
           (unsigned long long)covered.sticky, (unsigned long long)covered.beyond_f32,
           (unsigned long long)covered.conversions);
}

static bool same_value(struct number x, mpfr_srcptr want, mpfr_ptr scratch)
{
    switch (x.class) {
    case NUMBER_NAN:
        return mpfr_nan_p(want);
    case NUMBER_INF:
        return mpfr_inf_p(want) && (mpfr_signbit(want) != 0) == x.negative;
    case NUMBER_ZERO:
        return mpfr_zero_p(want) && (mpfr_signbit(want) != 0) == x.negative;
    default:
        mpfr_set_ui_2exp(scratch, x.significand, x.exponent, MPFR_RNDN);
        if (x.negative)
            mpfr_neg(scratch, scratch, MPFR_RNDN);
        return !x.sticky && mpfr_equal_p(scratch, want);
    }
}

static void decode_equals_mpfr(void **state)
{
    (void)state;
    mpfr_t want, scratch;
    mpfr_inits2(64, want, scratch, (mpfr_ptr)0);
    uint64_t codes_done = 0, wide = 0;
    size_t decoded = 0;
    for (size_t i = 0; i < n_variants; i++) {
        const struct format *f = &variants[i];
        decoded += by_oracle(f);
        uint64_t codes = by_oracle(f) ? UINT64_C(1) << f->bits : 0, step = f->bits > 24 ? 99991 : 1;
        for (uint64_t code = 0; code < codes; code += step, codes_done++) {
            oracle_decode(want, f, (uint32_t)code);
            struct number got = format_decode(f, (uint32_t)code);
            if (!same_value(got, want, scratch)) {
                char text[64];
                print_number(got, text, sizeof text);
                fail_msg("%s code 0x%llx: got %s, want %a", f->name, (unsigned long long)code, text,
                         mpfr_get_d(want, MPFR_RNDN));
            }
            double value = format_value(f, (uint32_t)code), nearest = mpfr_get_d(want, MPFR_RNDN);
            bool same = isnan(nearest) ? isnan(value) : bits_from_f64(value) == bits_from_f64(nearest);
            if (!same)
                fail_msg("%s code 0x%llx: binary64 %a, want %a", f->name, (unsigned long long)code, value,
                         nearest);
            wide += mpfr_regular_p(want) && mpfr_cmp_d(want, nearest) != 0;
        }
    }
    mpfr_clears(want, scratch, (mpfr_ptr)0);
    assert_true(wide > 0);
    printf("# covered decode against MPFR: %zu formats, %llu codes (%llu not in binary64)\n", decoded,
           (unsigned long long)codes_done, (unsigned long long)wide);
}

/* Every code of every format of 16 bits or fewer comes back, NaN to NaN. */
static void round_trip(void **state)
{
    (void)state;
    struct rounding r = {.mode = ROUND_RNE, .overflow = OVERFLOW_INFINITY};
    for (size_t i = 0; i < n_variants; i++) {
        const struct format *f = &variants[i];
        if (f->bits > 19 || f->book) /* codebooks have codes that nothing rounds to */
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
        assert_true((f->goldens >= 4 || f->goldens > format_code_mask(f)) && f->golden_source && f->doc &&
                    f->citation);
        assert_ptr_equal(format_find(f->name), f);
        for (const char *const *alias = f->aliases; alias && *alias; alias++)
            if (format_find(*alias) != f)
                fail_msg("%s is an alias of %s, but finds %s", *alias, f->name, format_find(*alias)->name);
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
    int step = is_p3109(f) && f->bits > 8 ? 29 : WATCHED ? 7 : 1;
    for (int i = -400; i <= 400; i += step) {
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
        bool symmetric = !f->is_unsigned && !f->book &&
                         !(f->family == &family_int && f->codes == CODES_TWOS) && r->mode != ROUND_RUP &&
                         r->mode != ROUND_RDN;
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
    struct format f = named(name);
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
    expect_events("e4m3", 479.0, EVENT_INEXACT | EVENT_SATURATED, ~0u);
    expect_events("e4m3", 496.0, EVENT_INEXACT | EVENT_SATURATED, ~0u); /* no tie that decides */
    expect_events("e3m0", 24.0, EVENT_INEXACT | EVENT_SATURATED | EVENT_NEAR_TIE, ~0u);
    expect_events("e3m0", 48.0, EVENT_INEXACT | EVENT_SATURATED, ~0u);
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
    expect_events("int8", 127.5, EVENT_SATURATED | EVENT_INEXACT | EVENT_NEAR_TIE, ~0u);
    expect_events("int8", 128.5, EVENT_SATURATED | EVENT_INEXACT, ~0u);
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
    static const char *const bad[] = {"",
                                      "e",
                                      "e4",
                                      "e4m",
                                      "e4m3x",
                                      "e04m3",
                                      "e12m1",
                                      "e8m24",
                                      "e0m0",
                                      "int",
                                      "int1",
                                      "int17",
                                      "int8x",
                                      "m3",
                                      "fp9",
                                      "e-1m2",
                                      "e100m1",
                                      "u",
                                      "ue",
                                      "uint8m3",
                                      "ue0m0",
                                      "ue8m25",
                                      "p3109",
                                      "p3109_k8p4",
                                      "p3109_k8p4s",
                                      "p3109_k8p4see",
                                      "p3109_k8p0se",
                                      "p3109_k2p1se",
                                      "p3109_k17p1se",
                                      "binary8p9ue",
                                      "binary8",
                                      "binary64",
                                      "cfloat8",
                                      "cfloat8_1_4_3",
                                      "cfloat8_1_4_3b",
                                      "cfloat8_1_4_3b64",
                                      "cfloat8_1_4_3b007"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        if (format_by_name(bad[i], &f, &why))
            fail_msg("'%s' is no format", bad[i]);
    assert_false(format_by_name("e12m1", &f, &why));
    assert_non_null(why);
    assert_true(format_by_name("e11m4", &f, &why)); /* 2^1024 and more does not fit binary64 */
    assert_null(format_problem(&f));
}

/* Values of formats by rule that their publications print. */
static void published_values(void **state)
{
    (void)state;
    static const struct published {
        const char *name;
        uint32_t code;
        double value;
    } values[] = {
        /* IEEE P3109 Interim Report v4.0, section 4 and its tables */
        {"Binary4p2sf", 1, 0.25},
        {"Binary4p2sf", 3, 0.75},
        {"Binary4p2sf", 4, 1},
        {"Binary4p2sf", 7, 3},
        {"Binary4p2sf", 8, (double)NAN},
        {"Binary3p1se", 1, 0.5},
        {"Binary3p1se", 2, 1},
        {"Binary3p1se", 3, HUGE_VAL},
        {"Binary3p1se", 7, -HUGE_VAL},
        {"Binary8p3se", 0x7e, 49152},
        {"Binary8p4se", 0x40, 1},
        {"Binary8p4se", 0x7e, 224},
        {"Binary8p4sf", 0x7f, 240},
        {"Binary8p4sf", 0x80, (double)NAN},
        {"Binary8p4ue", 0x80, 1},
        {"Binary8p4ue", 0xfd, 53248},
        {"Binary8p4ue", 0xfe, HUGE_VAL},
        {"Binary8p4ue", 0xff, (double)NAN},
        {"Binary8p4uf", 0xfe, 57344},
        {"Binary4p1sf", 7, 8},
        {"Binary4p2se", 6, 2},
        /* Tesla Dojo guide, tables 4 and 5: the ends of the normal ranges for bias 0, 31 and 63 */
        {"CFloat8_1_4_3b0", 0x08, 0x1p1},
        {"CFloat8_1_4_3b0", 0x7f, 0x1.ep15},
        {"CFloat8_1_4_3b31", 0x08, 0x1p-30},
        {"CFloat8_1_4_3b31", 0xff, -0x1.ep-16},
        {"CFloat8_1_4_3b63", 0x7f, 0x1.ep-48},
        {"CFloat8_1_5_2b0", 0x7f, 0x1.cp31},
        {"CFloat8_1_5_2b31", 0x7f, 0x1.cp0},
        {"CFloat8_1_5_2b63", 0x04, 0x1p-62},
    };
    for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
        struct format f = named(values[i].name);
        double got = format_value(&f, values[i].code), want = values[i].value;
        if (isnan(want) ? !isnan(got) : got != want)
            fail_msg("%s code 0x%x: got %a, want %a", values[i].name, values[i].code, got, want);
    }
}

/* The saturation table of P3109 (4.7.5), row by row: SatFinite, SatPropagate and SatNone are our saturate,
 * saturate-keep-inf and infinity. */
static void p3109_saturation(void **state)
{
    (void)state;
    enum { F = OVERFLOW_SATURATE, P = OVERFLOW_SATURATE_KEEP_INF, N = OVERFLOW_INFINITY };
    const double inf = HUGE_VAL, nan = (double)NAN, big = 1e6;
    const struct row {
        const char *name;
        double x;
        int overflow;
        enum round_mode mode;
        double want;
    } rows[] = {
        {"p3109_k5p2se", big, F, ROUND_RNE, 8},    {"p3109_k5p2se", -big, F, ROUND_RNE, -8},
        {"p3109_k5p2se", inf, F, ROUND_RNE, 8},    {"p3109_k5p2se", -inf, F, ROUND_RNE, -8},
        {"p3109_k5p2se", inf, P, ROUND_RNE, inf},  {"p3109_k5p2se", -inf, P, ROUND_RTZ, -inf},
        {"p3109_k5p2se", big, P, ROUND_RUP, 8},    {"p3109_k5p2se", -big, P, ROUND_RDN, -8},
        {"p3109_k5p2sf", inf, P, ROUND_RNE, 12},   {"p3109_k5p2ue", -inf, P, ROUND_RNE, 0},
        {"p3109_k5p2se", big, N, ROUND_RNE, inf},  {"p3109_k5p2se", -big, N, ROUND_RNE, -inf},
        {"p3109_k5p2se", big, N, ROUND_RTZ, 8},    {"p3109_k5p2se", -big, N, ROUND_RUP, -8},
        {"p3109_k5p2se", big, N, ROUND_ODD, inf},  {"p3109_k5p2se", -big, N, ROUND_ODD, -inf},
        {"p3109_k5p2se", big, N, ROUND_RDN, 8},    {"p3109_k5p2se", big, N, ROUND_SR, inf},
        {"p3109_k5p2sf", big, N, ROUND_RNE, nan},  {"p3109_k5p2sf", -big, N, ROUND_RDN, nan},
        {"p3109_k5p2sf", big, N, ROUND_ODD, nan},  {"p3109_k5p2sf", -big, N, ROUND_RUP, -12},
        {"p3109_k5p2sf", inf, N, ROUND_RTZ, nan},  {"p3109_k5p2sf", -inf, N, ROUND_RTZ, nan},
        {"p3109_k5p2ue", inf, N, ROUND_ODD, inf},  {"p3109_k5p2ue", big, N, ROUND_ODD, 96},
        {"p3109_k5p2ue", big, N, ROUND_RNE, inf},  {"p3109_k5p2uf", big, N, ROUND_ODD, nan},
        {"p3109_k5p2uf", -3, N, ROUND_RNE, nan},   {"p3109_k5p2ue", -3, N, ROUND_RDN, nan},
        {"p3109_k5p2ue", -3, N, ROUND_RUP, 0},     {"p3109_k5p2uf", -3, N, ROUND_RTZ, 0},
        {"p3109_k5p2uf", -3, F, ROUND_RNE, 0},     {"p3109_k5p2uf", -inf, F, ROUND_RNE, 0},
        {"p3109_k5p2uf", -inf, N, ROUND_RUP, nan}, {"p3109_k5p2ue", -inf, N, ROUND_RNE, nan},
        {"p3109_k5p2ue", -1e-9, N, ROUND_RNE, 0},  {"p3109_k5p2ue", -1e-9, N, ROUND_RDN, nan},
        {"p3109_k5p2ue", nan, F, ROUND_RNE, nan},  {"p3109_k5p2uf", -0.0, N, ROUND_RDN, 0},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const struct row *w = &rows[i];
        struct format f = named(w->name);
        struct rounding r = {.mode = w->mode, .overflow = (enum overflow_mode)w->overflow};
        double got = format_value(&f, format_round(&f, number_from_f64(w->x), &r, 0).code);
        if (isnan(w->want) ? !isnan(got) : got != w->want)
            fail_msg("%s %a overflow=%s round=%s: got %a, want %a", w->name, w->x,
                     overflow_mode_names[w->overflow], round_mode_names[w->mode], got, w->want);
    }
}

/* bias, real_bias and stretch against MPFR: floor, and the binary32 number nearest to 2^-(rest). */
static void check_bias(float bias, mpfr_ptr want, mpfr_ptr rest)
{
    struct format f = named("e4m3");
    float_set_bias(&f, bias);
    double whole = floor((double)bias);
    mpfr_set_flt(rest, bias, MPFR_RNDN);
    mpfr_sub_d(rest, rest, whole, MPFR_RNDN);
    mpfr_neg(rest, rest, MPFR_RNDN);
    mpfr_exp2(want, rest, MPFR_RNDN);
    double stretch = mpfr_get_d(want, MPFR_RNDN);
    bool power = stretch == 0.5 || stretch == 1;
    bool right = power ? f.stretch == 0 && f.real_bias == 0 && f.bias == whole + (stretch == 0.5)
                       : (double)f.stretch == stretch && f.real_bias == bias && f.bias == whole;
    if (!right)
        fail_msg("bias %.9g: got %d, %.9g, %a; want %g, %a", (double)bias, f.bias, (double)f.real_bias,
                 (double)f.stretch, whole, stretch);
}

static void real_bias(void **state)
{
    (void)state;
    mpfr_t want, rest;
    mpfr_init2(want, 24);
    mpfr_init2(rest, 200);
    static const float fixed[] = {0,
                                  -0.0F,
                                  1,
                                  -1,
                                  0.5F,
                                  -0.5F,
                                  7.3F,
                                  0x1p-24F,
                                  0x1p-25F,
                                  0x1p-26F,
                                  0x1p-27F,
                                  0x1p-60F,
                                  0x1p-90F,
                                  0x1p-149F,
                                  1100,
                                  -1100,
                                  1023.9999F,
                                  -0x1p-23F,
                                  -0x1p-24F,
                                  -0x1p-25F,
                                  -0x1p-26F,
                                  -0x1p-149F,
                                  0x1.fffffep-1F,
                                  -0x1.fffffep-1F,
                                  0x1.5a3f34p-21F,
                                  -0x1.5a3f34p-21F};
    size_t n = 0;
    for (size_t i = 0; i < sizeof fixed / sizeof *fixed; i++, n++)
        check_bias(fixed[i], want, rest);
    for (uint64_t i = 0; i < (WATCHED ? 20000 : 100000); i++, n++) {
        uint32_t u = rng_u32(6, 0, i), exponent = 127 - 30 + rng_u32(6, 1, i) % 40; /* 2^-30 .. 2^9 */
        check_bias(f32_from_bits((u & 0x807fffff) | exponent << 23), want, rest);
    }
    mpfr_clears(want, rest, (mpfr_ptr)0);
    printf("# covered real-valued biases against MPFR: %zu\n", n);
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
        cmocka_unit_test(published_values),
        cmocka_unit_test(p3109_saturation),
        cmocka_unit_test(real_bias),
        cmocka_unit_test(number_arithmetic),
        cmocka_unit_test(number_sticky),
        cmocka_unit_test(decode_equals_mpfr),
        cmocka_unit_test(round_trip),
        cmocka_unit_test(properties),
        cmocka_unit_test(encode_equals_mpfr),
    };
    return cmocka_run_group_tests_name("formats", tests, setup, NULL);
}
