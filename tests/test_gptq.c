/* GPTQ: two columns by hand, what a diagonal H leaves, regions of any scheme, order of columns; and the
 * correction of biases. */
#include "tests/check.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/transform/reconstruction.h"
#include "tests/layers.h"

static const char *const schemes[] = {"int4,per=token",
                                      "int3,block=32",
                                      "int4,block=128,zero_point=yes,include_zero=yes",
                                      "int4,per=tensor",
                                      "int4,per=channel",
                                      "mxfp4",
                                      "nvfp4",
                                      "nvfp4_2d",
                                      "mx6",
                                      "if4",
                                      "e2m1,tile=8x16",
                                      "nf4,block=64",
                                      "nf4,block=32,fit=lloyd",
                                      "e2m1,block=16,scale=e4m3,peak=4+6",
                                      "e2m3"};
enum { SCHEMES = sizeof schemes / sizeof *schemes };

static const float *weight_of(const struct test_layer *t)
{
    return t->l.part[0].done[LAYER_WEIGHT];
}

static void quantized(const struct test_layer *t, float *values)
{
    const struct layer_part *p = &t->l.part[0];
    struct error e = {{0}};
    if (t->l.tools->quantize(&t->l, p, LAYER_WEIGHT, &p->scheme[LAYER_WEIGHT], t->w, values, &e))
        fail_msg("%s", e.text);
}

/* sum over calibration tokens and outputs of (x (w - v))^2, without a Gram matrix. */
static double objective(const struct test_layer *t, const float *values)
{
    double sum = 0;
    for (size_t i = 0; i < t->l.calibration; i++)
        for (size_t r = 0; r < t->out; r++) {
            double d = 0;
            for (size_t j = 0; j < t->n; j++)
                d += (double)t->x[i * t->n + j] * ((double)t->w[r * t->n + j] - (double)values[r * t->n + j]);
            sum += d * d;
        }
    return sum;
}

/* Inputs (1 0), (1 1): G = (2 1; 1 1), H = 2/2 G, no damping. H^-1 = (1 -1; -1 2) = U^T U with U = (1 -1; 0
 * 1). The row (7, .4, ...) under int4 has the scale 1. Column 0: 2.4 -> 2, error .4 / 1, column 1 becomes w +
 * .4. */
static void test_two_columns(void **state)
{
    (void)state;
    static const float x[] = {1, 0, 1, 1}, w[] = {7, .4F, 2.375F, 7, -1.375F, 7, 2.375F, .25F};
    static const float nearest[] = {7, 0, 2, 7, -1, 7, 2.375F, 0};
    struct test_layer t;
    layer_take(&t, 2, 3, 2, x, w, "fp32", "int4,per=token");
    layer_run(&t, "gptq,damping=0");
    const float *v = weight_of(&t);
    /* row 0: nothing to make good; row 1: 7 + .375 stays at the end; row 2: 7 - .375 -> 7 */
    for (size_t i = 0; i < 6; i++)
        assert_true(v[i] == nearest[i]);
    layer_drop(&t);
    /* more columns' room: 5.375 + .375 = 5.75 -> 6 where 5.375 alone -> 5; scales of 1 by a third column */
    static const float x3[] = {1, 0, 0, 1, 1, 0, 0, 0, 1}, w3[] = {2.375F, 5.375F, 7, -1.375F, 3, 7};
    static const float rounded[] = {2, 6, 7, -1, 3, 7};
    layer_take(&t, 3, 2, 3, x3, w3, "fp32", "int4,per=token");
    layer_run(&t, "gptq,damping=0");
    v = weight_of(&t);
    for (size_t i = 0; i < 6; i++)
        assert_true(v[i] == rounded[i]);
    /* the other way round: H has (2 1; 1 1), so column 1 goes last anyway; by ascending diagonal it would not
     */
    layer_reset(&t);
    layer_run(&t, "gptq,damping=0,order=descending");
    v = weight_of(&t);
    for (size_t i = 0; i < 6; i++)
        assert_true(v[i] == rounded[i]);
    layer_drop(&t);
}

/* Inputs (0 1), (1 1): G = (1 1; 1 2): column 1 first in act-order. H^-1 over (1, 0) as above: 5.375 -> 5 and
 * column 0 becomes 2.375 + .375 = 2.75 -> 3; in order, 2.375 -> 2 and column 1 gets -U01/U00 * .375: H^-1 =
 * (2 -1; -1 1), U = (sqrt 2, -1/sqrt 2; 0, 1/sqrt 2), so + .1875: 5.5625 -> 6. */
static void test_order(void **state)
{
    (void)state;
    static const float x[] = {0, 1, 0, 1, 1, 0, 0, 0, 1}, w[] = {2.375F, 5.375F, 7};
    static const float given[] = {2, 6, 7}, descending[] = {3, 5, 7};
    struct test_layer t;
    layer_take(&t, 3, 1, 3, x, w, "fp32", "int4,per=token");
    layer_run(&t, "gptq,damping=0");
    assert_memory_equal(weight_of(&t), given, sizeof given);
    layer_reset(&t);
    layer_run(&t, "gptq,damping=0,order=descending");
    assert_memory_equal(weight_of(&t), descending, sizeof descending);
    layer_drop(&t);
}

/* Tokens that are multiples of unit vectors: H is diagonal, nothing is made good. */
static void test_diagonal(void **state)
{
    (void)state;
    enum { N = 128, OUT = 24 };
    static float x[N * N], v[OUT * N];
    struct test_layer t;
    for (size_t k = 0; k < SCHEMES; k++) {
        layer_draw(&t, N, OUT, N, "fp32", schemes[k], k);
        for (size_t i = 0; i < N; i++)
            x[i * N + i] = 1 + (float)(i * 37 % N);
        memcpy(t.l.part[0].operand[LAYER_INPUT], x, sizeof x);
        quantized(&t, v);
        layer_run(&t, "gptq,order=descending");
        if (memcmp(v, weight_of(&t), sizeof v) != 0)
            fail_msg("%s: a diagonal H moves values", schemes[k]);
        layer_drop(&t);
    }
    printf("# covered: %d schemes under a diagonal H\n", SCHEMES);
}

/* Never worse than nearest; better where there is anything to gain; every value one that the scheme has. */
static void test_objective(void **state)
{
    (void)state;
    static const char *const steps[] = {"gptq", "gptq,order=descending", "gptq,groups=static",
                                        "gptq,order=descending,groups=static"};
    enum { N = 128, OUT = 24 };
    static float v[OUT * N];
    size_t better = 0;
    for (size_t k = 0; k < SCHEMES; k++) {
        struct test_layer t;
        layer_draw(&t, 200, OUT, N, "fp32", schemes[k], k);
        for (size_t i = 0; i < 200 * N; i++) /* neighbouring columns go together */
            t.x[i] = i % N ? t.x[i] + .8F * t.x[i - 1] : t.x[i];
        layer_redo(&t);
        quantized(&t, v);
        const double nearest = objective(&t, v);
        for (size_t i = 0; i < sizeof steps / sizeof *steps; i++) {
            layer_reset(&t);
            layer_run(&t, steps[i]);
            const double error = objective(&t, weight_of(&t));
            if (!(error <= nearest * (1 + 1e-9)))
                fail_msg("%s: %s: %g is worse than %g", steps[i], schemes[k], error, nearest);
            better += error < .9 * nearest;
        }
        layer_drop(&t);
    }
    printf("# covered: %d schemes, better by a tenth in %zu of %d\n", SCHEMES, better, 4 * SCHEMES);
    assert_int_equal(better, 4 * SCHEMES);
}

/* Small layers, where making good goes wrong now and then: nearest values are kept there. */
static void test_never_worse(void **state)
{
    (void)state;
    enum { N = 5, OUT = 1, CASES = 300 };
    size_t kept = 0;
    for (uint64_t k = 0; k < CASES; k++) {
        float v[N * OUT];
        struct test_layer t;
        layer_draw(&t, 8, OUT, N, "fp32", k % 2 ? "int2,block=2" : "e2m1,per=token", k);
        quantized(&t, v);
        layer_run(&t, "gptq");
        assert_true(objective(&t, weight_of(&t)) <= objective(&t, v) * (1 + 1e-9));
        kept += memcmp(v, weight_of(&t), sizeof v) == 0;
        layer_drop(&t);
    }
    printf("# covered: %d small layers, %zu nearest\n", CASES, kept);
    assert_true(kept > 0 && kept < CASES);
}

/* Weights on the grid stay. Every row and block of the scheme holds its largest code. */
static void test_on_grid(void **state)
{
    (void)state;
    enum { N = 64, OUT = 8 };
    static float w[OUT * N], x[100 * N];
    struct test_layer t;
    layer_draw(&t, 100, OUT, N, "fp32", "fp32", 1);
    memcpy(x, t.x, sizeof x);
    layer_drop(&t);
    for (size_t i = 0; i < OUT * N; i++)
        w[i] = i % 16 == 0 ? 7 : (float)(i * 5 % 15) - 7;
    layer_take(&t, 100, OUT, N, x, w, "fp32", "int4,block=16");
    layer_run(&t, "gptq");
    assert_memory_equal(weight_of(&t), w, sizeof w);
    layer_drop(&t);
}

/* Scales of a block are found from the weight as it is when its first column comes: block 1 grows by what
 * block 0 loses. Static scales are those of before. */
static void test_scales(void **state)
{
    (void)state;
    /* G = (2 1; 1 1) over columns 0 and 1, H^-1 as in test_two_columns; one column a block */
    static const float x[] = {1, 0, 1, 1}, w[] = {1.25F, 3};
    struct test_layer t;
    /* e8m0 scales, floor: under int2 (-1, 0, 1) 1.25 -> 1, and 3 + .25 -> 2 under 2 */
    layer_take(&t, 2, 1, 2, x, w, "fp32", "int2,block=1,scale=e8m0,scale_rule=floor");
    layer_run(&t, "gptq,damping=0");
    assert_true(weight_of(&t)[0] == 1 && weight_of(&t)[1] == 2);
    layer_drop(&t);
    /* 3.875 + .25 passes a power of two */
    static const float w2[] = {1.25F, 3.875F};
    layer_take(&t, 2, 1, 2, x, w2, "fp32", "int2,block=1,scale=e8m0,scale_rule=floor");
    layer_run(&t, "gptq,damping=0");
    assert_true(weight_of(&t)[0] == 1 && weight_of(&t)[1] == 4);
    layer_reset(&t);
    layer_run(&t, "gptq,damping=0,groups=static");
    assert_true(weight_of(&t)[0] == 1 && weight_of(&t)[1] == 2);
    layer_drop(&t);
}

/* A column that is always zero: its weight becomes zero, or stays nearest where nothing else is won. */
static void test_dead_column(void **state)
{
    (void)state;
    static const float x[] = {1, 0, 0, 1, 1, 0, 0, 0, 0}, w[] = {2.375F, 5.375F, 7};
    static const float rounded[] = {2, 6, 0};
    struct test_layer t;
    layer_take(&t, 3, 1, 3, x, w, "fp32", "int4,per=token");
    layer_run(&t, "gptq,damping=0");
    assert_memory_equal(weight_of(&t), rounded, sizeof rounded);
    layer_drop(&t);
}

/* Only calibration tokens count, and a quantized input may stand for the input. */
static void test_data(void **state)
{
    (void)state;
    static float all[16 * 64], some[16 * 64], rounded[16 * 64];
    struct test_layer t;
    layer_draw(&t, 96, 16, 64, "int4,per=token", "int4,per=token", 3);
    layer_run(&t, "gptq");
    memcpy(all, weight_of(&t), sizeof all);
    layer_reset(&t);
    t.l.calibration = 70;
    layer_run(&t, "gptq");
    memcpy(some, weight_of(&t), sizeof some);
    assert_memory_not_equal(all, some, sizeof all);
    layer_reset(&t);
    t.l.calibration = 70;
    for (size_t i = 70 * 64; i < 96 * 64; i++)
        t.l.part[0].operand[LAYER_INPUT][i] = 1e3F;
    layer_run(&t, "gptq");
    assert_memory_equal(some, weight_of(&t), sizeof some);
    layer_reset(&t);
    layer_run(&t, "gptq,input=quantized");
    memcpy(rounded, weight_of(&t), sizeof rounded);
    assert_memory_not_equal(all, rounded, sizeof all);
    layer_drop(&t);
}

static void test_refusals(void **state)
{
    (void)state;
    struct test_layer t;
    layer_draw(&t, 20, 8, 64, "fp32", "q4_0", 1);
    layer_refuses(&t, "gptq", "the codec q4_0 has no scales");
    layer_drop(&t);
    layer_draw(&t, 20, 8, 64, "fp32", "mxfp4,round=sr", 1);
    layer_refuses(&t, "gptq", "not rounded stochastically");
    layer_drop(&t);
    layer_draw(&t, 20, 8, 64, "fp32", "int4,per=token", 1);
    layer_refuses(&t, "gptq,damping=0", "no inverse; allowed: damping > 0");
    layer_reset(&t);
    layer_refuses(&t, "gptq | gptq", "an earlier step has quantized the weight");
    layer_reset(&t);
    layer_refuses(&t, "gptq | smooth", "an earlier step has quantized the weight");
    layer_reset(&t);
    t.l.part[0].operand[LAYER_INPUT][5] = INFINITY;
    layer_refuses(&t, "gptq", "holds a NaN or an infinity");
    layer_drop(&t);
}

/* --- biases --- */

/* The mean over the calibration tokens of what outputs lose is zero afterwards, up to rounding. */
static void test_bias(void **state)
{
    (void)state;
    static const char *const chains[] = {"bias_correction", "gptq | bias_correction",
                                         "smooth | bias_correction | bias_correction"};
    enum { TOKENS = 60, OUT = 16 };
    static double y[TOKENS * OUT];
    struct error e = {{0}};
    struct test_layer t;
    layer_draw(&t, TOKENS, OUT, 64, "int4,per=tensor", "int3,per=token", 8);
    for (size_t k = 0; k < 3; k++) {
        layer_reset(&t);
        t.l.calibration = 40;
        layer_run(&t, chains[k]);
        assert_int_equal(layer_output(&t.l, y, &e), STATUS_OK);
        for (size_t j = 0; j < OUT; j++) {
            double mean = 0, size = 0;
            for (size_t i = 0; i < 40; i++) {
                mean += (double)t.y[i * OUT + j] - y[i * OUT + j];
                size += fabs((double)t.y[i * OUT + j]);
            }
            assert_true(fabs(mean) < 1e-13 * size);
            assert_true(t.l.bias[j] != 0);
        }
    }
    layer_drop(&t);
}

/* One token, one output, by hand: 3 * .4 = 1.2 exactly, 3 * 0 after rounding under the scale 1 of a 7. */
static void test_bias_by_hand(void **state)
{
    (void)state;
    static const float x[] = {3, 0}, w[] = {.25F, 7};
    struct test_layer t;
    layer_take(&t, 1, 1, 2, x, w, "fp32", "int4,per=token");
    layer_run(&t, "bias_correction");
    assert_true(t.l.bias[0] == .75);
    layer_drop(&t);
}

/* --- products --- */

/* Tiles and edges add in the order of a plain loop. */
static void test_product(void **state)
{
    (void)state;
    static double a[9 * 13], b[13 * 10], y[9 * 10];
    for (size_t i = 0; i < 9 * 13; i++)
        a[i] = 1 / (double)(i + 3);
    for (size_t i = 0; i < 13 * 10; i++)
        b[i] = 1 / (double)(i * 7 % 31 + 1);
    matrix_product(a, b, 9, 13, 10, y);
    for (size_t i = 0; i < 9; i++)
        for (size_t j = 0; j < 10; j++) {
            double sum = 0;
            for (size_t k = 0; k < 13; k++)
                sum += a[i * 13 + k] * b[k * 10 + j];
            assert_true(sum == y[i * 10 + j]);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_two_columns), cmocka_unit_test(test_order),
        cmocka_unit_test(test_diagonal),    cmocka_unit_test(test_objective),
        cmocka_unit_test(test_never_worse), cmocka_unit_test(test_on_grid),
        cmocka_unit_test(test_scales),      cmocka_unit_test(test_dead_column),
        cmocka_unit_test(test_data),        cmocka_unit_test(test_refusals),
        cmocka_unit_test(test_bias),        cmocka_unit_test(test_bias_by_hand),
        cmocka_unit_test(test_product),
    };
    return cmocka_run_group_tests_name("gptq", tests, NULL, NULL);
}
