/* Transform "gptq": the weight is rounded column by column, and what a column loses is made good by those
 * that are still to come. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "sim/transform/reconstruction.h"

struct gptq {
    struct reconstruction r;
    size_t *order;   /* columns in the order in which they are rounded */
    size_t *first;   /* of each region: the place in that order of its first column */
    size_t *regions; /* numbers of regions by that place */
    size_t n_regions;
    bool *whole;    /* of each region: it holds the first and the last column of the order */
    double *h;      /* [n, n], in that order; then the factor U of its inverse, U^T U */
    double *w;      /* the weight [out, n] in that order, as it is updated */
    float *current; /* the same in its own order, binary32 */
    float *values;  /* [out, n] */
};

/* --- H --- */

/* Places by descending diagonal; of equal ones the earlier column first. */
static void sort_columns(struct gptq *g)
{
    const size_t n = g->r.n;
    for (size_t i = 1; i < n; i++) {
        const size_t column = g->order[i];
        const double key = g->r.gram[column * n + column];
        size_t at = i;
        while (at > 0 && g->r.gram[g->order[at - 1] * (n + 1)] < key) {
            g->order[at] = g->order[at - 1];
            at--;
        }
        g->order[at] = column;
    }
}

/* H = 2 / tokens * G in the order of columns, 1 on the diagonal of dead ones, and the damping. */
static void fill_h(struct gptq *g, double damping)
{
    const size_t n = g->r.n;
    const double factor = 2 / (double)(g->r.l->calibration ? g->r.l->calibration : 1);
    double mean = 0;
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < n; j++)
            g->h[i * n + j] = factor * g->r.gram[g->order[i] * n + g->order[j]];
    for (size_t i = 0; i < n; i++) {
        if (g->h[i * n + i] == 0)
            g->h[i * n + i] = 1;
        mean += g->h[i * n + i] / (double)n;
    }
    for (size_t i = 0; i < n; i++)
        g->h[i * n + i] += damping * mean;
}

/* H = M M^T with M upper triangular, over the upper half of h; false if H is not positive definite. */
static bool factor(double *h, size_t n)
{
    for (size_t j = n; j-- > 0;) {
        double d = h[j * n + j];
        for (size_t k = j + 1; k < n; k++)
            d -= h[j * n + k] * h[j * n + k];
        if (!(d > 0) || !isfinite(d))
            return false;
        h[j * n + j] = sqrt(d);
        for (size_t i = 0; i < j; i++) {
            double sum = h[i * n + j];
            for (size_t k = j + 1; k < n; k++)
                sum -= h[i * n + k] * h[j * n + k];
            h[i * n + j] = sum / h[j * n + j];
        }
    }
    return true;
}

/* The upper triangular matrix becomes its inverse: U = M^-1, so that U^T U = H^-1. */
static void invert(double *m, size_t n)
{
    for (size_t i = n; i-- > 0;) {
        const double d = 1 / m[i * n + i];
        double *row = m + i * n;
        for (size_t j = n - 1; j > i; j--) { /* what is right of i in its row is M's, below it U's */
            double sum = 0;
            for (size_t k = i + 1; k <= j; k++)
                sum += row[k] * m[k * n + j];
            row[j] = -d * sum;
        }
        row[i] = d;
    }
}

/* --- regions of scales --- */

static enum status map_regions(struct gptq *g, struct error *e)
{
    const struct layer_tools *t = g->r.l->tools;
    const size_t n = g->r.n, count = t->frozen_regions(g->r.frozen);
    g->first = malloc((count + 1) * sizeof *g->first);
    g->regions = malloc((count + 1) * sizeof *g->regions);
    g->whole = calloc(count + 1, sizeof *g->whole);
    if (!g->first || !g->regions || !g->whole)
        return error_set(e, STATUS_INTERNAL, "out of memory");
    for (size_t i = 0; i < count; i++)
        g->first[i] = n;
    for (size_t place = 0; place < n; place++)
        for (size_t row = 0; row < g->r.out; row++) {
            const size_t region = t->frozen_region(g->r.frozen, row * n + g->order[place]);
            if (g->first[region] == n) {
                g->first[region] = place;
                g->regions[g->n_regions++] = region;
            }
            g->whole[region] = g->first[region] == 0 && place == n - 1;
        }
    return STATUS_OK;
}

/* Scales of the regions that start at a place, from the weight as it is now. */
static enum status find_scales(struct gptq *g, size_t *next, size_t place, struct error *e)
{
    const struct layer_tools *t = g->r.l->tools;
    const size_t n = g->r.n;
    bool current = false;
    enum status s = STATUS_OK;
    for (; !s && *next < g->n_regions && g->first[g->regions[*next]] <= place; ++*next) {
        const size_t region = g->regions[*next];
        if (g->whole[region])
            continue;
        for (size_t i = 0; !current && i < g->r.out * n; i++)
            g->current[i / n * n + g->order[i % n]] = (float)g->w[i];
        current = true;
        s = t->frozen_find(g->r.frozen, region, g->current, e);
    }
    return s;
}

/* --- rounding --- */

static void round_column(struct gptq *g, size_t place)
{
    const size_t n = g->r.n, column = g->order[place];
    const double *u = g->h + place * n;
    for (size_t row = 0; row < g->r.out; row++) {
        double *w = g->w + row * n;
        const size_t i = row * n + column;
        g->values[i] = g->r.l->tools->frozen_value(g->r.frozen, i, (float)w[place]);
        const double error = (w[place] - (double)g->values[i]) / u[place];
        for (size_t k = place + 1; k < n; k++)
            w[k] -= error * u[k];
    }
}

static enum status round_columns(struct gptq *g, bool fixed, struct error *e)
{
    size_t next = 0;
    enum status s = fixed ? find_scales(g, &next, g->r.n, e) : STATUS_OK;
    for (size_t place = 0; place < g->r.n && !s; place++) {
        s = find_scales(g, &next, place, e);
        if (!s)
            round_column(g, place);
    }
    return s;
}

/* The weight in the order of columns; that of columns that are always zero is zero. */
static void take_weight(struct gptq *g)
{
    const size_t n = g->r.n;
    for (size_t i = 0; i < g->r.out * n; i++) {
        const size_t column = g->order[i % n];
        g->w[i] = g->r.gram[column * (n + 1)] == 0 ? 0 : (double)g->r.w[i / n * n + column];
    }
}

static enum status solve(struct gptq *g, const struct transform_step *step, struct error *e)
{
    const size_t n = g->r.n, all = g->r.out * n;
    g->order = malloc((n + 1) * sizeof *g->order);
    g->h = malloc((n * n + 1) * sizeof *g->h);
    g->w = malloc((all + 1) * sizeof *g->w);
    g->current = malloc((all + 1) * sizeof *g->current);
    g->values = malloc((all + 1) * sizeof *g->values);
    if (!g->order || !g->h || !g->w || !g->current || !g->values)
        return error_set(e, STATUS_INTERNAL, "out of memory");
    for (size_t i = 0; i < n; i++)
        g->order[i] = i;
    if (transform_is(step, "order", "descending"))
        sort_columns(g);
    fill_h(g, transform_number(step, "damping"));
    if (!factor(g->h, n))
        return error_set(
            e, STATUS_INVALID,
            "the input's columns depend on each other: X^T X has no inverse; allowed: damping > 0");
    invert(g->h, n);
    take_weight(g);
    enum status s = map_regions(g, e);
    if (!s)
        s = round_columns(g, transform_is(step, "groups", "static"), e);
    return s;
}

static enum status apply(const struct transform_step *step, struct layer *l, struct error *e)
{
    struct gptq g = {.order = NULL};
    enum status s = reconstruction_open(&g.r, l, transform_is(step, "input", "quantized"), e);
    if (!s)
        s = solve(&g, step, e);
    if (!s) {
        /* scales differ from those of the nearest values, so it is all or nothing */
        if (!(reconstruction_error(&g.r, g.values) < reconstruction_error(&g.r, g.r.nearest)))
            memcpy(g.values, g.r.nearest, g.r.out * g.r.n * sizeof *g.values);
        reconstruction_take(&g.r, g.values);
        g.values = NULL;
    }
    reconstruction_close(&g.r);
    free(g.order);
    free(g.first);
    free(g.regions);
    free(g.whole);
    free(g.h);
    free(g.w);
    free(g.current);
    free(g.values);
    return s;
}

static const struct arg_key keys[] = {
    {"damping", ARG_NUMBER, 0.01, 0, 100, NULL, "share of the mean diagonal that is added to it"},
    {"order", ARG_WORD, 0, 0, 1, "columns|descending",
     "columns as they come, or by descending diagonal (act-order)"},
    {"groups", ARG_WORD, 0, 0, 1, "dynamic|static",
     "scales of columns are found when the first of them is reached, or all of them before"},
    RECONSTRUCTION_INPUT_KEY,
};

const struct transform transform_gptq = {
    .name = "gptq",
    .doc = "the weight is rounded column by column, later columns make good what earlier ones lose (X^T X of "
           "the calibration tokens); rounded to nearest where that is better",
    .citation = "Frantar et al., GPTQ, arXiv 2210.17323, algorithm 1 (damping, dead columns, order and "
                "static groups as in IST-DASLab/gptq gptq.py)",
    .acts = "weight (quantized)",
    .keys = keys,
    .n_keys = sizeof keys / sizeof *keys,
    .apply = apply,
};
