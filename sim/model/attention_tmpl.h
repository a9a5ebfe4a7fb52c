/* Causal attention, forward and backward. Parameters: REAL (float or double), NAME(x) (x_f32 or x_f64). */

/* p[i] = exp(p[i] - top) for n values; returns their sum. */
static double NAME(exp_row)(size_t n, REAL top, REAL *p)
{
    double x[128], sum = 0;
    for (size_t first = 0, now; first < n; first += now) {
        now = n - first < sizeof x / sizeof *x ? n - first : sizeof x / sizeof *x;
        for (size_t i = 0; i < now; i++)
            x[i] = (double)p[first + i] - (double)top;
        net_exp(x, now);
        for (size_t i = 0; i < now; i++)
            sum += (double)(p[first + i] = (REAL)x[i]);
    }
    return sum;
}

/* Rows of probabilities from scaled scores, in place; what lies ahead of the query becomes zero. */
static void NAME(causal_softmax)(size_t n, REAL *p)
{
    for (size_t t = 0; t < n; t++, p += n) {
        REAL top = p[0];
        for (size_t i = 1; i <= t; i++)
            top = p[i] > top ? p[i] : top;
        REAL inv = (REAL)(1 / NAME(exp_row)(t + 1, top, p));
        for (size_t i = 0; i <= t; i++)
            p[i] *= inv;
        memset(p + t + 1, 0, (n - t - 1) * sizeof *p);
    }
}

void NAME(net_attention)(const struct NAME(attention) * a)
{
    size_t n = a->n, d = a->d, q_row = a->heads * d, kv_row = a->kv_heads * d;
    REAL scale = (REAL)(1 / sqrt((double)d));
    for (size_t h = 0; h < a->heads; h++) {
        size_t kv = h / (a->heads / a->kv_heads) * d;
        REAL *p = a->probs + h * n * n;
        NAME(net_gemm)
        (n, n, d, (struct NAME(mat)){a->q + h * d, q_row, 1}, (struct NAME(mat)){a->k + kv, 1, kv_row}, p, n,
         false);
        for (size_t i = 0; i < n * n; i++)
            p[i] *= scale;
        NAME(causal_softmax)(n, p);
        NAME(net_gemm)
        (n, d, n, (struct NAME(mat)){p, n, 1}, (struct NAME(mat)){a->v + kv, kv_row, 1}, a->y + h * d, q_row,
         false);
    }
}

/* ds = scale * p * (dp - sum(dp * p)) row by row, in place of dp. */
static void NAME(softmax_back)(size_t n, REAL scale, const REAL *p, REAL *dp)
{
    for (size_t t = 0; t < n; t++, p += n, dp += n) {
        double sum = 0;
        for (size_t i = 0; i <= t; i++)
            sum += (double)dp[i] * (double)p[i];
        for (size_t i = 0; i < n; i++)
            dp[i] = scale * p[i] * (dp[i] - (REAL)sum);
    }
}

void NAME(net_attention_back)(const struct NAME(attention) * a, const REAL *dy, REAL *dq, REAL *dk, REAL *dv,
                              REAL *scratch)
{
    size_t n = a->n, d = a->d, q_row = a->heads * d, kv_row = a->kv_heads * d;
    REAL scale = (REAL)(1 / sqrt((double)d));
    for (size_t h = 0; h < a->heads; h++) {
        size_t group = a->heads / a->kv_heads, kv = h / group * d;
        const REAL *p = a->probs + h * n * n;
        bool add = h % group != 0; /* the heads of a group add up in dk and dv */
        struct NAME(mat) dy_h = {dy + h * d, q_row, 1};
        NAME(net_gemm)(n, n, d, dy_h, (struct NAME(mat)){a->v + kv, 1, kv_row}, scratch, n, false);
        NAME(net_gemm)(n, d, n, (struct NAME(mat)){p, 1, n}, dy_h, dv + kv, kv_row, add);
        NAME(softmax_back)(n, scale, p, scratch);
        NAME(net_gemm)
        (n, d, n, (struct NAME(mat)){scratch, n, 1}, (struct NAME(mat)){a->k + kv, kv_row, 1}, dq + h * d,
         q_row, false);
        NAME(net_gemm)
        (n, d, n, (struct NAME(mat)){scratch, 1, n}, (struct NAME(mat)){a->q + h * d, q_row, 1}, dk + kv,
         kv_row, add);
    }
}
