#include "sim/derivation/neighbours.h"

#include "formats/ladder.h"

/* a - b; of sticky numbers without what lies behind their 64 bits, which the result's mark stands for. */
static struct number difference(struct number a, struct number b)
{
    bool sticky = a.sticky || b.sticky;
    a.sticky = b.sticky = false;
    struct number d = number_add(a, number_negate(b));
    d.sticky |= sticky && d.class == NUMBER_FINITE;
    return d;
}

static struct number magnitude(struct number x)
{
    x.negative = false;
    return x;
}

static struct number mean(struct number a, struct number b)
{
    struct number sum = number_add(a, b);
    sum.exponent -= sum.class == NUMBER_FINITE;
    return sum;
}

static struct number tie_of(const struct format *f, const struct neighbours *n)
{
    if (!f || !f->family->ladder)
        return mean(n->below, n->above);
    return ladder_boundary(f, ladder_rungs_up_to(f, n->below) - 1);
}

/* What follows from the values that x is rounded to, down and up; f is NULL for integers. Beyond an end both
 * ways lead back to it, or, from below zero in a type without sign, to NaN; integers end at 2^62. */
static void measure(struct neighbours *n, const struct format *f, struct number x)
{
    n->has_below = n->below.class != NUMBER_NAN && number_compare(n->below, x) <= 0;
    n->has_above = n->above.class != NUMBER_NAN && number_compare(n->above, x) >= 0;
    if (!n->has_below || !n->has_above)
        return;
    n->exact = number_compare(n->below, x) == 0 && number_compare(n->above, x) == 0;
    if (n->exact)
        return;
    struct number width = difference(n->above, n->below);
    width.sticky = false;
    n->tie = tie_of(f, n);
    n->on_tie = !(x.sticky && n->tie.sticky) && number_compare(x, n->tie) == 0;
    n->distance = magnitude(difference(x, n->tie));
    n->steps = number_div(n->distance, width);
    n->larger_is_above = number_compare_magnitude(n->above, n->below) >= 0;
    n->fraction = number_div(magnitude(difference(x, n->larger_is_above ? n->below : n->above)), width);
}

struct neighbours neighbours_of(const struct format *f, struct number x)
{
    struct rounding down = {.mode = ROUND_RDN}, up = {.mode = ROUND_RUP};
    struct neighbours n = {.has_codes = true,
                           .below_code = format_round(f, x, &down, 0).code,
                           .above_code = format_round(f, x, &up, 0).code};
    n.below = format_decode(f, n.below_code);
    n.above = format_decode(f, n.above_code);
    measure(&n, f, x);
    return n;
}

/* The integer that a finite x is rounded to. */
static struct number integer_of(struct number x, enum round_mode mode)
{
    uint32_t ignored = 0;
    struct rounding r = {.mode = mode};
    return number_make(x.negative, number_round_to(x, 0, &r, 0, number_is_odd, NULL, &ignored), 0);
}

struct neighbours neighbours_integer(struct number x)
{
    struct neighbours n = {.below = x, .above = x};
    if (x.class == NUMBER_FINITE) {
        n.below = integer_of(x, ROUND_RDN);
        n.above = integer_of(x, ROUND_RUP);
    }
    measure(&n, NULL, x);
    return n;
}

struct number neighbours_nearest(const struct neighbours *n, struct number x)
{
    if (!n->has_below || !n->has_above)
        return n->has_below ? n->below : n->above;
    return n->exact || n->on_tie || number_compare(x, n->tie) < 0 ? n->below : n->above;
}
