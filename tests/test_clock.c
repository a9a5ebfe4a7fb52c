/* The time of day is set while the program runs: rows, waiting and progress. The monotonic clock cannot be
 * set. */
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#include "experiments/progress.h"
#include "sim/base/clock.h"
#include "sim/base/pool.h"
#include "tests/check.h"
#include "tests/rows.h"

/* Seconds that the time of day of this process is off. */
static atomic_llong off;

/* In place of the C library's, for all that is linked. */
int clock_gettime(clockid_t clock, struct timespec *t)
{
    int rc = (int)syscall(SYS_clock_gettime, clock, t);
    if (rc == 0 && clock == CLOCK_REALTIME)
        t->tv_sec += atomic_load(&off);
    return rc;
}

int gettimeofday(struct timeval *restrict t, void *restrict zone)
{
    (void)zone;
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    *t = (struct timeval){now.tv_sec, now.tv_nsec / 1000};
    return 0;
}

static int right_clock(void **state)
{
    (void)state;
    atomic_store(&off, 0);
    return 0;
}

/* A run that is begun tomorrow, goes on last year and ends yesterday. */
static void times_of_a_run(void **state)
{
    (void)state;
    const char *path = test_path("clock.db");
    enum { DAY = 86400 };
    struct error e = {{0}};
    struct row r;
    atomic_store(&off, DAY);
    struct store *s = rows_open(path);
    int64_t run = rows_begin(s);
    char begun[64], beat[64];
    snprintf(begun, sizeof begun, "%s", rows_ask(path, "SELECT started_at FROM run"));
    if (strncmp(begun, rows_ask(path, "SELECT strftime('%Y-%m-%dT', 'now')"), 11) != 0)
        skip(); /* SQLite does not ask this clock */
    atomic_store(&off, -365 * DAY);
    assert_true(strcmp(rows_ask(path, "SELECT strftime('%Y-%m-%dT%H:%M:%fZ', 'now')"), begun) < 0);
    row_make(&r, &(struct row_spec){.format = "int8"});
    rows_put(s, run, &r.cell);
    assert_int_equal(store_flush(s, &e), STATUS_OK);
    snprintf(beat, sizeof beat, "%s", rows_ask(path, "SELECT heartbeat_at FROM run"));
    assert_true(strcmp(beat, begun) >= 0);
    atomic_store(&off, -DAY);
    assert_int_equal(store_run_end(s, run, "done", &e), STATUS_OK);
    rows_close(s);
    assert_string_equal(
        rows_ask(path, "SELECT finished_at >= heartbeat_at AND heartbeat_at >= started_at FROM run"), "1");
    assert_string_equal(rows_ask(path, "SELECT min(wall_ns) >= 0 FROM cell"), "1");
    /* The clock is right again: time goes on. */
    atomic_store(&off, 2 * DAY);
    s = rows_open(path);
    run = rows_begin(s);
    assert_int_equal(store_run_end(s, run, "done", &e), STATUS_OK);
    rows_close(s);
    assert_string_equal(
        rows_ask(path, "SELECT count(DISTINCT started_at) FROM run WHERE finished_at >= started_at"), "2");
}

/* What waits for a second writes after a second, also where the clock is set back meanwhile. */
static void flushes(void **state)
{
    (void)state;
    const char *path = test_path("flush.db");
    struct row r;
    struct store *s = rows_open(path);
    int64_t run = rows_begin(s);
    row_make(&r, &(struct row_spec){.format = "int8"});
    rows_put(s, run, &r.cell);
    atomic_store(&off, -1000000);
    for (int i = 0; i < 200 && strcmp(rows_ask(path, "SELECT count(*) FROM cell"), "1") != 0; i++)
        nanosleep(&(struct timespec){.tv_nsec = 50000000}, NULL);
    assert_string_equal(rows_ask(path, "SELECT count(*) FROM cell"), "1");
    rows_close(s);
}

struct waiting {
    atomic_int idle;
};

/* Lasts until the other thread has been idle twice, which takes 0.4 s. */
static void wait_for_idle(void *context, int worker, size_t i)
{
    struct waiting *w = context;
    (void)worker;
    (void)i;
    for (int k = 0; k < 600 && atomic_load(&w->idle) < 2; k++)
        nanosleep(&(struct timespec){.tv_nsec = 50000000}, NULL);
}

static void set_back(void *context)
{
    struct waiting *w = context;
    atomic_fetch_add(&w->idle, 1);
    atomic_store(&off, atomic_load(&off) - 1000000);
}

/* Who waits for workers wakes up in between, and does not turn without waiting. */
static void pool_wakes(void **state)
{
    (void)state;
    struct waiting w = {.idle = 0};
    struct error e = {{0}};
    const struct pool_job job = {
        .tasks = 1, .jobs = 1, .context = &w, .work = wait_for_idle, .idle = set_back};
    atomic_store(&off, 1000000000); /* a deadline by this clock would be 30 years off */
    const double start = clock_seconds();
    assert_int_equal(pool_run(&job, &e), STATUS_OK);
    assert_true(atomic_load(&w.idle) >= 2);
    assert_true(clock_seconds() - start > 0.39 && atomic_load(&w.idle) < 100);
}

/* Rates and what is left are numbers of people, whatever the clock says. */
static void progress(void **state)
{
    (void)state;
    char text[4096] = "";
    FILE *f = fmemopen(text, sizeof text, "w");
    assert_non_null(f);
    struct progress p = {.out = f, .live = true, .total_cells = 10, .total_elements = 1000};
    progress_start(&p);
    atomic_store(&off, -1000000);
    for (int i = 0; i < 3; i++) {
        nanosleep(&(struct timespec){.tv_nsec = 210000000}, NULL);
        progress_elements(&p, 100);
        progress_cell(&p, false);
    }
    assert_true(progress_end(&p) >= 0.6);
    fclose(f);
    assert_non_null(strstr(text, "ETA"));
    assert_null(strstr(text, "-"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(times_of_a_run, right_clock),
        cmocka_unit_test_setup(flushes, right_clock),
        cmocka_unit_test_setup(pool_wakes, right_clock),
        cmocka_unit_test_setup(progress, right_clock),
    };
    return cmocka_run_group_tests_name("clock", tests, NULL, right_clock);
}
