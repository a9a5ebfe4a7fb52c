/* Products against binary64 and bit patterns, `into` against MPFR, and the published tables of errors. */
#include "tests/check.h"

#include <math.h>
#include <mpfr.h>
#include <stdio.h>
#include <string.h>

#include "sim/arith/logarithm.h"
#include "sim/base/rng.h"
#include "sim/product.h"
#include "sim/proof/oracle.h"
#include "tests/product_oracle.h"
#include "tests/small.h"

static const struct product *named(const char *name)
{
    const struct product *p = product_find(name);
    if (!p)
        fail_msg("no product %s", name);
    return p;
}

static const char *refusal(const struct product *p, const struct format *a, const struct format *b,
                           const struct product_args *args)
{
    return p->refuses ? p->refuses(a, b, args) : NULL;
}

static double as_double(struct number x)
{
    return x.class == NUMBER_NAN ? (double)NAN : number_to_f64(x);
}

static void same(const struct product *p, const struct format *fa, uint32_t a, const struct format *fb,
                 uint32_t b, struct term got, double want, int exponent)
{
    double x = as_double(got.value);
    if (isnan(x) && isnan(want))
        return;
    if (bits_from_f64(x) != bits_from_f64(want))
        fail_msg("%s: %s 0x%x, %s 0x%x: got %a, want %a", p->name, fa->name, (unsigned)a, fb->name,
                 (unsigned)b, x, want);
    if (isfinite(want) && want != 0 && got.exponent != exponent)
        fail_msg("%s: %s 0x%x, %s 0x%x: term at 2^%d, want 2^%d", p->name, fa->name, (unsigned)a, fb->name,
                 (unsigned)b, (int)got.exponent, exponent);
}

/* --- the definitions --- */

static size_t done;

/* Subnormal operands as args say: a zero, and whether that made one of a number. */
static double operand(const struct format *f, uint32_t code, bool normalise)
{
    double x = want_value(f, code);
    return want_subnormal(f, code) && !normalise ? copysign(0, x) : x;
}

static void check_logarithmic(const struct product *p, enum want_product kind,
                              const struct product_args *args, const struct format *fa, uint32_t a,
                              const struct format *fb, uint32_t b, int l)
{
    uint32_t events = 0;
    struct term got = p->multiply(args, fa, a, fb, b, &events);
    double x = operand(fa, a, args->normalise), y = operand(fb, b, args->normalise);
    double want = want_logarithmic(kind, x, y, l);
    same(p, fa, a, fb, b, got, want, want != 0 && isfinite(want) ? ilogb(want) : 0);
    bool flushed = want == 0 && want_value(fa, a) != 0 && want_value(fb, b) != 0;
    assert_int_equal(events, flushed ? EVENT_FLUSHED | EVENT_INEXACT : 0);
    done++;
}

static void check_fpga(const struct product *p, const struct product_args *args, const struct format *f,
                       uint32_t a, uint32_t b, int l)
{
    uint32_t events = 0, want_events = 0;
    double want = want_fpga(f, a, b, l);
    same(p, f, a, f, b, p->multiply(args, f, a, f, b, &events), want, want != 0 ? ilogb(want) : 0);
    const uint32_t codes[] = {a, b};
    for (int i = 0; i < 2; i++) {
        double x = format_value(f, codes[i]);
        want_events |= isnan(x) ? EVENT_NAN_LOST : isinf(x) ? EVENT_SATURATED : 0;
    }
    assert_int_equal(events, want_events);
    done++;
}

static void check_truncated(const struct product *p, const struct product_args *args, const struct format *fa,
                            uint32_t a, const struct format *fb, uint32_t b)
{
    uint32_t events = 0;
    struct term got = p->multiply(args, fa, a, fb, b, &events);
    double want = want_truncated(fa, a, fb, b, args->dropped), exact = want_value(fa, a) * want_value(fb, b);
    bool number = isfinite(exact) && exact != 0;
    same(p, fa, a, fb, b, got, want, number ? want_exponent(fa, a) + want_exponent(fb, b) : 0);
    assert_int_equal(events, !number || want == exact ? 0
                             : want == 0              ? EVENT_FLUSHED | EVENT_INEXACT
                                                      : EVENT_INEXACT);
    done++;
}

static const struct {
    const char *name;
    enum want_product kind;
} logarithmic[] = {{"lmul_real", WANT_LMUL_REAL}, {"lmul_bits", WANT_LMUL_BITS}, {"mitchell", WANT_MITCHELL}};

/* One pair under every logarithmic product that takes it. */
static void check_all_logarithmic(const struct product_args *args, const struct format *fa, uint32_t a,
                                  const struct format *fb, uint32_t b)
{
    int m = fa->precision > fb->precision ? fa->precision - 1 : fb->precision - 1;
    int l = args->offset >= 0 ? args->offset : m <= 3 ? m : m == 4 ? 3 : 4;
    for (size_t k = 0; k < sizeof logarithmic / sizeof *logarithmic; k++) {
        const struct product *p = named(logarithmic[k].name);
        if (!refusal(p, fa, fb, args))
            check_logarithmic(p, logarithmic[k].kind, args, fa, a, fb, b, l);
    }
    if (fa == fb && !refusal(named("lmul_fpga"), fa, fa, args))
        check_fpga(named("lmul_fpga"), args, fa, a, b, l);
}

static void exhaustive_pairs(void **state)
{
    (void)state;
    static const char *const names[] = {"e4m3",     "e5m2",   "e3m2",         "e2m3",         "e2m1",  "e3m4",
                                        "e4m3fnuz", "e3m0",   "e6m1",         "p3109_k8p3se", "ue4m3", "e2m5",
                                        "e4m3ieee", "e1m2b0", "p3109_k6p3uf", "e1m6"};
    static const int offsets[] = {PRODUCT_OFFSET_PAPER, 1, 0, 3, 6};
    done = 0;
    size_t formats = 0;
    for (size_t n = 0; n < sizeof names / sizeof *names; n += WATCHED ? 5 : 1) {
        struct format f = small_named(names[n]);
        uint32_t mask = format_code_mask(&f);
        formats++;
        for (size_t o = 0; o < (f.bits < 8 ? sizeof offsets / sizeof *offsets : 1 + n % 2); o++)
            for (int normalise = 0; normalise < 2; normalise++) {
                struct product_args args = {.offset = offsets[o], .normalise = normalise};
                for (uint32_t a = 0; a <= mask; a++)
                    for (uint32_t b = 0; b <= mask; b++)
                        check_all_logarithmic(&args, &f, a, &f, b);
            }
    }
    printf("# covered logarithmic products, all pairs of codes: %zu products, %zu formats\n", done, formats);
}

static void exhaustive_truncated(void **state)
{
    (void)state;
    static const char *const names[] = {"e4m3", "e5m2", "e2m3", "e3m4",     "ue4m3", "p3109_k6p3se",
                                        "int8", "int5", "int2", "e4m3fnuz", "e2m1"};
    done = 0;
    for (size_t n = 0; n < sizeof names / sizeof *names; n += WATCHED ? 4 : 1) {
        struct format f = small_named(names[n]);
        for (int signmag = 0; signmag <= (f.family == &family_int); signmag++) {
            f.codes = signmag ? CODES_SIGNMAG : CODES_TWOS;
            const struct product *p = named("truncated");
            for (struct product_args args = {0}; !refusal(p, &f, &f, &args); args.dropped++)
                for (uint32_t a = 0; a <= format_code_mask(&f); a++)
                    for (uint32_t b = 0; b <= format_code_mask(&f); b++)
                        check_truncated(p, &args, &f, a, &f, b);
        }
    }
    printf("# covered truncated products, all pairs of codes and columns: %zu\n", done);
}

/* A code whose fields are all ones, all zeros or random, so that carries, subnormals and specials come up. */
static uint32_t draw(const struct format *f, uint64_t i)
{
    uint32_t r = rng_u32(1, 2, 2 * i), how = rng_u32(1, 2, 2 * i + 1);
    int m = f->family == &family_float ? f->precision - 1 : f->bits / 2;
    uint32_t low = (UINT32_C(1) << m) - 1, high = format_code_mask(f) & ~low;
    if (how % 8 == 0)
        r |= low;
    else if (how % 8 == 1)
        r &= ~low;
    if (how / 8 % 16 == 0)
        r |= high;
    else if (how / 8 % 16 == 1)
        r &= ~high | (high & ~(high >> 1));
    return r & format_code_mask(f);
}

/* Wide formats, and operands of two formats. */
static void drawn_pairs(void **state)
{
    (void)state;
    static const char *const pairs[][2] = {
        {"bf16", "bf16"}, {"fp16", "fp16"},  {"fp32", "fp32"},    {"tf32", "tf32"},   {"e4m3", "e5m2"},
        {"bf16", "e4m3"}, {"e2m1", "fp16"},  {"fp32", "e3m0"},    {"int16", "int16"}, {"int8", "int4"},
        {"int8", "e4m3"}, {"ue4m3", "e2m1"}, {"ue9m23", "ue9m23"}};
    enum { DRAWS = WATCHED ? 2000 : 20000 };
    done = 0;
    for (size_t n = 0; n < sizeof pairs / sizeof *pairs; n++) {
        struct format fa = small_named(pairs[n][0]), fb = small_named(pairs[n][1]);
        const struct format *second = strcmp(pairs[n][0], pairs[n][1]) ? &fb : &fa;
        size_t before = done;
        for (uint64_t i = 0; i < DRAWS; i++) {
            uint32_t a = draw(&fa, 2 * i), b = draw(second, 2 * i + 1);
            struct product_args args = {.offset = (int)(i % 7) - 1, .normalise = i / 7 % 2};
            if (i % 29 == 0)
                args.offset = (int)(i % (PRODUCT_OFFSET_MAX + 1));
            check_all_logarithmic(&args, &fa, a, second, b);
            for (args.dropped = 0; args.dropped < 40; args.dropped += 1 + (int)(i % 5))
                if (!refusal(named("truncated"), &fa, second, &args))
                    check_truncated(named("truncated"), &args, &fa, a, second, b);
        }
        assert_true(done > before);
    }
    printf("# covered products of wide and of two formats: %zu\n", done);
}

/* Mitchell's products of integers are integers, and never above the exact one, by at most 1/9 of it. */
static void mitchell_of_integers(void **state)
{
    (void)state;
    struct format f = small_named("int8");
    f.codes = CODES_TWOS;
    struct product_args args = {0};
    uint32_t events = 0;
    size_t tight = 0;
    for (uint32_t a = 0; a < 256; a++)
        for (uint32_t b = 0; b < 256; b++) {
            double exact = want_value(&f, a) * want_value(&f, b);
            double got = as_double(named("mitchell")->multiply(&args, &f, a, &f, b, &events).value);
            assert_true(got == floor(got) && fabs(got) <= fabs(exact) && 9 * fabs(got) >= 8 * fabs(exact));
            tight += 9 * fabs(got) == 8 * fabs(exact) && exact != 0;
        }
    assert_int_equal(events, 0);
    assert_true(tight > 0);
}

/* --- the end in a format --- */

static uint32_t round_by_mpfr(double x, const struct format *f, const struct rounding *r)
{
    if (isnan(x) || isinf(x) || x == 0)
        return oracle_encode_special(isnan(x)   ? NUMBER_NAN
                                     : isinf(x) ? NUMBER_INF
                                                : NUMBER_ZERO,
                                     signbit(x) != 0, f, r);
    mpfr_t value;
    struct oracle_case c;
    mpfr_init2(value, 53);
    mpfr_set_d(value, x, MPFR_RNDN);
    oracle_case_init(&c);
    oracle_case_set(&c, f, value);
    uint32_t code = oracle_encode(&c, oracle_rounds_up(&c, r, 0), f, r);
    oracle_case_clear(&c);
    mpfr_clear(value);
    return code;
}

static void check_into(const struct product *p, const struct product_args *args, const struct format *f,
                       uint32_t a, uint32_t b, double before, bool flush)
{
    const struct format *into = &args->into;
    uint32_t events = 0;
    struct term got = p->multiply(args, f, a, f, b, &events);
    double least = format_has_normals(into) ? number_to_f64(format_min_normal(into)) : 0;
    bool flushed = flush && before != 0 && fabs(before) < least;
    double x = flushed ? copysign(0, before) : before;
    uint32_t code = round_by_mpfr(x, into, &args->rounding);
    double want = format_value(into, code);
    same(p, f, a, f, b, got, want, want != 0 && isfinite(want) ? (int)fmax(ilogb(want), ilogb(least)) : 0);
    if (isfinite(before) && !(into->is_unsigned && before < 0)) {
        double exact = want_value(f, a) * want_value(f, b);
        bool lost = exact != 0 && want == 0;
        assert_int_equal((events & EVENT_FLUSHED) != 0, lost);
        bool beyond = (events & (EVENT_SATURATED | EVENT_OVERFLOW)) != 0;
        if (fabs(before) > 2 * number_to_f64(format_max(into)))
            assert_true(beyond);
        if (fabs(before) <= number_to_f64(format_max(into)))
            assert_false(beyond);
    }
    done++;
}

static void ends_in_a_format(void **state)
{
    (void)state;
    static const char *const operands[] = {"e4m3", "e3m2", "int6"};
    static const char *const ends[] = {"e4m3", "e5m2", "bf16", "e2m1", "int8", "ue4m3"};
    done = 0;
    for (size_t i = 0; i < sizeof operands / sizeof *operands; i++)
        for (size_t j = 0; j < sizeof ends / sizeof *ends; j++) {
            struct format f = small_named(operands[i]);
            struct product_args args = {.offset = PRODUCT_OFFSET_PAPER, .into = small_named(ends[j])};
            int l = f.precision <= 4 ? f.precision - 1 : 4;
            for (uint32_t a = 0; a <= format_code_mask(&f); a++)
                for (uint32_t b = 0; b <= format_code_mask(&f); b += WATCHED ? 17 : 3) {
                    size_t turn = a * 7 + b;
                    args.rounding.mode = (enum round_mode)(turn % ROUND_SR);
                    args.rounding.overflow = (enum overflow_mode)(turn % OVERFLOW_MODES);
                    double x = operand(&f, a, false), y = operand(&f, b, false);
                    check_into(named("rounded"), &args, &f, a, b, want_value(&f, a) * want_value(&f, b),
                               false);
                    check_into(named("mitchell"), &args, &f, a, b, want_logarithmic(WANT_MITCHELL, x, y, 0),
                               true);
                    if (refusal(named("lmul_bits"), &f, &f, &args))
                        continue;
                    check_into(named("lmul_bits"), &args, &f, a, b, want_logarithmic(WANT_LMUL_BITS, x, y, l),
                               true);
                    check_into(named("lmul_real"), &args, &f, a, b, want_logarithmic(WANT_LMUL_REAL, x, y, l),
                               true);
                }
        }
    printf("# covered products that end in a format: %zu\n", done);
}

/* The addition itself: x + y - constant on the magnitude bits, zero where it leaves the exponent field below,
 * the largest finite code where it leaves it above. */
static void one_addition(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        int64_t constant;
    } published[] = {{"fp32", 0x3F780000}, {"bf16", 0x3F78}, {"e4m3", 55}};
    enum { DRAWS = WATCHED ? 4000 : 60000 };
    size_t below = 0, above = 0, total = 0;
    for (size_t n = 0; n < sizeof published / sizeof *published; n++) {
        struct format f = small_named(published[n].name);
        struct product_args args = {.offset = PRODUCT_OFFSET_PAPER, .into = f};
        assert_true(lmul_constant(&f, &args) == published[n].constant);
        int m = f.precision - 1;
        uint32_t sign = UINT32_C(1) << (f.bits - 1);
        int64_t largest = (int64_t)format_round(&f, format_max(&f), &args.rounding, 0).code;
        for (uint64_t i = 0; i < DRAWS; i++) {
            uint32_t a = f.bits == 8 ? (uint32_t)i >> 8 & 255 : draw(&f, 2 * i), b, events = 0;
            b = f.bits == 8 ? (uint32_t)i & 255 : draw(&f, 2 * i + 1);
            if (!isfinite(format_value(&f, a)) || !isfinite(format_value(&f, b)))
                continue;
            int64_t x = a & (sign - 1), y = b & (sign - 1), sum = x + y - published[n].constant;
            bool zero = x >> m == 0 || y >> m == 0, under = !zero && sum >> m < 1,
                 over = !zero && sum > largest;
            int64_t want = zero || under ? 0 : over ? largest : sum;
            below += under;
            above += over;
            struct term t = named("lmul_bits")->multiply(&args, &f, a, &f, b, &events);
            uint32_t code = format_round(&f, t.value, &args.rounding, 0).code;
            uint32_t code_wanted = (uint32_t)want | ((a ^ b) & sign);
            if (code != code_wanted)
                fail_msg("%s 0x%x 0x%x: got 0x%x, want 0x%x", f.name, (unsigned)a, (unsigned)b,
                         (unsigned)code, (unsigned)code_wanted);
            if (under)
                assert_int_equal(events, EVENT_FLUSHED | EVENT_INEXACT);
            if (over)
                assert_true(events & EVENT_SATURATED);
            total++;
        }
    }
    assert_true(below > 100 && above > 100);
    printf("# covered L-Mul as one addition: %zu pairs, %zu below and %zu above the range\n", total, below,
           above);
}

/* --- table --- */

static void tables(void **state)
{
    (void)state;
    static float entries[PRODUCT_TABLE_SIZE];
    struct format f = small_named("int8"), g = small_named("e2m1");
    struct product_args args = {.table = entries};
    uint32_t events = 0;
    for (uint32_t i = 0; i < PRODUCT_TABLE_SIZE; i++)
        entries[i] = (float)i + 1.0f;
    struct term t = named("table")->multiply(&args, &f, 0x103, &g, 0xff, &events);
    assert_true(number_to_f64(t.value) == 0x30f + 1.0 && t.exponent == 9);
    for (uint32_t a = 0; a < 256; a++)
        for (uint32_t b = 0; b < 256; b++)
            entries[a << 8 | b] = (float)(want_value(&f, a) * want_value(&f, b));
    for (uint32_t a = 0; a < 256; a++)
        for (uint32_t b = 0; b < 256; b++) {
            double x = as_double(named("table")->multiply(&args, &f, a, &f, b, &events).value);
            assert_true(x == as_double(named("exact")->multiply(&args, &f, a, &f, b, &events).value));
        }
    entries[0] = -0.0f;
    t = named("table")->multiply(&args, &f, 0, &f, 0, &events);
    assert_true(t.value.class == NUMBER_ZERO && t.value.negative);
    assert_int_equal(events, 0);
}

/* --- what they refuse, and what they are --- */

static void refusals(void **state)
{
    (void)state;
    static const struct {
        const char *product, *a, *b, *words;
        struct product_args args;
    } cases[] = {
        {"rounded", "e4m3", "e4m3", "needs a format", {0}},
        {"table", "e4m3", "e4m3", "needs a table", {0}},
        {"table", "e4m3", "int9", "8 bits or fewer", {0}},
        {"lmul_real", "int8", "e4m3", "must be floats", {.offset = -1}},
        {"lmul_real", "e4m3", "posit8", "must be floats", {.offset = -1}},
        {"lmul_real", "e3m0", "e3m0", "at least one fraction bit", {.offset = -1}},
        {"lmul_real", "e4m3", "e4m3", "l of 0 to 24", {.offset = 25}},
        {"lmul_real", "e4m3", "e4m3", "l of 0 to 24", {.offset = -2}},
        {"lmul_bits", "e4m3", "e5m2", "below the last bit", {.offset = 4}},
        {"lmul_fpga", "e4m3", "e4m3", "below the last bit", {.offset = 4}},
        {"lmul_fpga", "e4m3", "e5m2", "one format", {.offset = -1}},
        {"lmul_fpga", "e4m3", "e4m3fnuz", "one format", {.offset = -1}},
        {"mitchell", "nf4", "int4", "must be integers, or floats", {0}},
        {"truncated", "e4m3", "e4m3", "dropped columns", {.dropped = 7}},
        {"truncated", "e4m3", "e4m3", "dropped columns", {.dropped = -1}},
        {"truncated", "int8", "e4m3", "both operands alike", {0}},
        {"truncated", "takum_log8", "e4m3", "must be integers, or floats", {0}},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct format a = small_named(cases[i].a), b = small_named(cases[i].b);
        const char *why = refusal(named(cases[i].product), &a, &b, &cases[i].args);
        if (!why || !strstr(why, cases[i].words))
            fail_msg("%s of %s and %s: '%s'", cases[i].product, cases[i].a, cases[i].b, why ? why : "taken");
    }
    struct format f = small_named("e4m3");
    struct product_args args = {.offset = -1, .into = f, .rounding = {.mode = ROUND_SR}};
    for (size_t i = 0; i < product_count(); i++)
        if (product_at(i)->uses & PRODUCT_INTO)
            assert_non_null(strstr(refusal(product_at(i), &f, &f, &args), "no random numbers"));
    args.rounding.mode = ROUND_RUP;
    args.dropped = 6;
    static const float entries[PRODUCT_TABLE_SIZE];
    args.table = entries;
    for (size_t i = 0; i < product_count(); i++)
        assert_null(refusal(product_at(i), &f, &f, &args));
}

static void registry(void **state)
{
    (void)state;
    assert_string_equal(product_at(0)->name, "exact");
    for (size_t i = 0; i < product_count(); i++) {
        const struct product *p = product_at(i);
        assert_true(p->multiply && strlen(p->doc) > 10 && strlen(p->citation) > 5);
        assert_ptr_equal(product_find(p->name), p);
    }
    assert_null(product_find("lmul"));
    printf("# covered products: %zu\n", product_count());
}

/* Every product is total and symmetric but for tables: all codes of formats of many kinds that it takes. */
static void total(void **state)
{
    (void)state;
    static struct format f[SMALL_FORMATS];
    static float entries[PRODUCT_TABLE_SIZE];
    size_t n = small_formats(f), products = 0;
    struct product_args args = {
        .offset = PRODUCT_OFFSET_PAPER, .dropped = 1, .into = small_named("e5m2"), .table = entries};
    for (size_t i = 0; i < product_count(); i++)
        for (size_t k = 0; k < n; k++) {
            const struct product *p = product_at(i);
            if (refusal(p, &f[k], &f[k], &args))
                continue;
            uint32_t mask = format_code_mask(&f[k]), step = mask > 63 ? WATCHED ? 37 : 5 : 1;
            for (uint32_t a = 0; a <= mask; a += step)
                for (uint32_t b = 0; b <= mask; b++, products++) {
                    uint32_t events = 0, other = 0;
                    struct term t = p->multiply(&args, &f[k], a, &f[k], b, &events);
                    struct term u = p->multiply(&args, &f[k], b, &f[k], a, &other);
                    double x = as_double(t.value), y = as_double(u.value);
                    assert_true((isnan(x) && isnan(y)) || bits_from_f64(x) == bits_from_f64(y));
                    assert_true(events == other && t.exponent == u.exponent);
                }
        }
    printf("# covered symmetry: %zu products of %zu formats\n", products, n);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(exhaustive_pairs), cmocka_unit_test(exhaustive_truncated),
        cmocka_unit_test(drawn_pairs),      cmocka_unit_test(mitchell_of_integers),
        cmocka_unit_test(ends_in_a_format), cmocka_unit_test(one_addition),
        cmocka_unit_test(tables),           cmocka_unit_test(refusals),
        cmocka_unit_test(registry),         cmocka_unit_test(total),
    };
    return cmocka_run_group_tests_name("product", tests, NULL, NULL);
}
