#include "formats/algebra.h"

#include "formats/ladder.h"

static const struct rounding nearest = {.mode = ROUND_RNE, .overflow = OVERFLOW_SATURATE_KEEP_INF};

bool algebra_holds(const struct format *f, struct number x)
{
    if (x.class == NUMBER_NAN)
        return format_has_nan(f);
    struct number y = format_decode(f, format_round(f, x, &nearest, 0).code);
    if (y.class != x.class || x.sticky)
        return false;
    if (x.class == NUMBER_FINITE)
        return number_compare(x, y) == 0;
    return x.negative == y.negative;
}

static bool is_wide(const struct format *f)
{
    return f->bits > ALGEBRA_BITS;
}

bool algebra_is_regular(const struct format *f)
{
    return f->family == &family_float && f->stretch == 0;
}

bool algebra_take(const struct format *f, uint64_t *next, uint32_t *code)
{
    if (*next > format_code_mask(f))
        return false;
    *code = (uint32_t)(*next)++;
    if (!is_wide(f) || !algebra_is_regular(f))
        return true;
    /* A wide format has at most 16 exponent bits, so 2^4 fractions or more. */
    uint32_t fractions = UINT32_C(1) << (f->precision - 1), fraction = *code % fractions;
    bool lowest = (*code / fractions & ((UINT32_C(1) << f->exponent_bits) - 1)) == 0;
    uint32_t octave = fraction - 1; /* of the lowest field, if it is a power of two */
    if (lowest && octave >= 4 && (octave & (octave - 1)) == 0 && 2 * octave < fractions)
        *next += octave - 2;
    else if (lowest ? 2 * octave == fractions : octave == 0)
        *next += fractions - 4 - fraction;
    return true;
}

/* --- containment --- */

/* Whether the value of a code of b is one that counts and a lacks. */
static bool is_missing(const struct format *a, const struct format *b, bool specials, uint32_t code)
{
    struct number x = format_decode(b, code);
    if (!algebra_holds(b, x))
        return false;
    if (!specials && x.class != NUMBER_FINITE && x.class != NUMBER_ZERO)
        return false;
    if (x.class == NUMBER_ZERO && !specials)
        x.negative = false;
    return !algebra_holds(a, x);
}

/* A wide float b, octave by octave. In a regular float or integer a, the values in [2^k, 2^(k+1)) are all
 * multiples of a power of two 2^q up to the largest one of a. Those of b are all multiples of 2^r, from 2^k
 * on, of which the second is an odd multiple. If a holds that one then q <= r, and a holds every value of the
 * octave up to a's largest: all of them if it holds the last one or the first of the next octave. The codes
 * taken are these; between two of them, those that a lacks are an upper part, whose first a bisection finds.
 */
static enum verdict contains_octaves(const struct format *a, const struct format *b, bool specials,
                                     uint32_t *code)
{
    uint64_t next = 0;
    uint32_t held = 0;
    for (; algebra_take(b, &next, code); held = *code) {
        if (!is_missing(a, b, specials, *code))
            continue;
        while (*code > held + 1) {
            uint32_t middle = held + (*code - held) / 2;
            *(is_missing(a, b, specials, middle) ? code : &held) = middle;
        }
        return VERDICT_NO;
    }
    return VERDICT_YES;
}

enum verdict algebra_contains(const struct format *a, const struct format *b, bool specials, uint32_t *code)
{
    bool is_grid = algebra_is_regular(a) || (a->family == &family_int && a->stretch == 0);
    if (is_wide(b) && algebra_is_regular(b) && is_grid)
        return contains_octaves(a, b, specials, code);
    if (is_wide(b) && is_wide(a))
        return VERDICT_NOT_COVERED;
    /* A wide b has more values than a narrow a has codes: the loop finds one that a lacks. No family's wide
     * formats repeat more than a few values. */
    for (uint64_t i = 0; i <= format_code_mask(b); i++) {
        *code = (uint32_t)i;
        if (is_missing(a, b, specials, *code))
            return VERDICT_NO;
    }
    return VERDICT_YES;
}

/* --- double rounding --- */

static bool same_code(const struct format *f, uint32_t a, uint32_t b)
{
    return a == b || (format_decode(f, a).class == NUMBER_NAN && format_decode(f, b).class == NUMBER_NAN);
}

static uint32_t convert(const struct conversion *c, struct number x)
{
    return format_round(c->to, x, &c->rounding, 0).code;
}

static struct detour detour_of(const struct format *a, const struct conversion *via,
                               const struct conversion *to, uint32_t code)
{
    struct number x = format_decode(a, code);
    struct detour d = {.source = code, .via = convert(via, x)};
    d.twice = convert(to, format_decode(via->to, d.via));
    d.once = convert(to, x);
    return d;
}

static bool is_straight(const struct conversion *to, const struct detour *d)
{
    return same_code(to->to, d->twice, d->once);
}

/* Whether case x comes before case y. */
static bool comes_first(struct number x, struct number y)
{
    int order = number_compare_magnitude(x, y);
    return order < 0 || (order == 0 && !x.negative && y.negative);
}

static enum verdict via_all(const struct format *a, const struct conversion *via, const struct conversion *to,
                            struct detour *d)
{
    enum verdict v = VERDICT_YES;
    for (uint64_t code = 0; code <= format_code_mask(a); code++) {
        struct detour now = detour_of(a, via, to, (uint32_t)code);
        if (is_straight(to, &now))
            continue;
        if (v == VERDICT_YES || comes_first(format_decode(a, now.source), format_decode(a, d->source)))
            *d = now;
        v = VERDICT_NO;
    }
    return v;
}

/* The finite values of a wide format of one sign, ranked from 0 by growing magnitude; zero may be among them.
 */
struct half {
    const struct format *format;
    bool negative;
    uint32_t first, count; /* on a ladder: the rank of the least */
};

static struct half half_of(const struct format *f, bool negative)
{
    struct half h = {.format = f, .negative = negative};
    const struct ladder *ladder = f->family->ladder;
    if (!ladder) {
        /* Codes of a float without their sign grow with the magnitude. */
        h.first = format_round(f, format_min_positive(f), &nearest, 0).code;
        h.count =
            negative && f->is_unsigned ? 0 : format_round(f, format_max(f), &nearest, 0).code - h.first + 1;
        return h;
    }
    uint32_t low = 0, high = ladder->count(f); /* the first rank that is not negative */
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        struct number x = ladder->value(f, middle);
        if (x.class == NUMBER_FINITE && x.negative)
            low = middle + 1;
        else
            high = middle;
    }
    h.first = negative ? low - 1 : low;
    h.count = negative ? low : ladder->count(f) - h.first;
    return h;
}

static uint32_t half_code(const struct half *h, uint32_t i)
{
    const struct format *f = h->format;
    if (f->family->ladder)
        return f->family->ladder->code(f, h->negative ? h->first - i : h->first + i);
    return (h->first + i) | (h->negative ? UINT32_C(1) << (f->bits - 1) : 0);
}

/* The first case of ranks low .. high that differs. On a half, rounding is monotone in the magnitude.
 * Rounding twice is so too, up to the largest value in between; what lies beyond that becomes one thing, an
 * Inf or NaN in between. So if both ends become the same, once and twice, then all ranks do: once because it
 * is monotone; and twice where the value in between is finite because it lies between what the low end
 * becomes and what the largest value in between does, and that is not beyond what a high end above it becomes
 * at once. Any other run is halved. */
static bool via_run(const struct half *h, const struct conversion *via, const struct conversion *to,
                    uint32_t low, uint32_t high, struct detour *d)
{
    struct detour a = detour_of(h->format, via, to, half_code(h, low));
    struct detour b = detour_of(h->format, via, to, half_code(h, high));
    if (!is_straight(to, &a)) {
        *d = a;
        return true;
    }
    if (is_straight(to, &b) && same_code(to->to, a.once, b.once))
        return false;
    if (high - low <= 1) {
        *d = b;
        return !is_straight(to, &b);
    }
    uint32_t middle = low + (high - low) / 2;
    return via_run(h, via, to, low, middle, d) || via_run(h, via, to, middle, high, d);
}

static enum verdict via_wide(const struct format *a, const struct conversion *via,
                             const struct conversion *to, struct detour *d)
{
    const struct number zero = {.class = NUMBER_ZERO}, inf = {.class = NUMBER_INF},
                        nan = {.class = NUMBER_NAN};
    const struct number rest[] = {zero, number_negate(zero), inf, number_negate(inf), nan};
    struct detour found[2];
    bool any[2];
    for (int i = 0; i < 5; i++) {
        if (i == 2) { /* after the zeros */
            for (int negative = 0; negative < 2; negative++) {
                struct half h = half_of(a, negative);
                any[negative] = h.count && via_run(&h, via, to, 0, h.count - 1, &found[negative]);
            }
            bool second = any[1] && (!any[0] || comes_first(format_decode(a, found[1].source),
                                                            format_decode(a, found[0].source)));
            *d = found[second];
            if (any[0] || any[1])
                return VERDICT_NO;
        }
        if (!algebra_holds(a, rest[i]))
            continue;
        *d = detour_of(a, via, to,
                       rest[i].class == NUMBER_NAN ? format_nan_code(a)
                                                   : format_round(a, rest[i], &nearest, 0).code);
        if (!is_straight(to, d))
            return VERDICT_NO;
    }
    return VERDICT_YES;
}

enum verdict algebra_via(const struct format *a, const struct conversion *via, const struct conversion *to,
                         struct detour *d)
{
    if (!is_wide(a))
        return via_all(a, via, to, d);
    bool ranked = a->family == &family_float || a->family->ladder;
    return ranked && !is_wide(to->to) ? via_wide(a, via, to, d) : VERDICT_NOT_COVERED;
}
