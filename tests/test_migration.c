/* Steps that move offset and scale of columns between the input and the weight: worked by hand, against their
 * definitions, and what none of them may break. */
#include "tests/check.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/scheme.h"
#include "sim/transform/migrate.h"
#include "sim/transform/real_bias.h"
#include "tests/layers.h"

static const float *input_of(const struct test_layer *t)
{
    return t->l.part[0].operand[LAYER_INPUT];
}

static const float *weight_of(const struct test_layer *t)
{
    return t->l.part[0].operand[LAYER_WEIGHT];
}

static void expect_unchanged(const struct test_layer *t)
{
    assert_memory_equal(input_of(t), t->x, t->tokens * t->n * sizeof *t->x);
    assert_memory_equal(weight_of(t), t->w, t->out * t->n * sizeof *t->w);
    assert_null(t->l.bias);
}

static bool near(double a, double b)
{
    return fabs(a - b) <= 1e-6 * fabs(b);
}

/* --- shift --- */

/* Columns 1 .. 4 and -4 .. 2 have middles 2.5 and -1, means 2 and -2; w = (1, 2), (-1, .5). */
static void test_shift(void **state)
{
    (void)state;
    static const float x[] = {1, -4, 4, -4, 1, 2}, w[] = {1, 2, -1, .5F};
    static const float middle[] = {-1.5F, -3, 1.5F, -3, -1.5F, 3}, mean[] = {-1, -2, 2, -2, -1, 4};
    struct test_layer t;
    layer_take(&t, 3, 2, 2, x, w, "fp32", "fp32");
    layer_run(&t, "shift");
    assert_memory_equal(input_of(&t), middle, sizeof middle);
    assert_true(t.l.bias[0] == .5 && t.l.bias[1] == -3);
    assert_memory_equal(weight_of(&t), w, sizeof w);
    layer_reset(&t);
    layer_run(&t, "shift,by=mean");
    assert_memory_equal(input_of(&t), mean, sizeof mean);
    assert_true(t.l.bias[0] == -2 && t.l.bias[1] == -3);
    layer_reset(&t);
    layer_run(&t, "shift,sample=1"); /* the middle of one token is that token */
    assert_memory_equal(input_of(&t), mean, sizeof mean);
    layer_reset(&t);
    layer_run(&t, "shift,sample=2"); /* (2.5 + 1) / 2 and (-4 + 2) / 2 */
    assert_true(input_of(&t)[0] == -.75F && input_of(&t)[1] == -3);
    assert_true(t.l.bias[0] == 1.75 - 2);
    layer_reset(&t);
    t.l.calibration = 1; /* only the first token is known */
    layer_run(&t, "shift");
    assert_true(input_of(&t)[0] == 0 && input_of(&t)[2] == 3 && input_of(&t)[5] == 6);
    layer_drop(&t);
}

/* A column that is all offset costs nothing once it is shifted. */
static void test_shift_gain(void **state)
{
    (void)state;
    enum { TOKENS = 32, N = 32 };
    struct test_layer t;
    layer_draw(&t, TOKENS, 16, N, "int4,per=token", "fp32", 3);
    for (size_t i = 0; i < TOKENS; i++)
        for (size_t j = 0; j < N; j++)
            t.x[i * N + j] = t.x[i * N + j] / (j % 16 == 3 || j % 16 == 7 ? 20 : 1) + (j == 5 ? 40 : 0);
    struct test_layer shifted;
    layer_take(&shifted, TOKENS, 16, N, t.x, t.w, "int4,per=token", "fp32");
    const double plain = layer_nmse(&shifted);
    layer_run(&shifted, "shift");
    const double error = layer_nmse(&shifted);
    printf("# shift: nmse %.5f of %.5f\n", error, plain);
    assert_true(error < .2 * plain);
    layer_drop(&shifted);
    layer_drop(&t);
}

/* --- os_plus --- */

/* The factors that columns got, from operands of which no element is zero. */
static void check_bound(const struct test_layer *t, const struct test_layer *shifted, size_t *scaled)
{
    double before[64], after[64], bound = 0;
    assert_true(t->n <= 64);
    layer_column_max(&shifted->l, LAYER_INPUT, before);
    layer_column_max(&t->l, LAYER_INPUT, after);
    for (size_t j = 0; j < t->n; j++) /* columns above the bound now end at it */
        if (after[j] < .999 * before[j])
            bound = fmax(bound, after[j]);
    for (size_t j = 0; j < t->n; j++) {
        const double s = before[j] > bound && bound > 0 ? before[j] / bound : 1;
        assert_true(near(after[j], before[j] / s));
        for (size_t i = 0; i < t->out; i++)
            assert_true(
                near((double)weight_of(t)[i * t->n + j], (double)weight_of(shifted)[i * t->n + j] * s));
        *scaled += s > 1;
    }
}

static void test_os_plus(void **state)
{
    (void)state;
    size_t scaled = 0;
    struct test_layer t, shifted;
    for (uint64_t seed = 0; seed < 6; seed++) {
        layer_draw(&t, 32, 16, 64, "int6,per=tensor", "int6,per=token", seed);
        layer_draw(&shifted, 32, 16, 64, "int6,per=tensor", "int6,per=token", seed);
        const double plain = layer_nmse(&t);
        layer_run(&shifted, "shift");
        layer_run(&t, "os_plus");
        check_bound(&t, &shifted, &scaled);
        assert_true(layer_nmse(&t) <= layer_nmse(&shifted));
        if (!seed)
            printf("# os_plus: nmse %.5f of %.5f, shifted %.5f\n", layer_nmse(&t), plain,
                   layer_nmse(&shifted));
        layer_drop(&t);
        layer_drop(&shifted);
    }
    printf("# covered: %zu scaled columns\n", scaled);
    assert_true(scaled >= 24); /* the columns that are twenty times as large */
}

/* Two bounds, 8 and 4.5 (points=1 of a range whose largest value is small): columns of 8 and 1. */
static void test_os_plus_by_hand(void **state)
{
    (void)state;
    static const float x[] = {8, 1, -8, -1, 4, 1, -4, .5F}, w[] = {.125F, 1};
    struct test_layer t;
    layer_take(&t, 4, 1, 2, x, w, "int4,per=tensor,codes=sym", "fp32");
    layer_run(&t, "os_plus,shift=no,points=1,low=7");
    /* max(1, 8 / .5) = 16 steps of 1/16 from 8 down: whichever won, the second column stays */
    assert_true(input_of(&t)[1] == 1 && input_of(&t)[7] == .5F && weight_of(&t)[1] == 1);
    assert_true(input_of(&t)[0] >= 7 && input_of(&t)[0] <= 8);
    assert_true(near((double)(input_of(&t)[0] * weight_of(&t)[0]), 1));
    layer_reset(&t);
    layer_run(&t, "os_plus,shift=no,low=9"); /* above all that there is: nothing to scale */
    expect_unchanged(&t);
    layer_drop(&t);
}

/* --- awq --- */

/* Means of |x| 16 and 1: factors 16^a and 1, over the root of their product. */
static void test_awq(void **state)
{
    (void)state;
    static const float x[] = {16, 1, -8, -1, 24, 1}, w[] = {1, 7, .4F, -7, -.6F, 3};
    struct test_layer t;
    layer_take(&t, 3, 3, 2, x, w, "fp32", "int4,per=token");
    const double plain = layer_nmse(&t);
    layer_run(&t, "awq,grid=1");
    expect_unchanged(&t);
    layer_reset(&t);
    layer_run(&t, "awq");
    const double s0 = (double)x[0] / (double)input_of(&t)[0], s1 = (double)x[1] / (double)input_of(&t)[1];
    const double step = log2(s0 / s1) / 4 * 20;
    printf("# awq: alpha %.4f, nmse %.5f of %.5f\n", step / 20, layer_nmse(&t), plain);
    assert_true(near(s0 * s1, 1));
    assert_true(step > .5 && fabs(step - floor(step + .5)) < 1e-4);
    assert_true(near((double)weight_of(&t)[0], s0) && near((double)weight_of(&t)[1], 7 * s1));
    const double found = layer_nmse(&t);
    assert_true(found < plain);
    layer_drop(&t);
    for (int k = 0; k < 20; k++) { /* the least of all: columns of 16 and 1 have the factors 4^a and 4^-a */
        float xs[6], ws[6];
        const double s = exp2(2 * k / 20.0);
        for (int i = 0; i < 6; i++) {
            xs[i] = (float)(i % 2 ? (double)x[i] * s : (double)x[i] / s);
            ws[i] = (float)(i % 2 ? (double)w[i] / s : (double)w[i] * s);
        }
        layer_take(&t, 3, 3, 2, xs, ws, "fp32", "int4,per=token");
        assert_true(found <= layer_nmse(&t) * (1 + 1e-5));
        layer_drop(&t);
    }
}

/* A column that no token uses has the least factor, not none. */
static void test_awq_zeros(void **state)
{
    (void)state;
    static const float x[] = {16, 0, -8, 0}, w[] = {1, 7, .4F, -7};
    struct test_layer t;
    layer_take(&t, 2, 2, 2, x, w, "fp32", "int4,per=token");
    layer_run(&t, "awq");
    assert_true(layer_nmse(&t) < 1e-6);
    for (size_t i = 0; i < 4; i++)
        assert_true(isfinite(input_of(&t)[i]) && isfinite(weight_of(&t)[i]) && weight_of(&t)[i] != 0);
    layer_drop(&t);
}

/* alpha = 0 alone: over the mean relative weight, in groups of one or of the row. */
static void test_awq_duo(void **state)
{
    (void)state;
    static const float x[] = {1, 1, 2, -3}, w[] = {4, 1, -4, 2};
    struct test_layer t;
    layer_take(&t, 2, 2, 2, x, w, "fp32", "int8,per=token");
    layer_run(&t, "awq,weight=duo,grid=1");
    const double relative[] = {4 / (4 + 1e-6), (1 + 2) / 2. / (4 + 1e-6)};
    const double a = 1 / (relative[0] + 1e-4), b = 1 / (relative[1] + 1e-4), norm = sqrt(a * b);
    assert_true(near((double)input_of(&t)[0], norm / a) && near((double)input_of(&t)[1], norm / b));
    layer_drop(&t);
    layer_take(&t, 2, 2, 2, x, w, "fp32", "int8,block=1"); /* every weight is its group's largest */
    layer_run(&t, "awq,weight=duo,grid=1");
    assert_true(near((double)input_of(&t)[0], 1) && near((double)input_of(&t)[1], 1));
    layer_drop(&t);
}

/* A search that knows no scale at all is among those it tries: it never loses, and gains on outliers. */
static void test_awq_never_worse(void **state)
{
    (void)state;
    static const char *const weights[] = {"int4,block=16,zero_point=yes", "int3,per=token", "e2m1,block=32"};
    double most = 1;
    for (size_t i = 0; i < 3; i++)
        for (uint64_t seed = 0; seed < 3; seed++) {
            struct test_layer t;
            layer_draw(&t, 24, 16, 64, "fp32", weights[i], seed);
            const double plain = layer_nmse(&t);
            layer_run(&t, "awq");
            most = fmin(most, layer_nmse(&t) / plain);
            assert_true(layer_nmse(&t) <= plain);
            layer_drop(&t);
        }
    printf("# awq: down to %.3f of the error without\n", most);
    assert_true(most < .5);
}

/* --- premultiply --- */

/* Columns of 254 and 1 under int8: factors 2 and 1/127; their median is the lower one. */
static void test_premultiply(void **state)
{
    (void)state;
    static const float x[] = {-254, 1, 127, -.5F, 0, 0}, w[] = {1, 127};
    static const float scaled[] = {-127, 127, 63.5F, -63.5F, 0, 0};
    struct test_layer t;
    layer_take(&t, 3, 1, 2, x, w, "int8,per=none,codes=twos", "fp32");
    layer_run(&t, "premultiply");
    for (size_t i = 0; i < 6; i++)
        assert_true(near((double)input_of(&t)[i], (double)scaled[i]));
    assert_true(weight_of(&t)[0] == 2 && near((double)weight_of(&t)[1], 1));
    layer_reset(&t);
    layer_run(&t, "premultiply,over=median");
    assert_true(near((double)weight_of(&t)[1], 127) && near((double)weight_of(&t)[0], 2 * 127.));
    layer_reset(&t);
    layer_run(&t, "premultiply,over=mean");
    assert_true(near((double)weight_of(&t)[0], 2 / ((2 + 1 / 127.) / 2)));
    layer_drop(&t);
    layer_draw(&t, 4, 4, 32, "q4_0", "fp32", 1);
    layer_refuses(&t, "premultiply", "no largest element");
    layer_drop(&t);
}

/* Integers of premultiplied columns are those of a scale for each column. */
static void test_premultiply_is_per_channel(void **state)
{
    (void)state;
    enum { TOKENS = 16, N = 32 };
    struct test_layer t;
    struct quant_spec channel;
    struct error e = {{0}};
    float integers[TOKENS * N], values[TOKENS * N];
    size_t same = 0;
    layer_draw(&t, TOKENS, 8, N, "int8,per=none", "fp32", 4);
    assert_int_equal(scheme_parse("int8,per=channel", &channel, &e), STATUS_OK);
    assert_int_equal(t.l.tools->quantize(&t.l, &t.l.part[0], LAYER_INPUT, &channel, t.x, values, &e),
                     STATUS_OK);
    layer_run(&t, "premultiply");
    assert_int_equal(layer_values(&t.l, &t.l.part[0], LAYER_INPUT, integers, &e), STATUS_OK);
    for (size_t i = 0; i < TOKENS * N; i++) {
        assert_true(integers[i] == (float)(int)integers[i] && fabsf(integers[i]) <= 127);
        const double s = (double)t.x[i] / (double)input_of(&t)[i];
        same += near((double)integers[i] * s, (double)values[i]) || (integers[i] == 0 && values[i] == 0);
    }
    printf("# %zu of %d elements as with a scale for each channel\n", same, TOKENS * N);
    assert_int_equal(same, TOKENS * N);
    layer_drop(&t);
}

/* --- prebias --- */

/* Two exponent bits allow 3 binades: columns of 6, 3, 1.5, .3 and 0. */
static void test_prebias(void **state)
{
    (void)state;
    static const float x[] = {6, 3, -1.5F, .3F, 0, -3, 1, 1, -.2F, 0}, w[] = {1, 1, 1, 1, 1};
    static const float factor[] = {1, 2, 4, 8, 8};
    struct test_layer t;
    layer_take(&t, 2, 1, 5, x, w, "e2m1,per=tensor", "fp32");
    layer_run(&t, "prebias");
    for (size_t i = 0; i < 10; i++)
        assert_true(input_of(&t)[i] == x[i] * factor[i % 5]);
    for (size_t i = 0; i < 5; i++)
        assert_true(weight_of(&t)[i] == 1 / factor[i]);
    layer_drop(&t);
    layer_draw(&t, 4, 4, 8, "int8,per=token", "fp32", 1);
    layer_refuses(&t, "prebias", "int8 has no exponent field");
    layer_drop(&t);
}

static void test_real_bias(void **state)
{
    (void)state;
    assert_true(near(real_bias(2, 1, 6), 1) && near(real_bias(4, 3, 480), 7) && near(real_bias(3, 0, 16), 3));
    assert_true(real_bias_shift(2, 9, 1) == 3 && real_bias_shift(3, 9, 1) == 7 &&
                real_bias_shift(3, 0, 1) == 0 && real_bias_shift(3, 3.5, 2.5) == 2 &&
                real_bias_shift(3, (double)INFINITY, 1) == 7 &&
                real_bias_shift(3, (double)INFINITY, (double)INFINITY) == 0);
}

/* --- all --- */

/* What has been quantized cannot be scaled any more. */
static void test_order(void **state)
{
    (void)state;
    static const char *const steps[] = {"shift",       "os_plus", "awq",    "awq_clip",
                                        "premultiply", "prebias", "llm_fp4"};
    struct test_layer t;
    layer_draw(&t, 8, 4, 16, "e2m1,per=tensor", "e2m1,per=token", 2);
    for (size_t i = 0; i < sizeof steps / sizeof *steps; i++) {
        char chain[128];
        layer_reset(&t);
        snprintf(chain, sizeof chain, "llm_fp4,points=2,rounds=1 | %s", steps[i]);
        layer_refuses(&t, chain, "an earlier step has quantized the ");
    }
    layer_drop(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_shift),       cmocka_unit_test(test_shift_gain),
        cmocka_unit_test(test_os_plus),     cmocka_unit_test(test_os_plus_by_hand),
        cmocka_unit_test(test_awq),         cmocka_unit_test(test_awq_zeros),
        cmocka_unit_test(test_awq_duo),     cmocka_unit_test(test_awq_never_worse),
        cmocka_unit_test(test_premultiply), cmocka_unit_test(test_premultiply_is_per_channel),
        cmocka_unit_test(test_prebias),     cmocka_unit_test(test_real_bias),
        cmocka_unit_test(test_order),
    };
    return cmocka_run_group_tests_name("migration", tests, NULL, NULL);
}
