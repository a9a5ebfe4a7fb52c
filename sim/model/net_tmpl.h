/* The whole network, forward and backward. Parameters: REAL (float or double), NAME(x) (x_f32 or x_f64). */

/* The next n elements of the block, or NULL while the block is only being measured. */
static REAL *NAME(take)(REAL *block, size_t *used, size_t n)
{
    REAL *at = block ? block + *used : NULL;
    *used += n;
    return at;
}

/* Points every array of s into block; returns the elements needed. */
static size_t NAME(lay_out)(const struct net_config *c, struct NAME(net_state) * s, REAL *block)
{
    size_t used = 0, n = c->context, dim = n * c->dim, kv = n * c->kv_heads * net_head_dim(c);
    size_t hidden = n * c->hidden, table = n * net_head_dim(c) / 2;
    for (size_t i = 0; i < c->layers; i++) {
        struct NAME(net_layer) *l = &s->layer[i];
        REAL **wide[] = {&l->resid, &l->qkv_in, &l->q,          &l->q_rotated, &l->o_in,
                         &l->o_out, &l->mid,    &l->gate_up_in, &l->down_out};
        for (size_t j = 0; j < sizeof wide / sizeof *wide; j++)
            *wide[j] = NAME(take)(block, &used, dim);
        REAL **narrow[] = {&l->k, &l->v, &l->k_rotated};
        for (size_t j = 0; j < sizeof narrow / sizeof *narrow; j++)
            *narrow[j] = NAME(take)(block, &used, kv);
        REAL **inner[] = {&l->gate, &l->up, &l->down_in};
        for (size_t j = 0; j < sizeof inner / sizeof *inner; j++)
            *inner[j] = NAME(take)(block, &used, hidden);
        l->probs = NAME(take)(block, &used, c->heads * n * n);
        l->inv_attn = NAME(take)(block, &used, n);
        l->inv_mlp = NAME(take)(block, &used, n);
    }
    REAL **wide[] = {&s->resid, &s->head_in, &s->d_resid, &s->d_dim, &s->d_q};
    for (size_t j = 0; j < sizeof wide / sizeof *wide; j++)
        *wide[j] = NAME(take)(block, &used, dim);
    REAL **inner[] = {&s->d_hidden, &s->d_gate, &s->d_up};
    for (size_t j = 0; j < sizeof inner / sizeof *inner; j++)
        *inner[j] = NAME(take)(block, &used, hidden);
    s->inv = NAME(take)(block, &used, n);
    s->logits = NAME(take)(block, &used, n * NET_VOCAB);
    s->d_logits = NAME(take)(block, &used, n * NET_VOCAB);
    s->cosine = NAME(take)(block, &used, table);
    s->sine = NAME(take)(block, &used, table);
    s->d_k = NAME(take)(block, &used, kv);
    s->d_v = NAME(take)(block, &used, kv);
    s->d_scores = NAME(take)(block, &used, n * n);
    return used;
}

struct NAME(net_state) * NAME(net_state_alloc)(const struct net_config *c)
{
    struct NAME(net_state) *s = calloc(1, sizeof *s);
    if (!s || !(s->layer = calloc(c->layers, sizeof *s->layer)) ||
        !(s->block = calloc(NAME(lay_out)(c, s, NULL), sizeof(REAL)))) {
        NAME(net_state_free)(s);
        return NULL;
    }
    NAME(lay_out)(c, s, s->block);
    NAME(net_rotary_table)(c->context, net_head_dim(c), c->theta, s->cosine, s->sine);
    return s;
}

void NAME(net_state_free)(struct NAME(net_state) * s)
{
    if (!s)
        return;
    free(s->layer);
    free(s->block);
    free(s);
}

static const REAL *NAME(weight)(const struct net_config *c, const REAL *params, enum net_role role,
                                size_t layer)
{
    return params + net_param_of(c, role, layer).offset;
}

static struct NAME(attention)
    NAME(layer_attention)(const struct net_config *c, const struct NAME(net_layer) * l, size_t n)
{
    return (struct NAME(attention)){.n = n,
                                    .heads = c->heads,
                                    .kv_heads = c->kv_heads,
                                    .d = net_head_dim(c),
                                    .q = l->q_rotated,
                                    .k = l->k_rotated,
                                    .v = l->v,
                                    .probs = l->probs,
                                    .y = l->o_in};
}

/* One layer: from l->resid to next = resid + attention + mlp. */
static void NAME(layer_forward)(const struct net_config *c, const REAL *params, size_t i, size_t n,
                                struct NAME(net_state) * s, REAL *next)
{
    struct NAME(net_layer) *l = &s->layer[i];
    size_t dim = c->dim, d = net_head_dim(c), kv = c->kv_heads * d, hidden = c->hidden;
    NAME(net_rmsnorm)
    (n, dim, c->eps, l->resid, NAME(weight)(c, params, NET_ATTN_NORM, i), l->qkv_in, l->inv_attn);
    NAME(net_linear)(n, dim, dim, l->qkv_in, NAME(weight)(c, params, NET_Q, i), l->q);
    NAME(net_linear)(n, dim, kv, l->qkv_in, NAME(weight)(c, params, NET_K, i), l->k);
    NAME(net_linear)(n, dim, kv, l->qkv_in, NAME(weight)(c, params, NET_V, i), l->v);
    NAME(net_rotary)(n, c->heads, d, s->cosine, s->sine, false, l->q, l->q_rotated);
    NAME(net_rotary)(n, c->kv_heads, d, s->cosine, s->sine, false, l->k, l->k_rotated);
    struct NAME(attention) a = NAME(layer_attention)(c, l, n);
    NAME(net_attention)(&a);
    NAME(net_linear)(n, dim, dim, l->o_in, NAME(weight)(c, params, NET_O, i), l->o_out);
    for (size_t j = 0; j < n * dim; j++)
        l->mid[j] = l->resid[j] + l->o_out[j];
    NAME(net_rmsnorm)
    (n, dim, c->eps, l->mid, NAME(weight)(c, params, NET_MLP_NORM, i), l->gate_up_in, l->inv_mlp);
    NAME(net_linear)(n, dim, hidden, l->gate_up_in, NAME(weight)(c, params, NET_GATE, i), l->gate);
    NAME(net_linear)(n, dim, hidden, l->gate_up_in, NAME(weight)(c, params, NET_UP, i), l->up);
    NAME(net_swiglu)(n * hidden, l->gate, l->up, l->down_in);
    NAME(net_linear)(n, hidden, dim, l->down_in, NAME(weight)(c, params, NET_DOWN, i), l->down_out);
    for (size_t j = 0; j < n * dim; j++)
        next[j] = l->mid[j] + l->down_out[j];
}

void NAME(net_forward)(const struct net_config *c, const REAL *params, const uint8_t *tokens, size_t n,
                       struct NAME(net_state) * s)
{
    s->n = n;
    const REAL *embedding = NAME(weight)(c, params, NET_EMBEDDING, 0);
    REAL *x = c->layers ? s->layer[0].resid : s->resid;
    for (size_t t = 0; t < n; t++)
        memcpy(x + t * c->dim, embedding + tokens[t] * c->dim, c->dim * sizeof *x);
    for (size_t i = 0; i < c->layers; i++)
        NAME(layer_forward)(c, params, i, n, s, i + 1 < c->layers ? s->layer[i + 1].resid : s->resid);
    NAME(net_rmsnorm)
    (n, c->dim, c->eps, s->resid, NAME(weight)(c, params, NET_FINAL_NORM, 0), s->head_in, s->inv);
    NAME(net_linear)(n, c->dim, NET_VOCAB, s->head_in, embedding, s->logits);
}

/* The mlp half of a layer: s->d_resid, the gradient of its output, becomes that of l->mid. */
static void NAME(mlp_back)(const struct net_config *c, const REAL *params, size_t i,
                           struct NAME(net_state) * s, REAL *grads)
{
    struct NAME(net_layer) *l = &s->layer[i];
    size_t n = s->n, dim = c->dim, hidden = c->hidden, down = net_param_of(c, NET_DOWN, i).offset;
    size_t gate = net_param_of(c, NET_GATE, i).offset, up = net_param_of(c, NET_UP, i).offset;
    size_t norm = net_param_of(c, NET_MLP_NORM, i).offset;
    NAME(net_linear_back)
    (n, hidden, dim, l->down_in, params + down, s->d_resid, s->d_hidden, grads + down, false);
    NAME(net_swiglu_back)(n * hidden, l->gate, l->up, s->d_hidden, s->d_gate, s->d_up);
    NAME(net_linear_back)
    (n, dim, hidden, l->gate_up_in, params + gate, s->d_gate, s->d_dim, grads + gate, false);
    NAME(net_linear_back)(n, dim, hidden, l->gate_up_in, params + up, s->d_up, s->d_dim, grads + up, true);
    NAME(net_rmsnorm_back)(n, dim, l->mid, params + norm, l->inv_mlp, s->d_dim, s->d_resid, grads + norm);
}

/* The attention half: s->d_resid, the gradient of l->mid, becomes that of l->resid. */
static void NAME(attn_back)(const struct net_config *c, const REAL *params, size_t i,
                            struct NAME(net_state) * s, REAL *grads)
{
    struct NAME(net_layer) *l = &s->layer[i];
    size_t n = s->n, dim = c->dim, d = net_head_dim(c), kv = c->kv_heads * d;
    size_t q = net_param_of(c, NET_Q, i).offset, k = net_param_of(c, NET_K, i).offset;
    size_t v = net_param_of(c, NET_V, i).offset, o = net_param_of(c, NET_O, i).offset;
    size_t norm = net_param_of(c, NET_ATTN_NORM, i).offset;
    NAME(net_linear_back)(n, dim, dim, l->o_in, params + o, s->d_resid, s->d_dim, grads + o, false);
    struct NAME(attention) a = NAME(layer_attention)(c, l, n);
    NAME(net_attention_back)(&a, s->d_dim, s->d_q, s->d_k, s->d_v, s->d_scores);
    NAME(net_rotary)(n, c->heads, d, s->cosine, s->sine, true, s->d_q, s->d_q);
    NAME(net_rotary)(n, c->kv_heads, d, s->cosine, s->sine, true, s->d_k, s->d_k);
    NAME(net_linear_back)(n, dim, dim, l->qkv_in, params + q, s->d_q, s->d_dim, grads + q, false);
    NAME(net_linear_back)(n, dim, kv, l->qkv_in, params + k, s->d_k, s->d_dim, grads + k, true);
    NAME(net_linear_back)(n, dim, kv, l->qkv_in, params + v, s->d_v, s->d_dim, grads + v, true);
    NAME(net_rmsnorm_back)(n, dim, l->resid, params + norm, l->inv_attn, s->d_dim, s->d_resid, grads + norm);
}

double NAME(net_backward)(const struct net_config *c, const REAL *params, const uint8_t *tokens,
                          const uint8_t *targets, REAL scale, struct NAME(net_state) * s, REAL *grads)
{
    size_t n = s->n, embedding = net_param_of(c, NET_EMBEDDING, 0).offset;
    size_t norm = net_param_of(c, NET_FINAL_NORM, 0).offset;
    double loss = NAME(net_cross_entropy)(n, 0, s->logits, targets, scale, s->d_logits);
    NAME(net_linear_back)
    (n, c->dim, NET_VOCAB, s->head_in, params + embedding, s->d_logits, s->d_dim, grads + embedding, false);
    memset(s->d_resid, 0, n * c->dim * sizeof *s->d_resid);
    NAME(net_rmsnorm_back)(n, c->dim, s->resid, params + norm, s->inv, s->d_dim, s->d_resid, grads + norm);
    for (size_t i = c->layers; i-- > 0;) {
        NAME(mlp_back)(c, params, i, s, grads);
        NAME(attn_back)(c, params, i, s, grads);
    }
    for (size_t t = 0; t < n; t++) {
        REAL *row = grads + embedding + tokens[t] * c->dim;
        for (size_t i = 0; i < c->dim; i++)
            row[i] += s->d_resid[t * c->dim + i];
    }
    return loss;
}
