/* Recodings: digits make the number, dot products are the plain ones, and the published counts. */
#include "tests/check.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "formats/format.h"
#include "sim/base/rng.h"
#include "sim/recoding.h"

static int count(const char *name, int32_t x, int bits)
{
    struct digit d[RECODING_BITS + 1];
    return recoding_find(name)->digits(x, bits, d);
}

static void all_weights(void **state)
{
    (void)state;
    size_t done = 0;
    for (size_t k = 0; k < recoding_count(); k++) {
        const struct recoding *r = recoding_at(k);
        for (int bits = 1; bits <= RECODING_BITS; bits++) {
            int most = 0;
            for (int32_t x = -(1 << (bits - 1)); x < 1 << (bits - 1); x++, done++) {
                struct digit d[RECODING_BITS + 1];
                int n = r->digits(x, bits, d);
                int64_t sum = 0;
                for (int i = 0; i < n; i++) {
                    assert_true(d[i].value && d[i].value >= r->least && d[i].value <= r->most);
                    assert_true(i == 0 || d[i].shift > d[i - 1].shift);
                    sum += (int64_t)d[i].value * (INT64_C(1) << d[i].shift);
                }
                if (sum != x)
                    fail_msg("%s of %d in %d bits: the digits make %lld", r->name, x, bits, (long long)sum);
                most = n > most ? n : most;
            }
            if (most != r->slots(bits))
                fail_msg("%s in %d bits: %d slots, but %d digits", r->name, bits, r->slots(bits), most);
        }
    }
    printf("# covered recodings: %zu weights\n", done);
}

/* What each of them is. */
static void shapes(void **state)
{
    (void)state;
    for (int32_t x = -32768; x < 32768; x++) {
        struct digit d[RECODING_BITS + 1];
        int n = recoding_find("ent")->digits(x, 16, d);
        for (int i = 0; i < n; i++) {
            int value = x < 0 ? -d[i].value : d[i].value;
            assert_true(value == -1 || value == 1 || value == 2);
            assert_true(d[i].shift % 2 == 0);
        }
        n = recoding_find("booth4")->digits(x, 16, d);
        for (int i = 0; i < n; i++)
            assert_true(d[i].shift % 2 == 0);
        n = recoding_find("naf")->digits(x, 16, d);
        for (int i = 1; i < n; i++)
            assert_true(d[i].shift > d[i - 1].shift + 1);
        assert_int_equal(count("bitmod", x, 16), __builtin_popcount(x < 0 ? -(unsigned)x : (unsigned)x));
        assert_true(n <= count("booth4", x, 16) && n <= count("bitmod", x, 16) && n <= count("ent", x, 16));
    }
    /* By hand: 107 = 1223 in radix 4: 3 -> -1 and 2+1 = 3 -> -1, and 2+1 -> -1, 1+1 = 2. */
    struct digit d[RECODING_BITS + 1];
    assert_int_equal(recoding_find("ent")->digits(107, 8, d), 4);
    assert_true(d[0].value == -1 && d[1].value == -1 && d[2].value == -1 && d[3].value == 2);
    assert_int_equal(recoding_find("booth4")->digits(-128, 8, d), 1);
    assert_true(d[0].value == -2 && d[0].shift == 6);
}

static void dot_products(void **state)
{
    (void)state;
    enum { RUNS = 400, MOST = 67 };
    size_t done = 0;
    for (uint64_t run = 0; run < RUNS; run++)
        for (size_t k = 0; k < recoding_count(); k++) {
            const struct recoding *r = recoding_at(k);
            int32_t w[MOST], a[MOST];
            int bits = (int)(run % RECODING_BITS) + 1;
            size_t n = run % (MOST + 1);
            int64_t plain = 0;
            uint64_t cycles = 5, want = 5;
            for (size_t i = 0; i < n; i++) {
                uint32_t random[4];
                rng_u32x4(7, run, i, random);
                int32_t half = 1 << (bits - 1);
                w[i] = random[0] % 5 == 0 ? -half : (int32_t)(random[1] & (uint32_t)(2 * half - 1)) - half;
                a[i] = random[2] % 5 == 0 ? INT32_MIN : (int32_t)random[3];
                plain += (int64_t)w[i] * a[i];
                want += (uint64_t)count(r->name, w[i], bits);
            }
            assert_true(recoding_dot(r, w, bits, a, n, &cycles) == plain);
            assert_true(cycles == want);
            done++;
        }
    printf("# covered bit-serial dot products: %zu\n", done);
}

/* The values of BitMoD's formats take at most two terms. */
static void bitmod_values(void **state)
{
    (void)state;
    static const char *const names[] = {"bitmod3_p3",  "bitmod3_m3",  "bitmod3_p6",  "bitmod3_m6",
                                        "bitmod4_p10", "bitmod4_m10", "bitmod4_p16", "bitmod4_m16"};
    int most = 0;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        const struct format *f = format_find(names[i]);
        assert_non_null(f);
        for (uint32_t code = 0; code <= format_code_mask(f); code++) {
            double x = format_value(f, code);
            assert_true(x == floor(x));
            int n = count("bitmod", (int32_t)x, 6);
            most = n > most ? n : most;
        }
    }
    assert_int_equal(most, 2);
}

/* The expected number of digits of round(N(0, sigma)) on the condition that it fits in INT8. Clamping instead
 * gives 2.593 of "ent" for sigma = 50, which is not the table's. */
static double expected(const char *name, double sigma)
{
    double sum = 0, all = 0;
    for (int32_t x = -128; x < 128; x++) {
        double p = erfc((x - .5) / sigma / sqrt(2)) - erfc((x + .5) / sigma / sqrt(2));
        sum += p * count(name, x, 8);
        all += p;
    }
    return sum / all;
}

/* TPE's table of Gaussian INT8 (K = 128 as published), our exact expectations, and those of other recodings.
 */
static void published(void **state)
{
    (void)state;
    static const double tpe[] = {1.75, 2.10, 2.32, 2.48, 2.60}, ours[] = {1.762, 2.115, 2.335, 2.490, 2.604};
    for (int i = 0; i < 5; i++) {
        double e = expected("ent", 10 * (i + 1));
        printf("# sigma %d: ent %.4f, booth4 %.4f, naf %.4f, bitmod %.4f\n", 10 * (i + 1), e,
               expected("booth4", 10 * (i + 1)), expected("naf", 10 * (i + 1)),
               expected("bitmod", 10 * (i + 1)));
        assert_true(fabs(e - tpe[i]) <= .0155);
        assert_true(fabs(e - ours[i]) <= .0006);
    }
    assert_true(fabs(expected("booth4", 10) - 1.925) <= .0006 &&
                fabs(expected("booth4", 50) - 2.769) <= .0006);
    assert_true(fabs(expected("naf", 10) - 1.731) <= .0006 && fabs(expected("naf", 50) - 2.500) <= .0006);
}

static void registry(void **state)
{
    (void)state;
    for (size_t i = 0; i < recoding_count(); i++) {
        assert_true(strlen(recoding_at(i)->doc) > 10 && strlen(recoding_at(i)->citation) > 5);
        assert_ptr_equal(recoding_find(recoding_at(i)->name), recoding_at(i));
    }
    assert_null(recoding_find("booth"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_weights),   cmocka_unit_test(shapes),    cmocka_unit_test(dot_products),
        cmocka_unit_test(bitmod_values), cmocka_unit_test(published), cmocka_unit_test(registry),
    };
    return cmocka_run_group_tests_name("recoding", tests, NULL, NULL);
}
