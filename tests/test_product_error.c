/* Error tables of approximate products: the figures of publications, to their printed digits. */
#include "tests/check.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/arith/product_error.h"
#include "tests/small.h"

static const struct product *named(const char *name)
{
    const struct product *p = product_find(name);
    if (!p)
        fail_msg("no product %s", name);
    return p;
}

enum digits { DIGITS_ROUNDED, DIGITS_CUT, DIGITS_DIFFER };

/* Whether x has the digits of a printed number: rounded to as many of them, or cut there. */
static enum digits compare_digits(double x, const char *printed)
{
    double want = atof(printed);
    int decimals = 0, exponent = 0;
    const char *point = strchr(printed, '.'), *e = strchr(printed, 'e');
    if (point)
        decimals = (int)(e ? e - point : (long)strlen(point)) - 1;
    if (e)
        exponent = atoi(e + 1);
    double unit = pow(10, exponent - decimals), steps = (x - want) / unit;
    if (fabs(steps) <= .5 + 1e-9)
        return DIGITS_ROUNDED;
    return steps > 0 && steps < 1 ? DIGITS_CUT : DIGITS_DIFFER;
}

static struct format by_fields(int exponent_bits, int m, int bias)
{
    struct format f = {.name = "fields",
                       .family = &family_float,
                       .bits = 1 + exponent_bits + m,
                       .exponent_bits = exponent_bits,
                       .precision = m + 1,
                       .bias = bias,
                       .specials = SPECIALS_NONE};
    assert_null(format_problem(&f));
    return f;
}

/* Our own figures over all pairs of significands, in percent: mean, rms, mean magnitude, largest. */
static void significands(void **state)
{
    (void)state;
    static const struct {
        const char *product;
        int m;
        const char *printed[4];
    } rows[] = {
        {"lmul_real", 2, {"8.64", "13.20", "11.11", "25.0"}},
        {"lmul_bits", 2, {"14.67", "15.34", "14.67", "25.0"}},
        {"lmul_real", 3, {"-0.97", "8.14", "6.89", "18.2"}},
        {"lmul_bits", 3, {"4.93", "6.02", "5.24", "12.5"}},
        {"lmul_real", 4, {"-2.18", "8.35", "6.94", "20.1"}},
        {"lmul_bits", 4, {"4.87", "5.87", "5.14", "12.5"}},
        {"lmul_real", 5, {"-5.87", "9.28", "7.31", "22.6"}},
        {"lmul_bits", 5, {"0.41", "3.11", "2.67", "7.29"}},
        {"lmul_real", 7, {"-6.28", "9.53", "7.51", "23.2"}},
        {"lmul_bits", 7, {"0.41", "3.10", "2.66", "7.29"}},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        for (int exponents = 2; exponents <= 8; exponents += 3) {
            struct format f = by_fields(exponents, rows[i].m, (1 << (exponents - 1)) - 1);
            struct product_args args = {.offset = PRODUCT_OFFSET_PAPER};
            struct product_error e = product_error(named(rows[i].product), &args, &f, &f);
            const double got[] = {100 * e.mean, 100 * e.rms, 100 * e.mean_abs, 100 * e.max_abs};
            assert_int_equal(e.pairs, 1 << 2 * rows[i].m);
            assert_false(e.sampled);
            for (int k = 0; k < 4; k++) {
                if (compare_digits(got[k], rows[i].printed[k]) == DIGITS_ROUNDED)
                    continue;
                if (exponents == 2)
                    printf("# %s, m = %d, column %d: %.4f, printed %s\n", rows[i].product, rows[i].m, k,
                           got[k], rows[i].printed[k]);
                /* The rms of lmul_real at m = 4 is 8.3449, printed 8.35; no other digit differs. */
                assert_true(i == 4 && k == 1 && fabs(got[k] - 8.3449) < 5e-5);
            }
        }
    printf("# covered tables of significands: %zu rows\n", sizeof rows / sizeof *rows);
}

/* arXiv 2412.18948, table IV: positive operands, the formula as real arithmetic. The codes it averages over
 * are not in the paper; these subsets give its digits: of fields of more than 4 exponent bits those of
 * exponents 1 .. top - 1, of others all but exponent 0 and the code of all ones. */
static void fpga_paper(void **state)
{
    (void)state;
    static const struct {
        int exponent_bits, m, bias;
        const char *ours[5], *published[5]; /* EP, MAE, MRE, MSE, NED */
    } rows[] = {
        {6,
         1,
         31,
         {"1.0000", "2.099e15", ".3194", "1.998e33", ".0009"},
         {"1", "2.1e15", ".319", "2e33", ".001"}},
        {5,
         2,
         15,
         {".9375", "8.575e5", ".1111", "9.118e13", ".0026"},
         {".938", "8.58e5", ".111", "9.12e13", ".002"}},
        {4, 3, 7, {".9682", "140.6", ".0684", "7.561e5", ".0049"}, {".968", "141", ".068", "7.56e5", ".005"}},
        {1, 6, 0, {".9992", ".7647", ".0726", "1.184", ".2182"}, {".999", ".765", ".073", "1.18", ".218"}},
    };
    static const char *const columns[] = {"EP", "MAE", "MRE", "MSE", "NED"};
    size_t cut = 0, cells = 0;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct format f = by_fields(rows[i].exponent_bits, rows[i].m, rows[i].bias);
        uint32_t codes[128], top = (1u << rows[i].exponent_bits) - 1;
        size_t n = 0;
        for (uint32_t code = 0; code < 128; code++) {
            uint32_t e = code >> rows[i].m;
            if (e >= 1 && (rows[i].exponent_bits > 4 ? e < top : code != 127))
                codes[n++] = code;
        }
        struct product_args args = {.offset = PRODUCT_OFFSET_PAPER};
        struct product_error e = product_error_codes(named("lmul_real"), &args, &f, codes, n, &f, codes, n);
        assert_int_equal(e.pairs, n * n);
        const double got[] = {(double)e.wrong / (double)e.pairs, e.mae, e.mean_abs, e.mse, e.mae / e.largest};
        for (int k = 0; k < 5; k++, cells++) {
            enum digits d = compare_digits(got[k], rows[i].published[k]);
            if (d == DIGITS_DIFFER || compare_digits(got[k], rows[i].ours[k]) != DIGITS_ROUNDED)
                fail_msg("E%dM%d %s: %g, published %s", rows[i].exponent_bits, rows[i].m, columns[k], got[k],
                         rows[i].published[k]);
            if (d == DIGITS_CUT)
                printf("# E%dM%d %s: %.5g, published %s, which is cut\n", rows[i].exponent_bits, rows[i].m,
                       columns[k], got[k], rows[i].published[k]);
            cut += d == DIGITS_CUT;
        }
    }
    assert_int_equal(cut, 1);
    printf("# covered the FPGA paper's table IV: %zu of %zu cells by rounding, %zu by cutting\n", cells - cut,
           cells, cut);
}

/* The circuit read as it reads its codes: all 128, none subnormal, none special. */
static void fpga_codes(void **state)
{
    (void)state;
    struct format f = by_fields(4, 3, 7);
    f.subnormals = SUBNORMALS_NONE;
    uint32_t codes[128];
    for (uint32_t i = 0; i < 128; i++)
        codes[i] = i;
    struct product_args args = {.offset = PRODUCT_OFFSET_PAPER};
    struct product_error e = product_error_codes(named("lmul_bits"), &args, &f, codes, 128, &f, codes, 128);
    assert_int_equal(compare_digits(e.mean_abs, ".0524"), DIGITS_ROUNDED);
    assert_int_equal(e.pairs, 128 * 128);
}

/* EvoApproxLib's 8x8 signed multipliers of one-sided error are two's complement arrays without their lowest
 * columns: mul8s_1KV8 (MAE 1.2, MSE 3.8), and by mean and variance of the error mul8s_1KV9 and mul8s_1KVA. */
static void evoapprox(void **state)
{
    (void)state;
    static const struct {
        int dropped;
        double mean, variance;
    } rows[] = {{0, 0, 0}, {2, -1.25, 2.1875}, {3, -4.25, 16.1875}, {4, -12.25, 98.1875}};
    static const char *const printed[] = {"1.25", "3.75"};
    struct format f = small_named("int8");
    f.codes = CODES_TWOS;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct product_args args = {.dropped = rows[i].dropped};
        struct product_error e = product_error(named("truncated"), &args, &f, &f);
        assert_int_equal(e.pairs, 65536);
        assert_true(e.bias == rows[i].mean && e.mse - e.bias * e.bias == rows[i].variance);
        assert_true(e.mae == -e.bias);
        if (rows[i].dropped == 2) {
            assert_int_equal(compare_digits(e.mae, printed[0]), DIGITS_ROUNDED);
            assert_int_equal(compare_digits(e.mse, printed[1]), DIGITS_ROUNDED);
            assert_int_equal(e.largest, 5);
        }
    }
    /* The same as a user's table. */
    static float entries[PRODUCT_TABLE_SIZE];
    struct product_args args = {.dropped = 2, .table = entries};
    uint32_t events = 0;
    for (uint32_t i = 0; i < PRODUCT_TABLE_SIZE; i++)
        entries[i] =
            number_to_f32(named("truncated")->multiply(&args, &f, i >> 8, &f, i & 255, &events).value);
    struct product_error e = product_error(named("table"), &args, &f, &f);
    assert_true(e.mae == 1.25 && e.mse == 3.75);
}

/* Hand-worked: E1M1 of bias 0 has the significands 1 and 1.5, so L-Mul's bracket is 1.5, 2, 2, 2.5 for 1,
 * 1.5, 1.5, 2.25. */
static void by_hand(void **state)
{
    (void)state;
    struct format f = by_fields(1, 1, 0);
    struct product_args args = {.offset = PRODUCT_OFFSET_PAPER};
    uint64_t n;
    assert_int_equal(product_error_operands(&f, &n), 2);
    assert_int_equal(n, 2);
    struct product_error e = product_error(named("lmul_real"), &args, &f, &f);
    double r[] = {.5, 1 / 3., 1 / 3., 1 / 9.};
    assert_true(e.pairs == 4 && e.nonzero == 4 && e.wrong == 4 && e.max_abs == .5);
    assert_true(fabs(e.mean - (r[0] + r[1] + r[2] + r[3]) / 4) < 1e-15 && e.mean == e.mean_abs);
    assert_true(fabs(e.rms * e.rms - (.25 + 2 / 9. + 1 / 81.) / 4) < 1e-15);
    /* Operands are 2 and 3: errors 2, 2, 2, 1. */
    assert_true(e.mae == 1.75 && e.bias == 1.75 && e.mse == 13 / 4. && e.largest == 2);
    e = product_error(named("exact"), &args, &f, &f);
    assert_true(e.wrong == 0 && e.rms == 0 && e.largest == 0);
}

/* Which operands are taken, and that wide formats are sampled near the figure of all pairs. */
static void operands(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        uint32_t first;
        uint64_t count;
    } cases[] = {{"e4m3", 0x38, 8},     {"bf16", 0x3f80, 128}, {"fp32", 0x3f800000, 1 << 23},
                 {"e2m1", 2, 2},        {"int8", 0, 256},      {"nf4", 0, 16},
                 {"e4m3fnuz", 0x40, 8}, {"e8m0", 0x7f, 1},     {"ue5m3", 0x78, 8}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct format f = small_named(cases[i].name);
        uint64_t n;
        uint32_t first = product_error_operands(&f, &n);
        if (first != cases[i].first || n != cases[i].count)
            fail_msg("%s: %llu codes from 0x%x", f.name, (unsigned long long)n, (unsigned)first);
    }
    struct format f = small_named("e8m13"), g = small_named("bf16");
    struct product_args args = {.offset = PRODUCT_OFFSET_PAPER};
    struct product_error all = product_error(named("lmul_bits"), &args, &g, &g);
    struct product_error some = product_error(named("lmul_bits"), &args, &f, &f);
    assert_true(some.sampled && some.pairs == PRODUCT_ERROR_PAIRS);
    assert_true(fabs(some.rms / all.rms - 1) < .003 && fabs(some.mean_abs / all.mean_abs - 1) < .003);
}

/* Which offset suits which reading: fractions of 10 bits stand for continuous operands. */
static void best_offsets(void **state)
{
    (void)state;
    static const struct {
        const char *product;
        int l;
        const char *rms;
    } rows[] = {{"lmul_real", 3, "8.67"},
                {"lmul_real", 4, "9.61"},
                {"lmul_bits", 3, "5.82"},
                {"lmul_bits", 4, "3.10"}};
    struct format f = by_fields(5, 10, 15);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct product_args args = {.offset = rows[i].l};
        double rms = 100 * product_error(named(rows[i].product), &args, &f, &f).rms;
        printf("# %s, l = %d: rms %.4f, as noted %s\n", rows[i].product, rows[i].l, rms, rows[i].rms);
        assert_true(fabs(rms - atof(rows[i].rms)) <= .015);
    }
}

/* The root mean square of the relative error in percent for operands uniform in [1, 2), rounded to m bits of
 * fraction first. */
static double rms_of_uniform(const char *product, int m, const struct product_args *args)
{
    enum { GRID = 512 };
    static const struct rounding rne = {.mode = ROUND_RNE};
    const struct product *p = named(product);
    struct format f = by_fields(5, m, 15);
    double sum = 0;
    for (int i = 0; i < GRID; i++)
        for (int j = 0; j < GRID; j++) {
            double x = 1 + (i + .5) / GRID, y = 1 + (j + .5) / GRID;
            uint32_t a = format_round(&f, number_from_f64(x), &rne, 0).code, events = 0;
            uint32_t b = format_round(&f, number_from_f64(y), &rne, 0).code;
            double relative = number_to_f64(p->multiply(args, &f, a, &f, b, &events).value) / (x * y) - 1;
            sum += relative * relative;
        }
    return 100 * sqrt(sum / GRID / GRID);
}

/* The abstract's claims about 3 and 4 bits: the first holds for the bits, the second for neither. */
static void abstract_claims(void **state)
{
    (void)state;
    static const struct {
        const char *product;
        int m, into;
        double rms;
    } rows[] = {{"lmul_bits", 3, 0, 6.94}, {"lmul_real", 3, 0, 8.73}, {"exact", 2, 0, 7.18},
                {"rounded", 2, 2, 8.67},   {"lmul_bits", 4, 0, 6.12}, {"exact", 3, 0, 3.61},
                {"rounded", 3, 3, 4.35}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct product_args args = {.offset = PRODUCT_OFFSET_PAPER};
        if (rows[i].into)
            args.into = by_fields(5, rows[i].into, 15);
        double rms = rms_of_uniform(rows[i].product, rows[i].m, &args);
        printf("# %s of %d bits: rms %.3f, as noted %.2f\n", rows[i].product, rows[i].m, rms, rows[i].rms);
        assert_true(fabs(rms - rows[i].rms) <= .02);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(significands),    cmocka_unit_test(fpga_paper), cmocka_unit_test(fpga_codes),
        cmocka_unit_test(evoapprox),       cmocka_unit_test(by_hand),    cmocka_unit_test(best_offsets),
        cmocka_unit_test(abstract_claims), cmocka_unit_test(operands),
    };
    return cmocka_run_group_tests_name("product_error", tests, NULL, NULL);
}
