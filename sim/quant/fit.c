/* Codebooks fitted to data: sorted, merged, then rounds of means. */
#include "sim/quant/fit.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>

#include "sim/base/sum.h"

enum { LEVELS_MAX = 256, ROUNDS_MAX = 100 };

struct point {
    float x;
    double weight;
};

/* By value, then by weight, so that sums do not depend on the order given. */
static int compare(const void *a, const void *b)
{
    const struct point *p = a, *q = b;
    if (p->x != q->x)
        return p->x < q->x ? -1 : 1;
    return p->weight < q->weight ? -1 : p->weight > q->weight;
}

static enum status gather(const float *x, size_t n, const float *weight, struct point *p, size_t *count)
{
    *count = 0;
    for (size_t i = 0; i < n; i++) {
        double w = weight ? (double)weight[i] : 1;
        if (!isfinite(x[i]) || !isfinite(w) || w < 0)
            return STATUS_INVALID;
        if (w > 0)
            p[(*count)++] = (struct point){x[i] + 0.0f, w}; /* -0 becomes +0 */
    }
    return *count ? STATUS_OK : STATUS_INVALID;
}

/* Merges equal values of the sorted points; returns how many are left. */
static size_t merge(struct point *p, size_t n)
{
    size_t kept = 0;
    for (size_t i = 0, next; i < n; i = next) {
        struct sum w = {.chunks = 0};
        for (next = i; next < n && p[next].x == p[i].x; next++)
            sum_add(&w, p[next].weight);
        p[kept++] = (struct point){p[i].x, sum_value(&w)};
    }
    return kept;
}

/* Starting levels at different points: n > levels. */
static void start(const struct point *p, size_t n, int levels, double *level)
{
    size_t at[LEVELS_MAX], i = 0, k = (size_t)levels;
    struct sum all = {.chunks = 0};
    for (size_t j = 0; j < n; j++)
        sum_add(&all, p[j].weight);
    double whole = sum_value(&all), running = p[0].weight;
    for (size_t l = 0; l < k; l++) {
        double goal = whole * ((2 * (double)l + 1) / (2 * (double)k));
        while (running <= goal && i < n - 1)
            running += p[++i].weight;
        at[l] = i;
    }
    for (size_t l = 1; l < k; l++)
        at[l] = at[l] > at[l - 1] ? at[l] : at[l - 1] + 1;
    for (size_t l = k; l-- > 0;)
        at[l] = at[l] < n - (k - l) ? at[l] : n - (k - l);
    for (size_t l = 0; l < k; l++)
        level[l] = (double)p[at[l]].x;
}

/* The first point above x, among points from `from` on. */
static size_t first_above(const struct point *p, size_t n, size_t from, double x)
{
    size_t to = n;
    while (from < to) {
        size_t middle = from + (to - from) / 2;
        if ((double)p[middle].x <= x)
            from = middle + 1;
        else
            to = middle;
    }
    return from;
}

/* x and weight are binary32 numbers, or a merged weight: the products are exact or rounded once. */
static double mean(const struct point *p, size_t n)
{
    struct sum w = {.chunks = 0}, wx = {.chunks = 0};
    for (size_t i = 0; i < n; i++) {
        sum_add(&w, p[i].weight);
        sum_add(&wx, p[i].weight * (double)p[i].x);
    }
    return sum_value(&wx) / sum_value(&w);
}

static void refine(const struct point *p, size_t n, int levels, double *level)
{
    size_t end[LEVELS_MAX] = {0};
    bool changed = true;
    for (int round = 0; round < ROUNDS_MAX && changed; round++) {
        size_t begin = 0;
        double next[LEVELS_MAX];
        changed = false;
        for (int l = 0; l < levels; l++) {
            size_t stop = l == levels - 1 ? n : first_above(p, n, begin, (level[l] + level[l + 1]) / 2);
            changed |= stop != end[l];
            end[l] = stop;
            next[l] = stop > begin ? mean(p + begin, stop - begin) : level[l];
            begin = stop;
        }
        for (int l = 0; l < levels; l++)
            level[l] = next[l];
    }
}

enum status fit_lloyd(const float *x, size_t n, const float *weight, int levels, float *out_values)
{
    if (levels < 1 || levels > LEVELS_MAX || n == 0)
        return STATUS_INVALID;
    struct point *p = malloc(n * sizeof *p);
    if (!p)
        return STATUS_INTERNAL;
    size_t count;
    enum status s = gather(x, n, weight, p, &count);
    if (!s) {
        qsort(p, count, sizeof *p, compare);
        count = merge(p, count);
        double level[LEVELS_MAX];
        if (count > (size_t)levels) {
            start(p, count, levels, level);
            refine(p, count, levels, level);
        }
        for (size_t l = 0; l < (size_t)levels; l++)
            out_values[l] = count > (size_t)levels ? (float)level[l] : p[l < count ? l : count - 1].x;
    }
    free(p);
    return s;
}
