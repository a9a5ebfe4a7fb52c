/* Transform "smooth_keys": magnitude moves from the columns of keys to those of queries, pair by pair. */
#include <math.h>
#include <stdlib.h>

#include "sim/base/elementary.h"
#include "sim/transform/heads.h"

/* The column that rotary embedding mixes column d with. */
static size_t partner(const struct transform_step *step, size_t d, size_t dim)
{
    if (transform_is(step, "pairs", "neighbours"))
        return d ^ 1;
    return transform_is(step, "pairs", "halves") ? (d + dim / 2) % dim : d;
}

static enum status attend(const struct transform_step *step, struct heads *h, struct error *e)
{
    const size_t n = h->kv_heads * h->dim;
    const double alpha = transform_number(step, "alpha");
    enum status s = heads_open_pair(h, e);
    if (!s && h->dim % 2 && !transform_is(step, "pairs", "none"))
        return error_set(e, STATUS_INVALID, "heads of %zu dimensions are no pairs; allowed: pairs=none",
                         h->dim);
    double *max = calloc(2 * n + 1, sizeof *max), *lambda = max + n;
    if (s || !max) {
        free(max);
        return s ? s : error_set(e, STATUS_INTERNAL, "out of memory");
    }
    heads_column_max(h, HEADS_K, max);
    for (size_t i = 0; i < n; i++) {
        const size_t d = i % h->dim;
        const double top = fmax(max[i], max[i - d + partner(step, d, h->dim)]);
        lambda[i] = alpha > 0 && top > 0 ? elementary_pow(top, alpha) : 1;
    }
    heads_scale(h, lambda);
    free(max);
    return STATUS_OK;
}

static const struct arg_key keys[] = {
    {"alpha", ARG_NUMBER, 0.5, 0, 1, NULL, "share of the range of the keys that moves to the queries"},
    {"pairs", ARG_WORD, 0, 0, 0, "neighbours|halves|none",
     "columns that rotary embedding mixes have one factor"},
};

const struct transform transform_smooth_keys = {
    .name = "smooth_keys",
    .doc = "column i of the keys is divided, of the queries multiplied by max(max |k_i|, max |k_j|)^alpha, j "
           "its pair",
    .citation = "Lin et al., QServe, arXiv 2405.04532, SmoothAttention (mit-han-lab/lmquant calib/smooth.py "
                "with alpha .5, beta 0 of configs/qoq-g128.yaml)",
    .acts = "queries, keys",
    .keys = keys,
    .n_keys = sizeof keys / sizeof *keys,
    .keeps_output = true,
    .attend = attend,
};
