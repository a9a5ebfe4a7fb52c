/* Transform "smooth": magnitude moves from the input's columns to the weight's. */
#include <math.h>
#include <stdlib.h>

#include "sim/base/elementary.h"
#include "sim/transform/heads.h"
#include "sim/transform/layer.h"

/* max |x|^alpha / max |w|^(1 - alpha), the largest weight and the quotient at least 1e-5. */
static double factor(double x, double w, double alpha)
{
    const double up = alpha > 0 ? elementary_pow(x, alpha) : 1;
    const double down = alpha < 1 ? elementary_pow(fmax(w, 1e-5), 1 - alpha) : 1;
    return fmax(up / down, 1e-5);
}

static enum status apply(const struct transform_step *step, struct layer *l, struct error *e)
{
    const size_t n = l->part[0].n;
    const double alpha = transform_number(step, "alpha");
    double *x = calloc(3 * n + 1, sizeof *x);
    if (!x)
        return error_set(e, STATUS_INTERNAL, "out of memory");
    double *w = x + n, *s = w + n;
    layer_column_max(l, LAYER_INPUT, x);
    layer_column_max(l, LAYER_WEIGHT, w);
    for (size_t j = 0; j < n; j++)
        s[j] = factor(x[j], w[j], alpha);
    layer_scale_columns(l, s);
    free(x);
    return STATUS_OK;
}

/* Queries are the input, keys the weight, each head for itself. */
static enum status attend(const struct transform_step *step, struct heads *h, struct error *e)
{
    const size_t n = h->kv_heads * h->dim;
    const double alpha = transform_number(step, "alpha");
    double *q = calloc(3 * n + 1, sizeof *q);
    enum status status = q ? heads_open_pair(h, e) : error_set(e, STATUS_INTERNAL, "out of memory");
    if (q && !status) {
        double *k = q + n, *s = k + n;
        heads_column_max(h, HEADS_Q, q);
        heads_column_max(h, HEADS_K, k);
        for (size_t j = 0; j < n; j++)
            s[j] = 1 / factor(q[j], k[j], alpha);
        heads_scale(h, s);
    }
    free(q);
    return status;
}

static const struct arg_key keys[] = {
    {"alpha", ARG_NUMBER, 0.5, 0, 1, NULL, "share of the input's range that moves to the weight"},
};

const struct transform transform_smooth = {
    .name = "smooth",
    .doc = "column j of the input is divided, of the weight multiplied by max |x_j|^alpha / max |w_j|^(1 - "
           "alpha)",
    .citation = "Xiao et al., SmoothQuant, arXiv 2211.10438, equation 4 (floors of 1e-5 as in "
                "mit-han-lab/smoothquant smooth.py)",
    .acts = "input, weight; queries, keys",
    .keys = keys,
    .n_keys = sizeof keys / sizeof *keys,
    .keeps_output = true,
    .apply = apply,
    .attend = attend,
};
