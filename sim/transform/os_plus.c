/* Transform "os_plus": Outlier Suppression+, a shift and a searched bound on the columns of the input. */
#include <math.h>
#include <stdlib.h>

#include "sim/transform/migrate.h"

struct bounds {
    size_t n, count;
    const double *column; /* largest magnitude of each */
    double *t;            /* the bounds that are tried, falling */
};

static void factors(const void *context, size_t i, double *s)
{
    const struct bounds *b = context;
    for (size_t j = 0; j < b->n; j++)
        s[j] = b->column[j] > b->t[i] ? b->column[j] / b->t[i] : 1;
}

/* The published grid: from the largest magnitude down to `low` in steps of 1/max(points, top / 0.5) of that
 * way, the step taken off again and again. `top` is the largest positive value. */
static bool fill_bounds(struct bounds *b, double top, double low, size_t points)
{
    double high = 0;
    for (size_t j = 0; j < b->n; j++)
        high = fmax(high, b->column[j]);
    const double count = fmax((double)points, fmin(floor(top / 0.5), 1e5)), step = (high - low) / count;
    b->t = malloc(((size_t)count + 3) * sizeof *b->t);
    if (!b->t)
        return false;
    b->t[b->count++] = high;
    for (double t = high - step; high > low && t >= low && b->count < (size_t)count + 2; t -= step)
        b->t[b->count++] = t;
    return true;
}

static double largest_positive(const struct layer *l)
{
    const float *x = l->part[0].operand[LAYER_INPUT];
    double top = 0;
    for (size_t i = 0; i < l->calibration * l->part[0].n; i++)
        top = fmax(top, (double)x[i]);
    return top;
}

static enum status apply(const struct transform_step *step, struct layer *l, struct error *e)
{
    const size_t n = l->part[0].n;
    double *column = malloc((n + 1) * sizeof *column);
    struct bounds b = {.n = n, .column = column};
    enum status s = column ? STATUS_OK : error_set(e, STATUS_INTERNAL, "out of memory");
    if (!s && transform_is(step, "shift", "yes")) {
        migrate_midrange(l, 0, column);
        s = migrate_shift(l, column, e);
    }
    if (!s) {
        layer_column_max(l, LAYER_INPUT, column);
        s = fill_bounds(&b, largest_positive(l), transform_number(step, "low"),
                        transform_count_of(step, "points"))
                ? migrate_search(l, b.count, factors, &b, e)
                : error_set(e, STATUS_INTERNAL, "out of memory");
    }
    free(b.t);
    free(column);
    return s;
}

static const struct arg_key keys[] = {
    {"shift", ARG_WORD, 0, 0, 0, "yes|no", "whether columns are shifted by their midrange first"},
    {"low", ARG_NUMBER, 1, 1e-6, 1e6, NULL, "least bound that is tried (published: 1, and 0.1 for LLaMA)"},
    {"points", ARG_INTEGER, 100, 1, 10000, NULL, "steps of the grid, at least 2 max(x)"},
};

const struct transform transform_os_plus = {
    .name = "os_plus",
    .doc = "columns shifted by z_j, then scaled by s_j = max(1, max |x_j - z_j| / t) with the t of least "
           "output error",
    .citation = "Wei et al., Outlier Suppression+, arXiv 2304.09145, equations 5 and 8; grid as in "
                "ModelTC/Outlier_Suppression_Plus migration.py (error of this layer's output, not of the "
                "attention behind it)",
    .acts = "input, weight, bias",
    .keys = keys,
    .n_keys = sizeof keys / sizeof *keys,
    .keeps_output = true,
    .apply = apply,
};
