/* sim/model: texts, their split, the 3-gram model, training and evaluation. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sim/base/rng.h"
#include "sim/model/train.h"
#include "tests/check.h"

static const struct net_config small = {.dim = 16,
                                        .layers = 1,
                                        .heads = 2,
                                        .kv_heads = 1,
                                        .hidden = 24,
                                        .context = 16,
                                        .theta = 10000,
                                        .eps = 1e-5};
static const struct train_config brief = {.steps = 30,
                                          .batch = 9, /* shards of one and of two sequences */
                                          .warmup = 3,
                                          .rate = 1e-2,
                                          .last_rate = 1e-3,
                                          .beta1 = 0.9,
                                          .beta2 = 0.99,
                                          .epsilon = 1e-8,
                                          .decay = 0.1,
                                          .clip = 1};

static void assert_near(double found, double want, double tolerance)
{
    if (!(fabs(found - want) <= tolerance))
        fail_msg("%.17g found, %.17g wanted, at most %g apart", found, want, tolerance);
}

/* A fresh folder under the test's. */
static const char *folder(const char *name)
{
    static char path[256];
    snprintf(path, sizeof path, "%s/%s", test_dir(), name);
    assert_int_equal(mkdir(path, 0777), 0);
    return path;
}

static void put(const char *dir, const char *name, const char *bytes)
{
    char path[512];
    snprintf(path, sizeof path, "%s/%s", dir, name);
    FILE *f = fopen(path, "w");
    assert_non_null(f);
    fputs(bytes, f);
    assert_int_equal(fclose(f), 0);
}

#define ONE   "the quick brown fox jumps over the lazy dog and then sleeps in the sun for an hour\n"
#define TWO   "the quick brown fox jumps over the lazy dog and then dreams in the sun for an hour\n"
#define OTHER "Colourless green ideas sleep furiously; pack my box with five dozen liquor jugs.\n"

static struct texts load(const char *dir)
{
    struct texts t;
    struct error e = {{0}};
    if (texts_load(dir, &t, &e) || texts_split(&t, &e))
        fail_msg("%s", e.text);
    return t;
}

static void texts_are_regular_files_by_name(void **state)
{
    (void)state;
    const char *dir = folder("texts");
    put(dir, "b", TWO);
    put(dir, "c", OTHER);
    put(dir, "a", ONE);
    put(dir, "empty", "");
    char path[512];
    snprintf(path, sizeof path, "%s/link", dir);
    assert_int_equal(symlink("a", path), 0);
    snprintf(path, sizeof path, "%s/folder", dir);
    assert_int_equal(mkdir(path, 0777), 0);
    struct texts t = load(dir);
    assert_int_equal(t.n, 3);
    assert_string_equal(t.item[0].name, "a");
    assert_string_equal(t.item[1].name, "b");
    assert_string_equal(t.item[2].name, "c");
    assert_int_equal(t.item[0].n, strlen(ONE));
    assert_int_equal(t.item[0].stream[0], '\n');
    assert_memory_equal(t.item[0].stream + 1, ONE, strlen(ONE));
    char sha256[HASH_HEX_SIZE];
    hash_bytes(ONE, strlen(ONE), sha256);
    assert_string_equal(t.item[0].sha256, sha256);
    texts_free(&t);
}

/* a and b share most of their runs; c and d share none, and c, first by name, is enough. */
static void split_holds_out_the_unlike(void **state)
{
    (void)state;
    const char *dir = folder("split");
    put(dir, "a", ONE);
    put(dir, "b", TWO);
    put(dir, "c", OTHER);
    put(dir, "d", "short");
    struct texts t = load(dir);
    assert_true(t.item[0].shared > 0.4 && t.item[0].shared < 1);
    assert_true(t.item[1].shared > 0.4 && t.item[1].shared < 1);
    assert_true(t.item[2].shared == 0 && t.item[3].shared == 0);
    assert_true(t.item[2].held_out);
    assert_false(t.item[0].held_out || t.item[1].held_out || t.item[3].held_out);
    assert_int_equal(texts_bytes(&t, true), strlen(OTHER));
    assert_int_equal(texts_bytes(&t, false), strlen(ONE) + strlen(TWO) + strlen("short"));
    texts_free(&t);
}

static void text_errors(void **state)
{
    (void)state;
    struct texts t;
    struct error e = {{0}};
    assert_int_equal(texts_load("/nonexistent", &t, &e), STATUS_MISSING);
    assert_non_null(strstr(e.text, "/nonexistent"));
    const char *dir = folder("alone");
    put(dir, "a", ONE);
    put(dir, "empty", "");
    e = (struct error){{0}};
    assert_int_equal(texts_load(dir, &t, &e), STATUS_MISSING);
    assert_non_null(strstr(e.text, "1 regular file"));
    if (geteuid() != 0) { /* root reads everything */
        char path[512];
        put(dir, "b", ONE);
        snprintf(path, sizeof path, "%s/b", dir);
        assert_int_equal(chmod(path, 0), 0);
        e = (struct error){{0}};
        assert_int_equal(texts_load(dir, &t, &e), STATUS_IO);
    }
}

/* --- the 3-gram model --- */

static struct text as_text(uint8_t *stream)
{
    return (struct text){.name = "text", .stream = stream, .n = strlen((char *)stream) - 1};
}

/* The text "ab": p(b) = (1 + 2/256) / (2 + 2); after a: (1 + p(b)) / 2; after newline, a: (1 + that) / 2. */
static void ngram_by_hand(void **state)
{
    (void)state;
    uint8_t stream[] = "\nab";
    struct text t = as_text(stream);
    struct ngram *m = ngram_alloc();
    assert_non_null(m);
    assert_near(ngram_probability(m, (const uint8_t *)"xy", 'z'), 1.0 / 256, 0);
    ngram_add(m, &t);
    double one = (1 + 2.0 / 256) / 4;
    assert_near(ngram_probability(m, (const uint8_t *)"zz", 'b'), one, 1e-15);
    assert_near(ngram_probability(m, (const uint8_t *)"za", 'b'), (1 + one) / 2, 1e-15);
    double both = (1 + (1 + one) / 2) / 2;
    assert_near(ngram_probability(m, (const uint8_t *)"\na", 'b'), both, 1e-15);
    assert_near(ngram_bits(m, &t), -2 * log2(both),
                1e-12); /* a and b stand alike: each once in its context */
    ngram_free(m);
}

static void ngram_sums_to_one(void **state)
{
    (void)state;
    uint8_t stream[] = "\n" ONE;
    struct text t = as_text(stream);
    struct ngram *m = ngram_alloc();
    assert_non_null(m);
    ngram_add(m, &t);
    for (uint64_t i = 0; i < 500; i++) {
        uint8_t random[2] = {(uint8_t)rng_u32(1, 1, i), (uint8_t)rng_u32(1, 2, i)};
        const uint8_t *before = i < t.n ? stream + i : random; /* seen, and mostly unseen */
        double sum = 0;
        for (int b = 0; b < 256; b++) {
            double p = ngram_probability(m, before, (uint8_t)b);
            assert_true(p > 0);
            sum += p;
        }
        assert_near(sum, 1, 1e-12);
    }
    ngram_free(m);
}

/* --- evaluation and training --- */

/* With all weights zero every byte costs exactly 8 bits: each is counted once, at any length, whether the
 * context can be halved or not. */
static void eval_counts_every_byte_once(void **state)
{
    (void)state;
    float *params = calloc(net_size(&small), sizeof *params);
    assert_non_null(params);
    uint8_t stream[102] = {0};
    for (size_t n = 1; n <= 101; n++)
        for (size_t shorter = 0; shorter < 2; shorter++) {
            struct net_config net = small;
            net.context -= shorter;
            struct text t = {.name = "text", .stream = stream, .n = n};
            struct error e = {{0}};
            double bits;
            assert_int_equal(eval_text(&net, params, &t, n % 2 ? 1 : 3, NULL, &bits, &e), STATUS_OK);
            assert_near(bits, 8 * (double)n, 1e-9);
        }
    free(params);
}

static struct texts training_texts(const char *name)
{
    const char *dir = folder(name);
    put(dir, "a", ONE ONE ONE);
    put(dir, "b", TWO TWO);
    put(dir, "c", OTHER);
    return load(dir);
}

static float *trained(const struct texts *t, uint64_t seed, int jobs, double *bits, FILE *to, bool live)
{
    float *params = malloc(net_size(&small) * sizeof *params);
    assert_non_null(params);
    struct error e = {{0}};
    struct train_report report = {to, live};
    struct train_result result;
    net_init(&small, seed, params);
    if (train_run(&small, &brief, t, seed, jobs, NULL, &report, params, &result, &e))
        fail_msg("%s", e.text);
    *bits = result.train_bits;
    return params;
}

static void training_learns_and_repeats(void **state)
{
    (void)state;
    struct texts t = training_texts("train");
    size_t bytes = net_size(&small) * sizeof(float);
    double bits1, bits2, bits3, before, after;
    struct error e = {{0}};
    float *start = malloc(bytes);
    assert_non_null(start);
    net_init(&small, 1, start);
    float *one = trained(&t, 1, 1, &bits1, NULL, false), *two = trained(&t, 1, 2, &bits2, NULL, false);
    float *other = trained(&t, 2, 2, &bits3, NULL, false);
    assert_memory_equal(one, two, bytes);
    assert_true(bits1 == bits2);
    assert_memory_not_equal(one, other, bytes);
    assert_int_equal(eval_text(&small, start, &t.item[0], 1, NULL, &before, &e), STATUS_OK);
    assert_int_equal(eval_text(&small, one, &t.item[0], 1, NULL, &after, &e), STATUS_OK);
    assert_true(after < 0.7 * before);
    assert_true(bits1 < 5); /* of 8 when nothing is known */
    free(start);
    free(one);
    free(two);
    free(other);
    texts_free(&t);
}

/* One step on a single window, with epsilon and rate 1: weights move by -g / (|g| + 1), g the mean gradient
 * of all sequences, which are the same one; `clip` bounds its norm. */
static void check_step(const struct texts *t, double clip, double decay)
{
    size_t n = net_size(&small);
    struct train_config once = brief;
    once.steps = once.warmup = 1;
    once.rate = once.epsilon = 1;
    once.clip = clip;
    once.decay = decay;
    float *params = malloc(n * sizeof *params), *start = malloc(n * sizeof *start), *g = calloc(n, sizeof *g);
    struct net_state_f32 *s = net_state_alloc_f32(&small);
    assert_true(params && start && g && s);
    net_init(&small, 1, params);
    memcpy(start, params, n * sizeof *start);
    const uint8_t *tokens = t->item[0].stream;
    net_forward_f32(&small, start, tokens, small.context, s);
    double nats = net_backward_f32(&small, start, tokens, tokens + 1, 1 / (float)small.context, s, g),
           square = 0;
    struct train_report quiet = {0};
    struct train_result result;
    struct error e = {{0}};
    assert_int_equal(train_run(&small, &once, t, 1, 2, NULL, &quiet, params, &result, &e), STATUS_OK);
    assert_near(result.train_bits, nats / (double)small.context / M_LN2, 1e-6);
    for (size_t i = 0; i < n; i++)
        square += (double)g[i] * (double)g[i];
    double scale = sqrt(square) > clip ? clip / sqrt(square) : 1;
    for (size_t i = 0; i < net_params(&small); i++) {
        struct net_param p = net_param_at(&small, i);
        double keep = p.rows > 1 && p.role != NET_EMBEDDING ? 1 - decay : 1;
        for (size_t j = p.offset; j < p.offset + p.rows * p.cols; j++) {
            double gj = (double)g[j] * scale;
            assert_near((double)params[j], keep * (double)start[j] - gj / (fabs(gj) + 1), 1e-6);
        }
    }
    net_state_free_f32(s);
    free(params);
    free(start);
    free(g);
}

static void first_step_is_adamw(void **state)
{
    (void)state;
    const char *dir = folder("step");
    put(dir, "a", "sixteen letters.");
    put(dir, "b", "s");
    struct texts t = load(dir);
    t.item[0].held_out = false;
    t.item[1].held_out = true;
    check_step(&t, 1e9, 0);
    check_step(&t, 1e9, 0.25);
    check_step(&t, 0.01, 0);
    texts_free(&t);
}

static void training_reports(void **state)
{
    (void)state;
    struct texts t = training_texts("report");
    for (int live = 0; live < 2; live++) {
        char *text = NULL;
        size_t size = 0;
        double bits;
        FILE *to = open_memstream(&text, &size);
        assert_non_null(to);
        free(trained(&t, 1, 1, &bits, to, live));
        assert_int_equal(fclose(to), 0);
        assert_non_null(strstr(text, "step 30 of 30"));
        assert_int_equal(text[0] == '\r', live);
        int lines = 0;
        for (const char *c = text; *c; c++)
            lines += *c == '\n';
        assert_int_equal(lines, live ? 1 : 15);
        free(text);
    }
    texts_free(&t);
}

static void training_errors(void **state)
{
    (void)state;
    struct texts t = training_texts("errors");
    struct net_config lengthy = small;
    lengthy.context = 1000;
    float *params = calloc(net_size(&small), sizeof *params);
    assert_non_null(params);
    struct train_report quiet = {0};
    struct train_result result;
    struct error e = {{0}};
    assert_int_equal(train_run(&lengthy, &brief, &t, 1, 1, NULL, &quiet, params, &result, &e),
                     STATUS_MISSING);
    assert_non_null(strstr(e.text, "1000 bytes"));
    atomic_int stop = 1;
    double bits;
    e = (struct error){{0}};
    assert_int_equal(train_run(&small, &brief, &t, 1, 1, &stop, &quiet, params, &result, &e),
                     STATUS_INTERRUPTED);
    assert_int_equal(eval_text(&small, params, &t.item[0], 1, &stop, &bits, &e), STATUS_INTERRUPTED);
    free(params);
    texts_free(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(texts_are_regular_files_by_name),
        cmocka_unit_test(split_holds_out_the_unlike),
        cmocka_unit_test(text_errors),
        cmocka_unit_test(ngram_by_hand),
        cmocka_unit_test(ngram_sums_to_one),
        cmocka_unit_test(eval_counts_every_byte_once),
        cmocka_unit_test(training_learns_and_repeats),
        cmocka_unit_test(first_step_is_adamw),
        cmocka_unit_test(training_reports),
        cmocka_unit_test(training_errors),
    };
    return cmocka_run_group_tests_name("model_train", tests, NULL, NULL);
}
