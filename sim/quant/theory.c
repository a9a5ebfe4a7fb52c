/* The expected error of a quantizer and its least. */
#include "sim/quant/theory.h"

#include <gsl/gsl_errno.h>
#include <gsl/gsl_roots.h>
#include <math.h>
#include <stdlib.h>

#include "formats/ladder.h"
#include "sim/base/elementary.h"

/* --- the values of a format --- */

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static void quantizer_of_ladder(const struct format *f, struct quantizer *q)
{
    const struct ladder *l = f->family->ladder;
    q->n = l->count(f);
    for (uint32_t i = 0; i < q->n; i++) {
        q->value[i] = number_to_f64(l->value(f, i));
        if (i)
            q->edge[i - 1] = number_to_f64(ladder_boundary(f, i - 1));
    }
}

static void quantizer_of_codes(const struct format *f, struct quantizer *q)
{
    size_t n = 0;
    for (uint32_t code = 0; code <= format_code_mask(f); code++) {
        struct number v = format_decode(f, code);
        if (v.class != NUMBER_ZERO && v.class != NUMBER_FINITE)
            continue;
        struct number back = format_decode(f, format_round(f, v, &(struct rounding){0}, 0).code);
        if (number_compare(v, back) == 0) /* symmetric integers never produce -2^(bits-1) */
            q->value[n++] = number_to_f64(v) + 0.0;
    }
    qsort(q->value, n, sizeof *q->value, by_value);
    q->n = 0;
    for (size_t i = 0; i < n; i++)
        if (i == 0 || q->value[i] != q->value[q->n - 1])
            q->value[q->n++] = q->value[i];
    for (size_t i = 1; i < q->n; i++)
        q->edge[i - 1] = q->value[i - 1] + (q->value[i] - q->value[i - 1]) / 2;
}

bool quantizer_of_format(const struct format *f, struct quantizer *q)
{
    if (f->bits > QUANTIZER_BITS)
        return false;
    if (f->family->ladder)
        quantizer_of_ladder(f, q);
    else
        quantizer_of_codes(f, q);
    struct number most = format_max(f), least = format_min_positive(f);
    return q->n > 0 && number_exponent(most) < 500 && number_exponent(least) > -500;
}

/* --- the error --- */

/* The parts of cell i below and above its value, unscaled. */
static double below(const struct quantizer *q, size_t i)
{
    return i ? q->value[i] - q->edge[i - 1] : (double)INFINITY;
}

static double above(const struct quantizer *q, size_t i)
{
    return i + 1 < q->n ? q->edge[i] - q->value[i] : (double)INFINITY;
}

/* A quantizer of 2^16 values has an error above 2^-36; what lies within 2^-30 of zero adds less than 2^-90.
 */
static double part(const struct density *d, double c, double h, int k)
{
    return (c < 0 ? -c : c) + h < 0x1p-30 ? 0 : density_moment(d, c, h, k);
}

double theory_mse(const struct density *d, const struct quantizer *q, double scale)
{
    double sum = 0;
    for (size_t i = 0; i < q->n; i++) {
        double v = scale * q->value[i];
        sum += part(d, -v, scale * below(q, i), 2) + part(d, v, scale * above(q, i), 2);
    }
    return sum;
}

/* The first sum is that of 2 (s v - x) v over the cells; an edge e moves with the scale and matters where the
 * errors on its two sides differ. */
double theory_slope(const struct density *d, const struct quantizer *q, double scale)
{
    double sum = 0;
    for (size_t i = 0; i < q->n; i++) {
        double v = scale * q->value[i];
        sum += 2 * q->value[i] * (part(d, -v, scale * below(q, i), 1) - part(d, v, scale * above(q, i), 1));
        if (i + 1 < q->n && below(q, i + 1) != above(q, i)) {
            double e = scale * q->edge[i], low = scale * above(q, i), high = scale * below(q, i + 1);
            if (-d->support < e && e < d->support)
                sum += q->edge[i] * d->pdf(e) * (low * low - high * high);
        }
    }
    return sum;
}

/* --- its least --- */

double theory_root(double (*f)(double x, void *context), void *context, double low, double high)
{
    gsl_function function = {f, context};
    gsl_root_fsolver *solver = gsl_root_fsolver_alloc(gsl_root_fsolver_brent);
    double x = (double)NAN;
    if (!solver)
        return x;
    if (!gsl_root_fsolver_set(solver, &function, low, high)) {
        int status = GSL_CONTINUE;
        for (int i = 0; i < 200 && status == GSL_CONTINUE && !gsl_root_fsolver_iterate(solver); i++)
            status = gsl_root_test_interval(gsl_root_fsolver_x_lower(solver),
                                            gsl_root_fsolver_x_upper(solver), 0, 0x1p-50);
        x = gsl_root_fsolver_root(solver);
    }
    gsl_root_fsolver_free(solver);
    return x;
}

struct problem {
    const struct density *d;
    const struct quantizer *q;
    int bits;
};

static double slope_at(double scale, void *context)
{
    const struct problem *p = context;
    return theory_slope(p->d, p->q, scale);
}

/* The least error between low and high, and where: between the neighbours of the best of 32 points the slope
 * changes its sign. It is continuous, whatever the density. */
static double refine(struct problem *p, double low, double high, double *at)
{
    double step = (high - low) / 32, least = (double)INFINITY, middle = low;
    for (int i = 1; i < 32; i++) {
        double s = low + i * step, e = theory_mse(p->d, p->q, s);
        if (e < least) {
            least = e;
            middle = s;
        }
    }
    double a = theory_slope(p->d, p->q, middle - step), b = theory_slope(p->d, p->q, middle + step);
    *at = a < 0 && b > 0 ? theory_root(slope_at, p, middle - step, middle + step) : middle;
    return theory_mse(p->d, p->q, *at);
}

/* The largest and the smallest magnitude other than zero. */
static void extent(const struct quantizer *q, double *most, double *least)
{
    *most = 0;
    *least = (double)INFINITY;
    for (size_t i = 0; i < q->n; i++) {
        double v = q->value[i] < 0 ? -q->value[i] : q->value[i];
        *most = v > *most ? v : *most;
        *least = v > 0 && v < *least ? v : *least;
    }
}

/* theory_mse within a percent, at a fraction of the time: p is taken as constant in narrow cells. */
static double grid_error(const struct density *d, const struct quantizer *q, double scale)
{
    double sum = 0;
    for (size_t i = 0; i < q->n; i++) {
        double v = scale * q->value[i], a = scale * below(q, i), b = scale * above(q, i);
        if (a + b < 1.0 / 64)
            sum += -d->support < v && v < d->support ? (a * a * a + b * b * b) / 3 * d->pdf(v) : 0;
        else
            sum += part(d, -v, a, 2) + part(d, v, b, 2);
    }
    return sum;
}

/* Errors on a geometric grid of `points` scales in each factor of two; the last ones. */
enum { KEPT = 16 };
struct grid {
    double error[KEPT]; /* of point k, k mod KEPT */
    int points;
};

static double at_point(const struct grid *g, int k)
{
    return k < 0 ? (double)INFINITY : g->error[k % KEPT];
}

/* Whether point k is a minimum, and not the same as in the binade before: half the scale is as good, to 1e-9,
 * at it and on both sides. Needs point k + 1. */
static bool is_new_minimum(const struct grid *g, int k)
{
    bool better = false;
    for (int i = k - 1; i <= k + 1; i++)
        better |= at_point(g, i) < at_point(g, i - g->points) * (1 - 1e-9);
    return better && at_point(g, k) <= at_point(g, k - 1) && at_point(g, k) < at_point(g, k + 1);
}

/* s, at which the error has its least, `best`. Logarithmic numbers have the same error over a wide range of
 * scales: where it is not seen to rise by 1e-9 within 2 %, its place is rounding noise, and the answer is the
 * smallest scale whose error is within 2^-20 of the least. There the error falls fast enough to tell the
 * scale to 1e-10. */
static double settled(const struct density *d, const struct quantizer *q, double s, double best)
{
    const double step = 1.02, level = best * (1 + 0x1p-20);
    if (!(theory_mse(d, q, s * step) <= best * (1 + 1e-9)))
        return s;
    double low = s;
    while (low > 0 && theory_mse(d, q, low) <= level)
        low /= step;
    double high = low * step;
    while (high - low > 0x1p-50 * high) {
        double middle = low + (high - low) / 2;
        *(theory_mse(d, q, middle) > level ? &low : &high) = middle;
    }
    return high;
}

/* The grid runs from the largest value at 1/16 of the distribution's unit to the smallest one at 8 of it. Its
 * minima are candidates, unless they are more than 1 dB above the best so far. */
double theory_best_scale(const struct density *d, const struct quantizer *q)
{
    struct problem p = {.d = d, .q = q};
    double most, least;
    extent(q, &most, &least);
    if (!(most > 0))
        return 1; /* nothing but zero */
    struct grid g = {.points = q->n > 1024 ? 4 : 8};
    double step = elementary_exp2(1.0 / g.points), last = 8 / least, s = 1.0 / 16 / most;
    double best = (double)INFINITY, best_at = (double)NAN, best_grid = best;
    g.error[0] = grid_error(d, q, s);
    for (int k = 0; s <= last; k++, s *= step) {
        double here = at_point(&g, k);
        g.error[(k + 1) % KEPT] = grid_error(d, q, s * step);
        if (here < best_grid * 1.25 && is_new_minimum(&g, k)) {
            double at, error = refine(&p, s / step, s * step, &at);
            best_grid = here < best_grid ? here : best_grid;
            if (!(error >= best * (1 - 1e-9))) {
                best = error;
                best_at = at;
            }
        }
    }
    return settled(d, q, best_at, best);
}

double theory_best_magnitude(const struct format *f, const struct density *d)
{
    if (f->bits > QUANTIZER_BITS)
        return 0;
    size_t n = (size_t)1 << f->bits;
    struct quantizer q = {.value = malloc(2 * n * sizeof *q.value)};
    double magnitude = (double)NAN;
    if (q.value) {
        q.edge = q.value + n;
        magnitude = quantizer_of_format(f, &q) ? theory_best_scale(d, &q) * number_to_f64(format_max(f)) : 0;
    }
    free(q.value);
    return magnitude;
}

static double aciq_balance(double alpha, void *context)
{
    const struct problem *p = context;
    double cells = (double)(UINT64_C(1) << (2 * p->bits));
    return alpha - 6 * cells * density_moment(p->d, alpha, (double)INFINITY, 1);
}

/* The derivative of the error is 2 alpha / (3 4^bits) - 4 times the integral of (x - alpha) p(x) beyond
 * alpha; it rises with alpha. */
double theory_aciq(const struct density *d, int bits)
{
    struct problem p = {.d = d, .bits = bits < 1 ? 1 : bits > 31 ? 31 : bits};
    return theory_root(aciq_balance, &p, 0, d->support < 100 ? d->support : 100);
}
