/* Transforms of attention: what all of them promise, and each worked by hand on a few numbers. */
#include "tests/check.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/mac.h"
#include "sim/pipeline.h"
#include "sim/quant/quant.h"
#include "sim/scheme.h"
#include "sim/transform/heads.h"
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

/* The caller's numbers, which are copied; all sides under one scheme. */
static void open(struct heads *h, const struct attention_shape *s, double rotary, const char *scheme,
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

static void must_run(struct heads *h, const char *text)
{
    struct error e = {{0}};
    if (run(h, text, &e))
        fail_msg("%s: %s", text, e.text);
}

static void must_refuse(struct heads *h, const char *text, const char *words)
{
    struct error e = {{0}};
    if (!run(h, text, &e))
        fail_msg("%s: accepted", text);
    if (!strstr(e.text, words))
        fail_msg("%s: '%s' does not say '%s'", text, e.text, words);
}

static void values_of(const struct heads *h, enum heads_side side, float *values)
{
    struct error e = {{0}};
    if (heads_values(h, side, values, &e))
        fail_msg("%s", e.text);
}

static void expect_near(const float *got, const float *want, size_t n, double within)
{
    for (size_t i = 0; i < n; i++)
        if (!(fabs((double)got[i] - (double)want[i]) <= within))
            fail_msg("element %zu: %g, want %g", i, (double)got[i], (double)want[i]);
}

/* --- attention as cells have it --- */

enum { MOST = 1 << 13 };

static struct subject load(const float *x, const char *name, size_t a, size_t b, size_t c)
{
    struct tensor_view t = {.name = name, .data = x, .dtype = DTYPE_F32, .rank = 3, .shape = {a, b, c}};
    tensor_set_c_order(&t);
    struct subject s;
    struct error e = {{0}};
    assert_int_equal(subject_load(&t, NULL, &s, &e), STATUS_OK);
    return s;
}

static struct subject attention_of(const struct attention_shape *s, double rotary,
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

/* Queries, keys and values under one scheme, probabilities as they are; `chain` may be NULL. */
static void cell(const struct subject *s, const char *scheme, const char *chain, float *y,
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

static double nmse(const float *y, const float *want, size_t n)
{
    double error = 0, power = 0;
    for (size_t i = 0; i < n; i++) {
        const double d = (double)y[i] - (double)want[i];
        error += d * d;
        power += (double)want[i] * (double)want[i];
    }
    return error / power;
}

/* Keys far from zero in some columns, as networks have them. */
static void draw(const struct attention_shape *s, uint64_t seed, float *const x[HEADS_SIDES])
{
    const size_t n = s->queries * s->heads * s->dim, m = s->keys * s->kv_heads * s->dim;
    draw_fill(x[0], n, DRAW_NORMAL, seed);
    draw_fill(x[1], m, DRAW_NORMAL, seed + 1);
    draw_fill(x[2], m, DRAW_NORMAL, seed + 2);
    for (size_t i = 0; i < m; i++)
        x[1][i] += i % s->dim % 8 == 3 ? 6 : 0;
}

static float q_room[MOST], k_room[MOST], v_room[MOST], got[MOST], other[MOST];
static float *const room[HEADS_SIDES] = {q_room, k_room, v_room};
static const float *const drawn[HEADS_SIDES] = {q_room, k_room, v_room};

static const struct attention_shape shapes[] = {
    {24, 24, 4, 2, 16}, {7, 7, 2, 2, 8}, {3, 70, 8, 4, 8}, {1, 40, 4, 1, 32}, {1, 1, 2, 1, 2}};
enum { SHAPES = sizeof shapes / sizeof *shapes };

/* --- what all promise --- */

static void check_output(const struct transform *t, const struct attention_shape *s, size_t *checked)
{
    draw(s, 11, room);
    struct subject a = attention_of(s, 10000, drawn);
    cell(&a, "fp32", t->name, got, NULL);
    const double error = nmse(got, a.x, a.n);
    if (t->keeps_output && !(error < 1e-11))
        fail_msg("%s, %zu keys: the exact output has changed: nmse %g", t->name, s->keys, error);
    *checked += t->keeps_output;
    subject_free(&a);
}

/* Steps that do nothing at their ends change no bit. */
static void check_nothing(const struct attention_shape *s)
{
    static const char *const chains[] = {
        "first_tokens,n=0",        "dense_sparse,share=0,recenter=no",
        "smooth_keys,alpha=0",     "lambda_window,first=0,window=1000",
        "clipped_softmax,alpha=0", "first_tokens,n=0 | dense_sparse,share=0,recenter=no,of=keys"};
    draw(s, 12, room);
    struct subject a = attention_of(s, 10000, drawn);
    cell(&a, "int8,per=token", NULL, other, NULL);
    for (size_t i = 0; i < sizeof chains / sizeof *chains; i++) {
        cell(&a, "int8,per=token", chains[i], got, NULL);
        if (memcmp(got, other, a.n * sizeof *got) != 0)
            fail_msg("%s changes bits", chains[i]);
    }
    subject_free(&a);
}

static void test_registry(void **state)
{
    (void)state;
    size_t checked = 0, steps = 0;
    for (size_t i = 0; i < transform_count(); i++) {
        const struct transform *t = transform_at(i);
        const bool quantizes = !strcmp(t->name, "nuq") || !strcmp(t->name, "per_thread");
        if (!t->attend || quantizes)
            continue;
        steps++;
        for (size_t k = 0; k < SHAPES; k++)
            check_output(t, &shapes[k], &checked);
    }
    for (size_t k = 0; k < SHAPES; k++)
        check_nothing(&shapes[k]);
    printf("# covered steps: %zu in %d shapes, %zu exact outputs kept\n", steps, SHAPES, checked);
    assert_true(checked >= 6 * SHAPES);
}

/* Together, in the orders that methods have. */
static void test_chains(void **state)
{
    (void)state;
    static const char *const chains[] = {
        "center_keys,queries=4,values=mean | smooth_keys | hadamard,signs=random",
        "hadamard | center_keys,values=mean", "center_keys,queries=3 | before_rope,of=both | rotate_heads",
        "before_rope | rotate_heads,reorder=none | first_tokens,n=2,to=fp32 | dense_sparse,to=fp32",
        "smooth | before_rope | first_tokens,to=fp32 | "
        "dense_sparse,share=0.2,keys=head,values=channel,to=fp32"};
    for (size_t i = 0; i < sizeof chains / sizeof *chains; i++)
        for (size_t k = 0; k < SHAPES; k++) {
            draw(&shapes[k], 20 + i, room);
            struct subject a = attention_of(&shapes[k], 10000, drawn);
            cell(&a, "fp32", chains[i], got, NULL);
            const double error = nmse(got, a.x, a.n);
            if (!(error < 1e-11))
                fail_msg("%s, shape %zu: nmse %g", chains[i], k, error);
            subject_free(&a);
        }
}

static void test_no_tokens(void **state)
{
    (void)state;
    static const struct attention_shape none = {0, 0, 4, 2, 8};
    for (size_t i = 0; i < transform_count(); i++) {
        struct heads h;
        open(&h, &none, 10000, "int4,per=token", drawn);
        if (transform_at(i)->attend)
            must_run(&h, transform_at(i)->name);
        heads_close(&h);
    }
}

/* --- by hand --- */

/* Two heads of queries over one of keys. Keys have mean (2, 4), queries (2, 1) and (0, 1), values (4, 0). */
static void test_center(void **state)
{
    (void)state;
    static const struct attention_shape s = {2, 2, 2, 1, 2};
    static const float q[] = {1, 0, 0, 0, 3, 2, 0, 2}, k[] = {1, 2, 3, 6}, v[] = {3, 1, 5, -1};
    static const float q_less[] = {-1, -1, 0, -1, 1, 1, 0, 1}, k_less[] = {-1, -2, 1, 2},
                       v_less[] = {-1, 1, 1, -1};
    static const double added[] = {-4, 4, -4, 4, -2, 2, -2, 2}; /* [head, query, key] */
    struct heads h;
    struct error e = {{0}};
    open(&h, &s, 0, "fp32", (const float *const[]){q, k, v});
    must_run(&h, "center_keys,queries=2,values=mean");
    assert_memory_equal(h.operand[HEADS_Q], q_less, sizeof q_less);
    assert_memory_equal(h.operand[HEADS_K], k_less, sizeof k_less);
    assert_memory_equal(h.operand[HEADS_V], v_less, sizeof v_less);
    assert_memory_equal(h.added, added, sizeof added);
    double y[8] = {0};
    assert_int_equal(heads_undo_all(&h, HEADS_OUTPUT, y, &e), STATUS_OK);
    for (size_t i = 0; i < 8; i++)
        assert_true(y[i] == (i % 2 ? 0 : 4));
    heads_close(&h);
    open(&h, &s, 0, "fp32", (const float *const[]){q, k, v});
    must_run(&h, "center_keys,queries=1"); /* each query is its own mean */
    for (size_t i = 0; i < 8; i++)
        assert_true(h.operand[HEADS_Q][i] == 0);
    heads_close(&h);
}

/* Pairs of keys' columns have largest magnitudes (16, 4) and (0, 1): factors 4 and 1 for neighbours; in
 * halves (16, 0) and (4, 1): 4 and 2. */
static void test_smooth(void **state)
{
    (void)state;
    static const struct attention_shape s = {1, 2, 1, 1, 4};
    static const float q[] = {1, 1, 1, 1}, k[] = {16, 2, 0, 1, -8, 4, 0, -1}, v[8] = {0};
    static const float neighbours[] = {4, .5F, 0, 1, -2, 1, 0, -1}, halves[] = {4, 1, 0, .5F, -2, 2, 0, -.5F};
    static const float q_neighbours[] = {4, 4, 1, 1}, q_halves[] = {4, 2, 4, 2};
    struct heads h;
    open(&h, &s, 0, "fp32", (const float *const[]){q, k, v});
    must_run(&h, "smooth_keys");
    assert_memory_equal(h.operand[HEADS_K], neighbours, sizeof neighbours);
    assert_memory_equal(h.operand[HEADS_Q], q_neighbours, sizeof q_neighbours);
    heads_close(&h);
    open(&h, &s, 0, "fp32", (const float *const[]){q, k, v});
    must_run(&h, "smooth_keys,pairs=halves");
    assert_memory_equal(h.operand[HEADS_K], halves, sizeof halves);
    assert_memory_equal(h.operand[HEADS_Q], q_halves, sizeof q_halves);
    heads_close(&h);
}

/* Keys that were given an embedding are what they were before it, and after quantizing what they are. */
static void test_before_rope(void **state)
{
    (void)state;
    static const struct attention_shape s = {5, 9, 4, 2, 8};
    static float before[2][MOST], turned[MOST];
    draw(&s, 30, room);
    memcpy(before[0], q_room, sizeof q_room);
    memcpy(before[1], k_room, sizeof k_room);
    attention_rotate(5, 4, 8, 100, 4, q_room);
    attention_rotate(9, 2, 8, 100, 0, k_room);
    struct heads h;
    open(&h, &s, 100, "fp32", drawn);
    must_run(&h, "before_rope,of=both");
    expect_near(h.operand[HEADS_Q], before[0], 5 * 32, 2e-6);
    expect_near(h.operand[HEADS_K], before[1], 9 * 16, 2e-6);
    values_of(&h, HEADS_K, turned);
    expect_near(turned, k_room, 9 * 16, 2e-6);
    heads_close(&h);
    open(&h, &s, 0, "fp32", drawn);
    must_refuse(&h, "before_rope", "is not known (rotary: none); allowed: base=10000");
    must_run(&h, "before_rope,base=100");
    expect_near(h.operand[HEADS_K], before[1], 9 * 16, 2e-6);
    assert_memory_equal(h.operand[HEADS_Q], q_room, 5 * 32 * sizeof(float));
    heads_close(&h);
}

/* Five tokens of one channel, share .4: quantiles at .8 * 4 = 3.2 and .8: 2 + .2 * 28 = 7.6 and -10 + .8 * 10
 * = -2. What is left, 0, 1, 2, has its middle at 1. */
static void test_dense_sparse(void **state)
{
    (void)state;
    static const struct attention_shape s = {5, 5, 1, 1, 1};
    static const float k[] = {1, -10, 2, 30, 0}, q[5] = {0}, dense[] = {0, 0, 1, 0, -1};
    float values[5];
    struct heads h;
    open(&h, &s, 0, "fp32", (const float *const[]){q, k, k});
    must_run(&h, "dense_sparse,share=0.4,of=keys");
    assert_memory_equal(h.operand[HEADS_K], dense, sizeof dense);
    assert_memory_equal(h.operand[HEADS_V], k, sizeof k);
    values_of(&h, HEADS_K, values);
    assert_memory_equal(values, k, sizeof k);
    assert_int_equal(h.side_bits, 2 * 32 + 16);
    heads_close(&h);
    /* quantiles that are elements, 3 and 1, are outliers too */
    static const float even[] = {0, 1, 2, 3, 10}, middle[] = {0, 0, 0, 0, 0};
    open(&h, &s, 0, "fp32", (const float *const[]){q, even, even});
    must_run(&h, "dense_sparse,share=0.5,of=keys");
    assert_memory_equal(h.operand[HEADS_K], middle, sizeof middle);
    assert_int_equal(h.side_bits, 4 * 32 + 16);
    values_of(&h, HEADS_K, values);
    assert_memory_equal(values, even, sizeof even);
    heads_close(&h);
    /* a token that is kept before is none of the range, and what is kept is kept once */
    static const float high[] = {1, -10, 12, 30, 20}, rest[] = {0, 0, -9, 9, -1};
    open(&h, &s, 0, "fp32", (const float *const[]){q, high, high});
    must_run(&h, "first_tokens,n=2 | dense_sparse,share=0,of=keys");
    assert_memory_equal(h.operand[HEADS_K], rest, sizeof rest);
    heads_close(&h);
    open(&h, &s, 0, "fp32", (const float *const[]){q, k, k});
    must_run(&h, "dense_sparse,share=0.4,of=keys | first_tokens,n=2,of=keys");
    assert_int_equal(h.side_bits, 2 * 32 + 16 + 16);
    values_of(&h, HEADS_K, values);
    assert_memory_equal(values, k, sizeof k);
    heads_close(&h);
    static const float far[] = {1, 1 + 0x1p-20F, 3, 5, 7};
    open(&h, &s, 0, "fp32", (const float *const[]){q, far, far});
    must_run(&h, "first_tokens,n=2,of=values");
    values_of(&h, HEADS_V, values);
    assert_true(values[1] == 1 && values[2] == 3); /* rounded to fp16, and as it was */
    assert_true(h.operand[HEADS_K][1] == far[1]);
    assert_int_equal(h.side_bits, 2 * 16);
    heads_close(&h);
}

static double squared(const float *a, const float *b, size_t n)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += ((double)a[i] - (double)b[i]) * ((double)a[i] - (double)b[i]);
    return sum;
}

/* Channels (8, -8, 4, 4) and (1, 1, -1, .5): over their ranges 1, -1, .5, so that two bits hold them exactly.
 * Of data with more levels every iteration of k-means is no worse, and Q-Norm gives mean and deviation. */
static void test_nuq(void **state)
{
    (void)state;
    static const struct attention_shape few = {4, 4, 1, 1, 2}, s = {64, 64, 1, 1, 8};
    static const float k[] = {8, 1, -8, 1, 4, -1, 4, .5F}, q[8] = {0};
    float values[8];
    struct heads h;
    open(&h, &few, 0, "int2", (const float *const[]){q, k, k});
    must_run(&h, "nuq,of=keys");
    values_of(&h, HEADS_K, values);
    assert_memory_equal(values, k, sizeof k);
    assert_null(h.done[HEADS_V]);
    heads_close(&h);
    double last = INFINITY;
    for (int turns = 0; turns < 40; turns += turns < 4 ? 1 : 12) {
        char text[80];
        draw(&s, 40, room);
        open(&h, &s, 0, "int3", drawn);
        snprintf(text, sizeof text, "nuq,values=token,of=values,iterations=%d", turns);
        must_run(&h, text);
        /* of quotients: each token's range is 1 after this */
        for (size_t t = 0; t < 64; t++) {
            float top = 0;
            for (size_t d = 0; d < 8; d++)
                top = fmaxf(top, fabsf(v_room[8 * t + d]));
            for (size_t d = 0; d < 8; d++) {
                v_room[8 * t + d] /= top;
                h.done[HEADS_V][8 * t + d] /= top;
            }
        }
        const double error = squared(h.done[HEADS_V], v_room, 512);
        assert_true(error <= last * (1 + 1e-6));
        assert_true(turns == 0 || error > 0);
        last = error;
        heads_close(&h);
    }
    draw(&s, 41, room);
    open(&h, &(struct attention_shape){512, 512, 1, 1, 1}, 0, "int2", drawn);
    must_run(&h, "nuq,norm=yes,of=keys");
    double sum[2] = {0}, squares[2] = {0};
    for (size_t i = 0; i < 512; i++) {
        const double x[] = {(double)k_room[i], (double)h.done[HEADS_K][i]};
        for (int j = 0; j < 2; j++) {
            sum[j] += x[j];
            squares[j] += x[j] * x[j];
        }
    }
    assert_true(fabs(sum[0] - sum[1]) < 1e-3 && fabs(squares[0] - squares[1]) < 1e-2);
    heads_close(&h);
    open(&h, &s, 0, "int12", drawn);
    must_refuse(&h, "nuq", "a scheme of 12 bits");
    heads_close(&h);
}

/* Two heads of one dimension: (a, b) becomes (a + b, a - b) / sqrt 2, sorted by sums over tokens. */
static void test_rotate(void **state)
{
    (void)state;
    static const struct attention_shape s = {2, 2, 2, 2, 1};
    static const float k[] = {3, 1, 2, 4}, q[4] = {0};
    const float root = (float)(1 / sqrt(2));
    const float mixed[] = {2 * root, 4 * root, -2 * root, 6 * root};
    float values[4];
    struct heads h;
    open(&h, &s, 0, "fp32", (const float *const[]){q, k, k});
    must_run(&h, "rotate_heads"); /* sums 10 and 0 */
    expect_near(h.operand[HEADS_K], mixed, 4, 1e-6);
    values_of(&h, HEADS_K, values);
    expect_near(values, k, 4, 1e-6);
    heads_close(&h);
    open(&h, &(struct attention_shape){2, 2, 6, 6, 1}, 0, "fp32", drawn);
    must_refuse(&h, "rotate_heads,heads=4", "there are 6 heads of keys; allowed: a divisor of that");
    heads_close(&h);
    open(&h, &(struct attention_shape){1, 1, 1, 1, 11}, 0, "fp32", drawn);
    must_refuse(&h, "rotate_heads", "no Hadamard matrix of order 11");
    heads_close(&h);
}

/* Queries 0, 8, 16, 24 have one scale, keys 0, 1, 8, 9, ..., 56, 57; others another. */
static void test_per_thread(void **state)
{
    (void)state;
    static const struct attention_shape s = {100, 100, 1, 1, 1};
    for (size_t i = 0; i < 100; i++)
        q_room[i] = k_room[i] = v_room[i] = 1;
    q_room[8] = k_room[8] = 7; /* its companions are a seventh of it, a level of int4 */
    q_room[24] = k_room[57] = 2.4F;
    struct heads h;
    open(&h, &s, 0, "int4,per=token", drawn);
    must_run(&h, "per_thread");
    assert_true(h.done[HEADS_Q][24] == 2 && h.done[HEADS_Q][8] == 7 && h.done[HEADS_Q][0] == 1);
    assert_true(h.done[HEADS_K][57] == 2 && h.done[HEADS_K][9] == 1);
    assert_null(h.done[HEADS_V]);
    heads_close(&h);
    q_room[24] = 1;
    q_room[25] = q_room[40] = 2.4F; /* of other groups: the largest of theirs */
    open(&h, &s, 0, "int4,per=token", drawn);
    must_run(&h, "per_thread");
    assert_true(h.done[HEADS_Q][25] == 2.4F && h.done[HEADS_Q][40] == 2.4F);
    heads_close(&h);
    open(&h, &s, 0, "int4,per=tensor", drawn);
    must_refuse(&h, "per_thread", "allowed: per=token");
    must_refuse(&h, "per_thread,keys=12", "queries=32, keys=12; allowed: multiples of 8");
    heads_close(&h);
}

/* --- probabilities --- */

/* Keys of zero: probabilities 1 / n. Stretched with zeta 1.5 and gamma -.25: 1.75 / n - .25, at least 0. */
static void test_clipped(void **state)
{
    (void)state;
    static const struct attention_shape s = {8, 8, 1, 1, 1};
    static const float zero[8] = {0}, v[] = {1, 1, 1, 1, 1, 1, 1, 1};
    struct subject a = attention_of(&s, 0, (const float *const[]){zero, zero, v});
    cell(&a, "fp32", "clipped_softmax,alpha=2,zeta=1.5", got, NULL);
    assert_true(got[0] == 1); /* 1.5, clipped */
    assert_true(got[1] == 2 * (1.75F / 2 - .25F) && got[3] == 4 * (1.75F / 4 - .25F));
    assert_true(got[6] == 0 && got[7] == 0); /* 1.75 / 7 - .25 */
    cell(&a, "fp32", "clipped_softmax,alpha=2,zeta=1.5,length=4", got, NULL);
    assert_true(got[1] == 2 * (2.F / 2 - .5F) && got[3] == 0);
    subject_free(&a);
}

/* Query t sees key 0 and the last three. */
static void test_window(void **state)
{
    (void)state;
    static const struct attention_shape s = {6, 6, 1, 1, 1};
    static const float zero[6] = {0}, v[] = {12, 24, 48, 96, 192, 384};
    static const float want[] = {12, 18, 28, 45, 87, 171};
    struct subject a = attention_of(&s, 0, (const float *const[]){zero, zero, v});
    cell(&a, "fp32", "lambda_window,first=1,window=3", got, NULL);
    expect_near(got, want, 6, 1e-4);
    cell(&a, "fp32", "lambda_window,first=0,window=1", got, NULL);
    assert_memory_equal(got, v, sizeof v);
    subject_free(&a);
}

/* --- refusals and gains --- */

static void test_refusals(void **state)
{
    (void)state;
    static const struct {
        const char *chain, *words;
    } refused[] = {
        {"before_rope | center_keys", "a step before has turned the keys alone; allowed: in front"},
        {"rotate_heads | smooth_keys", "a step before has turned the keys alone"},
        {"first_tokens | hadamard", "a step before keeps some of the keys apart"},
        {"dense_sparse | before_rope", "a step before keeps some of the keys apart"},
        {"dense_sparse,of=values | center_keys,values=mean", "keeps some of the values apart"},
        {"nuq | dense_sparse", "a step before has quantized the keys"},
        {"per_thread | per_thread", "a step before has quantized the queries"},
        {"per_thread | smooth", "a step before has quantized the queries"},
        {"nuq,of=values | first_tokens", "a step before has quantized the values"},
        {"clipped_softmax | clipped_softmax", "clipped once"},
        {"lambda_window | lambda_window", "one window"},
        {"nuq,of=values,keys=token", "keys=token has no effect: of=values leaves the keys alone"},
        {"hadamard,block=3", "a row has 8 columns"},
    };
    static const struct attention_shape s = {4, 4, 2, 2, 8};
    draw(&s, 50, room);
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
        struct heads h;
        open(&h, &s, 10000, "int4,per=token", drawn);
        must_refuse(&h, refused[i].chain, refused[i].words);
        heads_close(&h);
    }
    struct transform_chain c;
    struct error e = {{0}};
    assert_int_equal(transform_parse("smooth | center_keys", &c, &e), STATUS_OK);
    assert_int_equal(transform_check(&c, true, &e), STATUS_OK);
    assert_int_equal(transform_check(&c, false, &e), STATUS_INVALID);
    assert_non_null(strstr(e.text, "center_keys acts on attention alone; allowed with op: matmul: "));
}

/* What they are for: keys with columns far from zero under four bits a token; what is kept counts. */
static void test_gain(void **state)
{
    (void)state;
    static const struct attention_shape s = {96, 96, 4, 2, 16};
    static const char *const chains[] = {"center_keys", "center_keys,queries=32", "smooth_keys",
                                         "hadamard",    "first_tokens,n=20",      "center_keys | hadamard"};
    struct quant_stats plain, with;
    draw(&s, 60, room);
    struct subject a = attention_of(&s, 0, drawn);
    cell(&a, "int4,per=token", NULL, got, &plain);
    const double before = nmse(got, a.x, a.n);
    for (size_t i = 0; i < sizeof chains / sizeof *chains; i++) {
        cell(&a, "int4,per=token", chains[i], got, &with);
        const double error = nmse(got, a.x, a.n);
        printf("# %s: nmse %.4f of %.4f\n", chains[i], error, before);
        assert_true(error < .9 * before);
        assert_int_equal(with.side_bits - plain.side_bits, strstr(chains[i], "first") ? 2 * 20 * 32 * 16 : 0);
    }
    subject_free(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_registry),     cmocka_unit_test(test_chains),
        cmocka_unit_test(test_no_tokens),    cmocka_unit_test(test_center),
        cmocka_unit_test(test_smooth),       cmocka_unit_test(test_before_rope),
        cmocka_unit_test(test_dense_sparse), cmocka_unit_test(test_nuq),
        cmocka_unit_test(test_rotate),       cmocka_unit_test(test_per_thread),
        cmocka_unit_test(test_clipped),      cmocka_unit_test(test_window),
        cmocka_unit_test(test_refusals),     cmocka_unit_test(test_gain),
    };
    return cmocka_run_group_tests_name("heads", tests, NULL, NULL);
}
