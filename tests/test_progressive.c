/* Two levels of integers (QServe): by hand, against the program's search for 119, and at the edge of 8 bits.
 */
#include "tests/check.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/base/rng.h"
#include "tests/layers.h"

static const char scheme[] = "int4,block=4,zero_point=yes";

/* A row whose largest magnitude is `top`, so that its scale is 1 and its values are codes. */
static void check_row(const float *w, const float *want, size_t n, const char *weight, const char *chain)
{
    static const float x[16] = {1};
    struct test_layer t;
    layer_take(&t, 1, 1, n, x, w, "fp32", weight);
    layer_run(&t, chain);
    for (size_t i = 0; i < n; i++)
        if (t.l.part[0].done[LAYER_WEIGHT][i] != want[i])
            fail_msg("%s: value %zu is %g, not %g", chain, i, (double)t.l.part[0].done[LAYER_WEIGHT][i],
                     (double)want[i]);
    layer_drop(&t);
}

/* -1 .. 29: scale 2, zero RNE(.5) = 0 or 1: w / 2 is -.5 0 10 14.5, to even 0 0 10 14; (w + 1) / 2 is 0
 * .5 10.5 15, to even 0 0 10 15, times 2 less 1. The other group has 0 .. 119: scale 8, zero 0: 14.875
 * 0 7.125 1. */
static void test_by_hand(void **state)
{
    (void)state;
    static const float w[] = {-1, 0, 20, 29, 119, 0, 57, 8};
    static const float inner[] = {0, 0, 20, 28, 120, 0, 56, 8}, outer[] = {-1, -1, 19, 29, 120, 0, 56, 8};
    check_row(w, inner, 8, scheme, "progressive");
    check_row(w, outer, 8, scheme, "progressive,zero=outer");
    check_row(w, outer, 8, scheme, "progressive,zero=outer,codes=exact");
    /* rows by a scale of 2^-6, a power of two: codes are the same */
    float small[8], back[8];
    for (size_t i = 0; i < 8; i++) {
        small[i] = w[i] / 64;
        back[i] = inner[i] / 64;
    }
    check_row(small, back, 8, scheme, "progressive");
    /* all above zero: 0 .. 119 with inner zeros; 100 .. 119 with outer ones, scale 1, zero -100 */
    static const float high[] = {100, 107, 112, 119}, high_inner[] = {96, 104, 112, 120},
                       high_outer[] = {100, 107, 112, 115};
    check_row(high, high_inner, 4, scheme, "progressive"); /* 12.5 13.375 14 14.875 */
    check_row(high, high_outer, 4, scheme, "progressive,zero=outer");
    /* 22 below zero: scale RNE(22 / 15) = 1, zero cut to 15 */
    static const float low[] = {119, 0, 0, 0, -22, -15, -7, 0}, low_want[] = {120, 0, 0, 0, -15, -15, -7, 0};
    check_row(low, low_want, 8, scheme, "progressive");
    static const float zero[4] = {0};
    check_row(zero, zero, 4, scheme, "progressive");
    /* a span of 8 over 15 rounds to a scale of 1, not 0; a short group of one value, 5 / 1 */
    static const float few[] = {119, 111, 119, 115, 5};
    check_row(few, few, 5, scheme, "progressive,zero=outer");
}

/* 0 7.5 22.6 1 before they are rounded: span 22.6 / 15 is 2: 3.75 11.3 .5. Rounded 0 8 23 1: 4 11.5 .5. */
static void test_codes(void **state)
{
    (void)state;
    static const float w[] = {119, 119, 119, 119, 0, 7.5F, 22.6F, 1};
    static const float exact[] = {120, 120, 120, 120, 0, 8, 22, 0},
                       rounded[] = {120, 120, 120, 120, 0, 8, 24, 0};
    check_row(w, exact, 8, scheme, "progressive,codes=exact");
    check_row(w, rounded, 8, scheme, "progressive");
}

/* --- the protective range --- */

/* What the value w of a group from low to high becomes. */
static int code_of(bool zero_code, int low, int high, int w)
{
    const int s = (int)rint((high - low) / 15.0), scale = s ? s : 1;
    const int z = (int)rint(zero_code ? (double)-low / scale : (double)-low);
    const int zero = !zero_code ? z : z < 0 ? 0 : z > 15 ? 15 : z;
    const int q = (int)rint(zero_code ? (double)w / scale + zero : (double)(w + zero) / scale);
    const int cut = q < 0 ? 0 : q > 15 ? 15 : q;
    return zero_code ? (cut - zero) * scale : cut * scale - zero;
}

/* Largest magnitude that groups with ends in [-top, top] come to; the ends are left in pair. */
static int reach(bool zero_code, int top, int pair[2])
{
    int most = 0;
    for (int high = 0; high <= top; high++)
        for (int low = -top; low <= high; low++)
            for (int end = 0; end < 2; end++) {
                const int code = abs(code_of(zero_code, low, high, end ? high : low));
                if (code > most) {
                    most = code;
                    pair[0] = low;
                    pair[1] = high;
                }
            }
    return most;
}

/* The program's search: the largest top from which no group leads beyond +-127. */
static int search(bool zero_code)
{
    int pair[2], top = 127;
    while (top && reach(zero_code, top, pair) > 127)
        top--;
    return top;
}

static void check_wrap(const char *chain, bool zero_code, int low, int high)
{
    const float w[4] = {(float)high, (float)low, 0, 1};
    float want[4];
    for (size_t i = 0; i < 4; i++) {
        const int code = code_of(zero_code, low, high, (int)w[i]);
        want[i] = (float)(code > 127 ? code - 256 : code);
    }
    check_row(w, want, 4, scheme, chain);
}

static void test_protective_range(void **state)
{
    (void)state;
    int pair[2] = {0, 0};
    assert_int_equal(search(true), 119);
    assert_int_equal(search(false), 120);
    /* The paper's 120: with -113 its scale is RNE(233 / 15) = 16, its zero RNE(113 / 16) = 7, and 120 / 16 +
     * 7 = 14.5, which is 128 if halves go up. To even the mirror image leaves +-127: -120 with 113. */
    assert_int_equal(code_of(true, -113, 120, 120), 112);
    assert_int_equal(((int)floor(120 / 16.0 + 7 + .5) - 7) * 16, 128);
    assert_int_equal(reach(true, 120, pair), 128);
    assert_int_equal(code_of(true, -120, 113, -120), -128);
    /* 121 leads to 128 in any case, which is -128 in 8 bits: one value in the place of its opposite */
    assert_int_equal(code_of(true, -113, 121, 121), 128);
    assert_int_equal(code_of(false, -112, 121, 121), 128);
    check_wrap("progressive,top=121", true, -113, 121);
    check_wrap("progressive,top=121,zero=outer", false, -112, 121);
    check_wrap("progressive,top=120", true, -113, 120);
    printf("# covered ranges: %d pairs\n", 2 * 127 * 127);
}

/* s = RNE(span / 15) <= 16 codes cover span but for 7.5, and zero, a multiple of s, moves them by s / 2: an
 * end is missed by 15.5 at most, of codes that were rounded by 1/2 under a scale that was by 2^-11 of 119.
 * And all in all two levels are no worse than one under scales of binary32, by much. */
static void test_rows(void **state)
{
    (void)state;
    struct test_layer t;
    layer_draw(&t, 8, 64, 256, "fp32", "int4,block=128,zero_point=yes", 9);
    const double plain = layer_nmse(&t);
    layer_run(&t, "progressive");
    const double paper = layer_nmse(&t);
    assert_int_equal(t.l.part[0].bits[LAYER_WEIGHT], 64 * (256 * 4 + 2 * (8 + 4) + 16));
    for (size_t i = 0; i < 64; i++) {
        double top = 0;
        for (size_t k = 0; k < 256; k++)
            top = fmax(top, fabs((double)t.w[i * 256 + k]));
        const double scale = top / 119;
        for (size_t k = 0; k < 256; k++) {
            const double d =
                fabs((double)t.l.part[0].done[LAYER_WEIGHT][i * 256 + k] - (double)t.w[i * 256 + k]);
            assert_true(d < 16.2 * scale);
        }
    }
    layer_reset(&t);
    assert_int_equal(t.l.part[0].n, 256);
    layer_run(&t, "progressive,top=120,codes=exact,zero=outer");
    const double program = layer_nmse(&t);
    printf("# nmse: %.4g of one level, %.4g, in the program's steps %.4g\n", plain, paper, program);
    assert_true(paper < 1.15 * plain && program < 1.15 * plain);
    assert_int_equal(t.l.part[0].bits[LAYER_WEIGHT], 64 * (256 * 4 + 2 * (8 + 8) + 16));
    layer_drop(&t);
}

static void test_refusals(void **state)
{
    (void)state;
    static const char *const schemes[] = {"int4,block=4", "e2m1,block=4", "int8,block=4,zero_point=yes",
                                          "int4,per=token,zero_point=yes", "int4,block=4,zero_point=float"};
    static const float one[4] = {1, 1, 1, 1};
    for (size_t i = 0; i < sizeof schemes / sizeof *schemes; i++) {
        struct test_layer t;
        layer_take(&t, 1, 1, 4, one, one, "fp32", schemes[i]);
        layer_refuses(&t, "progressive", "allowed: intB,block=N,zero_point=yes");
        layer_drop(&t);
    }
    struct test_layer t;
    layer_take(&t, 1, 1, 4, one, one, "fp32", scheme);
    layer_refuses(&t, "progressive,top=128", "top: '128'");
    layer_drop(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_by_hand),          cmocka_unit_test(test_codes),
        cmocka_unit_test(test_protective_range), cmocka_unit_test(test_rows),
        cmocka_unit_test(test_refusals),
    };
    return cmocka_run_group_tests_name("progressive", tests, NULL, NULL);
}
