/* Transforms that split a layer: columns, elements, groups, ranks and terms, worked by hand and at their
 * ends. */
#include "tests/check.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/mac.h"
#include "sim/method.h"
#include "sim/pipeline.h"
#include "sim/scheme.h"
#include "sim/transform/svd.h"
#include "tests/layers.h"

static double *output(const struct test_layer *t)
{
    struct error e = {{0}};
    double *y = malloc(t->tokens * t->out * sizeof *y);
    assert_non_null(y);
    if (layer_output(&t->l, y, &e))
        fail_msg("%s", e.text);
    return y;
}

/* --- the ends: nothing is split, everything is --- */

enum { TOKENS = 12, OUT = 16, COLUMNS = 64 };

/* A chain on a layer of these schemes gives what the other schemes give without it, bit for bit. */
static void check_same(const char *chain, const char *input, const char *weight, const char *input_then,
                       const char *weight_then)
{
    struct test_layer a, b;
    layer_draw(&a, TOKENS, OUT, COLUMNS, input, weight, 11);
    layer_draw(&b, TOKENS, OUT, COLUMNS, input_then, weight_then, 11);
    layer_run(&a, chain);
    double *y = output(&a), *z = output(&b);
    for (size_t i = 0; i < TOKENS * OUT; i++)
        if (y[i] != z[i])
            fail_msg("%s: output %zu is %a, not %a", chain, i, y[i], z[i]);
    free(y);
    free(z);
    layer_drop(&a);
    layer_drop(&b);
}

static void test_ends(void **state)
{
    (void)state;
    static const char *const nothing[] = {"outliers,above=1e30",
                                          "outliers,above=1e30,weight=stored",
                                          "mixed,above=1e30",
                                          "sparse_outliers,share=0",
                                          "mixed_groups,share=0",
                                          "residual,terms=1",
                                          "sparse_outliers,share=0,side=input,per=row",
                                          "sparse_outliers,rule=iqr,range=1e6,per=column"};
    const char *x = "int4,per=token", *w = "int4,block=16";
    for (size_t i = 0; i < sizeof nothing / sizeof *nothing; i++)
        check_same(nothing[i], x, w, x, w);
    check_same("outliers,above=0", x, w, "fp16", "fp16");
    check_same("outliers,above=0,to=(int8,per=token)", x, w, "int8,per=token", "int8,per=token");
    check_same("outliers,above=0,weight=stored,to=fp32", x, w, "fp32", w);
    check_same("mixed,above=0,block=48,to=(int8,block=64)", x, w, "int8,block=64", w);
    check_same("mixed_groups,share=1,to=int6", x, w, x, "int6,block=16");
    check_same("mixed_groups,share=1", x, "int2,block=16,zero_point=yes", x, "int4,block=16,zero_point=yes");
    /* of an even number of different values half lie on either side of the median */
    check_same("sparse_outliers,share=1", x, w, x, "fp16");
    check_same("sparse_outliers,share=1,side=input", x, w, "fp16", w);
    printf("# covered ends: %zu chains\n", sizeof nothing / sizeof *nothing + 8);
}

/* --- columns --- */

static const float six[] = {1, 7, -2, 0.5F, 1, 6}, two_rows[] = {1, 2, 3, 4, 5, 6};

/* Column 1 holds 7, column 2 the limit itself. */
static void test_outliers(void **state)
{
    (void)state;
    struct test_layer t;
    layer_take(&t, 2, 2, 3, six, two_rows, "int8,per=token", "int8,per=token");
    layer_run(&t, "outliers");
    assert_int_equal(t.l.n_parts, 2);
    static const float x0[] = {1, 0.5F}, w0[] = {1, 4}, x1[] = {7, -2, 1, 6}, w1[] = {2, 3, 5, 6};
    assert_int_equal(t.l.part[0].n, 1);
    assert_memory_equal(t.l.part[0].operand[LAYER_INPUT], x0, sizeof x0);
    assert_memory_equal(t.l.part[0].operand[LAYER_WEIGHT], w0, sizeof w0);
    assert_memory_equal(t.l.part[1].operand[LAYER_INPUT], x1, sizeof x1);
    assert_memory_equal(t.l.part[1].operand[LAYER_WEIGHT], w1, sizeof w1);
    assert_string_equal(t.l.part[1].scheme[LAYER_INPUT].element.name, "fp16");
    assert_int_equal(t.l.side_bits, 2 * 2);
    layer_reset(&t);
    layer_run(&t, "outliers,above=6.5,weight=stored");
    static const float zeroed[] = {1, 0, -2, 0.5F, 0, 6};
    assert_memory_equal(t.l.part[0].operand[LAYER_INPUT], zeroed, sizeof zeroed);
    assert_memory_equal(t.l.part[0].operand[LAYER_WEIGHT], two_rows, sizeof two_rows);
    /* codes of 2 and 5 under 3 / 127 and 6 / 127: 84.67 and 105.83 */
    assert_true(fabsf(t.l.part[1].operand[LAYER_WEIGHT][0] - 85 * (3 / 127.0F)) < 1e-6F);
    assert_true(fabsf(t.l.part[1].operand[LAYER_WEIGHT][1] - 106 * (6 / 127.0F)) < 1e-6F);
    layer_drop(&t);
}

/* Largest magnitudes 1 100 2 50 1 1, median 1.5: columns 1 and 3 are outliers. */
static void test_mixed(void **state)
{
    (void)state;
    static const float x[] = {1, -100, 2, 3, 0, 1, 0, 5, 1, 50, 1, 0}, w[] = {1, 2, 3, 4, 5, 6};
    static const float gathered[] = {2, 4}, filled[] = {1, 2, 3, 4}, left[] = {5, 6};
    struct test_layer t;
    layer_take(&t, 2, 1, 6, x, w, "int4,per=token", "int4,block=2");
    layer_run(&t, "mixed,block=2");
    assert_int_equal(t.l.part[1].n, 2);
    assert_memory_equal(t.l.part[1].operand[LAYER_WEIGHT], gathered, sizeof gathered);
    assert_string_equal(t.l.part[1].scheme[LAYER_INPUT].element.name, "int8");
    assert_string_equal(t.l.part[1].scheme[LAYER_WEIGHT].element.name, "int4");
    layer_reset(&t);
    layer_run(&t, "mixed,block=4"); /* 2 and then the first of those with 1 fill the block */
    assert_memory_equal(t.l.part[1].operand[LAYER_WEIGHT], filled, sizeof filled);
    assert_memory_equal(t.l.part[0].operand[LAYER_WEIGHT], left, sizeof left);
    layer_reset(&t);
    layer_run(&t, "mixed,above=34"); /* 50 is not above 51 */
    assert_int_equal(t.l.part[1].n, 6);
    layer_drop(&t);
}

/* --- elements --- */

/* Quantiles .2 and .8 of -10 1 2 3 20 are -1.2 and 6.4; quartiles 1 and 3 make 3 + 1.8 * 2 = 6.6. */
static void test_sparse(void **state)
{
    (void)state;
    static const float x[] = {1, 1, 1, 1, 1}, w[] = {2, -10, 3, 20, 1};
    static const float dense[] = {2, 0, 3, 0, 1}, sparse[] = {0, -10, 0, 20, 0};
    static const char *const chains[] = {"sparse_outliers,share=0.4", "sparse_outliers,rule=iqr"};
    struct test_layer t;
    layer_take(&t, 1, 1, 5, x, w, "fp32", "int8,per=token");
    for (size_t i = 0; i < 2; i++) {
        layer_reset(&t);
        layer_run(&t, chains[i]);
        assert_memory_equal(t.l.part[0].operand[LAYER_WEIGHT], dense, sizeof dense);
        assert_memory_equal(t.l.part[1].operand[LAYER_WEIGHT], sparse, sizeof sparse);
        assert_int_equal(t.l.part[1].bits[LAYER_WEIGHT], 2 * (16 + 3));
        assert_int_equal(t.l.part[1].bits[LAYER_INPUT], 0);
    }
    layer_reset(&t);
    layer_run(&t, "sparse_outliers,rule=iqr,range=3.5"); /* 3 + 7 = 10: the limit itself is beyond */
    assert_int_equal(t.l.part[1].bits[LAYER_WEIGHT], 2 * (16 + 3));
    layer_reset(&t);
    layer_run(&t, "sparse_outliers,rule=iqr,range=3.6");
    assert_int_equal(t.l.part[1].bits[LAYER_WEIGHT], 16 + 3);
    layer_refuses(&t, "sparse_outliers,to=(int8,per=token)", "allowed: a format without scales");
    layer_drop(&t);
    /* columns of the input: 1 2 3 and 5 5 5, quantiles .25 and .75 are 1.5 and 2.5, 5 and 5 */
    static const float tokens[] = {1, 5, 2, 5, 3, 5}, ones[] = {1, 1}, rest[] = {0, 5, 2, 5, 0, 5};
    layer_take(&t, 3, 1, 2, tokens, ones, "int8,per=token", "fp32");
    layer_run(&t, "sparse_outliers,side=input,per=column,share=0.5");
    assert_memory_equal(t.l.part[0].operand[LAYER_INPUT], rest, sizeof rest);
    layer_drop(&t);
}

/* --- groups --- */

/* Ranges 2, 0, 1, 6: of four groups the last and the first are widest. */
static void test_mixed_groups(void **state)
{
    (void)state;
    static const float x[] = {1, 1, 1, 1}, w[] = {1, -1, 4, 4, 2, 3, 7, 1};
    /* int2 of a group is its largest magnitude or 0, int4 its sevenths */
    static const float half[] = {1, -1, 4, 4, 3, 3, 7, 1};
    struct test_layer t;
    layer_take(&t, 1, 2, 4, x, w, "fp32", "int2,block=2,scale=fp16");
    layer_run(&t, "mixed_groups,share=0.5");
    for (size_t i = 0; i < 8; i++)
        if (fabsf(t.l.part[0].done[LAYER_WEIGHT][i] - half[i]) > 1e-3F)
            fail_msg("value %zu: %g", i, (double)t.l.part[0].done[LAYER_WEIGHT][i]);
    /* codes of 2 and 4 bits, scales, a bit a group */
    assert_int_equal(t.l.part[0].bits[LAYER_WEIGHT], 4 * 2 + 4 * 4 + 4 * 16 + 4);
    layer_reset(&t);
    layer_run(&t, "mixed_groups,share=0.25");
    assert_true(t.l.part[0].done[LAYER_WEIGHT][7] == 1);
    layer_refuses(&t, "mixed_groups", "an earlier step has quantized the weight");
    layer_reset(&t);
    layer_refuses(&t, "mixed_groups,to=(int4,block=2)", "allowed: an element format");
    layer_drop(&t);
    layer_take(&t, 1, 2, 4, x, w, "fp32", "int4,block=3");
    layer_refuses(&t, "mixed_groups", "N a divisor of 4 columns");
    layer_drop(&t);
    layer_take(&t, 1, 2, 4, x, w, "fp32", "int4,block=2");
    layer_refuses(&t, "mixed_groups,to=int3", "at least the 4 of the scheme");
    layer_drop(&t);
}

/* --- rank --- */

static double weight_error(const struct test_layer *t)
{
    const size_t n = t->out * t->n;
    float *main = malloc(n * sizeof *main);
    double sum = 0;
    struct error e = {{0}};
    assert_non_null(main);
    assert_int_equal(layer_values(&t->l, &t->l.part[0], LAYER_WEIGHT, main, &e), STATUS_OK);
    for (size_t i = 0; i < n; i++) {
        const double back = t->l.n_parts > 1 ? (double)t->l.part[1].done[LAYER_WEIGHT][i] : 0;
        const double d = (double)t->w[i] - (double)main[i] - back;
        sum += d * d;
    }
    free(main);
    return sum;
}

/* (3 0; 4 5) has singular values sqrt(45) and sqrt(5). */
static void test_svd(void **state)
{
    (void)state;
    double a[] = {3, 0, 4, 5}, u[4];
    assert_true(svd_rows(a, 2, 2, u));
    assert_true(fabs(a[0] * a[0] + a[1] * a[1] - 45) < 1e-12 && fabs(a[2] * a[2] + a[3] * a[3] - 5) < 1e-12);
    assert_true(u[2] > 0 && u[1] > 0 && fabs(u[2] - 3 / sqrt(10)) < 1e-14 &&
                fabs(u[1] - 3 / sqrt(10)) < 1e-14);
    double zero[6] = {0}, basis[4];
    assert_true(svd_rows(zero, 2, 3, basis));
    for (size_t i = 0; i < 6; i++)
        assert_true(zero[i] == 0);
    struct test_layer t; /* for its numbers */
    layer_draw(&t, 1, 24, 40, "fp32", "fp32", 3);
    double *b = malloc(24 * 40 * sizeof *b), *v = malloc(24 * 24 * sizeof *v);
    assert_non_null(b);
    assert_non_null(v);
    for (size_t i = 0; i < 24 * 40; i++)
        b[i] = (double)t.w[i];
    assert_true(svd_rows(b, 24, 40, v));
    for (size_t i = 0; i < 24; i++)
        for (size_t j = 0; j < 40; j++) {
            double sum = 0;
            for (size_t r = 0; r < 24; r++)
                sum += v[i * 24 + r] * b[r * 40 + j];
            assert_true(fabs(sum - (double)t.w[i * 40 + j]) < 1e-13);
        }
    for (size_t i = 0; i < 24; i++)
        for (size_t j = 0; j <= i; j++) {
            double rows = 0, columns = 0, norm = 0, other = 0;
            for (size_t k = 0; k < 40; k++) {
                rows += b[i * 40 + k] * b[j * 40 + k];
                norm += b[i * 40 + k] * b[i * 40 + k];
                other += b[j * 40 + k] * b[j * 40 + k];
            }
            for (size_t k = 0; k < 24; k++)
                columns += v[k * 24 + i] * v[k * 24 + j];
            assert_true(fabs(columns - (i == j)) < 1e-13 && (i == j || fabs(rows) < 1e-13));
            assert_true(norm <= other);
        }
    for (size_t i = 0; i < 24; i++) {
        double top = 0;
        for (size_t k = 0; k < 24; k++)
            top = fabs(v[k * 24 + i]) > fabs(top) ? v[k * 24 + i] : top;
        assert_true(top > 0);
    }
    free(b);
    free(v);
    layer_drop(&t);
}

static void test_low_rank(void **state)
{
    (void)state;
    static const size_t shapes[][2] = {{16, 64}, {64, 16}};
    for (size_t s = 0; s < 2; s++) {
        struct test_layer t;
        layer_draw(&t, 20, shapes[s][0], shapes[s][1], "fp32", "int2,per=token", 7);
        const double plain = weight_error(&t);
        double last = plain;
        for (size_t rank = 1; rank <= 16; rank++) {
            char chain[64];
            layer_reset(&t);
            snprintf(chain, sizeof chain, "low_rank,rank=%zu,to=fp32", rank);
            layer_run(&t, chain);
            const double error = weight_error(&t);
            assert_true(error < last);
            last = error;
        }
        assert_true(last < 1e-12 * plain);
        assert_true(layer_nmse(&t) < 1e-12); /* all ranks: the exact output is back */
        layer_reset(&t);
        layer_run(&t, "low_rank");
        assert_true(weight_error(&t) < 0.8 * plain);
        /* factors of 8 bits with a scale a row, and the input is there */
        const uint64_t rows = shapes[s][0] + 8;
        assert_int_equal(t.l.part[1].bits[LAYER_WEIGHT], 8 * 8 * (shapes[s][0] + shapes[s][1]) + 32 * rows);
        assert_int_equal(t.l.part[1].bits[LAYER_INPUT], 0);
        layer_reset(&t);
        layer_refuses(&t, "low_rank,rank=17", "allowed: 1..16");
        layer_reset(&t);
        layer_refuses(&t, "low_rank,rank=0", "rank: '0'");
        layer_drop(&t);
    }
}

/* The input of the part is the quantized one: y = Q(x) (Q(w) + e). */
static void test_low_rank_input(void **state)
{
    (void)state;
    struct test_layer t, exact;
    layer_draw(&t, 20, 16, 64, "int4,per=token", "int2,per=token", 7);
    layer_draw(&exact, 20, 16, 64, "int4,per=token", "fp32", 7);
    layer_run(&t, "low_rank,rank=16,to=fp32");
    double *y = output(&t), *z = output(&exact);
    for (size_t i = 0; i < 20 * 16; i++)
        assert_true(fabs(y[i] - z[i]) < 1e-5);
    free(y);
    free(z);
    layer_drop(&t);
    layer_drop(&exact);
}

/* --- terms --- */

/* 3 1 is 2 * (1 1) + 1 * (1 -1); -1 4 0 is 5/3 (- + +) and what is left 2/3 7/3 -5/3, mean 14/9. */
static void test_residual(void **state)
{
    (void)state;
    static const float x[] = {1, 1}, w[] = {3, 1};
    struct test_layer t;
    layer_take(&t, 1, 1, 2, x, w, "fp32", "binary,per=token,stat=mean_abs");
    layer_run(&t, "residual");
    assert_memory_equal(t.l.part[0].done[LAYER_WEIGHT], w, sizeof w);
    assert_int_equal(t.l.part[0].bits[LAYER_WEIGHT], 2 * (2 + 32));
    layer_drop(&t);
    static const float three[] = {1, 1, 1}, v[] = {-1, 4, 0};
    static const double want[] = {-5 / 3.0 + 14 / 9.0, 5 / 3.0 + 14 / 9.0, 5 / 3.0 - 14 / 9.0};
    layer_take(&t, 1, 1, 3, three, v, "fp32", "binary,per=token,stat=mean_abs");
    layer_run(&t, "residual");
    for (size_t i = 0; i < 3; i++)
        assert_true(fabs((double)t.l.part[0].done[LAYER_WEIGHT][i] - want[i]) < 1e-6);
    layer_drop(&t);
    layer_draw(&t, 8, 16, 64, "fp32", "binary,per=token,stat=mean_abs", 5);
    double last = HUGE_VAL;
    for (int terms = 1; terms <= 5; terms++) { /* the error of a term is at most what it was given */
        char chain[32];
        layer_reset(&t);
        snprintf(chain, sizeof chain, "residual,terms=%d", terms);
        layer_run(&t, chain);
        const double error = weight_error(&t);
        assert_true(error < last);
        last = error;
    }
    layer_refuses(&t, "residual", "an earlier step has quantized the weight");
    layer_drop(&t);
}

/* --- what a cell says is stored --- */

struct stored {
    double both, input, weight;
};

static struct subject load(const float *x, const char *name, size_t rows, size_t n)
{
    struct tensor_view t = {.name = name, .data = x, .dtype = DTYPE_F32, .rank = 2, .shape = {rows, n}};
    struct subject s;
    struct error e = {{0}};
    tensor_set_c_order(&t);
    assert_int_equal(subject_load(&t, NULL, &s, &e), STATUS_OK);
    return s;
}

static struct stored run_cell(const struct subject *s, const char *input, const char *weight,
                              const char *chain, float *values)
{
    const struct cost_request costs[] = {cost_standard(cost_model_find("storage"))};
    struct cost_value v[COST_MAX_VALUES];
    struct stored got = {0, 0, 0};
    struct transform_chain c;
    struct matmul_spec m = {.has_output = false};
    struct quant_spec spec;
    struct error e = {{0}};
    int n = 0;
    if (scheme_parse(input, &spec, &e) || scheme_parse(weight, &m.weight, &e) ||
        mac_parse("exact,scales=dequantize", &m.mac, &e) || (chain && transform_parse(chain, &c, &e)))
        fail_msg("%s", e.text);
    const struct cell_request r = {.subject = s,
                                   .spec = &spec,
                                   .matmul = &m,
                                   .transform = chain ? &c : NULL,
                                   .costs = costs,
                                   .n_costs = 1};
    struct cell_result out = {.costs = v, .n_cost_values = &n, .values = values};
    if (pipeline_cell(&r, &out, &e))
        fail_msg("%s: %s", chain ? chain : "plain", e.text);
    for (int i = 0; i < n; i++) {
        got.both = strcmp(v[i].quantity, "bits_per_element") ? got.both : v[i].value;
        got.input = strcmp(v[i].quantity, "input_bits_per_element") ? got.input : v[i].value;
        got.weight = strcmp(v[i].quantity, "weight_bits_per_element") ? got.weight : v[i].value;
    }
    return got;
}

/* Input 2 x 4, weight 3 x 4; int8 with a binary32 scale a row unless said. */
static void test_storage(void **state)
{
    (void)state;
    static const float x[] = {1, 7, -2, 0.5F, 1, 5, 3, 2}, w[] = {1, 2, 3, 4, 5, 6, 7, 8, -3, 2, 9, 4};
    struct subject a = load(x, "a.input", 2, 4), b = load(w, "a.weight", 3, 4), s;
    struct error e = {{0}};
    static const struct {
        const char *input, *weight, *chain;
        double in, of_weight; /* bits */
    } rows[] = {
        {"int8,per=token", "int8,per=token", NULL, 64 + 64, 96 + 96},
        {"fp16", "int4,per=token", NULL, 128, 48 + 96},
        /* a column of four: 6 and 9 elements in 8 bits, 2 and 3 in 16, 2 bits of index */
        {"int8,per=token", "int8,per=token", "outliers", 48 + 64 + 32, 72 + 96 + 48 + 2},
        /* zeros stay in place, codes of the weight too */
        {"int8,per=token", "int8,per=token", "outliers,weight=stored", 64 + 64 + 32, 96 + 96 + 2},
        {"int4,per=token", "int4,per=token", "outliers,above=0", 128, 192 + 8},
        /* 2 of 12 elements, 4 bits of index each */
        {"fp16", "int4,per=token", "sparse_outliers,share=0.1", 128, 48 + 96 + 2 * (16 + 4)},
        {"int8,per=token", "fp16", "sparse_outliers,side=input,share=0.2", 64 + 64 + 2 * (16 + 3), 192},
        {"fp16", "int4,per=token", "low_rank,rank=1,to=fp16", 128, 48 + 96 + 16 * (3 + 4)},
        {"fp16", "int4,per=token", "residual,terms=3", 128, 3 * (48 + 96)},
        {"fp16", "int4,block=2,scale=fp16", "mixed_groups,share=0.5,to=int8", 128, 24 + 48 + 6 * 16 + 6},
        {"fp16", "int4,block=2,zero_point=yes", "progressive", 128, 48 + 6 * (8 + 4) + 3 * 16},
    };
    assert_int_equal(subject_multiply(&a, &b, "a", &s, &e), STATUS_OK);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const struct stored got = run_cell(&s, rows[i].input, rows[i].weight, rows[i].chain, NULL);
        if (got.input != rows[i].in / 8 || got.weight != rows[i].of_weight / 12 ||
            got.both != (rows[i].in + rows[i].of_weight) / 20)
            fail_msg("%s: %g and %g bits, not %g and %g", rows[i].chain ? rows[i].chain : "plain",
                     got.input * 8, got.weight * 12, rows[i].in, rows[i].of_weight);
    }
    /* nothing left in the main part */
    float y[6], z[6];
    run_cell(&s, "int4,per=token", "int4,per=token", "outliers,above=0", y);
    run_cell(&s, "fp16", "fp16", NULL, z);
    assert_memory_equal(y, z, sizeof y);
    subject_free(&s);
    printf("# covered storage: %zu cells\n", sizeof rows / sizeof *rows);
}

/* 2 + 18 / 32 + 1 / 32 + (2 + 2 / 32) / 8 = 2.8516: what is published as 2.85. */
static void test_published_bits(void **state)
{
    (void)state;
    const struct method *m = method_find("mixed_2bit");
    struct test_layer t;
    assert_non_null(m);
    layer_draw(&t, 1, 16, 128, m->format, m->weight, 1);
    layer_run(&t, m->transform);
    const double bits = (double)t.l.part[0].bits[LAYER_WEIGHT] / (16 * 128);
    assert_true(bits == 2 + 19 / 32.0 + (2 + 2 / 32.0) / 8 && fabs(bits - 2.85) < 0.005);
    layer_drop(&t);
}

/* --- what they are for --- */

static void test_gain(void **state)
{
    (void)state;
    static const struct {
        const char *input, *weight, *chain;
        double at_most;
    } rows[] = {
        {"int8,per=token", "int8,per=token", "outliers,above=20", .5},
        {"int8,per=token", "int8,per=token", "outliers,above=20,weight=stored", .5},
        {"int4,per=token", "int8,per=token", "mixed,block=16", .5},
        {"int4,per=token", "fp16", "sparse_outliers,side=input,share=0.2", .5},
        {"fp16", "int2,block=16,zero_point=yes", "mixed_groups", .9},
        {"fp16", "int4,per=token", "low_rank", .9},
        {"fp16", "binary,per=token,stat=mean_abs", "residual", .5},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct test_layer t;
        layer_draw(&t, 32, 32, 128, rows[i].input, rows[i].weight, 5);
        const double plain = layer_nmse(&t);
        layer_run(&t, rows[i].chain);
        const double error = layer_nmse(&t);
        printf("# %s: nmse %.3g of %.3g\n", rows[i].chain, error, plain);
        assert_true(error < rows[i].at_most * plain);
        layer_drop(&t);
    }
}

/* Recipes under their names run, and lose no more than their bits let one expect. */
static void test_methods(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        double at_most; /* nmse; signs without scales have none */
    } rows[] = {
        {"llm_int8", 1e-3},        {"dense_and_sparse", .02},
        {"mixed_blocks", .05},     {"mixed_2bit", .2},
        {"zeroquant_v2", .02},     {"qserve", .02},
        {"qserve_program", .02},   {"binarydm", .2},
        {"bibench_bnn", HUGE_VAL}, {"bibench_dorefa", HUGE_VAL},
        {"bibench_xnor", 1},       {"olive", .1},
        {"ant_flint", .2},         {"flexq_w6a6", .005},
        {"flexq_w6a8", .003},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const struct method *m = method_find(rows[i].name);
        struct test_layer t;
        if (!m)
            fail_msg("no method %s", rows[i].name);
        layer_draw(&t, 32, 32, 128, m->format, m->weight, 5);
        if (m->transform)
            layer_run(&t, m->transform);
        const double error = layer_nmse(&t);
        printf("# %s: nmse %.3g\n", m->name, error);
        assert_true(error <= rows[i].at_most && error > 0);
        layer_drop(&t);
    }
}

/* The low-rank part goes beside what a step has quantized itself; groups lie in rows. */
static void chains(void **state)
{
    (void)state;
    struct test_layer t;
    layer_draw(&t, 64, 16, 32, "fp32", "int4,per=token", 3);
    layer_run(&t, "gptq");
    const double rounded = layer_nmse(&t);
    layer_reset(&t);
    layer_run(&t, "gptq | low_rank,rank=16,to=fp32"); /* full rank */
    assert_int_equal(t.l.n_parts, 2);
    assert_true(layer_nmse(&t) < 1e-6 * rounded);
    layer_drop(&t);
    layer_draw(&t, 8, 16, 32, "fp32", "int2,block=8,axis=first", 3);
    layer_refuses(&t, "mixed_groups,to=int4", "no groups of one size");
    layer_drop(&t);
    layer_draw(&t, 8, 16, 32, "fp32", "int4,block=8,zero_point=yes,axis=first", 3);
    layer_refuses(&t, "progressive", "gives bits and groups");
    layer_drop(&t);
    layer_draw(&t, 8, 16, 32, "fp32", "int4", 3);
    layer_refuses(&t, "calibrate | rotate_tokens", "leaves tokens out");
    layer_reset(&t);
    layer_refuses(&t, "rotate_tokens | calibrate", "mixes tokens");
    layer_drop(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(chains),
        cmocka_unit_test(test_ends),
        cmocka_unit_test(test_outliers),
        cmocka_unit_test(test_mixed),
        cmocka_unit_test(test_sparse),
        cmocka_unit_test(test_mixed_groups),
        cmocka_unit_test(test_svd),
        cmocka_unit_test(test_low_rank),
        cmocka_unit_test(test_low_rank_input),
        cmocka_unit_test(test_residual),
        cmocka_unit_test(test_storage),
        cmocka_unit_test(test_published_bits),
        cmocka_unit_test(test_gain),
        cmocka_unit_test(test_methods),
    };
    return cmocka_run_group_tests_name("decomposition", tests, NULL, NULL);
}
