/* Transforms: texts of chains, what all of them promise, and rotations and smoothing worked by hand. */
#include "tests/check.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/transform/hadamard_matrix.h"
#include "tests/layers.h"

/* --- texts --- */

static void expect_refusal(const char *text, const char *words)
{
    struct transform_chain c;
    struct error e = {{0}};
    assert_int_equal(transform_parse(text, &c, &e), STATUS_INVALID);
    if (!strstr(e.text, words))
        fail_msg("%s: '%s' does not say '%s'", text, e.text, words);
}

static void test_texts(void **state)
{
    (void)state;
    struct transform_chain c, again;
    struct error e = {{0}};
    char text[TRANSFORM_TEXT_SIZE], second[TRANSFORM_TEXT_SIZE];
    assert_int_equal(transform_parse(" smooth , alpha = 0.60 |hadamard,block=16 ", &c, &e), STATUS_OK);
    assert_int_equal(c.n, 2);
    assert_true(transform_number(&c.step[0], "alpha") == 0.6);
    assert_int_equal(transform_count_of(&c.step[1], "block"), 16);
    assert_true(transform_is(&c.step[1], "signs", "none"));
    transform_canonical(&c, text);
    assert_string_equal(text, "smooth,alpha=0.6 | hadamard,block=16,signs=none,fit=exact");
    transform_short(&c, text);
    assert_string_equal(text, "smooth,alpha=0.6 | hadamard,block=16");
    assert_int_equal(transform_parse("hadamard,signs=random,seed=7", &again, &e), STATUS_OK);
    transform_canonical(&again, second);
    assert_string_equal(second, "hadamard,block=0,signs=random,seed=7,fit=exact");
    expect_refusal("", "unknown transform ''");
    expect_refusal("hadamard twice,block=16", "'hadamard twice' is no name");
    expect_refusal("smoth", "did you mean 'smooth'");
    expect_refusal("smooth|", "unknown transform ''");
    expect_refusal("smooth,alpha=1.1", "smooth: alpha: '1.1' is not one of 0..1");
    expect_refusal("smooth,alpha=nan", "alpha: 'nan'");
    expect_refusal("smooth,alpha=.5x", "alpha: '.5x'");
    expect_refusal("smooth,beta=1", "unknown key 'beta'");
    expect_refusal("smooth,alpha=.5,alpha=.5", "given twice");
    expect_refusal("hadamard,block=1.5", "block: '1.5'");
    expect_refusal("hadamard,signs=some", "none|random|nvfp4");
    expect_refusal("hadamard,seed=1", "seed=1 has no effect: only random signs have a seed");
    expect_refusal("smooth|smooth|smooth|smooth|smooth|smooth|smooth|smooth|smooth", "at most 8");
}

/* --- what all promise --- */

static void check_descriptor(const struct transform *t)
{
    int schemes = 0;
    struct transform_chain c, again;
    struct error e = {{0}};
    char text[TRANSFORM_TEXT_SIZE], second[TRANSFORM_TEXT_SIZE];
    assert_true(*t->name && *t->doc && *t->citation && *t->acts && (t->apply || t->attend));
    assert_ptr_equal(transform_find(t->name), t);
    assert_true(t->n_keys <= TRANSFORM_KEYS);
    for (size_t i = 0; i < t->n_keys; i++) {
        assert_true(*t->keys[i].name && *t->keys[i].doc);
        schemes += t->keys[i].type == ARG_SCHEME;
    }
    assert_true(schemes <= 1);
    assert_int_equal(transform_parse(t->name, &c, &e), STATUS_OK);
    transform_canonical(&c, text);
    if (transform_parse(text, &again, &e))
        fail_msg("%s: %s", text, e.text);
    transform_canonical(&again, second);
    assert_string_equal(text, second);
    transform_short(&c, text);
    assert_string_equal(text, t->name);
}

/* Operands are rounded once or twice to binary32, relative to their own size, which columns twenty times as
 * large as others set. */
static void check_output(const struct transform *t, size_t n, size_t *checked)
{
    struct test_layer layer;
    if (!t->keeps_output) /* and may refuse what has no scales */
        return;
    layer_draw(&layer, 24, 16, n, "fp32", "fp32", n);
    layer_run(&layer, t->name);
    double error = layer_nmse(&layer);
    if (!(error < 1e-12))
        fail_msg("%s, %zu columns: the exact output has changed: nmse %g", t->name, n, error);
    ++*checked;
    layer_drop(&layer);
}

static void test_registry(void **state)
{
    (void)state;
    size_t checked = 0;
    for (size_t i = 0; i < transform_count(); i++) {
        check_descriptor(transform_at(i));
        if (!transform_at(i)->apply) /* tests/test_heads.c */
            continue;
        check_output(transform_at(i), 64, &checked);
        check_output(transform_at(i), 96, &checked);
    }
    printf("# %zu transforms, %zu exact outputs kept\n", transform_count(), checked);
    assert_int_equal(checked, 24); /* of 12 steps in two widths: none has lost its word */
}

/* --- Hadamard --- */

static void check_order(size_t n)
{
    struct hadamard h;
    double *all = malloc(n * n * sizeof *all), *row = malloc(n * sizeof *row);
    assert_non_null(all);
    assert_non_null(row);
    assert_true(hadamard_open(n, &h));
    const double entry = 1 / sqrt((double)n);
    for (size_t i = 0; i < n; i++) { /* row i of H is what a unit vector becomes */
        memset(all + i * n, 0, n * sizeof *all);
        all[i * n + i] = 1;
        hadamard_turn(&h, all + i * n, false);
        for (size_t j = 0; j < n; j++)
            assert_true(fabs(all[i * n + j]) == entry);
        memcpy(row, all + i * n, n * sizeof *row);
        hadamard_turn(&h, row, true);
        for (size_t j = 0; j < n; j++)
            assert_true(fabs(row[j] - (i == j)) < 1e-12);
    }
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < i; j++) {
            double dot = 0;
            for (size_t k = 0; k < n; k++)
                dot += all[i * n + k] * all[j * n + k];
            assert_true(fabs(dot) < 1e-12);
        }
    hadamard_close(&h);
    free(all);
    free(row);
}

/* Orders up to 200 that Paley's constructions over primes and doubling give. 52 and 100 would take fields of
 * 25 and 49 elements; 92, 116, 156, 172, 184 and 188 neither construction gives. */
static void test_orders(void **state)
{
    (void)state;
    static const size_t missing[] = {52, 92, 100, 116, 156, 172, 184, 188};
    size_t found = 0;
    for (size_t n = 1; n <= 200; n++) {
        struct hadamard h;
        bool is = false, open = hadamard_open(n, &h);
        hadamard_close(&h);
        for (size_t i = 0; i < sizeof missing / sizeof *missing; i++)
            is |= missing[i] == n;
        if (open != (n <= 2 || (n % 4 == 0 && !is)))
            fail_msg("order %zu: %s", n, open ? "found" : "not found");
        if (open)
            check_order(n);
        found += open;
    }
    printf("# %zu orders\n", found);
    struct hadamard h;
    assert_true(hadamard_open(352, &h)); /* 8 * 44: width of a feed-forward layer */
    assert_int_equal(h.m, 44);
    hadamard_close(&h);
}

/* Columns of each token became (a + b, a - b) / sqrt 2, pair by pair. */
static void expect_pairs(const struct test_layer *t)
{
    const float *x = t->l.part[0].operand[LAYER_INPUT];
    for (size_t i = 0; i < t->tokens * t->n; i += 2) {
        const double a = (double)t->x[i], b = (double)t->x[i + 1];
        assert_true(fabs((double)x[i] - (a + b) / sqrt(2)) < 1e-5);
        assert_true(fabs((double)x[i + 1] - (a - b) / sqrt(2)) < 1e-5);
    }
}

/* (1 2 3 4) H4 / 2 by hand, H4 = [1 1 1 1; 1 -1 1 -1; 1 1 -1 -1; 1 -1 -1 1]; and with the first signs of
 * NVFP4's vector in a block of 16. */
static void test_hadamard(void **state)
{
    (void)state;
    static const float x[] = {1, 2, 3, 4}, w[] = {1, 0, 0, 0, 0, 1, 0, 0};
    static const float turned[] = {5, -1, -2, 0};
    static const float unit[] = {.5, .5, .5, .5, .5, -.5, .5, -.5};
    struct test_layer t;
    layer_take(&t, 1, 2, 4, x, w, "fp32", "fp32");
    layer_run(&t, "hadamard");
    assert_memory_equal(t.l.part[0].operand[LAYER_INPUT], turned, sizeof turned);
    assert_memory_equal(t.l.part[0].operand[LAYER_WEIGHT], unit, sizeof unit);
    assert_true(layer_nmse(&t) == 0);
    layer_reset(&t);
    layer_run(&t, "hadamard,block=2");
    assert_true(t.l.part[0].operand[LAYER_WEIGHT][2] == 0);
    layer_reset(&t);
    layer_refuses(&t, "hadamard,block=3", "a row has 4 columns");
    layer_drop(&t);
    static const int signs[] = {1, 1, 1, -1, 1, -1, -1, -1, -1, -1, -1, 1, -1, 1, -1, -1};
    float eye[16 * 32] = {0};
    for (size_t i = 0; i < 16; i++)
        eye[i * 32 + 16 + i] = 4;
    layer_take(&t, 16, 16, 32, eye, eye, "fp32", "fp32");
    layer_run(&t, "hadamard,block=16,signs=nvfp4");
    for (size_t i = 0; i < 16; i++) { /* column 0 of H is ones */
        assert_true(t.l.part[0].operand[LAYER_INPUT][i * 32] == 0);
        assert_true(t.l.part[0].operand[LAYER_INPUT][i * 32 + 16] == signs[i]);
    }
    layer_drop(&t);
    layer_draw(&t, 4, 4, 22, "fp32", "fp32", 1);
    layer_refuses(&t, "hadamard", "no Hadamard matrix of order 22");
    layer_reset(&t);
    layer_run(&t, "hadamard,fit=divisor"); /* 2, of 22, 11, 2 and 1 */
    expect_pairs(&t);
    layer_reset(&t);
    layer_run(&t, "hadamard,block=10,fit=divisor");
    expect_pairs(&t);
    layer_reset(&t);
    layer_run(&t, "hadamard,block=1,fit=divisor");
    assert_memory_equal(t.l.part[0].operand[LAYER_INPUT], t.x, 88 * sizeof *t.x);
    layer_drop(&t);
}

/* Random signs are +-1 of both kinds, depend on the seed, and spread a lone spike evenly. */
static void test_random_signs(void **state)
{
    (void)state;
    float x[64] = {0}, w[64] = {0}, first[64];
    struct test_layer t;
    for (size_t i = 0; i < 64; i++)
        w[i] = 1;
    x[5] = 8;
    layer_take(&t, 1, 1, 64, x, w, "fp32", "fp32");
    layer_run(&t, "hadamard,signs=random");
    for (size_t i = 0; i < 64; i++)
        assert_true(fabsf(t.l.part[0].operand[LAYER_INPUT][i]) == 1);
    memcpy(first, t.l.part[0].operand[LAYER_WEIGHT], sizeof first);
    layer_reset(&t);
    layer_run(&t, "hadamard,signs=random,seed=1");
    assert_memory_not_equal(first, t.l.part[0].operand[LAYER_WEIGHT], sizeof first);
    layer_drop(&t);
}

/* --- smoothing --- */

/* Columns of largest magnitude 16 and 1 against 1 and 4: factors 16^a / 1^(1-a) and 1^a / 4^(1-a). */
static void test_smooth(void **state)
{
    (void)state;
    static const float x[] = {-16, 1, 8, -.5F, 0, 0}, w[] = {1, 4, -.5F, 2};
    struct test_layer t;
    layer_take(&t, 3, 2, 2, x, w, "fp32", "fp32");
    layer_run(&t, "smooth");
    static const float x_half[] = {-4, 2, 2, -1, 0, 0}, w_half[] = {4, 2, -2, 1};
    assert_memory_equal(t.l.part[0].operand[LAYER_INPUT], x_half, sizeof x_half);
    assert_memory_equal(t.l.part[0].operand[LAYER_WEIGHT], w_half, sizeof w_half);
    layer_reset(&t);
    layer_run(&t, "smooth,alpha=1");
    static const float x_one[] = {-1, 1, .5F, -.5F, 0, 0}, w_one[] = {16, 4, -8, 2};
    assert_memory_equal(t.l.part[0].operand[LAYER_INPUT], x_one, sizeof x_one);
    assert_memory_equal(t.l.part[0].operand[LAYER_WEIGHT], w_one, sizeof w_one);
    layer_drop(&t);
}

/* Columns of zeros on either side meet the floors: sqrt(0) becomes 1e-5, max |w| = 0 becomes 1e-5. */
static void test_smooth_zeros(void **state)
{
    (void)state;
    static const float x[] = {0, 4, 0, -4}, w[] = {1, 0, 2, 0};
    const float divided = (float)(2 * sqrt(1e-5));
    struct test_layer t;
    layer_take(&t, 2, 2, 2, x, w, "fp32", "fp32");
    layer_run(&t, "smooth");
    const float *in = t.l.part[0].operand[LAYER_INPUT], *weight = t.l.part[0].operand[LAYER_WEIGHT];
    assert_true(in[0] == 0 && in[2] == 0 && fabsf(in[1] - divided) < 1e-8F && in[3] == -in[1]);
    assert_true(weight[0] == 1e-5F && weight[2] == 2e-5F && weight[1] == 0 && weight[3] == 0);
    layer_drop(&t);
}

/* What both are for: columns of outliers under one scale a token. */
static void test_gain(void **state)
{
    (void)state;
    static const char *const chains[] = {"smooth", "hadamard", "smooth | hadamard"};
    struct test_layer t;
    layer_draw(&t, 64, 32, 128, "int4,per=token", "int4,per=token", 5);
    const double plain = layer_nmse(&t);
    for (size_t i = 0; i < 3; i++) {
        layer_reset(&t);
        layer_run(&t, chains[i]);
        const double error = layer_nmse(&t);
        printf("# %s: nmse %.4f of %.4f\n", chains[i], error, plain);
        assert_true(error < .7 * plain);
    }
    layer_drop(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_texts),        cmocka_unit_test(test_registry),
        cmocka_unit_test(test_orders),       cmocka_unit_test(test_hadamard),
        cmocka_unit_test(test_random_signs), cmocka_unit_test(test_smooth),
        cmocka_unit_test(test_smooth_zeros), cmocka_unit_test(test_gain),
    };
    return cmocka_run_group_tests_name("transform", tests, NULL, NULL);
}
