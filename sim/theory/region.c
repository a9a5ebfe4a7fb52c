#include "sim/theory/region.h"

#include <math.h>
#include <stdlib.h>

/* --- what the definition says --- */

struct candidate region_candidate(const struct quant_spec *q)
{
    return (struct candidate){.element = &q->element, .peak = q->scaling.n_peaks ? q->scaling.peak[0] : 0};
}

bool region_meeting(const struct scaling *s, const struct block_scale *b, struct meeting *m)
{
    *m = (struct meeting){.k = 1, .v = number_to_f64(b->value)};
    if (isnan(m->v) || isinf(m->v))
        return false;
    if (m->v == 0) {
        m->k = s->order == ORDER_EXACT && s->quotient != QUOTIENT_EXACT ? HUGE_VAL : 1;
        return true;
    }
    m->k = 1 / m->v;
    if (s->order == ORDER_TE)
        m->k = (double)b->multiplier;
    else if (s->quotient == QUOTIENT_DIVIDE)
        m->k = 1 / number_to_f64(b->reciprocal);
    else if (s->quotient == QUOTIENT_RECIPROCAL)
        m->k = number_to_f64(b->reciprocal);
    else if (s->quotient == QUOTIENT_STAGES)
        m->k = number_to_f64(b->reciprocal) *
               (b->divides ? number_to_f64(b->outer) : 1 / number_to_f64(b->outer));
    return m->k > 0 && isfinite(m->k);
}

/* A largest magnitude is a binary32 number. */
static float amax_of(const struct region_model *r, double m)
{
    return (float)(m * r->law->scale);
}

/* The scale of a block with largest magnitude m, under a second level whose other elements reach `outside`.
 */
static struct block_scale scale_of(const struct region_model *r, double m, double outside)
{
    const struct scaling *s = &r->q->scaling;
    const struct candidate c = region_candidate(r->q);
    const float amax = amax_of(r, m);
    const struct region_range range = {.lo = -amax, .hi = amax, .amax = amax};
    const struct outer_scale outer = scaling_outer(s, &r->q->element, amax_of(r, fmax(m, outside)));
    return scaling_block(s, &c, &outer, &range, r->random);
}

static bool numbers_equal(struct number a, struct number b)
{
    return a.class == b.class &&
           (a.class != NUMBER_FINITE ||
            (a.exponent == b.exponent && a.sticky == b.sticky && a.significand == b.significand));
}

static bool same_scale(const struct block_scale *a, const struct block_scale *b)
{
    return a->code == b->code && numbers_equal(a->value, b->value) &&
           numbers_equal(a->reciprocal, b->reciprocal) && a->multiplier == b->multiplier;
}

/* Over a <= |z| < b. */
static double both_sides(const struct region_model *r, const struct meeting *m, double a, double b)
{
    if (!(a < b))
        return 0;
    if (r->law->d->even && r->cells->symmetric)
        return 2 * cells_error(r->cells, r->law, m, a, b);
    return cells_error(r->cells, r->law, m, a, b) + cells_error(r->cells, r->law, m, -b, -a);
}

/* --- a scale in steps --- */

/* Beginnings of the steps, and their scales. */
enum { STEPS_MOST = 640 };
struct steps {
    size_t n;
    double from[STEPS_MOST];
    struct block_scale scale[STEPS_MOST];
};

static bool add_step(struct steps *s, double from, const struct block_scale *scale)
{
    if (s->n == STEPS_MOST)
        return false;
    s->from[s->n] = from;
    s->scale[s->n++] = *scale;
    return true;
}

/* A rule is monotone between magnitudes this near: equal scales have nothing between them. False if there are
 * too many steps. */
static bool find_steps(const struct region_model *r, double outside, float a, const struct block_scale *at_a,
                       float b, const struct block_scale *at_b, struct steps *out)
{
    if (same_scale(at_a, at_b))
        return true;
    const uint32_t low = bits_from_f32(a), high = bits_from_f32(b);
    const double unit = r->law->scale;
    if (high - low <= 1)
        return add_step(out, (double)b / unit, at_b);
    const float middle = f32_from_bits(low + (high - low) / 2);
    const struct block_scale at = scale_of(r, (double)middle / unit, outside);
    return find_steps(r, outside, a, at_a, middle, &at, out) &&
           find_steps(r, outside, middle, &at, b, at_b, out);
}

/* Steps of low <= m < high, looked for in pieces of a quarter of a binade. */
static bool steps_of(const struct region_model *r, double outside, double low, double high, struct steps *out)
{
    float a = amax_of(r, low);
    struct block_scale at_a = scale_of(r, low, outside);
    out->n = 0;
    bool few = add_step(out, low, &at_a);
    for (double m = low; few && m < high; m *= 1.1892) {
        const double next = fmin(m * 1.1892, high);
        const struct block_scale at = scale_of(r, next, outside);
        few = find_steps(r, outside, a, &at_a, amax_of(r, next), &at, out);
        a = amax_of(r, next);
        at_a = at;
    }
    return few;
}

/* The steps' share of the error, of magnitudes below `high`, which is where the last step ends. */
static double steps_error(const struct region_model *r, const struct steps *s, double high)
{
    const double others = r->n - 1;
    double sum = 0, start = 0, at_start = others > 0 ? 0 : 1;
    for (size_t i = 0; i < s->n; i++) {
        const double end = i + 1 < s->n ? s->from[i + 1] : high;
        const double at_end = end < r->law->most ? law_all_below(r->law, end, others) : 1;
        struct meeting m;
        double part = HUGE_VAL;
        if (region_meeting(&r->q->scaling, &s->scale[i], &m))
            part = (at_end - at_start) * both_sides(r, &m, 0, start) + at_end * both_sides(r, &m, start, end);
        if (at_end > 1e-30)
            sum += part;
        start = end;
        at_start = at_end;
    }
    return sum;
}

/* --- a continuous scale --- */

/* Shares of largest magnitudes above the ends of panels, first those of small ones. Beyond the last, a tenth
 * a panel. */
static const double panels[] = {1 - 1e-15, 1 - 1e-10, 1 - 1e-6, 0.999, 0.98, 0.9, 0.7, 0.5, 0.3, 0.1};

/* The integrand over ln m at m. */
static double smooth_at(const struct region_model *r, double m, double outside)
{
    const struct block_scale scale = scale_of(r, m, outside);
    const double others = r->n - 1, at = law_all_below(r->law, m, others), amax = m * r->law->scale;
    struct meeting meeting;
    if (!region_meeting(&r->q->scaling, &scale, &meeting))
        return at > 1e-30 ? HUGE_VAL : 0;
    double sum = 0;
    if (others > 0) /* dG / d ln m */
        sum = others * law_all_below(r->law, m, others - 1) * law_density(r->law, m) *
              both_sides(r, &meeting, 0, m);
    const double p = r->law->d->pdf(m, r->law->parameter), p_below = r->law->d->pdf(-m, r->law->parameter);
    if (p > 0)
        sum += at * p * cells_error_at(r->cells, &meeting, amax);
    if (p_below > 0)
        sum += at * p_below * cells_error_at(r->cells, &meeting, -amax);
    return m * sum;
}

/* Between two magnitudes, in pieces of at most half a binade. */
static double smooth_panel(const struct region_model *r, double outside, double a, double b)
{
    const double *x, *w, width = log(b / a);
    const int pieces = (int)(width / (M_LN2 / 2)) + 1;
    double sum = 0;
    law_nodes(LAW_NODES, &x, &w);
    for (int p = 0; p < pieces; p++)
        for (size_t i = 0; i < LAW_NODES; i++)
            sum += w[i] * smooth_at(r, a * exp(width * (p + x[i]) / pieces), outside);
    return sum * width / pieces;
}

/* The magnitude that the largest of n elements exceeds with probability p. */
static double largest(const struct law *l, double p, double n)
{
    const double tail = p < 0.5 ? -expm1(log1p(-p) / n) : 1 - pow(1 - p, 1 / n);
    return law_magnitude(l, tail);
}

/* Largest magnitudes of low .. high. */
static double smooth_error(const struct region_model *r, double outside, double low, double high)
{
    double sum = 0, from = low, share = panels[0];
    for (size_t i = 1; from < high; i++) {
        share = i < sizeof panels / sizeof *panels ? panels[i] : share / 10;
        double to = share > r->n * 0x1p-53 ? largest(r->law, share, r->n) : r->law->most;
        to = fmin(to, high);
        if (to > from) {
            sum += smooth_panel(r, outside, from, to);
            from = to;
        }
    }
    return sum;
}

/* --- all magnitudes --- */

/* The largest of n is below this with a probability of 1e-15; of one element, whose error is its own, too. */
static double least_of(const struct region_model *r)
{
    return largest(r->law, panels[0], r->n);
}

/* Given the largest magnitude `outside`, beyond which m sets the second level itself. */
static double error_under(const struct region_model *r, double outside)
{
    struct steps *s = malloc(sizeof *s);
    if (!s)
        return (double)NAN;
    const bool two = r->q->scaling.second != SECOND_NONE;
    const double low = least_of(r), high = two ? fmin(outside, r->law->most) : r->law->most;
    double sum = 0;
    if (low < high)
        sum = steps_of(r, outside, low, high, s) ? steps_error(r, s, high)
                                                 : smooth_error(r, outside, low, high);
    free(s);
    if (two && law_any_above(r->law, fmax(low, high), r->n) > 1e-14)
        sum += smooth_error(r, outside, fmax(low, high), r->law->most);
    return sum;
}

double region_error(const struct region_model *r)
{
    const double *x, *w, others = r->outer - r->n;
    double sum = 0;
    if (r->q->scaling.second == SECOND_NONE || others < 1)
        return error_under(r, 0);
    const size_t nodes = r->q->scaling.scale_round == ROUND_SR ? LAW_NODES : 16;
    law_nodes(nodes, &x, &w);
    for (size_t i = 0; i < nodes; i++)
        sum += w[i] * error_under(r, largest(r->law, 1 - x[i], others));
    return sum;
}
