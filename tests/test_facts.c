/* formats/facts.h and formats/number_text.h: known facts, facts against a restatement on every registered
 * format of at most 16 bits, and texts against MPFR. */
#include <math.h>
#include <mpfr.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "formats/facts.h"
#include "formats/number_text.h"
#include "tests/check.h"

static struct coded all[1 << FACTS_BITS];

static struct facts facts_named(const char *name)
{
    struct format f;
    if (!format_by_name(name, &f, NULL))
        fail_msg("no format %s", name);
    size_t finite = f.bits <= FACTS_BITS ? facts_decode(&f, all) : 0;
    return facts_of(&f, f.bits <= FACTS_BITS ? all : NULL, finite);
}

static void assert_number(struct number x, double want)
{
    double got = number_to_f64(x);
    if (memcmp(&got, &want, sizeof got) != 0 && !(isnan(got) && isnan(want)))
        fail_msg("%a, expected %a", got, want);
}

/* Computed by hand from the published definitions. */
static void known_facts(void **state)
{
    (void)state;
    static const double none = (double)NAN;
    static const struct {
        const char *name;
        double max, lowest, min_positive, min_normal, above_one;
        uint64_t integers;
        bool zero;
        uint32_t values, infinities, nans, neg_zeros, repeated, unused, wasted;
    } known[] = {
        {"e4m3", 448, -448, 0x1p-9, 0x1p-6, 1.125, 16, true, 253, 0, 2, 1, 0, 0, 2},
        {"e5m2", 57344, -57344, 0x1p-16, 0x1p-14, 1.25, 8, true, 247, 2, 6, 1, 0, 0, 6},
        {"e4m3fnuz", 240, -240, 0x1p-10, 0x1p-7, 1.125, 16, true, 255, 0, 1, 0, 0, 0, 0},
        {"e2m1", 6, -6, 0.5, 1, 1.5, 4, true, 15, 0, 0, 1, 0, 0, 1},
        {"e8m0", 0x1p127, 0x1p-127, 0x1p-127, 0x1p-127, 2, 2, false, 255, 0, 1, 0, 0, 0, 0},
        {"int8", 127, -127, 1, none, 2, 127, true, 256, 0, 0, 0, 0, 1, 1},
        {"int2", 1, -1, 1, none, none, 1, true, 4, 0, 0, 0, 0, 1, 1},
        {"fp16", 65504, -65504, 0x1p-24, 0x1p-14, 1 + 0x1p-10, 2048, true, 63487, 2, 2046, 1, 0, 0, 2046},
        {"fp32", 0x1.fffffep127, -0x1.fffffep127, 0x1p-149, 0x1p-126, 1 + 0x1p-23, 16777216, true, 0, 0, 0, 0,
         0, 0, 0},
        {"e5m20", 0x1.fffffp16, -0x1.fffffp16, 0x1p-34, 0x1p-14, 1 + 0x1p-20, 131071, true, 0, 0, 0, 0, 0, 0,
         0},
    };
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        struct facts x = facts_named(known[i].name);
        assert_number(x.max, known[i].max);
        assert_number(x.lowest, known[i].lowest);
        assert_number(x.min_positive, known[i].min_positive);
        assert_number(x.min_normal, known[i].min_normal);
        assert_number(x.above_one, known[i].above_one);
        assert_int_equal(x.integers, known[i].integers);
        assert_int_equal(x.zero, known[i].zero);
        assert_int_equal(x.counted, known[i].values > 0);
        assert_int_equal(x.values, known[i].values);
        assert_int_equal(x.infinities, known[i].infinities);
        assert_int_equal(x.nans, known[i].nans);
        assert_int_equal(x.neg_zeros, known[i].neg_zeros);
        assert_int_equal(x.repeated, known[i].repeated);
        assert_int_equal(x.unused, known[i].unused);
        assert_int_equal(facts_wasted(&x), known[i].wasted);
    }
}

/* Codes that hold nothing but zero, and a sign without it. */
static void odd_formats(void **state)
{
    (void)state;
    struct format f = *format_find("e4m3");
    f.subnormals = SUBNORMALS_OFF; /* 7 more codes of each sign decode to zero */
    struct facts x = facts_of(&f, all, facts_decode(&f, all));
    assert_int_equal(x.values, 253 - 14);
    assert_int_equal(x.neg_zeros, 1);
    assert_int_equal(x.repeated, 14);
    assert_number(x.min_positive, 0x1p-6);
    f = *format_find("e4m3");
    f.is_unsigned = true;
    f.bits = 7;
    x = facts_of(&f, all, facts_decode(&f, all));
    assert_int_equal(x.values, 127);
    assert_number(x.lowest, 0);
    f = *format_find("int4");
    f.codes = CODES_TWOS;
    x = facts_of(&f, all, facts_decode(&f, all));
    assert_number(x.lowest, -8);
    assert_int_equal(facts_wasted(&x), 0);
}

/* The same facts told from codes alone, code by code. */
static void restate(const struct format *f)
{
    size_t finite = facts_decode(f, all);
    struct facts x = facts_of(f, all, finite);
    assert_int_equal(x.values + x.infinities + x.nans + x.neg_zeros + x.repeated, x.codes);
    uint32_t produced = 0, nans = 0;
    double least = (double)INFINITY, most = 0, lowest = 0, above_one = (double)INFINITY;
    bool zero = false, one = false;
    for (uint32_t code = 0; code < x.codes; code++) {
        struct number v = format_decode(f, code);
        nans += v.class == NUMBER_NAN;
        if (v.class > NUMBER_FINITE)
            continue;
        struct encoded back = format_round(f, v, &(struct rounding){0}, 0);
        bool same = number_compare(format_decode(f, back.code), v) == 0;
        bool neg_zero = v.class == NUMBER_ZERO && v.negative;
        produced += same && back.code == code && !neg_zero;
        double d = number_to_f64(v);
        if (number_exponent(v) < -1074 || number_exponent(v) > 1023 || !same)
            continue;
        zero |= d == 0;
        one |= d == 1;
        least = d > 0 && d < least ? d : least;
        most = d > most ? d : most;
        lowest = d < lowest ? d : lowest;
        above_one = d > 1 && d < above_one ? d : above_one;
    }
    if (produced != x.values - x.unused || nans != x.nans)
        fail_msg("%s: %u values produced and %u NaNs, the facts say %u and %u", f->name, produced, nans,
                 x.values - x.unused, x.nans);
    bool within = number_exponent(x.max) <= 1023 && number_exponent(x.min_positive) >= -1022;
    if (!within)
        return;
    assert_number(x.max, most);
    assert_number(format_max(f), most > -lowest ? most : -lowest);
    assert_number(x.min_positive, least);
    assert_number(x.lowest, lowest < 0 || zero ? lowest + 0.0 : least);
    assert_int_equal(x.zero, zero);
    assert_number(x.above_one, one && above_one < (double)INFINITY ? above_one : (double)NAN);
    uint64_t n = 0;
    for (size_t i = 0; i < finite; i++)
        if (number_to_f64(all[i].value) == (double)(n + 1))
            n++;
    assert_int_equal(x.integers, n);
}

static void facts_of_all(void **state)
{
    (void)state;
    int done = 0;
    for (size_t i = 0; i < format_count(); i++)
        if (format_at(i)->bits <= 16) {
            restate(format_at(i));
            done++;
        }
    print_message("# facts restated for %d formats\n", done);
    assert_true(done >= 15);
}

static void sorted(void **state)
{
    (void)state;
    for (size_t i = 0; i < format_count(); i++) {
        const struct format *f = format_at(i);
        if (f->bits > 16)
            continue;
        size_t finite = facts_decode(f, all), codes = (size_t)format_code_mask(f) + 1;
        unsigned char *seen = calloc(codes, 1);
        assert_non_null(seen);
        for (size_t j = 0; j < codes; j++) {
            assert_int_equal(seen[all[j].code]++, 0);
            assert_int_equal(all[j].value.class <= NUMBER_FINITE, j < finite);
            if (j && j < finite)
                assert_true(number_compare(all[j - 1].value, all[j].value) <= 0);
        }
        free(seen);
    }
}

/* Whether a text is the number, by MPFR: DECIMAL, DECIMAL*2^E or 2^E. */
static bool says(const char *text, struct number x)
{
    mpfr_t want, got;
    mpfr_inits2(400, want, got, (mpfr_ptr)NULL);
    mpfr_set_ui_2exp(want, x.class == NUMBER_FINITE ? x.significand : 0, x.exponent, MPFR_RNDN);
    mpfr_setsign(want, want, x.negative, MPFR_RNDN);
    char head[NUMBER_TEXT_SIZE];
    snprintf(head, sizeof head, "%s", text);
    char *power = strstr(head, "2^");
    long e = power ? strtol(power + 2, NULL, 10) : 0;
    if (power)
        strcpy(power > head && power[-1] == '*' ? power - 1 : power,
               power > head && power[-1] == '*' ? "" : "1");
    bool ok = mpfr_set_str(got, head, 10, MPFR_RNDN) == 0;
    ok = ok && mpfr_mul_2si(got, got, e, MPFR_RNDN) == 0;
    ok = ok && mpfr_equal_p(want, got) && mpfr_signbit(want) == mpfr_signbit(got);
    mpfr_clears(want, got, (mpfr_ptr)NULL);
    return ok;
}

static bool says_hex(const char *text, struct number x)
{
    mpfr_t want, got;
    mpfr_inits2(80, want, got, (mpfr_ptr)NULL);
    mpfr_set_ui_2exp(want, x.class == NUMBER_FINITE ? x.significand : 0, x.exponent, MPFR_RNDN);
    mpfr_setsign(want, want, x.negative, MPFR_RNDN);
    bool ok = mpfr_set_str(got, text, 16, MPFR_RNDN) == 0 && mpfr_equal_p(want, got);
    mpfr_clears(want, got, (mpfr_ptr)NULL);
    return ok;
}

static void assert_texts(struct number x)
{
    char text[NUMBER_TEXT_SIZE], hex[NUMBER_TEXT_SIZE];
    number_text(x, text);
    number_hex(x, hex);
    if (x.class <= NUMBER_FINITE && (!says(text, x) || !says_hex(hex, x)))
        fail_msg("%s or %s is not the number (0x%llx*2^%d)", text, hex, (unsigned long long)x.significand,
                 x.exponent);
}

static void texts_are_exact(void **state)
{
    (void)state;
    size_t n = 0;
    for (size_t i = 0; i < format_count(); i++)
        for (uint32_t code = 0; format_at(i)->bits <= 16 && code <= format_code_mask(format_at(i));
             code++, n++)
            assert_texts(format_decode(format_at(i), code));
    uint64_t bits = 1;
    for (int32_t i = 0; i < 200000; i++, n++) { /* xorshift: any significand, short and long, any exponent */
        bits ^= bits << 13;
        bits ^= bits >> 7;
        bits ^= bits << 17;
        assert_texts(number_make(i & 1, bits >> (i % 64) | 1, i % 3 ? i % 200 - 130 : i - 100000));
    }
    print_message("# %zu texts read back by MPFR\n", n);
}

static void texts(void **state)
{
    (void)state;
    static const struct {
        struct number x;
        const char *text, *hex;
    } known[] = {
        {{.class = NUMBER_ZERO}, "0", "0x0p+0"},
        {{.class = NUMBER_ZERO, .negative = true}, "-0", "-0x0p+0"},
        {{.class = NUMBER_INF, .negative = true}, "-Inf", "-inf"},
        {{.class = NUMBER_NAN, .negative = true}, "NaN", "nan"},
    };
    static const struct {
        double x;
        const char *text;
    } finite[] = {
        {448, "448"},
        {-0.5, "-0.5"},
        {0x1p-9, "0.001953125"},
        {0x1p-24, "2^-24"},
        {0x1p127, "2^127"},
        {57344, "57344"},
        {0x1.fep127, "1.9921875*2^127"},
        {0x1.4p60, "1.25*2^60"},
        {(double)0.6961928009986877F, "0.696192800998687744140625"},
    };
    char text[NUMBER_TEXT_SIZE], hex[NUMBER_TEXT_SIZE];
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        number_text(known[i].x, text);
        number_hex(known[i].x, hex);
        assert_string_equal(text, known[i].text);
        assert_string_equal(hex, known[i].hex);
    }
    for (size_t i = 0; i < sizeof finite / sizeof *finite; i++) {
        number_text(number_from_f64(finite[i].x), text);
        number_hex(number_from_f64(finite[i].x), hex);
        assert_string_equal(text, finite[i].text);
        char libc[NUMBER_TEXT_SIZE];
        snprintf(libc, sizeof libc, "%a", finite[i].x);
        assert_string_equal(hex, libc);
    }
    number_text(number_make(false, 3, 19999), text);
    assert_string_equal(text, "1.5*2^20000");
    number_hex(number_make(true, 3, 19999), hex);
    assert_string_equal(hex, "-0x1.8p+20000");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(known_facts), cmocka_unit_test(odd_formats), cmocka_unit_test(facts_of_all),
        cmocka_unit_test(sorted),      cmocka_unit_test(texts),       cmocka_unit_test(texts_are_exact),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
