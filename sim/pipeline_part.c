/* A part of a subject, window by window, for all cells of a group. */
#include <stdlib.h>
#include <string.h>

#include "sim/base/clock.h"
#include "sim/pipeline_part.h"

/* --- windows on a subject --- */

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

/* --- lanes --- */

/* A part of a cell under way. Values are measured in tiles of SUM_CHUNK from the first element on, so that
 * sums run at full speed: what is left of a piece waits in `rest`. */
struct lane {
    struct share *share;
    const struct cell *cell;
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
    metric_errors_start(&share->errors, g->first);
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
        end = last - end < PIPELINE_WINDOW ? last : end + PIPELINE_WINDOW;
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

enum status part_measure(const struct cells *all, size_t first, size_t end, struct cells_part *out,
                         const atomic_int *stop, struct error *e)
{
    struct group g = {
        .all = all, .first = first, .end = end, .lanes = calloc(all->n, sizeof *g.lanes), .n = all->n};
    if (!g.lanes)
        return no_memory(e);
    for (size_t k = 0; k < all->n; k++) {
        g.lanes[k].cell = &all->cells[k];
        g.lanes[k].share = &out->shares[k];
    }
    window_open(&g.window, all->s);
    enum status s = group_run(&g, stop, e);
    window_close(&g.window);
    free(g.y);
    free(g.lanes);
    return s;
}
