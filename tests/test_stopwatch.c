/* Timing several threads: who runs when, and what is made of the times; no check depends on a time. */
#include "tests/check.h"

#include <stdatomic.h>
#include <stdio.h>

#include "experiments/stopwatch.h"

enum { MOST = 8 };

struct log {
    int threads, fails; /* fails: the thread that fails in its second pass; -1: none */
    atomic_int prepared, early;
    int prepares[MOST], passes[MOST]; /* of each thread */
};

static void prepare(void *context, int thread)
{
    struct log *l = context;
    l->prepares[thread]++;
    atomic_fetch_add(&l->prepared, 1);
}

static enum status work(void *context, int thread, struct error *e)
{
    struct log *l = context;
    atomic_fetch_add(&l->early, atomic_load(&l->prepared) < l->threads);
    if (++l->passes[thread] == 2 && thread == l->fails)
        return error_set(e, STATUS_INVALID, "thread %d fails", thread);
    return STATUS_OK;
}

static void teams(void **state)
{
    (void)state;
    size_t runs = 0;
    for (int threads = 1; threads <= MOST; threads++)
        for (size_t passes = 1; passes <= 50; passes += 7, runs++) {
            struct log l = {.threads = threads, .fails = -1};
            struct timed_work w = {threads, passes, &l, prepare, work};
            struct error e = {{0}};
            double seconds = -1;
            assert_int_equal(stopwatch_run(&w, &seconds, &e), STATUS_OK);
            assert_true(seconds >= 0);
            assert_int_equal(l.early, 0);
            for (int i = 0; i < MOST; i++) {
                assert_int_equal(l.passes[i], i < threads ? passes : 0);
                assert_int_equal(l.prepares[i], l.passes[i]);
            }
        }
    printf("# covered teams: %zu runs of 1 to %d threads\n", runs, MOST);
}

static void failures(void **state)
{
    (void)state;
    struct log l = {.threads = 3, .fails = 1};
    struct timed_work w = {3, 5, &l, NULL, work};
    struct error e = {{0}};
    double seconds;
    assert_int_equal(stopwatch_run(&w, &seconds, &e), STATUS_INVALID);
    assert_string_equal(e.text, "thread 1 fails");
    assert_int_equal(l.passes[0], 5);
    assert_int_equal(l.passes[1], 2);
}

static void spreads(void **state)
{
    (void)state;
    double odd[] = {3, 9, 1, 4, 2}, even[] = {8, 2, 4, 1}, one[] = {5};
    struct spread s = spread_of(odd, 5);
    assert_true(s.median == 3 && s.min == 1 && s.max == 9);
    s = spread_of(even, 4);
    assert_true(s.median == 3 && s.min == 1 && s.max == 8);
    s = spread_of(one, 1);
    assert_true(s.median == 5 && s.min == 5 && s.max == 5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(teams),
        cmocka_unit_test(failures),
        cmocka_unit_test(spreads),
    };
    return cmocka_run_group_tests_name("stopwatch", tests, NULL, NULL);
}
