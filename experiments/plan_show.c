/* What a run would do. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "experiments/cost_name.h"
#include "experiments/plan.h"
#include "experiments/probe.h"
#include "experiments/progress.h"
#include "experiments/provenance.h"
#include "results/query.h"
#include "sim/base/clock.h"
#include "sim/base/strbuf.h"

/* What writing a cell takes beside computing it. */
#define WRITING_SECONDS 5e-4

/* Cells that this machine has computed: of each key the time. */
struct past {
    const struct plan *plan;
    struct estimate_point *points;
    size_t n;
    bool *wanted; /* of each scheme: no time is known */
};

static int compare_keys(const void *a, const void *b)
{
    return strcmp(a, ((const struct plan_cell *)b)->key);
}

static int compare_cells(const void *a, const void *b)
{
    return strcmp(((const struct plan_cell *)a)->key, ((const struct plan_cell *)b)->key);
}

static enum status take_time(void *context, const struct table_value *v, struct error *e)
{
    (void)e;
    struct past *past = context;
    const struct plan *p = past->plan;
    const struct plan_cell *c = bsearch(v[0].text, p->cached, p->n_cached, sizeof *c, compare_keys);
    const double seconds = table_as_number(&v[1]) * 1e-9;
    if (c && seconds > 0 && past->n < p->n_cached) {
        past->points[past->n++] = (struct estimate_point){{c->scheme, probe_work(p, c->subject)}, seconds};
        past->wanted[c->scheme] = false;
    }
    return STATUS_OK;
}

/* The times of cells that are in the database already; it may hold none. */
static enum status ask_past(const struct plan *p, const char *db, struct past *past, struct error *e)
{
    struct query *q = NULL;
    struct host_info host;
    struct strbuf b = {0};
    if (!p->n_cached || query_open(db, 0, &q, NULL))
        return STATUS_OK;
    qsort(p->cached, p->n_cached, sizeof *p->cached, compare_cells);
    strbuf_add(&b, "SELECT cell_sha256, wall_ns FROM cell JOIN run USING(run_id) JOIN host USING(host_id)"
                   " WHERE cell.status = 'done' AND hostname = ");
    sql_add_text(provenance_get(&host).hostname, &b);
    char *sql = strbuf_take(&b);
    enum status s =
        sql ? query_each(q, sql, take_time, past, e) : error_set(e, STATUS_INTERNAL, "out of memory");
    free(sql);
    query_close(q);
    return s;
}

/* The subjects to load, one after another. */
static enum status sum_loads(const struct plan *p, const struct probe *probe, double *seconds,
                             struct error *e)
{
    struct estimate_cell *loads = calloc(p->n_subjects + 1, sizeof *loads);
    double longest;
    size_t n = 0;
    if (!loads)
        return error_set(e, STATUS_INTERNAL, "out of memory");
    for (size_t i = 0; i < p->n_subjects; i++)
        if (p->subjects[i].todo)
            loads[n++] = (struct estimate_cell){0, probe_work(p, i)};
    enum status s = estimate_total(loads, n, probe->loads, probe->n_loads, 1, seconds, &longest, e);
    free(loads);
    return s;
}

static enum status sum_up(const struct plan *p, const struct run_options *o,
                          const struct estimate_point *points, size_t n, const struct probe *probe,
                          double *seconds, struct error *e)
{
    struct estimate_cell *cells = calloc(p->n_todo + 1, sizeof *cells);
    double total = 0, longest = 0, loads = 0;
    if (!cells)
        return error_set(e, STATUS_INTERNAL, "out of memory");
    for (size_t i = 0; i < p->n_todo; i++)
        cells[i] = (struct estimate_cell){p->todo[i].scheme, probe_work(p, p->todo[i].subject)};
    enum status s = estimate_total(cells, p->n_todo, points, n, p->config->n_schemes, &total, &longest, e);
    if (!s)
        s = sum_loads(p, probe, &loads, e);
    *seconds = estimate_elapsed(total + loads, longest, o->jobs) + WRITING_SECONDS * (double)p->n_todo;
    *seconds *= probe->slowdown;
    free(cells);
    return s;
}

/* What the estimate rests on. */
struct basis {
    size_t past, probed, cut;
};

static enum status estimate(const struct plan *p, const struct run_options *o, double *seconds,
                            struct basis *basis, struct error *e)
{
    const size_t n = p->config->n_schemes;
    struct past past = {.plan = p,
                        .points = calloc(p->n_cached + 2 * n + 1, sizeof *past.points),
                        .wanted = calloc(n + 1, sizeof *past.wanted)};
    struct probe probe = {.slowdown = 1};
    enum status s = past.points && past.wanted ? STATUS_OK : error_set(e, STATUS_INTERNAL, "out of memory");
    for (size_t i = 0; !s && i < n; i++)
        past.wanted[i] = true;
    if (!s)
        s = ask_past(p, o->db, &past, e);
    if (!s)
        s = probe_cells(p, past.wanted, o, &probe, e);
    if (!s) {
        *basis = (struct basis){past.n, probe.n, probe.cut};
        for (size_t i = 0; i < probe.n; i++)
            past.points[past.n++] = probe.points[i];
        s = sum_up(p, o, past.points, past.n, &probe, seconds, e);
        if (!past.n)
            *seconds = (double)INFINITY;
    }
    probe_free(&probe);
    free(past.points);
    free(past.wanted);
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
        const char *tensor = p->subjects[c->subject].facts.view.name;
        if (*tensor)
            fprintf(out, "  %-32s %s\n", tensor, p->config->schemes[c->scheme].text);
        else
            fprintf(out, "  %s\n", p->config->schemes[c->scheme].text);
    }
}

static void say_basis(const struct basis *b, FILE *out)
{
    if (!b->probed && !b->past) {
        fputs("  the time is not known: no cell could be measured\n", out);
        return;
    }
    fputs("  the time is from ", out);
    if (b->probed)
        fprintf(out, "%zu cells measured now%s%s", b->probed,
                b->cut ? " (some did not end: it may be longer)" : "", b->past ? " and " : "");
    if (b->past)
        fprintf(out, "%zu cells of the database", b->past);
    fputs("\n", out);
}

/* `planned`: seconds that the plan took, as that of a run will. */
static enum status show(const struct plan *p, const struct run_options *o, double planned, FILE *out,
                        struct run_summary *s, struct error *e)
{
    const struct config *c = p->config;
    char memory[32], elements[32], duration[32];
    *s = plan_summary(p, o->jobs);
    struct basis basis = {0, 0, 0};
    enum status status = p->n_todo ? estimate(p, o, &s->seconds, &basis, e) : STATUS_OK;
    if (status)
        return status;
    s->seconds += planned;
    progress_bytes((double)s->peak_bytes, memory);
    progress_count((double)s->elements, elements);
    progress_duration(s->seconds, duration);
    fprintf(out, "%s: %s (config %.12s)\n", c->path, c->name, c->sha256);
    if (o->shard.n > 1)
        fprintf(out, "  shard %u of %u: its cells alone\n", o->shard.i, o->shard.n);
    if (c->op == OP_ANALYSIS)
        fprintf(out, "  %zu analyses", s->cells);
    else
        fprintf(out, "  %zu tensors x %zu schemes = %zu cells", s->subjects, s->schemes, s->cells);
    fprintf(out, ", %zu in %s already, %zu to do", s->cached, o->db, s->pending);
    if (p->n_twins)
        fprintf(out, " (%zu of them shared by equal tensors)", p->n_twins);
    if (c->op == OP_ANALYSIS)
        fprintf(out, "\n  about %s with %d jobs\n", duration, o->jobs);
    else
        fprintf(out, "\n  %selements to quantize, at most %s of tensors in memory, about %s with %d jobs\n",
                elements, memory, duration, o->jobs);
    if (p->n_todo)
        say_basis(&basis, out);
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
    const double start = clock_seconds();
    enum status status = plan_subjects(c, &options, &plan, e);
    /* Asking about a run makes no database and changes none. */
    struct error none = {{0}};
    if (!status && (status = store_open_reading(o->db, &store, &none)))
        status = status == STATUS_MISSING ? STATUS_OK : error_set(e, status, "%s", none.text);
    if (!status)
        status = plan_cells(&plan, &options, store, e);
    if (!status)
        status = show(&plan, &options, clock_seconds() - start, out, s, e);
    plan_free(&plan);
    enum status closed = store_close(store, status ? NULL : e);
    return status ? status : closed;
}
