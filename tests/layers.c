#include "tests/layers.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "sim/base/rng.h"
#include "sim/pipeline_operand.h"
#include "sim/scheme.h"
#include "tests/check.h"

void layer_reset(struct test_layer *t)
{
    struct error e = {{0}};
    layer_close(&t->l);
    if (site_layer(&t->request, &t->l, &e))
        fail_msg("%s", e.text);
}

void layer_redo(struct test_layer *t)
{
    struct error e = {{0}};
    double *sum = calloc(t->tokens * t->out, sizeof *sum);
    assert_non_null(sum);
    assert_int_equal(layer_multiply(t->x, t->w, t->tokens, t->out, t->n, sum, &e), STATUS_OK);
    for (size_t i = 0; i < t->tokens * t->out; i++)
        t->y[i] = (float)sum[i];
    free(sum);
    layer_reset(t);
}

static struct subject operand(const char *name, float *x, size_t rows, size_t n)
{
    struct subject s = {
        .view = {.dtype = DTYPE_F32, .rank = 2, .shape = {rows, n}, .name = name}, .x = x, .n = rows * n};
    tensor_set_c_order(&s.view);
    return s;
}

void layer_take(struct test_layer *t, size_t tokens, size_t out, size_t n, const float *x, const float *w,
                const char *input, const char *weight)
{
    struct error e = {{0}};
    *t = (struct test_layer){.tokens = tokens, .out = out, .n = n};
    t->x = malloc(tokens * n * sizeof *t->x);
    t->w = malloc(out * n * sizeof *t->w);
    t->y = malloc(tokens * out * sizeof *t->y);
    t->site = calloc(1, sizeof *t->site);
    assert_true(t->x && t->w && t->y && t->site);
    memcpy(t->x, x, tokens * n * sizeof *x);
    memcpy(t->w, w, out * n * sizeof *w);
    t->site->site = (struct site){operand("x", t->x, tokens, n), operand("w", t->w, out, n), tokens, out, n};
    t->site->output = operand("y", t->y, tokens, out);
    t->site->output.site = &t->site->site;
    if (scheme_parse(input, &t->site->scheme, &e) || scheme_parse(weight, &t->site->matmul.weight, &e))
        fail_msg("%s", e.text);
    t->request = (struct cell_request){
        .subject = &t->site->output, .spec = &t->site->scheme, .matmul = &t->site->matmul};
    layer_redo(t);
}

/* The sum of 12 uniform numbers: normal enough, and without libm. */
static float normal(uint64_t seed, uint64_t i)
{
    double sum = 0;
    for (uint64_t k = 0; k < 12; k++)
        sum += rng_u32(seed, 0, 12 * i + k) * 0x1p-32 - 0.5;
    return (float)sum;
}

void layer_draw(struct test_layer *t, size_t tokens, size_t out, size_t n, const char *input,
                const char *weight, uint64_t seed)
{
    float *x = malloc(tokens * n * sizeof *x), *w = malloc(out * n * sizeof *w);
    assert_non_null(x);
    assert_non_null(w);
    for (size_t i = 0; i < tokens * n; i++)
        x[i] = normal(seed, i) * (i % n % 16 == 3 || i % n % 16 == 7 ? 20 : 1);
    for (size_t i = 0; i < out * n; i++)
        w[i] = normal(seed + 1, i) / 8;
    layer_take(t, tokens, out, n, x, w, input, weight);
    free(x);
    free(w);
}

void layer_drop(struct test_layer *t)
{
    layer_close(&t->l);
    free(t->x);
    free(t->w);
    free(t->y);
    free(t->site);
}

static enum status run(struct test_layer *t, const char *text, struct error *e)
{
    static struct transform_chain chain; /* undo_step points into it */
    enum status s = transform_parse(text, &chain, e);
    for (size_t i = 0; i < chain.n && !s; i++)
        s = layer_apply(&t->l, &chain.step[i], e);
    return s;
}

void layer_run(struct test_layer *t, const char *chain)
{
    struct error e = {{0}};
    if (run(t, chain, &e))
        fail_msg("%s: %s", chain, e.text);
}

void layer_refuses(struct test_layer *t, const char *chain, const char *words)
{
    struct error e = {{0}};
    if (!run(t, chain, &e))
        fail_msg("%s: accepted", chain);
    if (!strstr(e.text, words))
        fail_msg("%s: '%s' does not say '%s'", chain, e.text, words);
}

double layer_nmse(const struct test_layer *t)
{
    double error, power = 0;
    struct error e = {{0}};
    if (layer_error(&t->l, &error, &e))
        fail_msg("%s", e.text);
    for (size_t i = 0; i < t->l.calibration * t->out; i++)
        power += (double)t->y[i] * (double)t->y[i];
    return error / power;
}
