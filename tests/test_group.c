/* A tensor of several parts in a run: groups of cells whose parts several workers compute. */
#include "tests/check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "experiments/group.h"
#include "sim/base/pool.h"
#include "sim/base/rng.h"
#include "sim/dump/dump.h"
#include "tests/rows.h"

/* Two parts and a short one, which end within rows and blocks. */
enum { ROWS = 4200, COLUMNS = 2001, PARTS = 3, CELLS = 7, METRICS = 4 };
_Static_assert((size_t)ROWS *COLUMNS > 2 * PIPELINE_PART && (size_t)ROWS * COLUMNS < 3 * PIPELINE_PART, "");

static int write_dump(void **state)
{
    (void)state;
    size_t n = (size_t)ROWS * COLUMNS;
    float *x = malloc(n * sizeof *x);
    struct tensor_view t = {
        .name = "long", .data = x, .dtype = DTYPE_F32, .rank = 2, .shape = {ROWS, COLUMNS}};
    struct error e = {{0}};
    tensor_set_c_order(&t);
    for (size_t i = 0; x && i < n; i += 4) {
        uint32_t r[4];
        rng_u32x4(1, 2, i / 4, r);
        for (size_t k = 0; k < 4 && i + k < n; k++)
            x[i + k] = (float)(int32_t)r[k] * 0x1p-31F * (float)(1 + r[k] % 7);
    }
    int failed = !x || npy_write(test_path("long.npy"), &t, &e);
    free(x);
    return failed;
}

/* With `more`, a scheme that the definition computes, element by element: most of the time of all. */
static struct config *study(const char *more)
{
    const char *path = test_path("s.yaml");
    FILE *f = fopen(path, "w");
    assert_non_null(f);
    fprintf(f,
            "name: long\ninputs: [{dump: long.npy}]\nmetrics: [mse, max_abs_error, saturated, sr_bias]\n"
            "sweep: {grid: {format: [bf16, e4m3, mxfp4, nvfp4, 'int8,per=token', 'e2m1,block=24,scale=fp16', "
            "'e4m3,round=sr'%s]}}\n",
            more);
    fclose(f);
    struct config *c = NULL;
    struct error e = {{0}};
    if (config_load(path, NULL, 0, &c, &e))
        fail_msg("%s", e.text);
    return c;
}

#define RESULTS                                                                                       \
    "SELECT c.cell_sha256, c.scheme, c.status, c.result_hash, m.name, x.bits FROM cell c JOIN value " \
    "x USING(cell_id) JOIN metric m USING(metric_id) ORDER BY 1, 5"

/* parts_in_turn() has two workers. */
static void same_for_any_jobs(void **state)
{
    (void)state;
    struct config *c = study("");
    char *first = NULL;
    for (int jobs = 1; jobs <= 3; jobs += 2) {
        struct run_summary s;
        struct error e = {{0}};
        const char *db = test_path("long.db");
        unlink(db);
        const struct run_options o = {.db = db, .jobs = jobs, .quiet = true, .argv = "test_group"};
        if (run_execute(c, &o, &s, &e))
            fail_msg("%s", e.text);
        assert_int_equal(s.done, CELLS);
        assert_int_equal(s.elements, (uint64_t)CELLS * ROWS * COLUMNS);
        char *text = rows_csv(db, RESULTS);
        assert_true(strlen(text) > 1000);
        if (first)
            assert_string_equal(text, first);
        free(first);
        first = text;
    }
    free(first);
    config_free(c);
}

/* One group with all cells of the study, outside of a run. */
struct fixture {
    struct config *config;
    struct plan plan;
    struct groups all;
    struct group group;
    size_t cells[CELLS + 1];
    atomic_int stop, over;
};

static void fixture_open(struct fixture *f, bool more)
{
    struct run_options o = {.db = "", .jobs = 1};
    struct error e = {{0}};
    *f = (struct fixture){.config = study(more ? ", 'int4,per=token,round=sr'" : "")};
    assert_int_equal(plan_subjects(f->config, &o, &f->plan, &e), STATUS_OK);
    assert_int_equal(plan_cells(&f->plan, &o, NULL, &e), STATUS_OK);
    assert_int_equal(f->plan.n_todo, CELLS + more);
    for (size_t i = 0; i < f->plan.n_todo; i++)
        f->cells[i] = i;
    f->group = (struct group){.cells = f->cells, .n = f->plan.n_todo, .parts = PARTS};
    f->all = (struct groups){.plan = &f->plan, .subjects = subjects_open(&f->plan), .stop = &f->stop};
    assert_non_null(f->all.subjects);
    groups_open(&f->all);
}

static void fixture_close(struct fixture *f)
{
    group_free(&f->group);
    groups_close(&f->all);
    subjects_close(f->all.subjects);
    plan_free(&f->plan);
    config_free(f->config);
}

static void work(void *context, int worker, size_t i)
{
    struct fixture *f = context;
    (void)worker;
    f->over += group_part(&f->all, &f->group, i);
}

/* With no part ahead of an earlier one, the other worker waits: the results of cells one by one. */
static void parts_in_turn(void **state)
{
    (void)state;
    struct fixture f;
    struct error e = {{0}};
    fixture_open(&f, !WATCHED); /* test_quant_pieces has the definition in pieces */
    const struct pool_job job = {.tasks = PARTS, .jobs = 2, .context = &f, .work = work};
    assert_int_equal(pool_run(&job, &e), STATUS_OK);
    assert_int_equal(f.over, 1);
    assert_int_equal(f.group.status, STATUS_OK);
    assert_int_equal(f.all.waiting, f.group.n);
    struct subject again;
    const struct tensor_view *view;
    assert_int_equal(dump_load(f.plan.dumps[0], 0, &view, &e), STATUS_OK);
    assert_int_equal(subject_load(view, NULL, &again, &e), STATUS_OK);
    for (size_t k = 0; k < f.group.n; k++) {
        const struct outcome *got = f.group.outcomes[k];
        struct cell_request r = plan_request(&f.plan, &f.plan.todo[k], &again);
        struct outcome *want = outcome_alloc(f.config);
        struct cell_result alone = outcome_result(want);
        assert_int_equal(pipeline_cell(&r, &alone, &e), STATUS_OK);
        assert_string_equal(got->result_hash, alone.result_hash);
        assert_memory_equal(got->metrics, alone.metrics, METRICS * sizeof(double));
        assert_string_equal(got->key, f.plan.todo[k].key);
        outcome_free(want);
    }
    subject_free(&again);
    group_take(&f.all, &f.group);
    assert_int_equal(f.all.waiting, 0);
    fixture_close(&f);
}

/* Stopped between two parts: nothing comes of the group, and it says so once. */
static void stopped(void **state)
{
    (void)state;
    struct fixture f;
    fixture_open(&f, false);
    assert_false(group_part(&f.all, &f.group, 0));
    f.stop = 1;
    assert_true(group_part(&f.all, &f.group, 1));
    assert_int_equal(f.group.status, STATUS_INTERRUPTED);
    assert_false(group_part(&f.all, &f.group, 2));
    group_take(&f.all, &f.group);
    fixture_close(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(same_for_any_jobs),
        cmocka_unit_test(parts_in_turn),
        cmocka_unit_test(stopped),
    };
    return cmocka_run_group_tests_name("group", tests, write_dump, NULL);
}
