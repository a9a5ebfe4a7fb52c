/* Transform "adadim": groups of the weight along inputs or along outputs, whichever costs the output less. */
#include <math.h>
#include <string.h>

#include "sim/transform/layer.h"

static enum status apply(const struct transform_step *step, struct layer *l, struct error *e)
{
    static const char axes[2][AXIS_NAME_SIZE] = {"last", "first"};
    struct quant_spec *q = &l->part[0].scheme[LAYER_WEIGHT];
    (void)step;
    if (l->part[0].done[LAYER_WEIGHT] || q->codec ||
        (q->scaling.per != PER_BLOCK && q->scaling.per != PER_TOKEN))
        return error_set(e, STATUS_INVALID,
                         "the weight's scales have no axis to choose; allowed: per=block and per=token");
    double least = INFINITY, error;
    size_t best = 0;
    enum status s = STATUS_OK;
    for (size_t i = 0; i < 2 && !s; i++) {
        memcpy(q->scaling.axis, axes[i], sizeof axes[i]);
        s = layer_error(l, &error, e);
        if (!s && error < least) {
            least = error;
            best = i;
        }
    }
    memcpy(q->scaling.axis, axes[best], sizeof axes[best]);
    return s;
}

const struct transform transform_adadim = {
    .name = "adadim",
    .doc = "scales of the weight along its rows or along its columns, with the least output error",
    .citation = "Heo et al., Rethinking channel dimensions to isolate outliers (AdaDim), arXiv 2309.15531; "
                "johnheo/adadim-llm rtn_ada.py",
    .acts = "schemes",
    .apply = apply,
};
