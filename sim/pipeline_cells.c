/* Joins the stages: subject -> quantize -> metrics and cost, for cells of one subject, part by part. */
#include <stdlib.h>
#include <string.h>

#include "sim/base/clock.h"
#include "sim/pipeline.h"

static void copy_counts(struct metric_counts *c, const struct quant_stats *s)
{
    *c = (struct metric_counts){.saturated = s->saturated,
                                .flushed = s->flushed,
                                .nan_in = s->nan_in,
                                .nan_out = s->nan_out,
                                .nan_lost = s->nan_lost,
                                .near_ties = s->near_ties,
                                .codes_used = s->codes_used,
                                .scale_saturated = s->scale_saturated,
                                .scale_flushed = s->scale_flushed,
                                .scale_nan = s->scale_nan,
                                .expected_error = s->expected_error};
}

static enum status run_costs(const struct cell_request *r, struct cell_result *out, struct error *e)
{
    const struct quant_stats *s = &out->stats;
    struct cost_input in = {.spec = r->spec,
                            .elements = s->elements,
                            .stored = s->stored,
                            .scales = s->scales,
                            .outer_scales = s->outer_scales,
                            .side_bits = s->side_bits};
    for (size_t i = 0; i < r->n_costs; i++) {
        struct error reason = {{0}};
        out->n_cost_values[i] = 0;
        enum status st =
            r->costs[i]->cost(&in, out->costs + i * COST_MAX_VALUES, &out->n_cost_values[i], &reason);
        if (st == STATUS_SKIP)
            out->n_cost_values[i] = 0;
        else if (st)
            return error_set(e, st, "%s", reason.text);
    }
    return STATUS_OK;
}

/* --- windows on a subject --- */

/* Elements that cells go through together: x and y of them stay in the second-level cache. */
#define WINDOW ((size_t)1 << 15)

/* Elements first .. end - 1 of a subject in memory: all of them, or as many as its readers still need. */
struct window {
    const struct subject *s;
    size_t first, end;
    const float *x; /* of element `first` */
    float *own;     /* room elements, of a subject that is not in memory */
    size_t room;
};

static void window_open(struct window *w, const struct subject *s)
{
    *w = (struct window){.s = s, .x = s->x, .end = s->x ? s->n : 0};
}

/* Elements before `first` are not read. */
static void window_skip(struct window *w, size_t first)
{
    if (first > w->end)
        w->first = w->end = first;
}

static void window_close(struct window *w)
{
    free(w->own);
}

/* Elements first .. end - 1 come, and those before `first` may go. */
static enum status window_move(struct window *w, size_t first, size_t end, struct error *e)
{
    if (end <= w->end || w->s->x)
        return STATUS_OK;
    size_t kept = w->end - first, length = end - first;
    if (length > w->room) {
        float *more = realloc(w->own, length * sizeof *more);
        if (!more)
            return error_set(e, STATUS_INTERNAL, "%s: out of memory for %zu elements", w->s->view.name,
                             length);
        w->own = more;
        w->room = length;
    }
    memmove(w->own, w->own + (first - w->first), kept * sizeof *w->own);
    tensor_read_f32(&w->s->view, w->end, end - w->end, w->own + kept);
    tensor_release(&w->s->view, w->end, end - w->end);
    w->x = w->own;
    w->first = first;
    w->end = end;
    return STATUS_OK;
}

static const float *window_at(const struct window *w, size_t i)
{
    return w->x + (i - w->first);
}

/* --- cells --- */

/* What the parts of a cell come to. */
struct cell {
    struct cell_job *job;
    struct quantizer *quantizer; /* NULL when it has failed */
    struct metric_errors errors;
    struct hash128 *hashes;           /* over the hashes of parts; NULL if there is one */
    unsigned char hash[HASH128_SIZE]; /* of the last part */
};

struct cells {
    const struct subject *s;
    size_t part; /* elements */
    bool divided;
    size_t n;
    struct cell cells[];
};

/* As little as the metrics and the arrays of the cell need. */
static enum quant_wants wants_of(const struct cell_request *r, const struct cell_result *out)
{
    unsigned needs = metric_needs(r->metrics, r->n_metrics);
    bool expected = (needs & METRIC_EXPECTED) && r->spec->rounding.mode == ROUND_SR;
    if (out->codes || out->scales || (needs & METRIC_CODES) || expected)
        return QUANT_ALL;
    return needs & METRIC_COUNTS ? QUANT_COUNTS : QUANT_VALUES;
}

static void fail(struct cell *c, enum status s)
{
    c->job->status = s;
    quantizer_close(c->quantizer);
    c->quantizer = NULL;
}

static void cell_open(const struct cells *all, struct cell *c)
{
    const struct cell_request *r = c->job->request;
    struct cell_result *out = c->job->result;
    struct error *e = &c->job->error;
    struct quant_input in;
    enum status s = pipeline_quant_input(r, &in, e);
    struct quant_output to = {.codes = out->codes, .scales = out->scales, .wants = wants_of(r, out)};
    if (!s)
        s = quantizer_open(r->spec, &in, &to, &c->quantizer, e);
    if (!s && all->divided)
        s = quantizer_begin(c->quantizer, &all->s->range, NULL, e);
    if (!s && all->s->n > all->part && !(c->hashes = hash128_open()))
        s = error_set(e, STATUS_INTERNAL, "out of memory");
    if (s)
        fail(c, s);
    else
        metric_errors_begin(&c->errors, metric_needs(r->metrics, r->n_metrics), &all->s->facts);
}

static void cell_end(struct cell *c)
{
    const struct cell_request *r = c->job->request;
    struct cell_result *out = c->job->result;
    if (!c->quantizer)
        return;
    struct metric_input in;
    enum status s = quantizer_end(c->quantizer, &out->stats, &c->job->error);
    if (s) {
        fail(c, s);
        return;
    }
    metric_errors_end(&c->errors, &in);
    copy_counts(&in.counts, &out->stats);
    for (size_t i = 0; i < r->n_metrics; i++)
        out->metrics[i] = r->metrics[i]->value(&in);
    if (c->hashes) {
        hash128_close(c->hashes, c->hash);
        c->hashes = NULL;
    }
    hash128_hex(c->hash, out->result_hash);
    c->job->status = run_costs(r, out, &c->job->error);
}

/* --- a part --- */

/* What a part of a cell comes to. */
struct share {
    enum status status;
    struct error error;
    double seconds;
    struct quantizer *quantizer; /* the cell's own, if it is not divided */
    struct metric_errors errors;
    unsigned char (*hashes)[HASH128_SIZE]; /* of its values, `part` elements each */
    size_t n_hashes;
};

struct cells_part {
    bool divided;
    size_t n;
    struct share shares[];
};

/* A part of a cell under way. Values are measured in tiles of SUM_CHUNK from the first element on, so that
 * sums run at full speed: what is left of a piece waits in `rest`. */
struct lane {
    struct share *share;
    struct cell *cell;
    bool open;
    struct hash128 *hash;
    size_t hashed;              /* elements of `hash` */
    size_t quantized, measured; /* elements are, up to here */
    size_t end;                 /* of pieces: that of the last region that starts in the part */
    float rest[SUM_CHUNK];
};

struct group {
    const struct cells *all;
    struct window window;
    size_t first, end; /* elements that are measured */
    struct lane *lanes;
    size_t n;
    float *y; /* room elements */
    size_t room;
};

static void lane_close(struct lane *l)
{
    unsigned char ignored[HASH128_SIZE];
    if (l->hash)
        hash128_close(l->hash, ignored);
    l->hash = NULL;
    l->open = false;
}

static void lane_fail(struct lane *l, enum status s)
{
    l->share->status = s;
    lane_close(l);
}

static enum status no_memory(struct error *e)
{
    return error_set(e, STATUS_INTERNAL, "out of memory");
}

/* The quantizer of all of the tensor, which may want to see it first. */
static enum status begin_whole(struct group *g, struct lane *l)
{
    const struct subject *s = g->all->s;
    struct quantizer *z = l->share->quantizer = l->cell->quantizer;
    bool whole = !quantizer_takes_pieces(z);
    enum status status = whole ? window_move(&g->window, 0, s->n, &l->share->error) : STATUS_OK;
    l->end = s->n;
    return status ? status : quantizer_begin(z, &s->range, whole ? g->window.x : NULL, &l->share->error);
}

static void lane_open(struct group *g, struct lane *l)
{
    const struct cell_request *r = l->cell->job->request;
    struct share *share = l->share;
    if (!l->cell->quantizer) /* the cell has failed */
        return;
    enum status s = g->all->divided ? quantizer_split(l->cell->quantizer, g->first, g->end, &share->quantizer,
                                                      &l->quantized, &l->end, &share->error)
                                    : begin_whole(g, l);
    l->measured = g->first;
    l->hash = hash128_open();
    share->hashes = calloc((g->end - g->first) / g->all->part + 1, sizeof *share->hashes);
    if (!s && (!l->hash || !share->hashes))
        s = no_memory(&share->error);
    if (s) {
        lane_fail(l, s);
        return;
    }
    l->open = true;
    metric_errors_begin(&share->errors, metric_needs(r->metrics, r->n_metrics), &g->all->s->facts);
}

static enum status reserve_y(struct group *g, size_t n, struct error *e)
{
    if (n <= g->room)
        return STATUS_OK;
    free(g->y);
    g->y = malloc(n * sizeof *g->y);
    g->room = g->y ? n : 0;
    return g->y ? STATUS_OK : error_set(e, STATUS_INTERNAL, "out of memory for %zu elements", n);
}

static enum status lane_hash(struct lane *l, size_t part, const float *y, size_t n)
{
    for (size_t take; n; y += take, n -= take) {
        if (l->hashed == part) {
            hash128_close(l->hash, l->share->hashes[l->share->n_hashes++]);
            l->hash = hash128_open();
            l->hashed = 0;
            if (!l->hash)
                return no_memory(&l->share->error);
        }
        take = n < part - l->hashed ? n : part - l->hashed;
        hash128_add(l->hash, y, take * sizeof *y);
        l->hashed += take;
    }
    return STATUS_OK;
}

/* The values of elements from `measured` on: whole tiles, and at the end of the pieces all up to that of the
 * part. */
static enum status lane_measure(struct group *g, struct lane *l, const float *y)
{
    size_t n = l->quantized - l->measured, ready = n - n % SUM_CHUNK;
    if (l->quantized == l->end)
        ready = g->end - l->measured;
    metric_errors_add(&l->share->errors, window_at(&g->window, l->measured), y, ready);
    l->measured += ready;
    if (l->quantized < l->end)
        memcpy(l->rest, y + ready, (n - ready) * sizeof *y);
    return lane_hash(l, g->all->part, y, ready);
}

/* Quantizes up to `end`, as far as pieces go, and measures. Before the first element of the part a piece may
 * have some of the region that lies around it. */
static void lane_advance(struct group *g, struct lane *l, size_t end)
{
    struct quantizer *z = l->share->quantizer;
    float *values = l->cell->job->result->values;
    size_t n = quantizer_cut(z, l->quantized, end < l->end ? end : l->end);
    size_t waiting = l->quantized > l->measured ? l->quantized - l->measured : 0,
           before = l->quantized < l->measured ? l->measured - l->quantized : 0;
    if (n == 0)
        return;
    enum status s = reserve_y(g, waiting + n, &l->share->error);
    if (!s) {
        memcpy(g->y, l->rest, waiting * sizeof *g->y);
        quantizer_piece(z, l->quantized, n, window_at(&g->window, l->quantized), g->y + waiting);
        if (values)
            memcpy(values + l->quantized, g->y + waiting, n * sizeof *g->y);
        l->quantized += n;
        s = lane_measure(g, l, g->y + before);
    }
    if (s)
        lane_fail(l, s);
}

static void lane_end(struct group *g, struct lane *l)
{
    if (!l->open)
        return;
    hash128_close(l->hash, l->share->hashes[l->share->n_hashes++]);
    l->hash = NULL;
    if (g->all->divided)
        quantizer_rest(l->share->quantizer);
}

/* The first element that a lane still needs; `last` if none does. */
static size_t first_needed(const struct group *g, size_t last)
{
    size_t first = last;
    for (size_t i = 0; i < g->n; i++) {
        const struct lane *l = &g->lanes[i];
        size_t needed = l->quantized < l->measured ? l->quantized : l->measured;
        if (l->open && needed < first)
            first = needed;
    }
    return first;
}

static size_t last_needed(const struct group *g)
{
    size_t last = 0;
    for (size_t i = 0; i < g->n; i++)
        if (g->lanes[i].open && g->lanes[i].end > last)
            last = g->lanes[i].end;
    return last;
}

static enum status go_through(struct group *g, const atomic_int *stop, struct error *e)
{
    size_t last = last_needed(g);
    window_skip(&g->window, first_needed(g, last));
    for (size_t end = g->first; end < last;) {
        if (stop && atomic_load(stop))
            return error_set(e, STATUS_INTERRUPTED, "interrupted");
        end = last - end < WINDOW ? last : end + WINDOW;
        size_t first = first_needed(g, last);
        if (first == last) /* every cell has failed */
            break;
        enum status s = window_move(&g->window, first, end, e);
        if (s)
            return s;
        for (size_t i = 0; i < g->n; i++) {
            double start = clock_seconds();
            if (g->lanes[i].open)
                lane_advance(g, &g->lanes[i], end);
            g->lanes[i].share->seconds += clock_seconds() - start;
        }
    }
    return STATUS_OK;
}

static enum status group_run(struct group *g, const atomic_int *stop, struct error *e)
{
    for (size_t i = 0; i < g->n; i++) {
        double start = clock_seconds();
        lane_open(g, &g->lanes[i]);
        g->lanes[i].share->seconds = clock_seconds() - start;
    }
    enum status s = go_through(g, stop, e);
    for (size_t i = 0; i < g->n; i++) {
        if (!s)
            lane_end(g, &g->lanes[i]);
        lane_close(&g->lanes[i]);
    }
    return s;
}

/* --- parts and cells --- */

size_t pipeline_parts(const struct cell_request *r, size_t part)
{
    enum { LEAST = 8 }; /* regions of a part: then those that two parts share weigh little */
    struct quant_input in;
    struct error ignored = {{0}};
    size_t n = r->subject->n;
    if (n <= part || pipeline_quant_input(r, &in, &ignored))
        return 1;
    size_t region = quant_region(r->spec, &in);
    return region && region <= part / LEAST ? (n - 1) / part + 1 : 1;
}

static bool is_divided(const struct cell_job *j, size_t part)
{
    const struct cell_result *out = j->result;
    return !out->values && !out->codes && !out->scales && pipeline_parts(j->request, part) > 1;
}

enum status pipeline_open(struct cell_job *jobs, size_t n, size_t part, struct cells **out, struct error *e)
{
    struct cells *c = *out = calloc(1, sizeof *c + n * sizeof *c->cells);
    if (!c)
        return no_memory(e);
    c->s = jobs[0].request->subject;
    c->n = n;
    c->part = part;
    c->divided = true;
    for (size_t i = 0; i < n; i++)
        c->divided &= is_divided(&jobs[i], part);
    for (size_t i = 0; i < n; i++) {
        c->cells[i].job = &jobs[i];
        jobs[i].status = STATUS_OK;
        double start = clock_seconds();
        cell_open(c, &c->cells[i]);
        jobs[i].seconds = clock_seconds() - start;
    }
    return STATUS_OK;
}

enum status pipeline_part(struct cells *c, size_t i, const atomic_int *stop, struct cells_part **out,
                          struct error *e)
{
    size_t first = c->divided ? i * c->part : 0, left = c->s->n - first;
    struct group g = {.all = c,
                      .first = first,
                      .end = first + (c->divided && c->part < left ? c->part : left),
                      .lanes = calloc(c->n, sizeof *g.lanes),
                      .n = c->n};
    struct cells_part *p = *out = calloc(1, sizeof *p + c->n * sizeof *p->shares);
    enum status s = STATUS_OK;
    if (!g.lanes || !p) {
        s = no_memory(e);
        goto out;
    }
    p->n = c->n;
    p->divided = c->divided;
    for (size_t k = 0; k < c->n; k++) {
        g.lanes[k].cell = &c->cells[k];
        g.lanes[k].share = &p->shares[k];
    }
    window_open(&g.window, c->s);
    s = group_run(&g, stop, e);
    window_close(&g.window);
out:
    free(g.y);
    free(g.lanes);
    if (s) {
        pipeline_part_free(p);
        *out = NULL;
    }
    return s;
}

void pipeline_part_free(struct cells_part *p)
{
    for (size_t i = 0; p && i < p->n; i++) {
        if (p->divided)
            quantizer_close(p->shares[i].quantizer);
        free(p->shares[i].hashes);
    }
    free(p);
}

static void share_join(struct cell *c, const struct share *s, bool divided)
{
    c->job->seconds += s->seconds;
    if (!c->quantizer)
        return;
    if (s->status) {
        c->job->error = s->error;
        fail(c, s->status);
        return;
    }
    if (divided)
        quantizer_join(c->quantizer, s->quantizer);
    metric_errors_join(&c->errors, &s->errors);
    if (c->hashes)
        hash128_add(c->hashes, s->hashes, s->n_hashes * sizeof *s->hashes);
    memcpy(c->hash, s->hashes[s->n_hashes - 1], sizeof c->hash);
}

void pipeline_join(struct cells *c, struct cells_part *p)
{
    for (size_t i = 0; i < c->n; i++)
        share_join(&c->cells[i], &p->shares[i], p->divided);
    pipeline_part_free(p);
}

void pipeline_end(struct cells *c)
{
    for (size_t i = 0; i < c->n; i++) {
        double start = clock_seconds();
        cell_end(&c->cells[i]);
        c->cells[i].job->seconds += clock_seconds() - start;
    }
}

void pipeline_close(struct cells *c)
{
    for (size_t i = 0; c && i < c->n; i++) {
        unsigned char ignored[HASH128_SIZE];
        quantizer_close(c->cells[i].quantizer);
        if (c->cells[i].hashes)
            hash128_close(c->cells[i].hashes, ignored);
    }
    free(c);
}

size_t pipeline_open_parts(const struct cells *c)
{
    return c->divided ? (c->s->n - 1) / c->part + 1 : 1;
}

enum status pipeline_cells(struct cell_job *jobs, size_t n, const atomic_int *stop, struct error *e)
{
    struct cells *c;
    enum status s = pipeline_open(jobs, n, PIPELINE_PART, &c, e);
    for (size_t i = 0; !s && i < pipeline_open_parts(c); i++) {
        struct cells_part *p;
        s = pipeline_part(c, i, stop, &p, e);
        if (!s)
            pipeline_join(c, p);
    }
    if (!s)
        pipeline_end(c);
    pipeline_close(c);
    return s;
}

enum status pipeline_cell(const struct cell_request *r, struct cell_result *out, struct error *e)
{
    struct cell_job job = {.request = r, .result = out};
    enum status s = pipeline_cells(&job, 1, NULL, e);
    return s || !job.status ? s : error_set(e, job.status, "%s", job.error.text);
}

bool pipeline_is_fast(const struct cell_request *r)
{
    struct quant_input in;
    struct error ignored = {{0}};
    struct cell_result nothing = {.metrics = NULL};
    return wants_of(r, &nothing) != QUANT_ALL && !pipeline_quant_input(r, &in, &ignored) &&
           quant_is_fast(r->spec, &in);
}

size_t pipeline_held(const struct cell_request *r)
{
    struct quant_input in;
    struct error ignored = {{0}};
    size_t n = r->subject->n;
    bool pieces = pipeline_quant_input(r, &in, &ignored) || quant_takes_pieces(r->spec, &in);
    size_t held = pieces && n > WINDOW ? WINDOW : n;
    return subject_is_streamed(&r->subject->view) ? 2 * held : held; /* x as well as y */
}
