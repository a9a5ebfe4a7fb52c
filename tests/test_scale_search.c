/* Searches of clip ratios, scales, formats and axes: against their definitions, and what more choice
 * promises.
 */
#include "tests/check.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/base/elementary.h"
#include "sim/dump/synth.h"
#include "sim/quant/quant.h"
#include "sim/scheme.h"
#include "tests/layers.h"

static const float *weight_of(const struct test_layer *t)
{
    return t->l.part[0].operand[LAYER_WEIGHT];
}

/* --- statistics as schemes --- */

enum { N = 1024 };

static double squared_error(const float *x, const char *text)
{
    static float y[N];
    const struct quant_input in = {.x = x, .rank = 1, .shape = {N}};
    const struct quant_output out = {.values = y, .wants = QUANT_VALUES};
    struct quant_spec q;
    struct quant_stats stats;
    struct error e = {{0}};
    double sum = 0;
    if (scheme_parse(text, &q, &e) || quantize(&q, &in, &out, &stats, &e))
        fail_msg("%s", e.text);
    for (size_t i = 0; i < N; i++)
        sum += ((double)x[i] - (double)y[i]) * ((double)x[i] - (double)y[i]);
    return sum;
}

static void draw(const char *distribution, uint64_t seed, float *x)
{
    struct error e = {{0}};
    const struct synth_spec s = {.distribution = distribution,
                                 .parameter = (double)NAN,
                                 .scale = 1,
                                 .rows = 1,
                                 .columns = N,
                                 .seed = seed};
    if (synth_fill(&s, x, &e))
        fail_msg("%s", e.text);
}

static double error_of_bits(const float *x, int bits, const char *stat)
{
    char text[64];
    snprintf(text, sizeof text, "int%d,per=tensor,stat=%s", bits, stat);
    return squared_error(x, text);
}

/* The grid holds the largest magnitude itself, so clipping for least error never loses to not clipping; and
 * a bit more never loses to a bit less. */
static void test_mse_clipping(void **state)
{
    (void)state;
    static const char *const distributions[] = {"gaussian", "laplace", "student-t", "uniform"};
    float x[N];
    size_t cases = 0, gained = 0;
    for (size_t d = 0; d < 4; d++)
        for (uint64_t seed = 0; seed < 4; seed++) {
            draw(distributions[d], seed, x);
            double before = (double)INFINITY;
            for (int bits = 2; bits <= 8; bits++, cases++) {
                const double error = error_of_bits(x, bits, "mse");
                const double plain = error_of_bits(x, bits, "absmax");
                assert_true(error <= before && error <= plain);
                gained += error < .9 * plain;
                before = error;
            }
        }
    printf("# covered: %zu clippings, %zu gain a tenth\n", cases, gained);
    assert_true(gained > cases / 4);
}

static void test_clip_of_one(void **state)
{
    (void)state;
    static const char *const schemes[] = {"int8,per=tensor", "e2m1,block=16", "int4,block=32,zero_point=yes",
                                          "nvfp4"};
    float x[N];
    draw("laplace", 9, x);
    for (size_t i = 0; i < 4; i++) {
        char clipped[64];
        snprintf(clipped, sizeof clipped, "%s,clip=1", schemes[i]);
        assert_true(squared_error(x, schemes[i]) == squared_error(x, clipped));
    }
}

/* INT v.s. FP, arXiv 2510.25602, section 3.2: where scale and quotient are bf16, x / scale can become -128, a
 * value that no positive x gets; symmetric codes treat both signs alike. */
static void test_bf16_scale(void **state)
{
    (void)state;
    static const char *const scheme = "int8,block=32,scale=bf16,quotient=divide,via=bf16,codes=";
    float x[N], negative[N];
    double error[2][2];
    draw("gaussian", 5, x);
    for (size_t i = 0; i < N; i++)
        negative[i] = -x[i];
    for (int twos = 0; twos < 2; twos++) {
        char text[128];
        snprintf(text, sizeof text, "%s%s", scheme, twos ? "twos" : "sym");
        error[twos][0] = squared_error(x, text);
        error[twos][1] = squared_error(negative, text);
    }
    printf(
        "# int8, bf16 scales: squared error of x and -x %.6f %.6f in two's complement, %.6f %.6f symmetric\n",
        error[1][0], error[1][1], error[0][0], error[0][1]);
    assert_true(error[1][0] != error[1][1]);
    assert_true(error[0][0] == error[0][1]);
}

/* 2^ceil(log2 x). */
static double power_above(double x)
{
    int k;
    const double part = frexp(x, &k); /* x = part * 2^k, part in [1/2, 1) */
    return ldexp(1, part == .5 ? k - 1 : k);
}

/* Scales of FP4 weights that differ from others by powers of two: 2^ceil(log2 S), and the row's largest over
 * 2^ceil(log2(S_max / S)). */
static void test_power_of_two_scales(void **state)
{
    (void)state;
    static const char *const schemes[] = {"e2m1,block=16,scale=e8m0,scale_rule=rceil",
                                          "e2m1,block=16,scale=e8m0,scale_rule=absmax,scale_round=rdn,second="
                                          "row,second_round=rdn,second_top=1"};
    static float y[N], quotient[N], want[N];
    float x[N];
    const struct quant_input in = {.x = x, .rank = 2, .shape = {N / 64, 64}, .axis = 1};
    struct quant_output out = {.values = y, .wants = QUANT_VALUES};
    struct quant_spec q, cast;
    struct quant_stats stats;
    struct error e = {{0}};
    draw("laplace", 3, x);
    assert_int_equal(scheme_parse("e2m1,per=none", &cast, &e), STATUS_OK);
    for (int way = 0; way < 2; way++) {
        double scale[N / 16];
        for (size_t b = 0; b < N / 16; b++) {
            double most = 0, row = 0;
            for (size_t i = 0; i < 64; i++) {
                const double size = fabs((double)x[b / 4 * 64 + i]);
                row = fmax(row, size / 6);
                most = i / 16 == b % 4 ? fmax(most, size / 6) : most;
            }
            scale[b] = way ? (double)(float)row / power_above(row / most) : power_above(most);
        }
        for (size_t i = 0; i < N; i++)
            quotient[i] = (float)((double)x[i] / scale[i / 16]);
        const struct quant_input plain = {.x = quotient, .rank = 1, .shape = {N}};
        const struct quant_output plain_out = {.values = want, .wants = QUANT_VALUES};
        assert_int_equal(scheme_parse(schemes[way], &q, &e), STATUS_OK);
        assert_int_equal(quantize(&q, &in, &out, &stats, &e), STATUS_OK);
        assert_int_equal(quantize(&cast, &plain, &plain_out, &stats, &e), STATUS_OK);
        for (size_t i = 0; i < N; i++)
            if (!(fabs((double)y[i] - (double)want[i] * scale[i / 16]) <= 1e-6 * scale[i / 16]))
                fail_msg("%s: element %zu: %a, not %a (scale %a)", schemes[way], i, (double)y[i],
                         (double)want[i] * scale[i / 16], scale[i / 16]);
    }
}

/* --- awq_clip --- */

/* Weights of 10, 1 and -1 under int4, the 10 meeting zeros: at 7 the step is 1 and nothing is lost. In the
 * second row it matters. */
static void test_awq_clip(void **state)
{
    (void)state;
    static const float x[] = {0, 1, 2, 0, -3, 1}, w[] = {10, 1, -1, 1, 7, 7};
    static const float clipped[] = {7, 1, -1, 1, 7, 7};
    struct test_layer t;
    layer_take(&t, 2, 2, 3, x, w, "fp32", "int4,per=token");
    layer_run(&t, "awq_clip");
    assert_memory_equal(weight_of(&t), clipped, sizeof clipped);
    assert_true(layer_nmse(&t) == 0);
    layer_reset(&t);
    layer_run(&t, "awq_clip,shrink=.05"); /* 1 alone */
    assert_memory_equal(weight_of(&t), w, sizeof w);
    layer_reset(&t);
    layer_run(&t, "awq_clip,shrink=.35"); /* 1 down to .7 */
    assert_memory_equal(weight_of(&t), clipped, sizeof clipped);
    layer_reset(&t);
    layer_run(&t, "awq_clip,shrink=.3"); /* 1 down to .75 */
    assert_true(weight_of(&t)[0] > 7);
    layer_reset(&t);
    memset(t.l.part[0].operand[LAYER_INPUT], 0, sizeof x); /* all equal: the first one, 1 */
    layer_run(&t, "awq_clip");
    assert_memory_equal(weight_of(&t), w, sizeof w);
    layer_drop(&t);
}

/* Rows are groups of their own, so the sum of their errors is the output's: never worse, more shares no
 * worse. With blocks, a group is as good as alone. */
static void test_awq_clip_grid(void **state)
{
    (void)state;
    struct test_layer t, alone;
    layer_draw(&t, 24, 16, 64, "fp32", "int3,per=token", 8);
    double before = layer_nmse(&t);
    for (int shrink = 1; shrink <= 7; shrink++) {
        char chain[32];
        layer_reset(&t);
        snprintf(chain, sizeof chain, "awq_clip,shrink=.%d", shrink);
        layer_run(&t, chain);
        assert_true(layer_nmse(&t) <= before);
        before = layer_nmse(&t);
    }
    layer_drop(&t);
    layer_draw(&t, 24, 16, 64, "fp32", "int3,block=16", 8);
    layer_run(&t, "awq_clip,tokens=24");
    float x[24 * 16], w[16 * 16];
    for (size_t g = 0; g < 4; g++) {
        for (size_t i = 0; i < 24 * 16; i++)
            x[i] = t.x[i / 16 * 64 + g * 16 + i % 16];
        for (size_t i = 0; i < 16 * 16; i++)
            w[i] = t.w[i / 16 * 64 + g * 16 + i % 16];
        layer_take(&alone, 24, 16, 16, x, w, "fp32", "int3,per=token");
        layer_run(&alone, "awq_clip");
        for (size_t i = 0; i < 16 * 16; i++)
            assert_true(weight_of(&alone)[i] == weight_of(&t)[i / 16 * 64 + g * 16 + i % 16]);
        layer_drop(&alone);
    }
    layer_drop(&t);
}

/* Every second token counts, from the first on: the others are worthless here. */
static void test_awq_clip_tokens(void **state)
{
    (void)state;
    static const float x[] = {0, 1, 2, 100, 0, 0, 0, -3, 1, -100, 5, 0}, w[] = {10, 1, -1};
    struct test_layer t;
    layer_take(&t, 4, 1, 3, x, w, "fp32", "int4,per=token");
    layer_run(&t, "awq_clip");
    assert_true(weight_of(&t)[0] == 10); /* clipping hurts tokens 1 and 3 */
    layer_reset(&t);
    layer_run(&t, "awq_clip,tokens=2");
    assert_true(weight_of(&t)[0] == 7);
    layer_drop(&t);
}

/* --- clip_search --- */

static float clip_of(const struct test_layer *t, enum layer_side side)
{
    return t->l.part[0].scheme[side].scaling.clip;
}

/* The same row: 7 of 10 is the only ratio that loses nothing. */
static void test_clip_search(void **state)
{
    (void)state;
    static const float x[] = {0, 1, 2, 0, -3, 1}, w[] = {10, 1, -1};
    struct test_layer t;
    layer_take(&t, 2, 1, 3, x, w, "fp32", "int4,per=token");
    layer_run(&t, "clip_search,side=weight");
    assert_true(clip_of(&t, LAYER_WEIGHT) == .7F && layer_nmse(&t) < 1e-12);
    layer_reset(&t);
    t.l.part[0].scheme[LAYER_WEIGHT].scaling.clip = 1;
    layer_run(&t, "clip_search,grid=20,shrink=.05");
    assert_true(clip_of(&t, LAYER_WEIGHT) == 1);
    layer_refuses(&t, "clip_search,side=input", "side=input: its scheme has no clip ratio");
    layer_drop(&t);
    layer_take(&t, 2, 1, 3, x, w, "fp32", "fp32");
    layer_refuses(&t, "clip_search", "neither scheme has a clip ratio");
    layer_drop(&t);
}

static void test_clip_search_never_worse(void **state)
{
    (void)state;
    static const char *const schemes[] = {"int4,per=token", "e2m1,per=tensor", "int4,block=16,zero_point=yes",
                                          "mxfp4"};
    for (size_t i = 0; i < 4; i++) {
        struct test_layer t;
        layer_draw(&t, 24, 16, 64, schemes[i], schemes[i], i);
        const double plain = layer_nmse(&t);
        layer_run(&t, "clip_search,side=weight");
        const double weight = layer_nmse(&t);
        assert_true(weight <= plain && clip_of(&t, LAYER_INPUT) == 1);
        layer_run(&t, "clip_search,side=input");
        const double then_input = layer_nmse(&t);
        assert_true(then_input <= weight);
        for (int side = 0; side < LAYER_SIDES; side++)
            t.l.part[0].scheme[side].scaling.clip = 1;
        layer_run(&t, "clip_search");
        assert_true(layer_nmse(&t) == then_input);
        layer_run(&t, "clip_search,rounds=2");
        assert_true(layer_nmse(&t) <= then_input);
        printf("# clip_search, %s: nmse %.5f of %.5f\n", schemes[i], then_input, plain);
        layer_drop(&t);
    }
}

/* --- llm_fp4 --- */

/* The published rounding: a step of 2^(max(1, floor(log2 |x| + b)) - m - b), clipped at the largest value. */
static double published(double x, int e, int m, double b)
{
    const double most = (2 - ldexp(1, -m)) * elementary_exp2(ldexp(1, e) - 1 - b);
    const double clipped = fmin(fabs(x), most);
    const double exponent = fmax(1, floor(elementary_log2(clipped) + b));
    const double step = elementary_exp2(exponent - m - b);
    return copysign(floor(clipped / step + .5) * step, x); /* no ties among what is drawn */
}

/* The bias whose largest value is `largest`. */
static double bias_of(double largest, int e, int m)
{
    return ldexp(1, e) - elementary_log2(largest) + elementary_log2(2 - ldexp(1, -m)) - 1;
}

static double largest(const float *x, size_t n, size_t stride)
{
    double most = 0;
    for (size_t i = 0; i < n; i++)
        most = fmax(most, fabs((double)x[i * stride]));
    return most;
}

/* How far values are from the published ones with biases `share` times the first; of the input with shifted
 * columns. */
static double input_distance(const struct test_layer *t, int e, int m, double share)
{
    const double all = share * bias_of(largest(t->x, t->tokens * t->n, 1), e, m);
    double most = 0;
    for (size_t i = 0; i < t->tokens * t->n; i++) {
        const double own = bias_of(largest(t->x + i % t->n, t->tokens, t->n), e, m);
        const double shift = fmin(fmax(nearbyint(own) - nearbyint(all), 0), ldexp(1, e) - 1);
        const double want = published((double)t->x[i], e, m, all + shift);
        const double d = fabs((double)t->l.part[0].done[LAYER_INPUT][i] - want);
        assert_false(isnan(d));
        most = fmax(most, d);
    }
    return most;
}

static double weight_distance(const struct test_layer *t, int e, int m, double share)
{
    double most = 0;
    for (size_t i = 0; i < t->out * t->n; i++) {
        const double b = share * bias_of(largest(t->w + i / t->n * t->n, t->n, 1), e, m);
        const double d =
            fabs((double)t->l.part[0].done[LAYER_WEIGHT][i] - published((double)t->w[i], e, m, b));
        assert_false(isnan(d));
        most = fmax(most, d);
    }
    return most;
}

static void test_llm_fp4_values(void **state)
{
    (void)state;
    static const char *const shares[] = {".9", "1", "1.1"};
    size_t found = 0, ways = 0;
    for (int bits = 4; bits <= 8; bits += 2)
        for (size_t k = 0; k < 3; k++) {
            struct test_layer t;
            char chain[96];
            const double share = strtod(shares[k], NULL);
            layer_draw(&t, 12, 6, 32, "e2m1,per=tensor", "e2m1,per=token", k);
            snprintf(chain, sizeof chain, "llm_fp4,bits=%d,low=%s,high=%s,points=1,rounds=1", bits, shares[k],
                     shares[k]);
            layer_run(&t, chain);
            bool input = false, weight = false;
            for (int m = 0; m < bits - 1; m++, ways++) {
                input |= input_distance(&t, bits - 1 - m, m, share) < 1e-5;
                weight |= weight_distance(&t, bits - 1 - m, m, share) < 1e-6;
            }
            assert_true(input && weight);
            found++;
            layer_drop(&t);
        }
    printf("# covered: %zu layers, %zu ways of dividing bits\n", found, ways);
}

/* The first bias of e2m1 for a largest value of 6 is 1: what is on its grid stays, bit for bit, and no other
 * format of four bits holds it. Eight codes of exponent 0 .. 3 of columns are stored beside it. */
static void test_llm_fp4_exact(void **state)
{
    (void)state;
    static const float x[] = {6, -6, .5F, 1.5F, -3, 2, 4, 6}, w[] = {6, .5F, -1.5F, 3, -6, 4, 1, 0};
    struct test_layer t;
    layer_take(&t, 4, 4, 2, x, w, "e2m1,per=tensor", "e2m1,per=token");
    layer_run(&t, "llm_fp4,low=1,high=1,points=1,rounds=1");
    assert_memory_equal(t.l.part[0].done[LAYER_INPUT], x, sizeof x);
    assert_string_equal(t.l.part[0].scheme[LAYER_INPUT].element.name, "e2m1");
    assert_int_equal(t.l.part[0].scheme[LAYER_INPUT].scaling.per, PER_TENSOR);
    assert_int_equal(t.l.side_bits, 2 * 2);
    layer_drop(&t);
}

static void test_llm_fp4_gain(void **state)
{
    (void)state;
    struct test_layer t;
    layer_draw(&t, 32, 16, 64, "e2m1,per=tensor", "e2m1,per=token", 6);
    const double plain = layer_nmse(&t);
    layer_run(&t, "llm_fp4,points=20,rounds=1");
    const double found = layer_nmse(&t);
    layer_reset(&t);
    layer_run(&t, "shift | llm_fp4,points=20,rounds=1"); /* the bias of outputs is part of them */
    printf("# llm_fp4: nmse %.5f of %.5f, after a shift %.5f\n", found, plain, layer_nmse(&t));
    assert_true(found < .7 * plain && layer_nmse(&t) < plain);
    layer_drop(&t);
}

/* --- adadim --- */

/* Rows 70 10 and 7 1 have the scales 10 and 1 and lose nothing, columns 70 7 and 10 1 lose 3 of the 7. */
static void test_adadim(void **state)
{
    (void)state;
    static const float x[] = {1, 2, -1, 3}, rows[] = {70, 10, 7, 1}, columns[] = {70, 7, 10, 1};
    struct test_layer t;
    layer_take(&t, 2, 2, 2, x, rows, "fp32", "int4,block=2,axis=first");
    assert_true(layer_nmse(&t) > 0);
    layer_run(&t, "adadim");
    assert_string_equal(t.l.part[0].scheme[LAYER_WEIGHT].scaling.axis, "last");
    assert_true(layer_nmse(&t) == 0);
    layer_drop(&t);
    layer_take(&t, 2, 2, 2, x, columns, "fp32", "int4,block=2");
    assert_true(layer_nmse(&t) > 0);
    layer_run(&t, "adadim");
    assert_string_equal(t.l.part[0].scheme[LAYER_WEIGHT].scaling.axis, "first");
    assert_true(layer_nmse(&t) == 0);
    layer_drop(&t);
    layer_draw(&t, 4, 4, 8, "fp32", "int8,per=tensor", 1);
    layer_refuses(&t, "adadim", "no axis to choose; allowed: per=block and per=token");
    layer_drop(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_mse_clipping),
        cmocka_unit_test(test_clip_of_one),
        cmocka_unit_test(test_bf16_scale),
        cmocka_unit_test(test_power_of_two_scales),
        cmocka_unit_test(test_awq_clip),
        cmocka_unit_test(test_awq_clip_grid),
        cmocka_unit_test(test_awq_clip_tokens),
        cmocka_unit_test(test_clip_search),
        cmocka_unit_test(test_clip_search_never_worse),
        cmocka_unit_test(test_llm_fp4_values),
        cmocka_unit_test(test_llm_fp4_exact),
        cmocka_unit_test(test_llm_fp4_gain),
        cmocka_unit_test(test_adadim),
    };
    return cmocka_run_group_tests_name("scale_search", tests, NULL, NULL);
}
