#include "experiments/group.h"

#include <stdlib.h>
#include <string.h>

/* Cells that wait for the writer; workers rest when there are more. */
#define MAX_WAITING 1024

struct group_work {
    struct cell_request *requests;
    struct cell_job *jobs;
    struct cell_result *results;
    struct cells *cells;
    struct cells_part **ended; /* of each part, until it is joined */
    size_t joined;             /* parts */
};

void groups_open(struct groups *all)
{
    pthread_mutex_init(&all->lock, NULL);
    pthread_cond_init(&all->changed, NULL);
}

void groups_close(struct groups *all)
{
    pthread_cond_destroy(&all->changed);
    pthread_mutex_destroy(&all->lock);
}

static void close_work(struct group *g)
{
    struct group_work *w = g->work;
    if (!w)
        return;
    for (size_t i = 0; w->ended && i < g->parts; i++)
        pipeline_part_free(w->ended[i]);
    pipeline_close(w->cells);
    free(w->requests);
    free(w->jobs);
    free(w->results);
    free(w->ended);
    free(w);
    g->work = NULL;
}

static void free_outcomes(struct group *g)
{
    for (size_t i = 0; g->outcomes && i < g->n; i++)
        outcome_free(g->outcomes[i]);
    free(g->outcomes);
    g->outcomes = NULL;
}

void group_free(struct group *g)
{
    close_work(g);
    free_outcomes(g);
    free(g->why);
}

static bool reserve(struct group *g, const struct config *c)
{
    struct group_work *w = g->work = calloc(1, sizeof *w);
    g->outcomes = calloc(g->n, sizeof(struct outcome *));
    if (!w || !g->outcomes)
        return false;
    w->requests = calloc(g->n, sizeof *w->requests);
    w->jobs = calloc(g->n, sizeof *w->jobs);
    w->results = calloc(g->n, sizeof *w->results);
    w->ended = calloc(g->parts, sizeof(struct cells_part *));
    bool room = w->requests && w->jobs && w->results && w->ended;
    for (size_t k = 0; k < g->n && room; k++) {
        g->outcomes[k] = outcome_alloc(c);
        room = g->outcomes[k] != NULL;
    }
    return room;
}

/* Keys first: an outcome without one cannot be written. */
static enum status find_keys(struct group *g, struct error *e)
{
    enum status s = STATUS_OK;
    for (size_t k = 0; k < g->n && !s; k++)
        s = pipeline_cell_key(&g->work->requests[k], g->outcomes[k]->key, &g->outcomes[k]->params, e);
    return s;
}

/* *none: the subject cannot be had, and that is what the cells come to. */
static enum status begin(struct groups *all, struct group *g, bool *none, struct error *e)
{
    const struct plan *p = all->plan;
    size_t i = p->todo[g->cells[0]].subject;
    const struct subject *subject = &p->subjects[i].facts;
    struct error why = {{0}};
    if (!reserve(g, p->config))
        return error_set(e, STATUS_INTERNAL, "out of memory");
    struct group_work *w = g->work;
    enum status refused = subjects_acquire(all->subjects, i, &subject, &why), s;
    for (size_t k = 0; k < g->n; k++) {
        w->requests[k] = plan_request(p, &p->todo[g->cells[k]], subject);
        w->results[k] = outcome_result(g->outcomes[k]);
        w->jobs[k] = (struct cell_job){.request = &w->requests[k], .result = &w->results[k]};
    }
    s = find_keys(g, e);
    if (refused == STATUS_IO) /* of the file, not of the cells: they stay to do */
        return error_set(e, refused, "%s", why.text);
    *none = refused != STATUS_OK;
    for (size_t k = 0; k < g->n && refused; k++)
        w->jobs[k].status = error_set(&w->jobs[k].error, refused, "%s", why.text);
    return s || refused ? s : pipeline_open(w->jobs, g->n, PIPELINE_PART, &w->cells, e);
}

/* A subject that was read from its file until now is that of its hash only if the file has not changed. */
static enum status check_source(const struct groups *all, const struct group *g, struct error *e)
{
    const struct plan_subject *from = &all->plan->subjects[all->plan->todo[g->cells[0]].subject];
    return g->work->requests[0].subject->view.mapped ? dump_check(from->dump, e) : STATUS_OK;
}

/* What the cells came to. */
static enum status finish(struct groups *all, struct group *g, struct error *e)
{
    enum status s = STATUS_OK;
    if (g->work->cells) {
        pipeline_end(g->work->cells);
        s = check_source(all, g, e);
    }
    for (size_t k = 0; k < g->n; k++)
        outcome_fill(g->outcomes[k], &g->work->jobs[k]);
    close_work(g);
    subjects_release(all->subjects, all->plan->todo[g->cells[0]].subject, g->n);
    return s;
}

/* The group waits for the writer. With the lock. */
static void end(struct groups *all, struct group *g)
{
    g->state = GROUP_OVER;
    all->waiting += g->n;
}

/* Nothing comes of the group: parts that wait for earlier ones end, those under way are dropped. With the
 * lock.
 */
static void give_up(struct groups *all, struct group *g, enum status s, const struct error *e)
{
    g->status = s;
    g->why = strdup(e->text);
    end(all, g);
    pthread_cond_broadcast(&all->changed);
}

/* The first part to come opens the group. With the lock. */
static void open_group(struct groups *all, struct group *g)
{
    struct error e = {{0}};
    bool none = false;
    g->state = GROUP_OPENING;
    while (all->waiting >= MAX_WAITING)
        pthread_cond_wait(&all->changed, &all->lock);
    pthread_mutex_unlock(&all->lock);
    enum status s = begin(all, g, &none, &e);
    if (!s && none)
        s = finish(all, g, &e);
    pthread_mutex_lock(&all->lock);
    if (s)
        give_up(all, g, s, &e);
    else if (none)
        end(all, g);
    else
        g->state = GROUP_OPEN;
    pthread_cond_broadcast(&all->changed);
}

/* Joins parts as far as they have ended one after another. With the lock. */
static void join(struct groups *all, struct group *g)
{
    struct group_work *w = g->work;
    for (; w->joined < g->parts && w->ended[w->joined]; w->joined++) {
        pipeline_join(w->cells, w->ended[w->joined]);
        w->ended[w->joined] = NULL;
    }
    pthread_cond_broadcast(&all->changed);
}

/* Whether the part is to be computed, as soon as it may; *over: the group is, by this call. */
static bool enter(struct groups *all, struct group *g, size_t part, bool *over)
{
    pthread_mutex_lock(&all->lock);
    bool first = g->state == GROUP_NEW;
    if (first)
        open_group(all, g);
    while (g->state == GROUP_OPENING || (g->state == GROUP_OPEN && part > g->work->joined + all->ahead))
        pthread_cond_wait(&all->changed, &all->lock);
    bool open = g->state == GROUP_OPEN;
    pthread_mutex_unlock(&all->lock);
    *over = first && !open;
    return open;
}

/* The part has ended; whether the group is over with it. */
static bool leave(struct groups *all, struct group *g, size_t part, struct cells_part *p, enum status s,
                  struct error *e)
{
    pthread_mutex_lock(&all->lock);
    bool open = g->state == GROUP_OPEN;
    if (open && s) {
        give_up(all, g, s, e);
    } else if (open) {
        g->work->ended[part] = p;
        join(all, g);
    } else {
        pipeline_part_free(p);
    }
    bool last = open && !s && g->work->joined == g->parts;
    if (last) { /* nobody else has to do with the group */
        pthread_mutex_unlock(&all->lock);
        s = finish(all, g, e);
        pthread_mutex_lock(&all->lock);
        if (s)
            give_up(all, g, s, e);
        else
            end(all, g);
    }
    pthread_mutex_unlock(&all->lock);
    return last || (open && s);
}

bool group_part(struct groups *all, struct group *g, size_t part)
{
    struct error e = {{0}};
    struct cells_part *p = NULL;
    bool over;
    if (!enter(all, g, part, &over))
        return over;
    enum status s = pipeline_part(g->work->cells, part, all->stop, &p, &e);
    return leave(all, g, part, p, s, &e);
}

void group_take(struct groups *all, struct group *g)
{
    free_outcomes(g);
    pthread_mutex_lock(&all->lock);
    all->waiting -= g->n;
    pthread_cond_broadcast(&all->changed);
    pthread_mutex_unlock(&all->lock);
}
