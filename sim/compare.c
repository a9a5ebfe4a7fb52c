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

bool compare_is_equal(float a, float b)
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
    if (compare_is_equal(a->y, b.y))
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
        if (!compare_is_equal(a[i], b[i]))
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

static enum status side_of(const struct subject *s, const struct quant_spec *q, uint64_t seed,
                           struct side *out, struct error *e)
{
    out->q = q;
    return pipeline_quant_input(&(struct cell_request){.subject = s, .spec = q, .seed = seed}, &out->in, e);
}

enum status compare_subject(const struct subject *s, const struct quant_spec *a, const struct quant_spec *b,
                            uint64_t seed, struct comparison *out, struct error *e)
{
    struct side sides[2];
    enum status status = side_of(s, a, seed, &sides[0], e);
    *out = (struct comparison){.elements = 0};
    if (!status)
        status = side_of(s, b, seed, &sides[1], e);
    return status ? status : compare(&sides[0], &sides[1], s->n, out, e);
}

/* --- all numbers --- */

enum { TILE = 1 << 18 };

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

/* Numbers that differ, their places in the tile, and for how many each stands. */
struct picked {
    float x[TILE];
    uint32_t weight[TILE], index[TILE];
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
    while (casts && end < n && compare_is_equal(a[end], a[i]) && compare_is_equal(b[end], b[i]))
        end++;
    for (size_t k = i; k < end; k++) {
        bool inner = k == i + ENDS && k + ENDS < end;
        pick(p, x[k], k, inner ? end - ENDS - k : 1);
        if (inner)
            k = end - ENDS - 1;
    }
    return end;
}

/* What a worker works in. */
struct room {
    float x[TILE], a[TILE], b[TILE];
    struct picked picked;
    struct error error;
    enum status status;
};

struct all_job {
    const struct compare_all *c;
    size_t first;           /* tile */
    struct comparison *out; /* of each tile */
    struct room *rooms;     /* of each worker */
};

static enum status compare_tile(const struct compare_all *c, size_t tile, struct room *r,
                                struct comparison *out)
{
    struct picked *p = &r->picked;
    struct error *e = &r->error;
    bool casts = c->a->scaling.per == PER_NONE && c->b->scaling.per == PER_NONE;
    for (size_t i = 0; i < TILE; i++)
        r->x[i] = f32_from_bits((uint32_t)(tile * TILE + i));
    struct side a = {c->a, compare_input(c->a, r->x, TILE)}, b = {c->b, compare_input(c->b, r->x, TILE)};
    *out = (struct comparison){.elements = 0};
    p->n = 0;
    enum status s = values_of(&a, r->a, e);
    if (!s)
        s = values_of(&b, r->b, e);
    for (size_t i = 0; i < TILE && !s;)
        i = compare_is_equal(r->a[i], r->b[i]) ? i + 1 : pick_run(p, r->x, r->a, r->b, i, TILE, casts);
    a.in = compare_input(c->a, p->x, p->n);
    b.in = compare_input(c->b, p->x, p->n);
    if (!s && p->n)
        s = classify(&a, &b, p->n, p->weight, out, e);
    if (!s && p->n)
        out->first = tile * TILE + p->index[out->first];
    out->elements = TILE;
    out->regions = casts ? 0 : TILE;
    return s;
}

static void all_work(void *context, int worker, size_t tile)
{
    const struct all_job *j = context;
    struct room *r = &j->rooms[worker];
    enum status s = compare_tile(j->c, j->first + tile, r, &j->out[tile]);
    if (s)
        r->status = s;
}

static int all_done(void *context, size_t tile)
{
    const struct all_job *j = context;
    (void)tile;
    if (j->c->step)
        j->c->step(j->c->context, TILE);
    for (int i = 0; i < j->c->jobs; i++)
        if (j->rooms[i].status)
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
                        .rooms = calloc((size_t)c->jobs, sizeof *j.rooms)};
    enum status s = check_all(c->a, e);
    *out = (struct comparison){.elements = 0};
    if (!s)
        s = check_all(c->b, e);
    if (!s && (!j.out || !j.rooms))
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
    for (int i = 0; i < c->jobs && j.rooms; i++)
        if (j.rooms[i].status) { /* the reason why the pool stopped */
            *e = j.rooms[i].error;
            s = j.rooms[i].status;
            break;
        }
    for (size_t i = 0; i < tiles && !s; i++)
        comparison_add(out, &j.out[i]);
    free(j.out);
    free(j.rooms);
    return s;
}
