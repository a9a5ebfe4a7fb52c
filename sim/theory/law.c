#include "sim/theory/law.h"

#include <gsl/gsl_integration.h>
#include <math.h>
#include <pthread.h>

/* --- Gauss-Legendre --- */

enum { RULES = 4, MOST_NODES = 16 };
static struct {
    size_t n;
    double x[MOST_NODES], w[MOST_NODES]; /* on 0 .. 1 */
} rules[RULES] = {{.n = 3}, {.n = 4}, {.n = LAW_NODES}, {.n = MOST_NODES}};

static void fill_nodes(void)
{
    for (size_t r = 0; r < RULES; r++) {
        gsl_integration_glfixed_table *t = gsl_integration_glfixed_table_alloc(rules[r].n);
        for (size_t i = 0; i < rules[r].n; i++) {
            rules[r].x[i] = rules[r].w[i] = (double)NAN;
            if (t)
                gsl_integration_glfixed_point(0, 1, i, &rules[r].x[i], &rules[r].w[i], t);
        }
        gsl_integration_glfixed_table_free(t);
    }
}

static void need_nodes(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, fill_nodes);
}

void law_nodes(size_t n, const double **x, const double **w)
{
    size_t r = n == MOST_NODES ? 3 : 2;
    need_nodes();
    *x = rules[r].x;
    *w = rules[r].w;
}

/* --- the law --- */

struct law law_of(const struct distribution *d, double parameter, double scale)
{
    struct law l = {.d = d, .parameter = isnan(parameter) ? d->parameter_default : parameter, .scale = scale};
    l.lo = d->quantile(0x1p-53, l.parameter);
    l.hi = d->quantile(1 - 0x1p-53, l.parameter);
    if (d->even)
        l.hi = -l.lo;
    l.most = fmax(fabs(l.lo), fabs(l.hi));
    return l;
}

double law_tail(const struct law *l, double m)
{
    double above = l->d->upper(m, l->parameter);
    return l->d->even ? 2 * above : above + l->d->lower(-m, l->parameter);
}

double law_density(const struct law *l, double m)
{
    double p = l->d->pdf(m, l->parameter);
    return l->d->even ? 2 * p : p + l->d->pdf(-m, l->parameter);
}

/* Bisection on the logarithm, down to 2^-1000 of the largest magnitude. */
double law_magnitude(const struct law *l, double tail)
{
    double low = log(l->most) - 1000 * M_LN2, high = log(l->most);
    for (int i = 0; i < 70 && high - low > 1e-15; i++) {
        double middle = low + (high - low) / 2;
        *(law_tail(l, exp(middle)) > tail ? &low : &high) = middle;
    }
    return exp(high);
}

/* The logarithm of P(|Z| <= m): of a small m from the small side, where the tail is 1 within rounding. */
static double log_below(const struct law *l, double m)
{
    double tail = law_tail(l, m);
    if (tail < 0.5)
        return log1p(-tail);
    double below = l->d->lower(m, l->parameter) - l->d->lower(-m, l->parameter);
    if (l->d->even && m * law_density(l, 0) < 1e-4) /* both halves cancel; pdf is flat to m^2 / 6 */
        below = m * law_density(l, m / 2);
    return below > 0 ? log(below) : -HUGE_VAL;
}

double law_all_below(const struct law *l, double m, double n)
{
    return n > 0 ? exp(n * log_below(l, m)) : 1;
}

double law_any_above(const struct law *l, double m, double n)
{
    return n > 0 ? -expm1(n * log_below(l, m)) : 0;
}

/* --- integrals --- */

/* With x = x0 + scale * t, so that small differences stay small. */
static double error_at(const struct error_form *f, double x)
{
    double low = x - f->v, high = f->w - x;
    switch (f->kind) {
    case ERROR_BETWEEN:
        return low * high + f->b * (f->w - f->v) * (low - high);
    case ERROR_EITHER:
        return (1 - f->b) * low * low + f->b * high * high;
    default:
        return low * low;
    }
}

static double apply_rule(const struct law *l, const struct error_form *f, double a, double b, size_t r)
{
    double sum = 0, width = b - a;
    for (size_t i = 0; i < rules[r].n; i++) {
        double z = a + width * rules[r].x[i];
        sum += rules[r].w[i] * error_at(f, l->scale * z) * l->d->pdf(z, l->parameter);
    }
    return width * sum;
}

/* Where 0 is not inside. Halves until a piece is short; a length that shrinks towards 0 halves towards it. */
static double smooth_error(const struct law *l, const struct error_form *f, double a, double b, int depth)
{
    double width = b - a;
    double left = l->d->smooth(a, l->parameter), right = l->d->smooth(b, l->parameter);
    double length = fmin(left, right);
    if (width <= length / 32)
        return apply_rule(l, f, a, b, 0);
    if (width <= length / 8)
        return apply_rule(l, f, a, b, 1);
    if (width <= length || depth >= 60)
        return apply_rule(l, f, a, b, 2);
    double middle = a + width / 2;
    if (a > 0 && b > 4 * a) /* far apart: geometric */
        middle = sqrt(a * b);
    else if (b < 0 && a < 4 * b)
        middle = -sqrt(a * b);
    return smooth_error(l, f, a, middle, depth + 1) + smooth_error(l, f, middle, b, depth + 1);
}

double law_error(const struct law *l, const struct error_form *f, double a, double b)
{
    need_nodes();
    a = fmax(a, l->lo);
    b = fmin(b, l->hi);
    if (!(a < b))
        return 0;
    if (a < 0 && b > 0)
        return smooth_error(l, f, a, 0, 0) + smooth_error(l, f, 0, b, 0);
    return smooth_error(l, f, a, b, 0);
}
