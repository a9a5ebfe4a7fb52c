/* Formats given by a list of values against MPFR: encode at every decision point under every mode and policy,
 * of the tapered families and of ladders made up for the corners. */
#include "tests/check.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "formats/ladder.h"
#include "sim/base/rng.h"
#include "sim/proof/ladder_oracle.h"
#include "sim/proof/made_up.h"

/* Every rung of the formats of 8 bits or fewer is tried, a spread of those of the wider ones. */
static const char *const narrow[] = {
    "posit2",     "posit3",     "posit4",     "posit5",     "posit6",     "posit7",     "posit8",
    "posit2es0",  "posit2es4",  "posit3es1",  "posit4es0",  "posit6es3",  "posit8es0",  "posit8es1",
    "posit8es3",  "posit8es4",  "takum_lin2", "takum_lin3", "takum_lin4", "takum_lin5", "takum_lin6",
    "takum_lin7", "takum_lin8", "takum_log2", "takum_log3", "takum_log4", "takum_log5", "takum_log6",
    "takum_log7", "takum_log8", "lns1f0",     "lns1f1",     "lns1f6",     "lns2f0",     "lns4f3",
    "lns4f0",     "lns7f0",     "hif8",       "hif8_cann",
};
static const char *const wide[] = {"posit9es4",  "posit10",     "posit12",     "posit16",     "posit16es1",
                                   "takum_lin9", "takum_lin11", "takum_lin12", "takum_lin13", "takum_lin16",
                                   "takum_log9", "takum_log11", "takum_log12", "takum_log13", "takum_log16",
                                   "lns3f5",     "lns10f0",     "lns5f10",     "lns10f5"};
static const char *const widest[] = {"posit17",     "posit24es3",  "posit32",     "posit32es0",
                                     "posit32es4",  "takum_lin17", "takum_lin32", "takum_log17",
                                     "takum_log32", "lns1f30",     "lns8f23",     "lns10f21"};

#define COUNT(a) (sizeof(a) / sizeof *(a))

static uint64_t boundaries, points, conversions, sticky_points, unsure, formats_done;

static struct format named(const char *name)
{
    struct format f;
    const char *why;
    if (!format_by_name(name, &f, &why))
        fail_msg("%s: %s", name, why ? why : "no such format");
    assert_null(format_problem(&f));
    return f;
}

static void fail_case(const struct format *f, const struct rounding *r, struct number x, uint32_t random,
                      struct encoded got, struct ladder_want want)
{
    fail_msg("%s round=%s overflow=%s nan=%s sr_kind=%s sr_bits=%d: input %a (0x%016llx * 2^%d%s), random "
             "0x%08x: got code 0x%x (%a) "
             "events 0x%x, MPFR says 0x%x (%a) events 0x%x",
             f->name, round_mode_names[r->mode], overflow_mode_names[r->overflow], nan_mode_names[r->nan],
             sr_kind_names[r->sr_kind], r->sr_bits, number_to_f64(x), (unsigned long long)x.significand,
             x.exponent, x.sticky ? " and more" : "", random, got.code, format_value(f, got.code), got.events,
             want.code, format_value(f, want.code), want.events);
}

static void compare(const struct format *f, const struct rounding *r, struct number x, uint32_t random,
                    struct ladder_want want, uint32_t mask)
{
    struct encoded got = format_round(f, x, r, random);
    conversions++;
    if (got.code != want.code || ((got.events ^ want.events) & mask))
        fail_case(f, r, x, random, got, want);
}

/* Under every mode, kind of stochastic rounding, and policy that can matter. */
static void try_number(struct ladder_case *c, struct number x)
{
    const struct format *f = c->rungs->f;
    uint32_t hash = (uint32_t)(x.significand >> 32) ^ (uint32_t)x.significand ^ (uint32_t)x.exponent;
    bool outside = c->above || c->below;
    uint32_t mask = !c->exact && c->near_unsure ? ~(uint32_t)EVENT_NEAR_TIE : ~0u;
    points++;
    unsure += mask != ~0u;
    for (int mode = 0; mode < ROUND_MODES; mode++)
        for (int kind = 0; kind < (mode == ROUND_SR ? SR_KINDS : 1); kind++) {
            uint32_t random = rng_u32(7, hash, (uint64_t)kind);
            struct rounding r = {.mode = (enum round_mode)mode, .sr_kind = (enum sr_kind)kind};
            if (mode == ROUND_SR)
                r.sr_bits = (int)(random % 33);
            for (int o = 0; o < (outside ? OVERFLOW_MODES : 1); o++) {
                r.overflow = (enum overflow_mode)(outside ? (uint32_t)o : hash % OVERFLOW_MODES);
                compare(f, &r, x, random, ladder_case_encode(c, &r, random), mask);
            }
        }
}

static void try_double(struct ladder_case *c, const struct rungs *rungs, double v)
{
    mpfr_t x;
    if (v == 0 || !isfinite(v))
        return;
    mpfr_init2(x, 53);
    mpfr_set_d(x, v, MPFR_RNDN);
    if (ladder_case_set(c, rungs, x))
        try_number(c, number_from_f64(v));
    mpfr_clear(x);
}

/* Two binary32 neighbours on both sides where binary32 reaches, and the binary64 neighbours. */
static void try_around(struct ladder_case *c, const struct rungs *rungs, double v)
{
    try_double(c, rungs, v);
    try_double(c, rungs, nextafter(v, HUGE_VAL));
    try_double(c, rungs, nextafter(v, -HUGE_VAL));
    float s = (float)v;
    if (!isfinite(s) || fabsf(s) < 0x1p-126f)
        return;
    float down = nextafterf(s, -HUGE_VALF), up = nextafterf(s, HUGE_VALF);
    const float near[] = {nextafterf(down, -HUGE_VALF), down, s, up, nextafterf(up, HUGE_VALF)};
    for (size_t i = 0; i < COUNT(near); i++)
        try_double(c, rungs, (double)near[i]);
}

/* a / b, whose significand is cut at 64 bits. */
static void try_quotient(struct ladder_case *c, const struct rungs *rungs, double a, double b)
{
    struct number x = number_div(number_from_f64(a), number_from_f64(b));
    mpfr_t q;
    mpfr_init2(q, 600);
    mpfr_set_d(q, a, MPFR_RNDN);
    mpfr_div_d(q, q, b, MPFR_RNDN);
    if (x.class == NUMBER_FINITE && ladder_case_set(c, rungs, q)) {
        sticky_points += x.sticky;
        try_number(c, x);
    }
    mpfr_clear(q);
}

/* v and nearly a unit of its 64 bits more. */
static void try_sticky(struct ladder_case *c, const struct rungs *rungs, double v)
{
    struct number x = number_from_f64(v);
    mpfr_t more, unit;
    mpfr_inits2(300, more, unit, (mpfr_ptr)0);
    mpfr_set_d(more, v, MPFR_RNDN);
    mpfr_set_si_2exp(unit, v < 0 ? -1 : 1, x.exponent, MPFR_RNDN);
    mpfr_add(more, more, unit, MPFR_RNDN);
    if (v < 0)
        mpfr_nextabove(more);
    else
        mpfr_nextbelow(more);
    x.sticky = true;
    if (x.class == NUMBER_FINITE && ladder_case_set(c, rungs, more)) {
        sticky_points++;
        try_number(c, x);
    }
    mpfr_clears(more, unit, (mpfr_ptr)0);
}

static void try_gap(struct ladder_case *c, const struct rungs *rungs, size_t i)
{
    mpfr_t b;
    bool just_beyond;
    double low = rungs->at[i].value, high = rungs->at[i + 1].value;
    mpfr_init2(b, 320);
    rungs_boundary(b, rungs, i, &just_beyond);
    double boundary = mpfr_get_d(b, MPFR_RNDN);
    mpfr_clear(b);
    try_around(c, rungs, boundary);
    try_around(c, rungs, low / 2 + high / 2);
    uint32_t u = rng_u32(8, i, rungs->n);
    double part = ldexp((double)u, -32);
    try_double(c, rungs, low + (high - low) * part);
    const double ends_of_ties[] = {boundary * (1 - 0x1p-24), boundary, boundary * (1 + 0x1p-24)};
    for (size_t k = 0; k < COUNT(ends_of_ties); k++) {
        try_double(c, rungs, ends_of_ties[k]);
        try_sticky(c, rungs, ends_of_ties[k]);
    }
    try_sticky(c, rungs, low);
    try_sticky(c, rungs, low / 2 + high / 2);
    /* quotients next to the boundary and elsewhere: the divisor has all its bits */
    double divisor = 1 + ldexp((double)(u | 1), -33) + 0x1p-52;
    try_quotient(c, rungs, boundary * divisor, divisor);
}

static void try_specials(const struct rungs *rungs)
{
    static const enum number_class classes[] = {NUMBER_ZERO, NUMBER_INF, NUMBER_NAN};
    for (size_t k = 0; k < COUNT(classes) * 2; k++)
        for (int mode = 0; mode < ROUND_MODES; mode++)
            for (int policy = 0; policy < OVERFLOW_MODES * NAN_MODES; policy++) {
                struct rounding r = {.mode = (enum round_mode)mode,
                                     .overflow = (enum overflow_mode)(policy % OVERFLOW_MODES),
                                     .nan = (enum nan_mode)(policy / OVERFLOW_MODES)};
                struct number x = {.class = classes[k / 2], .negative = k % 2};
                compare(rungs->f, &r, x, 0x12345678,
                        ladder_special(rungs, x.class, x.negative, &r, 0x12345678), ~0u);
                points++;
            }
}

static void try_outside(struct ladder_case *c, const struct rungs *rungs)
{
    double bottom = rungs->at[0].value, top = rungs->at[rungs->n - 1].value;
    static const double factors[] = {1, 1.0625, 1.125, 1.25, 1.5, 1.75, 2, 3, 1e10};
    for (size_t i = 0; i < COUNT(factors); i++) {
        try_around(c, rungs, bottom * factors[i]);
        try_around(c, rungs, top * factors[i]);
        try_quotient(c, rungs, top * factors[i] * 1.1, 1.1);
        try_quotient(c, rungs, bottom * factors[i] * 1.1, 1.1);
    }
    for (size_t i = 0; i < 2 && rungs->n > 1; i++) { /* half a gap beyond the ends, and a whole one */
        double edge = i ? top : bottom, inner = rungs->at[i ? rungs->n - 2 : 1].value;
        try_around(c, rungs, edge + (edge - inner) / 2);
        try_around(c, rungs, edge + (edge - inner));
    }
    static const double extremes[] = {0x1p-149,       0x1p-126,  0x1.fffffep-127,       1,
                                      0x1.fffffep127, 0x1p-1074, 0x1.fffffffffffffp1023};
    for (size_t i = 0; i < COUNT(extremes); i++) {
        try_around(c, rungs, extremes[i]);
        try_around(c, rungs, -extremes[i]);
    }
    for (uint64_t i = 0; i < 60; i++)
        try_double(c, rungs, (double)f32_from_bits(rng_u32(5, 0, i)));
}

static void try_format(const struct format *f, size_t step)
{
    struct ladder_case c;
    ladder_case_init(&c);
    struct rungs rungs = rungs_all(f);
    for (size_t i = 0; i < rungs.n; i += step) {
        try_around(&c, &rungs, rungs.at[i].value);
        if (i + 1 < rungs.n)
            try_gap(&c, &rungs, i);
    }
    try_outside(&c, &rungs);
    try_specials(&rungs);
    rungs_free(&rungs);
    ladder_case_clear(&c);
    formats_done++;
}

/* Windows of five neighbouring codes of a format too wide to sort: the order of codes is that of two's
 * complement, or of the logarithm; narrower formats of the same rules show that this is the order of values.
 */
static void try_windows(const struct format *f)
{
    struct ladder_case c;
    ladder_case_init(&c);
    uint32_t mask = format_code_mask(f), sign = UINT32_C(1) << (f->bits - 1);
    for (uint64_t i = 0; i < (WATCHED ? 10 : 40); i++) {
        uint32_t first = rng_u32(6, (uint64_t)f->bits, i), codes[5];
        if (i % 5 == 0) /* short regimes and the ends of them */
            first = (sign >> (i / 5 % (uint64_t)f->bits)) - (i % 2 ? 2 : 3);
        for (uint32_t k = 0; k < 5; k++)
            codes[k] = (first + k) & mask;
        /* codes run on from the largest logarithm to that of zero, and from -1 ulp of one sign to 0 of the
         * other */
        uint32_t steps = (codes[0] ^ sign >> 1) & (sign - 1);
        if (f->family == &family_lns && (steps > sign - 5 || (codes[0] & sign) != (codes[4] & sign)))
            continue;
        struct rungs rungs = rungs_of(f, codes, 5, false);
        bool broken = rungs.n < 5; /* NaR lies in it: both ends of the list */
        for (size_t k = 0; !broken && k + 1 < rungs.n; k++) {
            try_around(&c, &rungs, rungs.at[k].value);
            try_gap(&c, &rungs, k);
        }
        rungs_free(&rungs);
    }
    ladder_case_clear(&c);
    formats_done++;
}

static void encode_equals_mpfr(void **state)
{
    (void)state;
    for (size_t i = 0; i < made_up_count; i++) {
        struct format f = made_up_format(i);
        try_format(&f, 1);
    }
    for (size_t i = 0; i < COUNT(narrow); i++) {
        struct format f = named(narrow[i]);
        try_format(&f, WATCHED && f.bits > 5 ? 17 : 1);
    }
    for (size_t i = 0; i < COUNT(wide); i++) {
        struct format f = named(wide[i]);
        try_format(&f, ((size_t)1 << f.bits) / (WATCHED ? 16 : 80) | 1);
    }
    for (size_t i = 0; i < COUNT(widest); i++) {
        struct format f = named(widest[i]);
        try_windows(&f);
    }
    printf("# covered ladders against MPFR: %llu formats (%zu made up) x %d modes x %d overflow policies, "
           "%llu points (%llu sticky), %llu conversions; near-tie left open at %llu\n",
           (unsigned long long)formats_done, made_up_count, ROUND_MODES + SR_KINDS - 1, OVERFLOW_MODES,
           (unsigned long long)points, (unsigned long long)sticky_points, (unsigned long long)conversions,
           (unsigned long long)unsure);
    assert_true(points && sticky_points && conversions);
}

/* The program's list is the sorted one: the same values and codes by rank, the same boundaries. */
static void check_list(const struct format *f)
{
    struct rungs rungs = rungs_all(f);
    const struct ladder *l = f->family->ladder;
    assert_int_equal(l->count(f), rungs.n);
    mpfr_t b, mine;
    mpfr_init2(b, 320);
    mpfr_init2(mine, 64);
    double previous = -HUGE_VAL;
    for (size_t i = 0; i < rungs.n; i++) {
        struct number x = l->value(f, (uint32_t)i);
        assert_false(x.sticky);
        double v = number_to_f64(x);
        if (v != rungs.at[i].value || l->code(f, (uint32_t)i) != rungs.at[i].code || !(v > previous))
            fail_msg("%s rung %zu: %a code 0x%x, want %a code 0x%x", f->name, i, v, l->code(f, (uint32_t)i),
                     rungs.at[i].value, rungs.at[i].code);
        previous = v;
        if (i + 1 == rungs.n || (f->bits > 13 && i % 13)) /* a sample of the boundaries of wide formats */
            continue;
        boundaries++;
        bool just_beyond;
        rungs_boundary(b, &rungs, i, &just_beyond);
        struct number got = ladder_boundary(f, (uint32_t)i);
        mpfr_prec_round(b, 320, MPFR_RNDN);
        bool more = mpfr_min_prec(b) > 64 || just_beyond;
        mpfr_prec_round(b, 64, MPFR_RNDZ);
        mpfr_set_uj_2exp(mine, got.class == NUMBER_ZERO ? 0 : got.significand, got.exponent, MPFR_RNDN);
        mpfr_setsign(mine, mine, got.negative, MPFR_RNDN);
        if (!mpfr_equal_p(mine, b) || (got.class != NUMBER_ZERO && got.sticky != more))
            fail_msg("%s boundary above rung %zu: got %a%s, want %a%s", f->name, i,
                     mpfr_get_d(mine, MPFR_RNDZ), got.sticky ? " and more" : "", mpfr_get_d(b, MPFR_RNDZ),
                     more ? " and more" : "");
        mpfr_set_prec(b, 320);
    }
    mpfr_clears(b, mine, (mpfr_ptr)NULL);
    rungs_free(&rungs);
}

static void lists(void **state)
{
    (void)state;
    size_t rungs = 0, formats = 0;
    for (size_t i = 0; i < COUNT(narrow) + COUNT(wide); i++) {
        struct format f = named(i < COUNT(narrow) ? narrow[i] : wide[i - COUNT(narrow)]);
        if (WATCHED && f.bits > 10)
            continue;
        check_list(&f);
        rungs += f.family->ladder->count(&f);
        formats++;
    }
    printf("# covered lists of values: %zu formats, %zu rungs, %llu boundaries\n", formats, rungs,
           (unsigned long long)boundaries);
}

/* Decode of every code of formats up to 16 bits, of a sample above. */
static void decode_equals_mpfr(void **state)
{
    (void)state;
    size_t codes = 0, formats = 0;
    const size_t n = COUNT(narrow) + COUNT(wide) + COUNT(widest);
    for (size_t i = 0; i < n + made_up_count; i++) {
        struct format f = i < COUNT(narrow)                 ? named(narrow[i])
                          : i < COUNT(narrow) + COUNT(wide) ? named(wide[i - COUNT(narrow)])
                          : i < n                           ? named(widest[i - COUNT(narrow) - COUNT(wide)])
                                                            : made_up_format(i - n);
        uint64_t step = f.bits <= 16 ? (WATCHED && f.bits > 8 ? 31 : 1) : (UINT64_C(1) << f.bits) / 3001 | 1;
        for (uint64_t code = 0; code <= format_code_mask(&f); code += step, codes++) {
            double want = ladder_define_value(&f, (uint32_t)code), got = format_value(&f, (uint32_t)code);
            bool same = isnan(want) ? isnan(got) : bits_from_f64(got) == bits_from_f64(want);
            if (!same)
                fail_msg("%s code 0x%llx: got %a, want %a", f.name, (unsigned long long)code, got, want);
        }
        formats++;
    }
    printf("# covered decode of ladders against MPFR: %zu formats, %zu codes\n", formats, codes);
}

static bool is_symmetric(const struct format *f)
{
    return !is_made_up(f);
}

static int by_double(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Monotone in every mode (under the same random bits), idempotent, and odd where the list is symmetric. */
static void properties_of(const struct format *f, const struct rounding *r)
{
    enum { N = 600 };
    double x[N], previous = -HUGE_VAL;
    const struct ladder *l = f->family->ladder;
    for (uint64_t i = 0; i < N; i++) { /* around rungs, so that all scales come up */
        double v = number_to_f64(l->value(f, rng_u32(9, 1, i) % l->count(f)));
        x[i] = (v + (v == 0 ? 0x1p-30 : 0)) * (0.25 + ldexp((double)rng_u32(9, 0, i), -31));
    }
    qsort(x, N, sizeof *x, by_double);
    for (int i = 0; i < N; i++) {
        struct encoded e = format_round(f, number_from_f64(x[i]), r, 0x80000000);
        double y = format_value(f, e.code);
        if (y < previous)
            fail_msg("%s %s: not monotone at %a", f->name, round_mode_names[r->mode], x[i]);
        previous = y;
        if (format_round(f, number_from_f64(y), r, 0x80000000).code != e.code)
            fail_msg("%s %s: not idempotent at %a", f->name, round_mode_names[r->mode], x[i]);
        if (is_symmetric(f) && r->mode != ROUND_RUP && r->mode != ROUND_RDN &&
            format_value(f, format_round(f, number_from_f64(-x[i]), r, 0x80000000).code) != -y)
            fail_msg("%s %s: not symmetric at %a", f->name, round_mode_names[r->mode], x[i]);
    }
}

static void properties(void **state)
{
    (void)state;
    size_t done = 0;
    for (size_t i = 0; i < COUNT(narrow) + COUNT(wide) + made_up_count; i++) {
        struct format f = i < COUNT(narrow)                 ? named(narrow[i])
                          : i < COUNT(narrow) + COUNT(wide) ? named(wide[i - COUNT(narrow)])
                                                            : made_up_format(i - COUNT(narrow) - COUNT(wide));
        for (int mode = 0; mode < ROUND_MODES; mode++, done++)
            properties_of(&f, &(struct rounding){.mode = (enum round_mode)mode,
                                                 .sr_kind = (enum sr_kind)(i % SR_KINDS)});
    }
    printf("# covered properties of ladders: %zu formats x modes\n", done);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(decode_equals_mpfr),
        cmocka_unit_test(lists),
        cmocka_unit_test(properties),
        cmocka_unit_test(encode_equals_mpfr),
    };
    return cmocka_run_group_tests_name("ladder", tests, NULL, NULL);
}
