#include <stdlib.h>

#include "sim/metric/parts.h"

/* Places on the ordered line of binary32: the bits without the sign count the steps from zero. */
static int64_t place(float v)
{
    int64_t steps = bits_from_f32(v) & 0x7fffffffu;
    return signbit(v) ? -steps : steps;
}

/* The definition, an element at a time; the kernel takes whole groups. */
static void errors_one(struct kernel_errors *s, float x, float y)
{
    bool known = fabsf(x) <= FLT_MAX, keep = known && fabsf(y) <= FLT_MAX;
    double a = keep ? (double)x : 0.0, b = keep ? (double)y : 0.0, e = b - a;
    s->lost += known && !keep;
    sum_add(&s->e2, e * e);
    if (s->largest)
        s->max_e = fabs(e) > s->max_e ? fabs(e) : s->max_e;
    if (s->products) {
        sum_add(&s->xy, a * b);
        sum_add(&s->y2, b * b);
    }
    if (s->means) {
        sum_add(&s->e, e);
        sum_add(&s->abs_e, fabs(e));
    }
    if (s->relative)
        sum_add(&s->rel_e, a != 0.0 ? fabs(e) / fabs(a) : 0.0);
    if (s->ulps && keep) {
        uint32_t steps = (uint32_t)llabs(place(y) - place(x));
        s->max_ulp = steps > s->max_ulp ? steps : s->max_ulp;
    }
}

unsigned metric_needs(const struct metric *const *metrics, size_t n)
{
    unsigned needs = 0;
    for (size_t i = 0; i < n; i++)
        needs |= metrics[i]->needs;
    return needs;
}

void metric_errors_begin(struct metric_errors *s, unsigned needs, const struct metric_facts *facts)
{
    *s = (struct metric_errors){.needs = needs & METRIC_SUMS,
                                .facts = facts,
                                .sums = {.largest = needs & METRIC_LARGEST,
                                         .products = needs & METRIC_PRODUCTS,
                                         .means = needs & METRIC_MEANS,
                                         .relative = needs & METRIC_RELATIVE,
                                         .ulps = needs & METRIC_ULPS},
                                .bins = {.range = needs & METRIC_BINS ? facts->signal.absmax : 0.0}};
    parts_tops_begin(&s->tops, facts->row);
}

void metric_errors_start(struct metric_errors *s, size_t first)
{
    s->tops.at = s->tops.row ? first % s->tops.row : 0;
    s->tops.whole = !s->tops.at;
}

void metric_errors_add(struct metric_errors *s, const float *x, const float *y, size_t n)
{
    if (!s->needs)
        return;
    struct parts_split at = parts_split(&s->sums.e2, n);
    for (size_t i = 0; i < at.head; i++)
        errors_one(&s->sums, x[i], y[i]);
    kernels_best()->errors(&s->sums, x + at.head, y + at.head, at.whole);
    for (size_t i = at.head + at.whole; i < n; i++)
        errors_one(&s->sums, x[i], y[i]);
    if (s->bins.range > 0.0)
        kernels_best()->bins(&s->bins, x, y, n);
    if (s->needs & METRIC_TOPS)
        parts_tops_add(&s->tops, x, y, n);
}

void metric_errors_join(struct metric_errors *s, const struct metric_errors *t)
{
    struct kernel_errors *a = &s->sums;
    const struct kernel_errors *b = &t->sums;
    sum_join(&a->e2, &b->e2);
    sum_join(&a->e, &b->e);
    sum_join(&a->abs_e, &b->abs_e);
    sum_join(&a->xy, &b->xy);
    sum_join(&a->y2, &b->y2);
    sum_join(&a->rel_e, &b->rel_e);
    a->lost += b->lost;
    a->max_e = b->max_e > a->max_e ? b->max_e : a->max_e;
    a->max_ulp = b->max_ulp > a->max_ulp ? b->max_ulp : a->max_ulp;
    for (size_t i = 0; i < KERNEL_BINS; i++)
        s->bins.count[i] += t->bins.count[i];
    if (s->needs & METRIC_TOPS)
        parts_tops_join(&s->tops, &t->tops);
}

/* The value of a sum if it was asked for and has one; `worst` is its value where an element was lost. */
static double value_of(const struct metric_errors *s, unsigned need, double sum, double worst)
{
    return !(s->needs & need) ? (double)NAN : s->sums.lost ? worst : sum;
}

void metric_errors_end(const struct metric_errors *s, struct metric_input *in)
{
    const struct kernel_errors *k = &s->sums;
    struct metric_moments *m = &in->moments;
    bool any = s->facts->signal.n > 0;
    in->facts = s->facts;
    m->lost = k->lost;
    m->sum_e2 = value_of(s, ~0U, sum_value(&k->e2), HUGE_VAL);
    m->sum_e = value_of(s, METRIC_MEANS, sum_value(&k->e), (double)NAN);
    m->sum_abs_e = value_of(s, METRIC_MEANS, sum_value(&k->abs_e), HUGE_VAL);
    m->max_e = value_of(s, METRIC_LARGEST, any ? k->max_e : (double)NAN, HUGE_VAL);
    m->sum_xy = value_of(s, METRIC_PRODUCTS, sum_value(&k->xy), (double)NAN);
    m->sum_y2 = value_of(s, METRIC_PRODUCTS, sum_value(&k->y2), HUGE_VAL);
    m->sum_rel_e = value_of(s, METRIC_RELATIVE, sum_value(&k->rel_e), HUGE_VAL);
    m->max_ulp = value_of(s, METRIC_ULPS, any ? (double)k->max_ulp : (double)NAN, HUGE_VAL);
    for (size_t i = 0; i < KERNEL_BINS; i++)
        m->bins[i] = s->bins.count[i];
    m->top_rows = s->tops.rows;
    m->top_kept = s->tops.kept;
}
