/* Experiment files: the order of expansion, overrides, the hash. */
#include "tests/check.h"

#include <stdbool.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "experiments/config.h"
#include "experiments/yaml_tree.h"
#include "sim/base/hash.h"
#include "sim/scheme.h"
#include "tests/studies.h"

/* The schemes as the file says them, joined by blanks, are these. */
static void expect_schemes(const char *text, const char *expected)
{
    struct config *c = study_load(text);
    char all[4096] = "";
    for (size_t i = 0; i < c->n_schemes; i++) {
        strcat(all, i ? " " : "");
        strcat(all, c->schemes[i].text);
    }
    assert_string_equal(all, expected);
    config_free(c);
}

/* A site: all that is beside the scheme of the input has a default and is an axis; what means the same stays
 * once. */
static void sites(void **state)
{
    (void)state;
    expect_schemes(STUDY_HEAD "op: matmul\nformat: e2m1\n", "e2m1 * e2m1 @ exact");
    expect_schemes(STUDY_HEAD
                   "op: matmul\nweight: int4\nsweep: {grid: {format: [e2m1, mxfp4], mac: [exact, fused]}}\n",
                   "e2m1 * int4 @ exact e2m1 * int4 @ fused mxfp4 * int4 @ exact mxfp4 * int4 @ fused");
    expect_schemes(
        STUDY_HEAD
        "op: matmul\noutput: bf16\nsweep: {grid: {format: [e2m1]}, include: [{format: e2m1, weight: e2m1}, "
        "{format: e2m1, output: ~}]}\n",
        "e2m1 * e2m1 @ exact -> bf16 e2m1 * e2m1 @ exact");
    struct config *c = study_load(
        STUDY_HEAD
        "op: matmul\nformat: mxfp4\nsweep: {grid: {mac: [exact, fused, 'fused,scales=partials']}}\n");
    assert_int_equal(c->n_schemes, 2);
    assert_int_equal(c->schemes[0].matmul->mac.scales, MAC_SCALES_DEQUANTIZE);
    assert_int_equal(c->schemes[1].matmul->mac.scales, MAC_SCALES_PARTIALS);
    assert_string_equal(c->schemes[1].label, "mxfp4 * mxfp4 @ fused,scales=partials");
    assert_int_equal(c->n_metrics, metric_count() - (metric_drawn_count() - metric_tensor_count()));
    assert_non_null(strstr(c->resolved, "\"op\":\"matmul\""));
    config_free(c);
}

/* Attention: keys, probabilities and values have schemes of their own, both products a MAC. */
static void attention(void **state)
{
    (void)state;
    expect_schemes(STUDY_HEAD "op: attention\nformat: e2m1\n", "e2m1 * e2m1 @ exact; none * e2m1 @ exact");
    expect_schemes(STUDY_HEAD "op: attention\nk: int8\nv: int4\nmac_pv: fused\noutput: bf16\n"
                              "sweep: {grid: {format: [e2m1], p: [none, ue4m3]}}\n",
                   "e2m1 * int8 @ exact; none * int4 @ fused -> bf16 "
                   "e2m1 * int8 @ exact; ue4m3 * int4 @ fused -> bf16");
    /* none, null and fp32 are one; a MAC for both is one for each */
    expect_schemes(STUDY_HEAD "op: attention\nformat: e2m1\nmac: fused\n"
                              "sweep: {grid: {p: [none, fp32, ~], mac_pv: [~, fused]}}\n",
                   "e2m1 * e2m1 @ fused; none * e2m1 @ fused");
    struct config *c = study_load(STUDY_HEAD "op: attention\nformat: mxfp4\nmac: exact\nmac_pv: fused\n");
    const struct config_scheme *s = &c->schemes[0];
    assert_int_equal(s->attention->scores.mac.scales, MAC_SCALES_DEQUANTIZE);
    assert_int_equal(s->attention->values.mac.scales, MAC_SCALES_PARTIALS);
    assert_true(!s->matmul && !s->attention->values.has_output && !s->output);
    assert_string_equal(s->label,
                        "mxfp4 * mxfp4 @ exact,scales=dequantize; fp32 * mxfp4 @ fused,scales=partials");
    assert_string_equal(s->weight, "k: mxfp4; p: fp32; v: mxfp4");
    assert_string_equal(s->mac, "exact,scales=dequantize; fused,scales=partials");
    assert_non_null(strstr(s->canonical, "; fp32,"));
    assert_int_equal(c->n_metrics, metric_count() - (metric_drawn_count() - metric_tensor_count()));
    assert_non_null(strstr(c->resolved, "\"op\":\"attention\""));
    assert_null(strstr(c->resolved, "rotary"));
    config_free(c);
    c = study_load(
        "name: t\nop: attention\nformat: e2m1\ninputs: [{dump: x.npy, rotary: none}, {dump: y.npy, "
        "rotary: 5e5}]\n");
    assert_true(c->inputs[0].rotary.given && c->inputs[0].rotary.base == 0);
    assert_true(c->inputs[1].rotary.given && c->inputs[1].rotary.base == 5e5);
    assert_non_null(strstr(c->resolved, "\"rotary\":500000"));
    config_free(c);
}

static void expands_in_order(void **state)
{
    (void)state;
    /* grid: the first key is the slowest */
    expect_schemes(STUDY_HEAD "sweep: {grid: {format: [e2m1, int4], block: [16, 32]}}\n",
                   "e2m1,block=16 e2m1,block=32 int4,block=16 int4,block=32");
    expect_schemes(STUDY_HEAD "sweep: {grid: {block: [16, 32], format: [e2m1, int4]}}\n",
                   "e2m1,block=16 int4,block=16 e2m1,block=32 int4,block=32");
    /* zip advances together and is faster than grid; groups of zip multiply */
    expect_schemes(STUDY_HEAD
                   "sweep: {grid: {format: [e2m1, int4]}, zip: {block: [16, 32], scale: [e4m3, e8m0]}}\n",
                   "e2m1,block=16,scale=e4m3 e2m1,block=32,scale=e8m0 int4,block=16,scale=e4m3 "
                   "int4,block=32,scale=e8m0");
    expect_schemes(STUDY_HEAD "sweep: {zip: [{format: [e2m1, int4]}, {block: [16, 32]}]}\n",
                   "e2m1,block=16 e2m1,block=32 int4,block=16 int4,block=32");
    /* exclude filters the product, include comes after it and is not filtered */
    expect_schemes(
        STUDY_HEAD
        "sweep: {grid: {format: [e2m1, int4], block: [16, 32]}, exclude: [{format: int4, block: 32}],"
        " include: [{format: int4, block: 32}, {format: e4m3}]}\n",
        "e2m1,block=16 e2m1,block=32 int4,block=16 int4,block=32 e4m3");
    expect_schemes(
        STUDY_HEAD
        "sweep: {grid: {format: [e2m1, int4], block: [16, 32, 64]}, exclude: [{block: [16, 64]}]}\n",
        "e2m1,block=32 int4,block=32");
    /* a list of sweeps is their union; equal schemes stay once, where they first stood */
    expect_schemes(STUDY_HEAD "sweep: [{grid: {format: [mxfp4, int4]}}, {grid: {format: [int4, bf16]}},"
                              " {include: [{format: 'e2m1,block=32,scale=e8m0,scale_rule=floor'}]}]\n",
                   "mxfp4 int4 bf16");
    /* a single value is a list of one; an empty zip is none */
    expect_schemes(STUDY_HEAD "sweep: {grid: {format: e2m1, block: [16, 32]}, zip: []}\n",
                   "e2m1,block=16 e2m1,block=32");
    /* no sweep: the constants */
    expect_schemes(STUDY_HEAD "format: e2m1\nblock: 16\n", "e2m1,block=16");
}

static void constants_are_overridden(void **state)
{
    (void)state;
    expect_schemes(STUDY_HEAD "format: e2m1\nblock: 32\nsweep: {grid: {block: [16, 64]}}\n",
                   "e2m1,block=16 e2m1,block=64");
    expect_schemes(STUDY_HEAD "format: 'mxfp4,block=16'\nsweep: {grid: {block: [32, 64]}}\n",
                   "mxfp4,block=32 mxfp4,block=64");
    /* keys of a format text in the sweep are more specific than a constant */
    expect_schemes(STUDY_HEAD "block: 64\nsweep: {grid: {format: ['e2m1,block=16', int4]}}\n",
                   "e2m1,block=16 int4,block=64");
    /* null takes a constant away; none is a word of schemes */
    expect_schemes(STUDY_HEAD "format: e2m1\nblock: 32\nsweep: {grid: {block: [~, 16, null]}}\n",
                   "e2m1 e2m1,block=16");
    expect_schemes(STUDY_HEAD "format: e2m1\nsweep: {grid: {per: [none, tensor]}}\n",
                   "e2m1,per=none e2m1,per=tensor");
    /* an excluded combination need not parse */
    expect_schemes(STUDY_HEAD "sweep: {grid: {format: [e2m1, int4], per: [tensor, block], block: [~, 16]},"
                              " exclude: [{per: tensor, block: 16}, {per: block, block: ~}]}\n",
                   "e2m1,per=tensor e2m1,per=block,block=16 int4,per=tensor int4,per=block,block=16");
}

static void schemes_mean_what_they_say(void **state)
{
    (void)state;
    struct config *c =
        study_load(STUDY_HEAD "sweep: {grid: {format: [mxfp4, 'e2m1,round=rtz'], block: [16, 32]}}\n");
    assert_int_equal(c->n_schemes, 4);
    for (size_t i = 0; i < c->n_schemes; i++) {
        struct quant_spec q;
        char a[SCHEME_TEXT_SIZE], b[SCHEME_TEXT_SIZE];
        assert_int_equal(scheme_parse(c->schemes[i].text, &q, NULL), STATUS_OK);
        scheme_canonical(&q, a);
        scheme_canonical(&c->schemes[i].spec, b);
        assert_string_equal(a, b);
    }
    assert_int_equal(c->schemes[2].spec.rounding.mode, ROUND_RTZ);
    assert_int_equal(c->schemes[1].spec.scaling.block, 32);
    config_free(c);
}

static void reads_inputs(void **state)
{
    (void)state;
    struct config *c =
        study_load("name: t\nformat: e2m1\nseed: 7\nmetrics: [sqnr_db, mse]\ncost: none\ninputs:\n"
                   "  - {dump: sub/x.bin, dtype: bf16, shape: [2, 3], offset: 16, select: 'a.*'}\n"
                   "  - {dump: /abs/y.npy, select: [p, q]}\n");
    char path[300];
    snprintf(path, sizeof path, "%s/sub/x.bin", test_dir());
    assert_int_equal(c->n_inputs, 2);
    assert_string_equal(c->inputs[0].dump, path);
    assert_string_equal(c->inputs[0].written, "sub/x.bin");
    assert_true(c->inputs[0].hint.has_dtype && c->inputs[0].hint.has_shape);
    assert_int_equal(c->inputs[0].hint.dtype, DTYPE_BF16);
    assert_int_equal(c->inputs[0].hint.rank, 2);
    assert_int_equal(c->inputs[0].hint.shape[1], 3);
    assert_int_equal(c->inputs[0].hint.offset, 16);
    assert_string_equal(c->inputs[0].choice[CHOOSE_NAME].item[0].glob, "a.*");
    assert_string_equal(c->inputs[1].dump, "/abs/y.npy");
    assert_int_equal(c->inputs[1].choice[CHOOSE_NAME].n, 2);
    assert_int_equal(c->seed, 7);
    /* in the registry's order, whatever the file's */
    assert_int_equal(c->n_metrics, 2);
    assert_string_equal(c->metrics[0]->name, "mse");
    assert_string_equal(c->metrics[1]->name, "sqnr_db");
    assert_int_equal(c->n_costs, 0);
    config_free(c);
    c = study_load(STUDY_HEAD "format: e2m1\n");
    assert_int_equal(c->n_metrics, metric_tensor_count());
    assert_true(c->n_costs > 1 && c->n_costs <= cost_model_count());
    for (size_t i = 0; i < c->n_costs; i++)
        assert_true(c->costs[i].model->standard);
    assert_int_equal(c->seed, 0);
    assert_null(strstr(c->resolved, "sites"));
    config_free(c);
    c = study_load(
        "name: t\nop: matmul\nformat: e2m1\ninputs:\n  - {dump: x, sites: [{weight: 'a.*', input: b.*}]}\n");
    assert_int_equal(c->inputs[0].n_sites, 1);
    assert_string_equal(c->inputs[0].sites[0].part[0].glob, "b.*");
    assert_string_equal(c->inputs[0].sites[0].part[1].glob, "a.*");
    assert_non_null(strstr(c->resolved, "\"sites\":[{\"input\":\"b.*\",\"weight\":\"a.*\"}]"));
    config_free(c);
    c = study_load("name: t\nop: attention\nformat: e2m1\ninputs:\n  - {dump: x, sites: [{q: a, k: b, v: c}, "
                   "{q: a, k: b, v: c, q_weight: d}]}\n");
    assert_non_null(strstr(c->resolved, "\"sites\":[{\"k\":\"b\",\"q\":\"a\",\"v\":\"c\"},{\"k\":\"b\","
                                        "\"q\":\"a\",\"q_weight\":\"d\",\"v\":\"c\"}]"));
    config_free(c);
    c = study_load(STUDY_HEAD "format: e2m1\ncost: [storage, {model: fp8_vs_int8, guard: 8}]\n"
                              "metrics: mse\n");
    assert_int_equal(c->n_costs, 2);
    assert_string_equal(c->costs[0].text, "fp8_vs_int8,guard=8");
    assert_int_equal(c->n_metrics, 1);
    config_free(c);
}

static void overrides(void **state)
{
    (void)state;
    const char *text = STUDY_HEAD "format: e2m1\nblock: 32\nsweep: {grid: {scale: [e8m0, e4m3]}}\n";
    const char *sets[] = {"sweep.grid.scale=[fp16]",
                          "block=16",
                          "seed=9",
                          "inputs.0.dump=here.npy",
                          "format=int4,clip=0.5",
                          "sweep.grid.scale_round=[rne, rtz]"};
    struct config *c = study_load_sets(text, sets, sizeof sets / sizeof *sets);
    assert_int_equal(c->n_schemes, 2);
    assert_string_equal(c->schemes[1].text, "int4,clip=0.5,block=16,scale=fp16,scale_round=rtz");
    assert_int_equal(c->seed, 9);
    /* what the command line names is looked up where the command runs */
    assert_string_equal(c->inputs[0].dump, "here.npy");
    config_free(c);
    static const struct {
        const char *set, *message;
    } bad[] = {
        {"block", "--set block: expected KEY=VALUE"},
        {"=3", "--set =3: expected KEY=VALUE"},
        {"block=", "nothing in it"},
        {"blok=3", "--set blok=3: key: unknown 'blok'; did you mean 'block'?"},
        {"seed=x", "--set seed=x: seed: expected a whole number"},
        {"format.a=3", "what stands before it is a value"},
        {"inputs.1.dump=x", "'1' names no item of a list of 1 (from 0)"},
        {"inputs.x.dump=x", "'x' names no item of a list"},
        {"sweep..grid=x", "an empty key"},
        {"sweep.grid.scale=[e8m0", "--set: sweep.grid.scale=[e8m0:"},
        {"sweep.grid.scale=[nonsense]", "nonsense"},
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        study_expect_error(text, strlen(text), &bad[i].set, 1, NULL, bad[i].message);
}

static void hash_is_stable(void **state)
{
    (void)state;
    char hex[HASH_HEX_SIZE];
    struct config *a =
        study_load(STUDY_HEAD "sweep: {grid: {format: [mxfp4, int8]}}\nmetrics: [mse]\ncost: storage\n");
    /* other words for the same: comments, order of keys, an alias spelled out, a default said, doc */
    struct config *b =
        study_load("# a comment\ncost: [storage]\nseed: 0\nmetrics: mse\ndoc: words\n" STUDY_HEAD
                   "sweep:\n  grid:\n    format:\n      - e2m1,block=32,scale=e8m0,scale_rule=floor\n"
                   "      - int8\n");
    assert_string_equal(a->resolved, b->resolved);
    assert_string_equal(a->sha256, b->sha256);
    hash_bytes(a->resolved, strlen(a->resolved), hex);
    assert_string_equal(a->sha256, hex);
    assert_non_null(strstr(a->resolved,
                           "{\"cost\":[\"storage\"],\"inputs\":[{\"dump\":\"x.npy\",\"offset\":0,"
                           "\"select\":[\"*\"]}],\"metrics\":[\"mse\"],\"name\":\"t\",\"schemes\":[\"e2m1,"));
    config_free(b);
    b = study_load(STUDY_HEAD
                   "sweep: {grid: {format: [mxfp4, int8]}}\nmetrics: [mse]\ncost: storage\nseed: 1\n");
    assert_string_not_equal(a->sha256, b->sha256);
    config_free(a);
    config_free(b);
}

static void aliases_are_copied(void **state)
{
    (void)state;
    expect_schemes(STUDY_HEAD
                   "sweep: [{grid: {format: &f [e2m1, int4], block: 16}}, {grid: {format: *f, block: 32}}]\n",
                   "e2m1,block=16 int4,block=16 e2m1,block=32 int4,block=32");
}

/* A sweep is for the tensors that it selects; a scheme of two sweeps for those of both. */
static void sweeps_select(void **state)
{
    (void)state;
    struct config *c = study_load(
        STUDY_HEAD
        "sweep:\n- {select: [\"*.weight\", x], include: [{format: mxfp4}, {format: int8}]}\n"
        "- {select: y, include: [{format: mxfp4}]}\n- {include: [{format: int8}, {format: e2m1}]}\n");
    assert_int_equal(c->n_schemes, 3);
    static const char *const tensors[] = {"a.weight", "x", "y", "z"};
    static const bool want[3][4] = {
        {true, true, true, false}, {true, true, true, true}, {true, true, true, true}};
    for (size_t i = 0; i < 3; i++)
        for (size_t j = 0; j < 4; j++)
            assert_int_equal(config_scheme_selects(&c->schemes[i], tensors[j]), want[i][j]);
    assert_non_null(strstr(c->resolved, "\"select\":[\"*.weight\\nx\\ny\\n\",\"*\",\"*\"]"));
    config_free(c);
    c = study_load(STUDY_HEAD "sweep: {include: [{format: mxfp4}]}\n");
    struct config *all = study_load(STUDY_HEAD "sweep: {select: \"*\", include: [{format: mxfp4}]}\n");
    assert_null(strstr(c->resolved, "\"select\":[\"*\\n"));
    assert_string_not_equal(c->sha256, all->sha256);
    config_free(c);
    config_free(all);
}

/* A glob is what the file says, whatever is in it and however long it is. */
static void sweeps_select_by_whole_globs(void **state)
{
    (void)state;
    struct config *c = study_load(STUDY_HEAD "sweep: {select: [\"a\\nb\"], include: [{format: mxfp4}]}\n");
    struct config *two = study_load(STUDY_HEAD "sweep: {select: [a, b], include: [{format: mxfp4}]}\n");
    assert_true(config_scheme_selects(c->schemes, "a\nb") && !config_scheme_selects(c->schemes, "a"));
    assert_string_not_equal(c->sha256, two->sha256);
    config_free(c);
    config_free(two);
    char text[3000], name[1500];
    memset(name, 'x', sizeof name - 1);
    name[sizeof name - 1] = '\0';
    snprintf(text, sizeof text, STUDY_HEAD "sweep: {select: \"%s[yz]\", include: [{format: mxfp4}]}\n", name);
    c = study_load(text);
    assert_false(config_scheme_selects(c->schemes, name));
    snprintf(text, sizeof text, "%sy", name);
    assert_true(config_scheme_selects(c->schemes, text));
    config_free(c);
}

static void bundled_studies_load(void **state)
{
    (void)state;
    struct config *c = NULL;
    struct error e = {{0}};
    assert_int_equal(config_load("experiments/quickstart.yaml", NULL, 0, &c, &e), STATUS_OK);
    assert_true(c->n_schemes > 100);
    assert_string_equal(c->inputs[0].dump, "experiments/dumps/tinylm.safetensors");
    config_free(c);
    glob_t files;
    assert_int_equal(glob("experiments/*.yaml", 0, NULL, &files), 0);
    for (size_t i = 0; i < files.gl_pathc; i++) {
        if (strstr(files.gl_pathv[i], "published.yaml")) /* is no study */
            continue;
        if (config_load(files.gl_pathv[i], NULL, 0, &c, &e))
            fail_msg("%s", e.text);
        assert_true(c->n_schemes > 0 && (c->n_metrics > 0) != (c->op == OP_ANALYSIS));
        config_free(c);
    }
    printf("# covered studies: %zu files load\n", files.gl_pathc);
    globfree(&files);
}

static void keys_are_listed(void **state)
{
    (void)state;
    bool format = false;
    for (size_t i = 0; i < config_key_count(); i++) {
        const struct config_key *k = config_key_at(i);
        assert_true(*k->name && *k->type && *k->doc);
        assert_null(scheme_key_find(k->name));
        format |= !strcmp(k->name, "format");
    }
    assert_true(format);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sites),
        cmocka_unit_test(attention),
        cmocka_unit_test(expands_in_order),
        cmocka_unit_test(constants_are_overridden),
        cmocka_unit_test(schemes_mean_what_they_say),
        cmocka_unit_test(reads_inputs),
        cmocka_unit_test(overrides),
        cmocka_unit_test(hash_is_stable),
        cmocka_unit_test(aliases_are_copied),
        cmocka_unit_test(sweeps_select),
        cmocka_unit_test(sweeps_select_by_whole_globs),
        cmocka_unit_test(bundled_studies_load),
        cmocka_unit_test(keys_are_listed),
    };
    return cmocka_run_group_tests_name("config", tests, NULL, NULL);
}
