#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "sim/model/record.h"

struct shape {
    const char *axes;
    int rank;
    size_t size[3];
};

static void add(struct recording *r, const char *role, const void *data, enum dtype dtype, struct shape shape,
                const char *format, ...) __attribute__((format(printf, 6, 7)));

static void add(struct recording *r, const char *role, const void *data, enum dtype dtype, struct shape shape,
                const char *format, ...)
{
    if (r->n == r->capacity) {
        size_t capacity = r->capacity ? 2 * r->capacity : 128;
        struct recorded *grown = realloc(r->item, capacity * sizeof *grown);
        if (!grown) {
            r->failed = true;
            return;
        }
        r->item = grown;
        r->capacity = capacity;
    }
    struct recorded *t = &r->item[r->n++];
    *t = (struct recorded){.role = role};
    t->view = (struct tensor_view){.data = data, .dtype = dtype, .rank = shape.rank, .axes = shape.axes};
    for (int i = 0; i < shape.rank; i++)
        t->view.shape[i] = shape.size[i];
    tensor_set_c_order(&t->view);
    va_list args;
    va_start(args, format);
    vsnprintf(t->name, sizeof t->name, format, args);
    va_end(args);
}

void recording_free(struct recording *r)
{
    free(r->item);
    *r = (struct recording){0};
}

void record_param_name(const struct net_param *p, char name[static 48])
{
    static const char *const names[] = {
        [NET_EMBEDDING] = "embedding.weight",
        [NET_ATTN_NORM] = "attn.norm.weight",
        [NET_Q] = "attn.q.weight",
        [NET_K] = "attn.k.weight",
        [NET_V] = "attn.v.weight",
        [NET_O] = "attn.o.weight",
        [NET_MLP_NORM] = "mlp.norm.weight",
        [NET_GATE] = "mlp.gate.weight",
        [NET_UP] = "mlp.up.weight",
        [NET_DOWN] = "mlp.down.weight",
        [NET_FINAL_NORM] = "norm.weight",
    };
    if (p->role == NET_EMBEDDING || p->role == NET_FINAL_NORM)
        snprintf(name, 48, "%s", names[p->role]);
    else
        snprintf(name, 48, "layers.%zu.%s", p->layer, names[p->role]);
}

bool record_site(const struct net_config *c, size_t i, char site[2][48])
{
    static const char *const shared[][2] = {{"attn.q", "attn.qkv.input"},
                                            {"attn.k", "attn.qkv.input"},
                                            {"attn.v", "attn.qkv.input"},
                                            {"mlp.gate", "mlp.gate_up.input"},
                                            {"mlp.up", "mlp.gate_up.input"}};
    size_t per_layer = sizeof shared / sizeof *shared;
    if (i > c->layers * per_layer)
        return false;
    if (i == c->layers * per_layer) { /* the output head shares the embedding's weight */
        snprintf(site[0], 48, "embedding");
        snprintf(site[1], 48, "head.input");
        return true;
    }
    for (int side = 0; side < 2; side++)
        snprintf(site[side], 48, "layers.%zu.%s", i / per_layer, shared[i % per_layer][side]);
    return true;
}

static struct shape per_token(size_t tokens, size_t channels)
{
    return (struct shape){"token,channel", 2, {tokens, channels}};
}

static void add_layer(struct recording *r, const struct net_config *c, const struct net_layer_f32 *l,
                      size_t i, size_t n)
{
    size_t d = net_head_dim(c), kv = c->kv_heads * d;
    struct shape dim = per_token(n, c->dim), narrow = per_token(n, kv), hidden = per_token(n, c->hidden);
    struct shape cache = {"token,head,dim", 3, {n, c->kv_heads, d}};
    struct shape square = {"head,query,key", 3, {c->heads, n, n}};
    add(r, "residual", l->resid, DTYPE_F32, dim, "layers.%zu.resid", i);
    add(r, "input", l->qkv_in, DTYPE_F32, dim, "layers.%zu.attn.qkv.input", i);
    add(r, "output", l->q, DTYPE_F32, dim, "layers.%zu.attn.q.output", i);
    add(r, "output", l->k, DTYPE_F32, narrow, "layers.%zu.attn.k.output", i);
    add(r, "output", l->v, DTYPE_F32, narrow, "layers.%zu.attn.v.output", i);
    add(r, "cache", l->k_rotated, DTYPE_F32, cache, "layers.%zu.attn.k_cache", i);
    add(r, "cache", l->v, DTYPE_F32, cache, "layers.%zu.attn.v_cache", i);
    add(r, "probabilities", l->probs, DTYPE_F32, square, "layers.%zu.attn.probs", i);
    add(r, "input", l->o_in, DTYPE_F32, dim, "layers.%zu.attn.o.input", i);
    add(r, "output", l->o_out, DTYPE_F32, dim, "layers.%zu.attn.o.output", i);
    add(r, "input", l->gate_up_in, DTYPE_F32, dim, "layers.%zu.mlp.gate_up.input", i);
    add(r, "output", l->gate, DTYPE_F32, hidden, "layers.%zu.mlp.gate.output", i);
    add(r, "output", l->up, DTYPE_F32, hidden, "layers.%zu.mlp.up.output", i);
    add(r, "input", l->down_in, DTYPE_F32, hidden, "layers.%zu.mlp.down.input", i);
    add(r, "output", l->down_out, DTYPE_F32, dim, "layers.%zu.mlp.down.output", i);
}

void recording_fill(struct recording *r, const struct net_config *c, const uint16_t *bf16,
                    const uint8_t *tokens, const struct net_state_f32 *s)
{
    for (size_t i = 0; i < net_params(c); i++) {
        struct net_param p = net_param_at(c, i);
        bool norm = p.rows == 1;
        struct shape shape = {p.role == NET_EMBEDDING ? "vocab,channel" : "out,in", 2, {p.rows, p.cols}};
        if (norm)
            shape = (struct shape){"channel", 1, {p.cols}};
        char name[48];
        record_param_name(&p, name);
        add(r, norm ? "norm" : "weight", bf16 + p.offset, DTYPE_BF16, shape, "%s", name);
    }
    for (size_t i = 0; i < c->layers; i++)
        add_layer(r, c, &s->layer[i], i, s->n);
    add(r, "residual", s->resid, DTYPE_F32, per_token(s->n, c->dim), "resid");
    add(r, "input", s->head_in, DTYPE_F32, per_token(s->n, c->dim), "head.input");
    add(r, "output", s->logits, DTYPE_F32, (struct shape){"token,vocab", 2, {s->n, NET_VOCAB}},
        "head.output");
    add(r, "tokens", tokens, DTYPE_U8, (struct shape){"token", 1, {s->n}}, "tokens");
    for (size_t i = 0; i < r->n; i++) /* the array has its final place now */
        r->item[i].view.name = r->item[i].name;
}
