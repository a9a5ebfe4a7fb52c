/* A run: workers compute the cells of a plan, this thread writes their rows. */
#include "experiments/run.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "experiments/plan.h"
#include "experiments/progress.h"
#include "experiments/provenance.h"
#include "experiments/rows.h"
#include "experiments/subjects.h"
#include "sim/base/pool.h"

/* Finished cells that wait for the writer; workers rest when there are more. */
#define MAX_WAITING 1024

struct scratch {
    float *data;
    size_t n;
};

struct run {
    const struct plan *plan;
    struct store *store;
    int64_t id;
    struct subjects *subjects;
    struct scratch *scratch;   /* of each worker */
    struct outcome **outcomes; /* of each cell to do, while it waits for the writer */
    pthread_mutex_t lock;
    pthread_cond_t written;
    size_t waiting;
    struct progress progress;
    struct run_summary *summary;
    enum status status; /* of writing */
    struct error *e;
};

static enum status reserve(struct scratch *s, size_t n, struct error *e)
{
    if (s->n >= n && s->data)
        return STATUS_OK;
    free(s->data);
    s->data = malloc((n + 1) * sizeof *s->data);
    s->n = s->data ? n : 0;
    return s->data ? STATUS_OK : error_set(e, STATUS_INTERNAL, "out of memory for %zu elements", n);
}

static void compute(struct run *r, int worker, const struct plan_cell *cell, struct outcome *o)
{
    const struct subject *subject = NULL;
    o->status = subjects_acquire(r->subjects, cell->subject, &subject, &o->error);
    struct cell_request request =
        plan_request(r->plan, cell, o->status ? &r->plan->subjects[cell->subject].facts : subject);
    struct error key_error = {{0}};
    enum status key_status = pipeline_cell_key(&request, o->key, &o->params, &key_error);
    if (!o->status && key_status)
        o->status = error_set(&o->error, key_status, "%s", key_error.text);
    if (!o->status)
        o->status = reserve(&r->scratch[worker], subject->n, &o->error);
    if (!o->status)
        outcome_compute(&request, r->scratch[worker].data, o);
    subjects_release(r->subjects, cell->subject);
}

static void work(void *context, int worker, size_t i)
{
    struct run *r = context;
    pthread_mutex_lock(&r->lock);
    while (r->waiting >= MAX_WAITING)
        pthread_cond_wait(&r->written, &r->lock);
    r->waiting++;
    pthread_mutex_unlock(&r->lock);
    r->outcomes[i] = outcome_alloc(r->plan->config);
    if (r->outcomes[i])
        compute(r, worker, &r->plan->todo[i], r->outcomes[i]);
}

/* A cell ended, and with it those of equal tensors. */
static void count(struct run_summary *s, enum status status, size_t twins)
{
    s->pending -= 1 + twins;
    if (status == STATUS_OK) {
        s->done++;
        s->cached += twins;
    } else if (status == STATUS_SKIP) {
        s->skipped += 1 + twins;
    } else {
        s->failed += 1 + twins;
    }
}

static int done(void *context, size_t i)
{
    struct run *r = context;
    const struct plan_cell *cell = &r->plan->todo[i];
    struct outcome *o = r->outcomes[i];
    r->outcomes[i] = NULL;
    pthread_mutex_lock(&r->lock);
    r->waiting--;
    pthread_cond_signal(&r->written);
    pthread_mutex_unlock(&r->lock);
    if (!r->status && (!o || !o->params))
        r->status = error_set(r->e, STATUS_INTERNAL, "%s", o ? o->error.text : "out of memory");
    if (!r->status)
        r->status = outcome_store(o, r->plan, cell, r->store, r->id, r->e);
    if (!r->status) {
        count(r->summary, o->status, cell->twins);
        progress_add(&r->progress, r->plan->subjects[cell->subject].facts.n,
                     o->status && o->status != STATUS_SKIP);
    }
    outcome_free(o);
    return r->status ? -1 : 0;
}

static void idle(void *context)
{
    struct run *r = context;
    progress_show(&r->progress);
}

/* Says which dumps hold other bytes under the names of an earlier run; views take those of the last one. */
static enum status say_changed(const struct run *r, const struct run_options *o, struct error *e)
{
    const struct plan *p = r->plan;
    enum status s = STATUS_OK;
    for (size_t i = 0, n = 0; i < p->n_subjects && !s; i++) {
        const struct plan_subject *subject = &p->subjects[i];
        char shape[TENSOR_SHAPE_TEXT];
        struct store_tensor tensor = plan_tensor_row(subject, shape);
        bool changed = false;
        if (subject->used)
            s = store_name_changed(r->store, &tensor, &changed, e);
        n += changed;
        bool last = i + 1 == p->n_subjects || strcmp(p->subjects[i + 1].path, subject->path) != 0;
        if (!s && last && n && o->progress)
            fprintf(o->progress,
                    "bitsweep: %zu tensor%s of %s changed since last measured; means and figures use the new "
                    "ones\n",
                    n, n == 1 ? "" : "s", subject->path);
        n = last ? 0 : n;
    }
    return s;
}

static enum status begin(struct run *r, const struct run_options *o, struct error *e)
{
    const struct config *c = r->plan->config;
    struct host_info host;
    struct store_run row = {.config_sha256 = c->sha256,
                            .config_name = c->name,
                            .config_source = c->source,
                            .config_resolved = c->resolved,
                            .argv = o->argv ? o->argv : "",
                            .provenance = provenance_get(&host)};
    enum status s = store_run_begin(r->store, &row, &r->id, e);
    if (!s)
        s = say_changed(r, o, e);
    /* Cells that are there already may stand under another name of an equal tensor. */
    for (size_t i = 0; i < r->plan->n_subjects && !s; i++) {
        if (!r->plan->subjects[i].used)
            continue;
        char shape[TENSOR_SHAPE_TEXT];
        struct store_tensor tensor = plan_tensor_row(&r->plan->subjects[i], shape);
        s = store_put_tensor(r->store, &tensor, e);
    }
    for (size_t i = 0; i < r->plan->n_cached && !s; i++)
        s = store_put_cached(r->store, r->id, r->plan->cached[i].key, e);
    return s;
}

static enum status compute_all(struct run *r, const struct run_options *o, struct error *e)
{
    const struct plan *p = r->plan;
    r->subjects = subjects_open(p);
    r->scratch = calloc((size_t)o->jobs, sizeof *r->scratch);
    r->outcomes = calloc(p->n_todo + 1, sizeof(struct outcome *));
    enum status s;
    if (!r->subjects || !r->scratch || !r->outcomes) {
        s = error_set(e, STATUS_INTERNAL, "out of memory");
        goto out;
    }
    struct pool_job job = {.tasks = p->n_todo,
                           .jobs = o->jobs,
                           .context = r,
                           .work = work,
                           .done = done,
                           .idle = idle,
                           .stop = o->stop};
    s = pool_run(&job, e);
    if (r->status)
        s = r->status;
out:
    for (int i = 0; r->scratch && i < o->jobs; i++)
        free(r->scratch[i].data);
    free(r->scratch);
    free(r->outcomes);
    subjects_close(r->subjects);
    return s;
}

static void say_end(const struct run *r, const struct run_options *o, const struct run_summary *s,
                    const char *state)
{
    char duration[32], rate[32];
    if (o->quiet || !o->progress)
        return;
    progress_duration(s->seconds, duration);
    progress_count(s->seconds > 0 ? (double)r->progress.elements / s->seconds : 0, rate);
    fprintf(o->progress, "%s: %zu cells: %zu computed, %zu cached, %zu failed, %zu skipped", state, s->cells,
            s->done, s->cached, s->failed, s->skipped);
    if (s->pending)
        fprintf(o->progress, ", %zu not reached (the same command goes on)", s->pending);
    fprintf(o->progress, "; %s, %selements/s\n", duration, rate);
}

static enum status execute(struct run *r, const struct run_options *o, struct run_summary *s, struct error *e)
{
    enum status status = begin(r, o, e);
    if (status)
        return status;
    r->progress = (struct progress){.out = o->quiet ? NULL : o->progress,
                                    .live = o->progress_live,
                                    .total_cells = r->plan->n_todo,
                                    .total_elements = r->plan->elements};
    progress_start(&r->progress);
    status = compute_all(r, o, e);
    s->seconds = progress_end(&r->progress);
    s->run_id = r->id;
    if (!status && s->failed)
        status = error_set(e, STATUS_DIFFERENT,
                           "%zu of %zu cells failed; bitsweep query v_failed --db %s says why", s->failed,
                           s->cells, o->db);
    const char *state = status == STATUS_OK            ? "done"
                        : status == STATUS_INTERRUPTED ? "interrupted"
                                                       : "failed";
    say_end(r, o, s, status == STATUS_DIFFERENT ? "done" : state);
    enum status end = store_run_end(r->store, r->id, state, status ? NULL : e);
    return status ? status : end;
}

enum status run_execute(const struct config *c, const struct run_options *o, struct run_summary *s,
                        struct error *e)
{
    struct plan plan = {.config = c};
    struct run_options options = *o;
    options.jobs = o->jobs < 1 ? 1 : o->jobs;
    struct run r = {.plan = &plan,
                    .summary = s,
                    .e = e,
                    .lock = PTHREAD_MUTEX_INITIALIZER,
                    .written = PTHREAD_COND_INITIALIZER};
    *s = (struct run_summary){0};
    /* The database comes after the dumps: a slip in the inputs makes none. */
    enum status status = plan_subjects(c, &options, &plan, e);
    if (!status)
        status = store_open(o->db, &r.store, e);
    if (!status)
        status = plan_cells(&plan, &options, r.store, e);
    if (!status) {
        *s = plan_summary(&plan, options.jobs);
        status = execute(&r, &options, s, e);
    }
    plan_free(&plan);
    enum status closed = store_close(r.store, status ? NULL : e);
    pthread_cond_destroy(&r.written);
    pthread_mutex_destroy(&r.lock);
    return status ? status : closed;
}
