/* What is said of tensors beside a dump: where it is looked for, what it may say, every refusal. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "tests/bytes.h"
#include "tests/check.h"

static const float data[6] = {1, 2, 3, 4, 5, 6};

static struct tensor_view view(const char *name, size_t rows, size_t columns)
{
    struct tensor_view t = {
        .name = name, .data = data, .dtype = DTYPE_F32, .rank = 2, .shape = {rows, columns}};
    tensor_set_c_order(&t);
    return t;
}

/* A dump of four tensors of [2,3]; `manifest`, if not NULL, among its metadata. */
static const char *dump_file(const char *name, const char *manifest)
{
    static char path[4][512];
    static int turn;
    char *at = path[turn++ % 4];
    struct error e = {{0}};
    const struct tensor_view tensors[] = {view("layers.3.q.input", 2, 3), view("layers.3.q.weight", 2, 3),
                                          view("blk/12", 2, 3), view("head", 2, 3)};
    const char *const metadata[] = {"axes.head", "row,column", manifest ? "manifest" : NULL, manifest, NULL};
    snprintf(at, sizeof path[0], "%s/%s", test_dir(), name);
    if (safetensors_write(at, tensors, 4, metadata, &e))
        fail_msg("%s", e.text);
    return at;
}

static void expect_place(const struct dump *d, const char *name, int layer, const char *role,
                         const char *axes)
{
    size_t i, found;
    struct error e = {{0}};
    assert_int_equal(dump_find(d, name, &i, &e), STATUS_OK);
    assert_int_equal(dump_layer(d, i, &found) ? (int)found : -1, layer);
    assert_string_equal(dump_role(d, i), role);
    if (axes)
        assert_string_equal(dump_tensor(d, i)->axes, axes);
    else
        assert_null(dump_tensor(d, i)->axes);
}

static void names_alone(void **state)
{
    (void)state;
    struct dump *d = expect_open(dump_file("a.safetensors", NULL), NULL);
    expect_place(d, "layers.3.q.input", 3, "q.input", NULL);
    expect_place(d, "blk/12", 12, "", NULL);
    expect_place(d, "head", -1, "", "row,column");
    dump_close(d);
}

static void said(void **state)
{
    (void)state;
    const char *text =
        "{\"layers.3.q.input\": {\"layer\": 7, \"role\": \"q\", \"axes\": [\"token\", \"channel\"]},\n"
        " \"layers.*\": {\"role\": \"any\"}, \"*weight\": {\"axes\": [\"out\", \"in\"]},\n"
        " \"head\": {\"axes\": [\"a\", \"b\"], \"layer\": 0}, \"*.q.weight\": {\"input\": \"head\"}}";
    const char *path = dump_file("b.safetensors", "{\"head\": {\"role\": \"of the metadata\"}}");
    struct dump *d = expect_open(path, NULL);
    expect_place(d, "head", -1, "of the metadata", "row,column");
    dump_close(d);
    bytes_file("b.safetensors.tensors.json", text, strlen(text)); /* goes before the metadata */
    d = expect_open(path, NULL);
    expect_place(d, "layers.3.q.input", 7, "q", "token,channel");
    expect_place(d, "layers.3.q.weight", 3, "any", "out,in");
    expect_place(d, "head", 0, "", "a,b");
    assert_string_equal(dump_metadata(d, "site.layers.3.q"), "head");
    assert_int_equal(tensor_axis(dump_tensor(d, 0), "channel"), 1);
    dump_close(d);
    const char *other = "{\"head\": {\"role\": \"other\"}}";
    const struct dump_hint hint = {.manifest = bytes_file("other.json", other, strlen(other))};
    d = expect_open(path, &hint); /* goes before both */
    expect_place(d, "head", -1, "other", "row,column");
    expect_place(d, "layers.3.q.input", 3, "q.input", NULL);
    dump_close(d);
    const struct dump_hint absent = {.manifest = "/nowhere/m.json"};
    expect_refused(path, &absent, STATUS_MISSING, "/nowhere/m.json: No such file");
}

/* Beside a folder's arrays; of a raw file, too. */
static void elsewhere(void **state)
{
    (void)state;
    const char *text = "{\"x\": {\"layer\": 4, \"axes\": [\"token\", \"channel\"]}}";
    const struct dump_hint hint = {
        .has_dtype = true, .has_shape = true, .dtype = DTYPE_F32, .rank = 2, .shape = {2, 3}};
    const char *path = bytes_file("x.bin", data, sizeof data);
    bytes_file("x.bin.tensors.json", text, strlen(text));
    struct dump *d = expect_open(path, &hint);
    expect_place(d, "x", 4, "", "token,channel");
    dump_close(d);
    char folder[512];
    struct error e = {{0}};
    const struct tensor_view t = view("x", 2, 3);
    snprintf(folder, sizeof folder, "%s/x.npy", test_dir());
    assert_int_equal(npy_write(folder, &t, &e), STATUS_OK);
    bytes_file("tensors.json", text, strlen(text));
    d = expect_open(test_dir(), NULL);
    expect_place(d, "x", 4, "", "token,channel");
    dump_close(d);
    snprintf(folder, sizeof folder, "%s/tensors.json", test_dir());
    assert_int_equal(unlink(folder), 0);
}

static void refusals(void **state)
{
    (void)state;
    static const struct {
        const char *text, *message;
    } cases[] = {
        {"", "line 1, column 0: "},
        {"{\"head\": {\"role\": \"a\"}, \"head\": {}}", "duplicate"},
        {"[]", "is not an object: names of tensors"},
        {"{\"head\": 3}", "\"head\" is not an object"},
        {"{\"heat\": {}}", "\"heat\" is no tensor of the dump, and matches none; did you mean \"head\"?"},
        {"{\"*.k.*\": {}}", "\"*.k.*\" is no tensor of the dump, and matches none"},
        {"{\"head\": {\"roll\": \"q\"}}",
         "\"head\": unknown key \"roll\"; did you mean \"role\"?; allowed are axes, input, layer, role"},
        {"{\"head\": {\"role\": \"\"}}", "\"head\": role: allowed is a text, not empty, in one line"},
        {"{\"head\": {\"role\": \"a\\nb\"}}", "role: allowed is a text"},
        {"{\"head\": {\"layer\": -1}}", "\"head\": layer: allowed is a whole number from 0"},
        {"{\"head\": {\"layer\": 1.5}}", "layer: allowed"},
        {"{\"head\": {\"layer\": 99999999999999999999}}", "too big integer"},
        {"{\"head\": {\"axes\": \"a,b\"}}", "\"head\": axes: allowed is a list of different labels"},
        {"{\"head\": {\"axes\": [\"a\", \"a\"]}}", "axes: allowed"},
        {"{\"head\": {\"axes\": [\"a,b\", \"c\"]}}", "axes: allowed"},
        {"{\"head\": {\"axes\": [\"last\", \"c\"]}}", "axes: allowed"},
        {"{\"head\": {\"axes\": [\"1\", \"c\"]}}", "axes: allowed"},
        {"{\"head\": {\"axes\": [\"\", \"c\"]}}", "axes: allowed"},
        {"{\"h*\": {\"axes\": [\"a\"]}}", "\"h*\": axes: 1 labels for the 2 axes of \"head\""},
        {"{\"head\": {\"input\": \"blk/12\"}}", "\"head\": input: \"head\" is no weight"},
        {"{\"*.weight\": {\"input\": \"heat\"}}", "\"*.weight\": input: no tensor \"heat\""},
        {"{\"lay*\": {\"role\": \"a\"}, \"*input\": {\"role\": \"b\"}}",
         "\"lay*\" and \"*input\" disagree about role"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const char *path = dump_file("c.safetensors", NULL);
        const char *manifest = bytes_file("c.safetensors.tensors.json", cases[i].text, strlen(cases[i].text));
        expect_refused(path, NULL, STATUS_MISSING, cases[i].message);
        assert_int_equal(unlink(manifest), 0);
        if (*cases[i].text)
            expect_refused(dump_file("d.safetensors", cases[i].text), NULL, STATUS_MISSING, cases[i].message);
    }
    expect_refused(dump_file("d.safetensors", "{}x"), NULL, STATUS_MISSING, "metadata \"manifest\": line 1");
    printf("# covered refused manifests: %zu\n", sizeof cases / sizeof *cases);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(names_alone), cmocka_unit_test(said),
                                       cmocka_unit_test(elsewhere), cmocka_unit_test(refusals)};
    return cmocka_run_group_tests_name("manifest", tests, NULL, NULL);
}
