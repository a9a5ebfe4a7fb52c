/* Transform "coordinate_descent": elements of the weight go to their other neighbour while that helps. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "sim/transform/reconstruction.h"

/* One row of the weight. */
struct descent {
    const struct reconstruction *r;
    float *values;    /* of the row */
    double *gradient; /* (values - weight) G */
    const float *below, *above;
};

static void set_gradient(struct descent *d, size_t row)
{
    const size_t n = d->r->n;
    double *error = d->r->row;
    for (size_t j = 0; j < n; j++)
        error[j] = (double)d->values[j] - (double)d->r->w[row * n + j];
    matrix_product(error, d->r->gram, 1, n, n, d->gradient);
}

/* Moves element j to `to` if the objective falls: by 2 delta g_j + delta^2 G_jj. */
static bool move(struct descent *d, size_t j, float to)
{
    const size_t n = d->r->n;
    const double *gram = d->r->gram + j * n, delta = (double)to - (double)d->values[j];
    if (!(delta * (2 * d->gradient[j] + delta * gram[j]) < 0) || !isfinite(to))
        return false;
    for (size_t k = 0; k < n; k++)
        d->gradient[k] += delta * gram[k];
    d->values[j] = to;
    return true;
}

static bool sweep(struct descent *d)
{
    bool any = false;
    for (size_t j = 0; j < d->r->n; j++) {
        any |= move(d, j, d->below[j]);
        any |= move(d, j, d->above[j]);
    }
    return any;
}

static void descend(struct reconstruction *r, size_t sweeps, float *values, float *room, double *gradient)
{
    const size_t n = r->n;
    for (size_t row = 0; row < r->out; row++) {
        struct descent d = {r, values + row * n, gradient, room, room + n};
        for (size_t j = 0; j < n; j++)
            r->l->tools->frozen_neighbours(r->frozen, row * n + j, r->w[row * n + j], room + j, room + n + j);
        memcpy(d.values, r->nearest + row * n, n * sizeof *values);
        set_gradient(&d, row);
        for (size_t i = 0; i < sweeps && sweep(&d); i++)
            ;
    }
}

static enum status apply(const struct transform_step *step, struct layer *l, struct error *e)
{
    struct reconstruction r;
    enum status s = reconstruction_open(&r, l, transform_is(step, "input", "quantized"), e);
    float *values = NULL, *room = NULL;
    double *gradient = NULL;
    if (!s) {
        values = malloc((r.out * r.n + 1) * sizeof *values);
        room = malloc((2 * r.n + 1) * sizeof *room);
        gradient = malloc((r.n + 1) * sizeof *gradient);
        if (!values || !room || !gradient)
            s = error_set(e, STATUS_INTERNAL, "out of memory");
    }
    if (!s) {
        descend(&r, transform_count_of(step, "sweeps"), values, room, gradient);
        reconstruction_take_rows(&r, values);
        values = NULL;
    }
    reconstruction_close(&r);
    free(values);
    free(room);
    free(gradient);
    return s;
}

static const struct arg_key keys[] = {
    {"sweeps", ARG_INTEGER, 20, 1, 10000, NULL, "times over all columns at most"},
    RECONSTRUCTION_INPUT_KEY,
};

const struct transform transform_coordinate_descent = {
    .name = "coordinate_descent",
    .doc = "elements of the weight, column by column, go to their other neighbour while the outputs' error "
           "falls, starting from the nearest values",
    .citation = "descent along coordinates of the quadratic that GPTQ and AdaRound minimise (arXiv "
                "2210.17323, equation 1); a baseline of ours",
    .acts = "weight (quantized)",
    .keys = keys,
    .n_keys = sizeof keys / sizeof *keys,
    .apply = apply,
};
