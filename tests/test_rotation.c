/* Rotations, permutations and what steps learn from: worked by hand, and what each promises. */
#include "tests/check.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/layers.h"

static float *operand(const struct test_layer *t, enum layer_side side)
{
    return t->l.part[0].operand[side];
}

static void expect_near(const float *got, const double *want, size_t n, double within)
{
    for (size_t i = 0; i < n; i++)
        if (!(fabs((double)got[i] - want[i]) <= within))
            fail_msg("value %zu: %.9g, expected %.9g", i, (double)got[i], want[i]);
}

/* The matrix of a step: what unit vectors become. */
static double *matrix_of(const char *chain, struct test_layer *t, size_t n)
{
    double *m = malloc(n * n * sizeof *m);
    float *eye = calloc(n * n, sizeof *eye);
    assert_non_null(m);
    assert_non_null(eye);
    for (size_t i = 0; i < n; i++)
        eye[i * n + i] = 1;
    layer_take(t, n, n, n, eye, eye, "fp32", "fp32");
    layer_run(t, chain);
    for (size_t i = 0; i < n * n; i++)
        m[i] = (double)operand(t, LAYER_WEIGHT)[i];
    free(eye);
    return m;
}

static void expect_orthogonal(const double *m, size_t n)
{
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j <= i; j++) {
            double dot = 0;
            for (size_t k = 0; k < n; k++)
                dot += m[i * n + k] * m[j * n + k];
            if (!(fabs(dot - (i == j)) < 1e-6)) /* entries are rounded to binary32 */
                fail_msg("rows %zu and %zu of %zu: %g", i, j, n, dot);
        }
}

/* --- DCT --- */

/* n = 2: (a, b) becomes (a + b, a - b) / sqrt 2. n = 4, from cos(pi (2 i + 1) k / 8): rows of constants 1/2;
 * c, s, -s, -c; 1/2, -1/2, -1/2, 1/2; s, -c, c, -s, with c = cos(pi / 8) / sqrt 2 and s = sin(pi / 8) /
 * sqrt 2. */
static void test_dct(void **state)
{
    (void)state;
    static const float x[] = {3, 1, 2, 0}, w[] = {1, 0, 0, 1};
    static const double two[] = {2.8284271247461903, 1.4142135623730951, 1.4142135623730951,
                                 1.4142135623730951};
    const double c = .6532814824381883, s = .27059805007309849;
    const double four[] = {.5, c, .5, s, .5, s, -.5, -c, .5, -s, -.5, c, .5, -c, .5, -s};
    struct test_layer t;
    layer_take(&t, 2, 2, 2, x, w, "fp32", "fp32");
    layer_run(&t, "dct");
    expect_near(operand(&t, LAYER_INPUT), two, 4, 1e-6);
    layer_drop(&t);
    double *m = matrix_of("dct", &t, 4);
    expect_near(operand(&t, LAYER_INPUT), four, 16, 1e-7);
    free(m);
    layer_drop(&t);
    m = matrix_of("dct,block=4", &t, 8); /* nothing crosses a block */
    for (size_t i = 0; i < 8; i++)
        for (size_t j = 0; j < 8; j++)
            assert_true(i / 4 == j / 4 ? fabs(m[i * 8 + j] - four[i % 4 * 4 + j % 4]) < 1e-7
                                       : m[i * 8 + j] == 0);
    free(m);
    layer_reset(&t);
    layer_refuses(&t, "dct,block=3", "block=3: a row has 8 columns; allowed: a divisor of that");
    layer_drop(&t);
    static const size_t widths[] = {1, 3, 5, 12, 43, 96};
    for (size_t i = 0; i < sizeof widths / sizeof *widths; i++) {
        m = matrix_of("dct", &t, widths[i]);
        expect_orthogonal(m, widths[i]);
        free(m);
        layer_drop(&t);
    }
}

/* --- KLT --- */

/* Columns (1, 1), (-1, -1), (2, -2), (-2, 2) around (5, 7): covariance [10 -6; -6 10], eigenvalues 4 along
 * (1, 1) and 16 along (1, -1). The larger entry is positive, the first of equals. */
static void test_klt(void **state)
{
    (void)state;
    static const float x[] = {6, 8, 4, 6, 7, 5, 3, 9}, w[] = {1, 0, 0, 1};
    const double r = 1 / sqrt(2);
    const double turned[] = {14 * r, -2 * r, 10 * r, -2 * r, 12 * r, 2 * r, 12 * r, -6 * r};
    const double axes[] = {r, r, r, -r};
    struct test_layer t;
    layer_take(&t, 4, 2, 2, x, w, "fp32", "fp32");
    layer_run(&t, "klt");
    expect_near(operand(&t, LAYER_INPUT), turned, 8, 1e-6);
    expect_near(operand(&t, LAYER_WEIGHT), axes, 4, 1e-7);
    layer_reset(&t);
    /* the first two tokens vary along (1, 1) alone, which is now the larger axis */
    const double other[] = {r, r, -r, r};
    layer_run(&t, "calibrate,tokens=2 | klt");
    expect_near(operand(&t, LAYER_WEIGHT), other, 4, 1e-7);
    layer_reset(&t);
    /* second moments [110 134; 134 206]: their larger axis is near the mean */
    layer_run(&t, "klt,mean=kept");
    const float *v = operand(&t, LAYER_WEIGHT);
    assert_true(v[1] > .5F && v[3] > .8F && v[0] > .8F && v[2] < -.5F);
    layer_reset(&t);
    layer_run(&t, "klt,block=1"); /* a column has one axis */
    assert_memory_equal(operand(&t, LAYER_INPUT), x, sizeof x);
    layer_reset(&t);
    layer_refuses(&t, "klt,block=4", "block=4: a row has 2 columns");
    layer_drop(&t);
}

/* No covariance: nothing is turned. Not finite: refused. */
static void test_klt_edges(void **state)
{
    (void)state;
    float x[12] = {1, 2, 3, 1, 2, 3, 1, 2, 3, 1, 2, 3}, w[3] = {1, 2, 3};
    struct test_layer t;
    layer_take(&t, 4, 1, 3, x, w, "fp32", "fp32");
    layer_run(&t, "klt");
    assert_memory_equal(operand(&t, LAYER_INPUT), x, sizeof x);
    layer_reset(&t);
    layer_run(&t, "calibrate,tokens=1 | klt");
    assert_memory_equal(operand(&t, LAYER_INPUT), x, sizeof x);
    layer_drop(&t);
    x[4] = INFINITY;
    layer_take(&t, 4, 1, 3, x, w, "fp32", "fp32");
    layer_refuses(&t, "klt", "the covariance of the input is not finite");
    layer_reset(&t);
    layer_run(&t, "calibrate,tokens=1 | klt"); /* token 0 is */
    layer_drop(&t);
}

/* The covariance of what the input became is diagonal and ascending, and what is not learned from does not
 * matter. */
static void test_klt_decorrelates(void **state)
{
    (void)state;
    enum { TOKENS = 200, N = 24, LEARNED = 120 };
    struct test_layer t;
    double mean[N] = {0}, last = 0;
    layer_draw(&t, TOKENS, 8, N, "fp32", "fp32", 3);
    layer_run(&t, "calibrate,tokens=120 | klt");
    const float *x = operand(&t, LAYER_INPUT);
    for (size_t i = 0; i < LEARNED * N; i++)
        mean[i % N] += (double)x[i] / LEARNED;
    for (size_t i = 0; i < N; i++)
        for (size_t j = 0; j <= i; j++) {
            double sum = 0;
            for (size_t k = 0; k < LEARNED; k++)
                sum += ((double)x[k * N + i] - mean[i]) * ((double)x[k * N + j] - mean[j]);
            if (i == j)
                assert_true(sum >= last);
            else if (!(fabs(sum) < 1e-2)) /* variances are 120 and 48,000 */
                fail_msg("columns %zu and %zu: %g", i, j, sum);
            last = i == j ? sum : last;
        }
    float *first = malloc(8 * N * sizeof *first);
    assert_non_null(first);
    memcpy(first, operand(&t, LAYER_WEIGHT), 8 * N * sizeof *first);
    for (size_t i = LEARNED * N; i < TOKENS * N; i++)
        t.x[i] = 100;
    layer_reset(&t);
    layer_run(&t, "calibrate,tokens=120 | klt");
    assert_memory_equal(first, operand(&t, LAYER_WEIGHT), 8 * N * sizeof *first);
    layer_reset(&t);
    layer_run(&t, "klt");
    assert_memory_not_equal(first, operand(&t, LAYER_WEIGHT), 8 * N * sizeof *first);
    free(first);
    layer_drop(&t);
}

/* --- calibration --- */

static void test_calibrate(void **state)
{
    (void)state;
    struct test_layer t;
    layer_draw(&t, 9, 4, 8, "int4,per=token", "int4,per=token", 1);
    static const struct {
        const char *chain;
        size_t tokens;
    } table[] = {{"calibrate", 5},
                 {"calibrate,share=0", 1},
                 {"calibrate,share=1", 9},
                 {"calibrate,tokens=9", 9},
                 {"calibrate,tokens=2 | calibrate,share=1", 9}};
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        layer_reset(&t);
        layer_run(&t, table[i].chain);
        assert_int_equal(t.l.calibration, table[i].tokens);
    }
    layer_reset(&t);
    layer_refuses(&t, "calibrate,tokens=10", "tokens=10: the input has 9; allowed: as many or fewer");
    layer_refuses(&t, "calibrate,tokens=2,share=.5", "share=.5 has no effect: tokens says how many");
    layer_drop(&t);
}

/* --- permutations --- */

static void expect_order(struct test_layer *t, const char *chain, const float *want)
{
    layer_reset(t);
    layer_run(t, chain);
    for (size_t j = 0; j < t->n; j++)
        if (operand(t, LAYER_WEIGHT)[j] != want[j])
            fail_msg("%s: column %zu is %g", chain, j, (double)operand(t, LAYER_WEIGHT)[j]);
}

/* Columns with largest magnitudes 3 4 3 5, sums of them 4 4 6 5, sums -4 4 0 5; the weight names them. */
static void test_permute(void **state)
{
    (void)state;
    static const float x[] = {-3, 4, 3, 5, -1, 0, -3, 0}, w[] = {0, 1, 2, 3};
    struct test_layer t;
    layer_take(&t, 2, 1, 4, x, w, "fp32", "fp32");
    expect_order(&t, "permute", (const float[]){3, 1, 0, 2});
    static const float moved[] = {5, 4, -3, 3, 0, 0, -1, -3};
    assert_memory_equal(operand(&t, LAYER_INPUT), moved, sizeof moved);
    expect_order(&t, "permute,by=sum_abs", (const float[]){2, 3, 0, 1});
    expect_order(&t, "permute,by=sum_abs,order=ascending", (const float[]){0, 1, 3, 2});
    expect_order(&t, "permute,by=sum,order=ascending", (const float[]){0, 2, 1, 3});
    expect_order(&t, "permute,block=2", (const float[]){1, 0, 3, 2});
    expect_order(&t, "calibrate,tokens=1 | permute,by=sum_abs", (const float[]){3, 1, 0, 2});
    layer_reset(&t);
    layer_refuses(&t, "permute,block=3", "block=3: a row has 4 columns");
    layer_drop(&t);
}

/* Every column is there once, also with NaN in some, and rows of integers give the same sums bit for bit. */
static void test_permute_keeps(void **state)
{
    (void)state;
    enum { TOKENS = 40, OUT = 6, N = 64 };
    static double y[2][TOKENS * OUT];
    struct test_layer t;
    struct error e = {{0}};
    layer_draw(&t, TOKENS, OUT, N, "int8,per=token,scale=e8m0,scale_rule=rceil",
               "int8,per=token,scale=e8m0,scale_rule=rceil", 9);
    assert_int_equal(layer_output(&t.l, y[0], &e), STATUS_OK);
    layer_run(&t, "permute");
    assert_memory_not_equal(operand(&t, LAYER_INPUT), t.x, TOKENS * N * sizeof *t.x);
    assert_int_equal(layer_output(&t.l, y[1], &e), STATUS_OK);
    assert_memory_equal(y[0], y[1], sizeof y[0]);
    for (size_t i = 0; i < N; i++)
        t.w[i] = (float)i;
    t.x[7] = t.x[N + 30] = NAN;
    layer_reset(&t);
    layer_run(&t, "permute,by=sum");
    bool seen[N] = {false};
    for (size_t i = 0; i < N; i++)
        seen[(size_t)operand(&t, LAYER_WEIGHT)[i]] = true;
    for (size_t i = 0; i < N; i++)
        assert_true(seen[i]);
    assert_true(operand(&t, LAYER_WEIGHT)[0] == 7 && operand(&t, LAYER_WEIGHT)[1] == 30);
    layer_drop(&t);
}

/* Sorted columns make blocks of like size: less error under scales of blocks. */
static void test_permute_gain(void **state)
{
    (void)state;
    struct test_layer t;
    layer_draw(&t, 64, 32, 128, "int4,block=16", "int4,block=16", 5);
    const double plain = layer_nmse(&t);
    layer_run(&t, "permute");
    const double sorted = layer_nmse(&t);
    printf("# permute: nmse %.4f of %.4f\n", sorted, plain);
    assert_true(sorted < .8 * plain);
    layer_drop(&t);
}

/* --- clusters --- */

/* Heads (.8 8), (5 5), (2 20), (6 5): the first and the third have one shape, the others another. Each
 * cluster and place has a scale, the largest over 7: 2.8 goes to 3, 5 / (6 / 7) to 6. */
static void test_cluster(void **state)
{
    (void)state;
    static const float x[] = {.8F, -8, 5, 5, 2, 20, 6, 5}, w[] = {0, 1, 2, 3, 4, 5, 6, 7};
    static const float order[] = {0, 1, 4, 5, 2, 3, 7, 6};
    const double done[] = {6 / 7., -60 / 7., 2, 20, 5, 36 / 7., 5, 6};
    struct test_layer t;
    layer_take(&t, 1, 1, 8, x, w, "int4,per=tensor", "fp32");
    layer_run(&t, "sort_cluster,head=2,clusters=2,groups=2");
    assert_memory_equal(operand(&t, LAYER_WEIGHT), order, sizeof order);
    expect_near(t.l.part[0].done[LAYER_INPUT], done, 8, 1e-5);
    assert_true(t.l.part[0].counted[LAYER_INPUT]);
    assert_int_equal(t.l.part[0].bits[LAYER_INPUT], 8 * 4 + 4 * 32);
    layer_refuses(&t, "hadamard", "an earlier step has quantized the input");
    layer_reset(&t);
    layer_run(&t, "sort_cluster,head=7,clusters=1,groups=1"); /* heads of 4 */
    static const float sorted[] = {0, 2, 3, 1, 4, 7, 6, 5};
    assert_memory_equal(operand(&t, LAYER_WEIGHT), sorted, sizeof sorted);
    layer_drop(&t);
}

/* Ward's distance is not that of means: heads P P P at one angle, Q a tenth beside them, R and S .11 apart
 * far away; 3/4 * .1^2 is more than 1/2 * .11^2, so R and S join. Within a head of sizes 1 2 3 12, means
 * begin at 1 and 3 and end at 2 and 12. */
static void test_cluster_distances(void **state)
{
    (void)state;
    static const float x[] = {1, 10, 6.841F, 10, 1, 10, 2.024F, 10, 8.595F, 10, 1, 10};
    static const float w[] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11};
    static const float order[] = {0, 1, 4, 5, 10, 11, 2, 3, 8, 9, 6, 7};
    static const float head[] = {12, 1, 3, 2}, ones[] = {1, 1, 1, 1};
    const double done[] = {6 / 7., 15 / 7., 3, 12};
    struct test_layer t;
    layer_take(&t, 1, 1, 12, x, w, "int4,per=tensor", "fp32");
    layer_run(&t, "sort_cluster,head=2,clusters=3");
    assert_memory_equal(operand(&t, LAYER_WEIGHT), order, sizeof order);
    layer_drop(&t);
    layer_take(&t, 1, 1, 4, head, ones, "int4,per=tensor", "fp32");
    layer_run(&t, "sort_cluster,head=4,groups=2");
    expect_near(t.l.part[0].done[LAYER_INPUT], done, 4, 1e-6);
    layer_drop(&t);
}

/* One cluster and one group are the scheme of the tensor; more lessen the error; columns of zeros, fewer
 * heads than clusters and odd widths are fine. */
static void test_cluster_scales(void **state)
{
    (void)state;
    enum { TOKENS = 40, OUT = 6, N = 64 };
    static double y[2][TOKENS * OUT];
    struct test_layer t;
    struct error e = {{0}};
    layer_draw(&t, TOKENS, OUT, N, "int8,per=tensor,scale=e8m0,scale_rule=rceil",
               "int8,per=token,scale=e8m0,scale_rule=rceil", 9);
    assert_int_equal(layer_output(&t.l, y[0], &e), STATUS_OK);
    const double plain = layer_nmse(&t);
    layer_run(&t, "sort_cluster,head=16,clusters=1,groups=1");
    assert_int_equal(layer_output(&t.l, y[1], &e), STATUS_OK);
    assert_memory_equal(y[0], y[1], sizeof y[0]);
    layer_reset(&t);
    layer_run(&t, "sort_cluster,head=16");
    const double clustered = layer_nmse(&t);
    printf("# sort_cluster: nmse %.2g of %.2g\n", clustered, plain);
    assert_true(clustered < .9 * plain);
    layer_drop(&t);
    static const size_t widths[] = {1, 43, 60};
    for (size_t i = 0; i < 3; i++) {
        layer_draw(&t, 5, 3, widths[i], "int8,per=tensor", "int8,per=token", 2);
        for (size_t k = 0; k < 5 * widths[i]; k++)
            t.x[k] = k % widths[i] < 20 ? 0 : t.x[k];
        layer_redo(&t);
        const double alone = layer_nmse(&t);
        layer_run(&t, "sort_cluster,head=20,groups=30");
        if (widths[i] > 20 && !(layer_nmse(&t) <= alone * 1.1)) /* else there is no signal */
            fail_msg("%zu columns: %g of %g", widths[i], layer_nmse(&t), alone);
        layer_drop(&t);
    }
}

/* --- tokens --- */

/* Three tokens: two are mixed, one is alone; with block=1 all are. */
static void test_tokens(void **state)
{
    (void)state;
    static const float x[] = {3, 0, 1, 4, 5, 6}, w[] = {1, 0, 0, 1};
    const double r = 1 / sqrt(2);
    const double mixed[] = {4 * r, 4 * r, 2 * r, -4 * r, 5, 6};
    double y[6];
    struct error e = {{0}};
    struct test_layer t;
    layer_take(&t, 3, 2, 2, x, w, "fp32", "fp32");
    layer_run(&t, "rotate_tokens");
    expect_near(operand(&t, LAYER_INPUT), mixed, 6, 1e-6);
    assert_int_equal(layer_output(&t.l, y, &e), STATUS_OK);
    for (size_t i = 0; i < 6; i++)
        assert_true(fabs(y[i] - (double)x[i]) < 1e-6);
    layer_reset(&t);
    layer_run(&t, "rotate_tokens,block=1");
    assert_memory_equal(operand(&t, LAYER_INPUT), x, sizeof x);
    layer_refuses(&t, "rotate_tokens", "a step before it mixes tokens");
    layer_reset(&t);
    assert_non_null(layer_bias(&t.l));
    layer_refuses(&t, "rotate_tokens", "has made parts or a bias");
    layer_drop(&t);
}

/* Any number of tokens, any block: outputs are what they were; a lone outlier is spread. */
static void test_tokens_undone(void **state)
{
    (void)state;
    static const size_t tokens[] = {1, 2, 7, 48, 100};
    static const char *const chains[] = {"rotate_tokens", "rotate_tokens,block=5", "rotate_tokens,block=64",
                                         "smooth | rotate_tokens,block=16 | hadamard"};
    struct test_layer t;
    for (size_t i = 0; i < 5; i++)
        for (size_t k = 0; k < 4; k++) {
            layer_draw(&t, tokens[i], 8, 32, "fp32", "fp32", i);
            layer_run(&t, chains[k]);
            assert_true(tokens[i] < 2 || memcmp(operand(&t, LAYER_INPUT), t.x, 32 * sizeof(float)) != 0);
            if (!(layer_nmse(&t) < 1e-12))
                fail_msg("%zu tokens, %s: nmse %g", tokens[i], chains[k], layer_nmse(&t));
            layer_drop(&t);
        }
}

/* A token of outliers under one scale for all. */
static void test_tokens_gain(void **state)
{
    (void)state;
    struct test_layer drawn, t;
    layer_draw(&drawn, 64, 16, 32, "fp32", "fp32", 1);
    for (size_t j = 0; j < 32; j++)
        drawn.x[5 * 32 + j] *= 50;
    layer_take(&t, 64, 16, 32, drawn.x, drawn.w, "int8,per=tensor", "fp32");
    const double plain = layer_nmse(&t);
    layer_run(&t, "rotate_tokens");
    const double mixed = layer_nmse(&t);
    printf("# rotate_tokens: nmse %.2g of %.2g\n", mixed, plain);
    assert_true(mixed < .2 * plain);
    layer_drop(&t);
    layer_drop(&drawn);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_dct),
        cmocka_unit_test(test_klt),
        cmocka_unit_test(test_klt_edges),
        cmocka_unit_test(test_klt_decorrelates),
        cmocka_unit_test(test_calibrate),
        cmocka_unit_test(test_permute),
        cmocka_unit_test(test_permute_keeps),
        cmocka_unit_test(test_permute_gain),
        cmocka_unit_test(test_tokens),
        cmocka_unit_test(test_tokens_undone),
        cmocka_unit_test(test_tokens_gain),
        cmocka_unit_test(test_cluster),
        cmocka_unit_test(test_cluster_distances),
        cmocka_unit_test(test_cluster_scales),
    };
    return cmocka_run_group_tests_name("rotation", tests, NULL, NULL);
}
