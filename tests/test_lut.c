/* Dot products by look-up against plain ones, and quantized tables against binary64. */
#include "tests/check.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "sim/arith/lut.h"
#include "sim/base/rng.h"

enum { TERMS = 200 };

struct data {
    uint8_t codes[TERMS];
    int16_t a[TERMS];
};

static void fill(struct data *d, uint64_t run, int bits)
{
    for (uint64_t i = 0; i < TERMS; i++) {
        uint32_t r[4];
        rng_u32x4(11, run, i, r);
        d->codes[i] = (uint8_t)(r[0] & ((1u << bits) - 1));
        d->a[i] = r[1] % 16 == 0   ? INT16_MIN
                  : r[1] % 16 == 1 ? INT16_MAX
                                   : (int16_t)(r[2] >> (16 + run % 12));
    }
}

static int64_t plain(const struct data *d, size_t n, int zero)
{
    int64_t sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += (int64_t)(d->codes[i] - zero) * d->a[i];
    return sum;
}

/* "With an unquantized table the result equals the ordinary dot product exactly." */
static void exact_tables(void **state)
{
    (void)state;
    static struct data d;
    size_t done = 0;
    for (int bits = 1; bits <= LUT_BITS_MAX; bits++)
        for (int group = 1; group <= LUT_GROUP_MAX; group++)
            for (int kind = 0; kind < 4; kind++, done++) {
                size_t n = (done * 7) % (TERMS + 1);
                int zero = kind == 0   ? 0
                           : kind == 1 ? 1 << (bits - 1)
                           : kind == 2 ? (1 << bits) - 1
                                       : 1 << bits;
                struct lut_spec s = {.bits = bits, .zero = zero, .group = group};
                struct lut_cost cost = {1, 2};
                fill(&d, done, bits);
                assert_null(lut_problem(&s, n));
                struct lut_result r = lut_dot(&s, d.codes, d.a, n, &cost);
                assert_true(r.denominator == 2 && r.numerator == 2 * plain(&d, n, zero));
                size_t groups = (n + (size_t)group - 1) / (size_t)group;
                assert_true(cost.entries == 1 + (groups << group));
                assert_true(cost.lookups == 2 + groups * (size_t)bits);
            }
    printf("# covered look-up dot products: %zu\n", done);
}

/* Every code of every plane, one activation a group: the whole table by hand. */
static void by_hand(void **state)
{
    (void)state;
    /* Tables of {3, -1}: -2, 4, -4, 2; codes 2 = 10b and 3 = 11b: plane 0 picks -4, plane 1 picks 2. */
    static const uint8_t codes[] = {2, 3};
    static const int16_t a[] = {3, -1};
    struct lut_spec s = {.bits = 2, .zero = 2, .group = 2};
    struct lut_cost cost = {0, 0};
    struct lut_result r = lut_dot(&s, codes, a, 2, &cost);
    assert_true(r.numerator == -4 + 2 * 2 + (3 - 4) * 2 && r.numerator == -2 && r.denominator == 2);
    assert_true(cost.entries == 4 && cost.lookups == 2);
    /* Quantized: the largest entry is 4, so -4 is -127 and 2 is 63.5, to even 64. */
    s.scale_group = 2;
    r = lut_dot(&s, codes, a, 2, &cost);
    assert_true(r.numerator == 4 * (-127 + 2 * 64) + 127 * -2 && r.denominator == 254);
    static const int16_t zeros[2] = {0};
    r = lut_dot(&s, codes, zeros, 2, &cost);
    assert_int_equal(r.numerator, 0);
}

/* The same tables in binary64: entries, scale and rint apart from our integers. */
static double by_doubles(const struct lut_spec *s, const struct data *d, size_t n)
{
    double sum = 0, total = 0, most = 0;
    for (size_t i = 0; i < n; i += (size_t)s->group) {
        if (i % (size_t)s->scale_group == 0) {
            most = 0;
            for (size_t j = i; j < n && j < i + (size_t)s->scale_group; j += (size_t)s->group) {
                double entry = 0;
                for (size_t k = j; k < n && k < j + (size_t)s->group; k++)
                    entry += fabs((double)d->a[k]);
                most = fmax(most, entry);
            }
        }
        for (int p = 0; p < s->bits; p++) {
            double entry = 0;
            for (size_t k = i; k < n && k < i + (size_t)s->group; k++)
                entry += (d->codes[k] >> p & 1 ? 1 : -1) * (double)d->a[k];
            /* 127 entry is exact, its quotient correctly rounded; a tie is a multiple of 1/2, so exact. */
            sum += most > 0 ? ldexp(rint(127 * entry / most) * most, p) : 0;
        }
        for (size_t k = i; k < n && k < i + (size_t)s->group; k++)
            total += d->a[k];
    }
    return sum + 127 * (ldexp(1, s->bits) - 1 - 2 * s->zero) * total;
}

static void quantized_tables(void **state)
{
    (void)state;
    static struct data d;
    enum { RUNS = 2000 };
    double worst = 0;
    for (uint64_t run = 0; run < RUNS; run++) {
        int bits = (int)(run % LUT_BITS_MAX) + 1, group = (int)(run / 8 % LUT_GROUP_MAX) + 1;
        size_t n = run % (TERMS + 1);
        struct lut_spec s = {.bits = bits,
                             .zero = 1 << (bits - 1),
                             .group = group,
                             .scale_group = group * (1 + (int)(run % 5) * 4)};
        struct lut_cost cost = {0, 0};
        fill(&d, run, bits);
        struct lut_result r = lut_dot(&s, d.codes, d.a, n, &cost);
        assert_int_equal(r.denominator, 254);
        assert_true((double)r.numerator == by_doubles(&s, &d, n));
        /* Each entry is off by half a step at most: most / 254 times 2^bits - 1 over the planes. */
        double groups = ceil((double)n / group),
               bound = groups * group * 32768. / 254 * ((1 << bits) - 1) / 2;
        double error = fabs((double)r.numerator / 254 - (double)plain(&d, n, s.zero));
        assert_true(error <= bound);
        worst = fmax(worst, bound > 0 ? error / bound : 0);
    }
    assert_true(worst > 0);
    printf("# covered quantized look-up tables: %d, at most %.3f of the bound\n", (int)RUNS, worst);
}

static void problems(void **state)
{
    (void)state;
    static const struct {
        struct lut_spec spec;
        size_t n;
        const char *words;
    } cases[] = {{{0, 0, 4, 0}, 1, "1 to 8 bits"},          {{9, 0, 4, 0}, 1, "1 to 8 bits"},
                 {{2, 5, 4, 0}, 1, "0 to 2^bits"},          {{2, -1, 4, 0}, 1, "0 to 2^bits"},
                 {{2, 2, 0, 0}, 1, "1 to 8 activations"},   {{2, 2, 9, 0}, 1, "1 to 8 activations"},
                 {{2, 2, 4, 6}, 1, "whole groups"},         {{2, 2, 4, -4}, 1, "whole groups"},
                 {{2, 2, 4, 64}, LUT_TERMS_MAX + 1, "2^20"}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const char *why = lut_problem(&cases[i].spec, cases[i].n);
        assert_non_null(why);
        assert_non_null(strstr(why, cases[i].words));
    }
    assert_null(lut_problem(&(struct lut_spec){2, 4, 4, 64}, LUT_TERMS_MAX));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(exact_tables),
        cmocka_unit_test(by_hand),
        cmocka_unit_test(quantized_tables),
        cmocka_unit_test(problems),
    };
    return cmocka_run_group_tests_name("lut", tests, NULL, NULL);
}
