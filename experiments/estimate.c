#include "experiments/estimate.h"

#include <math.h>
#include <stdlib.h>

#define MAX_POWER 4.0

/* The points of a scheme of the least and of the greatest work: sums over equal works. */
struct fit {
    double work[2], seconds[2];
    size_t n[2];
};

static void add_point(struct fit *f, int end, double work, double seconds)
{
    if (f->n[end] && f->work[end] == work) {
        f->seconds[end] += seconds;
        f->n[end]++;
    } else if (!f->n[end] || (end ? work > f->work[end] : work < f->work[end])) {
        f->work[end] = work;
        f->seconds[end] = seconds;
        f->n[end] = 1;
    }
}

static double mean(const struct fit *f, int end)
{
    return f->seconds[end] / (double)f->n[end];
}

static double power(double work, double seconds)
{
    const double p = log(seconds) / log(work);
    return isfinite(p) ? fmin(fmax(p, 0), MAX_POWER) : 1;
}

static bool has_two(const struct fit *f)
{
    return f->n[0] && f->work[1] > f->work[0] && f->work[0] > 0 && mean(f, 0) > 0 && mean(f, 1) > 0;
}

/* The power between all schemes that have two works. */
static double common_power(const struct fit *fits, size_t n)
{
    double work[2] = {0, 0}, seconds[2] = {0, 0};
    for (size_t i = 0; i < n; i++)
        for (int end = 0; has_two(&fits[i]) && end < 2; end++) {
            work[end] += fits[i].work[end];
            seconds[end] += mean(&fits[i], end);
        }
    return work[0] > 0 ? power(work[1] / work[0], seconds[1] / seconds[0]) : 1;
}

static double seconds_of(const struct fit *f, double work, double common)
{
    const double p = has_two(f) ? power(f->work[1] / f->work[0], mean(f, 1) / mean(f, 0)) : common;
    return f->work[0] > 0 ? mean(f, 0) * pow(work / f->work[0], p) : mean(f, 0);
}

enum status estimate_total(const struct estimate_cell *cells, size_t n, const struct estimate_point *points,
                           size_t n_points, size_t n_schemes, double *total, double *longest, struct error *e)
{
    struct fit *fits = calloc(n_schemes + 1, sizeof *fits);
    if (!fits)
        return error_set(e, STATUS_INTERNAL, "out of memory");
    for (size_t i = 0; i < n_points; i++)
        for (int end = 0; end < 2; end++)
            add_point(&fits[points[i].cell.scheme], end, points[i].cell.work, points[i].seconds);
    const double common = common_power(fits, n_schemes);
    /* the others: their mean at the work of the first of them */
    double others = 0, at = 0;
    size_t known = 0;
    for (size_t i = 0; i < n_schemes; i++)
        if (fits[i].n[0]) {
            at = known ? at : fits[i].work[0];
            others += seconds_of(&fits[i], at, common);
            known++;
        }
    *total = *longest = 0;
    for (size_t i = 0; i < n && known; i++) {
        const struct fit *f = &fits[cells[i].scheme];
        const double mine = others / (double)known * (at > 0 ? pow(cells[i].work / at, common) : 1);
        const double t = f->n[0] ? seconds_of(f, cells[i].work, common) : mine;
        *total += t;
        *longest = fmax(*longest, t);
    }
    free(fits);
    return STATUS_OK;
}

double estimate_elapsed(double total, double longest, int jobs)
{
    return fmax(total / jobs, longest);
}
