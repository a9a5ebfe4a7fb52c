#include "tests/layers.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "sim/base/rng.h"
#include "sim/pipeline_operand.h"
#include "sim/quant/frozen.h"
#include "sim/scheme.h"
#include "tests/check.h"

static struct quant_input input_of(const struct layer *l, const struct layer_part *p, enum layer_side side,
                                   const struct quant_spec *q, const float *x)
{
    struct tensor_view v = {.rank = 2, .shape = {layer_rows(l, side), p->n}};
    const int axis = tensor_axis(&v, q->scaling.axis);
    return (struct quant_input){
        .x = x, .rank = 2, .shape = {v.shape[0], v.shape[1]}, .axis = axis < 0 ? 1 : axis};
}

static enum status run_scheme(const struct layer *l, const struct layer_part *p, enum layer_side side,
                              const struct quant_spec *q, const float *x, float *values,
                              struct quant_stats *stats, struct error *e)
{
    const struct quant_input in = input_of(l, p, side, q, x);
    const struct quant_output out = {.values = values, .wants = QUANT_VALUES};
    return quantize(q, &in, &out, stats, e);
}

static enum status quantize_tool(const struct layer *l, const struct layer_part *p, enum layer_side side,
                                 const struct quant_spec *q, const float *x, float *values, struct error *e)
{
    struct quant_stats stats;
    return run_scheme(l, p, side, q, x, values, &stats, e);
}

static enum status bits_tool(const struct layer *l, const struct layer_part *p, enum layer_side side,
                             const struct quant_spec *q, const float *x, uint64_t *bits, struct error *e)
{
    struct quant_stats t = {.elements = 0};
    enum status s = run_scheme(l, p, side, q, x, NULL, &t, e);
    const struct cost_input in = cost_input_of(q, &t);
    *bits = s ? 0 : cost_bits(&in);
    return s;
}

static enum status freeze_tool(const struct layer *l, const struct layer_part *p, enum layer_side side,
                               const struct quant_spec *q, const float *x, struct frozen **out,
                               struct error *e)
{
    const struct quant_input in = input_of(l, p, side, q, x);
    return frozen_open(q, &in, out, e);
}

static const struct layer_tools tools = {.quantize = quantize_tool,
                                         .bits = bits_tool,
                                         .freeze = freeze_tool,
                                         .frozen_close = frozen_close,
                                         .frozen_value = frozen_value,
                                         .frozen_neighbours = frozen_neighbours,
                                         .frozen_regions = frozen_regions,
                                         .frozen_region = frozen_region,
                                         .frozen_find = frozen_find};

void layer_reset(struct test_layer *t)
{
    struct quant_spec scheme[LAYER_SIDES] = {t->l.part[0].scheme[0], t->l.part[0].scheme[1]};
    struct layer_part *p;
    struct error e = {{0}};
    layer_close(&t->l);
    t->l = (struct layer){
        .tokens = t->tokens, .out = t->out, .output = t->y, .calibration = t->tokens, .tools = &tools};
    assert_int_equal(layer_add_part(&t->l, t->n, &p, &e), STATUS_OK);
    memcpy(p->operand[LAYER_INPUT], t->x, t->tokens * t->n * sizeof *t->x);
    memcpy(p->operand[LAYER_WEIGHT], t->w, t->out * t->n * sizeof *t->w);
    memcpy(p->scheme, scheme, sizeof scheme);
}

void layer_take(struct test_layer *t, size_t tokens, size_t out, size_t n, const float *x, const float *w,
                const char *input, const char *weight)
{
    const char *schemes[] = {input, weight};
    struct error e = {{0}};
    *t = (struct test_layer){.tokens = tokens, .out = out, .n = n};
    t->x = malloc(tokens * n * sizeof *t->x);
    t->w = malloc(out * n * sizeof *t->w);
    t->y = malloc(tokens * out * sizeof *t->y);
    double *sum = calloc(tokens * out, sizeof *sum);
    assert_non_null(sum);
    memcpy(t->x, x, tokens * n * sizeof *x);
    memcpy(t->w, w, out * n * sizeof *w);
    assert_int_equal(layer_multiply(x, w, tokens, out, n, sum, &e), STATUS_OK);
    for (size_t i = 0; i < tokens * out; i++)
        t->y[i] = (float)sum[i];
    free(sum);
    layer_reset(t);
    for (int side = 0; side < LAYER_SIDES; side++)
        if (scheme_parse(schemes[side], &t->l.part[0].scheme[side], &e))
            fail_msg("%s", e.text);
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
