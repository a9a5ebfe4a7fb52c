/* Transform "mixed_groups": the groups of the weight with the widest range get more bits. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "sim/transform/decompose.h"
#include "sim/transform/sorted.h"

static double range_of(const float *x, size_t n)
{
    double low = (double)INFINITY, high = -low;
    for (size_t i = 0; i < n; i++) {
        low = fmin(low, (double)x[i]);
        high = fmax(high, (double)x[i]);
    }
    return high > low ? high - low : 0;
}

/* The weight both ways, and its groups. */
struct ways {
    float *values[2]; /* under the scheme of the weight, and with the other elements */
    uint64_t bits[2];
    struct sized *group;
    size_t count, size;
};

/* A bit of each group says which way it went, unless all went one. */
static void choose(struct ways *w, const float *x, double share)
{
    const size_t wide = (size_t)(share * (double)w->count + .5);
    for (size_t g = 0; g < w->count; g++)
        w->group[g] = (struct sized){range_of(x + g * w->size, w->size), g * w->size};
    sort_descending(w->group, w->count);
    for (size_t k = 0; k < wide; k++) {
        const size_t first = w->group[k].at;
        memcpy(w->values[0] + first, w->values[1] + first, w->size * sizeof(float));
    }
    if (wide == w->count)
        w->bits[0] = w->bits[1];
    else if (wide) /* all groups of one way take the same */
        w->bits[0] += (w->bits[1] - w->bits[0]) / w->count * wide + w->count;
}

static enum status both_ways(const struct layer *l, const struct quant_spec *to, struct ways *w,
                             struct error *e)
{
    const struct layer_part *p = &l->part[0];
    const struct quant_spec *q[] = {&p->scheme[LAYER_WEIGHT], to};
    enum status s = STATUS_OK;
    for (int i = 0; i < 2 && !s; i++) {
        s = l->tools->quantize(l, p, LAYER_WEIGHT, q[i], p->operand[LAYER_WEIGHT], w->values[i], e);
        if (!s)
            s = l->tools->bits(l, p, LAYER_WEIGHT, q[i], p->operand[LAYER_WEIGHT], &w->bits[i], e);
    }
    return s;
}

/* The scheme of wide groups: that of the others with elements of more bits. */
static enum status wide_scheme(const struct transform_step *step, const struct layer_part *p,
                               struct quant_spec *out, struct error *e)
{
    const struct quant_spec *own = &p->scheme[LAYER_WEIGHT];
    struct quant_spec to;
    enum status s = decompose_scheme(step, &to, e);
    if (s)
        return s;
    if (to.scaling.per != PER_NONE || to.codec)
        return error_set(
            e, STATUS_INVALID,
            "to=%s: groups are scaled as the scheme of the weight says; allowed: an element format",
            step->scheme);
    if (!layer_scales_rows(&own->scaling) || own->scaling.per != PER_BLOCK || own->scaling.second ||
        own->codec || own->scaling.block == 0 || p->n % own->scaling.block)
        return error_set(e, STATUS_INVALID,
                         "the weight has no groups of one size by themselves; allowed: block=N in its "
                         "scheme, N a divisor of %zu columns, without a second level",
                         p->n);
    if (to.element.bits < own->element.bits)
        return error_set(e, STATUS_INVALID,
                         "to=%s: %d bits; allowed: at least the %d of the scheme of the weight", step->scheme,
                         to.element.bits, own->element.bits);
    *out = *own;
    out->element = to.element;
    return STATUS_OK;
}

static enum status apply(const struct transform_step *step, struct layer *l, struct error *e)
{
    struct layer_part *p = &l->part[0];
    struct ways w = {.count = 0};
    struct quant_spec to;
    enum status s = wide_scheme(step, p, &to, e);
    if (s)
        return s;
    w.size = to.scaling.block;
    w.count = l->out * p->n / w.size;
    w.values[0] = decompose_done(l, p, LAYER_WEIGHT);
    w.values[1] = malloc((l->out * p->n + 1) * sizeof(float));
    w.group = malloc((w.count + 1) * sizeof *w.group);
    s = w.values[0] && w.values[1] && w.group ? both_ways(l, &to, &w, e)
                                              : error_set(e, STATUS_INTERNAL, "out of memory");
    if (!s) {
        choose(&w, p->operand[LAYER_WEIGHT], transform_number(step, "share"));
        decompose_count(p, LAYER_WEIGHT, w.bits[0]);
    }
    free(w.values[1]);
    free(w.group);
    return s;
}

static const struct arg_key keys[] = {
    {"share", ARG_NUMBER, 0.25, 0, 1, NULL, "of groups that get more bits"},
    {"to", ARG_SCHEME, 0, 0, 0, "int4", "their elements, scaled as the scheme of the weight says"},
};

const struct transform transform_mixed_groups = {
    .name = "mixed_groups",
    .doc = "the groups (block=N) of the weight with the widest range, largest less smallest value, get "
           "elements of more bits; a bit a group says which",
    .citation = "Li et al., Fast and Efficient 2-bit LLM Inference on GPU, arXiv 2311.16442 (first version: "
                "a fraction of groups with the larger range in 4 bits; the fraction could not be found)",
    .acts = "weight",
    .keys = keys,
    .n_keys = sizeof keys / sizeof *keys,
    .apply = apply,
};
