#include "tests/heads.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "sim/mac.h"
#include "sim/quant/quant.h"
#include "sim/scheme.h"
#include "tests/draws.h"

/* --- heads by themselves --- */

static enum status quantize_rows(const struct heads *h, enum heads_side side, const struct quant_spec *q,
                                 size_t rows, size_t n, const float *x, float *values, struct error *e)
{
    const struct quant_input in = {.x = x, .rank = 2, .shape = {rows, n}, .axis = 1};
    const struct quant_output out = {.values = values, .wants = QUANT_VALUES};
    struct quant_stats stats;
    (void)h;
    (void)side;
    return quantize(q, &in, &out, &stats, e);
}

static enum status quantize_side(const struct heads *h, enum heads_side side, const struct quant_spec *q,
                                 const float *x, float *values, struct error *e)
{
    return quantize_rows(h, side, q, heads_tokens(h, side) * heads_wide(h, side), h->dim, x, values, e);
}

static const struct heads_tools tools = {.quantize = quantize_side, .quantize_rows = quantize_rows};

void heads_take(struct heads *h, const struct attention_shape *s, double rotary, const char *scheme,
                const float *const x[HEADS_SIDES])
{
    struct error e = {{0}};
    *h = (struct heads){.queries = s->queries,
                        .keys = s->keys,
                        .heads = s->heads,
                        .kv_heads = s->kv_heads,
                        .dim = s->dim,
                        .rotary = rotary,
                        .tools = &tools};
    for (int side = 0; side < HEADS_SIDES; side++) {
        const size_t n = heads_count(h, (enum heads_side)side);
        h->operand[side] = malloc((n + 1) * sizeof(float));
        assert_non_null(h->operand[side]);
        if (n)
            memcpy(h->operand[side], x[side], n * sizeof(float));
        if (scheme_parse(scheme, &h->scheme[side], &e))
            fail_msg("%s", e.text);
    }
}

static enum status run(struct heads *h, const char *text, struct error *e)
{
    struct transform_chain chain;
    enum status s = transform_parse(text, &chain, e);
    if (!s)
        s = transform_check(&chain, true, e);
    for (size_t i = 0; i < chain.n && !s; i++)
        s = chain.step[i].transform->attend(&chain.step[i], h, e);
    return s;
}

void heads_must_run(struct heads *h, const char *text)
{
    struct error e = {{0}};
    if (run(h, text, &e))
        fail_msg("%s: %s", text, e.text);
}

void heads_refuses(struct heads *h, const char *text, const char *words)
{
    struct error e = {{0}};
    if (!run(h, text, &e))
        fail_msg("%s: accepted", text);
    if (!strstr(e.text, words))
        fail_msg("%s: '%s' does not say '%s'", text, e.text, words);
}

void heads_read(const struct heads *h, enum heads_side side, float *values)
{
    struct error e = {{0}};
    if (heads_values(h, side, values, &e))
        fail_msg("%s", e.text);
}

void heads_expect_near(const float *got, const float *want, size_t n, double within)
{
    for (size_t i = 0; i < n; i++)
        if (!(fabs((double)got[i] - (double)want[i]) <= within))
            fail_msg("element %zu: %g, want %g", i, (double)got[i], (double)want[i]);
}

/* --- attention as cells have it --- */

static struct subject load(const float *x, const char *name, size_t a, size_t b, size_t c)
{
    struct tensor_view t = {.name = name, .data = x, .dtype = DTYPE_F32, .rank = 3, .shape = {a, b, c}};
    tensor_set_c_order(&t);
    struct subject s;
    struct error e = {{0}};
    assert_int_equal(subject_load(&t, NULL, &s, &e), STATUS_OK);
    return s;
}

struct subject heads_subject(const struct attention_shape *s, double rotary,
                             const float *const x[HEADS_SIDES])
{
    struct subject part[3] = {load(x[0], "a.q.output", s->queries, s->heads, s->dim),
                              load(x[1], "a.k_cache", s->keys, s->kv_heads, s->dim),
                              load(x[2], "a.v_cache", s->keys, s->kv_heads, s->dim)},
                   out;
    struct error e = {{0}};
    if (subject_attend(part, rotary, "a", &out, &e))
        fail_msg("%s", e.text);
    return out;
}

void heads_cell(const struct subject *s, const char *scheme, const char *chain, float *y,
                struct quant_stats *stats)
{
    struct quant_spec q;
    struct attention_spec a = {.values = {.has_output = false}};
    struct transform_chain c;
    struct error e = {{0}};
    struct cell_request r = {.subject = s, .spec = &q, .attention = &a, .transform = chain ? &c : NULL};
    struct cell_result out = {.values = y};
    enum status status = scheme_parse(scheme, &q, &e);
    a.scores.weight = a.values.weight = q;
    if (!status)
        status = scheme_parse("fp32", &a.probs, &e);
    if (!status)
        status = mac_parse("exact", &a.scores.mac, &e);
    a.scores.mac.scales = matmul_scales(&a.scores.mac, &q, &q);
    a.values.mac = a.scores.mac;
    if (!status && chain)
        status = transform_parse(chain, &c, &e);
    if (!status)
        status = pipeline_cell(&r, &out, &e);
    if (status)
        fail_msg("%s: %s", chain ? chain : scheme, e.text);
    if (stats)
        *stats = out.stats;
}

double heads_nmse(const float *y, const float *want, size_t n)
{
    double error = 0, power = 0;
    for (size_t i = 0; i < n; i++) {
        const double d = (double)y[i] - (double)want[i];
        error += d * d;
        power += (double)want[i] * (double)want[i];
    }
    return error / power;
}

void heads_draw(const struct attention_shape *s, uint64_t seed, float *const x[HEADS_SIDES])
{
    const size_t n = s->queries * s->heads * s->dim, m = s->keys * s->kv_heads * s->dim;
    draw_fill(x[0], n, DRAW_NORMAL, seed);
    draw_fill(x[1], m, DRAW_NORMAL, seed + 1);
    draw_fill(x[2], m, DRAW_NORMAL, seed + 2);
    for (size_t i = 0; i < m; i++)
        x[1][i] += i % s->dim % 8 == 3 ? 6 : 0;
}
