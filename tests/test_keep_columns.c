/* Transform "keep_columns": by hand, all of them, and after klt the best that so many columns can do. */
#include <string.h>

#include "tests/check.h"
#include "tests/layers.h"

/* [1 2 3 4] and [5 6 7 8] keep their last two columns, or their first. */
static void by_hand(void **state)
{
    (void)state;
    const float x[] = {1, 2, 3, 4, 5, 6, 7, 8}, w[] = {1, 0, 2, -1};
    static const float last[] = {3, 4, 7, 8}, first[] = {1, 2, 5, 6}, one[] = {4, 8};
    struct test_layer t;
    layer_take(&t, 2, 1, 4, x, w, "fp32", "fp32");
    layer_run(&t, "keep_columns");
    assert_int_equal(t.l.part[0].n, 2);
    assert_memory_equal(t.l.part[0].operand[LAYER_INPUT], last, sizeof last);
    assert_memory_equal(t.l.part[0].operand[LAYER_WEIGHT], w + 2, 2 * sizeof *w);
    layer_reset(&t);
    layer_run(&t, "keep_columns,of=first");
    assert_memory_equal(t.l.part[0].operand[LAYER_INPUT], first, sizeof first);
    layer_reset(&t);
    layer_run(&t, "keep_columns,share=0");
    assert_int_equal(t.l.part[0].n, 1);
    assert_memory_equal(t.l.part[0].operand[LAYER_INPUT], one, sizeof one);
    layer_reset(&t);
    layer_run(&t, "keep_columns,share=1");
    assert_int_equal(t.l.part[0].n, 4);
    assert_memory_equal(t.l.part[0].operand[LAYER_INPUT], x, sizeof x);
    layer_drop(&t);
}

static double error_of(struct test_layer *t, const char *chain)
{
    layer_run(t, chain);
    const double error = layer_nmse(t);
    layer_reset(t);
    return error;
}

/* Columns of the input's own axes lose less than its columns as they stand, and the last ones less than the
 * first. */
static void after_klt(void **state)
{
    (void)state;
    struct test_layer t;
    layer_draw(&t, 48, 24, 32, "fp32", "fp32", 5);
    const double axes = error_of(&t, "klt,mean=kept | keep_columns");
    const double least = error_of(&t, "klt,mean=kept | keep_columns,of=first");
    const double plain = error_of(&t, "keep_columns");
    assert_true(axes < 0.02 && axes < plain && plain < least);
    assert_true(error_of(&t, "klt | keep_columns,share=0.75") < error_of(&t, "klt | keep_columns"));
    assert_true(error_of(&t, "klt | keep_columns,share=1") < 1e-11);
    layer_drop(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(by_hand), cmocka_unit_test(after_klt)};
    return cmocka_run_group_tests_name("keep_columns", tests, NULL, NULL);
}
