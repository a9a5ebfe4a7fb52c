/* Experiment files: what is refused and where, the order of expansion, overrides, the hash. */
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

#define HEAD "name: t\ninputs: [{dump: x.npy}]\n"

static const char *file_path(void)
{
    static char path[256];
    snprintf(path, sizeof path, "%s/study.yaml", test_dir());
    return path;
}

static void write_text(const char *text, size_t n)
{
    FILE *f = fopen(file_path(), "wb");
    assert_non_null(f);
    assert_int_equal(fwrite(text, 1, n, f), n);
    assert_int_equal(fclose(f), 0);
}

static struct config *load_sets(const char *text, const char *const *sets, size_t n)
{
    struct config *c = NULL;
    struct error e = {{0}};
    write_text(text, strlen(text));
    enum status s = config_load(file_path(), sets, n, &c, &e);
    if (s)
        print_error("%s\n", e.text);
    assert_int_equal(s, STATUS_OK);
    return c;
}

static struct config *load(const char *text)
{
    return load_sets(text, NULL, 0);
}

/* The schemes as the file says them, joined by blanks, are these. */
static void expect_schemes(const char *text, const char *expected)
{
    struct config *c = load(text);
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
    expect_schemes(HEAD "op: matmul\nformat: e2m1\n", "e2m1 * e2m1 @ exact");
    expect_schemes(HEAD
                   "op: matmul\nweight: int4\nsweep: {grid: {format: [e2m1, mxfp4], mac: [exact, fused]}}\n",
                   "e2m1 * int4 @ exact e2m1 * int4 @ fused mxfp4 * int4 @ exact mxfp4 * int4 @ fused");
    expect_schemes(
        HEAD
        "op: matmul\noutput: bf16\nsweep: {grid: {format: [e2m1]}, include: [{format: e2m1, weight: e2m1}, "
        "{format: e2m1, output: ~}]}\n",
        "e2m1 * e2m1 @ exact -> bf16 e2m1 * e2m1 @ exact");
    struct config *c = load(
        HEAD "op: matmul\nformat: mxfp4\nsweep: {grid: {mac: [exact, fused, 'fused,scales=partials']}}\n");
    assert_int_equal(c->n_schemes, 2);
    assert_int_equal(c->schemes[0].matmul->mac.scales, MAC_SCALES_DEQUANTIZE);
    assert_int_equal(c->schemes[1].matmul->mac.scales, MAC_SCALES_PARTIALS);
    assert_string_equal(c->schemes[1].label, "mxfp4 * mxfp4 @ fused,scales=partials");
    assert_int_equal(c->n_metrics, metric_count());
    assert_non_null(strstr(c->resolved, "\"op\":\"matmul\""));
    config_free(c);
}

/* Attention: keys, probabilities and values have schemes of their own, both products a MAC. */
static void attention(void **state)
{
    (void)state;
    expect_schemes(HEAD "op: attention\nformat: e2m1\n", "e2m1 * e2m1 @ exact; none * e2m1 @ exact");
    expect_schemes(HEAD "op: attention\nk: int8\nv: int4\nmac_pv: fused\noutput: bf16\n"
                        "sweep: {grid: {format: [e2m1], p: [none, ue4m3]}}\n",
                   "e2m1 * int8 @ exact; none * int4 @ fused -> bf16 "
                   "e2m1 * int8 @ exact; ue4m3 * int4 @ fused -> bf16");
    /* none, null and fp32 are one; a MAC for both is one for each */
    expect_schemes(HEAD "op: attention\nformat: e2m1\nmac: fused\n"
                        "sweep: {grid: {p: [none, fp32, ~], mac_pv: [~, fused]}}\n",
                   "e2m1 * e2m1 @ fused; none * e2m1 @ fused");
    struct config *c = load(HEAD "op: attention\nformat: mxfp4\nmac: exact\nmac_pv: fused\n");
    const struct config_scheme *s = &c->schemes[0];
    assert_int_equal(s->attention->scores.mac.scales, MAC_SCALES_DEQUANTIZE);
    assert_int_equal(s->attention->values.mac.scales, MAC_SCALES_PARTIALS);
    assert_true(!s->matmul && !s->attention->values.has_output && !s->output);
    assert_string_equal(s->label,
                        "mxfp4 * mxfp4 @ exact,scales=dequantize; fp32 * mxfp4 @ fused,scales=partials");
    assert_string_equal(s->weight, "k: mxfp4; p: fp32; v: mxfp4");
    assert_string_equal(s->mac, "exact,scales=dequantize; fused,scales=partials");
    assert_non_null(strstr(s->canonical, "; fp32,"));
    assert_int_equal(c->n_metrics, metric_count());
    assert_non_null(strstr(c->resolved, "\"op\":\"attention\""));
    assert_null(strstr(c->resolved, "rotary"));
    config_free(c);
    c = load("name: t\nop: attention\nformat: e2m1\ninputs: [{dump: x.npy, rotary: none}, {dump: y.npy, "
             "rotary: 5e5}]\n");
    assert_true(c->inputs[0].rotary.given && c->inputs[0].rotary.base == 0);
    assert_true(c->inputs[1].rotary.given && c->inputs[1].rotary.base == 5e5);
    assert_non_null(strstr(c->resolved, "\"rotary\":500000"));
    config_free(c);
}

static void expect_error_n(const char *text, size_t n, const char *const *sets, size_t n_sets,
                           const char *where, const char *message)
{
    struct config *c = NULL;
    struct error e = {{0}};
    write_text(text, n);
    enum status s = config_load(file_path(), sets, n_sets, &c, &e);
    assert_null(c);
    if (s != STATUS_INVALID || !strstr(e.text, message))
        print_error("status %d\n  found    %s\n  expected %s\n  for      %.200s\n", s, e.text, message, text);
    assert_int_equal(s, STATUS_INVALID);
    assert_non_null(strstr(e.text, message));
    if (where) {
        char start[300];
        snprintf(start, sizeof start, "%s:%s: ", file_path(), where);
        if (strncmp(e.text, start, strlen(start)) != 0)
            print_error("found %s\nexpected it to start with %s\n", e.text, start);
        assert_int_equal(strncmp(e.text, start, strlen(start)), 0);
    }
}

static const struct {
    const char *text, *where, *message;
} wrong[] = {
    /* sites */
    {HEAD "op: attend\nformat: e2m1\n", "3:5", "op: unknown 'attend'"},
    {HEAD "format: e2m1\nmac: exact\n", "4:6", "mac: has no effect on op: quantize; allowed with op: matmul"},
    {HEAD "sweep: {grid: {format: [e2m1], weight: [e4m3]}}\n", "3:41",
     "weight: has no effect on op: quantize"},
    {HEAD "op: matmul\nformat: e2m1\nmac: fused,group=0\n", "5:6", "mac: MAC 'fused,group=0'"},
    {HEAD "op: matmul\nformat: fp16\nweight: int4\nmac: v100\n", "6:6", "v100 multiplies fp16, and no int4"},
    {HEAD "op: matmul\nformat: e2m1\nweight: e9q\n", "5:9", "weight: scheme 'e9q'"},
    {HEAD "op: matmul\nformat: e2m1\noutput: e4m3,blok=2\n", "5:9", "output: "},
    {HEAD "format: e2m1\nmetrics: [acc_overflow]\n", "4:11", "metrics: unknown 'acc_overflow'"},
    {HEAD "op: matmul\nformat: e4m3\nmac: sequential,flip=2\n", "5:6",
     "mac: MAC 'sequential,flip=2': flip: '2' is not one of none, 0 or a probability"},
    /* attention */
    {HEAD "op: matmul\nformat: e2m1\nk: e4m3\n", "5:4",
     "k: has no effect on op: matmul; allowed with op: attention"},
    {HEAD "format: e2m1\nsweep: {grid: {mac_pv: [exact]}}\n", "4:25",
     "mac_pv: has no effect on op: quantize; allowed with op: attention"},
    {HEAD "format: e2m1\noutput: bf16\n", "4:9",
     "output: has no effect on op: quantize; allowed with op: matmul, attention"},
    {HEAD "op: attention\nformat: e2m1\nweight: e4m3\n", "5:9",
     "weight: has no effect on op: attention; allowed with op: matmul"},
    {HEAD "op: attention\nformat: e2m1\nk: e9q\n", "5:4", "k: scheme 'e9q'"},
    {HEAD "op: attention\nformat: e2m1\nk: none\n", "5:4", "k: scheme 'none'"},
    {HEAD "op: attention\nformat: e2m1\np: e4m3,blok=2\n", "5:4", "p: "},
    {HEAD "op: attention\nformat: e2m1\nv: e4m3,overflow=no\n", "5:4", "v: "},
    {HEAD "op: attention\nformat: e2m1\nmac_pv: fused,group=0\n", "5:9", "mac_pv: MAC 'fused,group=0'"},
    {HEAD "op: attention\nformat: fp16\nmac: a100\n", "5:6",
     "mac, of p * v (mac_pv says another): a100 multiplies fp16+bf16, and no fp32"},
    {HEAD "op: attention\nformat: fp16\nmac_pv: a100\n", "5:9", "mac_pv: a100 multiplies fp16+bf16"},
    {"name: t\nformat: e2m1\ninputs: [{dump: x.npy, rotary: 10000}]\n", "3:32",
     "rotary: has no effect on op: quantize; allowed with op: attention"},
    {"name: t\nop: attention\nformat: e2m1\ninputs: [{dump: x.npy, rotary: 1}]\n", "4:32",
     "rotary: expected none or a base above 1, found '1'"},
    {"name: t\nop: attention\nformat: e2m1\ninputs: [{dump: x.npy, rotary: inf}]\n", "4:32",
     "rotary: expected"},
    {"name: t\nformat: e2m1\ninputs: [{dump: x, sites: {weight: a, input: b}}]\n", "3:27",
     "sites: has no effect on op: quantize; allowed with op: matmul, attention"},
    {"name: t\nop: matmul\nformat: e2m1\ninputs: [{dump: x, sites: []}]\n", "4:27", "sites: an empty list"},
    {"name: t\nop: matmul\nformat: e2m1\ninputs: [{dump: x, sites: w}]\n", "4:27",
     "sites: expected a mapping, found a value"},
    {"name: t\nop: matmul\nformat: e2m1\ninputs: [{dump: x, sites: [{weight: a}]}]\n", "4:28",
     "sites: key 'input' is missing"},
    {"name: t\nop: matmul\nformat: e2m1\ninputs: [{dump: x, sites: {weight: a, q: b}}]\n", "4:39",
     "sites: unknown 'q'; allowed: input, weight"},
    {"name: t\nop: matmul\nformat: e2m1\ninputs: [{dump: x, sites: {weight: 'a*[*]', input: '*.*'}}]\n",
     "4:52", "sites: input: '*.*' has 2 stars, weight 'a*[*]' 1; allowed: as many or fewer"},
    {"name: t\nop: attention\nformat: e2m1\ninputs: [{dump: x, sites: {q: a, k: b}}]\n", "4:27",
     "sites: key 'v' is missing"},
    /* the document */
    {"", "1:1", "nothing in it"},
    {"- a\n- b\n", "1:1", "expected a mapping of keys to values, found a list"},
    {"plain", "1:1", "expected a mapping of keys to values, found a value"},
    {HEAD "format: e2m1\n---\nname: u\n", "5:1", "a second document"},
    {HEAD "name: again\n", "3:1", "duplicate key 'name' (first at line 1)"},
    {HEAD "sweep: {grid: {block: [16], block: [32]}}\n", "3:29", "duplicate key 'block'"},
    {HEAD "<<: {format: e2m1}\n", "3:1", "merge keys (<<) are not supported"},
    {HEAD "format: !!int 4\n", "3:9", "tags (!...) are not supported"},
    {HEAD "? [a, b]\n: c\n", "3:3", "a key must be a single word, found a list"},
    {HEAD "doc: &a [*a]\n", "3:6", "an alias inside its own anchor"},
    {HEAD "doc: *nowhere\n", "3:6", "undefined alias"},
    {HEAD "format: \"e2m1\\0x\"\n", "3:9", "NUL character"},
    {HEAD "format: [e2m1\n", NULL, "did not find expected ',' or ']'"},
    {HEAD "\tformat: e2m1\n", "3:1", "cannot start any token"},
    {"name: \xff\xfe\n", NULL, "byte 6: invalid leading UTF-8 octet"},
    /* keys */
    {HEAD "fromat: e2m1\n", "3:1",
     "key: unknown 'fromat'; did you mean 'format'? allowed: name, doc, op, inputs, sweep"},
    {HEAD "zzzzzz: 1\n", "3:1", "key: unknown 'zzzzzz'; allowed: name, doc"},
    {"inputs: [{dump: x}]\nformat: e2m1\n", "1:1", "key 'name' is missing: text"},
    {"name: t\nformat: e2m1\n", "1:1", "key 'inputs' is missing: list of {dump, select"},
    {"name: [a]\ninputs: [{dump: x}]\n", "1:7", "name: expected text, found a list"},
    {"name:\ninputs: [{dump: x}]\n", "1:6", "name: expected text, found nothing"},
    {"name: ''\ninputs: [{dump: x}]\n", "1:7", "name: expected text, found nothing"},
    {HEAD "doc: {a: b}\n", "3:6", "doc: expected text, found a mapping"},
    {HEAD "format: e2m1\nseed: -1\n", "4:7",
     "seed: expected a whole number of 0..18446744073709551615, found '-1'"},
    {HEAD "format: e2m1\nseed: 1e3\n", "4:7", "found '1e3'"},
    {HEAD "format: e2m1\nseed: 18446744073709551616\n", "4:7", "found '18446744073709551616'"},
    {HEAD "format: e2m1\nseed: [1]\n", "4:7", "seed: expected a whole number, found a list"},
    {HEAD "format: e2m1\nseed:\n", "4:6", "found ''"},
    /* inputs */
    {"name: t\ninputs: x.npy\n", "2:9",
     "inputs: expected a list of {dump: PATH, select: GLOB}, found a value"},
    {"name: t\ninputs: []\n", "2:9", "found an empty list"},
    {"name: t\ninputs: [x.npy]\n", "2:10", "inputs: expected a mapping, found a value"},
    {"name: t\ninputs: [{select: x}]\n", "2:10", "inputs: key 'dump' is missing"},
    {"name: t\ninputs: [{dump: x, selct: y}]\n", "2:20",
     "inputs: unknown 'selct'; did you mean 'select'? allowed: dump, select, sites, dtype, shape, offset"},
    {"name: t\ninputs: [{dump: [x]}]\n", "2:17", "dump: expected text, found a list"},
    {"name: t\ninputs: [{dump: x, select: {a: b}}]\n", "2:28", "select: expected a glob or a list of globs"},
    {"name: t\ninputs: [{dump: x, select: []}]\n", "2:28", "select: an empty list"},
    {"name: t\ninputs: [{dump: x, select: [[a]]}]\n", "2:29", "select: expected text, found a list"},
    {"name: t\ninputs: [{dump: x, dtype: f31}]\n", "2:27", "dtype: unknown 'f31'"},
    {"name: t\ninputs: [{dump: x, shape: 3}]\n", "2:27", "shape: expected a list of at most 8 lengths"},
    {"name: t\ninputs: [{dump: x, shape: [1,1,1,1,1,1,1,1,1]}]\n", "2:27", "at most 8 lengths"},
    {"name: t\ninputs: [{dump: x, shape: [2, 3.5]}]\n", "2:31", "found '3.5'"},
    {"name: t\ninputs: [{dump: x, offset: many}]\n", "2:28", "offset: expected a whole number"},
    /* metrics and costs */
    {HEAD "format: e2m1\nmetrics: [mse, sqnr_bd]\n", "4:16",
     "metrics: unknown 'sqnr_bd'; did you mean 'sqnr_db'?"},
    {HEAD "format: e2m1\nmetrics: [mse, mse]\n", "4:16", "metrics: 'mse' is named twice"},
    {HEAD "format: e2m1\nmetrics: []\n", "4:10", "metrics: an empty list"},
    {HEAD "format: e2m1\nmetrics: {mse: yes}\n", "4:10", "metrics: expected a name or a list of names"},
    {HEAD "format: e2m1\nmetrics: [[mse]]\n", "4:11", "metrics: expected a name, found a list"},
    {HEAD "sweep: {select: [], include: [{format: int8}]}\n", "3:17",
     "sweep.select: expected a glob or a list"},
    {HEAD "sweep: {select: [{a: b}], include: [{format: int8}]}\n", "3:18", "sweep.select: expected text"},
    {HEAD "format: e2m1\ncost: {model: storage, lanes: 32}\n", "4:7", "cost: storage: unknown key 'lanes'"},
    {HEAD "format: e2m1\ncost: {model: fp8_vs_int8, guard: x}\n", "4:7",
     "cost: fp8_vs_int8: guard: 'x' is not one of whole numbers 0..64"},
    {HEAD "format: e2m1\ncost: [storage, {model: storage}]\n", "4:17", "cost: 'storage' is named twice"},
    {HEAD "format: e2m1\ncost: [[storage]]\n", "4:8", "cost: expected a name or a mapping, found a list"},
    {HEAD "format: e2m1\ncost: {model: [storage]}\n", "4:15", "cost: model: expected text, found a list"},
    {HEAD "format: e2m1\ncost: []\n", "4:7", "cost: an empty list"},
    {HEAD "format: e2m1\ncost: {}\n", "4:7", "cost: a mapping without 'model'"},
    {HEAD "format: e2m1\ncost: storge\n", "4:7",
     "cost: unknown cost model 'storge' (did you mean 'storage'?)"},
    /* schemes */
    {HEAD, "1:1", "no format: give 'format' as an axis"},
    {HEAD "block: 32\n", "1:1", "no format"},
    {HEAD "format: e2m1\nblock: [16, 32]\n", "4:8",
     "block: expected one value, found a list; lists belong in sweep.grid"},
    {HEAD "format: e9z9\n", "3:9", "e9z9"},
    {HEAD "format: e2m1\nblock: many\n", "4:8", "many"},
    {HEAD "format: e2m1\nblock: '16,scale=e8m0'\n", "4:8",
     "block: expected one value, found '16,scale=e8m0'"},
    {HEAD "format: e2m1\nblock: ''\n", "4:8", "block: expected one value, found ''"},
    {HEAD "format: 'e2m1,block=16'\nblock: 32\n", "4:8", "block is given twice: here and in 'e2m1,block=16'"},
    {HEAD "format: 'e2m1,block=16,block=32'\n", "3:9", "block is given twice"},
    {HEAD "format: 'e2m1,nothing'\n", "3:9", "nothing"},
    {HEAD "sweep: {grid: {format: [e2m1, int4], block: [16, 0]}}\n", "3:50", "0"},
    {HEAD "sweep: {grid: {format: [e2m1], per: [tensor], block: [16]}}\n", "3:55", "block"},
    /* sweeps */
    {HEAD "sweep: 3\n", "3:8", "sweep: expected a mapping, found a value"},
    {HEAD "sweep: []\n", "3:8", "sweep: an empty list"},
    {HEAD "sweep: {}\n", "3:8", "sweep: no axes"},
    {HEAD "sweep: {grdi: {}}\n", "3:9",
     "sweep: unknown 'grdi'; did you mean 'grid'? allowed: grid, zip, include, exclude"},
    {HEAD "sweep: {grid: [a]}\n", "3:15", "grid: expected a mapping of keys to lists, found a list"},
    {HEAD "sweep: {grid: {blok: [1]}}\n", "3:16",
     "grid: unknown 'blok'; did you mean 'block'? allowed: format, method, transform, weight, output, mac, "
     "k, p, v, "
     "mac_pv, bias"},
    {HEAD "sweep: {grid: {block: []}}\n", "3:23",
     "grid.block: expected a value or a list of values, found an empty list"},
    {HEAD "sweep: {grid: {block: {a: b}}}\n", "3:23", "found a mapping"},
    {HEAD "sweep: {grid: {block: [[16]]}}\n", "3:24", "grid.block: expected a value, found a list"},
    {HEAD "sweep: {zip: 3}\n", "3:14",
     "zip: expected a mapping of keys to lists, or a list of such, found a value"},
    {HEAD "sweep: {zip: {format: [e2m1, int4], block: [16]}}\n", "3:44",
     "zip: 'block' has 1 values, 'format' has 2; lists advance together"},
    {HEAD "sweep: {zip: {format: e2m1}}\n", "3:23", "zip.format: expected a list, found a value"},
    {HEAD "sweep: {grid: {format: [e2m1]}, zip: {format: [int4]}}\n", "3:39", "'format' is swept twice"},
    {HEAD "sweep: {include: {format: e2m1}}\n", "3:18",
     "include: expected a list of mappings, found a mapping"},
    {HEAD "sweep: {include: [{}]}\n", "3:19", "include: expected a mapping of keys to values"},
    {HEAD "sweep: {include: [{format: [e2m1]}]}\n", "3:28",
     "include.format: expected one value, found a list"},
    {HEAD "sweep: {include: [{block: 16}]}\n", "3:19", "no format"},
    {HEAD "sweep: {grid: {format: e2m1}, exclude: {format: e2m1}}\n", "3:40",
     "exclude: expected a list of mappings"},
    {HEAD "sweep: {grid: {format: e2m1}, exclude: [{}]}\n", "3:41", "exclude: expected a mapping"},
    {HEAD "sweep: {grid: {format: e2m1}, exclude: [{blok: 1}]}\n", "3:42", "exclude: unknown 'blok'"},
    {HEAD "sweep: {grid: {format: e2m1}, exclude: [{block: 16}]}\n", "3:42",
     "exclude: 'block' is no axis of this sweep"},
    {HEAD "sweep: {include: [{format: e2m1}], exclude: [{format: e2m1}]}\n", "3:45",
     "exclude: nothing to exclude from"},
    {HEAD "sweep: {grid: {format: [e2m1]}, exclude: [{format: 'e*'}]}\n", "3:8",
     "nothing is left after exclude"},
};

static void refuses(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        expect_error_n(wrong[i].text, strlen(wrong[i].text), NULL, 0, wrong[i].where, wrong[i].message);
    print_message("# covered %zu refusals\n", sizeof wrong / sizeof *wrong);
}

static void fill(char *text, size_t *n, const char *piece, size_t times)
{
    for (size_t i = 0; i < times; i++) {
        strcpy(text + *n, piece);
        *n += strlen(piece);
    }
}

/* Bounds that hold before libyaml sees the text. */
static void refuses_monsters(void **state)
{
    (void)state;
    char *text = malloc(YAML_MAX_BYTES + 4096);
    assert_non_null(text);
    size_t n = 0;
    fill(text, &n, "#", YAML_MAX_BYTES + 1);
    expect_error_n(text, n, NULL, 0, "1:1", "allowed: at most 262144");
    n = 0;
    fill(text, &n, "[", 100000);
    expect_error_n(text, n, NULL, 0, "1:65", "brackets nested more than 64 deep");
    n = 0;
    fill(text, &n, "- ", 30000);
    expect_error_n(text, n, NULL, 0, "1:257", "indented by more than 256 columns");
    n = 0;
    fill(text, &n, "- ", 100);
    expect_error_n(text, n, NULL, 0, NULL, "nested more than 64 deep");
    /* Each alias doubles: 2^20 values from 20 lines. */
    n = 0;
    strcpy(text, "a0: &a0 [x, x]\n");
    n = strlen(text);
    for (int i = 1; i < 20; i++)
        n += (size_t)sprintf(text + n, "a%d: &a%d [*a%d, *a%d]\n", i, i, i - 1, i - 1);
    expect_error_n(text, n, NULL, 0, NULL, "more than 100000 values after copying aliases");
    n = 0;
    for (int i = 0; i < 1001; i++)
        n += (size_t)sprintf(text + n, "k%d: 1\n", i);
    expect_error_n(text, n, NULL, 0, "1:1", "a mapping of 1001 keys; allowed: at most 1000");
    n = (size_t)sprintf(text, HEAD "sweep:\n  grid:\n    format: [");
    fill(text, &n, "e2m1, ", 400);
    n += (size_t)sprintf(text + n, "e2m1]\n    block: [");
    fill(text, &n, "16, ", 400);
    n += (size_t)sprintf(text + n, "16]\n");
    expect_error_n(text, n, NULL, 0, "4:3", "more than 100000 schemes");
    free(text);
}

static void missing_file(void **state)
{
    (void)state;
    struct config *c = NULL;
    struct error e = {{0}};
    assert_int_equal(config_load("/nonexistent/x.yaml", NULL, 0, &c, &e), STATUS_MISSING);
    assert_string_equal(e.text, "/nonexistent/x.yaml: No such file or directory");
    struct error d = {{0}};
    assert_int_equal(config_load("/", NULL, 0, &c, &d), STATUS_IO);
}

static void expands_in_order(void **state)
{
    (void)state;
    /* grid: the first key is the slowest */
    expect_schemes(HEAD "sweep: {grid: {format: [e2m1, int4], block: [16, 32]}}\n",
                   "e2m1,block=16 e2m1,block=32 int4,block=16 int4,block=32");
    expect_schemes(HEAD "sweep: {grid: {block: [16, 32], format: [e2m1, int4]}}\n",
                   "e2m1,block=16 int4,block=16 e2m1,block=32 int4,block=32");
    /* zip advances together and is faster than grid; groups of zip multiply */
    expect_schemes(HEAD
                   "sweep: {grid: {format: [e2m1, int4]}, zip: {block: [16, 32], scale: [e4m3, e8m0]}}\n",
                   "e2m1,block=16,scale=e4m3 e2m1,block=32,scale=e8m0 int4,block=16,scale=e4m3 "
                   "int4,block=32,scale=e8m0");
    expect_schemes(HEAD "sweep: {zip: [{format: [e2m1, int4]}, {block: [16, 32]}]}\n",
                   "e2m1,block=16 e2m1,block=32 int4,block=16 int4,block=32");
    /* exclude filters the product, include comes after it and is not filtered */
    expect_schemes(
        HEAD "sweep: {grid: {format: [e2m1, int4], block: [16, 32]}, exclude: [{format: int4, block: 32}],"
             " include: [{format: int4, block: 32}, {format: e4m3}]}\n",
        "e2m1,block=16 e2m1,block=32 int4,block=16 int4,block=32 e4m3");
    expect_schemes(
        HEAD "sweep: {grid: {format: [e2m1, int4], block: [16, 32, 64]}, exclude: [{block: [16, 64]}]}\n",
        "e2m1,block=32 int4,block=32");
    /* a list of sweeps is their union; equal schemes stay once, where they first stood */
    expect_schemes(HEAD "sweep: [{grid: {format: [mxfp4, int4]}}, {grid: {format: [int4, bf16]}},"
                        " {include: [{format: 'e2m1,block=32,scale=e8m0,scale_rule=floor'}]}]\n",
                   "mxfp4 int4 bf16");
    /* a single value is a list of one; an empty zip is none */
    expect_schemes(HEAD "sweep: {grid: {format: e2m1, block: [16, 32]}, zip: []}\n",
                   "e2m1,block=16 e2m1,block=32");
    /* no sweep: the constants */
    expect_schemes(HEAD "format: e2m1\nblock: 16\n", "e2m1,block=16");
}

static void constants_are_overridden(void **state)
{
    (void)state;
    expect_schemes(HEAD "format: e2m1\nblock: 32\nsweep: {grid: {block: [16, 64]}}\n",
                   "e2m1,block=16 e2m1,block=64");
    expect_schemes(HEAD "format: 'mxfp4,block=16'\nsweep: {grid: {block: [32, 64]}}\n",
                   "mxfp4,block=32 mxfp4,block=64");
    /* keys of a format text in the sweep are more specific than a constant */
    expect_schemes(HEAD "block: 64\nsweep: {grid: {format: ['e2m1,block=16', int4]}}\n",
                   "e2m1,block=16 int4,block=64");
    /* null takes a constant away; none is a word of schemes */
    expect_schemes(HEAD "format: e2m1\nblock: 32\nsweep: {grid: {block: [~, 16, null]}}\n",
                   "e2m1 e2m1,block=16");
    expect_schemes(HEAD "format: e2m1\nsweep: {grid: {per: [none, tensor]}}\n",
                   "e2m1,per=none e2m1,per=tensor");
    /* an excluded combination need not parse */
    expect_schemes(HEAD "sweep: {grid: {format: [e2m1, int4], per: [tensor, block], block: [~, 16]},"
                        " exclude: [{per: tensor, block: 16}, {per: block, block: ~}]}\n",
                   "e2m1,per=tensor e2m1,per=block,block=16 int4,per=tensor int4,per=block,block=16");
}

static void schemes_mean_what_they_say(void **state)
{
    (void)state;
    struct config *c = load(HEAD "sweep: {grid: {format: [mxfp4, 'e2m1,round=rtz'], block: [16, 32]}}\n");
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
    struct config *c = load("name: t\nformat: e2m1\nseed: 7\nmetrics: [sqnr_db, mse]\ncost: none\ninputs:\n"
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
    assert_string_equal(c->inputs[0].select[0].glob, "a.*");
    assert_string_equal(c->inputs[1].dump, "/abs/y.npy");
    assert_int_equal(c->inputs[1].n_select, 2);
    assert_int_equal(c->seed, 7);
    /* in the registry's order, whatever the file's */
    assert_int_equal(c->n_metrics, 2);
    assert_string_equal(c->metrics[0]->name, "mse");
    assert_string_equal(c->metrics[1]->name, "sqnr_db");
    assert_int_equal(c->n_costs, 0);
    config_free(c);
    c = load(HEAD "format: e2m1\n");
    assert_int_equal(c->n_metrics, metric_tensor_count());
    assert_true(c->n_costs > 1 && c->n_costs <= cost_model_count());
    for (size_t i = 0; i < c->n_costs; i++)
        assert_true(c->costs[i].model->standard);
    assert_int_equal(c->seed, 0);
    assert_null(strstr(c->resolved, "sites"));
    config_free(c);
    c = load(
        "name: t\nop: matmul\nformat: e2m1\ninputs:\n  - {dump: x, sites: [{weight: 'a.*', input: b.*}]}\n");
    assert_int_equal(c->inputs[0].n_sites, 1);
    assert_string_equal(c->inputs[0].sites[0].part[0].glob, "b.*");
    assert_string_equal(c->inputs[0].sites[0].part[1].glob, "a.*");
    assert_non_null(strstr(c->resolved, "\"sites\":[{\"input\":\"b.*\",\"weight\":\"a.*\"}]"));
    config_free(c);
    c = load("name: t\nop: attention\nformat: e2m1\ninputs:\n  - {dump: x, sites: [{q: a, k: b, v: c}, "
             "{q: a, k: b, v: c, q_weight: d}]}\n");
    assert_non_null(strstr(c->resolved, "\"sites\":[{\"k\":\"b\",\"q\":\"a\",\"v\":\"c\"},{\"k\":\"b\","
                                        "\"q\":\"a\",\"q_weight\":\"d\",\"v\":\"c\"}]"));
    config_free(c);
    c = load(HEAD "format: e2m1\ncost: [storage, {model: fp8_vs_int8, guard: 8}]\n"
                  "metrics: mse\n");
    assert_int_equal(c->n_costs, 2);
    assert_string_equal(c->costs[0].text, "fp8_vs_int8,guard=8");
    assert_int_equal(c->n_metrics, 1);
    config_free(c);
}

static void overrides(void **state)
{
    (void)state;
    const char *text = HEAD "format: e2m1\nblock: 32\nsweep: {grid: {scale: [e8m0, e4m3]}}\n";
    const char *sets[] = {"sweep.grid.scale=[fp16]",
                          "block=16",
                          "seed=9",
                          "inputs.0.dump=here.npy",
                          "format=int4,clip=0.5",
                          "sweep.grid.scale_round=[rne, rtz]"};
    struct config *c = load_sets(text, sets, sizeof sets / sizeof *sets);
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
        expect_error_n(text, strlen(text), &bad[i].set, 1, NULL, bad[i].message);
}

static void hash_is_stable(void **state)
{
    (void)state;
    char hex[HASH_HEX_SIZE];
    struct config *a = load(HEAD "sweep: {grid: {format: [mxfp4, int8]}}\nmetrics: [mse]\ncost: storage\n");
    /* other words for the same: comments, order of keys, an alias spelled out, a default said, doc */
    struct config *b =
        load("# a comment\ncost: [storage]\nseed: 0\nmetrics: mse\ndoc: words\n" HEAD
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
    b = load(HEAD "sweep: {grid: {format: [mxfp4, int8]}}\nmetrics: [mse]\ncost: storage\nseed: 1\n");
    assert_string_not_equal(a->sha256, b->sha256);
    config_free(a);
    config_free(b);
}

static void aliases_are_copied(void **state)
{
    (void)state;
    expect_schemes(HEAD
                   "sweep: [{grid: {format: &f [e2m1, int4], block: 16}}, {grid: {format: *f, block: 32}}]\n",
                   "e2m1,block=16 int4,block=16 e2m1,block=32 int4,block=32");
}

/* A sweep is for the tensors that it selects; a scheme of two sweeps for those of both. */
static void sweeps_select(void **state)
{
    (void)state;
    struct config *c = load(
        HEAD "sweep:\n- {select: [\"*.weight\", x], include: [{format: mxfp4}, {format: int8}]}\n"
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
    c = load(HEAD "sweep: {include: [{format: mxfp4}]}\n");
    struct config *all = load(HEAD "sweep: {select: \"*\", include: [{format: mxfp4}]}\n");
    assert_null(strstr(c->resolved, "\"select\":[\"*\\n"));
    assert_string_not_equal(c->sha256, all->sha256);
    config_free(c);
    config_free(all);
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
        if (config_load(files.gl_pathv[i], NULL, 0, &c, &e))
            fail_msg("%s", e.text);
        assert_true(c->n_schemes > 0 && c->n_metrics > 0);
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
        cmocka_unit_test(refuses),
        cmocka_unit_test(refuses_monsters),
        cmocka_unit_test(missing_file),
        cmocka_unit_test(expands_in_order),
        cmocka_unit_test(constants_are_overridden),
        cmocka_unit_test(schemes_mean_what_they_say),
        cmocka_unit_test(reads_inputs),
        cmocka_unit_test(overrides),
        cmocka_unit_test(hash_is_stable),
        cmocka_unit_test(aliases_are_copied),
        cmocka_unit_test(sweeps_select),
        cmocka_unit_test(bundled_studies_load),
        cmocka_unit_test(keys_are_listed),
    };
    return cmocka_run_group_tests_name("config", tests, NULL, NULL);
}
