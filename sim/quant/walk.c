#include "sim/quant/walk.h"

#include <stdlib.h>
#include <string.h>

#include "sim/quant/region.h"

/* --- layout --- */

static bool has_axis(const struct scaling *s)
{
    return s->per == PER_CHANNEL || s->per == PER_TOKEN || s->per == PER_BLOCK;
}

struct layout walk_layout(const struct quant_spec *q, const struct quant_input *in)
{
    struct layout l = {1, 1, 1};
    if (q->scaling.per == PER_TILE) {
        for (int d = 0; d < in->rank; d++)
            *(d < in->rank - 2 ? &l.outer : d == in->rank - 2 ? &l.axis : &l.inner) *= in->shape[d];
        return l;
    }
    int axis = has_axis(&q->scaling) ? in->axis : in->rank; /* without one, everything is outer */
    for (int d = 0; d < in->rank; d++)
        *(d < axis ? &l.outer : d == axis ? &l.axis : &l.inner) *= in->shape[d];
    return l;
}

size_t walk_runs(size_t n, size_t length)
{
    return n / length + (n % length != 0);
}

/* Number `index` of the second level, which is `outer`. */
static struct outer_scale put_second(const struct walk *w, size_t index, struct outer_scale outer)
{
    if (w->out.seconds && w->spec->scaling.second != SECOND_NONE)
        w->out.seconds[index] = number_to_f32(outer.scale);
    return outer;
}

/* The blocks of row `row` from element `start` to before `stop` of it; or all of it under one scale
 * (PER_TOKEN). */
static void do_vector(struct walk *w, size_t row, size_t start, size_t stop)
{
    const struct scaling *s = &w->spec->scaling;
    const struct layout *l = &w->layout;
    size_t o = row / l->inner, i = row % l->inner;
    struct region whole = {.base = o * l->axis * l->inner + i, .n1 = l->axis, .stride1 = l->inner, .n2 = 1};
    struct outer_scale own = w->outer;
    if (s->second == SECOND_ROW)
        own = put_second(w, row, region_outer(w, &whole));
    if (s->per == PER_TOKEN) {
        region_do(w, &whole, &own, row);
        return;
    }
    const size_t blocks = walk_runs(l->axis, s->block);
    const size_t seconds = s->second == SECOND_BLOCK ? walk_runs(l->axis, s->second_block) : 0;
    for (size_t first = start, length; first < stop; first += length) {
        struct region r = whole;
        size_t left = stop - first;
        r.base += first * l->inner;
        if (s->second == SECOND_BLOCK) {
            size_t part = s->second_block - first % s->second_block;
            left = left < part ? left : part;
            r.n1 = left;
            if (first % s->second_block == 0)
                own = put_second(w, (o * seconds + first / s->second_block) * l->inner + i,
                                 region_outer(w, &r));
        }
        length = region_blocks(w, r.base, left, &own);
        if (length)
            continue;
        length = left < s->block ? left : s->block;
        r.n1 = length;
        region_do(w, &r, &own, (o * blocks + first / s->block) * l->inner + i);
    }
}

/* Rows along the last axis lie one after another; other rows come only with all of the tensor. */
static void do_vectors(struct walk *w)
{
    const struct layout *l = &w->layout;
    size_t end = w->first + w->length;
    if (l->inner != 1) {
        for (size_t row = 0; row < l->outer * l->inner; row++)
            do_vector(w, row, 0, l->axis);
        return;
    }
    for (size_t k = w->first; k < end;) {
        size_t start = k % l->axis, left = l->axis - start;
        size_t n = end - k < left ? end - k : left;
        do_vector(w, k / l->axis, start, start + n);
        k += n;
    }
}

static void do_channels(struct walk *w)
{
    const struct layout *l = &w->layout;
    for (size_t a = 0; a < l->axis; a++) {
        struct region r = {.base = a * l->inner,
                           .n1 = l->inner,
                           .stride1 = 1,
                           .n2 = l->outer,
                           .stride2 = l->axis * l->inner};
        region_do(w, &r, &w->outer, a);
    }
}

static void do_tiles(struct walk *w)
{
    const struct layout *l = &w->layout;
    const size_t *tile = w->spec->scaling.tile;
    size_t index = 0;
    for (size_t o = 0; o < l->outer; o++)
        for (size_t row = 0; row < l->axis; row += tile[0])
            for (size_t column = 0; column < l->inner; column += tile[1]) {
                struct region r = {.base = (o * l->axis + row) * l->inner + column,
                                   .n1 = l->inner - column < tile[1] ? l->inner - column : tile[1],
                                   .stride1 = 1,
                                   .n2 = l->axis - row < tile[0] ? l->axis - row : tile[0],
                                   .stride2 = l->inner};
                region_do(w, &r, &w->outer, index++);
            }
}

/* --- pieces --- */

/* Whether all elements have the one scale that walk_begin finds. */
static bool has_one_scale(const struct quant_spec *q)
{
    return (q->scaling.per == PER_NONE || q->scaling.per == PER_TENSOR) && block_is_plain(q);
}

static bool lies_in_rows(const struct walk *w)
{
    enum granularity per = w->spec->scaling.per;
    return (per == PER_TOKEN || per == PER_BLOCK) && w->layout.inner == 1;
}

size_t walk_region(const struct walk *w)
{
    const struct scaling *s = &w->spec->scaling;
    if (w->spec->fit) /* asks all elements first */
        return 0;
    if (has_one_scale(w->spec))
        return 1;
    if (!lies_in_rows(w))
        return 0;
    bool divides = s->per == PER_BLOCK && s->second != SECOND_ROW;
    return at_most(w->layout.axis, !divides                    ? w->layout.axis
                                   : s->second == SECOND_BLOCK ? s->second_block
                                                               : s->block);
}

/* Where the region of element k starts. Regions start with each row. */
static size_t region_start(const struct walk *w, size_t k, size_t region)
{
    size_t at = region == 1 ? 0 : k % w->layout.axis % region;
    return k - at;
}

size_t walk_cut(const struct walk *w, size_t first, size_t end)
{
    size_t region = walk_region(w);
    if (end >= w->n)
        return w->n - first;
    size_t cut = region ? region_start(w, end, region) : 0;
    return cut > first ? cut - first : 0;
}

size_t walk_region_end(const struct walk *w, size_t k)
{
    size_t region = walk_region(w), start = k < w->n ? region_start(w, k, region) : k;
    if (start == k)
        return k;
    size_t row = w->layout.axis, left = row - start % row;
    return start + at_most(region, left);
}

bool walk_is_defined(const struct walk *w)
{
    return w->out.codes || w->out.scales || w->out.seconds || w->job.watch;
}

void walk_begin(struct walk *w, const struct quant_range *range)
{
    const struct scaling *s = &w->spec->scaling;
    if (s->second != SECOND_ROW && s->second != SECOND_BLOCK)
        w->outer = put_second(w, 0, region_outer_of_range(w, range));
    w->job.outer = &w->outer;
    w->job.scale_index = 0;
    if (!has_one_scale(w->spec) || w->quotient)
        return;
    region_choose(w, range, w->n, w->stats);
    if (w->out.scales && s->per != PER_NONE)
        w->out.scales[0] = w->job.scale;
}

void walk_piece(struct walk *w, size_t first, size_t n, const float *x, float *to)
{
    struct region all = {.n1 = w->n, .stride1 = 1, .n2 = 1};
    w->first = first;
    w->length = n;
    w->from = x;
    w->to = to;
    if (has_one_scale(w->spec) && !w->quotient) {
        region_encode(w, &(struct region){.base = first, .n1 = n, .stride1 = 1, .n2 = 1});
        return;
    }
    switch (w->spec->scaling.per) {
    case PER_CHANNEL:
        do_channels(w);
        break;
    case PER_TILE:
        do_tiles(w);
        break;
    case PER_TOKEN:
    case PER_BLOCK:
        do_vectors(w);
        break;
    default:
        region_do(w, &all, &w->outer, 0);
    }
}

/* --- memory --- */

static size_t longest_region(const struct scaling *s, const struct layout *l, size_t n)
{
    switch (s->per) {
    case PER_CHANNEL:
        return l->outer * l->inner;
    case PER_TOKEN:
        return l->axis;
    case PER_BLOCK:
        return at_most(l->axis, s->block);
    case PER_TILE:
        return at_most(l->axis, s->tile[0]) * at_most(l->inner, s->tile[1]);
    default:
        return n;
    }
}

/* The arrays of the job. */
static bool reserve(struct walk *w)
{
    size_t n = w->room ? w->room : 1;
    struct block_job *j = &w->job;
    j->x = w->x = malloc(n * sizeof *w->x);
    j->index = w->index = malloc(n * sizeof *w->index);
    j->codes = malloc(n * sizeof *j->codes);
    j->events = malloc(n * sizeof *j->events);
    j->values = malloc(n * sizeof *j->values);
    return j->x && j->index && j->codes && j->events && j->values;
}

bool walk_open(struct walk *w)
{
    const struct quant_spec *q = w->spec;
    size_t longest = longest_region(&q->scaling, &w->layout, w->n);
    w->room = block_is_plain(q) ? at_most(REGION_CHUNK, longest) : longest;
    w->job = (struct block_job){.q = q, .seed = w->in->seed, .stream = w->in->stream};
    return reserve(w);
}

bool walk_split(const struct walk *from, struct walk *w)
{
    *w = *from;
    w->counts = (struct kernel_counts){0};
    memset(&w->used, 0, sizeof w->used);
    w->codes = NULL;
    return reserve(w) && (!from->codes || walk_mark(w));
}

bool walk_mark(struct walk *w)
{
    w->codes = malloc(sizeof *w->codes);
    if (w->codes)
        w->codes->used = &w->used;
    return w->codes != NULL;
}

void walk_close(struct walk *w)
{
    free(w->codes);
    w->codes = NULL;
    free(w->x);
    free(w->index);
    free(w->job.codes);
    free(w->job.events);
    free(w->job.values);
    w->job.x = w->x = NULL;
    w->job.index = w->index = NULL;
    w->job.codes = w->job.events = NULL;
    w->job.values = NULL;
}
