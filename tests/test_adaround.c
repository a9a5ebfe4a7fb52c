/* Learned rounding and descent along coordinates: by hand, against all choices, never worse than nearest. */
#include "tests/check.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/transform/reconstruction.h"
#include "tests/layers.h"

static const char *const schemes[] = {"int4,per=token",
                                      "int3,block=32",
                                      "mxfp4",
                                      "nvfp4",
                                      "e2m1",
                                      "nf4,block=64",
                                      "mx6",
                                      "int4,per=tensor",
                                      "e2m1,tile=8x16",
                                      "if4",
                                      "int4,block=32,zero_point=yes"};
enum { SCHEMES = sizeof schemes / sizeof *schemes };

static const float *weight_of(const struct test_layer *t)
{
    return t->l.part[0].done[LAYER_WEIGHT];
}

/* Error of one output over the calibration tokens, without a Gram matrix. */
static double row_error(const struct test_layer *t, size_t r, const float *values)
{
    double sum = 0;
    for (size_t i = 0; i < t->l.calibration; i++) {
        double d = 0;
        for (size_t j = 0; j < t->n; j++)
            d += (double)t->x[i * t->n + j] * ((double)t->w[r * t->n + j] - (double)values[r * t->n + j]);
        sum += d * d;
    }
    return sum;
}

/* Every row at least as good as nearest, much better together, every value a neighbour; twice the same bits.
 */
static void check(const char *step, const char *scheme, size_t seed, double *gain)
{
    enum { N = 64, OUT = 12, TOKENS = 150 };
    static float nearest[OUT * N], first[OUT * N];
    struct test_layer t;
    struct error e = {{0}};
    struct frozen *f;
    double before = 0, after = 0;
    layer_draw(&t, TOKENS, OUT, N, "fp32", scheme, seed);
    for (size_t i = 0; i < TOKENS * N; i++) /* neighbouring columns go together */
        t.x[i] = i % N ? t.x[i] + .8F * t.x[i - 1] : t.x[i];
    layer_redo(&t);
    const struct layer_part *p = &t.l.part[0];
    const struct quant_spec *q = &p->scheme[LAYER_WEIGHT];
    assert_int_equal(t.l.tools->quantize(&t.l, p, LAYER_WEIGHT, q, t.w, nearest, &e), STATUS_OK);
    assert_int_equal(t.l.tools->freeze(&t.l, p, LAYER_WEIGHT, q, t.w, &f, &e), STATUS_OK);
    layer_run(&t, step);
    memcpy(first, weight_of(&t), sizeof first);
    for (size_t i = 0; i < OUT * N; i++) {
        float below, above;
        t.l.tools->frozen_neighbours(f, i, t.w[i], &below, &above);
        assert_true(first[i] == below || first[i] == above);
    }
    for (size_t r = 0; r < OUT; r++) {
        const double was = row_error(&t, r, nearest), is = row_error(&t, r, first);
        if (!(is <= was * (1 + 1e-9)))
            fail_msg("%s: %s: output %zu: %g is worse than %g", step, scheme, r, is, was);
        before += was;
        after += is;
    }
    if (!(after < .9 * before))
        fail_msg("%s: %s gains nothing: %g of %g", step, scheme, after, before);
    *gain += after / before;
    layer_reset(&t);
    layer_run(&t, step);
    assert_memory_equal(first, weight_of(&t), sizeof first);
    t.l.tools->frozen_close(f);
    layer_drop(&t);
}

static void test_objective(void **state)
{
    (void)state;
    static const char *const steps[] = {"adaround,iterations=100", "coordinate_descent"};
    for (size_t i = 0; i < 2; i++) {
        double gain = 0;
        size_t n = 0;
        for (size_t k = 0; k < SCHEMES; k += WATCHED ? 4 : 1, n++)
            check(steps[i], schemes[k], k, &gain);
        printf("# covered: %s: %zu schemes, error %.3f of nearest\n", steps[i], n, gain / (double)n);
        assert_true(gain < .6 * (double)n);
    }
}

/* Ten columns: all 2^10 choices of neighbours. Both stay above the best and come near it. */
static void test_all_choices(void **state)
{
    (void)state;
    enum { N = 10, OUT = 6, TOKENS = 40 };
    double learned = 0, descended = 0, best_sum = 0, nearest_sum = 0;
    struct test_layer t;
    struct error e = {{0}};
    struct frozen *f;
    static float nearest[OUT * N], one[OUT * N], two[OUT * N], v[OUT * N];
    layer_draw(&t, TOKENS, OUT, N, "fp32", "int3,per=token", 4);
    for (size_t i = 0; i < TOKENS * N; i++)
        t.x[i] = i % N ? t.x[i] * .5F + t.x[i - 1] : t.x[i];
    layer_reset(&t);
    const struct layer_part *p = &t.l.part[0];
    const struct quant_spec *q = &p->scheme[LAYER_WEIGHT];
    assert_int_equal(t.l.tools->quantize(&t.l, p, LAYER_WEIGHT, q, t.w, nearest, &e), STATUS_OK);
    assert_int_equal(t.l.tools->freeze(&t.l, p, LAYER_WEIGHT, q, t.w, &f, &e), STATUS_OK);
    layer_run(&t, "adaround,iterations=400");
    memcpy(one, weight_of(&t), sizeof one);
    layer_reset(&t);
    layer_run(&t, "coordinate_descent");
    memcpy(two, weight_of(&t), sizeof two);
    for (size_t r = 0; r < OUT; r++) {
        double best = HUGE_VAL;
        for (unsigned choice = 0; choice < 1U << N; choice++) {
            for (size_t j = 0; j < N; j++) {
                float below, above;
                t.l.tools->frozen_neighbours(f, r * N + j, t.w[r * N + j], &below, &above);
                v[r * N + j] = choice >> j & 1 ? above : below;
            }
            best = fmin(best, row_error(&t, r, v));
        }
        best_sum += best;
        nearest_sum += row_error(&t, r, nearest);
        learned += row_error(&t, r, one);
        descended += row_error(&t, r, two);
        assert_true(row_error(&t, r, one) >= best * (1 - 1e-9) && row_error(&t, r, two) >= best * (1 - 1e-9));
    }
    printf("# nearest %.4g, best of all choices %.4g, adaround %.4g, coordinate_descent %.4g\n", nearest_sum,
           best_sum, learned, descended);
    assert_true(learned < 1.3 * best_sum && descended < .5 * nearest_sum);
    t.l.tools->frozen_close(f);
    layer_drop(&t);
}

/* Inputs (1 1) alone: what counts is the sum of both columns. 2.375 + 3.375 = 5.75: nearest 2 + 3, the best
 * sum is 6, by either column; the first one moves. */
static void test_by_hand(void **state)
{
    (void)state;
    static const float x[] = {1, 1, 0, 0, 0, 1}, w[] = {2.4375F, 3.3125F, 7};
    struct test_layer t;
    layer_take(&t, 2, 1, 3, x, w, "fp32", "int4,per=token");
    layer_run(&t, "coordinate_descent");
    assert_true(weight_of(&t)[0] == 3 && weight_of(&t)[1] == 3 && weight_of(&t)[2] == 7);
    layer_reset(&t);
    layer_run(&t, "adaround");
    assert_true(weight_of(&t)[0] + weight_of(&t)[1] == 6 && weight_of(&t)[2] == 7);
    layer_drop(&t);
}

/* A regulariser that outweighs the data from the start leaves the nearest values. */
static void test_regulariser(void **state)
{
    (void)state;
    static float nearest[8 * 32];
    struct test_layer t;
    struct error e = {{0}};
    layer_draw(&t, 50, 8, 32, "fp32", "int4,per=token", 2);
    const struct layer_part *p = &t.l.part[0];
    assert_int_equal(t.l.tools->quantize(&t.l, p, LAYER_WEIGHT, &p->scheme[LAYER_WEIGHT], t.w, nearest, &e),
                     STATUS_OK);
    layer_run(&t, "adaround,lambda=1e9,warm=0,beta_start=2");
    assert_memory_equal(nearest, weight_of(&t), sizeof nearest);
    layer_drop(&t);
}

/* Weights on the grid stay. */
static void test_on_grid(void **state)
{
    (void)state;
    static const char *const steps[] = {"adaround", "coordinate_descent"};
    enum { N = 32, OUT = 4 };
    static float w[OUT * N], x[50 * N];
    struct test_layer t;
    layer_draw(&t, 50, OUT, N, "fp32", "fp32", 1);
    memcpy(x, t.x, sizeof x);
    layer_drop(&t);
    for (size_t i = 0; i < OUT * N; i++)
        w[i] = i % 16 == 0 ? 7 : (float)(i * 5 % 15) - 7;
    layer_take(&t, 50, OUT, N, x, w, "fp32", "int4,block=16");
    for (size_t i = 0; i < 2; i++) {
        layer_reset(&t);
        layer_run(&t, steps[i]);
        assert_memory_equal(weight_of(&t), w, sizeof w);
    }
    layer_drop(&t);
}

/* --- straight_through --- */

/* Mean squared error of the layer's output over the calibration tokens. */
static double output_error(const struct test_layer *t)
{
    double error;
    struct error e = {{0}};
    assert_int_equal(layer_error(&t->l, &error, &e), STATUS_OK);
    return error;
}

/* No step at all: nearest values. More steps: never worse, mostly better, the same bits twice. */
static void test_straight_through(void **state)
{
    (void)state;
    enum { N = 64, OUT = 12 };
    static float first[OUT * N];
    size_t better = 0;
    for (size_t k = 0; k < SCHEMES; k++) {
        struct test_layer t;
        layer_draw(&t, 24, OUT, N, k % 2 ? "e4m3" : "fp32", schemes[k], k);
        const double nearest = output_error(&t);
        layer_run(&t, "straight_through,iterations=0");
        assert_true(output_error(&t) == nearest);
        layer_reset(&t);
        layer_run(&t, "straight_through,rate=0.0003,iterations=60");
        const double error = output_error(&t);
        if (!(error <= nearest * (1 + 1e-9)))
            fail_msg("%s: %g is worse than %g", schemes[k], error, nearest);
        better += error < .9 * nearest;
        memcpy(first, weight_of(&t), sizeof first);
        layer_reset(&t);
        layer_run(&t, "straight_through,rate=0.0003,iterations=60");
        assert_memory_equal(first, weight_of(&t), sizeof first);
        layer_drop(&t);
    }
    printf("# covered: straight_through: %d schemes, better by a tenth in %zu\n", SCHEMES, better);
    assert_true(better >= SCHEMES / 2);
}

/* One step moves every weight and the bias by their rates, against the slope. int4 under the scale 1, input
 * (1 1 0), weight (2.375 3.25 7): the values 2 + 3 fall short of 5.625, so all go up: 2.505 -> 3, 3.38 -> 3.
 */
static void test_one_step(void **state)
{
    (void)state;
    static const float x[] = {1, 1, 0}, w[] = {2.375F, 3.25F, 7};
    struct test_layer t;
    layer_take(&t, 1, 1, 3, x, w, "fp32", "int4,per=token");
    layer_run(&t, "straight_through,iterations=1,rate=0.13,bias_rate=0");
    assert_true(weight_of(&t)[0] == 3 && weight_of(&t)[1] == 3 && t.l.bias[0] == 0);
    layer_reset(&t);
    layer_run(&t, "straight_through,iterations=1,rate=0,bias_rate=0.25");
    assert_true(weight_of(&t)[0] == 2 && fabs(t.l.bias[0] - .25) < 1e-6);
    layer_drop(&t);
}

static void test_refusals(void **state)
{
    (void)state;
    struct test_layer t;
    layer_draw(&t, 20, 8, 64, "fp32", "q4_0", 1);
    layer_refuses(&t, "adaround", "the codec q4_0 has no scales");
    layer_refuses(&t, "coordinate_descent", "the codec q4_0 has no scales");
    layer_drop(&t);
    layer_draw(&t, 20, 8, 64, "fp32", "int4,per=token", 1);
    layer_refuses(&t, "coordinate_descent | adaround", "an earlier step has quantized the weight");
    layer_drop(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_objective), cmocka_unit_test(test_all_choices),
        cmocka_unit_test(test_by_hand),   cmocka_unit_test(test_regulariser),
        cmocka_unit_test(test_on_grid),   cmocka_unit_test(test_straight_through),
        cmocka_unit_test(test_one_step),  cmocka_unit_test(test_refusals),
    };
    return cmocka_run_group_tests_name("adaround", tests, NULL, NULL);
}
