/* Attention as a subject, and its cells: two products with a softmax between. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/arith/gemm.h"
#include "sim/base/strbuf.h"
#include "sim/pipeline_heads.h"
#include "sim/pipeline_operand.h"

/* --- the subject --- */

/* The shape of all, from q [token, channel] or [token, head, dim] and the caches [token, head, dim]. */
static enum status find_shape(const struct subject part[static 3], const char *name,
                              struct attention_shape *out, struct error *e)
{
    const struct tensor_view *q = &part[0].view, *k = &part[1].view, *v = &part[2].view;
    char texts[3][TENSOR_SHAPE_TEXT];
    *out = (struct attention_shape){.queries = 0};
    bool caches = k->rank == 3 && v->rank == 3 && !memcmp(k->shape, v->shape, 3 * sizeof *k->shape);
    if (caches && (q->rank == 2 || q->rank == 3)) {
        const size_t channels = q->shape[1] * (q->rank == 3 ? q->shape[2] : 1);
        *out = (struct attention_shape){
            .queries = q->shape[0], .keys = k->shape[0], .kv_heads = k->shape[1], .dim = k->shape[2]};
        bool whole = out->dim && channels % out->dim == 0 && (q->rank == 2 || q->shape[2] == out->dim);
        out->heads = whole ? channels / out->dim : 0;
    }
    if (out->heads && out->kv_heads && out->heads % out->kv_heads == 0 && out->queries &&
        out->queries <= out->keys)
        return STATUS_OK;
    for (int i = 0; i < 3; i++)
        tensor_shape_text(&part[i].view, texts[i]);
    return error_set(e, STATUS_INVALID,
                     "attention %s: queries %s have shape %s, keys %s %s, values %s %s; allowed: [n, heads * "
                     "dim] or [n, heads, dim] and twice [m, kv_heads, dim], n <= m, heads a multiple of "
                     "kv_heads",
                     name, q->name, texts[0], k->name, texts[1], v->name, texts[2]);
}

static enum status check_rotary(const struct attention_shape *shape, double rotary, const char *name,
                                struct error *e)
{
    if (rotary > 0 && shape->dim % 2)
        return error_set(e, STATUS_INVALID, "attention %s: heads of %zu dimensions are not pairs to rotate",
                         name, shape->dim);
    return STATUS_OK;
}

/* The identity of an output: what its operands are. */
static void hash_attention(const struct attention *a, double rotary, char *hex)
{
    char text[3 * HASH_HEX_SIZE + 64];
    int n = snprintf(text, sizeof text, "attention %s %s %s rotary=%.17g\n", a->q.hash, a->k.hash, a->v.hash,
                     rotary);
    hash_bytes(text, (size_t)n, hex);
}

static enum status fill(struct subject *out, double rotary, struct error *e)
{
    struct attention *a = out->attention;
    const struct attention_shape *s = &a->shape;
    double *room = malloc(s->keys * sizeof *room);
    out->x = malloc((out->n + 1) * sizeof *out->x);
    if (!out->x || !room) {
        free(room);
        return error_set(e, STATUS_INTERNAL, "%s: out of memory for %zu elements", out->view.name, out->n);
    }
    if (rotary > 0)
        attention_rotate(s->queries, s->heads, s->dim, rotary, s->keys - s->queries, a->q.x);
    attention_reference(s, a->q.x, a->k.x, a->v.x, room, out->x);
    free(room);
    output_facts(out);
    return STATUS_OK;
}

/* All parts are [token, head, dim], whatever their file says. */
static void view_as_heads(struct subject *part, size_t tokens, size_t heads, size_t dim)
{
    struct tensor_view *v = &part->view;
    const size_t shape[] = {tokens, heads, dim};
    v->rank = 3;
    memcpy(v->shape, shape, sizeof shape);
    v->axes = "token,head,dim";
    tensor_set_c_order(v);
}

enum status subject_attend(struct subject part[static 3], double rotary, const char *name,
                           struct subject *out, struct error *e)
{
    struct attention_shape shape;
    *out = (struct subject){.attention = calloc(1, sizeof *out->attention)};
    enum status s =
        out->attention ? find_shape(part, name, &shape, e) : error_set(e, STATUS_INTERNAL, "out of memory");
    if (!s)
        s = check_rotary(&shape, rotary, name, e);
    if (s || !out->attention) {
        for (int i = 0; i < 3; i++)
            subject_free(&part[i]);
        subject_free(out);
        return s;
    }
    *out->attention = (struct attention){part[0], part[1], part[2], shape, rotary};
    view_as_heads(&out->attention->q, shape.queries, shape.heads, shape.dim);
    view_as_heads(&out->attention->k, shape.keys, shape.kv_heads, shape.dim);
    view_as_heads(&out->attention->v, shape.keys, shape.kv_heads, shape.dim);
    out->view = (struct tensor_view){.dtype = DTYPE_F32,
                                     .rank = 2,
                                     .shape = {shape.queries, shape.heads * shape.dim},
                                     .name = name,
                                     .axes = "token,channel"};
    tensor_set_c_order(&out->view);
    out->n = tensor_count(&out->view);
    hash_attention(out->attention, rotary, out->hash);
    s = part[0].x && part[1].x && part[2].x ? fill(out, rotary, e) : STATUS_OK;
    if (s)
        subject_free(out);
    return s;
}

struct tensor_view attention_probs_view(const struct subject *s)
{
    const struct attention_shape *a = &s->attention->shape;
    struct tensor_view v = {.name = s->view.name,
                            .dtype = DTYPE_F32,
                            .rank = 3,
                            .shape = {a->heads, a->queries, a->keys},
                            .axes = "head,query,key"};
    tensor_set_c_order(&v);
    return v;
}

/* --- a cell --- */

/* A cell under way. */
struct attending {
    const struct cell_request *r;
    const struct attention_shape *shape;
    const struct heads_ready *ready;
    struct share *share;
    const atomic_int *stop;
    struct error *e;
    uint32_t *d;              /* a row of a product */
    uint32_t *codes, *scales; /* the right side of it */
};

/* The first n of `from` elements of each row. */
static const uint32_t *cut(const uint32_t *x, size_t rows, size_t from, size_t n, uint32_t *room)
{
    for (size_t i = 0; i < rows && n < from; i++)
        memcpy(room + i * n, x + i * from, n * sizeof *x);
    return n < from ? room : x;
}

/* Row i of the left side times rows first .. first + columns - 1 of the right one, the first n terms: into
 * w->d. Dot products are numbered from `number`. */
static void multiply(struct attending *w, const struct sides *p, size_t i, size_t first, size_t columns,
                     size_t n, uint64_t number)
{
    struct dot_scales left, right;
    struct gemm_input in = {.a = dot_side_row(&p->left, i, p->a.inner, &left),
                            .b = dot_side_row(&p->right, first, p->b.inner, &right),
                            .rows = 1,
                            .columns = columns,
                            .n = n,
                            .seed = w->r->seed,
                            .first_row = subject_stream(w->r->subject) + number};
    in.b.codes = cut(in.b.codes, columns, p->b.inner, n, w->codes);
    if (in.b.scales)
        right.codes = cut(right.codes, columns, (p->b.inner + right.block - 1) / right.block,
                          (n + right.block - 1) / right.block, w->scales);
    gemm(&p->mac, &in, w->d, &w->share->dots);
}

static bool stopped(const struct attending *w)
{
    return w->stop && atomic_load(w->stop);
}

static enum status open_sides(struct attending *w, struct sides *p, const struct quant_spec *left,
                              const struct matmul_spec *m, const char *which)
{
    struct strbuf name = {0};
    strbuf_printf(&name, "attention %s, %s", w->r->subject->view.name, which);
    enum status s = name.text ? sides_open(p, left, m, w->r->seed, name.text, w->e)
                              : error_set(w->e, STATUS_INTERNAL, "out of memory");
    strbuf_free(&name);
    return s;
}

static struct sides scores_of(const struct heads_ready *p, const struct attention_shape *s)
{
    const size_t d = s->dim;
    return (struct sides){.a = {.s = &p->part[HEADS_Q],
                                .done = p->done[HEADS_Q],
                                .rows = s->heads * s->queries,
                                .inner = d,
                                .order = {s->heads, s->queries},
                                .step = {d, s->heads * d, 1}},
                          .b = {.s = &p->part[HEADS_K],
                                .done = p->done[HEADS_K],
                                .rows = s->kv_heads * s->keys,
                                .inner = d,
                                .order = {s->kv_heads, s->keys},
                                .step = {d, s->kv_heads * d, 1}}};
}

/* Probabilities [head, query, key], rounded to binary32; zero ahead of the query. */
static enum status probabilities(struct attending *w, const struct sides *p, float *probs)
{
    const struct attention_shape *s = w->shape;
    double *row = malloc(s->keys * sizeof *row);
    enum status status = row ? STATUS_OK : error_set(w->e, STATUS_INTERNAL, "out of memory");
    for (size_t i = 0; i < s->heads * s->queries && !status; i++, probs += s->keys) {
        const size_t n = attention_seen(s, i % s->queries), group = s->heads / s->kv_heads;
        const size_t head = i / s->queries / group * s->keys;
        if (stopped(w))
            status = error_set(w->e, STATUS_INTERRUPTED, "interrupted");
        else
            multiply(w, p, i, head, n, s->dim, i * s->keys);
        for (size_t j = 0; j < n && !status; j++)
            row[j] = number_to_f64(format_decode(&p->mac.out, w->d[j]));
        if (!status)
            heads_softmax(w->ready, s, i, row);
        for (size_t j = 0; j < s->keys && !status; j++)
            probs[j] = j < n ? number_to_f32(number_from_f64(row[j])) : 0;
    }
    free(row);
    return status;
}

static enum status attend(struct attending *w, float *probs)
{
    const struct attention_spec *m = w->r->attention;
    struct sides p = scores_of(w->ready, w->shape);
    enum status s = open_sides(w, &p, w->r->spec, &m->scores, "q * k");
    if (!s)
        s = probabilities(w, &p, probs);
    quant_counts_add(&w->share->stats, &p.a.stats);
    quant_counts_add(&w->share->stats, &p.b.stats);
    sides_close(&p);
    return s;
}

/* Outputs in order of their elements. */
static enum status weigh(struct attending *w, const struct sides *p, float *y)
{
    const struct attention_shape *s = w->shape;
    const size_t group = s->heads / s->kv_heads, before = s->heads * s->queries * s->keys;
    for (size_t i = 0; i < s->queries * s->heads; i++, y += s->dim) {
        const size_t t = i / s->heads, h = i % s->heads;
        if (stopped(w))
            return error_set(w->e, STATUS_INTERRUPTED, "interrupted");
        multiply(w, p, h * s->queries + t, h / group * s->dim, s->dim, attention_seen(s, t),
                 before + i * s->dim);
        for (size_t c = 0; c < s->dim; c++)
            y[c] = number_to_f32(format_decode(&p->mac.out, w->d[c]));
    }
    return STATUS_OK;
}

/* The probabilities as a tensor of their own, with a stream of their own. */
static struct subject probs_of(const struct subject *out, float *probs)
{
    const struct attention_shape *s = &out->attention->shape;
    struct subject p = {.view = attention_probs_view(out), .x = probs, .n = s->heads * s->queries * s->keys};
    char text[HASH_HEX_SIZE + 32];
    int n = snprintf(text, sizeof text, "probabilities of %s\n", out->hash);
    hash_bytes(text, (size_t)n, p.hash);
    return p;
}

static enum status combine(struct attending *w, float *probs, float *y)
{
    const struct attention_spec *m = w->r->attention;
    const struct attention_shape *s = w->shape;
    const struct subject tensor = probs_of(w->r->subject, probs);
    struct sides p = {.a = {.s = &tensor, .rows = s->heads * s->queries, .inner = s->keys},
                      .b = {.s = &w->ready->part[HEADS_V],
                            .done = w->ready->done[HEADS_V],
                            .rows = s->kv_heads * s->dim,
                            .inner = s->keys,
                            .order = {s->kv_heads, s->dim},
                            .step = {s->dim, 1, s->kv_heads * s->dim}}};
    enum status status = open_sides(w, &p, &m->probs, &m->values, "p * v");
    if (!status)
        status = weigh(w, &p, y);
    quant_counts_add_unstored(&w->share->stats, &p.a.stats);
    quant_counts_add(&w->share->stats, &p.b.stats);
    sides_close(&p);
    return status;
}

enum status attention_values(const struct cell_request *r, float *y, struct share *share,
                             const atomic_int *stop, struct error *e)
{
    const struct attention_shape *shape = &r->subject->attention->shape;
    const struct matmul_spec *last = &r->attention->values;
    const size_t side = shape->keys * shape->dim; /* of a head; a row of a product is no longer */
    struct heads_ready ready;
    struct strbuf name = {0};
    struct attending w = {r,
                          shape,
                          &ready,
                          share,
                          stop,
                          e,
                          malloc(side * sizeof *w.d),
                          malloc(side * sizeof *w.codes),
                          malloc(side * sizeof *w.scales)};
    float *probs = malloc((shape->heads * shape->queries * shape->keys + 1) * sizeof *probs);
    strbuf_printf(&name, "attention %s", r->subject->view.name);
    enum status s = heads_prepare(r, name.text ? name.text : "attention", stop, &ready, e);
    if (!s)
        s = probs && w.d && w.codes && w.scales ? attend(&w, probs)
                                                : error_set(e, STATUS_INTERNAL, "out of memory");
    if (!s)
        s = combine(&w, probs, y);
    if (!s)
        s = heads_output(&ready, y, e);
    if (ready.heads)
        share->stats.side_bits += ready.heads->side_bits;
    if (!s && last->has_output)
        s = output_quantize(r, &last->output, y, &share->stats, e);
    heads_finish(&ready);
    strbuf_free(&name);
    free(w.d);
    free(w.codes);
    free(w.scales);
    free(probs);
    return s;
}

/* One product at a time: the probabilities, values, codes, scales and places of both sides, and those of a
 * row; with transforms the operands as they become, masks, what is turned back and added to scores. */
size_t attention_held(const struct cell_request *r)
{
    const struct attention *a = r->subject->attention;
    const size_t probs = a->shape.heads * a->shape.queries * a->shape.keys;
    const size_t scores = 6 * (a->q.n + a->k.n), values = 6 * (probs + a->v.n);
    const size_t chain = r->transform ? 2 * probs + 8 * (a->q.n + a->k.n + a->v.n) : 0;
    return probs + (scores > values ? scores : values) + 3 * a->shape.keys * a->shape.dim + chain;
}
