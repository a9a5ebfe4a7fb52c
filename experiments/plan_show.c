/* What a run would do. */
#include <stdlib.h>

#include "experiments/plan.h"
#include "experiments/progress.h"
#include "experiments/rows.h"
#include "experiments/subject_read.h"
#include "sim/base/clock.h"

/* Calibration: cells spread evenly over those to do, until the time is up. */
#define SAMPLES        12
#define SAMPLE_SECONDS 1.0

/* Computes some cells of the smallest subject to do and returns seconds per element, averaged over them. */
static enum status calibrate(const struct plan *p, double *seconds_per_element, struct error *e)
{
    size_t smallest = p->todo[0].subject;
    for (size_t i = 0; i < p->n_subjects; i++)
        if (p->subjects[i].todo && p->subjects[i].facts.n < p->subjects[smallest].facts.n)
            smallest = i;
    const struct plan_subject *from = &p->subjects[smallest];
    struct subject subject = {0};
    struct outcome *o = outcome_alloc(p->config);
    enum status s = o ? subject_read_site(from->dump, &from->place, &subject, e)
                      : error_set(e, STATUS_INTERNAL, "out of memory");
    double start = clock_seconds(), elapsed = 0;
    uint64_t elements = 0;
    for (size_t i = 0; i < SAMPLES && !s && elapsed < SAMPLE_SECONDS; i++) {
        struct plan_cell cell = p->todo[i * p->n_todo / SAMPLES];
        struct cell_request r = plan_request(p, &cell, &subject);
        struct cell_result result = outcome_result(o);
        struct cell_job job = {.request = &r, .result = &result};
        s = pipeline_cells(&job, 1, NULL, e); /* a cell that fails is one that runs */
        elements += subject.n;
        elapsed = clock_seconds() - start;
    }
    *seconds_per_element = elements ? elapsed / (double)elements : 0;
    subject_free(&subject);
    outcome_free(o);
    return s;
}

static void show_cells(const struct plan *p, FILE *out)
{
    enum { ENDS = 3 };
    for (size_t i = 0; i < p->n_todo; i++) {
        if (i == ENDS && p->n_todo > 2 * ENDS + 1) {
            fprintf(out, "  ... %zu more\n", p->n_todo - 2 * ENDS);
            i = p->n_todo - ENDS;
        }
        const struct plan_cell *c = &p->todo[i];
        fprintf(out, "  %-32s %s\n", p->subjects[c->subject].facts.view.name,
                p->config->schemes[c->scheme].text);
    }
}

static enum status show(const struct plan *p, const struct run_options *o, FILE *out, struct run_summary *s,
                        struct error *e)
{
    const struct config *c = p->config;
    char memory[32], elements[32], duration[32];
    *s = plan_summary(p, o->jobs);
    double rate = 0;
    enum status status = p->n_todo ? calibrate(p, &rate, e) : STATUS_OK;
    if (status)
        return status;
    s->seconds = rate * (double)p->elements / o->jobs;
    progress_bytes((double)s->peak_bytes, memory);
    progress_count((double)s->elements, elements);
    progress_duration(s->seconds, duration);
    fprintf(out, "%s: %s (config %.12s)\n", c->path, c->name, c->sha256);
    if (o->shard.n > 1)
        fprintf(out, "  shard %u of %u: its cells alone\n", o->shard.i, o->shard.n);
    fprintf(out, "  %zu tensors x %zu schemes = %zu cells, %zu in %s already, %zu to do", s->subjects,
            s->schemes, s->cells, s->cached, o->db, s->pending);
    if (p->n_twins)
        fprintf(out, " (%zu of them shared by equal tensors)", p->n_twins);
    fprintf(out, "\n  %selements to quantize, at most %s of tensors in memory, about %s with %d jobs\n",
            elements, memory, duration, o->jobs);
    show_cells(p, out);
    return STATUS_OK;
}

enum status plan_show(const struct config *c, const struct run_options *o, FILE *out, struct run_summary *s,
                      struct error *e)
{
    struct store *store = NULL;
    struct plan plan = {.config = c};
    struct run_options options = *o;
    options.jobs = o->jobs < 1 ? 1 : o->jobs;
    enum status status = plan_subjects(c, &options, &plan, e);
    /* Asking about a run makes no database and changes none. */
    struct error none = {{0}};
    if (!status && (status = store_open_reading(o->db, &store, &none)))
        status = status == STATUS_MISSING ? STATUS_OK : error_set(e, status, "%s", none.text);
    if (!status)
        status = plan_cells(&plan, &options, store, e);
    if (!status)
        status = show(&plan, &options, out, s, e);
    plan_free(&plan);
    enum status closed = store_close(store, status ? NULL : e);
    return status ? status : closed;
}
