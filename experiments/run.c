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

/* Cells of one subject that a worker computes together: places first .. first + n - 1 of run.order. */
struct task {
    size_t first, n;
    bool interrupted;
    char *why; /* nothing came of it; NULL otherwise, or without memory */
};

/* Cells of a task at most, so that what is done is written now and then. */
#define MAX_TOGETHER 64

struct run {
    const struct plan *plan;
    struct store *store;
    int64_t id;
    struct subjects *subjects;
    size_t *order; /* cells to do, task by task */
    struct task *tasks;
    size_t n_tasks;
    bool interrupted; /* a task was */
    const atomic_int *stop;
    struct outcome **outcomes; /* of each place of the order, while it waits for the writer */
    pthread_mutex_t lock;
    pthread_cond_t written;
    size_t waiting;
    struct progress progress;
    struct run_summary *summary;
    enum status status; /* of writing */
    struct error *e;
};

/* --- tasks --- */

/* The cells of a subject that kernels compute go together; the others, which take long, one by one. */
static bool goes_together(const struct plan *p, const struct plan_cell *c)
{
    struct cell_request r = plan_request(p, c, &p->subjects[c->subject].facts);
    return pipeline_is_fast(&r);
}

static void add_task(struct run *r, size_t *place, const size_t *cells, size_t n)
{
    r->tasks[r->n_tasks++] = (struct task){.first = *place, .n = n};
    for (size_t i = 0; i < n; i++)
        r->order[(*place)++] = cells[i];
}

/* `fast`, of room for all cells. As many tasks as there are workers, if there are cells enough. */
static void form_tasks(struct run *r, size_t *fast, int jobs)
{
    const struct plan *p = r->plan;
    size_t place = 0;
    for (size_t i = 0, next; i < p->n_todo; i = next) {
        size_t n = 0;
        for (next = i; next < p->n_todo && p->todo[next].subject == p->todo[i].subject; next++)
            if (goes_together(p, &p->todo[next]))
                fast[n++] = next;
        size_t share = (n + (size_t)jobs - 1) / (size_t)jobs,
               most = share < MAX_TOGETHER ? share : MAX_TOGETHER;
        for (size_t k = 0; k < n; k += most)
            add_task(r, &place, fast + k, n - k < most ? n - k : most);
        for (size_t k = i, f = 0; k < next; k++) {
            if (f < n && fast[f] == k)
                f++;
            else
                add_task(r, &place, &k, 1);
        }
    }
}

static enum status open_tasks(struct run *r, int jobs, struct error *e)
{
    size_t n = r->plan->n_todo + 1, *fast = calloc(n, sizeof *fast);
    r->order = calloc(n, sizeof *r->order);
    r->tasks = calloc(n, sizeof *r->tasks);
    r->outcomes = calloc(n, sizeof(struct outcome *));
    bool room = fast && r->order && r->tasks && r->outcomes;
    if (room)
        form_tasks(r, fast, jobs);
    free(fast);
    return room ? STATUS_OK : error_set(e, STATUS_INTERNAL, "out of memory");
}

/* --- work --- */

static void fail_all(struct outcome *const *o, size_t n, enum status s, const struct error *e)
{
    for (size_t i = 0; i < n; i++)
        o[i]->status = error_set(&o[i]->error, s, "%s", e->text);
}

/* Keys first: an outcome without one cannot be written. */
static enum status find_keys(const struct cell_request *requests, struct outcome *const *o, size_t n,
                             struct error *e)
{
    enum status s = STATUS_OK;
    for (size_t i = 0; i < n && !s; i++)
        s = pipeline_cell_key(&requests[i], o[i]->key, &o[i]->params, e);
    return s;
}

static enum status compute(struct run *r, const struct task *t, struct outcome *const *o, struct error *e)
{
    const struct plan *p = r->plan;
    size_t i = p->todo[r->order[t->first]].subject;
    const struct subject *subject = NULL;
    struct error why = {{0}};
    struct cell_request *requests = calloc(t->n, sizeof *requests);
    enum status s = subjects_acquire(r->subjects, i, &subject, &why);
    if (s)
        subject = &p->subjects[i].facts;
    for (size_t k = 0; k < t->n && requests; k++)
        requests[k] = plan_request(p, &p->todo[r->order[t->first + k]], subject);
    enum status all =
        requests ? find_keys(requests, o, t->n, e) : error_set(e, STATUS_INTERNAL, "out of memory");
    if (s)
        fail_all(o, t->n, s, &why);
    else if (!all)
        all = outcomes_compute(requests, o, t->n, r->stop, e);
    subjects_release(r->subjects, i, t->n);
    free(requests);
    return all;
}

static void work(void *context, int worker, size_t i)
{
    struct run *r = context;
    struct task *t = &r->tasks[i];
    struct outcome **o = &r->outcomes[t->first];
    struct error e = {{0}};
    (void)worker;
    pthread_mutex_lock(&r->lock);
    while (r->waiting >= MAX_WAITING)
        pthread_cond_wait(&r->written, &r->lock);
    r->waiting += t->n;
    pthread_mutex_unlock(&r->lock);
    bool room = true;
    for (size_t k = 0; k < t->n; k++) {
        o[k] = outcome_alloc(r->plan->config);
        room &= o[k] != NULL;
    }
    enum status s = room ? compute(r, t, o, &e) : STATUS_INTERNAL;
    for (size_t k = 0; k < t->n && s; k++) { /* nothing came of it */
        outcome_free(o[k]);
        o[k] = NULL;
    }
    t->interrupted = s == STATUS_INTERRUPTED;
    t->why = s ? strdup(e.text) : NULL;
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

static void store_cell(struct run *r, const struct task *t, size_t place)
{
    const struct plan_cell *cell = &r->plan->todo[r->order[place]];
    struct outcome *o = r->outcomes[place];
    r->outcomes[place] = NULL;
    if (!r->status && !o)
        r->status = error_set(r->e, STATUS_INTERNAL, "%s", t->why && *t->why ? t->why : "out of memory");
    if (!r->status)
        r->status = outcome_store(o, r->plan, cell, r->store, r->id, r->e);
    if (!r->status) {
        count(r->summary, o->status, cell->twins);
        progress_add(&r->progress, r->plan->subjects[cell->subject].facts.n,
                     o->status && o->status != STATUS_SKIP);
    }
    outcome_free(o);
}

static int done(void *context, size_t i)
{
    struct run *r = context;
    const struct task *t = &r->tasks[i];
    pthread_mutex_lock(&r->lock);
    r->waiting -= t->n;
    pthread_cond_broadcast(&r->written);
    pthread_mutex_unlock(&r->lock);
    for (size_t k = 0; k < t->n && !t->interrupted; k++)
        store_cell(r, t, t->first + k);
    r->interrupted |= t->interrupted;
    return r->status || t->interrupted ? -1 : 0;
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
    r->stop = o->stop;
    enum status s = r->subjects ? open_tasks(r, o->jobs, e) : error_set(e, STATUS_INTERNAL, "out of memory");
    if (s)
        goto out;
    struct pool_job job = {.tasks = r->n_tasks,
                           .jobs = o->jobs,
                           .context = r,
                           .work = work,
                           .done = done,
                           .idle = idle,
                           .stop = o->stop};
    s = pool_run(&job, e);
    if (r->status)
        s = r->status;
    else if (!s && r->interrupted)
        s = error_set(e, STATUS_INTERRUPTED, "interrupted");
out:
    for (size_t i = 0; i < r->n_tasks; i++)
        free(r->tasks[i].why);
    free(r->order);
    free(r->tasks);
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
