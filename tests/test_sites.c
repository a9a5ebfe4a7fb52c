/* Sites by the names that an input gives: stars, errors, order. */
#include "tests/check.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "experiments/capture.h"
#include "experiments/sites.h"
#include "experiments/subject_read.h"

static void expect_name(const char *glob, const char *name, const char *to, const char *want)
{
    char *got = capture_name(glob, name, to);
    assert_non_null(got);
    assert_string_equal(got, want);
    free(got);
}

static void stars(void **state)
{
    (void)state;
    expect_name("a", "a", "b", "b");
    expect_name("layers.*.w", "layers.12.w", "x.*", "x.12");
    expect_name("layers.*.weight.*", "layers.3.weight.up", "layers.*.act.*_in", "layers.3.act.up_in");
    expect_name("*.weight", "conv1.weight", "*.act.in", "conv1.act.in");
    expect_name("*", "", "[*]", "[]");
    /* the shortest from left to right, whatever follows */
    expect_name("*.*", "a.b.c", "*|*", "a|b.c");
    expect_name("*b*", "abab", "*|*", "a|ab");
    expect_name("**", "ab", "*|*", "|ab");
    expect_name("*.q", "a.q.q", "*", "a.q");
    /* fewer stars; brackets, question marks and escaped stars stand for nothing */
    expect_name("*.[qkv].*", "0.k.1", "*", "0");
    expect_name("?[!a].[]*]*", "xy.*z", "<*>", "<z>");
    expect_name("\\*?*", "*ab", "*", "b");
    expect_name("[a*", "[abc", "*", "bc");
    assert_int_equal(capture_stars("a*[*]\\**"), 2);
    assert_int_equal(capture_stars("[*"), 1);
    assert_int_equal(capture_stars("[]*]"), 0);
}

static const char *dump_file(void)
{
    static char path[256];
    static const char *const names[] = {"l.0.w.q", "l.0.w.k", "l.0.in",  "l.1.w.q",
                                        "l.1.in",  "norm",    "c.weight"};
    static const float x[16] = {0};
    struct tensor_view t[7];
    struct error e = {{0}};
    snprintf(path, sizeof path, "%s/a.safetensors", test_dir());
    for (size_t i = 0; i < 7; i++) {
        t[i] =
            (struct tensor_view){.data = x, .rank = 2, .shape = {2, 8}, .dtype = DTYPE_F32, .name = names[i]};
        if (i == 5)
            t[i].rank = 1;
        tensor_set_c_order(&t[i]);
    }
    assert_int_equal(safetensors_write(path, t, 7, NULL, &e), STATUS_OK);
    return path;
}

static struct config_sites said(const char *input, const char *weight)
{
    return (struct config_sites){
        .part = {{(char *)(uintptr_t)input, (char *)"f:1:1"}, {(char *)(uintptr_t)weight, (char *)"f:1:2"}}};
}

static void finds(void **state)
{
    (void)state;
    struct config_sites sites[] = {said("l.0.in", "l.0.w.k"), said("l.*.in", "l.*.w.*"),
                                   said("norm", "c.weight")};
    struct config_input in = {.sites = sites, .n_sites = 3};
    struct error e = {{0}};
    struct dump *d;
    struct site_place *p;
    size_t n;
    assert_int_equal(dump_open(dump_file(), NULL, &d, &e), STATUS_OK);
    assert_int_equal(sites_find(d, OP_MATMUL, &in, &p, &n, &e), STATUS_OK);
    static const char *const want[][2] = {
        {"l.0.w.q", "l.0.in"}, {"l.0.w.k", "l.0.in"}, {"l.1.w.q", "l.1.in"}, {"c", "norm"}};
    assert_int_equal(n, 4);
    for (size_t i = 0; i < n; i++) {
        assert_string_equal(p[i].name, want[i][0]);
        assert_string_equal(dump_tensor(d, p[i].part[0])->name, want[i][1]);
        assert_int_equal(strncmp(dump_tensor(d, p[i].part[1])->name, want[i][0], strlen(want[i][0])), 0);
    }
    sites_free(p, n);
    dump_close(d);
}

static void refuses(void **state)
{
    (void)state;
    static const struct {
        const char *input, *weight, *words;
    } wrong[] = {
        {"l.*.in", "l.*.w.z", "f:1:2: sites: weight: 'l.*.w.z' matches no tensor: "},
        {"l.*.out", "l.*.w.q", "f:1:1: sites: input of l.0.w.q: "},
        {"l.*.on", "l.*.w.q", "no tensor \"l.0.on\" among 7; did you mean \"l.0.in\"?"},
        {"l.0.in", "norm", "f:1:2: sites: weight: 'norm' matches norm, which has 1 axes; a weight has two"},
    };
    struct dump *d;
    struct error e = {{0}};
    assert_int_equal(dump_open(dump_file(), NULL, &d, &e), STATUS_OK);
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        struct config_sites sites = said(wrong[i].input, wrong[i].weight);
        struct config_input in = {.sites = &sites, .n_sites = 1};
        struct site_place *p;
        size_t n;
        e = (struct error){{0}};
        assert_int_equal(sites_find(d, OP_MATMUL, &in, &p, &n, &e), STATUS_INVALID);
        if (!strstr(e.text, wrong[i].words))
            fail_msg("'%s' does not say '%s'", e.text, wrong[i].words);
        sites_free(p, n);
    }
    dump_close(d);
}

/* --- attention --- */

static struct config_sites caches(const char *q, const char *k, const char *v, const char *weight)
{
    const char *const names[] = {q, k, v, weight};
    struct config_sites s = {.part = {{NULL, NULL}}};
    for (size_t i = 0; i < 4; i++)
        s.part[i] = (struct config_pattern){(char *)(uintptr_t)names[i], (char *)"f:1:1"};
    return s;
}

/* Two windows of two tokens, one head of two: values of the second, whose first token sees itself alone.
 * Queries are columns of x by a weight, and the same where they are recorded. */
static void windows(void **state)
{
    (void)state;
    static const float x[] = {1, 2, 3, 4, 5, 6, 7, 8}, w[] = {0, 1, 1, 0}, k[8] = {0},
                       v[] = {9, 9, 9, 9, 3, 4, 5, 8};
    static const float q[] = {2, 1, 4, 3, 6, 5, 8, 7};
    static const size_t rank[] = {2, 2, 2, 4, 4};
    static const size_t shape[][4] = {{4, 2}, {2, 2}, {4, 2}, {2, 2, 1, 2}, {2, 2, 1, 2}};
    static const float *const data[] = {x, w, q, k, v};
    static const char *const names[] = {"x", "w", "a.q.output", "a.k_cache", "a.v_cache"};
    struct tensor_view t[5];
    struct error e = {{0}};
    char path[256];
    snprintf(path, sizeof path, "%s/w.safetensors", test_dir());
    for (size_t i = 0; i < 5; i++) {
        t[i] =
            (struct tensor_view){.data = data[i], .rank = (int)rank[i], .dtype = DTYPE_F32, .name = names[i]};
        memcpy(t[i].shape, shape[i], sizeof shape[i]);
        tensor_set_c_order(&t[i]);
    }
    assert_int_equal(safetensors_write(path, t, 5, NULL, &e), STATUS_OK);
    struct config_sites sites = caches("x", "a.k_cache", "a.v_cache", "w");
    struct config_input said_so = {.sites = &sites, .n_sites = 1, .rotary = {.given = true}};
    struct config_input by_name = {.rotary = {.given = true}};
    struct dump *d;
    assert_int_equal(dump_open(path, NULL, &d, &e), STATUS_OK);
    for (int i = 0; i < 2; i++) {
        struct site_place *p;
        struct subject s, facts;
        size_t n;
        assert_int_equal(sites_find(d, OP_ATTENTION, i ? &by_name : &said_so, &p, &n, &e), STATUS_OK);
        assert_int_equal(n, 2);
        assert_string_equal(p[0].name, i ? "a.0" : "x.0");
        assert_string_equal(p[1].name, i ? "a.1" : "x.1");
        assert_int_equal(subject_read_site(d, &p[1], &s, &e), STATUS_OK);
        assert_int_equal(subject_facts(d, &p[1], &facts, &e), STATUS_OK);
        assert_string_equal(s.hash, facts.hash);
        static const float want[] = {3, 4, 4, 6}; /* keys of zero weigh all alike */
        assert_memory_equal(s.x, want, sizeof want);
        assert_memory_equal(s.attention->q.x, q + 4, 4 * sizeof *q);
        subject_free(&facts);
        assert_int_equal(subject_facts(d, &p[0], &facts, &e), STATUS_OK);
        assert_string_not_equal(s.hash, facts.hash);
        subject_free(&facts);
        subject_free(&s);
        sites_free(p, n);
    }
    sites =
        caches("w", "a.k_cache", "a.v_cache", NULL); /* [2, 2] are two windows of one query, of keys two */
    struct site_place *p;
    struct subject s;
    size_t n;
    assert_int_equal(sites_find(d, OP_ATTENTION, &said_so, &p, &n, &e), STATUS_OK);
    assert_int_equal(subject_read_site(d, &p[0], &s, &e), STATUS_OK);
    subject_free(&s);
    p[0].windows = 3;
    assert_int_equal(subject_read_site(d, &p[0], &s, &e), STATUS_INVALID);
    assert_non_null(strstr(e.text, "w has 2 rows; allowed: a multiple of 3 windows"));
    sites_free(p, n);
    dump_close(d);
}

/* The recorded network: what attention gives is what its output projection was given, to binary32's rounding
 * there. */
static void recorded(void **state)
{
    (void)state;
    const char *path = shared_path("data/babyllama105/babyllama105.safetensors");
    if (!path)
        skip();
    struct config_sites sites = caches("layers.4.act.attn_qkv_in", "layers.4.act.k_cache",
                                       "layers.4.act.v_cache", "layers.4.weight.attn.q");
    struct config_input in = {.sites = &sites, .n_sites = 1, .rotary = {true, 10000}};
    struct error e = {{0}};
    const struct tensor_view *o;
    struct site_place *p;
    struct subject s;
    struct dump *d;
    size_t n, at;
    assert_int_equal(dump_open(path, NULL, &d, &e), STATUS_OK);
    assert_int_equal(sites_find(d, OP_ATTENTION, &in, &p, &n, &e), STATUS_OK);
    assert_int_equal(n, 3);
    assert_int_equal(dump_find(d, "layers.4.act.attn_o_in", &at, &e), STATUS_OK);
    assert_int_equal(dump_load(d, at, &o, &e), STATUS_OK);
    for (size_t i = 0; i < n; i += 2) {
        assert_int_equal(subject_read_site(d, &p[i], &s, &e), STATUS_OK);
        float *want = malloc(s.n * sizeof *want);
        assert_non_null(want);
        tensor_read_f32(o, i * s.n, s.n, want);
        for (size_t k = 0; k < s.n; k++)
            assert_true(fabs((double)s.x[k] - (double)want[k]) < 2e-5); /* no NaN either */
        free(want);
        subject_free(&s);
    }
    printf("# covered: attention of windows of babyllama105 within 2e-5 of what was recorded\n");
    sites_free(p, n);
    dump_close(d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(stars),   cmocka_unit_test(finds),    cmocka_unit_test(refuses),
        cmocka_unit_test(windows), cmocka_unit_test(recorded),
    };
    return cmocka_run_group_tests_name("sites", tests, NULL, NULL);
}
