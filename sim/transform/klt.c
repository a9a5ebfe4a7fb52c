/* Transform "klt": columns of both operands are turned into the principal axes of the input.
 *
 * The covariance of the calibration tokens is a sum in the order of the tokens, its eigenvectors are GSL's
 * (the same bits for the same GSL and libm, whose hypot it calls). They stand in ascending order of their
 * eigenvalues, equal ones in GSL's order, and the entry of largest magnitude of each, the first of equals, is
 * positive. Where all columns are constant, nothing is turned. */
#include <gsl/gsl_eigen.h>
#include <math.h>
#include <stdlib.h>

#include "sim/transform/dense.h"
#include "sim/transform/layer.h"

/* What eigenvectors of one block are computed in. */
struct axes {
    size_t n;
    double *mean, *row; /* n */
    gsl_matrix *covariance, *vectors;
    gsl_vector *values;
    gsl_eigen_symmv_workspace *room;
};

static void axes_close(struct axes *a)
{
    free(a->mean);
    free(a->row);
    gsl_matrix_free(a->covariance);
    gsl_matrix_free(a->vectors);
    gsl_vector_free(a->values);
    gsl_eigen_symmv_free(a->room);
}

static bool axes_open(struct axes *a, size_t n)
{
    *a = (struct axes){.n = n,
                       .mean = malloc(n * sizeof(double)),
                       .row = malloc(n * sizeof(double)),
                       .covariance = gsl_matrix_alloc(n, n),
                       .vectors = gsl_matrix_alloc(n, n),
                       .values = gsl_vector_alloc(n),
                       .room = gsl_eigen_symmv_alloc(n)};
    return a->mean && a->row && a->covariance && a->vectors && a->values && a->room;
}

/* x: the first column of the block, `width` apart from one token to the next. */
static void fill_mean(struct axes *a, const float *x, size_t tokens, size_t width, bool remove)
{
    for (size_t j = 0; j < a->n; j++)
        a->mean[j] = 0;
    for (size_t t = 0; remove && t < tokens; t++)
        for (size_t j = 0; j < a->n; j++)
            a->mean[j] += (double)x[t * width + j];
    for (size_t j = 0; j < a->n; j++)
        a->mean[j] /= (double)tokens;
}

/* The sum of products, which has the axes of its mean. False if it is not finite. */
static bool fill_covariance(struct axes *a, const float *x, size_t tokens, size_t width)
{
    bool finite = true;
    gsl_matrix_set_zero(a->covariance);
    for (size_t t = 0; t < tokens; t++) {
        for (size_t j = 0; j < a->n; j++)
            a->row[j] = (double)x[t * width + j] - a->mean[j];
        for (size_t i = 0; i < a->n; i++) {
            double *to = gsl_matrix_ptr(a->covariance, i, 0);
            for (size_t j = 0; j < a->n; j++)
                to[j] += a->row[i] * a->row[j];
        }
    }
    for (size_t i = 0; i < a->n; i++)
        for (size_t j = 0; j < a->n; j++)
            finite &= isfinite(gsl_matrix_get(a->covariance, i, j)) != 0;
    return finite;
}

/* The least eigenvalue that is not taken yet. */
static size_t next_axis(const struct axes *a, const bool *taken)
{
    size_t best = a->n;
    for (size_t j = 0; j < a->n; j++)
        if (!taken[j] && (best == a->n || gsl_vector_get(a->values, j) < gsl_vector_get(a->values, best)))
            best = j;
    return best;
}

static double sign_of(const struct axes *a, size_t axis)
{
    double most = 0;
    for (size_t i = 0; i < a->n; i++) {
        const double v = gsl_matrix_get(a->vectors, i, axis);
        most = fabs(v) > fabs(most) ? v : most;
    }
    return most < 0 ? -1 : 1;
}

/* Column j of the matrix becomes axis j. */
static bool fill_axes(struct axes *a, double *matrix)
{
    bool *taken = calloc(a->n, sizeof *taken);
    const bool done = taken && !gsl_eigen_symmv(a->covariance, a->values, a->vectors, a->room);
    for (size_t j = 0; done && j < a->n; j++) {
        const size_t axis = next_axis(a, taken);
        const double sign = sign_of(a, axis);
        taken[axis] = true;
        for (size_t i = 0; i < a->n; i++)
            matrix[i * a->n + j] = sign * gsl_matrix_get(a->vectors, i, axis);
    }
    free(taken);
    return done;
}

static enum status fill(const struct transform_step *step, const struct layer *l, struct dense *d,
                        struct error *e)
{
    const size_t width = l->part[0].n;
    const bool remove = transform_is(step, "mean", "removed");
    enum status s = STATUS_OK;
    struct axes a;
    bool room = axes_open(&a, d->n);
    for (size_t k = 0; k < width && room && !s; k += d->n) {
        const float *x = l->part[0].operand[LAYER_INPUT] + k;
        fill_mean(&a, x, l->calibration, width, remove);
        if (!fill_covariance(&a, x, l->calibration, width))
            s = error_set(e, STATUS_INVALID, "the covariance of the input is not finite");
        else
            room = fill_axes(&a, d->matrix + k / d->n * d->stride);
    }
    axes_close(&a);
    return room ? s : error_set(e, STATUS_INTERNAL, "out of memory");
}

static enum status apply(const struct transform_step *step, struct layer *l, struct error *e)
{
    struct dense d;
    enum status s = transform_block(step, l->part[0].n, &d.n, e);
    if (s || !d.n)
        return s;
    d.stride = d.n * d.n;
    d.matrix = malloc(l->part[0].n * d.n * sizeof *d.matrix);
    d.room = malloc(d.n * sizeof *d.room);
    s = d.matrix && d.room ? fill(step, l, &d, e) : error_set(e, STATUS_INTERNAL, "out of memory");
    if (!s)
        s = layer_rotate(l, dense_turn, &d, e);
    free(d.matrix);
    free(d.room);
    return s;
}

static const struct arg_key keys[] = {
    TRANSFORM_BLOCK_KEY,
    {"mean", ARG_WORD, 0, 0, 0, "removed|kept",
     "of each column, before products are summed (kept: second moments)"},
};

const struct transform transform_klt = {
    .name = "klt",
    .doc = "both operands times the eigenvectors of the input's covariance, so that its columns do not "
           "correlate",
    .citation = "Xu et al., MambaQuant, arXiv 2501.13484 (in its code torch.cov, which removes the mean, of "
                "binary64 and torch.linalg.eigh: ascending; times a Hadamard matrix after it)",
    .acts = "input, weight",
    .keys = keys,
    .n_keys = sizeof keys / sizeof *keys,
    .keeps_output = true,
    .apply = apply,
};
