/* The arithmetic of estimates: which cells, in which proportion, over how many threads. */
#include "tests/check.h"

#include <math.h>
#include <stdio.h>

#include "experiments/estimate.h"

static void expect(const struct estimate_cell *cells, size_t n, const struct estimate_point *points,
                   size_t n_points, size_t schemes, double want, double want_longest)
{
    double total = -1, longest = -1;
    struct error e = {{0}};
    assert_int_equal(estimate_total(cells, n, points, n_points, schemes, &total, &longest, &e), STATUS_OK);
    if (fabs(total - want) > 1e-9 * want || fabs(longest - want_longest) > 1e-9 * want_longest)
        fail_msg("%g and %g, expected %g and %g", total, longest, want, want_longest);
}

/* Cells that are to do are summed, each with the time of its scheme. */
static void sums(void **state)
{
    (void)state;
    const struct estimate_cell cells[] = {{0, 10}, {0, 10}, {1, 10}};
    const struct estimate_point points[] = {{{0, 10}, 2}, {{1, 10}, 5}, {{2, 10}, 100}};
    expect(cells, 3, points, 3, 3, 9, 5);
    expect(cells, 2, points, 3, 3, 4, 2);
    expect(cells, 0, points, 3, 3, 0, 0);
    expect(cells, 3, points, 0, 3, 0, 0);
}

/* A scheme without a time takes what the others take on average. */
static void unknown_schemes(void **state)
{
    (void)state;
    const struct estimate_cell cells[] = {{2, 10}, {2, 20}};
    const struct estimate_point points[] = {{{0, 10}, 2}, {{1, 10}, 4}};
    expect(cells, 2, points, 2, 3, 3 + 6, 6);
    /* at the work of the cell: 2 -> 4 at 20, and 4 at 20 */
    const struct estimate_point others[] = {{{0, 10}, 2}, {{1, 20}, 4}};
    expect(cells, 2, others, 2, 3, 2 + 4, 4);
}

/* The power of the work: a scheme's own, that of others, else 1; between 0 and 4. */
static void powers(void **state)
{
    (void)state;
    const struct estimate_cell cells[] = {{0, 10}, {0, 30}, {1, 30}};
    const struct estimate_point one[] = {{{0, 10}, 2}, {{1, 10}, 1}};
    expect(cells, 3, one, 2, 2, 2 + 6 + 3, 6);
    const struct estimate_point two[] = {{{0, 10}, 2}, {{0, 30}, 18}, {{1, 10}, 1}};
    expect(cells, 3, two, 3, 2, 2 + 18 + 9, 18);
    const struct estimate_point falling[] = {{{0, 10}, 2}, {{0, 30}, 1}, {{1, 10}, 1}};
    expect(cells, 3, falling, 3, 2, 2 + 2 + 1, 2);
    const struct estimate_point steep[] = {{{0, 10}, 2}, {{0, 20}, 2000}};
    const struct estimate_cell beyond[] = {{0, 20}};
    expect(beyond, 1, steep, 2, 1, 2 * 16, 2 * 16);
    /* equal works are averaged; a point between is not asked */
    const struct estimate_point several[] = {
        {{0, 10}, 1}, {{0, 20}, 99}, {{0, 10}, 3}, {{0, 30}, 5}, {{0, 30}, 7}};
    const struct estimate_cell ends[] = {{0, 10}, {0, 30}};
    expect(ends, 2, several, 5, 1, 2 + 6, 6);
    /* a work or a time of 0 */
    const struct estimate_point none[] = {{{0, 0}, 2}, {{1, 10}, 0}, {{1, 20}, 0}};
    const struct estimate_cell any[] = {{0, 0}, {1, 20}};
    expect(any, 2, none, 3, 2, 2, 2);
}

static void threads(void **state)
{
    (void)state;
    assert_true(estimate_elapsed(12, 2, 1) == 12);
    assert_true(estimate_elapsed(12, 2, 4) == 3);
    assert_true(estimate_elapsed(12, 5, 4) == 5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(sums), cmocka_unit_test(unknown_schemes),
                                       cmocka_unit_test(powers), cmocka_unit_test(threads)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
