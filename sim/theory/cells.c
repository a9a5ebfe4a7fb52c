#include "sim/theory/cells.h"

#include <math.h>
#include <stdlib.h>

/* --- finding the cells --- */

struct search {
    const struct quant_spec *q;
    const struct format *element;
    struct rounding rounding;
    struct cells *out;
    size_t room;
    bool failed;
};

static struct number through(const struct format *f, struct number x)
{
    const struct rounding nearest = {.mode = ROUND_RNE, .overflow = OVERFLOW_INFINITY};
    return f->family ? format_decode(f, format_round(f, x, &nearest, 0).code) : x;
}

/* Doubles in their order as integers, of which the last 22 bits of the fraction are left out. */
#define COARSE 22
static double double_at(int64_t place)
{
    uint64_t magnitude = (uint64_t)(place < 0 ? -place : place) << COARSE;
    double x = f64_from_bits(magnitude);
    return place < 0 ? -x : x;
}

/* 2^200, beyond every quotient. */
#define END ((int64_t)((UINT64_C(1023) + 200) << (52 - COARSE)))

/* The value that a quotient becomes. A quotient with steps is rounded to `via` on its way (of two steps, the
 * last); an order of binary32 steps moves it by 2^-24 of itself, which no error here shows. */
static double value_of(const struct search *s, int64_t place)
{
    const struct scaling *sc = &s->q->scaling;
    struct number x = number_from_f64(double_at(place));
    if (sc->per != PER_NONE && sc->order == ORDER_EXACT && sc->quotient != QUOTIENT_EXACT)
        x = through(&sc->via, x);
    x = through(&sc->cast, x);
    struct number y = format_decode(s->element, format_round(s->element, x, &s->rounding, 0).code);
    if (y.class != NUMBER_FINITE && y.class != NUMBER_ZERO)
        return (double)NAN;
    return number_to_f64(y) + 0.0;
}

static bool same(double a, double b)
{
    return a == b || (isnan(a) && isnan(b));
}

/* A cell ends at `edge` and one of `value` begins. */
static void add(struct search *s, double edge, double value)
{
    struct cells *c = s->out;
    if (c->n == s->room) {
        size_t room = s->room ? 2 * s->room : 512;
        double *edges = realloc(c->edge, (room + 1) * sizeof *edges);
        c->edge = edges ? edges : c->edge;
        double *values = realloc(c->value, room * sizeof *values);
        c->value = values ? values : c->value;
        s->failed |= !edges || !values;
        if (s->failed)
            return;
        s->room = room;
    }
    c->edge[c->n] = edge;
    c->value[c->n++] = value;
}

/* The edges above place a and up to b. Rounding is monotone: between equal values nothing happens. */
static void split(struct search *s, int64_t a, double at_a, int64_t b, double at_b)
{
    if (same(at_a, at_b) || s->failed)
        return;
    if (b - a == 1) {
        add(s, double_at(b), at_b);
        return;
    }
    int64_t middle = a + (b - a) / 2;
    double at = value_of(s, middle);
    split(s, a, at_a, middle, at);
    split(s, middle, at, b, at_b);
}

/* The same of a half whose ends may be equal although it is not monotone: binade by binade. */
static void split_half(struct search *s, int64_t a, double at_a, int64_t b, double at_b)
{
    const int64_t binade = INT64_C(1) << (52 - COARSE);
    for (int64_t next; a < b; a = next) {
        next = a + binade < b ? a + binade : b;
        const double at = next < b ? value_of(s, next) : at_b;
        split(s, a, at_a, next, at);
        at_a = at;
    }
}

/* Mirrored edges are one place apart where a tie belongs to one side. Those of stochastic rounding are
 * values.
 */
static bool is_symmetric(const struct cells *c)
{
    for (size_t i = 0; i < c->n; i++) {
        double e = c->edge[i + 1], mirrored = c->edge[c->n - 1 - i];
        if (c->value[i] != -c->value[c->n - 1 - i])
            return false;
        if (!c->sr && i + 1 < c->n && fabs(e + mirrored) > 0x1p-29 * fabs(e) && fabs(e) > 0x1p-900)
            return false;
    }
    return true;
}

/* Whether x becomes infinite or NaN. */
static bool overflows(const struct search *s, struct number x)
{
    struct rounding r = s->rounding;
    r.mode = ROUND_RAZ;
    struct number y = format_decode(s->element, format_round(s->element, x, &r, 0).code);
    return y.class != NUMBER_FINITE && y.class != NUMBER_ZERO;
}

bool cells_open(const struct quant_spec *q, const struct format *element, struct cells *out)
{
    struct search s = {.q = q, .element = element, .rounding = q->rounding, .out = out};
    *out = (struct cells){.n = 0};
    if (q->rounding.mode == ROUND_SR) {
        s.rounding.mode = ROUND_RDN; /* the neighbour below; the one above is the next value */
        out->sr = &q->rounding;
    }
    /* In two halves: a cast may make NaN and then zero of both ends. */
    const double first = value_of(&s, -END), middle = value_of(&s, 0);
    add(&s, -HUGE_VAL, first);
    split_half(&s, -END, first, 0, middle);
    split_half(&s, 0, middle, END, value_of(&s, END));
    if (out->sr && overflows(&s, number_pow2(300))) /* rounding down does not, above */
        add(&s, out->edge[out->n - 1], (double)NAN);
    if (s.failed) {
        cells_close(out);
        return false;
    }
    out->edge[out->n] = HUGE_VAL;
    out->infinity_is_lost = overflows(&s, (struct number){.class = NUMBER_INF});
    out->symmetric = is_symmetric(out);
    return true;
}

void cells_close(struct cells *c)
{
    free(c->edge);
    free(c->value);
    *c = (struct cells){.n = 0};
}

/* --- stochastic rounding --- */

/* With more bits than these the probability is as good as a straight line: its steps change squared errors by
 * 4^-bits of them at most. */
enum { SR_STAIRS = 7 };

static int sr_bits(const struct rounding *r)
{
    return r->sr_bits ? r->sr_bits : 32;
}

/* Between the values v < w, over a <= z <= b: in x, the neighbour of smaller magnitude is the near one. */
static double between(const struct cells *c, const struct law *l, double v, double w, double a, double b)
{
    const bool down = fabs(w) < fabs(v); /* probabilities are of going to v */
    const int bits = sr_bits(c->sr);
    double sum = 0;
    if (c->sr->sr_kind != SR_EQUAL && bits > SR_STAIRS) {
        double bias = c->sr->sr_kind == SR_A ? ldexp(0.5, -bits) : 0;
        return law_error(l, &(struct error_form){ERROR_BETWEEN, v, w, down ? -bias : bias}, a, b);
    }
    const int stairs = c->sr->sr_kind == SR_EQUAL ? 1 : 2 << bits;
    for (int i = 0; i < stairs; i++) {
        double low = v + (w - v) * i / stairs, high = v + (w - v) * (i + 1) / stairs;
        double nu = (i + 0.5) / stairs, p = round_sr_probability(c->sr, down ? 1 - nu : nu);
        struct error_form f = {ERROR_EITHER, v, w, down ? 1 - p : p};
        sum += law_error(l, &f, fmax(a, low / l->scale), fmin(b, high / l->scale));
    }
    return sum;
}

/* --- errors --- */

/* Cell i, cut to a <= z <= b. */
static double cell_error(const struct cells *c, const struct law *l, const struct meeting *m, size_t i,
                         double a, double b)
{
    const double v = c->value[i] * m->v;
    if (isnan(v))
        return a < fmin(b, l->hi) && b > l->lo ? HUGE_VAL : 0;
    if (!c->sr || i + 1 == c->n)
        return law_error(l, &(struct error_form){ERROR_SQUARE, v, 0, 0}, a, b);
    /* below its own value only the first cell goes on */
    const double w = c->value[i + 1] * m->v, start = v / l->scale;
    double sum = i == 0 && a < start
                     ? law_error(l, &(struct error_form){ERROR_SQUARE, v, 0, 0}, a, fmin(b, start))
                     : 0;
    if (isnan(w))
        return a < fmin(b, l->hi) && b > l->lo ? HUGE_VAL : sum;
    a = i ? a : fmax(a, start);
    return a < b ? sum + between(c, l, v, w, a, b) : sum;
}

/* The cell of a quotient. */
static size_t cell_of(const struct cells *c, double q)
{
    size_t low = 0, high = c->n;
    while (high - low > 1) {
        size_t middle = low + (high - low) / 2;
        *(c->edge[middle] <= q ? &low : &high) = middle;
    }
    return low;
}

/* Cells inside of 2^-24 of the largest magnitude are left out, but for the outermost: a wide format has most
 * of its cells there, where an error is that of a value next to zero, or 2^-48 of the square of that
 * magnitude. */
double cells_error(const struct cells *c, const struct law *l, const struct meeting *m, double a, double b)
{
    const double k = m->k * l->scale; /* from z to the quotient */
    double sum = 0;
    a = fmax(a, l->lo);
    b = fmin(b, l->hi);
    if (!(a < b))
        return 0;
    if (m->v == 0 && isinf(m->k) && c->infinity_is_lost)
        return HUGE_VAL;
    if (m->v == 0)
        return law_error(l, &(struct error_form){ERROR_SQUARE, 0, 0, 0}, a, b);
    const double near = 0x1p-24 * fmax(fabs(a), fabs(b));
    for (size_t i = cell_of(c, k * a); i < c->n && c->edge[i] < k * b; i++) {
        if (c->edge[i] >= -k * near && c->edge[i + 1] < k * near)
            i = cell_of(c, k * near);
        sum += cell_error(c, l, m, i, fmax(a, c->edge[i] / k), fmin(b, c->edge[i + 1] / k));
    }
    return sum;
}

double cells_error_at(const struct cells *c, const struct meeting *m, double x)
{
    if (m->v == 0)
        return isinf(m->k) && c->infinity_is_lost ? HUGE_VAL : x * x;
    const double q = x * m->k;
    const size_t i = cell_of(c, q);
    const double v = c->value[i];
    if (isnan(v))
        return HUGE_VAL;
    const double low = x - v * m->v;
    if (!c->sr || i + 1 == c->n || q <= v)
        return low * low;
    const double w = c->value[i + 1], nu = (q - v) / (w - v), high = w * m->v - x;
    if (isnan(w))
        return HUGE_VAL;
    const bool down = fabs(w) < fabs(v);
    const double p = round_sr_probability(c->sr, down ? 1 - nu : nu), up = down ? 1 - p : p;
    return (1 - up) * low * low + up * high * high;
}
