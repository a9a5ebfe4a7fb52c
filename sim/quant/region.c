#include "sim/quant/region.h"

#include <float.h>
#include <math.h>

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

/* --- elements by kernels --- */

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

/* --- regions --- */

static bool same_zero(const struct quant_spec *q, const struct block_scale *a, const struct block_scale *b,
                      float zero)
{
    const struct scaling *s = &q->scaling;
    struct encoded under_a = scaling_encode(s, &q->rounding, a, zero, 0),
                   under_b = scaling_encode(s, &q->rounding, b, zero, 0);
    return !(under_a.events & EVENT_INEXACT) && under_a.events == under_b.events &&
           under_a.code == under_b.code &&
           bits_from_f32(number_to_f32(scaling_value(s, a, under_a.code))) ==
               bits_from_f32(number_to_f32(scaling_value(s, b, under_b.code)));
}

/* Kernels do not serve a scale of zero. Nothing but zeros under it is what it is under 1, where the
 * definition says so of both zeros (exact, so that nothing is drawn). */
void region_choose(struct walk *w, const struct quant_range *range, size_t n, struct quant_stats *stats)
{
    struct block_job *j = &w->job;
    block_choose(j, range, n, stats);
    bool zeros = range->finite && range->lo == 0 && range->hi == 0 && !range->nan && !range->plus_inf &&
                 !range->minus_inf;
    struct block_scale one = j->chosen;
    one.value = number_pow2(0);
    if (fast_is_plain(w->spec) && !walk_is_defined(w) && zeros && j->chosen.value.class == NUMBER_ZERO &&
        same_zero(w->spec, &j->chosen, &one, 0.0F) && same_zero(w->spec, &j->chosen, &one, -0.0F))
        j->chosen = one;
}

void region_encode(struct walk *w, const struct region *r)
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

void region_do(struct walk *w, const struct region *r, const struct outer_scale *outer, size_t scale_index)
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
        region_choose(w, &range, region_count(r), w->stats);
        region_encode(w, r);
    }
    if (w->out.scales)
        w->out.scales[scale_index] = j->scale;
}

struct outer_scale region_outer_of_range(struct walk *w, const struct quant_range *range)
{
    const struct scaling *s = &w->spec->scaling;
    float amax = s->second == SECOND_NONE ? 0 : block_range(w->spec, range, true).amax;
    w->stats->outer_scales += s->second != SECOND_NONE;
    return scaling_outer(s, &w->spec->element, amax);
}

struct outer_scale region_outer(struct walk *w, const struct region *r)
{
    struct quant_range range = range_of(w, r);
    return region_outer_of_range(w, &range);
}

/* --- blocks by kernels --- */

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
        region_choose(w, &range, r.n1, &ignored);
        mark_defined(w, &r, 0, r.n1);
        done = at + block;
    }
}

size_t region_blocks(struct walk *w, size_t k, size_t n, const struct outer_scale *outer)
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
