/* Transform "dense_sparse": the ends of every range are kept apart, and the rest is recentred. */
#include <math.h>
#include <stdlib.h>

#include "sim/transform/heads.h"
#include "sim/transform/sorted.h"

/* Elements of a region that are not kept yet, in order of their values; returns how many. */
static size_t sorted_rest(const struct heads *h, enum heads_side side, const struct heads_regions *r,
                          size_t region, float *out)
{
    size_t n = 0;
    for (size_t j = 0; j < r->n; j++) {
        const size_t i = region * r->outer + j * r->inner;
        if (!h->kept[side] || !h->kept[side][i])
            out[n++] = h->operand[side][i];
    }
    sort_f32(out, n);
    return n;
}

/* Marks the outliers of a region and returns the middle of what lies between them. */
static double split(const struct heads *h, enum heads_side side, const struct heads_regions *r, size_t region,
                    double share, float *room, bool *mask)
{
    const size_t n = sorted_rest(h, side, r, region, room);
    double low = (double)INFINITY, high = -low;
    if (!n)
        return 0;
    const double t = 1 - share / 2, top = sorted_quantile(room, n, t),
                 bottom = sorted_quantile(room, n, 1 - t);
    for (size_t j = 0; j < r->n; j++) {
        const size_t i = region * r->outer + j * r->inner;
        const double x = (double)h->operand[side][i];
        if (h->kept[side] && h->kept[side][i])
            continue;
        mask[i] = share > 0 && (x <= bottom || x >= top);
        if (!mask[i]) {
            low = fmin(low, x);
            high = fmax(high, x);
        }
    }
    return low <= high ? (low + high) / 2 : 0;
}

/* [number of regions, elements of one, outer, inner, the middle of each] */
static enum status add_middle(const struct heads *h, enum heads_side side, const double *data, double *x,
                              struct error *e)
{
    (void)h;
    (void)side;
    (void)e;
    for (size_t region = 0; region < (size_t)data[0]; region++)
        for (size_t j = 0; j < (size_t)data[1]; j++)
            x[region * (size_t)data[2] + j * (size_t)data[3]] += data[4 + region];
    return STATUS_OK;
}

static enum status recenter(struct heads *h, enum heads_side side, const struct heads_regions *r,
                            double *middle, struct error *e)
{
    middle[0] = (double)r->count;
    middle[1] = (double)r->n;
    middle[2] = (double)r->outer;
    middle[3] = (double)r->inner;
    for (size_t region = 0; region < r->count; region++)
        for (size_t j = 0; j < r->n; j++) {
            const size_t i = region * r->outer + j * r->inner;
            float *x = h->operand[side] + i;
            if (!h->kept[side] || !h->kept[side][i])
                *x = (float)((double)*x - middle[4 + region]);
        }
    h->side_bits += 16 * (uint64_t)r->count;
    return heads_push(h, side, add_middle, middle, e);
}

static enum status separate(const struct transform_step *step, struct heads *h, enum heads_side side,
                            struct error *e)
{
    const struct heads_regions r = heads_regions(h, side, step, side == HEADS_K ? "keys" : "values");
    const double share = transform_number(step, "share");
    bool *mask = calloc(r.count * r.n + 1, sizeof *mask);
    float *room = malloc((r.n + 1) * sizeof *room);
    double *middle = malloc((r.count + 4) * sizeof *middle);
    enum status s =
        mask && room && middle ? heads_open_side(h, side, e) : error_set(e, STATUS_INTERNAL, "out of memory");
    for (size_t i = 0; !s && i < r.count; i++)
        middle[4 + i] = split(h, side, &r, i, share, room, mask);
    /* kept elements are put back last, after the middle */
    if (!s)
        s = heads_keep(h, side, mask, step->scheme, 16, e);
    free(mask);
    free(room);
    if (!s && transform_is(step, "recenter", "yes"))
        return recenter(h, side, &r, middle, e);
    free(middle);
    return s;
}

static enum status attend(const struct transform_step *step, struct heads *h, struct error *e)
{
    enum status s = STATUS_OK;
    for (int side = HEADS_K; side <= HEADS_V && !s; side++)
        if (heads_chosen(step, side))
            s = separate(step, h, side, e);
    return s;
}

static const char *no_effect(const struct transform_step *step, size_t key)
{
    return key == 2 && !heads_chosen(step, HEADS_K)   ? "of=values leaves the keys alone"
           : key == 3 && !heads_chosen(step, HEADS_V) ? "of=keys leaves the values alone"
                                                      : NULL;
}

static const struct arg_key keys[] = {
    {"share", ARG_NUMBER, 0.01, 0, 0.5, NULL, "of every range that is kept: half of it at each end"},
    {"of", ARG_WORD, 0, 0, 0, HEADS_OF, "what is separated"},
    {"keys", ARG_WORD, 0, 0, 0, HEADS_OVER, "what has a range among keys"},
    {"values", ARG_WORD, 1, 0, 0, HEADS_OVER, "and among values: a channel, a token of all heads, of one"},
    {"recenter", ARG_WORD, 0, 0, 0, "yes|no", "whether the middle of what is left is subtracted"},
    {"to", ARG_SCHEME, 0, 0, 0, "fp16", "what outliers are kept in"},
};

const struct transform transform_dense_sparse = {
    .name = "dense_sparse",
    .doc =
        "elements at and beyond the quantiles 1 - share / 2 and share / 2 of their range are kept apart, of "
        "others the middle is subtracted; an outlier counts 16 bits for its place beside its own, a middle "
        "16",
    .citation = "Hooper et al., KVQuant, arXiv 2401.18079 (SqueezeAILab/KVQuant "
                "simquant_module_quantizer.py, get_outliers_dynamic, quant_fn_nuq_recon)",
    .acts = "keys, values",
    .keys = keys,
    .n_keys = sizeof keys / sizeof *keys,
    .no_effect = no_effect,
    .attend = attend,
};
