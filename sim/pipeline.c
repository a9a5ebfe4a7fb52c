/* Joins the stages for one cell: subject -> quantize -> metrics and cost. */
#include "sim/pipeline.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "sim/base/clock.h"
#include "sim/scheme.h"

/* --- subjects --- */

static enum status read_all(const struct tensor_view *t, float **x, struct error *e)
{
    size_t n = tensor_count(t);
    *x = malloc((n ? n : 1) * sizeof **x);
    if (!*x)
        return error_set(e, STATUS_INTERNAL, "%s: out of memory for %zu elements", t->name, n);
    tensor_read_f32(t, 0, n, *x);
    return STATUS_OK;
}

static enum status check_shape(const struct tensor_view *t, const struct tensor_view *sensitivity,
                               struct error *e)
{
    char want[TENSOR_SHAPE_TEXT], found[TENSOR_SHAPE_TEXT];
    if (sensitivity->rank == t->rank &&
        !memcmp(sensitivity->shape, t->shape, (size_t)t->rank * sizeof *t->shape))
        return STATUS_OK;
    tensor_shape_text(t, want);
    tensor_shape_text(sensitivity, found);
    return error_set(e, STATUS_INVALID, "%s has shape %s; allowed: %s, that of %s", sensitivity->name, found,
                     want, t->name);
}

/* Elements first .. first + n - 1, read into `room` unless they are in memory. */
static const float *subject_tile(const struct subject *s, size_t first, size_t n, float *room)
{
    if (s->x)
        return s->x + first;
    tensor_read_f32(&s->view, first, n, room);
    tensor_release(&s->view, first, n);
    return room;
}

/* What cells share: two passes over the elements. */
static enum status find_facts(struct subject *s, struct error *e)
{
    enum { TILE = 1 << 15 };
    struct metric_passes *p = malloc(sizeof *p);
    float *room = malloc(TILE * sizeof *room);
    enum status status = p && room ? STATUS_OK : error_set(e, STATUS_INTERNAL, "out of memory");
    if (!status)
        metric_facts_begin(p, s->view.rank ? s->view.shape[s->view.rank - 1] : 1);
    for (int pass = 0; pass < 2 && !status; pass++) {
        if (pass)
            metric_facts_turn(p);
        for (size_t first = 0; first < s->n; first += TILE) {
            size_t n = s->n - first < TILE ? s->n - first : TILE;
            const float *x = subject_tile(s, first, n, room);
            metric_facts_add(p, x, n);
            if (!pass)
                quant_range_add(&s->range, x, n);
        }
    }
    if (!status)
        metric_facts_end(p, &s->facts);
    free(p);
    free(room);
    return status;
}

bool subject_is_streamed(const struct tensor_view *t)
{
    return t->mapped && tensor_count(t) > TENSOR_LARGE;
}

enum status subject_load(const struct tensor_view *t, const struct tensor_view *sensitivity,
                         struct subject *out, struct error *e)
{
    *out = (struct subject){.view = *t, .n = tensor_count(t)};
    enum status s = sensitivity ? check_shape(t, sensitivity, e) : STATUS_OK;
    tensor_hash(t, out->hash);
    if (sensitivity)
        tensor_hash(sensitivity, out->sensitivity_hash);
    if (!s && !subject_is_streamed(t))
        s = read_all(t, &out->x, e);
    if (!s && sensitivity)
        s = read_all(sensitivity, &out->sensitivity, e);
    if (!s)
        s = find_facts(out, e);
    if (out->x) { /* else the elements stay where they are */
        out->view.data = NULL;
        out->view.mapped = false;
    }
    if (s)
        subject_free(out);
    return s;
}

void subject_free(struct subject *s)
{
    free(s->x);
    free(s->sensitivity);
    s->x = s->sensitivity = NULL;
}

/* The stream of stochastic rounding: the first 64 bits of the tensor's hash, so that it follows the tensor
 * and not its place in a file. */
static uint64_t stream_of(const struct subject *s)
{
    char first[17];
    memcpy(first, s->hash, 16);
    first[16] = '\0';
    return strtoull(first, NULL, 16);
}

enum status pipeline_cell_key(const struct cell_request *r, char hex[static HASH_HEX_SIZE], char **json,
                              struct error *e)
{
    char scheme[SCHEME_TEXT_SIZE];
    scheme_identity(r->spec, scheme);
    /* The seed is part of the key only where it has an effect. Hashed as text: JSON integers are signed. */
    char seed[24];
    snprintf(seed, sizeof seed, "%llu", (unsigned long long)r->seed);
    json_t *o = json_pack("{s:s, s:s, s:s, s:i}", "op", "quantize", "scheme", scheme, "tensor",
                          r->subject->hash, "semantics", SEMANTICS_VERSION);
    int failed = !o;
    if (o && quant_spec_is_stochastic(r->spec))
        failed = json_object_set_new(o, "seed", json_string(seed));
    if (o && r->spec->fit == FIT_SENSITIVITY)
        failed |= json_object_set_new(o, "sensitivity", json_string(r->subject->sensitivity_hash));
    /* An axis given by label means what the labels of this tensor say. */
    int axis = tensor_axis(&r->subject->view, r->spec->scaling.axis);
    if (o && r->spec->scaling.axis[0])
        failed |= json_object_set_new(o, "axis", json_integer(axis));
    char *text = failed ? NULL : json_dumps(o, JSON_SORT_KEYS | JSON_COMPACT);
    json_decref(o);
    if (!text)
        return error_set(e, STATUS_INTERNAL, "out of memory");
    hash_bytes(text, strlen(text), hex);
    if (json)
        *json = text;
    else
        free(text);
    return STATUS_OK;
}

static enum status resolve_axis(const struct cell_request *r, int *axis, struct error *e)
{
    const char *name = r->spec->scaling.axis;
    *axis = 0;
    if (!name[0])
        return STATUS_OK;
    const struct tensor_view *v = &r->subject->view;
    *axis = tensor_axis(v, name);
    if (*axis >= 0)
        return STATUS_OK;
    return error_set(e, STATUS_INVALID, "axis=%s: tensor %s has %d axes%s%s", name, v->name, v->rank,
                     v->axes ? ": " : " without labels", v->axes ? v->axes : "");
}

enum status pipeline_quant_input(const struct cell_request *r, struct quant_input *in, struct error *e)
{
    const struct subject *s = r->subject;
    *in = (struct quant_input){.x = s->x,
                               .sensitivity = s->sensitivity,
                               .rank = s->view.rank,
                               .seed = r->seed,
                               .stream = stream_of(s)};
    memcpy(in->shape, s->view.shape, sizeof in->shape);
    if (r->spec->fit == FIT_SENSITIVITY && !s->sensitivity)
        return error_set(e, STATUS_INVALID,
                         "fit=sensitivity: the dump holds no tensor %s" SENSITIVITY_SUFFIX
                         " with the sensitivity of each element of %s",
                         s->view.name, s->view.name);
    return resolve_axis(r, &in->axis, e);
}

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

/* --- cells that go through a subject together --- */

/* A cell under way. Values are measured in tiles of SUM_CHUNK from the first element on, so that sums run at
 * full speed: what is left of a piece waits in `rest`. */
struct lane {
    struct cell_job *job;
    struct quantizer *quantizer;
    struct metric_errors errors;
    struct hash128 *hash;
    size_t quantized, measured; /* elements */
    float rest[SUM_CHUNK];
};

struct group {
    struct window window;
    struct lane *lanes;
    size_t n;
    float *y; /* room elements */
    size_t room;
};

static void lane_close(struct lane *l)
{
    char ignored[HASH128_HEX_SIZE];
    quantizer_close(l->quantizer);
    if (l->hash)
        hash128_close(l->hash, ignored);
    l->quantizer = NULL;
    l->hash = NULL;
}

static void fail(struct lane *l, enum status s)
{
    l->job->status = s;
    lane_close(l);
}

/* As little as the metrics and the arrays of the cell need. */
static enum quant_wants wants_of(const struct cell_request *r, const struct cell_result *out)
{
    unsigned needs = metric_needs(r->metrics, r->n_metrics);
    bool expected = (needs & METRIC_EXPECTED) && r->spec->rounding.mode == ROUND_SR;
    if (out->codes || out->scales || (needs & METRIC_CODES) || expected)
        return QUANT_ALL;
    return needs & METRIC_COUNTS ? QUANT_COUNTS : QUANT_VALUES;
}

static void lane_open(struct group *g, struct lane *l)
{
    const struct cell_request *r = l->job->request;
    struct cell_result *out = l->job->result;
    struct quant_input in;
    enum status s = pipeline_quant_input(r, &in, &l->job->error);
    struct quant_output to = {.codes = out->codes, .scales = out->scales, .wants = wants_of(r, out)};
    if (!s)
        s = quantizer_open(r->spec, &in, &to, &l->quantizer, &l->job->error);
    bool whole = !s && !quantizer_takes_pieces(l->quantizer);
    if (whole)
        s = window_move(&g->window, 0, r->subject->n, &l->job->error);
    if (!s)
        s = quantizer_begin(l->quantizer, &r->subject->range, whole ? g->window.x : NULL, &l->job->error);
    l->hash = s ? NULL : hash128_open();
    if (!s && !l->hash)
        s = error_set(&l->job->error, STATUS_INTERNAL, "out of memory");
    if (s)
        fail(l, s);
    else
        metric_errors_begin(&l->errors, metric_needs(r->metrics, r->n_metrics), &r->subject->facts);
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

/* Quantizes up to `end`, as far as pieces go, and measures whole tiles, at the end of the tensor all. */
static void lane_advance(struct group *g, struct lane *l, size_t end)
{
    const struct subject *s = g->window.s;
    size_t waiting = l->quantized - l->measured, n = quantizer_cut(l->quantizer, l->quantized, end);
    if (n == 0)
        return;
    enum status status = reserve_y(g, waiting + n, &l->job->error);
    if (status) {
        fail(l, status);
        return;
    }
    memcpy(g->y, l->rest, waiting * sizeof *g->y);
    quantizer_piece(l->quantizer, l->quantized, n, window_at(&g->window, l->quantized), g->y + waiting);
    if (l->job->result->values)
        memcpy(l->job->result->values + l->quantized, g->y + waiting, n * sizeof *g->y);
    l->quantized += n;
    size_t ready = waiting + n;
    if (l->quantized < s->n)
        ready -= ready % SUM_CHUNK;
    metric_errors_add(&l->errors, window_at(&g->window, l->measured), g->y, ready);
    hash128_add(l->hash, g->y, ready * sizeof *g->y);
    l->measured += ready;
    memcpy(l->rest, g->y + ready, (waiting + n - ready) * sizeof *g->y);
}

static void lane_end(struct lane *l)
{
    const struct cell_request *r = l->job->request;
    struct cell_result *out = l->job->result;
    if (!l->quantizer)
        return;
    struct metric_input in;
    enum status s = quantizer_end(l->quantizer, &out->stats, &l->job->error);
    if (s) {
        fail(l, s);
        return;
    }
    metric_errors_end(&l->errors, &in);
    copy_counts(&in.counts, &out->stats);
    for (size_t i = 0; i < r->n_metrics; i++)
        out->metrics[i] = r->metrics[i]->value(&in);
    hash128_close(l->hash, out->result_hash);
    l->hash = NULL;
    l->job->status = run_costs(r, out, &l->job->error);
}

/* The first element that a cell still needs. */
static size_t first_needed(const struct group *g)
{
    size_t first = g->window.s->n;
    for (size_t i = 0; i < g->n; i++)
        if (g->lanes[i].quantizer && g->lanes[i].measured < first)
            first = g->lanes[i].measured;
    return first;
}

static enum status go_through(struct group *g, const atomic_int *stop, struct error *e)
{
    size_t n = g->window.s->n;
    for (size_t end = 0; end < n;) {
        if (stop && atomic_load(stop))
            return error_set(e, STATUS_INTERRUPTED, "interrupted");
        end = n - end < WINDOW ? n : end + WINDOW;
        size_t first = first_needed(g);
        if (first == n) /* every cell has failed */
            break;
        enum status s = window_move(&g->window, first, end, e);
        if (s)
            return s;
        for (size_t i = 0; i < g->n; i++) {
            double start = clock_seconds();
            if (g->lanes[i].quantizer)
                lane_advance(g, &g->lanes[i], end);
            g->lanes[i].job->seconds += clock_seconds() - start;
        }
    }
    return STATUS_OK;
}

enum status pipeline_cells(struct cell_job *jobs, size_t n, const atomic_int *stop, struct error *e)
{
    struct group g = {.lanes = calloc(n + 1, sizeof *g.lanes), .n = n};
    if (!g.lanes)
        return error_set(e, STATUS_INTERNAL, "out of memory");
    window_open(&g.window, jobs[0].request->subject);
    for (size_t i = 0; i < n; i++) {
        g.lanes[i].job = &jobs[i];
        jobs[i].status = STATUS_OK;
        double start = clock_seconds();
        lane_open(&g, &g.lanes[i]);
        jobs[i].seconds = clock_seconds() - start;
    }
    enum status s = go_through(&g, stop, e);
    for (size_t i = 0; i < n; i++) {
        double start = clock_seconds();
        if (!s)
            lane_end(&g.lanes[i]);
        jobs[i].seconds += clock_seconds() - start;
        lane_close(&g.lanes[i]);
    }
    window_close(&g.window);
    free(g.y);
    free(g.lanes);
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
    return !pipeline_quant_input(r, &in, &ignored) && quant_is_fast(r->spec, &in);
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
