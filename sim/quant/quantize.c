/* The walk over a tensor: every element meets the scale of its region. */
#include "sim/quant/quant.h"

#include <math.h>
#include <string.h>

#include "sim/base/rng.h"

/* Elements base + i * stride1 + j * stride2, i < n1, j < n2. */
struct region {
    size_t base, n1, stride1, n2, stride2;
};

/* The tensor as [outer][axis][inner] around the axis. */
struct layout {
    size_t outer, axis, inner;
};

struct walk {
    const struct quant_spec *spec;
    const struct quant_input *in;
    const struct quant_output *out;
    struct quant_stats *stats;
    struct layout layout;
    uint64_t used[65536 / 64]; /* element codes seen */
};

static struct layout layout_of(const struct quant_spec *q, const struct quant_input *in)
{
    struct layout l = {1, 1, 1};
    bool has_axis =
        q->scaling.per == PER_CHANNEL || q->scaling.per == PER_TOKEN || q->scaling.per == PER_BLOCK;
    int axis = has_axis ? in->axis : in->rank; /* without one, everything is outer */
    for (int d = 0; d < in->rank; d++)
        *(d < axis ? &l.outer : d == axis ? &l.axis : &l.inner) *= in->shape[d];
    return l;
}

static size_t blocks_of(const struct scaling *s, size_t axis)
{
    return (axis + s->block - 1) / s->block;
}

size_t quant_scale_shape(const struct quant_spec *q, const struct quant_input *in, int *rank,
                         size_t shape[static TENSOR_MAX_RANK])
{
    const struct scaling *s = &q->scaling;
    *rank = 0;
    switch (s->per) {
    case PER_NONE:
        *rank = 1;
        shape[0] = 0;
        return 0;
    case PER_CHANNEL:
        *rank = 1;
        shape[0] = in->rank ? in->shape[in->axis] : 1;
        return shape[0];
    case PER_TOKEN:
    case PER_BLOCK: {
        size_t n = 1;
        *rank = in->rank;
        for (int d = 0; d < in->rank; d++) {
            size_t along = s->per == PER_TOKEN ? in->shape[d] > 0 : blocks_of(s, in->shape[d]);
            shape[d] = d == in->axis ? along : in->shape[d];
            n *= shape[d];
        }
        return n;
    }
    default:
        return 1;
    }
}

/* Largest magnitude: patterns of binary32 magnitudes are ordered as the values, with Inf above them and NaN
 * on top. */
static float region_amax(const float *x, const struct region *r)
{
    uint32_t most = 0;
    for (size_t j = 0; j < r->n2; j++) {
        const float *p = x + r->base + j * r->stride2;
        for (size_t i = 0; i < r->n1; i++) {
            uint32_t u = bits_from_f32(p[i * r->stride1]) & 0x7fffffff;
            most = u > most ? u : most;
        }
    }
    return f32_from_bits(most);
}

static void count_element(struct walk *w, struct encoded e, float x, float y)
{
    struct quant_stats *s = w->stats;
    s->saturated += (e.events & (EVENT_SATURATED | EVENT_OVERFLOW)) != 0;
    s->flushed += y == 0 && x != 0 && !isnan(x); /* in the code, or in the last rounding to binary32 */
    s->near_ties += (e.events & EVENT_NEAR_TIE) != 0;
    s->nan_lost += (e.events & EVENT_NAN_LOST) != 0;
    s->nan_in += isnan(x) != 0;
    s->nan_out += isnan(y) != 0;
    w->used[(e.code & 0xffff) / 64] |= UINT64_C(1) << (e.code & 63);
}

static void do_region(struct walk *w, const struct region *r, const struct outer_scale *outer,
                      size_t scale_index)
{
    const struct quant_spec *q = w->spec;
    const struct quant_output *out = w->out;
    struct block_scale block = scaling_block(&q->scaling, &q->element, outer, region_amax(w->in->x, r));
    if (q->scaling.per != PER_NONE) {
        w->stats->scales++;
        w->stats->scale_saturated += (block.events & EVENT_SATURATED) != 0;
        w->stats->scale_flushed += (block.events & EVENT_FLUSHED) != 0;
        w->stats->scale_nan += block.value.class == NUMBER_NAN;
        if (out->scales)
            out->scales[scale_index] = block.code;
    }
    bool stochastic = quant_spec_is_stochastic(q);
    for (size_t j = 0; j < r->n2; j++)
        for (size_t i = 0; i < r->n1; i++) {
            size_t k = r->base + i * r->stride1 + j * r->stride2;
            float x = w->in->x[k];
            uint32_t random = stochastic ? rng_u32(w->in->seed, w->in->stream, k) : 0;
            struct encoded e = scaling_encode(&q->scaling, &q->element, &q->rounding, &block, x, random);
            float y = scaling_decode(&q->element, &block, e.code);
            count_element(w, e, x, y);
            if (out->codes)
                out->codes[k] = e.code;
            if (out->values)
                out->values[k] = y;
        }
}

static struct outer_scale outer_of(struct walk *w, const struct region *r)
{
    if (w->spec->scaling.second != SECOND_NONE)
        w->stats->outer_scales++;
    return scaling_outer(&w->spec->scaling, &w->spec->element,
                         w->spec->scaling.second == SECOND_NONE ? 0 : region_amax(w->in->x, r));
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
    size_t blocks = blocks_of(s, l->axis);
    for (size_t b = 0; b < blocks; b++) {
        size_t first = b * s->block, left = l->axis - first;
        struct region r = row;
        r.base += first * l->inner;
        r.n1 = left < s->block ? left : s->block;
        do_region(w, &r, &own, (o * blocks + b) * l->inner + i);
    }
}

static void do_tensor(struct walk *w, size_t n)
{
    const struct scaling *s = &w->spec->scaling;
    const struct layout *l = &w->layout;
    struct region all = {.n1 = n, .stride1 = 1, .n2 = 1};
    struct outer_scale outer = s->second == SECOND_ROW ? (struct outer_scale){0} : outer_of(w, &all);
    switch (s->per) {
    case PER_CHANNEL:
        for (size_t a = 0; a < l->axis; a++) {
            struct region r = {.base = a * l->inner,
                               .n1 = l->inner,
                               .stride1 = 1,
                               .n2 = l->outer,
                               .stride2 = l->axis * l->inner};
            do_region(w, &r, &outer, a);
        }
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

enum status quantize(const struct quant_spec *q, const struct quant_input *in, const struct quant_output *out,
                     struct quant_stats *stats, struct error *e)
{
    const struct scaling *s = &q->scaling;
    struct walk w = {.spec = q, .in = in, .out = out, .stats = stats, .layout = layout_of(q, in)};
    size_t n = w.layout.outer * w.layout.axis * w.layout.inner;
    *stats = (struct quant_stats){.elements = n, .stored = n};
    if (n == 0)
        return STATUS_OK;
    if (s->per == PER_BLOCK && w.layout.axis % s->block) {
        if (s->tail == TAIL_REFUSE)
            return error_set(e, STATUS_INVALID,
                             "tail=refuse: the axis has %zu elements, which is no multiple of block=%zu",
                             w.layout.axis, s->block);
        if (s->tail == TAIL_ZERO_PAD)
            stats->stored = w.layout.outer * blocks_of(s, w.layout.axis) * s->block * w.layout.inner;
    }
    do_tensor(&w, n);
    if (q->rounding.nan == NAN_REFUSED && stats->nan_lost)
        return error_set(e, STATUS_INVALID, "nan=error: %llu elements are NaN, and %s has no NaN",
                         (unsigned long long)stats->nan_lost, q->element.name);
    if (q->element.bits <= 16)
        for (size_t i = 0; i < sizeof w.used / sizeof *w.used; i++)
            stats->codes_used += (uint64_t)__builtin_popcountll(w.used[i]);
    return STATUS_OK;
}
