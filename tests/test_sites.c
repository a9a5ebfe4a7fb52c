/* Sites by the names that an input gives: stars, errors, order. */
#include "tests/check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "experiments/capture.h"
#include "experiments/sites.h"

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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(stars),
        cmocka_unit_test(finds),
        cmocka_unit_test(refuses),
    };
    return cmocka_run_group_tests_name("sites", tests, NULL, NULL);
}
