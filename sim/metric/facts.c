#include "sim/metric/parts.h"

/* The definition, an element at a time; the kernels take whole groups. */
static void signal_one(struct kernel_signal *s, float x)
{
    bool finite = fabsf(x) <= FLT_MAX;
    double v = finite ? (double)x : 0.0;
    sum_add(&s->x, v);
    sum_add(&s->x2, v * v);
    s->zeros += x == 0.0F;
    s->nan += isnan(x) != 0;
    s->infinite += isinf(x) != 0;
    s->lo = finite && x < s->lo ? x : s->lo;
    s->hi = finite && x > s->hi ? x : s->hi;
}

static void deviations_one(struct kernel_deviations *s, float x)
{
    double d = fabsf(x) <= FLT_MAX ? (double)x - s->mean : 0.0;
    sum_add(&s->m2, d * d);
    sum_add(&s->m4, d * d * (d * d));
}

static void first_pass(struct metric_passes *p, const float *x, size_t n)
{
    struct parts_split at = parts_split(&p->signal.x, n);
    for (size_t i = 0; i < at.head; i++)
        signal_one(&p->signal, x[i]);
    kernels_best()->signal(&p->signal, x + at.head, at.whole);
    for (size_t i = at.head + at.whole; i < n; i++)
        signal_one(&p->signal, x[i]);
    parts_blocks_add(&p->blocks, x, n);
    parts_spread_first(&p->spread, x, n);
}

static void second_pass(struct metric_passes *p, const float *x, size_t n)
{
    struct parts_split at = parts_split(&p->deviations.m2, n);
    for (size_t i = 0; i < at.head; i++)
        deviations_one(&p->deviations, x[i]);
    kernels_best()->deviations(&p->deviations, x + at.head, at.whole);
    for (size_t i = at.head + at.whole; i < n; i++)
        deviations_one(&p->deviations, x[i]);
    if (p->bins.range > 0.0)
        kernels_best()->bins(&p->bins, x, x, n);
    parts_spread_second(&p->spread, x, n);
}

void metric_facts_begin(struct metric_passes *p, size_t row)
{
    *p = (struct metric_passes){
        .signal = {.lo = INFINITY, .hi = -INFINITY}, .blocks = {.row = row}, .facts = {.row = row}};
    parts_spread_begin(&p->spread, row);
}

/* By pieces that stay in the first-level cache, as each is read more than once. */
void metric_facts_add(struct metric_passes *p, const float *x, size_t n)
{
    for (size_t piece; n; x += piece, n -= piece) {
        piece = n < SUM_CHUNK ? n : SUM_CHUNK;
        if (p->second) {
            second_pass(p, x, piece);
        } else {
            first_pass(p, x, piece);
            p->facts.n += piece;
        }
    }
}

void metric_facts_turn(struct metric_passes *p)
{
    const struct kernel_signal *s = &p->signal;
    struct metric_facts *f = &p->facts;
    struct metric_signal *m = &f->signal;
    f->nan = s->nan;
    f->excluded = s->nan + s->infinite;
    m->n = f->n - f->excluded;
    m->zeros = s->zeros;
    m->sum = sum_value(&s->x);
    m->sum2 = sum_value(&s->x2);
    /* + 0.0: a zero at an end has no sign. */
    m->lo = m->n ? (double)s->lo + 0.0 : (double)NAN;
    m->hi = m->n ? (double)s->hi + 0.0 : (double)NAN;
    m->mean = m->n ? m->sum / (double)m->n : (double)NAN;
    m->absmax = fabs(m->lo) > fabs(m->hi) ? fabs(m->lo) : fabs(m->hi);
    f->crest_block16 = parts_ratio(sum_value(&p->blocks.crest16), (double)p->blocks.n16);
    f->crest_block32 = parts_ratio(sum_value(&p->blocks.crest32), (double)p->blocks.n32);
    p->deviations.mean = m->n ? m->mean : 0.0;
    p->bins.range = m->n ? m->absmax : 0.0;
    parts_spread_turn(&p->spread);
    p->second = true;
}

void metric_facts_end(const struct metric_passes *p, struct metric_facts *out)
{
    *out = p->facts;
    out->signal.m2 = sum_value(&p->deviations.m2);
    out->signal.m4 = sum_value(&p->deviations.m4);
    for (size_t i = 0; i < KERNEL_BINS; i++)
        out->bins[i] = p->bins.count[i];
    parts_spread_end(&p->spread, out);
}

void metric_facts_of(const float *x, size_t n, size_t row, struct metric_facts *out)
{
    struct metric_passes p;
    metric_facts_begin(&p, row);
    metric_facts_add(&p, x, n);
    metric_facts_turn(&p);
    metric_facts_add(&p, x, n);
    metric_facts_end(&p, out);
}
