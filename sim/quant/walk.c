#include "sim/quant/walk.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Elements base + i * stride1 + j * stride2, i < n1, j < n2. */
struct region {
    size_t base, n1, stride1, n2, stride2;
};

/* Elements that are coded one after another under a scale known before are taken this many at a time. */
enum { CHUNK = 4096 };

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

static size_t at_most(size_t a, size_t b)
{
    return a < b ? a : b;
}

size_t walk_runs(size_t n, size_t length)
{
    return n / length + (n % length != 0);
}

/* --- elements --- */

static void mark(struct walk *w, uint32_t code)
{
    w->used.word[(code & 0xffff) / 32] |= (int32_t)(UINT32_C(1) << (code & 31));
}

static void count_element(struct walk *w, uint32_t code, uint32_t events, float x, float y)
{
    struct quant_stats *s = w->stats;
    s->saturated += (events & (EVENT_SATURATED | EVENT_OVERFLOW)) != 0;
    s->flushed += y == 0 && x != 0 && !isnan(x); /* in the code, or in the last rounding to binary32 */
    s->near_ties += (events & EVENT_NEAR_TIE) != 0;
    s->nan_lost += (events & EVENT_NAN_LOST) != 0;
    s->nan_in += isnan(x) != 0;
    s->nan_out += isnan(y) != 0;
    mark(w, code);
}

static size_t region_count(const struct region *r)
{
    return r->n1 * r->n2;
}

/* Elements first .. first + n - 1 of the region become those of the job. */
static void gather(struct walk *w, const struct region *r, size_t first, size_t n)
{
    struct block_job *j = &w->job;
    j->n = n;
    size_t a = first % r->n1, b = first / r->n1;
    for (size_t i = 0; i < n; i++) {
        size_t k = r->base + a * r->stride1 + b * r->stride2;
        w->x[i] = quant_input_value(w->spec, w->from[k - w->first]);
        w->index[i] = k;
        if (++a == r->n1) {
            a = 0;
            b++;
        }
    }
}

static const float *element(const struct walk *w, size_t k)
{
    return w->from + (k - w->first);
}

/* In runs that are worth a call. */
static bool lies_together(const struct region *r)
{
    enum { SHORT = 128 };
    return r->stride1 == 1 && (r->n2 == 1 || r->n1 >= SHORT);
}

static struct quant_range range_of(struct walk *w, const struct region *r)
{
    struct quant_range range = {.finite = false};
    size_t n = region_count(r);
    if (lies_together(r) && !w->spec->daz) {
        for (size_t b = 0; b < r->n2; b++)
            quant_range_add(&range, element(w, r->base + b * r->stride2), r->n1);
        return range;
    }
    for (size_t first = 0; first < n; first += w->room) {
        gather(w, r, first, n - first < w->room ? n - first : w->room);
        quant_range_add(&range, w->x, w->job.n);
    }
    return range;
}

static float weight_of(const struct walk *w, size_t k, float square)
{
    switch (w->spec->fit) {
    case FIT_LLOYD:
        return 1;
    case FIT_MSE:
        return square;
    default: /* FIT_SENSITIVITY; what is too large for binary32 counts as its largest */
        return fminf(square * w->in->sensitivity[k], FLT_MAX);
    }
}

/* Elements that are not finite, or have no scale to speak of, weigh nothing. */
static void collect(struct walk *w, const struct block_scale *scale)
{
    struct block_job *j = &w->job;
    bool usable = scale->value.class == NUMBER_FINITE;
    float square = usable ? number_to_f32(number_mul(scale->value, scale->value)) : 0;
    for (size_t i = 0; i < j->n; i++) {
        size_t k = j->index[i];
        float q = usable ? number_to_f32(number_div(number_from_f32(j->x[i]), scale->value)) : 0;
        bool counts = usable && isfinite(q) && isfinite(square);
        w->quotient[k] = counts ? q : 0;
        w->weight[k] = counts ? weight_of(w, k, square) : 0;
    }
}

static void finish(struct walk *w)
{
    const struct block_job *j = &w->job;
    for (size_t i = 0; i < j->n; i++) {
        size_t k = j->index[i];
        count_element(w, j->codes[i], j->events[i], w->from[k - w->first], j->values[i]);
        if (w->out.codes)
            w->out.codes[k] = j->codes[i];
        if (w->to)
            w->to[k - w->first] = j->values[i];
    }
}

/* --- regions --- */

static struct kernel_counts *counts_of(struct walk *w)
{
    return w->counts_wanted ? &w->counts : NULL;
}

/* Marks the codes of elements first .. first + n - 1 of the region by the definition, under the scale chosen
 * before, and does no more. */
static void mark_defined(struct walk *w, const struct region *r, size_t first, size_t n)
{
    struct quant_stats ignored = {.elements = 0};
    gather(w, r, first, n);
    block_encode(&w->job, &ignored, NULL);
    for (size_t i = 0; i < n; i++)
        mark(w, w->job.codes[i]);
}

/* The errors expected of n neighbours from k on that kernels took. */
static void expect(struct walk *w, size_t k, size_t n)
{
    const struct block_job *j = &w->job;
    size_t first = k < j->expected_from ? j->expected_from : k, end = at_most(k + n, j->expected_to);
    if (first < end)
        fast_expect(w->fast, &j->chosen, element(w, first), end - first, &w->expected);
}

/* n elements by kernels, `first` of the region, neighbours; under the scale chosen before. */
static bool elements_fast(struct walk *w, const struct region *r, size_t first, size_t n)
{
    size_t k = r->base + first % r->n1 + first / r->n1 * r->stride2;
    float *y = w->to + (k - w->first);
    if (!fast_elements(w->fast, &w->job.chosen, k, element(w, k), y, n, counts_of(w)))
        return false;
    size_t untold = w->codes ? fast_mark(w->fast, &w->job.chosen, element(w, k), y, n, w->codes) : 0;
    for (size_t i = 0; i < untold; i++)
        mark_defined(w, r, first + w->codes->untold[i], 1);
    expect(w, k, n);
    return true;
}

/* Where more than values is asked for, elements are looked at again afterwards. */
static bool is_fast(const struct walk *w)
{
    bool again = w->codes || w->job.expected_to;
    return w->fast && w->to && !(again && w->to == w->from);
}

/* The runs of a region by kernels, under the scale chosen before; false if they do not serve it. */
static bool encode_fast(struct walk *w, const struct region *r)
{
    size_t most = w->codes ? FAST_MOST : r->n1;
    if (!is_fast(w) || !lies_together(r) || (w->codes && !fast_can_mark(w->fast, &w->job.chosen)))
        return false;
    for (size_t b = 0; b < r->n2; b++)
        for (size_t first = 0; first < r->n1; first += most)
            if (!elements_fast(w, r, b * r->n1 + first, at_most(most, r->n1 - first)))
                return false; /* the first of them: it is the scale that decides */
    return true;
}

/* The elements of the job, `first` of the region and those that follow, by kernels, under the scale chosen
 * before. Not those that need to know where they are. */
static bool gathered_fast(struct walk *w, const struct region *r, size_t first)
{
    struct block_job *j = &w->job;
    if (!is_fast(w) || w->fast->elements == ELEMENTS_STOCHASTIC ||
        (w->codes && !fast_can_mark(w->fast, &j->chosen)) ||
        !fast_elements(w->fast, &j->chosen, 0, j->x, j->values, j->n, counts_of(w)))
        return false;
    for (size_t i = 0; i < j->n; i++)
        w->to[j->index[i] - w->first] = j->values[i];
    size_t untold = w->codes ? fast_mark(w->fast, &j->chosen, j->x, j->values, j->n, w->codes) : 0;
    for (size_t i = 0; i < untold; i++) /* from here on the job is another */
        mark_defined(w, r, first + w->codes->untold[i], 1);
    return true;
}

/* Elements of the region, a chunk at a time, under the scale chosen before. */
static void encode_region(struct walk *w, const struct region *r)
{
    size_t n = region_count(r);
    if (encode_fast(w, r))
        return;
    for (size_t first = 0; first < n; first += w->room) {
        gather(w, r, first, n - first < w->room ? n - first : w->room);
        if (gathered_fast(w, r, first))
            continue;
        if (w->cast)
            cast_elements(w->cast, w->x, w->job.n, w->job.codes, w->job.events, w->job.values);
        else
            block_encode(&w->job, w->stats, &w->expected);
        finish(w);
    }
}

static void fit_region(struct walk *w, const struct region *r, const struct quant_range *range)
{
    struct block_scale scale = block_plain_scale(&w->job, range);
    size_t n = region_count(r);
    for (size_t first = 0; first < n; first += w->room) {
        gather(w, r, first, n - first < w->room ? n - first : w->room);
        collect(w, &scale);
    }
}

static void do_region(struct walk *w, const struct region *r, const struct outer_scale *outer,
                      size_t scale_index)
{
    struct block_job *j = &w->job;
    struct quant_range range = range_of(w, r);
    j->outer = outer;
    j->scale_index = scale_index;
    if (!block_is_plain(w->spec))
        gather(w, r, 0, region_count(r));
    if (w->quotient) {
        fit_region(w, r, &range);
        return;
    }
    if (w->spec->codec) {
        block_run_codec(j, w->stats);
        finish(w);
    } else {
        block_choose(j, &range, region_count(r), w->stats);
        encode_region(w, r);
    }
    if (w->out.scales)
        w->out.scales[scale_index] = j->scale;
}

/* The second level of a region. */
static struct outer_scale outer_of(struct walk *w, const struct quant_range *range)
{
    const struct scaling *s = &w->spec->scaling;
    float amax = s->second == SECOND_NONE ? 0 : block_range(w->spec, range, true).amax;
    w->stats->outer_scales += s->second != SECOND_NONE;
    return scaling_outer(s, &w->spec->element, amax);
}

static struct outer_scale outer_of_region(struct walk *w, const struct region *r)
{
    struct quant_range range = range_of(w, r);
    return outer_of(w, &range);
}

/* Marks the codes of n elements in blocks from k on, which kernels took. */
static void mark_blocks(struct walk *w, size_t k, size_t n, const struct outer_scale *outer)
{
    const size_t block = w->spec->scaling.block;
    const float *y = w->to + (k - w->first);
    size_t untold = fast_mark_blocks(w->fast, outer, element(w, k), y, n, w->codes), done = 0;
    struct quant_stats ignored = {.elements = 0}; /* the kernel counted the scale */
    for (size_t i = 0; i < untold; i++) {
        size_t at = w->codes->untold[i] - w->codes->untold[i] % block;
        if (at < done)
            continue;
        struct region r = {.base = k + at, .n1 = at_most(block, n - at), .stride1 = 1, .n2 = 1};
        struct quant_range range = range_of(w, &r);
        w->job.outer = outer;
        block_choose(&w->job, &range, r.n1, &ignored);
        mark_defined(w, &r, 0, r.n1);
        done = at + block;
    }
}

/* Blocks by kernels: how many elements of the n from k on, blocks of a row, they took. */
static size_t blocks_fast(struct walk *w, size_t k, size_t n, const struct outer_scale *outer)
{
    const size_t block = w->spec->scaling.block;
    if (!is_fast(w) || w->layout.inner != 1 || (w->codes && block > FAST_MOST))
        return 0;
    if (w->codes)
        n = at_most(n, FAST_MOST / block * block);
    size_t done = fast_blocks(w->fast, outer, element(w, k), w->to + (k - w->first), n, counts_of(w));
    if (w->codes && done)
        mark_blocks(w, k, done, outer);
    return done;
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
        own = outer_of_region(w, &whole);
    if (s->per == PER_TOKEN) {
        do_region(w, &whole, &own, row);
        return;
    }
    size_t blocks = walk_runs(l->axis, s->block);
    for (size_t first = start, length; first < stop; first += length) {
        struct region r = whole;
        size_t left = stop - first;
        r.base += first * l->inner;
        if (s->second == SECOND_BLOCK) {
            size_t part = s->second_block - first % s->second_block;
            left = left < part ? left : part;
            r.n1 = left;
            if (first % s->second_block == 0)
                own = outer_of_region(w, &r);
        }
        length = blocks_fast(w, r.base, left, &own);
        if (length)
            continue;
        length = left < s->block ? left : s->block;
        r.n1 = length;
        do_region(w, &r, &own, (o * blocks + first / s->block) * l->inner + i);
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
        do_region(w, &r, &w->outer, a);
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
                do_region(w, &r, &w->outer, index++);
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

void walk_begin(struct walk *w, const struct quant_range *range)
{
    const struct scaling *s = &w->spec->scaling;
    if (s->second != SECOND_ROW && s->second != SECOND_BLOCK)
        w->outer = outer_of(w, range);
    w->job.outer = &w->outer;
    w->job.scale_index = 0;
    if (!has_one_scale(w->spec) || w->quotient)
        return;
    block_choose(&w->job, range, w->n, w->stats);
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
        encode_region(w, &(struct region){.base = first, .n1 = n, .stride1 = 1, .n2 = 1});
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
        do_region(w, &all, &w->outer, 0);
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
    w->room = block_is_plain(q) ? at_most(CHUNK, longest) : longest;
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
