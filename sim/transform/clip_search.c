/* Transform "clip_search": the clip ratios of schemes, searched on the output. */
#include <math.h>

#include "sim/scheme_keys.h"
#include "sim/transform/layer.h"

static enum status search_side(struct layer *l, enum layer_side side, size_t grid, size_t tried,
                               struct error *e)
{
    float *clip = &l->part[0].scheme[side].scaling.clip, best = *clip;
    double least, error;
    enum status s = layer_error(l, &least, e);
    for (size_t i = 0; i < tried && !s; i++) {
        *clip = (float)(1 - (double)i / (double)grid);
        s = layer_error(l, &error, e);
        if (!s && error < least) {
            least = error;
            best = *clip;
        }
    }
    *clip = best;
    return s;
}

static enum status apply(const struct transform_step *step, struct layer *l, struct error *e)
{
    static const char *const names[LAYER_SIDES] = {"input", "weight"};
    const size_t grid = transform_count_of(step, "grid"), rounds = transform_count_of(step, "rounds");
    const size_t tried = (size_t)(transform_number(step, "shrink") * (double)grid);
    const bool both = transform_is(step, "side", "both");
    bool wanted[LAYER_SIDES], any = false;
    for (int side = 0; side < LAYER_SIDES; side++) {
        const char *none = l->part[0].done[side] ? "an earlier step has quantized it"
                                                 : scheme_no_effect(&l->part[0].scheme[side], KEY_CLIP);
        wanted[side] = both || transform_is(step, "side", names[side]);
        if (wanted[side] && none && !both)
            return error_set(e, STATUS_INVALID, "side=%s: its scheme has no clip ratio: %s", names[side],
                             none);
        wanted[side] &= none == NULL;
        any |= wanted[side];
    }
    if (!any)
        return error_set(e, STATUS_INVALID, "side=both: neither scheme has a clip ratio");
    enum status s = STATUS_OK;
    for (size_t i = 0; i < rounds && !s; i++)
        for (int side = LAYER_SIDES - 1; side >= 0 && !s; side--)
            if (wanted[side])
                s = search_side(l, side, grid, tried, e);
    return s;
}

static const struct arg_key keys[] = {
    {"side", ARG_WORD, 0, 0, 0, "both|input|weight", "whose ratio is searched (both: weight, then input)"},
    {"grid", ARG_INTEGER, 20, 1, 1000, NULL, "ratios that are tried: 1, 1 - 1/grid, ..."},
    {"shrink", ARG_NUMBER, 0.5, 0, 1, NULL, "of the grid, from the top, as many as this share"},
    {"rounds", ARG_INTEGER, 1, 1, 100, NULL, "times that the sides are searched in turn"},
};

const struct transform transform_clip_search = {
    .name = "clip_search",
    .doc = "one clip ratio for each operand (clip= of its scheme), with the least output error",
    .citation = "the grid is that of AWQ's search, arXiv 2306.00978; the ratio is that of whole operands",
    .acts = "schemes",
    .keys = keys,
    .n_keys = sizeof keys / sizeof *keys,
    .apply = apply,
};
