/* Experiment files that are refused: what is said, and where. */
#include "tests/check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "experiments/yaml_tree.h"
#include "tests/studies.h"

static const struct {
    const char *text, *where, *message;
} wrong[] = {
    /* sites */
    {STUDY_HEAD "op: attend\nformat: e2m1\n", "3:5", "op: unknown 'attend'"},
    {STUDY_HEAD "format: e2m1\nmac: exact\n", "4:6",
     "mac: has no effect on op: quantize; allowed with op: matmul"},
    {STUDY_HEAD "sweep: {grid: {format: [e2m1], weight: [e4m3]}}\n", "3:41",
     "weight: has no effect on op: quantize"},
    {STUDY_HEAD "op: matmul\nformat: e2m1\nmac: fused,group=0\n", "5:6", "mac: MAC 'fused,group=0'"},
    {STUDY_HEAD "op: matmul\nformat: fp16\nweight: int4\nmac: v100\n", "6:6",
     "v100 multiplies fp16, and no int4"},
    {STUDY_HEAD "op: matmul\nformat: e2m1\nweight: e9q\n", "5:9", "weight: scheme 'e9q'"},
    {STUDY_HEAD "op: matmul\nformat: e2m1\noutput: e4m3,blok=2\n", "5:9", "output: "},
    {STUDY_HEAD "format: e2m1\nmetrics: [acc_overflow]\n", "4:11", "metrics: unknown 'acc_overflow'"},
    {STUDY_HEAD "op: matmul\nformat: e4m3\nmac: sequential,flip=2\n", "5:6",
     "mac: MAC 'sequential,flip=2': flip: '2' is not one of none, 0 or a probability"},
    /* theory */
    {STUDY_HEAD "format: e2m1\nmetrics: [mse, expected_mse]\n", "4:16",
     "metrics: expected_mse needs synthetic inputs, and x.npy is recorded ("},
    {"name: t\nformat: e2m1\ninputs: [{synth: laplace}, {dump: x.npy}]\nmetrics: expected_bits\n", "4:10",
     "metrics: expected_bits needs synthetic inputs"},
    {STUDY_HEAD "op: matmul\nformat: e2m1\nmetrics: [expected_sqnr_db]\n", "5:11",
     "metrics: expected_sqnr_db has no meaning under op: matmul; allowed with op: quantize"},
    /* attention */
    {STUDY_HEAD "op: matmul\nformat: e2m1\nk: e4m3\n", "5:4",
     "k: has no effect on op: matmul; allowed with op: attention"},
    {STUDY_HEAD "format: e2m1\nsweep: {grid: {mac_pv: [exact]}}\n", "4:25",
     "mac_pv: has no effect on op: quantize; allowed with op: attention"},
    {STUDY_HEAD "format: e2m1\noutput: bf16\n", "4:9",
     "output: has no effect on op: quantize; allowed with op: matmul, attention"},
    {STUDY_HEAD "op: attention\nformat: e2m1\nweight: e4m3\n", "5:9",
     "weight: has no effect on op: attention; allowed with op: matmul"},
    {STUDY_HEAD "op: attention\nformat: e2m1\nk: e9q\n", "5:4", "k: scheme 'e9q'"},
    {STUDY_HEAD "op: attention\nformat: e2m1\nk: none\n", "5:4", "k: scheme 'none'"},
    {STUDY_HEAD "op: attention\nformat: e2m1\np: e4m3,blok=2\n", "5:4", "p: "},
    {STUDY_HEAD "op: attention\nformat: e2m1\nv: e4m3,overflow=no\n", "5:4", "v: "},
    {STUDY_HEAD "op: attention\nformat: e2m1\nmac_pv: fused,group=0\n", "5:9", "mac_pv: MAC 'fused,group=0'"},
    {STUDY_HEAD "op: attention\nformat: fp16\nmac: a100\n", "5:6",
     "mac, of p * v (mac_pv says another): a100 multiplies fp16+bf16, and no fp32"},
    {STUDY_HEAD "op: attention\nformat: fp16\nmac_pv: a100\n", "5:9", "mac_pv: a100 multiplies fp16+bf16"},
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
    {STUDY_HEAD "format: e2m1\n---\nname: u\n", "5:1", "a second document"},
    {STUDY_HEAD "name: again\n", "3:1", "duplicate key 'name' (first at line 1)"},
    {STUDY_HEAD "sweep: {grid: {block: [16], block: [32]}}\n", "3:29", "duplicate key 'block'"},
    {STUDY_HEAD "<<: {format: e2m1}\n", "3:1", "merge keys (<<) are not supported"},
    {STUDY_HEAD "format: !!int 4\n", "3:9", "tags (!...) are not supported"},
    {STUDY_HEAD "? [a, b]\n: c\n", "3:3", "a key must be a single word, found a list"},
    {STUDY_HEAD "doc: &a [*a]\n", "3:6", "an alias inside its own anchor"},
    {STUDY_HEAD "doc: *nowhere\n", "3:6", "undefined alias"},
    {STUDY_HEAD "format: \"e2m1\\0x\"\n", "3:9", "NUL character"},
    {STUDY_HEAD "format: [e2m1\n", NULL, "did not find expected ',' or ']'"},
    {STUDY_HEAD "\tformat: e2m1\n", "3:1", "cannot start any token"},
    {"name: \xff\xfe\n", NULL, "byte 6: invalid leading UTF-8 octet"},
    /* keys */
    {STUDY_HEAD "fromat: e2m1\n", "3:1",
     "key: unknown 'fromat'; did you mean 'format'? allowed: name, doc, op, inputs, sweep"},
    {STUDY_HEAD "zzzzzz: 1\n", "3:1", "key: unknown 'zzzzzz'; allowed: name, doc"},
    {"inputs: [{dump: x}]\nformat: e2m1\n", "1:1", "key 'name' is missing: text"},
    {"name: t\nformat: e2m1\n", "1:1", "key 'inputs' is missing: list of {dump, select"},
    {"name: [a]\ninputs: [{dump: x}]\n", "1:7", "name: expected text, found a list"},
    {"name:\ninputs: [{dump: x}]\n", "1:6", "name: expected text, found nothing"},
    {"name: ''\ninputs: [{dump: x}]\n", "1:7", "name: expected text, found nothing"},
    {STUDY_HEAD "doc: {a: b}\n", "3:6", "doc: expected text, found a mapping"},
    {STUDY_HEAD "format: e2m1\nseed: -1\n", "4:7",
     "seed: expected a whole number of 0..18446744073709551615, found '-1'"},
    {STUDY_HEAD "format: e2m1\nseed: 1e3\n", "4:7", "found '1e3'"},
    {STUDY_HEAD "format: e2m1\nseed: 18446744073709551616\n", "4:7", "found '18446744073709551616'"},
    {STUDY_HEAD "format: e2m1\nseed: [1]\n", "4:7", "seed: expected a whole number, found a list"},
    {STUDY_HEAD "format: e2m1\nseed:\n", "4:6", "found ''"},
    /* inputs */
    {"name: t\ninputs: x.npy\n", "2:9",
     "inputs: expected a list of {dump: PATH, select: GLOB}, found a value"},
    {"name: t\ninputs: []\n", "2:9", "found an empty list"},
    {"name: t\ninputs: [x.npy]\n", "2:10", "inputs: expected a mapping, found a value"},
    {"name: t\ninputs: [{select: x}]\n", "2:10", "inputs: key 'dump' is missing"},
    {"name: t\ninputs: [{dump: x, selct: y}]\n", "2:20",
     "inputs: unknown 'selct'; did you mean 'select'? allowed: dump, select, shapes, layer, role, manifest, "
     "sites, dtype"},
    {"name: t\ninputs: [{dump: [x]}]\n", "2:17", "dump: expected text, found a list"},
    {"name: t\ninputs: [{dump: x, select: {a: b}}]\n", "2:28", "select: expected a glob or a list of such"},
    {"name: t\ninputs: [{dump: x, shapes: ['8,x']}]\n", "2:29",
     "shapes: expected lengths as '*,128', of which each is a number, a range as 64-256, * or, once, ..., "
     "found '8,x'"},
    {"name: t\ninputs: [{dump: x, layer: {a: b}}]\n", "2:27",
     "layer: expected a number or a range as 0-3 or a list of such, found a mapping"},
    {"name: t\ninputs: [{dump: x, layer: 3-1}]\n", "2:27",
     "layer: expected a number or a range as 0-3, found '3-1'"},
    {"name: t\ninputs: [{dump: x, role: []}]\n", "2:26", "role: an empty list"},
    {"name: t\ninputs: [{dump: x, manifest: [y]}]\n", "2:30", "manifest: expected text, found a list"},
    {"name: t\ninputs: [{dump: x, select: []}]\n", "2:28", "select: an empty list"},
    {"name: t\ninputs: [{dump: x, select: [[a]]}]\n", "2:29", "select: expected text, found a list"},
    {"name: t\ninputs: [{dump: x, dtype: f31}]\n", "2:27", "dtype: unknown 'f31'"},
    {"name: t\ninputs: [{dump: x, shape: 3}]\n", "2:27", "shape: expected a list of at most 8 lengths"},
    {"name: t\ninputs: [{dump: x, shape: [1,1,1,1,1,1,1,1,1]}]\n", "2:27", "at most 8 lengths"},
    {"name: t\ninputs: [{dump: x, shape: [2, 3.5]}]\n", "2:31", "found '3.5'"},
    {"name: t\ninputs: [{dump: x, offset: many}]\n", "2:28", "offset: expected a whole number"},
    /* metrics and costs */
    {STUDY_HEAD "format: e2m1\nmetrics: [mse, sqnr_bd]\n", "4:16",
     "metrics: unknown 'sqnr_bd'; did you mean 'sqnr_db'?"},
    {STUDY_HEAD "format: e2m1\nmetrics: [mse, mse]\n", "4:16", "metrics: 'mse' is named twice"},
    {STUDY_HEAD "format: e2m1\nmetrics: []\n", "4:10", "metrics: an empty list"},
    {STUDY_HEAD "format: e2m1\nmetrics: {mse: yes}\n", "4:10", "metrics: expected a name or a list of names"},
    {STUDY_HEAD "format: e2m1\nmetrics: [[mse]]\n", "4:11", "metrics: expected a name, found a list"},
    {STUDY_HEAD "sweep: {select: [], include: [{format: int8}]}\n", "3:17", "sweep.select: an empty list"},
    {STUDY_HEAD "sweep: {select: {a: b}, include: [{format: int8}]}\n", "3:17",
     "sweep.select: expected a glob or a list"},
    {STUDY_HEAD "sweep: {select: [{a: b}], include: [{format: int8}]}\n", "3:18",
     "sweep.select: expected text"},
    {STUDY_HEAD "format: e2m1\ncost: {model: storage, lanes: 32}\n", "4:7",
     "cost: storage: unknown key 'lanes'"},
    {STUDY_HEAD "format: e2m1\ncost: {model: fp8_vs_int8, guard: x}\n", "4:7",
     "cost: fp8_vs_int8: guard: 'x' is not one of whole numbers 0..64"},
    {STUDY_HEAD "format: e2m1\ncost: [storage, {model: storage}]\n", "4:17",
     "cost: 'storage' is named twice"},
    {STUDY_HEAD "format: e2m1\ncost: [[storage]]\n", "4:8",
     "cost: expected a name or a mapping, found a list"},
    {STUDY_HEAD "format: e2m1\ncost: {model: [storage]}\n", "4:15",
     "cost: model: expected text, found a list"},
    {STUDY_HEAD "format: e2m1\ncost: []\n", "4:7", "cost: an empty list"},
    {STUDY_HEAD "format: e2m1\ncost: {}\n", "4:7", "cost: a mapping without 'model'"},
    {STUDY_HEAD "format: e2m1\ncost: storge\n", "4:7",
     "cost: unknown cost model 'storge' (did you mean 'storage'?)"},
    /* schemes */
    {STUDY_HEAD, "1:1", "no format: give 'format' as an axis"},
    {STUDY_HEAD "block: 32\n", "1:1", "no format"},
    {STUDY_HEAD "format: e2m1\nblock: [16, 32]\n", "4:8",
     "block: expected one value, found a list; lists belong in sweep.grid"},
    {STUDY_HEAD "format: e9z9\n", "3:9", "e9z9"},
    {STUDY_HEAD "format: e2m1\nblock: many\n", "4:8", "many"},
    {STUDY_HEAD "format: e2m1\nblock: '16,scale=e8m0'\n", "4:8",
     "block: expected one value, found '16,scale=e8m0'"},
    {STUDY_HEAD "format: e2m1\nblock: ''\n", "4:8", "block: expected one value, found ''"},
    {STUDY_HEAD "format: 'e2m1,block=16'\nblock: 32\n", "4:8",
     "block is given twice: here and in 'e2m1,block=16'"},
    {STUDY_HEAD "format: 'e2m1,block=16,block=32'\n", "3:9", "block is given twice"},
    {STUDY_HEAD "format: 'e2m1,nothing'\n", "3:9", "nothing"},
    {STUDY_HEAD "sweep: {grid: {format: [e2m1, int4], block: [16, 0]}}\n", "3:50", "0"},
    {STUDY_HEAD "sweep: {grid: {format: [e2m1], per: [tensor], block: [16]}}\n", "3:55", "block"},
    /* sweeps */
    {STUDY_HEAD "sweep: 3\n", "3:8", "sweep: expected a mapping, found a value"},
    {STUDY_HEAD "sweep: []\n", "3:8", "sweep: an empty list"},
    {STUDY_HEAD "sweep: {}\n", "3:8", "sweep: no axes"},
    {STUDY_HEAD "sweep: {grdi: {}}\n", "3:9",
     "sweep: unknown 'grdi'; did you mean 'grid'? allowed: grid, zip, include, exclude"},
    {STUDY_HEAD "sweep: {grid: [a]}\n", "3:15", "grid: expected a mapping of keys to lists, found a list"},
    {STUDY_HEAD "sweep: {grid: {blok: [1]}}\n", "3:16",
     "grid: unknown 'blok'; did you mean 'block'? allowed: format, method, transform, weight, output, mac, "
     "k, p, v, "
     "mac_pv, analysis, bias"},
    {STUDY_HEAD "sweep: {grid: {block: []}}\n", "3:23",
     "grid.block: expected a value or a list of values, found an empty list"},
    {STUDY_HEAD "sweep: {grid: {block: {a: b}}}\n", "3:23", "found a mapping"},
    {STUDY_HEAD "sweep: {grid: {block: [[16]]}}\n", "3:24", "grid.block: expected a value, found a list"},
    {STUDY_HEAD "sweep: {zip: 3}\n", "3:14",
     "zip: expected a mapping of keys to lists, or a list of such, found a value"},
    {STUDY_HEAD "sweep: {zip: {format: [e2m1, int4], block: [16]}}\n", "3:44",
     "zip: 'block' has 1 values, 'format' has 2; lists advance together"},
    {STUDY_HEAD "sweep: {zip: {format: e2m1}}\n", "3:23", "zip.format: expected a list, found a value"},
    {STUDY_HEAD "sweep: {grid: {format: [e2m1]}, zip: {format: [int4]}}\n", "3:39",
     "'format' is swept twice"},
    {STUDY_HEAD "sweep: {include: {format: e2m1}}\n", "3:18",
     "include: expected a list of mappings, found a mapping"},
    {STUDY_HEAD "sweep: {include: [{}]}\n", "3:19", "include: expected a mapping of keys to values"},
    {STUDY_HEAD "sweep: {include: [{format: [e2m1]}]}\n", "3:28",
     "include.format: expected one value, found a list"},
    {STUDY_HEAD "sweep: {include: [{block: 16}]}\n", "3:19", "no format"},
    {STUDY_HEAD "sweep: {grid: {format: e2m1}, exclude: {format: e2m1}}\n", "3:40",
     "exclude: expected a list of mappings"},
    {STUDY_HEAD "sweep: {grid: {format: e2m1}, exclude: [{}]}\n", "3:41", "exclude: expected a mapping"},
    {STUDY_HEAD "sweep: {grid: {format: e2m1}, exclude: [{blok: 1}]}\n", "3:42", "exclude: unknown 'blok'"},
    {STUDY_HEAD "sweep: {grid: {format: e2m1}, exclude: [{block: 16}]}\n", "3:42",
     "exclude: 'block' is no axis of this sweep"},
    {STUDY_HEAD "sweep: {include: [{format: e2m1}], exclude: [{format: e2m1}]}\n", "3:45",
     "exclude: nothing to exclude from"},
    {STUDY_HEAD "sweep: {grid: {format: [e2m1]}, exclude: [{format: 'e*'}]}\n", "3:8",
     "nothing is left after exclude"},
};

static void refuses(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        study_expect_error(wrong[i].text, strlen(wrong[i].text), NULL, 0, wrong[i].where, wrong[i].message);
    print_message("# covered %zu refusals\n", sizeof wrong / sizeof *wrong);
}

static void fill(char *text, size_t *n, const char *piece, size_t times)
{
    for (size_t i = 0; i < times; i++) {
        strcpy(text + *n, piece);
        *n += strlen(piece);
    }
}

/* Text that the record of a study would cut at its first NUL byte. */
static void refuses_other_encodings(void **state)
{
    (void)state;
    study_expect_error("\xff\xfen\0a\0m\0e\0", 10, NULL, 0, "1:1", "UTF-16; allowed: UTF-8");
    study_expect_error("\xfe\xff\0n\0a\0m\0e", 10, NULL, 0, "1:1", "UTF-16; allowed: UTF-8");
    study_expect_error("name: t\nin\0puts", 14, NULL, 0, "2:3", "a NUL byte; allowed: text in UTF-8");
}

/* Bounds that hold before libyaml sees the text. */
static void refuses_monsters(void **state)
{
    (void)state;
    char *text = malloc(YAML_MAX_BYTES + 4096);
    assert_non_null(text);
    size_t n = 0;
    fill(text, &n, "#", YAML_MAX_BYTES + 1);
    study_expect_error(text, n, NULL, 0, "1:1", "allowed: at most 262144");
    n = 0;
    fill(text, &n, "[", 100000);
    study_expect_error(text, n, NULL, 0, "1:65", "brackets nested more than 64 deep");
    n = 0;
    fill(text, &n, "- ", 30000);
    study_expect_error(text, n, NULL, 0, "1:257", "indented by more than 256 columns");
    n = 0;
    fill(text, &n, "- ", 100);
    study_expect_error(text, n, NULL, 0, NULL, "nested more than 64 deep");
    /* Each alias doubles: 2^20 values from 20 lines. */
    n = 0;
    strcpy(text, "a0: &a0 [x, x]\n");
    n = strlen(text);
    for (int i = 1; i < 20; i++)
        n += (size_t)sprintf(text + n, "a%d: &a%d [*a%d, *a%d]\n", i, i, i - 1, i - 1);
    study_expect_error(text, n, NULL, 0, NULL, "more than 100000 values after copying aliases");
    n = 0;
    for (int i = 0; i < 1001; i++)
        n += (size_t)sprintf(text + n, "k%d: 1\n", i);
    study_expect_error(text, n, NULL, 0, "1:1", "a mapping of 1001 keys; allowed: at most 1000");
    n = (size_t)sprintf(text, STUDY_HEAD "sweep:\n  grid:\n    format: [");
    fill(text, &n, "e2m1, ", 400);
    n += (size_t)sprintf(text + n, "e2m1]\n    block: [");
    fill(text, &n, "16, ", 400);
    n += (size_t)sprintf(text + n, "16]\n");
    study_expect_error(text, n, NULL, 0, "4:3", "sweep: 160801 schemes; allowed: at most 100000");
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(refuses),
        cmocka_unit_test(refuses_monsters),
        cmocka_unit_test(refuses_other_encodings),
        cmocka_unit_test(missing_file),
    };
    return cmocka_run_group_tests_name("config refusals", tests, NULL, NULL);
}
