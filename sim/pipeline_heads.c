/* A cell of attention with transforms: operands go through the chain, and some are quantized here. */
#include "sim/pipeline_heads.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "sim/arith/attention.h"

/* --- what steps need of the pipeline --- */

static const struct subject *recorded(const struct cell_request *r, int side)
{
    const struct attention *a = r->subject->attention;
    return side == HEADS_Q ? &a->q : side == HEADS_K ? &a->k : &a->v;
}

/* An operand as a subject, with other elements. */
static struct subject subject_of(const struct heads *h, int side, const float *x)
{
    struct subject s = *recorded(h->context, side);
    s.x = (float *)(uintptr_t)x; /* read only */
    s.sensitivity = NULL;        /* of other elements */
    return s;
}

static enum status run_quantizer(const struct subject *s, const struct quant_spec *q, uint64_t seed,
                                 float *values, struct error *e)
{
    const struct cell_request request = {.subject = s, .spec = q, .seed = seed};
    const struct quant_output out = {.values = values, .wants = QUANT_VALUES};
    struct quant_stats stats;
    struct quant_input in;
    enum status status = pipeline_quant_input(&request, &in, e);
    return status ? status : quantize(q, &in, &out, &stats, e);
}

static enum status quantize_tool(const struct heads *h, enum heads_side side, const struct quant_spec *q,
                                 const float *x, float *values, struct error *e)
{
    const struct subject s = subject_of(h, side, x);
    return run_quantizer(&s, q, h->seed, values, e);
}

static enum status quantize_rows_tool(const struct heads *h, enum heads_side side, const struct quant_spec *q,
                                      size_t rows, size_t n, const float *x, float *values, struct error *e)
{
    struct subject s = subject_of(h, side, x);
    const size_t shape[] = {rows, n};
    s.n = rows * n;
    s.view.rank = 2;
    memcpy(s.view.shape, shape, sizeof shape);
    s.view.axes = "token,dim";
    tensor_set_c_order(&s.view);
    return run_quantizer(&s, q, h->seed, values, e);
}

static const struct heads_tools tools = {.quantize = quantize_tool, .quantize_rows = quantize_rows_tool};

/* --- the chain --- */

static enum status open(const struct cell_request *r, struct heads *h, struct error *e)
{
    const struct attention *a = r->subject->attention;
    *h = (struct heads){.queries = a->shape.queries,
                        .keys = a->shape.keys,
                        .heads = a->shape.heads,
                        .kv_heads = a->shape.kv_heads,
                        .dim = a->shape.dim,
                        .rotary = a->rotary,
                        .scheme = {*r->spec, r->attention->scores.weight, r->attention->values.weight},
                        .seed = r->seed,
                        .tools = &tools,
                        .context = r};
    for (int side = 0; side < HEADS_SIDES; side++) {
        const struct subject *s = recorded(r, side);
        h->operand[side] = malloc((s->n + 1) * sizeof(float));
        if (!h->operand[side])
            return error_set(e, STATUS_INTERNAL, "out of memory");
        memcpy(h->operand[side], s->x, s->n * sizeof(float));
    }
    return STATUS_OK;
}

static enum status run(const struct transform_chain *chain, struct heads *h, const char *name,
                       const atomic_int *stop, struct error *e)
{
    enum status s = transform_check(chain, true, e);
    for (size_t i = 0; i < chain->n && !s; i++) {
        struct error why = {{0}};
        if (stop && atomic_load(stop))
            return error_set(e, STATUS_INTERRUPTED, "interrupted");
        s = chain->step[i].transform->attend(&chain->step[i], h, &why);
        if (s)
            error_set(e, s, "%s: %s: %s", name, chain->step[i].transform->name, why.text);
    }
    return s;
}

/* Operands as they became; those that are turned back, or done, as values. */
static enum status take(struct heads_ready *out, struct error *e)
{
    const struct heads *h = out->heads;
    enum status s = STATUS_OK;
    for (int side = 0; side < HEADS_SIDES && !s; side++) {
        out->part[side] = subject_of(h, side, h->operand[side]);
        if (!h->done[side] && !h->n_back[side])
            continue;
        out->done[side] = malloc((out->part[side].n + 1) * sizeof(float));
        s = out->done[side] ? heads_values(h, (enum heads_side)side, out->done[side], e)
                            : error_set(e, STATUS_INTERNAL, "out of memory");
    }
    return s;
}

enum status heads_prepare(const struct cell_request *r, const char *name, const atomic_int *stop,
                          struct heads_ready *out, struct error *e)
{
    *out = (struct heads_ready){.heads = NULL};
    for (int side = 0; side < HEADS_SIDES; side++)
        out->part[side] = *recorded(r, side);
    if (!r->transform)
        return STATUS_OK;
    out->heads = malloc(sizeof *out->heads);
    enum status s = out->heads ? open(r, out->heads, e) : error_set(e, STATUS_INTERNAL, "out of memory");
    if (!s)
        s = run(r->transform, out->heads, name, stop, e);
    return s ? s : take(out, e);
}

void heads_finish(struct heads_ready *p)
{
    for (int side = 0; side < HEADS_SIDES; side++)
        free(p->done[side]);
    if (p->heads)
        heads_close(p->heads);
    free(p->heads);
    *p = (struct heads_ready){.heads = NULL};
}

/* --- scores, probabilities, outputs --- */

void heads_softmax(const struct heads_ready *p, const struct attention_shape *s, size_t i, double *scores)
{
    const struct heads *h = p->heads;
    const size_t n = attention_seen(s, i % s->queries);
    for (size_t j = 0; h && j < n; j++) {
        if (h->added)
            scores[j] += h->added[i * s->keys + j];
        if (!heads_sees(h, n - 1, j))
            scores[j] = -(double)INFINITY;
    }
    attention_softmax(n, s->dim, scores);
    for (size_t j = 0; h && h->clipped && j < n; j++) {
        const double stretched = (h->zeta - h->gamma) * scores[j] + h->gamma;
        scores[j] = stretched < 0 ? 0 : stretched > 1 ? 1 : stretched; /* NaN stays */
    }
}

enum status heads_output(const struct heads_ready *p, float *y, struct error *e)
{
    const struct heads *h = p->heads;
    if (!h || !h->n_back[HEADS_OUTPUT])
        return STATUS_OK;
    const size_t n = heads_count(h, HEADS_OUTPUT);
    double *x = malloc((n + 1) * sizeof *x);
    if (!x)
        return error_set(e, STATUS_INTERNAL, "out of memory");
    for (size_t i = 0; i < n; i++)
        x[i] = (double)y[i];
    enum status s = heads_undo_all(h, HEADS_OUTPUT, x, e);
    for (size_t i = 0; i < n; i++)
        y[i] = (float)x[i];
    free(x);
    return s;
}
