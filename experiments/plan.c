#include "experiments/plan.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "experiments/offer.h"
#include "experiments/subject_read.h"

/* The same tensor of the same file, selected by two inputs alike. */
static bool already_selected(const struct plan *p, const char *path, const char *name, const char *hash)
{
    for (size_t i = 0; i < p->n_subjects; i++) {
        const struct plan_subject *s = &p->subjects[i];
        if (!strcmp(s->path, path) && !strcmp(s->facts.view.name, name) && !strcmp(s->facts.hash, hash))
            return true;
    }
    return false;
}

static void forget(struct plan_subject *s)
{
    subject_free(&s->facts);
    free(s->place.name);
}

/* Item i of the offer, which it takes over. */
static enum status add_subject(struct plan *p, struct dump *d, struct offer *o, size_t i, const char *path,
                               struct error *e)
{
    struct plan_subject subject = {.dump = d, .place = o->places[i], .path = path};
    o->places[i].name = NULL;
    enum status s = subject_facts(d, &subject.place, &subject.facts, e);
    if (s || already_selected(p, path, subject.facts.view.name, subject.facts.hash)) {
        forget(&subject);
        return s;
    }
    struct plan_subject *more = realloc(p->subjects, (p->n_subjects + 1) * sizeof *more);
    if (!more) {
        forget(&subject);
        return error_set(e, STATUS_INTERNAL, "out of memory");
    }
    p->subjects = more;
    more[p->n_subjects++] = subject;
    return STATUS_OK;
}

static enum status add_input(struct plan *p, const struct config_input *in, struct dump *d, const char *path,
                             const struct run_options *o, struct error *e)
{
    struct offer offer;
    enum status s = offer_open(&offer, d, p->config->op, in, e);
    if (!s)
        offer_say_unreadable(&offer, o->progress);
    for (size_t j = 0; j < offer.n && !s; j++) {
        if (!offer_takes(&offer, j))
            continue;
        if (o->stop && atomic_load(o->stop))
            s = error_set(e, STATUS_INTERRUPTED, "interrupted");
        else
            s = add_subject(p, d, &offer, j, path, e);
    }
    offer_close(&offer);
    if (!s)
        s = dump_check(d, e);
    return s;
}

/* What analyses have instead of a tensor. */
static enum status add_nothing(struct plan *p, struct error *e)
{
    p->subjects = calloc(1, sizeof *p->subjects);
    if (!p->subjects)
        return error_set(e, STATUS_INTERNAL, "out of memory");
    p->n_subjects = 1;
    p->subjects[0] =
        (struct plan_subject){.place = {.op = OP_ANALYSIS}, .path = "", .facts = {.view = {.name = ""}}};
    return STATUS_OK;
}

static enum status add_subjects(struct plan *p, const struct run_options *o, struct error *e)
{
    const struct config *c = p->config;
    if (c->op == OP_ANALYSIS)
        return add_nothing(p, e);
    p->dumps = calloc(c->n_inputs + 1, sizeof(struct dump *));
    p->paths = calloc(c->n_inputs + 1, sizeof(char *));
    if (!p->dumps || !p->paths)
        return error_set(e, STATUS_INTERNAL, "out of memory");
    for (size_t i = 0; i < c->n_inputs; i++) {
        const struct config_input *in = &c->inputs[i];
        const size_t drawn = in->synth.n;
        enum status s = drawn ? dump_open_synth(in->synth.tensor, drawn, &p->dumps[i], e)
                              : dump_open(in->dump, &in->hint, &p->dumps[i], e);
        if (s)
            return error_prefix(e, s, "%s: %s", in->where, drawn ? "synth" : "dump");
        p->paths[i] = drawn ? strdup(SYNTH_PATH) : realpath(in->dump, NULL);
        s = p->paths[i] ? add_input(p, in, p->dumps[i], p->paths[i], o, e)
                        : error_set(e, STATUS_IO, "%s: dump: %s: %s", in->where, in->dump, strerror(errno));
        if (s)
            return s;
    }
    return p->n_subjects ? STATUS_OK : error_set(e, STATUS_INVALID, "%s: no tensor in the inputs", c->path);
}

struct cell_request plan_request(const struct plan *p, const struct plan_cell *cell,
                                 const struct subject *subject)
{
    const struct config *c = p->config;
    return (struct cell_request){.subject = subject,
                                 .spec = &c->schemes[cell->scheme].spec,
                                 .matmul = c->schemes[cell->scheme].matmul,
                                 .attention = c->schemes[cell->scheme].attention,
                                 .transform = c->schemes[cell->scheme].chain,
                                 .analysis = c->schemes[cell->scheme].analysis,
                                 .seed = c->seed,
                                 .metrics = c->metrics,
                                 .n_metrics = c->n_metrics,
                                 .costs = c->costs,
                                 .n_costs = c->n_costs};
}

static int compare_cells(const void *a, const void *b)
{
    const struct plan_cell *x = *(struct plan_cell *const *)a, *y = *(struct plan_cell *const *)b;
    int order = strcmp(x->key, y->key);
    return order ? order : (x > y) - (x < y);
}

/* Leaves the first cell of each key, which counts the others. */
static enum status part_twins(struct plan *p, struct error *e)
{
    struct plan_cell **sorted = calloc(p->n_todo + 1, sizeof(struct plan_cell *));
    bool *twin = calloc(p->n_todo + 1, sizeof *twin);
    enum status s = STATUS_OK;
    if (!sorted || !twin) {
        s = error_set(e, STATUS_INTERNAL, "out of memory");
        goto out;
    }
    for (size_t i = 0; i < p->n_todo; i++)
        sorted[i] = &p->todo[i];
    qsort(sorted, p->n_todo, sizeof *sorted, compare_cells);
    struct plan_cell *first = sorted[0];
    for (size_t i = 1; i < p->n_todo; i++) {
        if (strcmp(sorted[i]->key, first->key) != 0) {
            first = sorted[i];
            continue;
        }
        first->twins++;
        twin[sorted[i] - p->todo] = true;
    }
    size_t kept = 0;
    for (size_t i = 0; i < p->n_todo; i++)
        if (!twin[i])
            p->todo[kept++] = p->todo[i];
    p->n_twins = p->n_todo - kept;
    p->n_todo = kept;
out:
    free(sorted);
    free(twin);
    return s;
}

struct names {
    const char **metrics, **costs;
};

static enum status place_cell(struct plan *p, const struct run_options *o, struct store *store,
                              const struct names *names, struct plan_cell *cell, struct error *e)
{
    const struct config *c = p->config;
    struct cell_request r = plan_request(p, cell, &p->subjects[cell->subject].facts);
    enum status s = pipeline_cell_key(&r, cell->key, NULL, e);
    if (s || !shard_has(&o->shard, cell->key))
        return s;
    enum store_state state = STORE_ABSENT;
    if (store && !o->force)
        s = store_cell_state(store, cell->key, names->metrics, c->n_metrics, names->costs, c->n_costs, &state,
                             e);
    if (s)
        return s;
    if (o->retry && state != STORE_DONE)
        state = STORE_ABSENT;
    p->n_failed += state == STORE_FAILED;
    p->n_skipped += state == STORE_SKIPPED;
    if (state != STORE_ABSENT)
        p->cached[p->n_cached++] = *cell;
    else
        p->todo[p->n_todo++] = *cell;
    return STATUS_OK;
}

/* Leaves as many cells to do as are allowed. */
static void cut_to_limit(struct plan *p, size_t limit)
{
    while (limit && p->n_todo > limit) {
        p->n_todo--;
        p->n_beyond += 1 + p->todo[p->n_todo].twins;
        p->n_twins -= p->todo[p->n_todo].twins;
    }
}

static enum status add_cells(struct plan *p, const struct run_options *o, struct store *store,
                             const struct names *names, struct error *e)
{
    const struct config *c = p->config;
    enum status s = STATUS_OK;
    if (c->n_schemes > RUN_MAX_CELLS / p->n_subjects)
        return error_set(e, STATUS_INVALID,
                         "%s: %zu tensors x %zu schemes are more than %d cells; split the study", c->path,
                         p->n_subjects, c->n_schemes, RUN_MAX_CELLS);
    p->todo = calloc(p->n_subjects * c->n_schemes, sizeof *p->todo);
    p->cached = calloc(p->n_subjects * c->n_schemes, sizeof *p->cached);
    char hint[STR_HINT_SIZE];
    bool *used = calloc(c->n_schemes, sizeof *used), *selected = calloc(c->n_schemes, sizeof *selected);
    if (!p->todo || !p->cached || !used || !selected)
        s = error_set(e, STATUS_INTERNAL, "out of memory");
    for (size_t i = 0; i < p->n_subjects && !s; i++)
        for (size_t j = 0; j < c->n_schemes && !s; j++) {
            const char *name = p->subjects[i].facts.view.name;
            if (!config_scheme_selects(&c->schemes[j], name))
                continue;
            selected[j] = true;
            if (!only_matches(&p->only, name, &c->schemes[j]))
                continue;
            used[j] = p->subjects[i].used = true;
            struct plan_cell cell = {.subject = i, .scheme = j};
            s = place_cell(p, o, store, names, &cell, e);
        }
    for (size_t j = 0; j < c->n_schemes && !s; j++) {
        p->n_schemes += used[j];
        if (!selected[j])
            s = error_set(e, STATUS_INVALID,
                          "%s: sweep.select: '%s' matches none of %zu tensors, which leaves scheme %s none",
                          c->schemes[j].select.item->where, c->schemes[j].select.item->glob, p->n_subjects,
                          c->schemes[j].label);
    }
    for (size_t i = 0; i < p->n_subjects && !s; i++)
        p->n_used += p->subjects[i].used;
    free(used);
    free(selected);
    if (!s && !p->n_used)
        s = error_set(e, STATUS_INVALID, "--only %s: matches none of %zu cells%s", o->only,
                      p->n_subjects * c->n_schemes, only_hint(&p->only, p, hint));
    if (!s)
        s = part_twins(p, e);
    if (!s)
        cut_to_limit(p, o->limit);
    return s;
}

enum status plan_subjects(const struct config *c, const struct run_options *o, struct plan *p,
                          struct error *e)
{
    *p = (struct plan){.config = c};
    enum status s = only_parse(o->only, &p->only, e);
    return s ? s : add_subjects(p, o, e);
}

enum status plan_cells(struct plan *p, const struct run_options *o, struct store *store, struct error *e)
{
    const struct config *c = p->config;
    enum status s = STATUS_OK;
    struct names names = {calloc(c->n_metrics + 1, sizeof(char *)), calloc(c->n_costs + 1, sizeof(char *))};
    if (!names.metrics || !names.costs)
        s = error_set(e, STATUS_INTERNAL, "out of memory");
    for (size_t i = 0; i < c->n_metrics && !s; i++)
        names.metrics[i] = c->metrics[i]->name;
    for (size_t i = 0; i < c->n_costs && !s; i++)
        names.costs[i] = c->costs[i].text;
    if (!s)
        s = add_cells(p, o, store, &names, e);
    for (size_t i = 0; i < p->n_todo && !s; i++) {
        struct plan_subject *subject = &p->subjects[p->todo[i].subject];
        subject->todo++;
        p->elements += subject->facts.n;
    }
    free(names.metrics);
    free(names.costs);
    return s;
}

void plan_free(struct plan *p)
{
    for (size_t i = 0; p->dumps && i < p->config->n_inputs; i++)
        dump_close(p->dumps[i]);
    for (size_t i = 0; p->paths && i < p->config->n_inputs; i++)
        free(p->paths[i]);
    for (size_t i = 0; i < p->n_subjects; i++)
        forget(&p->subjects[i]);
    free(p->dumps);
    free(p->paths);
    free(p->subjects);
    free(p->todo);
    free(p->cached);
}

/* Bytes held at most for subjects and for the cells under way. A subject is held from its first cell to its
 * last, unless it is read from its file as needed. Cells start in order, so besides the subjects of the
 * `jobs` tasks under way at most one has cells begun and cells to come. */
static size_t peak_bytes(const struct plan *p, int jobs)
{
    size_t total = 0, largest = 0, cell = 0;
    for (size_t i = 0; i < p->n_subjects; i++) {
        const struct subject *s = &p->subjects[i].facts;
        if (!p->subjects[i].todo || subject_is_streamed(&s->view))
            continue;
        const size_t held = subject_held(s);
        total += held;
        largest = held > largest ? held : largest;
    }
    for (size_t i = 0; i < p->n_todo; i++) {
        struct cell_request r = plan_request(p, &p->todo[i], &p->subjects[p->todo[i].subject].facts);
        size_t held = pipeline_held(&r);
        cell = held > cell ? held : cell;
    }
    size_t held = ((size_t)jobs + 1) * largest;
    return ((held < total ? held : total) + (size_t)jobs * cell) * sizeof(float);
}

struct run_summary plan_summary(const struct plan *p, int jobs)
{
    const size_t pending = p->n_todo + p->n_twins + p->n_beyond;
    return (struct run_summary){.cells = pending + p->n_cached,
                                .cached = p->n_cached - p->n_failed - p->n_skipped,
                                .failed = p->n_failed,
                                .skipped = p->n_skipped,
                                .pending = pending,
                                .subjects = p->n_used,
                                .schemes = p->n_schemes,
                                .elements = p->elements,
                                .peak_bytes = peak_bytes(p, jobs)};
}
