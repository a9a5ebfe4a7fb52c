/* The encoder of formats given by the list of their values. */
#include "formats/ladder.h"

/* Two neighbours and what lies between. */
struct gap {
    struct number low, high;
    struct number boundary; /* of rounding to nearest */
    bool at_mean;           /* it is the mean, of which `boundary` has the first 64 bits */
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

uint32_t ladder_rungs_up_to(const struct format *f, struct number x)
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
    return f->family->ladder->value(f, ladder_rungs_up_to(f, (struct number){.class = NUMBER_ZERO}));
}

/* --- choosing between neighbours --- */

/* Whether the upper neighbour is the one of larger magnitude; between opposite ones of equal magnitude, the
 * one of the sign of x. */
static bool high_is_larger(const struct gap *g, bool negative)
{
    int c = number_compare_magnitude(g->high, g->low);
    return c ? c > 0 : !negative;
}

static int32_t last_bit(struct number x)
{
    return x.class == NUMBER_ZERO ? INT32_MAX : x.exponent + __builtin_ctzll(x.significand);
}

/* Limbs of an integer in two's complement. Values of formats fit binary64, so two of them span 2^-1074 ..
 * 2^1024; with a weight of 34 bits, a carry and the sign that is less than 36 limbs. */
enum { LIMBS = 36 };

/* sum += (-1)^negative * m * 2^shift */
static void accumulate(uint64_t *sum, int limbs, bool negative, unsigned __int128 m, int64_t shift)
{
    bool carry = negative;
    for (int i = 0; i < limbs; i++) {
        int64_t at = 64 * i - shift; /* this limb takes the bits of m from here on */
        uint64_t word = at <= -64 || at >= 128 ? 0 : (uint64_t)(at < 0 ? m << -at : m >> at);
        unsigned __int128 t = (unsigned __int128)sum[i] + (negative ? ~word : word) + carry;
        sum[i] = (uint64_t)t;
        carry = t >> 64 != 0;
    }
}

/* sum -= w * y * 2^-q, an integer; w < 2^34. */
static void take_away(uint64_t *sum, int limbs, struct number y, uint64_t w, int32_t q)
{
    if (y.class == NUMBER_ZERO)
        return;
    int32_t last = last_bit(y);
    unsigned __int128 m = (unsigned __int128)(y.significand >> (last - y.exponent)) * w;
    accumulate(sum, limbs, !y.negative, m, (int64_t)last - q);
}

/* -1, 0 or 1 as x, strictly between the neighbours, is <, =, > low + (high - low) * w * 2^-s, s <= 33. That
 * point is an integer in units of 2^(q-s), q the last bit of either neighbour: of the bits of x below the
 * unit it only matters whether there are any. Neighbours far apart may have units smaller than the place of
 * the sticky part of x; where only that part decides, x counts as beyond the point. */
static int compare_between(struct number x, const struct gap *g, uint64_t w, int s)
{
    uint64_t sum[LIMBS] = {0};
    int32_t a = last_bit(g->low), b = last_bit(g->high), q = a < b ? a : b;
    struct number larger = number_compare_magnitude(g->low, g->high) > 0 ? g->low : g->high;
    int limbs = (number_exponent(larger) - q + s + 3) / 64 + 1;
    int64_t up = (int64_t)x.exponent + s - q;
    uint64_t whole = up >= 0 ? x.significand : up > -64 ? x.significand >> -up : 0;
    bool rest = x.sticky || (up < 0 && (up <= -64 || x.significand << (64 + up)));
    bool reaches = x.sticky && up > 0; /* up to a unit below the next significand */
    accumulate(sum, limbs, x.negative, (unsigned __int128)whole + reaches, up > 0 ? up : 0);
    accumulate(sum, limbs, !x.negative, reaches, 0);
    take_away(sum, limbs, g->low, (UINT64_C(1) << s) - w, q);
    take_away(sum, limbs, g->high, w, q);
    if (sum[limbs - 1] >> 63)
        return -1;
    for (int i = 0; i < limbs; i++)
        if (sum[i])
            return 1;
    return rest ? (x.negative ? -1 : 1) : 0;
}

/* -1, 0 or 1 as x is below, on or above the boundary. Of two with equal significands and both sticky, x
 * counts as the larger magnitude: never a tie. */
static int compare_boundary(struct number x, const struct gap *g)
{
    if (g->at_mean)
        return compare_between(x, g, 1, 1);
    int c = number_compare(x, g->boundary);
    return c == 0 && x.sticky ? (x.negative ? -1 : 1) : c;
}

/* Stochastic rounding goes to the neighbour of larger magnitude, of two equal ones the upper, from the point
 * small + (large - small) * up * 2^-(n+1) on: for the same random bits one point for the whole gap, so that
 * the result is monotone in x. */
static bool stochastic_goes_high(const struct gap *g, struct number x, const struct rounding *r,
                                 uint32_t random)
{
    bool larger_is_high = high_is_larger(g, false);
    uint64_t up;
    int n;
    bool strict;
    round_sr_threshold(r, random, &up, &n, &strict);
    uint64_t one = UINT64_C(2) << n;
    int c = larger_is_high ? compare_between(x, g, up, n + 1) : -compare_between(x, g, one - up, n + 1);
    return (strict ? c > 0 : c >= 0) == larger_is_high;
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
    int side = compare_boundary(x, g);
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
        return stochastic_goes_high(g, x, r, random);
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

/* Exact for boundaries of up to 40 significant bits (twice 2^-24 of them is a multiple of the last bit of x),
 * and to the last bit of x beyond. */
static uint32_t near_tie(struct number x, struct number boundary)
{
    if (boundary.class == NUMBER_ZERO)
        return 0;
    bool farther =
        x.sticky && number_compare_magnitude(x, boundary) >= 0; /* than x without its sticky part */
    x.sticky = boundary.sticky = false;
    struct number distance = number_add(x, number_negate(boundary));
    int c = number_compare_magnitude(distance, scaled(boundary, -24));
    return c < 0 || (c == 0 && !farther) ? EVENT_NEAR_TIE : 0;
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

static struct gap gap_above(const struct format *f, uint32_t rank)
{
    const struct ladder *l = f->family->ladder;
    return (struct gap){.low = l->value(f, rank),
                        .high = l->value(f, rank + 1),
                        .boundary = ladder_boundary(f, rank),
                        .at_mean = !l->boundary,
                        .low_odd = l->code(f, rank) & 1,
                        .high_odd = l->code(f, rank + 1) & 1};
}

/* Without a rung of value zero, up, down, odd and stochastic choose as for any other value between the two.
 */
static bool zero_goes_high(const struct format *f, uint32_t high, const struct rounding *r, uint32_t random)
{
    struct number zero = {.class = NUMBER_ZERO};
    struct gap g = gap_above(f, high - 1);
    bool by_value = r->mode == ROUND_RUP || r->mode == ROUND_RDN || r->mode == ROUND_SR ||
                    (r->mode == ROUND_ODD && g.low_odd != g.high_odd);
    return by_value ? goes_high(&g, zero, r, random) : number_compare(zero, g.boundary) >= 0;
}

static struct encoded encode_zero(const struct format *f, bool negative, const struct rounding *r,
                                  uint32_t random)
{
    struct number zero = {.class = NUMBER_ZERO};
    uint32_t up_to = ladder_rungs_up_to(f, zero), count = f->family->ladder->count(f);
    if (up_to && f->family->ladder->value(f, up_to - 1).class == NUMBER_ZERO)
        return at(f, up_to - 1, negative ? EVENT_SIGN_LOST : 0);
    bool high = up_to == 0 || (up_to < count && zero_goes_high(f, up_to, r, random));
    return at(f, high ? up_to : up_to - 1, EVENT_RAISED | EVENT_INEXACT);
}

static struct encoded encode_nan(const struct format *f, const struct rounding *r)
{
    if (format_has_nan(f))
        return (struct encoded){format_nan_code(f), EVENT_NAN};
    struct encoded e = r->nan == NAN_TO_MAX ? saturated(f, false)
                                            : encode_zero(f, false, &(struct rounding){.mode = ROUND_RNE}, 0);
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
    struct gap g = {.low = above ? edge : next,
                    .high = above ? next : edge,
                    .boundary = mean(edge, next),
                    .at_mean = true,
                    .low_odd = above ? odd : !odd,
                    .high_odd = above ? !odd : odd};
    uint32_t events = EVENT_INEXACT | near_tie(x, g.boundary);
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
    uint32_t up_to = ladder_rungs_up_to(f, x), count = l->count(f);
    if (up_to && number_compare(l->value(f, up_to - 1), x) == 0)
        return at(f, up_to - 1, 0);
    if (up_to == 0 || up_to == count)
        return encode_outside(f, x, up_to == count, r, random);
    struct gap g = gap_above(f, up_to - 1);
    bool high = goes_high(&g, x, r, random);
    struct number y = high ? g.high : g.low;
    return at(f, high ? up_to : up_to - 1,
              EVENT_INEXACT | near_tie(x, g.boundary) | (y.class == NUMBER_ZERO ? EVENT_FLUSHED : 0));
}

struct encoded ladder_encode(const struct format *f, struct number x, const struct rounding *r,
                             uint32_t random)
{
    switch (x.class) {
    case NUMBER_NAN:
        return encode_nan(f, r);
    case NUMBER_ZERO:
        return encode_zero(f, x.negative, r, random);
    case NUMBER_INF:
        return encode_inf(f, x.negative, r);
    default:
        return encode_finite(f, x, r, random);
    }
}
