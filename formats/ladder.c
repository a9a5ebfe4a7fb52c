/* The encoder of formats given by the list of their values. */
#include "formats/ladder.h"

/* Two neighbours and what lies between. */
struct gap {
    struct number low, high, middle;
    bool low_odd, high_odd; /* the last bits of their codes */
};

static struct number scaled(struct number x, int32_t exponent)
{
    x.exponent += exponent;
    return x;
}

static struct number mean(struct number a, struct number b)
{
    return scaled(number_add(a, b), -1);
}

struct number ladder_boundary(const struct format *f, uint32_t rank)
{
    const struct ladder *l = f->family->ladder;
    return l->boundary ? l->boundary(f, rank) : mean(l->value(f, rank), l->value(f, rank + 1));
}

static struct number lowest(const struct format *f)
{
    return f->family->ladder->value(f, 0);
}

static struct number highest(const struct format *f)
{
    return f->family->ladder->value(f, f->family->ladder->count(f) - 1);
}

struct number ladder_max(const struct format *f)
{
    struct number a = lowest(f), b = highest(f);
    struct number most = number_compare_magnitude(a, b) > 0 ? a : b;
    most.negative = false;
    return most;
}

/* The number of rungs with a value <= x. */
static uint32_t rungs_up_to(const struct format *f, struct number x)
{
    uint32_t below = 0, above = f->family->ladder->count(f); /* the answer lies in below..above */
    while (below < above) {
        uint32_t middle = below + (above - below) / 2;
        if (number_compare(f->family->ladder->value(f, middle), x) <= 0)
            below = middle + 1;
        else
            above = middle;
    }
    return below;
}

struct number ladder_min_positive(const struct format *f)
{
    return f->family->ladder->value(f, rungs_up_to(f, (struct number){.class = NUMBER_ZERO}));
}

/* --- choosing between neighbours --- */

/* Whether the upper neighbour is the one of larger magnitude; between opposite ones of equal magnitude, the
 * one of the sign of x. */
static bool high_is_larger(const struct gap *g, bool negative)
{
    int c = number_compare_magnitude(g->high, g->low);
    return c ? c > 0 : !negative;
}

/* (-1)^negative * magnitude * 2^exponent, wider than a number. */
struct wide {
    bool negative;
    unsigned __int128 magnitude;
    int32_t exponent;
};

/* -1, 0 or 1 as x <, =, > w. */
static int compare_wide(struct number x, struct wide w)
{
    if (!w.magnitude)
        return number_compare(x, (struct number){.class = NUMBER_ZERO});
    if (x.class == NUMBER_ZERO || x.negative != w.negative)
        return x.class == NUMBER_ZERO ? (w.negative ? 1 : -1) : (x.negative ? -1 : 1);
    uint64_t high = (uint64_t)(w.magnitude >> 64);
    int shift = high ? __builtin_clzll(high) : 64 + __builtin_clzll((uint64_t)w.magnitude);
    w.magnitude <<= shift;
    int32_t top = w.exponent - shift + 127;
    unsigned __int128 mine = (unsigned __int128)x.significand << 64;
    int c = number_exponent(x) != top ? (number_exponent(x) < top ? -1 : 1)
            : mine != w.magnitude     ? (mine < w.magnitude ? -1 : 1)
                                      : (int)x.sticky;
    return x.negative ? -c : c;
}

/* x as a signed multiple of 2^q, q at most the exponent of its last bit. */
static __int128 multiple_of(struct number x, int32_t q)
{
    if (x.class == NUMBER_ZERO)
        return 0;
    int last = __builtin_ctzll(x.significand);
    __int128 n = (__int128)(x.significand >> last) << (x.exponent + last - q);
    return x.negative ? -n : n;
}

static int32_t last_bit(struct number x)
{
    return x.class == NUMBER_ZERO ? INT32_MAX : x.exponent + __builtin_ctzll(x.significand);
}

/* Stochastic rounding goes to the neighbour of larger magnitude from the point small + (large - small) * up *
 * 2^-(n+1) on. In multiples of 2^q both neighbours are below 2^62 and up <= 2^33: the products fit 128 bits.
 */
static bool stochastic_to_larger(const struct gap *g, struct number x, bool larger_is_high,
                                 const struct rounding *r, uint32_t random)
{
    uint64_t up;
    int n;
    bool strict;
    round_sr_threshold(r, random, &up, &n, &strict);
    int32_t a = last_bit(g->low), b = last_bit(g->high), q = a < b ? a : b;
    __int128 low = multiple_of(g->low, q), high = multiple_of(g->high, q);
    __int128 small = larger_is_high ? low : high, large = larger_is_high ? high : low;
    __int128 point = small * ((__int128)2 << n) + (large - small) * (__int128)up;
    struct wide w = {.negative = point < 0,
                     .magnitude = (unsigned __int128)(point < 0 ? -point : point),
                     .exponent = q - n - 1};
    int c = compare_wide(x, w) * (larger_is_high ? 1 : -1);
    return strict ? c > 0 : c >= 0;
}

/* Whether x, strictly between the neighbours, goes to the upper one. */
static bool goes_high(const struct gap *g, struct number x, const struct rounding *r, uint32_t random)
{
    bool larger = high_is_larger(g, x.negative);
    bool straddles =
        g->low.class != NUMBER_ZERO && g->high.class != NUMBER_ZERO && g->low.negative && !g->high.negative;
    bool own = !x.negative; /* straddling: the neighbour of the sign of x */
    /* The neighbour with an odd code; the larger one if both or neither have one. */
    bool odd = g->low_odd != g->high_odd ? g->high_odd : larger;
    bool even = g->low_odd != g->high_odd ? !g->high_odd : larger;
    int side = number_compare(x, g->middle);
    switch (r->mode) {
    case ROUND_RUP:
        return true;
    case ROUND_RDN:
        return false;
    case ROUND_RTZ:
        return straddles ? own : !larger;
    case ROUND_RAZ:
        return straddles ? own : larger;
    case ROUND_ODD:
        return odd;
    case ROUND_SR:
        return stochastic_to_larger(g, x, larger, r, random) == larger;
    case ROUND_RNA:
        return side ? side > 0 : larger;
    case ROUND_RNZ:
        return side ? side > 0 : !larger;
    case ROUND_RNO:
        return side ? side > 0 : odd;
    default:
        return side ? side > 0 : even;
    }
}

static uint32_t near_tie(struct number x, struct number middle)
{
    if (middle.class == NUMBER_ZERO)
        return 0;
    struct number distance = number_add(x, number_negate(middle));
    return number_compare_magnitude(distance, scaled(middle, -24)) <= 0 ? EVENT_NEAR_TIE : 0;
}

/* --- encoding --- */

static struct encoded at(const struct format *f, uint32_t rank, uint32_t events)
{
    return (struct encoded){f->family->ladder->code(f, rank), events};
}

static struct encoded saturated(const struct format *f, bool negative)
{
    uint32_t top = f->family->ladder->count(f) - 1;
    return at(f, negative ? 0 : top, EVENT_SATURATED | EVENT_INEXACT);
}

/* "Inf or NaN as the type allows", else the outermost rung. */
static struct encoded special(const struct format *f, bool negative, bool prefer_nan)
{
    const struct ladder *l = f->family->ladder;
    if (format_has_nan(f) && (prefer_nan || !l->inf_code))
        return (struct encoded){format_nan_code(f), EVENT_NAN};
    if (l->inf_code)
        return (struct encoded){l->inf_code(f, negative), 0};
    return saturated(f, negative);
}

static struct encoded encode_inf(const struct format *f, bool negative, const struct rounding *r)
{
    switch (r->overflow) {
    case OVERFLOW_SATURATE_KEEP_INF:
        return f->family->ladder->inf_code ? special(f, negative, false) : saturated(f, negative);
    case OVERFLOW_SATURATE_MLDTYPES:
    case OVERFLOW_INFINITY:
        return special(f, negative, false);
    case OVERFLOW_NAN:
        return special(f, negative, true);
    default:
        return saturated(f, negative);
    }
}

static struct encoded encode_zero(const struct format *f, bool negative)
{
    struct number zero = {.class = NUMBER_ZERO};
    uint32_t up_to = rungs_up_to(f, zero), count = f->family->ladder->count(f);
    if (up_to && f->family->ladder->value(f, up_to - 1).class == NUMBER_ZERO)
        return at(f, up_to - 1, negative ? EVENT_SIGN_LOST : 0);
    bool high = up_to == 0 || (up_to < count && number_compare(zero, ladder_boundary(f, up_to - 1)) >= 0);
    return at(f, high ? up_to : up_to - 1, EVENT_RAISED | EVENT_INEXACT);
}

static struct encoded encode_nan(const struct format *f, const struct rounding *r)
{
    if (format_has_nan(f))
        return (struct encoded){format_nan_code(f), EVENT_NAN};
    struct encoded e = r->nan == NAN_TO_MAX ? saturated(f, false) : encode_zero(f, false);
    return (struct encoded){e.code, EVENT_NAN_LOST};
}

/* x beyond the outermost rung of its side. */
static struct encoded encode_outside(const struct format *f, struct number x, bool above,
                                     const struct rounding *r, uint32_t random)
{
    const struct ladder *l = f->family->ladder;
    uint32_t top = l->count(f) - 1, rank = above ? top : 0;
    struct number edge = l->value(f, rank), next = edge;
    if (l->beyond) {
        next = l->beyond(f);
        next.negative = !above;
    } else if (top) {
        struct number inner = l->value(f, above ? top - 1 : 1);
        next = number_add(scaled(edge, 1), number_negate(inner));
    }
    bool odd = l->code(f, rank) & 1;
    struct gap g = {above ? edge : next, above ? next : edge, mean(edge, next), above ? odd : !odd,
                    above ? !odd : odd};
    uint32_t events = EVENT_INEXACT | near_tie(x, g.middle);
    bool past = number_compare(x, next) * (above ? 1 : -1) >= 0;
    struct rounding nearest = *r; /* directed modes saturate what lies beyond; others round first */
    bool ieee = l->beyond && (r->overflow == OVERFLOW_INFINITY || r->overflow == OVERFLOW_NAN);
    if (!ieee || !round_overflows_to_inf(r->mode, !above))
        nearest.mode = ROUND_RNE;
    if (!past && goes_high(&g, x, &nearest, random) != above)
        return at(f, rank, events);
    if (!ieee || !round_overflows_to_inf(r->mode, !above)) {
        events |= EVENT_SATURATED;
        return at(f, rank, events);
    }
    struct encoded out = special(f, !above, r->overflow == OVERFLOW_NAN);
    out.events |= events | (out.events & EVENT_SATURATED ? 0 : EVENT_OVERFLOW);
    return out;
}

static struct encoded encode_finite(const struct format *f, struct number x, const struct rounding *r,
                                    uint32_t random)
{
    const struct ladder *l = f->family->ladder;
    uint32_t up_to = rungs_up_to(f, x), count = l->count(f);
    if (up_to && number_compare(l->value(f, up_to - 1), x) == 0)
        return at(f, up_to - 1, 0);
    if (up_to == 0 || up_to == count)
        return encode_outside(f, x, up_to == count, r, random);
    struct gap g = {l->value(f, up_to - 1), l->value(f, up_to), ladder_boundary(f, up_to - 1),
                    l->code(f, up_to - 1) & 1, l->code(f, up_to) & 1};
    bool high = goes_high(&g, x, r, random);
    struct number y = high ? g.high : g.low;
    return at(f, high ? up_to : up_to - 1,
              EVENT_INEXACT | near_tie(x, g.middle) | (y.class == NUMBER_ZERO ? EVENT_FLUSHED : 0));
}

struct encoded ladder_encode(const struct format *f, struct number x, const struct rounding *r,
                             uint32_t random)
{
    switch (x.class) {
    case NUMBER_NAN:
        return encode_nan(f, r);
    case NUMBER_ZERO:
        return encode_zero(f, x.negative);
    case NUMBER_INF:
        return encode_inf(f, x.negative, r);
    default:
        return encode_finite(f, x, r, random);
    }
}
