/* The walk over a tensor: every element meets the scale of its region. */
#include "sim/quant/quant.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "formats/codebook.h"
#include "sim/quant/block.h"
#include "sim/quant/fit.h"

/* Elements base + i * stride1 + j * stride2, i < n1, j < n2. */
struct region {
    size_t base, n1, stride1, n2, stride2;
};

/* The tensor as [outer][axis][inner] around the axis; for tiles as [outer][rows][columns]. */
struct layout {
    size_t outer, axis, inner;
};

/* Elements without a scale are taken this many at a time. */
#define CAST_CHUNK 4096

struct walk {
    const struct quant_spec *spec;
    const struct quant_input *in;
    const struct quant_output *out;
    struct quant_stats *stats;
    struct layout layout;
    size_t longest;       /* elements of the longest region */
    struct block_job job; /* the region under way */
    float *x;             /* its values: job.x */
    uint64_t *index;      /* job.index */
    struct cast *cast;    /* job.cast */
    float *quotient,
        *weight; /* not NULL: no results, but elements over their scales, and the scales squared */
    uint64_t used[65536 / 64]; /* element codes seen */
};

static bool has_axis(const struct scaling *s)
{
    return s->per == PER_CHANNEL || s->per == PER_TOKEN || s->per == PER_BLOCK;
}

static struct layout layout_of(const struct quant_spec *q, const struct quant_input *in)
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

static size_t runs_of(size_t n, size_t length)
{
    return n / length + (n % length != 0);
}

size_t quant_scale_shape(const struct quant_spec *q, const struct quant_input *in, int *rank,
                         size_t shape[static TENSOR_MAX_RANK])
{
    const struct scaling *s = &q->scaling;
    *rank = s->per == PER_NONE || s->per == PER_CHANNEL ? 1 : s->per == PER_TENSOR ? 0 : in->rank;
    if (s->per == PER_NONE || s->per == PER_TENSOR) {
        shape[0] = 0;
        return s->per == PER_TENSOR;
    }
    if (s->per == PER_CHANNEL) {
        shape[0] = in->rank ? in->shape[in->axis] : 1;
        return shape[0];
    }
    size_t n = 1;
    for (int d = 0; d < in->rank; d++) {
        size_t length = 1; /* elements that become one scale */
        if (s->per == PER_TILE && d >= in->rank - 2)
            length = s->tile[d - in->rank + 2];
        else if (s->per != PER_TILE && d == in->axis)
            length = s->per == PER_BLOCK ? s->block : in->shape[d] ? in->shape[d] : 1;
        shape[d] = runs_of(in->shape[d], length);
        n *= shape[d];
    }
    return n;
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
    w->used[(code & 0xffff) / 64] |= UINT64_C(1) << (code & 63);
}

/* Subnormal inputs are zero under daz. */
static float input(const struct quant_spec *q, float x)
{
    bool subnormal = (bits_from_f32(x) & 0x7f800000) == 0;
    return q->daz && subnormal ? f32_from_bits(bits_from_f32(x) & 0x80000000) : x;
}

static void gather(struct walk *w, const struct region *r)
{
    struct block_job *j = &w->job;
    j->n = 0;
    for (size_t b = 0; b < r->n2; b++)
        for (size_t a = 0; a < r->n1; a++, j->n++) {
            size_t k = r->base + a * r->stride1 + b * r->stride2;
            w->x[j->n] = input(w->spec, w->in->x[k]);
            w->index[j->n] = k;
        }
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
static void collect(struct walk *w)
{
    struct block_job *j = &w->job;
    struct block_scale scale = block_plain_scale(j);
    bool usable = scale.value.class == NUMBER_FINITE;
    float square = usable ? number_to_f32(number_mul(scale.value, scale.value)) : 0;
    for (size_t i = 0; i < j->n; i++) {
        size_t k = j->index[i];
        float q = usable ? number_to_f32(number_div(number_from_f32(j->x[i]), scale.value)) : 0;
        bool counts = usable && isfinite(q) && isfinite(square);
        w->quotient[k] = counts ? q : 0;
        w->weight[k] = counts ? weight_of(w, k, square) : 0;
    }
}

static void do_region(struct walk *w, const struct region *r, const struct outer_scale *outer,
                      size_t scale_index)
{
    struct block_job *j = &w->job;
    const struct quant_output *out = w->out;
    gather(w, r);
    j->outer = outer;
    j->scale_index = scale_index;
    if (w->quotient) {
        collect(w);
        return;
    }
    block_quantize(j, w->stats);
    if (out->scales && w->spec->scaling.per != PER_NONE)
        out->scales[scale_index] = j->scale;
    for (size_t i = 0; i < j->n; i++) {
        size_t k = j->index[i];
        count_element(w, j->codes[i], j->events[i], w->in->x[k], j->values[i]);
        if (out->codes)
            out->codes[k] = j->codes[i];
        if (out->values)
            out->values[k] = j->values[i];
    }
}

/* The second level of a region, whose range is taken before its elements are gathered: region by region, so
 * that it may be longer than any of them. */
static struct outer_scale outer_of(struct walk *w, const struct region *r)
{
    const struct scaling *s = &w->spec->scaling;
    if (s->second == SECOND_NONE)
        return scaling_outer(s, &w->spec->element, 0);
    w->stats->outer_scales++;
    float amax = 0;
    for (size_t b = 0; b < r->n2; b++)
        for (size_t first = 0; first < r->n1; first += w->longest) {
            struct region part = *r;
            part.base += first * r->stride1 + b * r->stride2;
            part.n1 = r->n1 - first < w->longest ? r->n1 - first : w->longest;
            part.n2 = 1;
            gather(w, &part);
            float most = block_range(w->spec, w->x, w->job.n, true).amax;
            amax = isnan(most) || isnan(amax) ? (float)NAN : most > amax ? most : amax;
        }
    return scaling_outer(s, &w->spec->element, amax);
}

/* One vector along the axis: a scale for all of it (PER_TOKEN) or for each block. */
static void do_vector(struct walk *w, size_t o, size_t i, const struct outer_scale *tensor)
{
    const struct scaling *s = &w->spec->scaling;
    const struct layout *l = &w->layout;
    struct region row = {.base = o * l->axis * l->inner + i, .n1 = l->axis, .stride1 = l->inner, .n2 = 1};
    struct outer_scale own = *tensor;
    if (s->second == SECOND_ROW)
        own = outer_of(w, &row);
    if (s->per == PER_TOKEN) {
        do_region(w, &row, &own, o * l->inner + i);
        return;
    }
    size_t blocks = runs_of(l->axis, s->block);
    for (size_t b = 0; b < blocks; b++) {
        size_t first = b * s->block, left = l->axis - first;
        struct region r = row;
        r.base += first * l->inner;
        if (s->second == SECOND_BLOCK && first % s->second_block == 0) {
            r.n1 = left < s->second_block ? left : s->second_block;
            own = outer_of(w, &r);
        }
        r.n1 = left < s->block ? left : s->block;
        do_region(w, &r, &own, (o * blocks + b) * l->inner + i);
    }
}

static void do_channels(struct walk *w, const struct outer_scale *outer)
{
    const struct layout *l = &w->layout;
    for (size_t a = 0; a < l->axis; a++) {
        struct region r = {.base = a * l->inner,
                           .n1 = l->inner,
                           .stride1 = 1,
                           .n2 = l->outer,
                           .stride2 = l->axis * l->inner};
        do_region(w, &r, outer, a);
    }
}

static void do_tiles(struct walk *w, const struct outer_scale *outer)
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
                do_region(w, &r, outer, index++);
            }
}

static void do_tensor(struct walk *w, size_t n)
{
    const struct scaling *s = &w->spec->scaling;
    const struct layout *l = &w->layout;
    struct region all = {.n1 = n, .stride1 = 1, .n2 = 1};
    struct outer_scale outer = {0};
    if (s->second != SECOND_ROW && s->second != SECOND_BLOCK)
        outer = outer_of(w, &all);
    switch (s->per) {
    case PER_NONE:
        for (size_t first = 0; first < n; first += CAST_CHUNK) {
            struct region r = {.base = first, .n1 = n - first < CAST_CHUNK ? n - first : CAST_CHUNK};
            r.stride1 = r.n2 = 1;
            do_region(w, &r, &outer, 0);
        }
        break;
    case PER_CHANNEL:
        do_channels(w, &outer);
        break;
    case PER_TILE:
        do_tiles(w, &outer);
        break;
    case PER_TOKEN:
    case PER_BLOCK:
        for (size_t o = 0; o < l->outer; o++)
            for (size_t i = 0; i < l->inner; i++)
                do_vector(w, o, i, &outer);
        break;
    default:
        do_region(w, &all, &outer, 0);
    }
}

static size_t at_most(size_t a, size_t b)
{
    return a < b ? a : b;
}

static size_t longest_region(const struct scaling *s, const struct layout *l, size_t n)
{
    switch (s->per) {
    case PER_NONE:
        return at_most(n, CAST_CHUNK);
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

/* Refuses or pads what is no whole block. */
static enum status tails(struct walk *w, struct error *e)
{
    const struct scaling *s = &w->spec->scaling;
    const struct layout *l = &w->layout;
    if (s->per != PER_BLOCK && s->per != PER_TILE)
        return STATUS_OK;
    size_t along = s->per == PER_TILE ? s->tile[0] : s->block, across = s->per == PER_TILE ? s->tile[1] : 1;
    if (l->axis % along == 0 && l->inner % across == 0)
        return STATUS_OK;
    if (s->tail == TAIL_REFUSE && s->per == PER_BLOCK)
        return error_set(e, STATUS_INVALID,
                         "tail=refuse: the axis has %zu elements, which is no multiple of block=%zu", l->axis,
                         s->block);
    if (s->tail == TAIL_REFUSE)
        return error_set(
            e, STATUS_INVALID,
            "tail=refuse: the last two axes have %zu x %zu elements, which tiles of %zux%zu do not fill",
            l->axis, l->inner, s->tile[0], s->tile[1]);
    if (s->tail == TAIL_ZERO_PAD)
        w->stats->stored = l->outer * runs_of(l->axis, along) * along * runs_of(l->inner, across) * across;
    return STATUS_OK;
}

/* Whether elements are rounded and no more. */
static bool is_plain_cast(const struct quant_spec *q)
{
    return q->scaling.per == PER_NONE && !q->codec && !quant_spec_is_stochastic(q) && !q->out.family;
}

static bool open_job(struct walk *w)
{
    size_t n = w->longest;
    w->x = malloc(n * sizeof *w->x);
    w->index = malloc(n * sizeof *w->index);
    w->job = (struct block_job){.q = w->spec,
                                .seed = w->in->seed,
                                .stream = w->in->stream,
                                .x = w->x,
                                .index = w->index,
                                .codes = malloc(n * sizeof *w->job.codes),
                                .events = malloc(n * sizeof *w->job.events),
                                .values = malloc(n * sizeof *w->job.values)};
    return w->x && w->index && w->job.codes && w->job.events && w->job.values;
}

static void close_job(struct walk *w)
{
    cast_close(w->cast);
    free(w->x);
    free(w->index);
    free(w->job.codes);
    free(w->job.events);
    free(w->job.values);
}

static enum status check_sensitivity(const struct quant_input *in, size_t n, struct error *e)
{
    if (!in->sensitivity)
        return error_set(e, STATUS_INVALID, "fit=sensitivity: the tensor comes without sensitivities");
    for (size_t i = 0; i < n; i++)
        if (!isfinite(in->sensitivity[i]) || in->sensitivity[i] < 0)
            return error_set(e, STATUS_INVALID,
                             "fit=sensitivity: the sensitivity of element %zu is %g; allowed: finite, >= 0",
                             i, (double)in->sensitivity[i]);
    return STATUS_OK;
}

/* A codebook of this tensor alone. */
struct own_book {
    struct codebook book;
    float levels[CODEBOOK_MAX];
};

/* *q with a codebook fitted to the tensor, which lives in *own; the scales stay those of the codebook that
 * the text names. */
static enum status fitted(struct walk *w, size_t n, struct quant_spec *q, struct own_book *own,
                          struct error *e)
{
    const struct codebook *book = q->element.book;
    float *levels = own->levels;
    struct quant_stats ignored = *w->stats;
    struct quant_stats *stats = w->stats;
    w->quotient = malloc(n * sizeof *w->quotient);
    w->weight = malloc(n * sizeof *w->weight);
    enum status s = w->quotient && w->weight ? STATUS_OK : error_set(e, STATUS_INTERNAL, "out of memory");
    if (!s) {
        w->stats = &ignored;
        do_tensor(w, n);
        w->stats = stats;
        s = fit_lloyd(w->quotient, n, w->weight, book->n, levels);
    }
    free(w->quotient);
    free(w->weight);
    w->quotient = w->weight = NULL;
    if (s)
        return s == STATUS_INVALID ? STATUS_OK : s; /* nothing that counts: the codebook stays as it is */
    struct codebook b = {.n = 1, .values = levels};
    for (int i = 1; i < book->n; i++)
        if (levels[i] > levels[b.n - 1])
            levels[b.n++] = levels[i];
    for (int i = 0; i < b.n; i++)
        levels[i] += 0.0F; /* no -0 */
    if (b.n < 2 || codebook_problem(&b))
        return STATUS_OK;
    struct number top = format_max(&q->element);
    own->book = b;
    q->element.book = &own->book;
    if (q->scaling.per != PER_NONE && !q->scaling.n_peaks)
        q->scaling.peak[q->scaling.n_peaks++] = number_to_f32(top);
    stats->side_bits += 32 * (uint64_t)b.n;
    return STATUS_OK;
}

enum status quantize(const struct quant_spec *q, const struct quant_input *in, const struct quant_output *out,
                     struct quant_stats *stats, struct error *e)
{
    struct walk w = {.spec = q, .in = in, .out = out, .stats = stats, .layout = layout_of(q, in)};
    size_t n = w.layout.outer * w.layout.axis * w.layout.inner;
    *stats = (struct quant_stats){.elements = n, .stored = n};
    if (n == 0)
        return STATUS_OK;
    enum status s = tails(&w, e);
    if (!s && q->fit == FIT_SENSITIVITY)
        s = check_sensitivity(in, n, e);
    if (s)
        return s;
    w.longest = longest_region(&q->scaling, &w.layout, n);
    struct quant_spec own = *q;
    struct own_book book;
    if (!open_job(&w))
        s = error_set(e, STATUS_INTERNAL, "out of memory for regions of %zu elements", w.longest);
    if (!s && q->fit) {
        s = fitted(&w, n, &own, &book, e);
        w.spec = w.job.q = &own;
    }
    if (!s && is_plain_cast(w.spec) && cast_pays(&w.spec->element, n))
        w.job.cast = w.cast = cast_open(&w.spec->element, &w.spec->rounding);
    if (!s)
        do_tensor(&w, n);
    if (w.job.failed)
        s = error_set(e, STATUS_INTERNAL, "out of memory for a statistic");
    close_job(&w);
    if (s)
        return s;
    if (q->rounding.nan == NAN_REFUSED && stats->nan_lost)
        return error_set(e, STATUS_INVALID, "nan=error: %llu elements are NaN, and %s has no NaN",
                         (unsigned long long)stats->nan_lost, q->element.name);
    if (q->element.bits <= 16)
        for (size_t i = 0; i < sizeof w.used / sizeof *w.used; i++)
            stats->codes_used += (uint64_t)__builtin_popcountll(w.used[i]);
    return STATUS_OK;
}
