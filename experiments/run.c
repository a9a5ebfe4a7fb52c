/* A run: workers compute the cells of a plan, this thread writes their rows. */
#include "experiments/run.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "experiments/group.h"
#include "experiments/layers.h"
#include "experiments/plan.h"
#include "experiments/name_rows.h"
#include "experiments/no_model.h"
#include "experiments/progress.h"
#include "experiments/provenance.h"
#include "sim/base/pool.h"
#include "sim/base/strbuf.h"

/* A part of a group of cells. */
struct task {
    size_t group, part;
    bool over; /* the group is, with this task */
};

/* Cells of a group at most, so that what is done is written now and then. */
#define MAX_TOGETHER 64

struct run {
    const struct plan *plan;
    struct store *store;
    int64_t id;
    struct groups all;
    size_t *order; /* cells to do, group by group */
    struct group *groups;
    size_t n_groups;
    struct task *tasks; /* group by group */
    size_t n_tasks;
    bool interrupted; /* a group was */
    struct progress progress;
    bool verbose;
    atomic_size_t current; /* the task that began last, and 1; 0: none */
    struct run_summary *summary;
    enum status status; /* of writing */
    struct error *e;
};

/* --- groups --- */

/* The cells of a subject that kernels compute go together, those that are divided and those that are not; the
 * others, which take long, one by one. */
enum kind { ALONE, DIVIDED, UNDIVIDED };

static size_t parts_of(const struct plan *p, const struct plan_cell *c)
{
    struct cell_request r = plan_request(p, c, &p->subjects[c->subject].facts);
    return pipeline_parts(&r, PIPELINE_PART);
}

static enum kind kind_of(const struct plan *p, const struct plan_cell *c)
{
    struct cell_request r = plan_request(p, c, &p->subjects[c->subject].facts);
    return !pipeline_is_fast(&r) ? ALONE : parts_of(p, c) > 1 ? DIVIDED : UNDIVIDED;
}

static void add_group(struct run *r, size_t *place, const size_t *cells, size_t n)
{
    size_t parts = parts_of(r->plan, &r->plan->todo[cells[0]]);
    r->groups[r->n_groups++] = (struct group){.cells = r->order + *place, .n = n, .parts = parts};
    r->n_tasks += parts;
    for (size_t i = 0; i < n; i++)
        r->order[(*place)++] = cells[i];
}

/* Cells that go together, as many groups of about one size as it takes that their parts fill the workers time
 * and again, if there are cells enough. */
static void add_groups(struct run *r, size_t *place, const size_t *cells, size_t n, size_t jobs)
{
    if (!n)
        return;
    size_t parts = parts_of(r->plan, &r->plan->todo[cells[0]]), groups = (jobs + parts - 1) / parts;
    size_t share = (n + groups - 1) / groups;
    groups *= (share + MAX_TOGETHER - 1) / MAX_TOGETHER;
    const size_t size = (n + groups - 1) / groups;
    for (size_t k = 0; k < n; k += size)
        add_group(r, place, cells + k, n - k < size ? n - k : size);
}

/* Subject by subject. `cells` and `kinds` have room for all cells. */
static void form_groups(struct run *r, size_t *cells, enum kind *kinds, size_t jobs)
{
    const struct plan *p = r->plan;
    size_t place = 0;
    for (size_t i = 0, next; i < p->n_todo; i = next) {
        for (next = i; next < p->n_todo && p->todo[next].subject == p->todo[i].subject; next++)
            kinds[next] = kind_of(p, &p->todo[next]);
        for (enum kind kind = DIVIDED; kind <= UNDIVIDED; kind++) {
            size_t n = 0;
            for (size_t k = i; k < next; k++)
                if (kinds[k] == kind)
                    cells[n++] = k;
            add_groups(r, &place, cells, n, jobs);
        }
        for (size_t k = i; k < next; k++)
            if (kinds[k] == ALONE)
                add_group(r, &place, &k, 1);
    }
}

static bool form_tasks(struct run *r)
{
    r->tasks = calloc(r->n_tasks + 1, sizeof *r->tasks);
    for (size_t g = 0, i = 0; g < r->n_groups && r->tasks; g++)
        for (size_t part = 0; part < r->groups[g].parts; part++)
            r->tasks[i++] = (struct task){.group = g, .part = part};
    return r->tasks != NULL;
}

static enum status open_tasks(struct run *r, int jobs, struct error *e)
{
    size_t n = r->plan->n_todo + 1, *cells = calloc(n, sizeof *cells);
    enum kind *kinds = calloc(n, sizeof *kinds);
    r->order = calloc(n, sizeof *r->order);
    r->groups = calloc(n, sizeof *r->groups);
    bool room = cells && kinds && r->order && r->groups;
    if (room)
        form_groups(r, cells, kinds, (size_t)jobs);
    room = room && form_tasks(r);
    free(cells);
    free(kinds);
    return room ? STATUS_OK : error_set(e, STATUS_INTERNAL, "out of memory");
}

/* --- work --- */

static void work(void *context, int worker, size_t i)
{
    struct run *r = context;
    struct task *t = &r->tasks[i];
    (void)worker;
    atomic_store(&r->current, i + 1);
    t->over = group_part(&r->all, &r->groups[t->group], t->part);
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

/* The first cell of the group that is under way, and how many more it has. */
static void say_current(void *context, char out[static PROGRESS_CURRENT])
{
    struct run *r = context;
    size_t i = atomic_load(&r->current);
    if (!i)
        return;
    const struct plan *p = r->plan;
    const struct group *g = &r->groups[r->tasks[i - 1].group];
    const struct plan_cell *cell = &p->todo[g->cells[0]];
    char more[32] = "";
    if (g->n > 1)
        snprintf(more, sizeof more, " and %zu more", g->n - 1);
    const char *tensor = p->subjects[cell->subject].facts.view.name;
    snprintf(out, PROGRESS_CURRENT, "%s%s%.80s%s", tensor, *tensor ? " " : "",
             p->config->schemes[cell->scheme].label, more);
}

/* A line for a cell: key, time, tensor, scheme, and why it failed. */
static void say_cell(struct run *r, const struct plan_cell *cell, const struct outcome *o)
{
    const struct plan *p = r->plan;
    char duration[32];
    struct strbuf b = {0};
    progress_duration((double)o->wall_ns * 1e-9, duration);
    const char *tensor = p->subjects[cell->subject].facts.view.name;
    strbuf_printf(&b, "%.12s %8s  %s%s%s", o->key, duration, tensor, *tensor ? "  " : "",
                  p->config->schemes[cell->scheme].label);
    if (o->status)
        strbuf_printf(&b, "  %s: %s", o->status == STATUS_SKIP ? "skipped" : "failed", o->error.text);
    progress_line(&r->progress, b.text ? b.text : "");
    strbuf_free(&b);
}

static void store_cell(struct run *r, const struct plan_cell *cell, const struct outcome *o)
{
    if (!r->status)
        r->status = outcome_store(o, r->plan, cell, r->store, r->id, r->e);
    if (!r->status) {
        count(r->summary, o->status, cell->twins);
        progress_cell(&r->progress, o->status && o->status != STATUS_SKIP);
        if (r->verbose)
            say_cell(r, cell, o);
    }
}

/* The group is over. */
static void store_group(struct run *r, struct group *g)
{
    if (g->status == STATUS_INTERRUPTED)
        r->interrupted = true;
    else if (g->status && !r->status)
        r->status = error_set(r->e, g->status, "%s", g->why && *g->why ? g->why : "out of memory");
    for (size_t k = 0; k < g->n && !g->status; k++)
        store_cell(r, &r->plan->todo[g->cells[k]], g->outcomes[k]);
    group_take(&r->all, g);
}

static int done(void *context, size_t i)
{
    struct run *r = context;
    const struct task *t = &r->tasks[i];
    struct group *g = &r->groups[t->group];
    size_t n = r->plan->subjects[r->plan->todo[g->cells[0]].subject].facts.n, first = t->part * PIPELINE_PART;
    size_t elements = g->parts == 1 ? n : n - first < PIPELINE_PART ? n - first : PIPELINE_PART;
    progress_elements(&r->progress, elements * g->n);
    if (t->over)
        store_group(r, g);
    return r->status || r->interrupted ? -1 : 0;
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
        if (subject->used && subject->dump)
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

/* The labels that were asked for, what part of the study this run is, what is known of its tensors. The
 * caller frees *tags and *layers. */
static enum status list_tags(const struct run *r, const struct run_options *o, struct store_tag **tags,
                             size_t *n, char shard[static 32], char limit[static 32], char **layers,
                             struct error *e)
{
    *n = 0;
    *tags = calloc(o->n_tags + 3, sizeof **tags);
    if (!*tags)
        return error_set(e, STATUS_INTERNAL, "out of memory");
    enum status s = layers_text(r->plan, layers, e);
    if (s)
        return s;
    for (size_t i = 0; i < o->n_tags; i++)
        (*tags)[(*n)++] = o->tags[i];
    snprintf(shard, 32, "%u/%u", o->shard.i, o->shard.n);
    snprintf(limit, 32, "limit %zu", o->limit);
    if (o->shard.n > 1)
        (*tags)[(*n)++] = (struct store_tag){"shard", shard};
    if (r->plan->n_beyond)
        (*tags)[(*n)++] = (struct store_tag){"partial", limit};
    if (*layers)
        (*tags)[(*n)++] = (struct store_tag){"tensors", *layers};
    return STATUS_OK;
}

/* Cells that are there already may stand under another name of an equal tensor. */
static enum status put_names(const struct run *r, struct error *e)
{
    enum status s = STATUS_OK;
    for (size_t i = 0; i < r->plan->n_subjects && !s; i++) {
        if (!r->plan->subjects[i].used || !r->plan->subjects[i].dump)
            continue;
        char shape[TENSOR_SHAPE_TEXT];
        struct store_tensor tensor = plan_tensor_row(&r->plan->subjects[i], shape);
        s = store_put_tensor(r->store, &tensor, e);
    }
    return s;
}

static enum status begin(struct run *r, const struct run_options *o, struct error *e)
{
    const struct config *c = r->plan->config;
    struct host_info host;
    struct store_profile *profiles = NULL;
    size_t n_profiles = 0;
    struct store_method *methods = NULL;
    size_t n_methods = 0;
    struct store_tag *tags = NULL;
    size_t n_tags = 0;
    char shard[32], limit[32], *layers = NULL;
    enum status s = profile_rows(&profiles, &n_profiles, e);
    if (!s)
        s = method_rows(&methods, &n_methods, e);
    if (!s)
        s = list_tags(r, o, &tags, &n_tags, shard, limit, &layers, e);
    struct store_run row = {.config_sha256 = c->sha256,
                            .config_name = c->name,
                            .config_source = c->source,
                            .config_resolved = c->resolved,
                            .argv = o->argv ? o->argv : "",
                            .provenance = provenance_get(&host),
                            .profiles = profiles,
                            .n_profiles = n_profiles,
                            .methods = methods,
                            .n_methods = n_methods,
                            .tags = tags,
                            .n_tags = n_tags};
    if (!s)
        s = store_run_begin(r->store, &row, &r->id, e);
    free(profiles);
    method_rows_free(methods, n_methods);
    free(tags);
    free(layers);
    if (!s)
        s = say_changed(r, o, e);
    if (!s)
        s = put_names(r, e);
    for (size_t i = 0; i < r->plan->n_cached && !s; i++)
        s = store_put_cached(r->store, r->id, r->plan->cached[i].key, e);
    return s;
}

static enum status compute_all(struct run *r, const struct run_options *o, struct error *e)
{
    const struct plan *p = r->plan;
    r->all = (struct groups){
        .plan = p, .subjects = subjects_open(p), .stop = o->stop, .ahead = 2 * (size_t)o->jobs};
    groups_open(&r->all);
    enum status s =
        r->all.subjects ? open_tasks(r, o->jobs, e) : error_set(e, STATUS_INTERNAL, "out of memory");
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
    for (size_t i = 0; i < r->n_groups; i++)
        group_free(&r->groups[i]);
    free(r->order);
    free(r->groups);
    free(r->tasks);
    subjects_close(r->all.subjects);
    groups_close(&r->all);
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
    if (r->plan->n_failed)
        fprintf(o->progress, " (%zu failed before: --retry-failed tries them again)", r->plan->n_failed);
    if (s->pending)
        fprintf(o->progress, ", %zu not reached (the same command goes on)", s->pending);
    fprintf(o->progress, "; %s", duration);
    if (r->plan->config->op != OP_ANALYSIS)
        fprintf(o->progress, ", %selements/s", rate);
    fputc('\n', o->progress);
}

static enum status execute(struct run *r, const struct run_options *o, struct run_summary *s, struct error *e)
{
    enum status status = begin(r, o, e);
    if (status)
        return status;
    r->verbose = o->verbose;
    r->progress = (struct progress){.out = o->quiet ? NULL : o->progress,
                                    .live = o->progress_live,
                                    .current = say_current,
                                    .context = r,
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
    const char *end_state = r->plan->n_beyond ? "partial" : "done";
    say_end(r, o, s, status == STATUS_OK || status == STATUS_DIFFERENT ? end_state : state);
    /* A gc meanwhile took the names whose cells were not there yet. */
    enum status end = put_names(r, status ? NULL : e);
    if (!end)
        end = store_run_end(r->store, r->id, state, status ? NULL : e);
    return status ? status : end;
}

enum status run_execute(const struct config *c, const struct run_options *o, struct run_summary *s,
                        struct error *e)
{
    struct plan plan = {.config = c};
    struct run_options options = *o;
    options.jobs = o->jobs < 1 ? 1 : o->jobs;
    struct run r = {.plan = &plan, .summary = s, .e = e};
    *s = (struct run_summary){0};
    /* The database comes after the dumps: a slip in the inputs makes none. */
    enum status status = plan_subjects(c, &options, &plan, e);
    if (!status)
        status = store_open_waiting(o->db, &(struct store_wait){o->stop, o->progress}, &r.store, e);
    if (!status)
        status = plan_cells(&plan, &options, r.store, e);
    if (!status) {
        no_model_say(&plan, options.progress);
        *s = plan_summary(&plan, options.jobs);
        status = execute(&r, &options, s, e);
    }
    plan_free(&plan);
    const bool opened = r.store;
    enum status closed = store_close(r.store, status ? NULL : e);
    if (opened && !closed && options.progress)
        store_say_log(o->db, options.progress);
    return status ? status : closed;
}
