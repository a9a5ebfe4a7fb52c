/* sim/model: the operations of the network and its gradients. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "sim/base/rng.h"
#include "sim/model/net.h"
#include "tests/check.h"

static const struct net_config small = {
    .dim = 8, .layers = 2, .heads = 4, .kv_heads = 2, .hidden = 12, .context = 6, .theta = 100, .eps = 1e-5};

/* n numbers on (-1, 1); `stream` names the array. */
static double *numbers(uint64_t stream, size_t n)
{
    double *x = malloc((n ? n : 1) * sizeof *x);
    assert_non_null(x);
    for (size_t i = 0; i < n; i++)
        x[i] = (rng_u32(11, stream, i) + 0.5) * 0x1p-31 - 1;
    return x;
}

static void assert_near(double found, double want, double tolerance)
{
    if (!(fabs(found - want) <= tolerance))
        fail_msg("%.17g found, %.17g wanted, at most %g apart", found, want, tolerance);
}

/* --- gradients: every operation in binary64 against central differences --- */

/* A scalar function of an array x of n numbers. */
struct scalar {
    double (*value)(void *context);
    void *context;
    double *x;
    size_t n;
};

/* Central differences: error h^2 f'''/6 + 2^-53 f/h, about 1e-10 for h = 1e-5 and values near one. */
static void check_gradient(const char *what, const struct scalar *f, const double *gradient)
{
    const double h = 1e-5;
    for (size_t i = 0; i < f->n; i++) {
        double keep = f->x[i];
        f->x[i] = keep + h;
        double above = f->value(f->context);
        f->x[i] = keep - h;
        double below = f->value(f->context);
        f->x[i] = keep;
        double want = (above - below) / (2 * h);
        if (!(fabs(gradient[i] - want) <= 2e-8 * (1 + fabs(want))))
            fail_msg("%s: gradient %zu is %.12g, finite differences say %.12g", what, i, gradient[i], want);
    }
}

static double dot(const double *a, const double *b, size_t n)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += a[i] * b[i];
    return sum;
}

enum { N = 5, IN = 6, OUT = 7 };

/* The arrays of one operation; its scalar is the inner product of y and dy. */
struct op {
    double *a, *b, *c, *y, *dy;
    size_t n_y;
};

static double linear_value(void *context)
{
    struct op *o = context;
    net_linear_f64(N, IN, OUT, o->a, o->b, o->y);
    return dot(o->y, o->dy, o->n_y);
}

static void op_free(struct op *o)
{
    free(o->a);
    free(o->b);
    free(o->c);
    free(o->y);
    free(o->dy);
}

static void linear_gradient(void **state)
{
    (void)state;
    struct op o = {numbers(1, N * IN),  numbers(2, OUT * IN), NULL,
                   numbers(3, N * OUT), numbers(4, N * OUT),  N * OUT};
    double dx[N * IN], dw[OUT * IN] = {0};
    net_linear_back_f64(N, IN, OUT, o.a, o.b, o.dy, dx, dw, false);
    check_gradient("linear x", &(struct scalar){linear_value, &o, o.a, N * IN}, dx);
    check_gradient("linear w", &(struct scalar){linear_value, &o, o.b, OUT * IN}, dw);
    double more[N * IN];
    memcpy(more, dx, sizeof more);
    net_linear_back_f64(N, IN, OUT, o.a, o.b, o.dy, more, dw, true);
    for (size_t i = 0; i < N * IN; i++) /* accumulation adds to dx, and always to dw */
        assert_near(more[i], 2 * dx[i], 1e-14);
    op_free(&o);
}

static double rmsnorm_value(void *context)
{
    struct op *o = context;
    double inv[N];
    net_rmsnorm_f64(N, IN, 0.01, o->a, o->b, o->y, inv);
    return dot(o->y, o->dy, o->n_y);
}

static void rmsnorm_gradient(void **state)
{
    (void)state;
    struct op o = {numbers(1, N * IN), numbers(2, IN), NULL, numbers(3, N * IN), numbers(4, N * IN), N * IN};
    double dx[N * IN] = {0}, dw[IN] = {0}, inv[N];
    net_rmsnorm_f64(N, IN, 0.01, o.a, o.b, o.y, inv);
    net_rmsnorm_back_f64(N, IN, o.a, o.b, inv, o.dy, dx, dw);
    check_gradient("rmsnorm x", &(struct scalar){rmsnorm_value, &o, o.a, N * IN}, dx);
    check_gradient("rmsnorm w", &(struct scalar){rmsnorm_value, &o, o.b, IN}, dw);
    op_free(&o);
}

static double swiglu_value(void *context)
{
    struct op *o = context;
    net_swiglu_f64(o->n_y, o->a, o->b, o->y);
    return dot(o->y, o->dy, o->n_y);
}

static void swiglu_gradient(void **state)
{
    (void)state;
    enum { MANY = 40 };
    struct op o = {numbers(1, MANY), numbers(2, MANY), NULL, numbers(3, MANY), numbers(4, MANY), MANY};
    for (size_t i = 0; i < MANY; i++)
        o.a[i] *= 6; /* both flanks of the sigmoid */
    double dgate[MANY], dup[MANY];
    net_swiglu_back_f64(MANY, o.a, o.b, o.dy, dgate, dup);
    check_gradient("swiglu gate", &(struct scalar){swiglu_value, &o, o.a, MANY}, dgate);
    check_gradient("swiglu up", &(struct scalar){swiglu_value, &o, o.b, MANY}, dup);
    op_free(&o);
}

static const uint8_t targets[N] = {3, 255, 0, 97, 97};

static double cross_entropy_value(void *context)
{
    return 0.25 * net_cross_entropy_f64(N, 1, ((struct op *)context)->a, targets, 0, NULL);
}

static void cross_entropy_gradient(void **state)
{
    (void)state;
    struct op o = {.a = numbers(1, N * NET_VOCAB)};
    double d[N * NET_VOCAB];
    net_cross_entropy_f64(N, 1, o.a, targets, 0.25, d);
    check_gradient("cross entropy", &(struct scalar){cross_entropy_value, &o, o.a, N * NET_VOCAB}, d);
    for (size_t i = 0; i < NET_VOCAB; i++)
        assert_true(d[i] == 0); /* tokens before `first` do not count */
    memset(o.a, 0, N * NET_VOCAB * sizeof *o.a);
    assert_near(net_cross_entropy_f64(N, 1, o.a, targets, 0, NULL), (N - 1) * log(NET_VOCAB), 1e-12);
    op_free(&o);
}

/* --- rotary positions and attention --- */

enum { HEADS = 4, KV = 2, D = 6, Q_SIZE = N * HEADS * D, KV_SIZE = N * KV * D };

static double rotary_value(void *context)
{
    struct op *o = context;
    net_rotary_f64(N, HEADS, D, o->b, o->c, false, o->a, o->y);
    return dot(o->y, o->dy, o->n_y);
}

static void rotary_gradient_and_norm(void **state)
{
    (void)state;
    struct op o = {numbers(1, Q_SIZE), numbers(2, N * D / 2), numbers(3, N * D / 2),
                   numbers(4, Q_SIZE), numbers(5, Q_SIZE),    Q_SIZE};
    net_rotary_table_f64(N, D, 50, o.b, o.c);
    double dx[Q_SIZE];
    net_rotary_f64(N, HEADS, D, o.b, o.c, true, o.dy, dx);
    check_gradient("rotary", &(struct scalar){rotary_value, &o, o.a, Q_SIZE}, dx);
    net_rotary_f64(N, HEADS, D, o.b, o.c, false, o.a, o.y);
    assert_memory_equal(o.y, o.a, HEADS * D * sizeof *o.y); /* position 0 */
    for (size_t i = 0; i < Q_SIZE; i += 2) {
        double before = hypot(o.a[i], o.a[i + 1]), after = hypot(o.y[i], o.y[i + 1]);
        assert_near(before, after, 1e-14);
        if (i >= HEADS * D)
            assert_true(fabs(o.y[i] - o.a[i]) > 1e-6);
    }
    /* The inner product of two rotated vectors depends on their distance alone. */
    double x[2 * D], at[N][2 * D];
    for (size_t t = 0; t < N; t++) {
        memcpy(x, o.a, sizeof x);
        net_rotary_f64(1, 2, D, o.b + t * D / 2, o.c + t * D / 2, false, x, at[t]);
    }
    for (size_t t = 0; t + 2 < N; t++)
        assert_near(dot(at[t], at[t + 2] + D, D), dot(at[0], at[2] + D, D), 1e-13);
    op_free(&o);
}

struct attention_case {
    struct attention_f64 a;
    double *q, *k, *v, *dy, probs[HEADS * N * N], y[Q_SIZE];
};

static double attention_value(void *context)
{
    struct attention_case *t = context;
    net_attention_f64(&t->a);
    return dot(t->y, t->dy, Q_SIZE);
}

static void attention_gradient(void **state)
{
    (void)state;
    struct attention_case t = {.q = numbers(1, Q_SIZE),
                               .k = numbers(2, KV_SIZE),
                               .v = numbers(3, KV_SIZE),
                               .dy = numbers(4, Q_SIZE)};
    for (size_t i = 0; i < Q_SIZE; i++)
        t.q[i] *= 4; /* far from uniform probabilities */
    t.a = (struct attention_f64){N, HEADS, KV, D, t.q, t.k, t.v, t.probs, t.y};
    net_attention_f64(&t.a);
    double dq[Q_SIZE], dk[KV_SIZE], dv[KV_SIZE], scratch[N * N];
    net_attention_back_f64(&t.a, t.dy, dq, dk, dv, scratch);
    check_gradient("attention q", &(struct scalar){attention_value, &t, t.q, Q_SIZE}, dq);
    check_gradient("attention k", &(struct scalar){attention_value, &t, t.k, KV_SIZE}, dk);
    check_gradient("attention v", &(struct scalar){attention_value, &t, t.v, KV_SIZE}, dv);
    net_attention_f64(&t.a);
    for (size_t row = 0; row < HEADS * N; row++) {
        double sum = 0;
        for (size_t key = 0; key < N; key++) {
            assert_true(key <= row % N ? t.probs[row * N + key] > 0 : t.probs[row * N + key] == 0);
            sum += t.probs[row * N + key];
        }
        assert_near(sum, 1, 1e-14);
    }
    free(t.q);
    free(t.k);
    free(t.v);
    free(t.dy);
}

/* --- the whole network --- */

static const uint8_t sequence[7] = "abacba";

struct net_case {
    double *params;
    struct net_state_f64 *s;
};

static double net_value(void *context)
{
    struct net_case *t = context;
    net_forward_f64(&small, t->params, sequence, 6, t->s);
    return 0.5 * net_cross_entropy_f64(6, 0, t->s->logits, sequence + 1, 0, NULL);
}

/* A small network with random weights, norms included, in both types. */
static double *net_weights(float *narrow)
{
    size_t n = net_size(&small);
    double *params = malloc(n * sizeof *params);
    assert_non_null(params);
    net_init(&small, 3, narrow);
    for (size_t i = 0; i < net_params(&small); i++) {
        struct net_param p = net_param_at(&small, i);
        for (size_t j = p.offset; p.rows == 1 && j < p.offset + p.cols; j++)
            narrow[j] += 0.5F * (float)(rng_u32(3, 99, j) * 0x1p-31 - 1);
    }
    for (size_t i = 0; i < n; i++)
        params[i] = (double)narrow[i];
    return params;
}

static void net_gradient(void **state)
{
    (void)state;
    size_t n = net_size(&small);
    float *narrow = malloc(n * sizeof *narrow), *narrow_grads = calloc(n, sizeof *narrow_grads);
    double *params = net_weights(narrow), *grads = calloc(n, sizeof *grads);
    struct net_case t = {params, net_state_alloc_f64(&small)};
    struct net_state_f32 *s = net_state_alloc_f32(&small);
    assert_true(narrow && narrow_grads && grads && t.s && s);
    net_forward_f64(&small, params, sequence, 6, t.s);
    double loss = net_backward_f64(&small, params, sequence, sequence + 1, 0.5, t.s, grads);
    assert_near(0.5 * loss, net_value(&t), 1e-12);
    check_gradient("network", &(struct scalar){net_value, &t, params, n}, grads);
    /* The binary32 network is the same source: it may differ by its rounding alone. */
    net_forward_f32(&small, narrow, sequence, 6, s);
    double narrow_loss = net_backward_f32(&small, narrow, sequence, sequence + 1, 0.5F, s, narrow_grads);
    assert_near(narrow_loss, loss, 1e-5 * loss);
    for (size_t i = 0; i < n; i++)
        assert_near((double)narrow_grads[i], grads[i], 1e-5 * (1 + fabs(grads[i])));
    net_state_free_f64(t.s);
    net_state_free_f32(s);
    free(narrow);
    free(narrow_grads);
    free(params);
    free(grads);
}

/* Later tokens change nothing before them, to the bit, and shorter sequences are prefixes. */
static void net_is_causal(void **state)
{
    (void)state;
    float *params = malloc(net_size(&small) * sizeof *params);
    struct net_state_f32 *a = net_state_alloc_f32(&small), *b = net_state_alloc_f32(&small);
    assert_true(params && a && b);
    net_init(&small, 4, params);
    net_forward_f32(&small, params, (const uint8_t *)"abcdef", 6, a);
    net_forward_f32(&small, params, (const uint8_t *)"abcdXY", 6, b);
    assert_memory_equal(a->logits, b->logits, 4 * NET_VOCAB * sizeof(float));
    assert_memory_not_equal(a->logits + 4 * NET_VOCAB, b->logits + 4 * NET_VOCAB, NET_VOCAB * sizeof(float));
    net_forward_f32(&small, params, (const uint8_t *)"abcd", 4, b);
    assert_memory_equal(a->logits, b->logits, 4 * NET_VOCAB * sizeof(float));
    net_state_free_f32(a);
    net_state_free_f32(b);
    net_state_free_f32(NULL);
    free(params);
}

static void params_are_laid_out(void **state)
{
    (void)state;
    size_t offset = 0;
    for (size_t i = 0; i < net_params(&small); i++) {
        struct net_param p = net_param_at(&small, i), same = net_param_of(&small, p.role, p.layer);
        assert_int_equal(p.offset, offset);
        assert_int_equal(same.offset, offset);
        assert_int_equal(same.rows * same.cols, p.rows * p.cols);
        offset += p.rows * p.cols;
    }
    assert_int_equal(offset, net_size(&small));
    /* By hand: embedding, then per layer norms, q and o, k and v, three of the mlp, and the last norm. */
    assert_int_equal(offset, 256 * 8 + 2 * (2 * 8 + 2 * 8 * 8 + 2 * 4 * 8 + 3 * 8 * 12) + 8);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(linear_gradient),
        cmocka_unit_test(rmsnorm_gradient),
        cmocka_unit_test(swiglu_gradient),
        cmocka_unit_test(cross_entropy_gradient),
        cmocka_unit_test(rotary_gradient_and_norm),
        cmocka_unit_test(attention_gradient),
        cmocka_unit_test(net_gradient),
        cmocka_unit_test(net_is_causal),
        cmocka_unit_test(params_are_laid_out),
    };
    return cmocka_run_group_tests_name("model", tests, NULL, NULL);
}
