/* Codebooks: every registered one against its definition restated here, and what a codebook may be. */
#include "tests/check.h"

#include <gsl/gsl_cdf.h>
#include <math.h>
#include <mpfr.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "formats/codebook.h"

/* --- definitions, restated: exact magnitudes or values, any order --- */

#define EXACT_BITS 200

struct list {
    int n;
    mpfr_t value[CODEBOOK_MAX + 1];
};

static void list_init(struct list *l)
{
    l->n = 0;
    for (int i = 0; i <= CODEBOOK_MAX; i++)
        mpfr_init2(l->value[i], EXACT_BITS);
}

static void list_clear(struct list *l)
{
    for (int i = 0; i <= CODEBOOK_MAX; i++)
        mpfr_clear(l->value[i]);
}

/* numerator / denominator * 2^exponent */
static void add(struct list *l, long numerator, unsigned long denominator, long exponent)
{
    assert_true(l->n < CODEBOOK_MAX);
    mpfr_ptr v = l->value[l->n++];
    mpfr_set_si_2exp(v, numerator, exponent, MPFR_RNDN);
    mpfr_div_ui(v, v, denominator, MPFR_RNDN);
}

static void add_both(struct list *l, long numerator, unsigned long denominator, long exponent)
{
    add(l, numerator, denominator, exponent);
    add(l, -numerator, denominator, exponent);
}

static int compare_values(const void *a, const void *b)
{
    return mpfr_cmp((mpfr_srcptr)a, (mpfr_srcptr)b);
}

static void sort(struct list *l)
{
    qsort(l->value, (size_t)l->n, sizeof l->value[0], compare_values);
}

/* bitsandbytes: boundaries linspace(0.1, 1, 2^i + 1), means of neighbours, times 10^(i - 6). */
static void define_dynamic8(struct list *l, int bits)
{
    (void)bits;
    for (int i = 0; i < 7; i++)
        for (long k = 0; k < 1L << i; k++) {
            /* boundary j of the decade is (1 + 9 j / 2^i) / 10; twice the mean of k and k + 1: */
            long doubled = 2 * (1L << i) + 9 * (2 * k + 1); /* over 10 * 2^i */
            unsigned long power = 1;
            for (int t = i; t < 6; t++)
                power *= 10;
            add_both(l, doubled, 10 * power, -i - 1);
        }
    add(l, 0, 1, 0);
    add(l, 1, 1, 0);
}

/* ANT: the value of exponent e has V - 1 - |e| fraction bits below 0 and V - 2 - e from 0 on. */
static void define_flint(struct list *l, int bits)
{
    int v = bits - 1;
    add(l, 0, 1, 0);
    for (int e = 1 - v; e <= v - 2; e++) {
        int fraction = e < 0 ? v - 1 + e : v - 2 - e;
        for (long j = 0; j < 1L << fraction; j++)
            add_both(l, (1L << fraction) + j, 1, e - fraction);
    }
    add_both(l, 1, 1, v - 1);
}

static void define_bitmod(struct list *l, int bits)
{
    static const long fp3[] = {1, 2, 4}, fp4[] = {1, 2, 3, 4, 6, 8, 12};
    add(l, 0, 1, 0);
    for (int i = 0; i < (bits == 3 ? 3 : 7); i++)
        add_both(l, bits == 3 ? fp3[i] : fp4[i], 1, 0);
}

static void define_denseshift(struct list *l, int bits)
{
    if (bits == 3) { /* S3 = ((b1 + 1) b2 + 1) b3 */
        bool seen[4] = {false};
        for (int b = 0; b < 8; b++) {
            int s = (((b & 1) + 1) * (b >> 1 & 1) + 1) * (b >> 2 & 1);
            if (!seen[s])
                add_both(l, 1, 1, s);
            seen[s] = true;
        }
        return;
    }
    for (int s = 0; s < 1 << (bits - 1); s++)
        add_both(l, 1, 1, s);
}

static void define_s3(struct list *l, int bits)
{
    (void)bits;
    add(l, 0, 1, 0);
    add_both(l, 1, 1, 0); /* b1 = 0 */
    for (int b2 = 0; b2 < 2; b2++)
        add_both(l, 1, 1, b2 + 1);
}

static void define_deepshift(struct list *l, int bits)
{
    for (int s = 1 - (1 << (bits - 1)); s <= 0; s++)
        add_both(l, 1, 1, s);
}

static void define_pot(struct list *l, int bits)
{
    add(l, 0, 1, 0);
    for (int s = 0; s <= (1 << (bits - 1)) - 2; s++)
        add_both(l, 1, 1, s);
}

/* APoT's build_power_value: the terms of each set as negated exponents, 0 standing for the term 0. */
static void define_apot_magnitudes(struct list *l, int magnitude_bits, bool both)
{
    static const int sets[7][3][4] = {
        [2] = {{0, 1, 2, 3}},
        [3] = {{0, 1, 2, 4}, {0, 3, 0, 0}},
        [4] = {{0, 1, 3, 5}, {0, 2, 4, 6}},
        [5] = {{0, 1, 3, 6}, {0, 2, 4, 7}, {0, 5, 0, 0}},
        [6] = {{0, 1, 4, 7}, {0, 2, 5, 8}, {0, 3, 6, 9}},
    };
    static const int least[7] = {[2] = 3, [3] = 4, [4] = 6, [5] = 7, [6] = 9};
    bool seen[1024] = {false};
    for (int t = 0; t < 64; t++) {
        long sum = 0;
        for (int s = 0; s < 3; s++) {
            int e = sets[magnitude_bits][s][t >> 2 * s & 3];
            sum += e ? 1L << (least[magnitude_bits] - e) : 0;
        }
        if (sum && !seen[sum]) {
            if (both)
                add_both(l, sum, 1, 0);
            else
                add(l, sum, 1, 0);
        }
        seen[sum] = true;
    }
    add(l, 0, 1, 0);
}

static void define_apot(struct list *l, int bits)
{
    define_apot_magnitudes(l, bits - 1, true);
}

static void define_apot_u(struct list *l, int bits)
{
    define_apot_magnitudes(l, bits, false);
}

static void define_binary(struct list *l, int bits)
{
    (void)bits;
    add_both(l, 1, 1, 0);
}

static void define_ternary(struct list *l, int bits)
{
    (void)bits;
    add_both(l, 1, 1, 0);
    add(l, 0, 1, 0);
}

static void define_binary01(struct list *l, int bits)
{
    (void)bits;
    add(l, 0, 1, 0);
    add(l, 1, 1, 0);
}

static void define_log2(struct list *l, int bits)
{
    (void)bits;
    add(l, 0, 1, 0);
    for (int q = 0; q < 16; q++)
        add(l, 1, 1, -q);
}

/* OliVe: 2^i (1 + j 2^-m), i = 5..8, the first one dropped. */
static void define_olive(struct list *l, int bits)
{
    int m = bits - 3;
    for (int i = 5; i <= 8; i++)
        for (long j = i == 5; j < 1L << m; j++)
            add_both(l, (1L << m) + j, 1, i - m);
}

/* bitsandbytes: twelfths, by code without sign. */
static void define_fp4(struct list *l, int bits)
{
    (void)bits;
    static const long sixteenths[] = {1, 8 * 16, 12 * 16, 4 * 16, 6 * 16, 2 * 16, 3 * 16};
    add(l, 0, 1, 0);
    for (int c = 0; c < 7; c++)
        add_both(l, sixteenths[c], 12, -4);
}

static const struct definition {
    const char *prefix;
    void (*define)(struct list *l, int bits);
} definitions[] = {
    {"dynamic8", define_dynamic8},
    {"flint", define_flint},
    {"bitmod", define_bitmod},
    {"denseshift", define_denseshift},
    {"s3", define_s3},
    {"deepshift_q", define_deepshift},
    {"pot", define_pot},
    {"binary01", define_binary01},
    {"binary", define_binary},
    {"ternary", define_ternary},
    {"log2_softmax4", define_log2},
    {"olive_abfloat", define_olive},
    {"fp4_bnb", define_fp4},
    {"apot", define_apot},
};

static void define(struct list *l, const struct format *f)
{
    if (f->is_unsigned && strncmp(f->name, "apot", 4) == 0) {
        define_apot_u(l, f->bits);
        return;
    }
    for (size_t i = 0; i < sizeof definitions / sizeof *definitions; i++)
        if (strncmp(f->name, definitions[i].prefix, strlen(definitions[i].prefix)) == 0) {
            definitions[i].define(l, f->bits);
            int special;
            char sign;
            if (sscanf(f->name, "bitmod%*d_%c%d", &sign, &special) == 2)
                add(l, sign == 'p' ? special : -special, 1, 0);
            return;
        }
    fail_msg("no definition of %s", f->name);
}

static bool is_codebook(const struct format *f)
{
    return f->family == &family_codebook;
}

/* Values of every rank, once rounded to binary32, and of unused codes. */
static void tables_equal_definitions(void **state)
{
    (void)state;
    size_t formats = 0, values = 0;
    for (size_t i = 0; i < format_count(); i++) {
        const struct format *f = format_at(i);
        if (!is_codebook(f) || strcmp(f->name, "nf4") == 0)
            continue;
        struct list l;
        list_init(&l);
        define(&l, f);
        sort(&l);
        assert_null(format_problem(f));
        assert_int_equal(l.n, f->book->n);
        for (int r = 0; r < l.n; r++, values++) {
            float want = mpfr_get_flt(l.value[r], MPFR_RNDN), got = f->book->values[r];
            if (bits_from_f32(want) != bits_from_f32(got))
                fail_msg("%s rank %d: %a, want %a", f->name, r, (double)got, (double)want);
            uint32_t code = f->book->codes ? f->book->codes[r] : (uint32_t)r;
            assert_true(format_value(f, code) == (double)want);
        }
        list_clear(&l);
        formats++;
    }
    printf("# covered codebooks against their definitions: %zu formats, %zu values\n", formats, values);
    assert_true(formats == 45);
}

/* Codes without a rank, and codes that follow a rule. */
static void codes_of_published_tables(void **state)
{
    (void)state;
    const struct format *fp4 = format_find("fp4_bnb");
    static const long sixteenths[] = {0, 1, 8 * 16, 12 * 16, 4 * 16, 6 * 16, 2 * 16, 3 * 16};
    for (uint32_t c = 0; c < 16; c++) {
        float want = (float)(sixteenths[c & 7]) / 192.0f; /* correctly rounded quotient */
        assert_true(bits_from_f64(format_value(fp4, c)) ==
                    bits_from_f64(c & 8 ? -(double)want : (double)want));
    }
    const struct format *log2 = format_find("log2_softmax4");
    for (uint32_t q = 0; q < 32; q++)
        assert_true(format_value(log2, q) == (q < 16 ? 1.0 / (double)(1u << q) : 0.0));
    assert_true(format_value(format_find("flint4"), 15) == 0.0);
    assert_true(format_value(format_find("ternary"), 7) == 0.0); /* bits above the code are ignored */
    static const double flint4[] = {0, 1, 2, 3, 4, 6, 8, 16};
    for (uint32_t r = 0; r < 8; r++)
        assert_true(4 * format_value(format_find("flint4"), 7 + r) == flint4[r]);
}

/* NF4's published constants against the recipe with GSL's probit: probabilities from 0.9677083 to 1/2. */
static void nf4_recipe(void **state)
{
    (void)state;
    const struct format *f = format_find("nf4");
    const double offset = 0.9677083, top = gsl_cdf_ugaussian_Pinv(offset);
    double worst = 0;
    for (int i = 0; i < 16; i++) {
        double want = 0;
        if (i < 7)
            want = -gsl_cdf_ugaussian_Pinv(offset + (0.5 - offset) * i / 7) / top;
        else if (i > 7)
            want = gsl_cdf_ugaussian_Pinv(offset + (0.5 - offset) * (15 - i) / 8) / top;
        worst = fmax(worst, fabs(format_value(f, (uint32_t)i) - want));
    }
    printf("# covered NF4 against its recipe: 16 values, largest difference %.2g\n", worst);
    assert_true(worst < 1.2e-7);
}

/* --- the contract of struct codebook --- */

static void expect_problem(const struct codebook *b, int bits, const char *want)
{
    struct format f = {.name = "book", .family = &family_codebook, .bits = bits, .book = b};
    const char *why = format_problem(&f);
    if (!why || strcmp(why, want) != 0)
        fail_msg("'%s', want '%s'", why ? why : "no problem", want);
}

static void problems(void **state)
{
    (void)state;
    static const float one[] = {1}, down[] = {1, 0}, twice[] = {1, 1}, negative_zero[] = {-0.0f, 1},
                       infinite[] = {0, HUGE_VALF}, not_a_number[] = {0, NAN}, below[] = {-2, -1},
                       flat[] = {-1, 0}, wide[] = {1, 0x1p32f}, fits[] = {0, 0x1.000002p0f, 0x1p32f},
                       threes[] = {3, 6}, skips[] = {1, 4}, three[] = {-1, 0, 1};
    static const uint8_t same[] = {1, 1}, high[] = {0, 4, 1};
    expect_problem(NULL, 1, "a codebook format needs a codebook");
    expect_problem(&(struct codebook){1, one, NULL, 0, 0}, 1, "a codebook has 2 to 256 values");
    expect_problem(&(struct codebook){2, down, NULL, 0, 0}, 1, "codebook values ascend, each once");
    expect_problem(&(struct codebook){2, twice, NULL, 0, 0}, 1, "codebook values ascend, each once");
    expect_problem(&(struct codebook){2, negative_zero, NULL, 0, 0}, 1, "a codebook has no -0");
    expect_problem(&(struct codebook){2, infinite, NULL, 0, 0}, 1, "codebook values are finite");
    expect_problem(&(struct codebook){2, not_a_number, NULL, 0, 0}, 1, "codebook values are finite");
    expect_problem(&(struct codebook){2, below, NULL, 0, 0}, 1, "a codebook has a positive value");
    expect_problem(&(struct codebook){2, flat, NULL, 0, 0}, 1, "a codebook has a positive value");
    expect_problem(&(struct codebook){2, wide, NULL, 0, 0}, 1,
                   "the largest magnitude of a codebook is below 2^32 times the smallest nonzero one");
    expect_problem(&(struct codebook){2, three + 1, same, 0, 0}, 1, "the codes of a codebook differ");
    expect_problem(&(struct codebook){3, three, high, 0, 0}, 2, "a code of the codebook exceeds its bits");
    expect_problem(&(struct codebook){3, three, NULL, 0, 0}, 1, "a code of the codebook exceeds its bits");
    expect_problem(&(struct codebook){3, three, NULL, 0, 0}, 9, "codebooks have 1 to 8 bits");
    expect_problem(&(struct codebook){2, threes, NULL, 0, BOUNDARY_LOG}, 1,
                   "logarithmic boundaries need consecutive powers of two");
    expect_problem(&(struct codebook){2, skips, NULL, 0, BOUNDARY_LOG}, 1,
                   "logarithmic boundaries need consecutive powers of two");
    assert_null(codebook_problem(&(struct codebook){3, fits, NULL, 0, 0}));
    assert_int_equal(codebook_bits(2), 1);
    assert_int_equal(codebook_bits(3), 2);
    assert_int_equal(codebook_bits(16), 4);
    assert_int_equal(codebook_bits(17), 5);
    assert_int_equal(codebook_bits(256), 8);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tables_equal_definitions),
        cmocka_unit_test(codes_of_published_tables),
        cmocka_unit_test(nf4_recipe),
        cmocka_unit_test(problems),
    };
    return cmocka_run_group_tests_name("codebook", tests, NULL, NULL);
}
