/* Transforms of attention: what all of them promise, probabilities, refusals, and what they are for. */
#include "tests/heads.h"

#include <stdio.h>
#include <string.h>

enum { MOST = 1 << 13 };

static float q_room[MOST], k_room[MOST], v_room[MOST], got[MOST], other[MOST];
static float *const room[HEADS_SIDES] = {q_room, k_room, v_room};
static const float *const drawn[HEADS_SIDES] = {q_room, k_room, v_room};

static const struct attention_shape shapes[] = {
    {24, 24, 4, 2, 16}, {7, 7, 2, 2, 8}, {3, 70, 8, 4, 8}, {1, 40, 4, 1, 32}, {1, 1, 2, 1, 2}};
enum { SHAPES = WATCHED ? 2 : sizeof shapes / sizeof *shapes };

/* --- what all promise --- */

static void check_output(const struct transform *t, const struct attention_shape *s, size_t *checked)
{
    heads_draw(s, 11, room);
    struct subject a = heads_subject(s, 10000, drawn);
    heads_cell(&a, "fp32", t->name, got, NULL);
    const double error = heads_nmse(got, a.x, a.n);
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
    heads_draw(s, 12, room);
    struct subject a = heads_subject(s, 10000, drawn);
    heads_cell(&a, "int8,per=token", NULL, other, NULL);
    for (size_t i = 0; i < sizeof chains / sizeof *chains; i++) {
        heads_cell(&a, "int8,per=token", chains[i], got, NULL);
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
    assert_int_equal(checked, 6 * SHAPES);
}

/* Together, in the orders that methods have. */
static void test_chains(void **state)
{
    (void)state;
    static const char *const chains[] = {
        "center_keys,queries=4,values=mean | smooth_keys | hadamard,signs=random",
        "hadamard | center_keys,values=mean", "center_keys,queries=3 | before_rope,of=both | rotate_heads",
        "before_rope | rotate_heads,reorder=none | first_tokens,n=2,to=fp32 | dense_sparse,to=fp32",
        "smooth | before_rope | first_tokens,to=fp32 | dense_sparse,keys=head,values=channel,to=fp32"};
    for (size_t i = 0; i < sizeof chains / sizeof *chains; i++)
        for (size_t k = 0; k < SHAPES; k++) {
            heads_draw(&shapes[k], 20 + i, room);
            struct subject a = heads_subject(&shapes[k], 10000, drawn);
            heads_cell(&a, "fp32", chains[i], got, NULL);
            const double error = heads_nmse(got, a.x, a.n);
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
        heads_take(&h, &none, 10000, "int4,per=token", drawn);
        if (transform_at(i)->attend)
            heads_must_run(&h, transform_at(i)->name);
        heads_close(&h);
    }
}

/* --- probabilities --- */

/* Keys of zero: probabilities 1 / n. Stretched with zeta 1.5 and gamma -.25: 1.75 / n - .25, at least 0. */
static void test_clipped(void **state)
{
    (void)state;
    static const struct attention_shape s = {8, 8, 1, 1, 1};
    static const float zero[8] = {0}, v[] = {1, 1, 1, 1, 1, 1, 1, 1};
    struct subject a = heads_subject(&s, 0, (const float *const[]){zero, zero, v});
    heads_cell(&a, "fp32", "clipped_softmax,alpha=2,zeta=1.5", got, NULL);
    assert_true(got[0] == 1); /* 1.5, clipped */
    assert_true(got[1] == 2 * (1.75F / 2 - .25F) && got[3] == 4 * (1.75F / 4 - .25F));
    assert_true(got[6] == 0 && got[7] == 0); /* 1.75 / 7 - .25 */
    heads_cell(&a, "fp32", "clipped_softmax,alpha=2,zeta=1.5,length=4", got, NULL);
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
    struct subject a = heads_subject(&s, 0, (const float *const[]){zero, zero, v});
    heads_cell(&a, "fp32", "lambda_window,first=1,window=3", got, NULL);
    heads_expect_near(got, want, 6, 1e-4);
    heads_cell(&a, "fp32", "lambda_window,first=0,window=1", got, NULL);
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
    heads_draw(&s, 50, room);
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
        struct heads h;
        heads_take(&h, &s, 10000, "int4,per=token", drawn);
        heads_refuses(&h, refused[i].chain, refused[i].words);
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
    heads_draw(&s, 60, room);
    struct subject a = heads_subject(&s, 0, drawn);
    heads_cell(&a, "int4,per=token", NULL, got, &plain);
    const double before = heads_nmse(got, a.x, a.n);
    for (size_t i = 0; i < (WATCHED ? 1 : sizeof chains / sizeof *chains); i++) {
        heads_cell(&a, "int4,per=token", chains[i], got, &with);
        const double error = heads_nmse(got, a.x, a.n);
        printf("# %s: nmse %.4f of %.4f\n", chains[i], error, before);
        assert_true(error < .9 * before);
        assert_int_equal(with.side_bits - plain.side_bits, strstr(chains[i], "first") ? 2 * 20 * 32 * 16 : 0);
    }
    subject_free(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_registry), cmocka_unit_test(test_chains), cmocka_unit_test(test_no_tokens),
        cmocka_unit_test(test_clipped),  cmocka_unit_test(test_window), cmocka_unit_test(test_refusals),
        cmocka_unit_test(test_gain),
    };
    return cmocka_run_group_tests_name("heads", tests, NULL, NULL);
}
