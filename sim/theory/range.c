/* Integers with a zero point: the scale follows from the smallest and the largest value of a region. */
#include <math.h>

#include "sim/theory/region.h"

/* The density of both, lo and hi, is n (n - 1) p(lo) p(hi) D^(n-2) with D = P(lo < X < hi); between them lie
 * n - 2 values, independent and each of density p / D. So E = integral of (n - 1) p(lo) p(hi) { D^(n-2)
 * [e(lo) + e(hi)] + (n - 2) D^(n-3) I(lo, hi) }. */

struct block {
    struct meeting meeting;
    double zero, offset, top; /* y = (n - zero) v + offset for codes n = 0 .. top; in units of x */
};

/* False if the values are no numbers, or the zero point lies beyond the codes. */
static bool block_of(const struct region_model *r, double lo, double hi, struct block *out)
{
    const struct scaling *s = &r->q->scaling;
    const struct candidate c = region_candidate(r->q);
    const struct outer_scale outer = scaling_outer(s, c.element, 1);
    struct region_range range = {.lo = (float)(lo * r->law->scale), .hi = (float)(hi * r->law->scale)};
    range.amax = fmaxf(fabsf(range.lo), fabsf(range.hi));
    const struct block_scale b = scaling_block(s, &c, &outer, &range, r->random);
    *out = (struct block){.top = (double)format_code_mask(c.element), .zero = (double)b.zero};
    if (s->zero_point == ZERO_FLOAT)
        out->offset = number_to_f64(b.offset);
    return region_meeting(s, &b, &out->meeting) && out->meeting.v > 0 && out->zero >= 0 &&
           out->zero <= out->top;
}

/* Over a <= z <= b: the cells are those of integers, the first and the last code go on. */
static double error_between(const struct region_model *r, const struct block *b, double from, double to)
{
    const struct cells *c = r->cells;
    const double scale = r->law->scale, v = b->meeting.v, k = b->meeting.k;
    double sum = 0;
    for (size_t i = 0; i < c->n; i++) {
        const double code = c->value[i] + b->zero;
        if (code < 0 || code > b->top)
            continue;
        const double low = code == 0 ? from : fmax(from, (c->edge[i] / k + b->offset) / scale);
        const double high = code == b->top ? to : fmin(to, (c->edge[i + 1] / k + b->offset) / scale);
        if (low < high)
            sum += law_error(r->law, &(struct error_form){ERROR_SQUARE, c->value[i] * v + b->offset, 0, 0},
                             low, high);
    }
    return sum;
}

static double error_at(const struct region_model *r, const struct block *b, double z)
{
    const struct cells *c = r->cells;
    const double x = z * r->law->scale, q = (x - b->offset) * b->meeting.k;
    size_t i = 0;
    while (i + 1 < c->n && c->edge[i + 1] <= q)
        i++;
    const double code = fmin(fmax(c->value[i] + b->zero, 0), b->top);
    const double e = (code - b->zero) * b->meeting.v + b->offset - x;
    return e * e;
}

/* Points and weights for one end: shares of regions whose end lies further out. */
enum { PANEL_NODES = LAW_NODES, ENDS_MOST = 256 };
struct ends {
    size_t n;
    double z[ENDS_MOST], w[ENDS_MOST];
};

static double upper_end(const struct law *l, double share, double n)
{
    const double tail = share < 0.5 ? -expm1(log1p(-share) / n) : 1 - pow(1 - share, 1 / n);
    return tail < 0x1p-53 ? l->hi
                          : fmin(l->hi, tail < 0.5 && l->d->even ? -l->d->quantile(tail, l->parameter)
                                                                 : l->d->quantile(1 - tail, l->parameter));
}

static double lower_end(const struct law *l, double share, double n)
{
    const double tail = share < 0.5 ? -expm1(log1p(-share) / n) : 1 - pow(1 - share, 1 / n);
    return tail < 0x1p-53 ? l->lo : fmax(l->lo, l->d->quantile(tail, l->parameter));
}

static void fill(const struct law *l, double n, bool upper, struct ends *out)
{
    static const double shares[] = {1 - 1e-10, 1 - 1e-4, 0.95, 0.7,  0.4,   0.15,
                                    0.03,      1e-3,     1e-5, 1e-7, 1e-10, 1e-16};
    const double *x, *w;
    law_nodes(PANEL_NODES, &x, &w);
    out->n = 0;
    for (size_t p = 0; p + 1 < sizeof shares / sizeof *shares; p++) {
        const double a = upper ? upper_end(l, shares[p], n) : lower_end(l, shares[p], n);
        const double b = upper ? upper_end(l, shares[p + 1], n) : lower_end(l, shares[p + 1], n);
        for (size_t i = 0; i < PANEL_NODES && a != b; i++) {
            out->z[out->n] = a + (b - a) * x[i];
            out->w[out->n++] = fabs(b - a) * w[i];
        }
    }
}

double range_error(const struct region_model *r)
{
    const struct law *l = r->law;
    struct ends lows, highs;
    double sum = 0;
    fill(l, r->n, false, &lows);
    fill(l, r->n, true, &highs);
    for (size_t i = 0; i < lows.n; i++)
        for (size_t j = 0; j < highs.n; j++) {
            const double lo = lows.z[i], hi = highs.z[j];
            const double outside = l->d->lower(lo, l->parameter) + l->d->upper(hi, l->parameter);
            struct block b;
            if (!(lo < hi) || outside >= 1)
                continue;
            const double inside = exp((r->n - 3) * log1p(-outside));
            const double weight = (r->n - 1) * lows.w[i] * highs.w[j] * l->d->pdf(lo, l->parameter) *
                                  l->d->pdf(hi, l->parameter) * inside;
            if (weight < 1e-14)
                continue;
            if (!block_of(r, lo, hi, &b))
                return HUGE_VAL;
            sum += weight * ((1 - outside) * (error_at(r, &b, lo) + error_at(r, &b, hi)) +
                             (r->n - 2) * error_between(r, &b, lo, hi));
        }
    return sum;
}
