/* What narrows the tensors of an input: patterns of shapes and layers, roles, and what is said where none
 * fits. */
#include <stdio.h>
#include <string.h>

#include "experiments/offer.h"
#include "tests/check.h"

static const float data[256];

static struct dump *open_dump(void)
{
    static const struct {
        const char *name;
        size_t rows, columns;
    } all[] = {{"layers.0.q.input", 2, 8},  {"layers.0.q.weight", 4, 8},     {"layers.1.q.input", 2, 8},
               {"layers.1.q.weight", 4, 8}, {"layers.10.down.weight", 8, 4}, {"head.weight", 8, 8}};
    struct tensor_view t[6];
    struct error e = {{0}};
    struct dump *d;
    char path[512];
    snprintf(path, sizeof path, "%s/a.safetensors", test_dir());
    for (size_t i = 0; i < 6; i++) {
        t[i] = (struct tensor_view){.data = data,
                                    .rank = 2,
                                    .shape = {all[i].rows, all[i].columns},
                                    .dtype = DTYPE_F32,
                                    .name = all[i].name};
        tensor_set_c_order(&t[i]);
    }
    assert_int_equal(safetensors_write(path, t, 6, NULL, &e), STATUS_OK);
    assert_int_equal(dump_open(path, NULL, &d, &e), STATUS_OK);
    return d;
}

static bool takes(const char *pattern, int rank, size_t a, size_t b, size_t c)
{
    char path[512];
    struct error e = {{0}};
    struct tensor_view t = {.data = data, .rank = rank, .shape = {a, b, c}, .dtype = DTYPE_F32, .name = "t"};
    struct dump *d;
    tensor_set_c_order(&t);
    snprintf(path, sizeof path, "%s/one.npy", test_dir());
    assert_int_equal(npy_write(path, &t, &e), STATUS_OK);
    assert_int_equal(dump_open(path, NULL, &d, &e), STATUS_OK);
    const bool found = choice_takes(CHOOSE_SHAPE, pattern, d, 0, "one");
    dump_close(d);
    return found;
}

static void shapes(void **state)
{
    (void)state;
    assert_true(takes("*,8", 2, 3, 8, 0));
    assert_true(takes(" 3 , 8 ", 2, 3, 8, 0));
    assert_true(takes("...,8", 2, 3, 8, 0) && takes("...,8", 1, 8, 0, 0) && takes("...,8", 3, 2, 2, 8));
    assert_true(takes("2,...", 3, 2, 2, 8) && takes("2,...,8", 3, 2, 2, 8) && takes("2,...,8", 2, 2, 8, 0));
    assert_true(takes("2-4,8-8", 2, 3, 8, 0) && takes("...", 0, 0, 0, 0) && takes("", 0, 0, 0, 0));
    assert_false(takes("*,8", 2, 8, 3, 0));
    assert_false(takes("*,8", 3, 3, 8, 8) || takes("*,8", 1, 8, 0, 0));
    assert_false(takes("2,...,8", 1, 8, 0, 0) || takes("2,...,8", 3, 3, 2, 8));
    assert_false(takes("4-9,8", 2, 3, 8, 0) || takes("", 1, 1, 0, 0));
    static const char *const wrong[] = {"x",
                                        "8,",
                                        ",8",
                                        "8-",
                                        "8-4",
                                        "-4",
                                        "...,...",
                                        "* 8",
                                        "[*,8]",
                                        "1,1,1,1,1,1,1,1,1,1",
                                        "9999999999999999999"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        assert_false(choice_is_pattern(CHOOSE_SHAPE, wrong[i]));
    assert_true(choice_is_pattern(CHOOSE_LAYER, "0-3") && choice_is_pattern(CHOOSE_LAYER, "12"));
    assert_false(choice_is_pattern(CHOOSE_LAYER, "") || choice_is_pattern(CHOOSE_LAYER, "3-1") ||
                 choice_is_pattern(CHOOSE_LAYER, "1,2") || choice_is_pattern(CHOOSE_LAYER, "*"));
}

static char *chars(const char *text)
{
    return (char *)(uintptr_t)text;
}

/* One pattern of each kind that is not NULL. */
static struct config_input input_of(struct config_pattern room[static CHOICES],
                                    const char *const patterns[CHOICES])
{
    struct config_input in = {.where = chars("s:2:10"), .written = chars("a.safetensors")};
    for (int c = 0; c < CHOICES; c++)
        if (patterns[c]) {
            room[c] = (struct config_pattern){chars(patterns[c]), chars("s:2:30")};
            in.choice[c] = (struct config_patterns){&room[c], 1};
        }
    return in;
}

static void chosen(void **state)
{
    (void)state;
    static const struct {
        enum config_op op;
        const char *patterns[CHOICES], *want;
    } cases[] = {
        {OP_QUANTIZE, {NULL, NULL, "1-9", NULL}, "layers.1.q.input layers.1.q.weight "},
        {OP_QUANTIZE,
         {NULL, NULL, NULL, "q.*"},
         "layers.0.q.input layers.0.q.weight layers.1.q.input layers.1.q.weight "},
        {OP_QUANTIZE, {NULL, "*,8", NULL, "*weight"}, "layers.0.q.weight layers.1.q.weight "},
        {OP_QUANTIZE, {"*.weight", "8,*", NULL, NULL}, "layers.10.down.weight head.weight "},
        {OP_MATMUL, {NULL, NULL, "1", NULL}, "layers.1.q "}, /* of its weight */
        {OP_MATMUL, {NULL, "4,8", NULL, "q.weight"}, "layers.0.q layers.1.q "},
    };
    struct dump *d = open_dump();
    for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
        struct config_pattern room[CHOICES];
        const struct config_input in = input_of(room, cases[k].patterns);
        struct offer o;
        struct error e = {{0}};
        char got[512] = "";
        if (offer_open(&o, d, cases[k].op, &in, &e))
            fail_msg("%s", e.text);
        for (size_t i = 0; i < o.n; i++)
            if (offer_takes(&o, i))
                strcat(strcat(got, o.places[i].name), " ");
        assert_string_equal(got, cases[k].want);
        offer_close(&o);
    }
    dump_close(d);
}

static void refused(void **state)
{
    (void)state;
    static const struct {
        const char *patterns[CHOICES], *message;
    } cases[] = {
        {{"layers.0.k.input", NULL, NULL, NULL}, "s:2:30: select: 'layers.0.k.input' matches no tensor of "},
        {{"layers.0.k.input", NULL, NULL, NULL},
         "; did you mean 'layers.0.q.input'? it has 6: layers.0.q.input, "},
        {{NULL, "*,9", NULL, NULL}, "s:2:30: shapes: '*,9' matches no tensor of "},
        {{NULL, "*,9", NULL, NULL}, "it has 4 shapes: 2,8; 4,8; 8,4; 8,8"},
        {{NULL, NULL, "2-9", NULL}, "layer: '2-9' matches no tensor of "},
        {{NULL, NULL, "2-9", NULL}, "; it has 3 layers: 0, 1, 10"},
        {{NULL, NULL, "11", NULL}, "; it has 3 layers: 0, 1, 10"}, /* nobody meant 10 */
        {{NULL, NULL, NULL, "q.imput"},
         "did you mean 'q.input'? it has 3 roles: q.input, q.weight, down.weight"},
        {{NULL, "8,4", "0-1", NULL}, "s:2:10: no tensor of "},
        {{NULL, "8,4", "0-1", NULL}, " is one of those that shapes, layer select, all at once"},
    };
    struct dump *d = open_dump();
    for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
        struct config_pattern room[CHOICES];
        const struct config_input in = input_of(room, cases[k].patterns);
        struct offer o;
        struct error e = {{0}};
        assert_int_equal(offer_open(&o, d, OP_QUANTIZE, &in, &e), STATUS_INVALID);
        if (!strstr(e.text, cases[k].message))
            fail_msg("found \"%s\", expected \"%s\"", e.text, cases[k].message);
        offer_close(&o);
    }
    dump_close(d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(shapes), cmocka_unit_test(chosen),
                                       cmocka_unit_test(refused)};
    return cmocka_run_group_tests_name("choice", tests, NULL, NULL);
}
