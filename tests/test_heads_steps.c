/* Transforms of attention, each worked by hand on a few numbers. */
#include "tests/heads.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { MOST = 1 << 13 };

static float q_room[MOST], k_room[MOST], v_room[MOST];
static float *const room[HEADS_SIDES] = {q_room, k_room, v_room};
static const float *const drawn[HEADS_SIDES] = {q_room, k_room, v_room};

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
    heads_take(&h, &s, 0, "fp32", (const float *const[]){q, k, v});
    heads_must_run(&h, "center_keys,queries=2,values=mean");
    assert_memory_equal(h.operand[HEADS_Q], q_less, sizeof q_less);
    assert_memory_equal(h.operand[HEADS_K], k_less, sizeof k_less);
    assert_memory_equal(h.operand[HEADS_V], v_less, sizeof v_less);
    assert_memory_equal(h.added, added, sizeof added);
    double y[8] = {0};
    assert_int_equal(heads_undo_all(&h, HEADS_OUTPUT, y, &e), STATUS_OK);
    for (size_t i = 0; i < 8; i++)
        assert_true(y[i] == (i % 2 ? 0 : 4));
    heads_close(&h);
    heads_take(&h, &s, 0, "fp32", (const float *const[]){q, k, v});
    heads_must_run(&h, "center_keys,queries=1"); /* each query is its own mean */
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
    heads_take(&h, &s, 0, "fp32", (const float *const[]){q, k, v});
    heads_must_run(&h, "smooth_keys");
    assert_memory_equal(h.operand[HEADS_K], neighbours, sizeof neighbours);
    assert_memory_equal(h.operand[HEADS_Q], q_neighbours, sizeof q_neighbours);
    heads_close(&h);
    heads_take(&h, &s, 0, "fp32", (const float *const[]){q, k, v});
    heads_must_run(&h, "smooth_keys,pairs=halves");
    assert_memory_equal(h.operand[HEADS_K], halves, sizeof halves);
    assert_memory_equal(h.operand[HEADS_Q], q_halves, sizeof q_halves);
    heads_close(&h);
}

/* SmoothQuant's factors 16^a / 1^(1-a) and 1^a / 4^(1-a), queries as the input. */
static void test_smooth_both(void **state)
{
    (void)state;
    static const struct attention_shape s = {1, 1, 2, 1, 2};
    static const float q[] = {-16, 1, 8, -.5F}, k[] = {1, 4}, v[2] = {0};
    static const float q_want[] = {-4, 2, 2, -1}, k_want[] = {4, 2};
    struct heads h;
    heads_take(&h, &s, 0, "fp32", (const float *const[]){q, k, v});
    heads_must_run(&h, "smooth");
    assert_memory_equal(h.operand[HEADS_Q], q_want, sizeof q_want);
    assert_memory_equal(h.operand[HEADS_K], k_want, sizeof k_want);
    heads_close(&h);
}

/* Keys that were given an embedding are what they were before it, and after quantizing what they are. */
static void test_before_rope(void **state)
{
    (void)state;
    static const struct attention_shape s = {5, 9, 4, 2, 8};
    static float before[2][MOST], turned[MOST];
    heads_draw(&s, 30, room);
    memcpy(before[0], q_room, sizeof q_room);
    memcpy(before[1], k_room, sizeof k_room);
    attention_rotate(5, 4, 8, 100, 4, q_room);
    attention_rotate(9, 2, 8, 100, 0, k_room);
    struct heads h;
    heads_take(&h, &s, 100, "fp32", drawn);
    heads_must_run(&h, "before_rope,of=both");
    heads_expect_near(h.operand[HEADS_Q], before[0], 5 * 32, 2e-6);
    heads_expect_near(h.operand[HEADS_K], before[1], 9 * 16, 2e-6);
    heads_read(&h, HEADS_K, turned);
    heads_expect_near(turned, k_room, 9 * 16, 2e-6);
    heads_close(&h);
    heads_take(&h, &s, 0, "fp32", drawn);
    heads_refuses(&h, "before_rope", "is not known (rotary: none); allowed: base=10000");
    heads_must_run(&h, "before_rope,base=100");
    heads_expect_near(h.operand[HEADS_K], before[1], 9 * 16, 2e-6);
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
    heads_take(&h, &s, 0, "fp32", (const float *const[]){q, k, k});
    heads_must_run(&h, "dense_sparse,share=0.4,of=keys");
    assert_memory_equal(h.operand[HEADS_K], dense, sizeof dense);
    assert_memory_equal(h.operand[HEADS_V], k, sizeof k);
    heads_read(&h, HEADS_K, values);
    assert_memory_equal(values, k, sizeof k);
    assert_int_equal(h.side_bits, 2 * 32 + 16);
    heads_close(&h);
    /* quantiles that are elements, 3 and 1, are outliers too */
    static const float even[] = {0, 1, 2, 3, 10}, middle[] = {0, 0, 0, 0, 0};
    heads_take(&h, &s, 0, "fp32", (const float *const[]){q, even, even});
    heads_must_run(&h, "dense_sparse,share=0.5,of=keys");
    assert_memory_equal(h.operand[HEADS_K], middle, sizeof middle);
    assert_int_equal(h.side_bits, 4 * 32 + 16);
    heads_read(&h, HEADS_K, values);
    assert_memory_equal(values, even, sizeof even);
    heads_close(&h);
    /* a token that is kept before is none of the range, and what is kept is kept once */
    static const float high[] = {1, -10, 12, 30, 20}, rest[] = {0, 0, -9, 9, -1};
    heads_take(&h, &s, 0, "fp32", (const float *const[]){q, high, high});
    heads_must_run(&h, "first_tokens,n=2 | dense_sparse,share=0,of=keys");
    assert_memory_equal(h.operand[HEADS_K], rest, sizeof rest);
    heads_close(&h);
    heads_take(&h, &s, 0, "fp32", (const float *const[]){q, k, k});
    heads_must_run(&h, "dense_sparse,share=0.4,of=keys | first_tokens,n=2,of=keys");
    assert_int_equal(h.side_bits, 2 * 32 + 16 + 16);
    heads_read(&h, HEADS_K, values);
    assert_memory_equal(values, k, sizeof k);
    heads_close(&h);
    static const float far[] = {1, 1 + 0x1p-20F, 3, 5, 7};
    heads_take(&h, &s, 0, "fp32", (const float *const[]){q, far, far});
    heads_must_run(&h, "first_tokens,n=2,of=values");
    heads_read(&h, HEADS_V, values);
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
    heads_take(&h, &few, 0, "int2", (const float *const[]){q, k, k});
    heads_must_run(&h, "nuq,of=keys");
    heads_read(&h, HEADS_K, values);
    assert_memory_equal(values, k, sizeof k);
    assert_null(h.done[HEADS_V]);
    heads_close(&h);
    double last = INFINITY;
    for (int turns = 0; turns < 40; turns += turns < 4 ? 1 : 12) {
        char text[80];
        heads_draw(&s, 40, room);
        heads_take(&h, &s, 0, "int3", drawn);
        snprintf(text, sizeof text, "nuq,values=token,of=values,iterations=%d", turns);
        heads_must_run(&h, text);
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
        assert_true(turns != 2 || error < last); /* it goes on after the first */
        last = error;
        heads_close(&h);
    }
    heads_draw(&s, 41, room);
    heads_take(&h, &(struct attention_shape){512, 512, 1, 1, 1}, 0, "int2", drawn);
    heads_must_run(&h, "nuq,norm=yes,of=keys");
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
    heads_take(&h, &s, 0, "int12", drawn);
    heads_refuses(&h, "nuq", "a scheme of 12 bits");
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
    heads_take(&h, &s, 0, "fp32", (const float *const[]){q, k, k});
    heads_must_run(&h, "rotate_heads"); /* sums 10 and 0 */
    heads_expect_near(h.operand[HEADS_K], mixed, 4, 1e-6);
    heads_read(&h, HEADS_K, values);
    heads_expect_near(values, k, 4, 1e-6);
    heads_close(&h);
    heads_take(&h, &(struct attention_shape){2, 2, 6, 6, 1}, 0, "fp32", drawn);
    heads_refuses(&h, "rotate_heads,heads=4", "there are 6 heads of keys; allowed: a divisor of that");
    heads_close(&h);
    heads_take(&h, &(struct attention_shape){1, 1, 1, 1, 11}, 0, "fp32", drawn);
    heads_refuses(&h, "rotate_heads", "no Hadamard matrix of order 11");
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
    heads_take(&h, &s, 0, "int4,per=token", drawn);
    heads_must_run(&h, "per_thread");
    assert_true(h.done[HEADS_Q][24] == 2 && h.done[HEADS_Q][8] == 7 && h.done[HEADS_Q][0] == 1);
    assert_true(h.done[HEADS_K][57] == 2 && h.done[HEADS_K][9] == 1);
    assert_null(h.done[HEADS_V]);
    heads_close(&h);
    q_room[24] = 1;
    q_room[25] = q_room[40] = 2.4F; /* of other groups: the largest of theirs */
    heads_take(&h, &s, 0, "int4,per=token", drawn);
    heads_must_run(&h, "per_thread");
    assert_true(h.done[HEADS_Q][25] == 2.4F && h.done[HEADS_Q][40] == 2.4F);
    heads_close(&h);
    heads_take(&h, &s, 0, "int4,per=tensor", drawn);
    heads_refuses(&h, "per_thread", "allowed: per=token");
    heads_refuses(&h, "per_thread,keys=12", "queries=32, keys=12; allowed: multiples of 8");
    heads_close(&h);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_center),       cmocka_unit_test(test_smooth),
        cmocka_unit_test(test_smooth_both),  cmocka_unit_test(test_before_rope),
        cmocka_unit_test(test_dense_sparse), cmocka_unit_test(test_nuq),
        cmocka_unit_test(test_rotate),       cmocka_unit_test(test_per_thread),
    };
    return cmocka_run_group_tests_name("heads_steps", tests, NULL, NULL);
}
