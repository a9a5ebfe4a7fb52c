#include "sim/compare.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "sim/base/pool.h"

const char *const cause_names[CAUSES] = {"nan", "zero_sign", "scale", "saturated", "tie", "other"};
const char *const cause_docs[CAUSES] = {
    "one is NaN",
    "both are zero, of either sign",
    "the scales differ",
    "the same scale, and one saturates or overflows",
    "the same scale, and within 2^-24 of a midpoint",
    "the same scale, but other values, rounding or steps",
};

static bool is_equal(float a, float b)
{
    return bits_from_f32(a) == bits_from_f32(b) || (isnan(a) && isnan(b));
}

void comparison_add(struct comparison *sum, const struct comparison *part)
{
    if (part->differ && (!sum->differ || part->first < sum->first)) {
        sum->first = part->first;
        sum->x = part->x;
        sum->a = part->a;
        sum->b = part->b;
    }
    sum->elements += part->elements;
    sum->differ += part->differ;
    sum->regions += part->regions;
    sum->regions_differ += part->regions_differ;
    for (size_t i = 0; i < CAUSES; i++)
        sum->cause[i] += part->cause[i];
}

/* --- why --- */

/* What the first scheme made of an element. */
struct seen {
    float y;
    uint32_t events;
    double scale;
    uint64_t region;
};

struct look {
    struct seen *seen;      /* of each element, by a */
    const uint32_t *weight; /* elements that each stands for; NULL: 1 */
    bool by_a;              /* regions are those of a */
    unsigned char *differs; /* of each region; NULL without */
    struct comparison *out;
    bool any;
};

static struct seen seen_of(const struct quant_step *step)
{
    return (struct seen){.y = step->y,
                         .events = step->events,
                         .scale = step->scale ? number_to_f64(step->scale->value) : 1,
                         .region = step->scale_index};
}

static enum cause cause_of(const struct seen *a, const struct seen *b)
{
    uint32_t events = a->events | b->events;
    if (isnan(a->y) != isnan(b->y))
        return CAUSE_NAN;
    if (a->y == b->y)
        return CAUSE_ZERO_SIGN;
    if (a->scale != b->scale && !(isnan(a->scale) && isnan(b->scale)))
        return CAUSE_SCALE;
    if (events & (EVENT_SATURATED | EVENT_OVERFLOW))
        return CAUSE_SATURATED;
    return events & EVENT_NEAR_TIE ? CAUSE_TIE : CAUSE_OTHER;
}

static void look_at_a(void *context, const struct quant_step *step)
{
    struct look *l = context;
    l->seen[step->index] = seen_of(step);
}

static void look_at_b(void *context, const struct quant_step *step)
{
    struct look *l = context;
    const struct seen *a = &l->seen[step->index], b = seen_of(step);
    uint64_t weight = l->weight ? l->weight[step->index] : 1;
    if (is_equal(a->y, b.y))
        return;
    l->out->differ += weight;
    l->out->cause[cause_of(a, &b)] += weight;
    if (!l->any || step->index < l->out->first) {
        l->any = true;
        l->out->first = step->index;
        l->out->x = step->x;
        l->out->a = a->y;
        l->out->b = b.y;
    }
    if (l->differs)
        l->differs[l->by_a ? a->region : b.region] = 1;
}

struct side {
    const struct quant_spec *q;
    struct quant_input in;
};

static size_t regions_of(const struct side *s)
{
    int rank;
    size_t shape[TENSOR_MAX_RANK];
    return s->q->scaling.per == PER_NONE ? 0 : quant_scale_shape(s->q, &s->in, &rank, shape);
}

static enum status watch(const struct side *s, void (*element)(void *context, const struct quant_step *step),
                         struct look *l, struct error *e)
{
    struct quant_watch watch = {element, l};
    struct quant_stats ignored;
    return quantize(s->q, &s->in, &(struct quant_output){.watch = &watch}, &ignored, e);
}

/* n elements, by the definition. */
static enum status classify(const struct side *a, const struct side *b, size_t n, const uint32_t *weight,
                            struct comparison *out, struct error *e)
{
    size_t by_a = regions_of(a), regions = by_a ? by_a : regions_of(b);
    struct look l = {.seen = malloc(n * sizeof *l.seen),
                     .weight = weight,
                     .by_a = by_a > 0,
                     .differs = regions ? calloc(regions, 1) : NULL,
                     .out = out};
    enum status s = l.seen && (l.differs || !regions)
                        ? STATUS_OK
                        : error_set(e, STATUS_INTERNAL, "out of memory to compare %zu elements", n);
    if (!s)
        s = watch(a, look_at_a, &l, e);
    if (!s)
        s = watch(b, look_at_b, &l, e);
    out->regions = regions;
    for (size_t i = 0; i < regions && !s; i++)
        out->regions_differ += l.differs[i];
    free(l.seen);
    free(l.differs);
    return s;
}

/* --- whether --- */

static enum status values_of(const struct side *s, float *y, struct error *e)
{
    struct quant_stats ignored;
    return quantize(s->q, &s->in, &(struct quant_output){.values = y, .wants = QUANT_VALUES}, &ignored, e);
}

static bool values_differ(const float *a, const float *b, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (!is_equal(a[i], b[i]))
            return true;
    return false;
}

/* Whether there is any difference is a matter for kernels. */
static enum status compare(const struct side *a, const struct side *b, size_t n, struct comparison *out,
                           struct error *e)
{
    float *y = malloc((n + 1) * sizeof *y), *z = malloc((n + 1) * sizeof *z);
    enum status s =
        y && z ? STATUS_OK : error_set(e, STATUS_INTERNAL, "out of memory to compare %zu elements", n);
    if (!s)
        s = values_of(a, y, e);
    if (!s)
        s = values_of(b, z, e);
    bool differ = !s && values_differ(y, z, n);
    free(y);
    free(z);
    *out = (struct comparison){.elements = n, .regions = regions_of(a) ? regions_of(a) : regions_of(b)};
    return differ ? classify(a, b, n, NULL, out, e) : s;
}

static enum status side_of(const struct subject *s, const struct quant_spec *q, uint64_t seed, const float *x,
                           struct side *out, struct error *e)
{
    out->q = q;
    enum status status =
        pipeline_quant_input(&(struct cell_request){.subject = s, .spec = q, .seed = seed}, &out->in, e);
    out->in.x = x;
    return status;
}

enum status compare_subject(const struct subject *s, const struct quant_spec *a, const struct quant_spec *b,
                            uint64_t seed, struct comparison *out, struct error *e)
{
    struct side sides[2];
    float *own = NULL;
    *out = (struct comparison){.elements = 0};
    if (!s->x) {
        own = malloc((s->n + 1) * sizeof *own);
        if (!own)
            return error_set(e, STATUS_INTERNAL, "out of memory for %zu elements", s->n);
        tensor_read_f32(&s->view, 0, s->n, own);
    }
    const float *x = own ? own : s->x;
    enum status status = side_of(s, a, seed, x, &sides[0], e);
    if (!status)
        status = side_of(s, b, seed, x, &sides[1], e);
    if (!status)
        status = compare(&sides[0], &sides[1], s->n, out, e);
    free(own);
    return status;
}

/* --- all numbers --- */

#define TILE ((size_t)1 << 18)

struct quant_input compare_input(const struct quant_spec *q, const float *x, size_t n)
{
    struct quant_input in = {.x = x, .rank = 1, .shape = {n}};
    if (q->scaling.per == PER_NONE)
        return in;
    in.rank = 2;
    in.shape[1] = 1;
    in.axis = 1;
    return in;
}

static enum status check_all(const struct quant_spec *q, struct error *e)
{
    const struct scaling *s = &q->scaling;
    bool own = s->per == PER_NONE || s->per == PER_BLOCK || s->per == PER_TOKEN;
    bool first = !s->axis[0] || !strcmp(s->axis, "last");
    if (!own || !first || s->second == SECOND_TENSOR)
        return error_set(e, STATUS_INVALID,
                         "all binary32 numbers, each a block and a row of its own: %s has scales for more "
                         "than a row along the last axis",
                         q->element.name);
    if (quant_spec_is_stochastic(q) || q->flip > 0 || q->fit)
        return error_set(e, STATUS_INVALID,
                         "all binary32 numbers: what is drawn or fitted depends on the other numbers");
    return STATUS_OK;
}

/* Numbers that differ, and for how many each stands. */
struct picked {
    float *x;
    uint32_t *weight, *index;
    size_t n;
};

static void pick(struct picked *p, float x, size_t index, size_t weight)
{
    p->x[p->n] = x;
    p->index[p->n] = (uint32_t)index;
    p->weight[p->n++] = (uint32_t)weight;
}

/* Between plain casts neighbours with the same two values have the same cause, but for near ties: within
 * 2^-24 of a midpoint lie it and a number beside it, at the ends of such a run. */
static size_t pick_run(struct picked *p, const float *x, const float *a, const float *b, size_t i, size_t n,
                       bool casts)
{
    enum { ENDS = 2 };
    size_t end = i + 1;
    while (casts && end < n && is_equal(a[end], a[i]) && is_equal(b[end], b[i]))
        end++;
    for (size_t k = i; k < end; k++) {
        bool inner = k == i + ENDS && k + ENDS < end;
        pick(p, x[k], k, inner ? end - ENDS - k : 1);
        if (inner)
            k = end - ENDS - 1;
    }
    return end;
}

struct all_job {
    const struct compare_all *c;
    size_t first;           /* tile */
    struct comparison *out; /* of each tile */
    struct error *errors;   /* of each worker */
    enum status *statuses;
};

static enum status compare_tile(const struct compare_all *c, size_t tile, float *room, uint32_t *more,
                                struct comparison *out, struct error *e)
{
    float *x = room, *y = x + TILE, *z = y + TILE;
    struct picked p = {.x = z + TILE, .weight = more, .index = more + TILE};
    bool casts = c->a->scaling.per == PER_NONE && c->b->scaling.per == PER_NONE;
    for (size_t i = 0; i < TILE; i++)
        x[i] = f32_from_bits((uint32_t)(tile * TILE + i));
    struct side a = {c->a, compare_input(c->a, x, TILE)}, b = {c->b, compare_input(c->b, x, TILE)};
    *out = (struct comparison){.elements = 0};
    enum status s = values_of(&a, y, e);
    if (!s)
        s = values_of(&b, z, e);
    for (size_t i = 0; i < TILE && !s;)
        i = is_equal(y[i], z[i]) ? i + 1 : pick_run(&p, x, y, z, i, TILE, casts);
    a.in = compare_input(c->a, p.x, p.n);
    b.in = compare_input(c->b, p.x, p.n);
    if (!s && p.n)
        s = classify(&a, &b, p.n, p.weight, out, e);
    if (!s && p.n)
        out->first = tile * TILE + p.index[out->first];
    out->elements = TILE;
    out->regions = casts ? 0 : TILE;
    return s;
}

static void all_work(void *context, int worker, size_t tile)
{
    const struct all_job *j = context;
    float *room = malloc(4 * TILE * sizeof *room);
    uint32_t *more = malloc(2 * TILE * sizeof *more);
    struct error *e = &j->errors[worker];
    enum status s = room && more ? compare_tile(j->c, j->first + tile, room, more, &j->out[tile], e)
                                 : error_set(e, STATUS_INTERNAL, "out of memory");
    free(room);
    free(more);
    if (s)
        j->statuses[worker] = s;
}

static int all_done(void *context, size_t tile)
{
    const struct all_job *j = context;
    (void)tile;
    if (j->c->step)
        j->c->step(j->c->context, TILE);
    for (int i = 0; i < j->c->jobs; i++)
        if (j->statuses[i])
            return -1;
    return 0;
}

static void all_idle(void *context)
{
    const struct all_job *j = context;
    if (j->c->idle)
        j->c->idle(j->c->context);
}

enum status compare_all_float32(const struct compare_all *c, struct comparison *out, struct error *e)
{
    const size_t first = c->from / TILE, tiles = c->to / TILE - first;
    struct all_job j = {.c = c,
                        .first = first,
                        .out = calloc(tiles + 1, sizeof *j.out),
                        .errors = calloc((size_t)c->jobs, sizeof *j.errors),
                        .statuses = calloc((size_t)c->jobs, sizeof *j.statuses)};
    enum status s = check_all(c->a, e);
    *out = (struct comparison){.elements = 0};
    if (!s)
        s = check_all(c->b, e);
    if (!s && (!j.out || !j.errors || !j.statuses))
        s = error_set(e, STATUS_INTERNAL, "out of memory");
    if (!s)
        s = pool_run(&(struct pool_job){.tasks = tiles,
                                        .jobs = c->jobs,
                                        .context = &j,
                                        .work = all_work,
                                        .done = all_done,
                                        .idle = all_idle,
                                        .stop = c->stop},
                     e);
    for (int i = 0; i < c->jobs && j.statuses; i++)
        if (j.statuses[i]) { /* the reason why the pool stopped */
            e->text[0] = '\0';
            s = error_set(e, j.statuses[i], "%s", j.errors[i].text);
            break;
        }
    for (size_t i = 0; i < tiles && !s; i++)
        comparison_add(out, &j.out[i]);
    free(j.out);
    free(j.errors);
    free(j.statuses);
    return s;
}
