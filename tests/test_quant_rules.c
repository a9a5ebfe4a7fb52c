/* What quantizing does at its edges, case by case: counts, tails, scales out of range, clipping, NaN,
 * stochastic rounding. */
#include "tests/check.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "sim/quant/quant.h"
#include "sim/scheme.h"

static void statistics(void **state)
{
    (void)state;
    float x[8] = {6, 7, -100, 0.1f, 0, 2.5f, NAN, -0.0f}, y[8];
    uint32_t codes[8];
    struct quant_spec q;
    struct error e = {{0}};
    assert_int_equal(scheme_parse("e2m1", &q, &e), STATUS_OK);
    struct quant_input in = {.x = x, .rank = 1, .shape = {8}};
    struct quant_output out = {.values = y, .codes = codes};
    struct quant_stats s;
    assert_int_equal(quantize(&q, &in, &out, &s, &e), STATUS_OK);
    assert_int_equal(s.elements, 8);
    assert_int_equal(s.saturated, 2); /* -100, and 7: the tie goes to 8, the even code, beyond the range */
    assert_int_equal(s.flushed, 1);   /* .1 */
    assert_int_equal(s.near_ties, 2); /* 7 and 2.5 */
    assert_int_equal(s.nan_in, 1);
    assert_int_equal(s.nan_lost, 1);
    assert_int_equal(s.nan_out, 0);
    assert_int_equal(s.codes_used, 5); /* 6, -6, 0, 2, -0 */
    assert_int_equal(s.scales, 0);
}

static void tails(void **state)
{
    (void)state;
    float x[2 * 33];
    for (size_t i = 0; i < 66; i++)
        x[i] = (float)i;
    struct quant_spec q;
    struct error e = {{0}};
    struct quant_input in = {.x = x, .rank = 2, .shape = {2, 33}, .axis = 1};
    struct quant_output out = {0};
    struct quant_stats s;
    assert_int_equal(scheme_parse("mxfp4", &q, &e), STATUS_OK);
    assert_int_equal(quantize(&q, &in, &out, &s, &e), STATUS_OK);
    assert_int_equal(s.scales, 4);
    assert_int_equal(s.stored, 66);
    assert_int_equal(scheme_parse("mxfp4,tail=zero-pad", &q, &e), STATUS_OK);
    assert_int_equal(quantize(&q, &in, &out, &s, &e), STATUS_OK);
    assert_int_equal(s.stored, 128);
    assert_int_equal(scheme_parse("mxfp4,tail=refuse", &q, &e), STATUS_OK);
    assert_int_equal(quantize(&q, &in, &out, &s, &e), STATUS_INVALID);
    assert_non_null(strstr(e.text, "33 elements"));
}

/* Quantizes a vector whole and returns what became of it. */
static struct quant_stats quantize_row(const char *scheme, const float *x, size_t n, float *y,
                                       uint32_t *codes, uint32_t *scales)
{
    struct quant_spec q;
    struct error e = {{0}};
    struct quant_stats s = {0};
    struct quant_input in = {.x = x, .rank = 1, .shape = {n}};
    if (scheme_parse(scheme, &q, &e) ||
        quantize(&q, &in, &(struct quant_output){.values = y, .codes = codes, .scales = scales}, &s, &e))
        fail_msg("%s: %s", scheme, e.text);
    return s;
}

/* A scale above the largest one: NaN under the power-of-two rules, the largest under absmax. */
static void scale_overflow(void **state)
{
    (void)state;
    const float x[2] = {FLT_MAX, 1};
    float y[2];
    uint32_t codes[2], scale;
    /* bias 5 makes the largest element 3/8: the floor rule wants 2^(127 + 2) */
    struct quant_stats s = quantize_row("e2m1,bias=5,block=2,scale=e8m0", x, 2, y, codes, &scale);
    assert_int_equal(scale, 0xff);
    assert_int_equal(s.scale_nan, 1);
    assert_int_equal(s.scale_saturated, 1);
    assert_true(isnan(y[0]) && isnan(y[1]) && codes[0] == 0 && codes[1] == 0);
    s = quantize_row("e2m1,block=2,scale=e5m2", x, 2, y, codes, &scale);
    assert_int_equal(scale, 0x7b); /* 57344 */
    assert_int_equal(s.scale_nan, 0);
    assert_true(y[0] == 6 * 57344.0f && y[1] == 0);
    assert_int_equal(s.saturated, 1);
    assert_int_equal(s.flushed, 1);
}

/* A tensor scale that underflows binary32 is left out, not divided by. */
static void outer_underflow(void **state)
{
    (void)state;
    const float x[2] = {0x1p-149f, -0x1p-149f};
    float y[2];
    uint32_t codes[2], scale;
    struct quant_stats s = quantize_row("e2m1,block=2,scale=e4m3,second=tensor", x, 2, y, codes, &scale);
    assert_int_equal(scale, 0);
    assert_int_equal(s.scale_flushed, 1);
    assert_int_equal(s.flushed, 2);
    assert_true(y[0] == 0 && y[1] == 0);
    assert_int_equal(codes[1], 8); /* -0 */
}

/* clip=.5: the scale covers half the largest magnitude. */
static void clip(void **state)
{
    (void)state;
    const float x[4] = {7, 3.5f, -1.5f, -7};
    float y[4];
    uint32_t codes[4], scale;
    struct quant_stats s = quantize_row("int4,per=tensor,clip=0.5", x, 4, y, codes, &scale);
    assert_true(f32_from_bits(scale) == 0.5f);
    assert_true(y[0] == 3.5f && y[1] == 3.5f && y[2] == -1.5f && y[3] == -3.5f);
    assert_int_equal(s.saturated, 2);
    s = quantize_row("e2m1,block=4,scale=e4m3,second=tensor,order=te,clip=0.5", x, 4, y, codes, &scale);
    assert_int_equal(scale, 0x7e); /* the largest block has the largest scale */
    assert_true(y[0] == 3.5f && y[3] == -3.5f);
    assert_int_equal(s.saturated, 2);
}

/* A block scale that rounds to zero leaves nonzero codes, times FLT_MAX, that mean nothing: flushed. */
static void flushed_by_the_scale(void **state)
{
    (void)state;
    float x[32], y[32];
    uint32_t codes[32], scales[2];
    for (size_t i = 0; i < 32; i++)
        x[i] = i < 16 ? 1e-30f : -1.5e-39f;
    struct quant_stats s = quantize_row("nvfp4", x, 32, y, codes, scales);
    assert_int_equal(scales[1], 0);
    assert_int_equal(codes[16], 9); /* -.5 */
    assert_true(y[16] == 0 && y[0] != 0);
    assert_int_equal(s.flushed, 16);
}

static void nan_refused(void **state)
{
    (void)state;
    float x[3] = {1, NAN, 2};
    struct quant_spec q;
    struct error e = {{0}};
    struct quant_stats s;
    struct quant_input in = {.x = x, .rank = 1, .shape = {3}};
    assert_int_equal(scheme_parse("int8,nan=error", &q, &e), STATUS_OK);
    assert_int_equal(quantize(&q, &in, &(struct quant_output){0}, &s, &e), STATUS_INVALID);
    assert_non_null(strstr(e.text, "1 elements are NaN, and int8 has no NaN"));
}

/* Stochastic rounding: the mean comes out, and a seed makes the bits. */
static void stochastic(void **state)
{
    (void)state;
    enum { N = 100000 };
    float *x = malloc(N * sizeof *x), *y = malloc(N * sizeof *y), *z = malloc(N * sizeof *z);
    for (size_t i = 0; i < N; i++)
        x[i] = 2.3f; /* between 2 and 3: up with probability .3 */
    struct quant_spec q;
    struct error e = {{0}};
    struct quant_stats s;
    assert_int_equal(scheme_parse("e2m1,round=sr", &q, &e), STATUS_OK);
    struct quant_input in = {.x = x, .rank = 1, .shape = {N}, .seed = 1};
    assert_int_equal(quantize(&q, &in, &(struct quant_output){.values = y}, &s, &e), STATUS_OK);
    double sum = 0;
    for (size_t i = 0; i < N; i++)
        sum += (double)y[i];
    /* standard error sqrt(.3 * .7 / N) = .00145; five of them */
    assert_true(fabs(sum / N - (double)2.3f) < 0.00725);
    assert_int_equal(quantize(&q, &in, &(struct quant_output){.values = z}, &s, &e), STATUS_OK);
    assert_memory_equal(y, z, N * sizeof *y);
    in.seed = 2;
    assert_int_equal(quantize(&q, &in, &(struct quant_output){.values = z}, &s, &e), STATUS_OK);
    assert_memory_not_equal(y, z, N * sizeof *y);
    free(x);
    free(y);
    free(z);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(statistics),     cmocka_unit_test(tails),
        cmocka_unit_test(scale_overflow), cmocka_unit_test(outer_underflow),
        cmocka_unit_test(clip),           cmocka_unit_test(flushed_by_the_scale),
        cmocka_unit_test(nan_refused),    cmocka_unit_test(stochastic),
    };
    return cmocka_run_group_tests_name("quant_rules", tests, NULL, NULL);
}
