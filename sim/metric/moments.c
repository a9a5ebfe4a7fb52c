#include <math.h>
#include <string.h>

#include "sim/base/sum.h"
#include "sim/metric/metric.h"

/* Elements worked on at once: the arrays of a tile stay in the first-level cache. Loops run over whole tiles,
 * in lanes where they reduce, which is what lets a compiler make vector code of them. */
#define TILE  256
#define LANES 8

struct tile {
    size_t n;                /* elements; the rest of the arrays is as if excluded, and not summed */
    uint32_t kept, zeros;    /* elements not excluded, and of them x == 0 */
    double x[TILE], y[TILE]; /* 0 where excluded */
    double keep[TILE];       /* 1, or 0 where excluded */
    double hole[TILE];       /* 0, or -infinity where excluded: x + hole is never the largest there */
};

struct signal_sums {
    struct sum x, x2;
    double hi, minus_lo;
};

struct error_sums {
    struct sum y2, xy, e, e2, abs_e, rel_e;
    double max_e;
};

static uint32_t magnitude_bits(float v)
{
    uint32_t bits;
    memcpy(&bits, &v, sizeof bits);
    return bits & 0x7fffffffu;
}

/* On bits, and in loops of one kind of work each: a compiler makes vector code of these too. t is the tile
 * before, zero-initialised at first: where both are whole, keep and hole stay as they are. */
static void tile_load(struct tile *t, const float *x, const float *y, size_t n)
{
    float rest_x[TILE], rest_y[TILE];
    uint32_t keep[TILE], kept = 0, zeros = 0;
    t->n = n < TILE ? n : TILE;
    if (n < TILE) {
        memcpy(rest_x, x, n * sizeof *x);
        memcpy(rest_y, y, n * sizeof *y);
        for (size_t i = n; i < TILE; i++)
            rest_x[i] = rest_y[i] = NAN;
        x = rest_x;
        y = rest_y;
    }
    for (size_t i = 0; i < TILE; i++) {
        uint32_t bx = magnitude_bits(x[i]), by = magnitude_bits(y[i]);
        keep[i] = (bx < 0x7f800000u) & (by < 0x7f800000u);
        kept += keep[i];
        zeros += keep[i] & (bx == 0);
    }
    for (size_t i = 0; i < TILE; i++) {
        t->x[i] = (double)x[i];
        t->y[i] = (double)y[i];
    }
    if (t->kept < TILE || kept < TILE)
        for (size_t i = 0; i < TILE; i++) {
            t->keep[i] = keep[i] ? 1.0 : 0.0;
            t->hole[i] = keep[i] ? 0.0 : -HUGE_VAL;
            if (!keep[i])
                t->x[i] = t->y[i] = 0.0;
        }
    t->kept = kept;
    t->zeros = zeros;
}

static double largest(const double *v, double top)
{
    double lane[LANES];
    for (size_t j = 0; j < LANES; j++)
        lane[j] = top;
    for (size_t i = 0; i < TILE; i += LANES)
#pragma GCC unroll 8
        for (size_t j = 0; j < LANES; j++)
            lane[j] = v[i + j] > lane[j] ? v[i + j] : lane[j];
    for (size_t j = 0; j < LANES; j++)
        top = lane[j] > top ? lane[j] : top;
    return top;
}

static void sum_products(struct sum *s, const double *a, const double *b, size_t n)
{
    double term[TILE];
    for (size_t i = 0; i < TILE; i++)
        term[i] = a[i] * b[i];
    sum_add_n(s, term, n);
}

static void signal_add(struct signal_sums *s, const struct tile *t)
{
    double up[TILE], down[TILE];
    for (size_t i = 0; i < TILE; i++) {
        up[i] = t->hole[i] + t->x[i];
        down[i] = t->hole[i] - t->x[i];
    }
    s->hi = largest(up, s->hi);
    s->minus_lo = largest(down, s->minus_lo);
    sum_add_n(&s->x, t->x, t->n);
    sum_products(&s->x2, t->x, t->x, t->n);
}

static void error_add(struct error_sums *s, const struct tile *t)
{
    double e[TILE], abs_e[TILE], rel_e[TILE], zero[TILE];
    for (size_t i = 0; i < TILE; i++) {
        e[i] = t->y[i] - t->x[i];
        abs_e[i] = fabs(e[i]);
        zero[i] = t->x[i] == 0.0 ? 1.0 : 0.0;
    }
    /* 0 / 1 where x is 0; elsewhere neither the product nor the sum changes anything. */
    for (size_t i = 0; i < TILE; i++)
        rel_e[i] = abs_e[i] * (1.0 - zero[i]) / (fabs(t->x[i]) + zero[i]);
    s->max_e = largest(abs_e, s->max_e);
    sum_products(&s->y2, t->y, t->y, t->n);
    sum_products(&s->xy, t->x, t->y, t->n);
    sum_add_n(&s->e, e, t->n);
    sum_products(&s->e2, e, e, t->n);
    sum_add_n(&s->abs_e, abs_e, t->n);
    sum_add_n(&s->rel_e, rel_e, t->n);
}

/* errors may be NULL. */
static void first_pass(const float *x, const float *y, size_t n, struct metric_signal *m,
                       struct error_sums *errors)
{
    struct signal_sums s = {.hi = -HUGE_VAL, .minus_lo = -HUGE_VAL};
    struct tile t = {.kept = 0};
    *m = (struct metric_signal){.n = 0};
    for (size_t i = 0; i < n; i += TILE) {
        tile_load(&t, x + i, y + i, n - i);
        m->n += t.kept;
        m->zeros += t.zeros;
        signal_add(&s, &t);
        if (errors)
            error_add(errors, &t);
    }
    m->sum = sum_value(&s.x);
    m->sum2 = sum_value(&s.x2);
    m->lo = m->n ? -s.minus_lo : (double)NAN;
    m->hi = m->n ? s.hi : (double)NAN;
    m->mean = m->n ? m->sum / (double)m->n : (double)NAN;
    m->absmax = fabs(m->lo) > fabs(m->hi) ? fabs(m->lo) : fabs(m->hi);
}

static void second_pass(const float *x, const float *y, size_t n, struct metric_signal *m)
{
    struct sum m2 = {0}, m4 = {0};
    struct tile t = {.kept = 0};
    double square[TILE], mean = m->mean;
    for (size_t i = 0; i < n; i += TILE) {
        tile_load(&t, x + i, y + i, n - i);
        for (size_t j = 0; j < TILE; j++) {
            double d = (t.x[j] - mean) * t.keep[j];
            square[j] = d * d;
        }
        sum_add_n(&m2, square, t.n);
        sum_products(&m4, square, square, t.n);
    }
    m->m2 = sum_value(&m2);
    m->m4 = sum_value(&m4);
}

void metric_moments(struct metric_input *in)
{
    struct metric_moments *m = &in->moments;
    struct error_sums e = {.max_e = 0.0};
    first_pass(in->x, in->y, in->n, &m->x, &e);
    if (m->x.n)
        second_pass(in->x, in->y, in->n, &m->x);
    m->sum_y2 = sum_value(&e.y2);
    m->sum_xy = sum_value(&e.xy);
    m->sum_e = sum_value(&e.e);
    m->sum_e2 = sum_value(&e.e2);
    m->sum_abs_e = sum_value(&e.abs_e);
    m->sum_rel_e = sum_value(&e.rel_e);
    m->max_e = m->x.n ? e.max_e : (double)NAN;

    m->input = m->x;
    if (m->x.n < in->n) {
        first_pass(in->x, in->x, in->n, &m->input, NULL);
        if (m->input.n)
            second_pass(in->x, in->x, in->n, &m->input);
    }
    m->excluded = in->n - m->input.n;
    m->lost = m->input.n - m->x.n;
    if (m->lost) {
        m->x = m->input;
        m->sum_e2 = m->sum_abs_e = m->sum_rel_e = m->max_e = m->sum_y2 = HUGE_VAL;
        m->sum_e = m->sum_xy = (double)NAN;
    }
}
