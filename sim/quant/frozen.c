#include "sim/quant/frozen.h"

#include <stdlib.h>

#include "sim/quant/block.h"

struct region_scales {
    size_t first, n;          /* its elements in `order` */
    size_t slot;              /* its first scale */
    struct outer_scale outer; /* above it */
};

struct frozen {
    struct quantizer *quantizer;  /* owner of what scales point to */
    const struct quant_spec *q;   /* its spec */
    size_t n;                     /* elements */
    uint64_t *order;              /* elements, region by region, in the order of the walk */
    size_t taken;                 /* of them, so far */
    size_t *region_of, *slot_of;  /* of each element: the number of its region; of the scale that it meets */
    struct block_scale *scale;    /* one for each region, or each group of elements with a micro-exponent */
    size_t slots;                 /* of them, so far */
    struct region_scales *region; /* n_regions */
    size_t n_regions;
};

/* Elements that meet one scale: all of the region, or those that share a micro-exponent. */
static size_t group_of(const struct frozen *f)
{
    return f->q->scaling.micro ? (size_t)f->q->scaling.micro : f->n;
}

/* Elements come region by region, those of a region in the order in which micro-exponents group them. */
static void note(void *context, const struct quant_step *step)
{
    struct frozen *f = context;
    struct region_scales *r = &f->region[step->scale_index];
    if (r->n == 0) {
        r->first = f->taken;
        r->slot = f->slots;
        r->outer = *step->outer;
    }
    if (r->n++ % group_of(f) == 0)
        f->scale[f->slots++] = *step->scale;
    f->order[f->taken++] = step->index;
    f->region_of[step->index] = (size_t)step->scale_index;
    f->slot_of[step->index] = f->slots - 1;
}

static enum status walk(struct frozen *f, const struct quant_input *in, struct error *e)
{
    struct quant_range range = {.finite = false};
    struct quant_stats stats;
    quant_range_add(&range, in->x, f->n);
    enum status s = quantizer_begin(f->quantizer, &range, in->x, e);
    if (!s) {
        quantizer_piece(f->quantizer, 0, f->n, in->x, NULL);
        s = quantizer_end(f->quantizer, &stats, e);
    }
    return s;
}

static bool reserve(struct frozen *f, const struct quant_spec *q, const struct quant_input *in)
{
    int rank;
    size_t shape[TENSOR_MAX_RANK];
    f->n_regions = q->scaling.per == PER_NONE ? 1 : quant_scale_shape(q, in, &rank, shape);
    const size_t slots = f->n_regions + (q->scaling.micro ? f->n / (size_t)q->scaling.micro : 0);
    f->order = calloc(f->n + 1, sizeof *f->order);
    f->region_of = calloc(f->n + 1, sizeof *f->region_of);
    f->slot_of = calloc(f->n + 1, sizeof *f->slot_of);
    f->region = calloc(f->n_regions + 1, sizeof *f->region);
    f->scale = calloc(slots + 1, sizeof *f->scale);
    return f->order && f->region_of && f->slot_of && f->region && f->scale;
}

static enum status refuse(const struct quant_spec *q, struct error *e)
{
    if (q->codec)
        return error_set(e, STATUS_INVALID,
                         "the codec %s has no scales under which single elements are rounded",
                         q->codec->name);
    if (quant_spec_is_stochastic(q))
        return error_set(e, STATUS_INVALID,
                         "single elements are not rounded stochastically, and without faults: round=sr, "
                         "scale_round=sr and flip are not allowed");
    return STATUS_OK;
}

enum status frozen_open(const struct quant_spec *q, const struct quant_input *in, struct frozen **out,
                        struct error *e)
{
    *out = NULL;
    enum status s = refuse(q, e);
    if (s)
        return s;
    struct frozen *f = calloc(1, sizeof *f);
    if (!f)
        return error_set(e, STATUS_INTERNAL, "out of memory");
    f->n = 1;
    for (int d = 0; d < in->rank; d++)
        f->n *= in->shape[d];
    const struct quant_watch watch = {note, f};
    const struct quant_output told = {.wants = QUANT_VALUES, .watch = &watch};
    if (!reserve(f, q, in))
        s = error_set(e, STATUS_INTERNAL, "out of memory");
    if (!s)
        s = quantizer_open(q, in, &told, &f->quantizer, e);
    if (!s) {
        f->q = quantizer_spec(f->quantizer);
        s = walk(f, in, e);
    }
    if (s) {
        frozen_close(f);
        return s;
    }
    *out = f;
    return s;
}

void frozen_close(struct frozen *f)
{
    if (!f)
        return;
    quantizer_close(f->quantizer);
    free(f->order);
    free(f->region_of);
    free(f->slot_of);
    free(f->scale);
    free(f->region);
    free(f);
}

/* --- elements --- */

static float value_of(const struct frozen *f, size_t i, float x, const struct rounding *r)
{
    const struct block_scale *scale = &f->scale[f->slot_of[i]];
    const struct encoded code = scaling_encode(&f->q->scaling, r, scale, quant_input_value(f->q, x), 0);
    return block_value(f->q, scale, code.code);
}

float frozen_value(const struct frozen *f, size_t i, float x)
{
    return value_of(f, i, x, &f->q->rounding);
}

void frozen_neighbours(const struct frozen *f, size_t i, float x, float *below, float *above)
{
    struct rounding r = f->q->rounding;
    r.overflow = OVERFLOW_SATURATE;
    r.carry = CARRY_ADD;
    r.half_f32 = false;
    r.mode = ROUND_RDN;
    *below = value_of(f, i, x, &r);
    r.mode = ROUND_RUP;
    *above = value_of(f, i, x, &r);
}

/* --- regions --- */

size_t frozen_regions(const struct frozen *f)
{
    return f->n_regions;
}

size_t frozen_region(const struct frozen *f, size_t i)
{
    return f->region_of[i];
}

/* Told of the elements of a region whose scale is found again. */
struct finding {
    struct frozen *f;
    size_t slot, done;
};

static void renew(void *context, const struct quant_step *step)
{
    struct finding *r = context;
    if (r->done++ % group_of(r->f) == 0)
        r->f->scale[r->slot++] = *step->scale;
}

enum status frozen_find(struct frozen *f, size_t region, const float *x, struct error *e)
{
    const struct region_scales *r = &f->region[region];
    struct finding finding = {.f = f, .slot = r->slot};
    const struct quant_watch watch = {renew, &finding};
    struct quant_stats ignored = {.elements = 0};
    struct quant_range range = {.finite = false};
    float *own = malloc((2 * r->n + 1) * sizeof *own);
    uint32_t *codes = malloc((2 * r->n + 1) * sizeof *codes);
    enum status s = own && codes ? STATUS_OK : error_set(e, STATUS_INTERNAL, "out of memory");
    if (!s) {
        struct block_job job = {.q = f->q,
                                .outer = &r->outer,
                                .scale_index = region,
                                .n = r->n,
                                .x = own,
                                .index = f->order + r->first,
                                .codes = codes,
                                .events = codes + r->n,
                                .values = own + r->n,
                                .watch = &watch};
        for (size_t i = 0; i < r->n; i++)
            own[i] = quant_input_value(f->q, x[job.index[i]]);
        quant_range_add(&range, own, r->n);
        block_choose(&job, &range, r->n, &ignored);
        block_encode(&job, &ignored, NULL);
        if (job.failed)
            s = error_set(e, STATUS_INTERNAL, "out of memory for a statistic");
    }
    free(own);
    free(codes);
    return s;
}
