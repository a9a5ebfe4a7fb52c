/* Declarations of the network for one type. Parameters: REAL (float or double), NAME(x) (x_f32 or x_f64). */

/* A matrix with any strides: element (i, j) is at[i * row + j * col]. */
struct NAME(mat) {
    const REAL *at;
    size_t row, col;
};

/* C = A B, or C += A B: A is m x depth, B is depth x n, C is m x n with rows ldc apart. Each element is the
 * chain ((c + a0 b0) + a1 b1) + ... in order of depth (> 0), c being 0 or C, so the bits do not depend on the
 * instruction set. */
void NAME(net_gemm)(size_t m, size_t n, size_t depth, struct NAME(mat) a, struct NAME(mat) b, REAL *c,
                    size_t ldc, bool accumulate);
/* The same on a given instruction set, which the machine must have. */
void NAME(net_gemm_isa)(enum net_isa isa, size_t m, size_t n, size_t depth, struct NAME(mat) a,
                        struct NAME(mat) b, REAL *c, size_t ldc, bool accumulate);

/* y[n, out] = x[n, in] w[out, in]^T; backward: dw += dy^T x, dx = dy w (dx += dy w if accumulate). */
void NAME(net_linear)(size_t n, size_t in, size_t out, const REAL *x, const REAL *w, REAL *y);
void NAME(net_linear_back)(size_t n, size_t in, size_t out, const REAL *x, const REAL *w, const REAL *dy,
                           REAL *dx, REAL *dw, bool accumulate);

/* y = x * inv * w, inv[token] = 1 / sqrt(mean(x^2) + eps); backward: dx += ..., dw += .... */
void NAME(net_rmsnorm)(size_t n, size_t dim, double eps, const REAL *x, const REAL *w, REAL *y, REAL *inv);
void NAME(net_rmsnorm_back)(size_t n, size_t dim, const REAL *x, const REAL *w, const REAL *inv,
                            const REAL *dy, REAL *dx, REAL *dw);

/* cos and sin of position * theta^(-2i/d), [n, d/2]. */
void NAME(net_rotary_table)(size_t n, size_t d, double theta, REAL *cosine, REAL *sine);
/* Rotates the pairs (2i, 2i+1) of every head of x[n, heads, d] into y (which may be x); backward = true
 * rotates back, which is also how gradients pass. */
void NAME(net_rotary)(size_t n, size_t heads, size_t d, const REAL *cosine, const REAL *sine, bool backward,
                      const REAL *x, REAL *y);

/* Causal attention of q[n, heads, d] over k, v[n, kv_heads, d]: probs[heads, n, n], y[n, heads, d].
 * Backward sets dq, dk and dv; scratch has n * n elements. */
struct NAME(attention) {
    size_t n, heads, kv_heads, d;
    const REAL *q, *k, *v;
    REAL *probs, *y;
};
void NAME(net_attention)(const struct NAME(attention) * a);
void NAME(net_attention_back)(const struct NAME(attention) * a, const REAL *dy, REAL *dq, REAL *dk, REAL *dv,
                              REAL *scratch);

/* y = gate * sigmoid(gate) * up, element by element; backward sets dgate and dup. */
void NAME(net_swiglu)(size_t n, const REAL *gate, const REAL *up, REAL *y);
void NAME(net_swiglu_back)(size_t n, const REAL *gate, const REAL *up, const REAL *dy, REAL *dgate,
                           REAL *dup);

/* Sum over the tokens from `first` of -ln softmax(logits[token])[target]. If dlogits is not NULL it receives
 * scale times the gradient of that sum (zero before `first`). */
double NAME(net_cross_entropy)(size_t n, size_t first, const REAL *logits, const uint8_t *targets, REAL scale,
                               REAL *dlogits);

/* What one sequence leaves behind, layer by layer; widths in elements per token. */
struct NAME(net_layer) {
    REAL *resid;             /* dim: the residual stream entering the layer */
    REAL *qkv_in, *inv_attn; /* dim, 1 */
    REAL *q, *k, *v;         /* outputs of the linears: dim, kv, kv (kv = kv_heads * head_dim) */
    REAL *q_rotated, *k_rotated;
    REAL *probs;        /* [heads, n, n] */
    REAL *o_in, *o_out; /* dim */
    REAL *mid;          /* dim: the residual stream after attention */
    REAL *gate_up_in, *inv_mlp;
    REAL *gate, *up, *down_in; /* hidden */
    REAL *down_out;            /* dim */
};

struct NAME(net_state) {
    size_t n; /* tokens of the last forward */
    struct NAME(net_layer) * layer;
    REAL *resid, *inv, *head_in, *logits; /* after the last layer: dim, 1, dim, NET_VOCAB */
    REAL *cosine, *sine;
    REAL *d_resid, *d_dim, *d_q, *d_k, *d_v, *d_hidden, *d_gate, *d_up, *d_scores, *d_logits;
    REAL *block;
};

/* A state for sequences of up to c->context tokens; NULL when out of memory. */
struct NAME(net_state) * NAME(net_state_alloc)(const struct net_config *c);
void NAME(net_state_free)(struct NAME(net_state) * s);

/* Runs tokens[0..n) through the network and fills s. n <= c->context. */
void NAME(net_forward)(const struct net_config *c, const REAL *params, const uint8_t *tokens, size_t n,
                       struct NAME(net_state) * s);
/* After net_forward of the same tokens: adds scale times the gradient of the summed cross entropy to grads
 * and returns the sum. */
double NAME(net_backward)(const struct net_config *c, const REAL *params, const uint8_t *tokens,
                          const uint8_t *targets, REAL scale, struct NAME(net_state) * s, REAL *grads);

#undef REAL
#undef NAME
