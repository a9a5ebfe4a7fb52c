/* Transform "awq": activation-aware scales of columns, their exponent searched. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "sim/base/elementary.h"
#include "sim/transform/migrate.h"

struct awq {
    size_t n, grid;
    const double *x, *w; /* mean |x| of columns; their relative weight, or NULL */
};

static double power(double x, double p)
{
    return p > 0 ? elementary_pow(x, p) : 1;
}

/* x^alpha / w^(1 - alpha), at least 1e-4, over the root of the largest times the least. */
static void factors(const void *context, size_t i, double *s)
{
    const struct awq *a = context;
    const double alpha = (double)i / (double)a->grid;
    double low = (double)INFINITY, high = 0;
    for (size_t j = 0; j < a->n; j++) {
        s[j] = power(a->x[j], alpha);
        if (a->w)
            s[j] /= power(a->w[j], 1 - alpha) + 1e-4;
        s[j] = fmax(s[j], 1e-4);
        low = fmin(low, s[j]);
        high = fmax(high, s[j]);
    }
    const double norm = sqrt(high * low);
    for (size_t j = 0; j < a->n; j++)
        s[j] /= norm;
}

/* Mean over output channels of |w| / (max |w| of its group + 1e-6). */
static void relative_weight(const struct layer *l, double *mean)
{
    const struct layer_part *p = &l->part[0];
    const size_t n = p->n, group = layer_group(l);
    memset(mean, 0, n * sizeof *mean);
    for (size_t i = 0; i < l->out; i++)
        for (size_t first = 0; first < n; first += group) {
            const size_t end = first + group < n ? first + group : n;
            const float *w = p->operand[LAYER_WEIGHT] + i * n;
            double largest = 0;
            for (size_t j = first; j < end; j++)
                largest = fmax(largest, fabs((double)w[j]));
            for (size_t j = first; j < end; j++)
                mean[j] += fabs((double)w[j]) / (largest + 1e-6);
        }
    for (size_t j = 0; j < n; j++)
        mean[j] /= (double)l->out;
}

static enum status apply(const struct transform_step *step, struct layer *l, struct error *e)
{
    const size_t n = l->part[0].n;
    const bool duo = transform_is(step, "weight", "duo");
    double *x = malloc((2 * n + 1) * sizeof *x);
    if (!x)
        return error_set(e, STATUS_INTERNAL, "out of memory");
    const struct awq a = {.n = n, .grid = transform_count_of(step, "grid"), .x = x, .w = duo ? x + n : NULL};
    migrate_mean(l, true, x);
    if (duo)
        relative_weight(l, x + n);
    enum status s = migrate_search(l, a.grid, factors, &a, e);
    free(x);
    return s;
}

static const struct arg_key keys[] = {
    {"grid", ARG_INTEGER, 20, 1, 1000, NULL, "exponents that are tried: 0, 1/grid, ... below 1"},
    {"weight", ARG_WORD, 0, 0, 0, "none|duo",
     "duo: also over (mean of |w| over the largest of its group)^(1 - alpha)"},
};

const struct transform transform_awq = {
    .name = "awq",
    .doc = "columns scaled by (mean |x_j|)^alpha, normalised, with the alpha of least output error",
    .citation = "Lin et al., AWQ, arXiv 2306.00978; grid and normalisation as in mit-han-lab/llm-awq "
                "auto_scale.py (which searches with unquantized inputs), duo as in AutoAWQ's duo_scaling",
    .acts = "input, weight",
    .keys = keys,
    .n_keys = sizeof keys / sizeof *keys,
    .keeps_output = true,
    .apply = apply,
};
