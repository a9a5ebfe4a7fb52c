/* Orders of summation and roundings of accumulators. */
#include "sim/arith/dot.h"

#include "sim/arith/dot_parts.h"
#include "sim/arith/kulisch.h"
#include "sim/arith/operand.h"
#include "sim/base/rng.h"

/* --- numbers and accumulators --- */

struct term dot_term(const struct format *f, uint32_t code)
{
    struct term t = {.value = format_decode(f, code)};
    if (t.value.class == NUMBER_FINITE)
        t.exponent = operand_exponent(f, t.value);
    return t;
}

/* x modulo 2^bits integers of f, which changes neither how it is rounded nor the result modulo 2^bits. */
static struct number reduced(const struct format *f, struct number x)
{
    int32_t keep = f->bits + 2 - f->fraction_bits - x.exponent; /* bits of the significand below */
    if (keep >= 64)
        return x;
    struct number low =
        number_make(x.negative, keep > 0 ? x.significand & ((UINT64_C(1) << keep) - 1) : 0, x.exponent);
    low.sticky = x.sticky && low.class == NUMBER_FINITE;
    return low;
}

/* A sum that leaves an integer accumulator starts again at its other end. */
static uint32_t wrapped(const struct format *f, const struct rounding *r, struct number x, uint32_t random)
{
    uint32_t ignored = 0;
    struct number low = reduced(f, x);
    if (low.class == NUMBER_ZERO)
        return 0;
    uint64_t n = number_round_to(low, -f->fraction_bits, r, random, number_is_odd, f, &ignored);
    return (uint32_t)(low.negative ? 0 - n : n) & format_code_mask(f);
}

static uint32_t infinity_or_nan(const struct format *f, bool negative)
{
    struct number inf = {.class = NUMBER_INF, .negative = negative};
    return format_round(f, inf, &(struct rounding){.overflow = OVERFLOW_INFINITY}, 0).code;
}

static struct rounding with_overflow(const struct rounding *r, enum mac_overflow overflow)
{
    struct rounding out = *r;
    out.overflow = overflow == MAC_SATURATE ? OVERFLOW_SATURATE_KEEP_INF : OVERFLOW_INFINITY;
    return out;
}

static void count(struct dot_stats *s, uint32_t events, bool overflowed, bool wraps)
{
    s->roundings++;
    s->inexact += (events & EVENT_INEXACT) != 0;
    s->flushed += (events & EVENT_FLUSHED) != 0;
    s->nan += (events & (EVENT_NAN | EVENT_NAN_LOST)) != 0;
    s->wrapped += wraps;
    s->overflowed += overflowed;
    s->saturated += (events & EVENT_SATURATED) && !overflowed && !wraps;
}

/* The code of x in f; `low` is x, or a number that equals it modulo 2^bits integers of f. */
static uint32_t round_code(struct dot_run *d, const struct format *f, const struct rounding *r,
                           struct number x, struct number low)
{
    enum mac_overflow overflow = d->spec->overflow;
    struct rounding rounding = with_overflow(r, overflow);
    uint32_t random = r->mode == ROUND_SR ? rng_u32(d->in->seed, d->in->row, d->step) : 0;
    d->step++;
    struct encoded e = format_round(f, x, &rounding, random);
    bool beyond = (e.events & EVENT_SATURATED) && x.class == NUMBER_FINITE;
    bool wraps = beyond && f->family == &family_int && overflow == MAC_WRAP;
    bool infinite = beyond && f->family != &family_int && overflow == MAC_INFINITY;
    if (wraps)
        e.code = wrapped(f, r, low, random);
    if (infinite)
        e.code = infinity_or_nan(f, x.negative);
    count(d->stats, e.events, infinite || (e.events & EVENT_OVERFLOW), wraps);
    return e.code;
}

/* Faults of the rounding just made: each bit by 64 random ones. */
static uint32_t flipped(struct dot_run *d, const struct format *f, uint32_t code)
{
    const float p = d->spec->flip;
    /* exact from 2^-40 on, cut to a multiple of 2^-64 below */
    const uint64_t threshold = p < 1 ? (uint64_t)((double)p * 0x1p64) : UINT64_MAX;
    for (int bit = 0; p > 0 && bit < f->bits; bit += 2) {
        uint32_t four[4];
        rng_u32x4(d->in->seed, d->in->row ^ DOT_STREAM_FAULTS, (d->step - 1) * 16 + (uint64_t)bit / 2, four);
        for (int i = 0; i < 2 && bit + i < f->bits; i++) {
            uint64_t random = (uint64_t)four[2 * i] << 32 | four[2 * i + 1];
            if (random >= threshold && p < 1)
                continue;
            code ^= UINT32_C(1) << (bit + i);
            d->stats->flipped++;
        }
    }
    return code;
}

struct term dot_round(struct dot_run *d, const struct format *f, const struct rounding *r, struct number x)
{
    return dot_term(f, round_code(d, f, r, x, x));
}

struct term dot_round_sum(struct dot_run *d, const struct format *f, const struct rounding *r,
                          struct number x)
{
    uint32_t code = round_code(d, f, r, x, x);
    return dot_term(f, flipped(d, f, code));
}

struct term dot_add(struct dot_run *d, const struct format *f, const struct rounding *r, struct number x,
                    struct number y)
{
    struct number s = number_add(x, y);
    if (s.class == NUMBER_ZERO && x.negative != y.negative)
        s.negative = r->mode == ROUND_RDN;           /* IEEE 754-2019, 6.3 */
    bool far = s.sticky && f->family == &family_int; /* one of them may lie above all that wrapping keeps */
    uint32_t code = round_code(d, f, r, s, far ? number_add(reduced(f, x), reduced(f, y)) : s);
    return dot_term(f, flipped(d, f, code));
}

/* --- products --- */

uint32_t dot_operand(const struct mac_spec *m, const struct format *f, uint32_t code)
{
    return m->daz && operand_is_subnormal(f, format_decode(f, code)) ? 0 : code;
}

struct number dot_settled(struct number x)
{
    x.significand |= x.sticky;
    x.sticky = false;
    return x;
}

struct term dot_multiply(struct dot_run *d, size_t k)
{
    const struct mac_spec *m = d->spec;
    const struct dot_side *a = &d->in->a, *b = &d->in->b;
    const struct format *fa = a->format, *fb = b->format;
    uint32_t events = 0, x = dot_operand(m, fa, a->codes[k]), y = dot_operand(m, fb, b->codes[k]);
    if (m->scales == MAC_SCALES_DEQUANTIZE && a->scales) {
        fa = d->f32;
        x = dot_dequantized(a, k);
    }
    if (m->scales == MAC_SCALES_DEQUANTIZE && b->scales) {
        fb = d->f32;
        y = dot_dequantized(b, k);
    }
    struct term t = m->product->multiply(&m->args, fa, x, fb, y, &events);
    d->stats->products += events != 0;
    t.value = dot_settled(t.value);
    return t;
}

/* --- orders --- */

/* A product on its way into the accumulator. */
static struct number leaf(struct dot_run *d, size_t k)
{
    struct number x = dot_multiply(d, k).value;
    return d->spec->fma ? x : dot_round(d, &d->spec->acc, &d->spec->round, x).value;
}

static struct term sequential(struct dot_run *d, struct dot_range range, struct term sum)
{
    for (size_t i = 0; i < range.n; i++)
        sum = dot_add(d, &d->spec->acc, &d->spec->round, sum.value, leaf(d, range.first + i * range.stride));
    return sum;
}

/* The left half is the largest power of two below n: the same as adding neighbours level by level. */
static struct number pairwise(struct dot_run *d, struct dot_range range)
{
    if (range.n == 1)
        return leaf(d, range.first);
    size_t half = 1;
    while (half * 2 < range.n)
        half *= 2;
    struct dot_range left = range, right = range;
    left.n = half;
    right.first += half * range.stride;
    right.n -= half;
    struct number x = pairwise(d, left), y = pairwise(d, right);
    return dot_add(d, &d->spec->acc, &d->spec->round, x, y).value;
}

struct dot_range dot_part(const struct mac_spec *m, struct dot_range all, size_t part)
{
    struct dot_range r = all;
    if (m->layout == MAC_INTERLEAVED) {
        r.first += part * all.stride;
        r.stride *= m->parts;
        r.n = all.n > part ? (all.n - part - 1) / m->parts + 1 : 0;
        return r;
    }
    size_t length = (all.n + m->parts - 1) / m->parts, from = part * length;
    r.first += from * all.stride;
    r.n = from >= all.n ? 0 : all.n - from < length ? all.n - from : length;
    return r;
}

static struct term split(struct dot_run *d, struct dot_range range, struct term sum)
{
    for (size_t p = 0; p < d->spec->parts; p++) {
        struct dot_range part = dot_part(d->spec, range, p);
        if (part.n)
            sum =
                dot_add(d, &d->spec->acc, &d->spec->round, sum.value, sequential(d, part, dot_zero()).value);
    }
    return sum;
}

/* The accumulator of a range, by the order of the spec. */
static struct term accumulate(struct dot_run *d, struct dot_range range, struct term start)
{
    if (!range.n)
        return start;
    switch (d->spec->order) {
    case MAC_PAIRWISE:
        return dot_add(d, &d->spec->acc, &d->spec->round, start.value, pairwise(d, range));
    case MAC_SPLIT:
        return split(d, range, start);
    case MAC_FUSED:
        return dot_fused(d, range, start);
    default:
        return sequential(d, range, start);
    }
}

/* --- the whole --- */

static struct number exact(struct dot_run *d, const struct term *c)
{
    struct kulisch k;
    kulisch_clear(&k);
    if (c)
        kulisch_add(&k, c->value);
    for (size_t i = 0; i < d->in->n; i++)
        kulisch_add(&k, dot_multiply(d, i).value);
    return kulisch_sum(&k);
}

static struct term promoted(struct dot_run *d, struct term start)
{
    const struct mac_spec *m = d->spec;
    for (size_t first = 0; first < d->in->n; first += m->promote) {
        size_t rest = d->in->n - first;
        struct dot_range chunk = {first, 1, rest < m->promote ? rest : m->promote};
        struct term inner = accumulate(d, chunk, dot_zero());
        start = dot_add(d, &m->outer, &m->outer_round, start.value, inner.value);
    }
    return start;
}

static struct number accumulated(struct dot_run *d, const struct term *c)
{
    const struct mac_spec *m = d->spec;
    struct term start = c && m->c == MAC_C_FIRST ? *c : dot_zero();
    struct term sum =
        m->promote ? promoted(d, start) : accumulate(d, (struct dot_range){0, 1, d->in->n}, start);
    if (c && m->c == MAC_C_LAST)
        sum = m->promote ? dot_add(d, &m->outer, &m->outer_round, sum.value, c->value)
                         : dot_add(d, &m->acc, &m->round, sum.value, c->value);
    return sum.value;
}

struct term dot_addend(const struct mac_spec *m, uint32_t code)
{
    struct term c = dot_term(&m->out, code);
    return m->daz && operand_is_subnormal(&m->out, c.value) ? dot_zero() : c;
}

uint32_t dot_result(struct dot_run *d, struct number sum)
{
    const struct mac_spec *m = d->spec;
    uint32_t code = round_code(d, &m->out, &m->out_round, sum, sum);
    if (m->nan_ones && format_decode(&m->out, code).class == NUMBER_NAN)
        code = format_code_mask(&m->out) >> !m->out.is_unsigned;
    return code;
}

uint32_t dot_product(const struct mac_spec *m, const struct dot_input *in, struct dot_stats *stats)
{
    struct dot_stats unused = {0};
    struct dot_run d = {.spec = m, .in = in, .stats = stats ? stats : &unused, .f32 = format_find("fp32")};
    struct term c = in->c ? dot_addend(m, *in->c) : dot_zero();
    const struct term *given = in->c ? &c : NULL;
    struct number sum = mac_spec_has_partials(m) ? dot_partials(&d, given).value
                        : m->order == MAC_EXACT  ? exact(&d, given)
                                                 : accumulated(&d, given);
    return dot_result(&d, sum);
}

/* --- what can be multiplied --- */

static bool holds(struct number x, struct number y)
{
    struct number p = number_mul(x, y);
    return kulisch_holds(dot_settled(p));
}

/* Whether presums times scale significands, aligned to the exponent of their scales, stay below 2^62. */
static bool presum_fits(const struct mac_spec *m, const struct format *fa, const struct format *fb)
{
    int32_t bits = number_exponent(number_mul(format_max(fa), format_max(fb))) + 1 + 2 + m->fraction;
    for (size_t n = 1; n < m->presum; n *= 2)
        bits++;
    return bits <= 61;
}

const char *dot_problem(const struct mac_spec *m, const struct format *fa, const struct format *fb)
{
    if (m->product->refuses && m->product->refuses(fa, fb, &m->args))
        return m->product->refuses(fa, fb, &m->args);
    if (!holds(format_max(fa), format_max(fb)) || !holds(format_min_positive(fa), format_min_positive(fb)))
        return "their products lie beyond 2^-2304 .. 2^2240";
    if (m->order == MAC_FUSED && m->presum > 1 && m->fraction && !presum_fits(m, fa, fb))
        return "a presum of their products has more than 62 bits above the fraction kept";
    if (!kulisch_holds(format_max(&m->out)) || !kulisch_holds(format_min_positive(&m->out)))
        return "addends of the result's format lie beyond 2^-2304 .. 2^2240";
    return NULL;
}

static const char *side_problem(const struct mac_spec *m, const struct dot_side *side)
{
    if (m->scales == MAC_SCALES_NONE)
        return side->scales ? "scales=none takes no scales of blocks" : NULL;
    if (!side->scales)
        return m->scales == MAC_SCALES_DEQUANTIZE ? NULL : "scales of both operands are missing";
    if (side->scales->block == 0)
        return "blocks have at least one element";
    if (m->scales == MAC_SCALES_UNIT && side->scales->second != 1)
        return "scales=unit has no second level";
    if (m->scales == MAC_SCALES_UNIT && side->scales->block % m->presum)
        return "scales=unit takes blocks of whole presums";
    return NULL;
}

const char *dot_input_problem(const struct mac_spec *m, const struct dot_input *in)
{
    const char *why = dot_problem(m, in->a.format, in->b.format);
    why = why ? why : side_problem(m, &in->a);
    why = why ? why : side_problem(m, &in->b);
    if (!why && mac_spec_has_partials(m)) {
        size_t x = in->a.scales->block, y = in->b.scales->block;
        why = x % y && y % x ? "the blocks of one operand divide those of the other" : NULL;
    }
    return why;
}

/* --- matrices --- */

struct dot_side dot_side_row(const struct dot_side *all, size_t i, size_t n, struct dot_scales *scales)
{
    struct dot_side side = *all;
    side.codes += i * n;
    if (all->scales) {
        *scales = *all->scales;
        scales->codes += i * ((n + scales->block - 1) / scales->block);
        side.scales = scales;
    }
    return side;
}

uint32_t dot_gemm_element(const struct mac_spec *m, const struct gemm_input *in, size_t i, size_t j,
                          struct dot_stats *stats)
{
    size_t at = i * in->columns + j;
    struct dot_scales scales[2];
    struct dot_input one = {.a = dot_side_row(&in->a, i, in->n, &scales[0]),
                            .b = dot_side_row(&in->b, j, in->n, &scales[1]),
                            .n = in->n,
                            .c = in->c ? in->c + at : NULL,
                            .seed = in->seed,
                            .row = in->first_row + at};
    return dot_product(m, &one, stats);
}

void dot_gemm(const struct mac_spec *m, const struct gemm_input *in, uint32_t *d, struct dot_stats *stats)
{
    for (size_t i = 0; i < in->rows; i++)
        for (size_t j = 0; j < in->columns; j++)
            d[i * in->columns + j] = dot_gemm_element(m, in, i, j, stats);
}

void dot_stats_add(struct dot_stats *to, const struct dot_stats *from)
{
    to->roundings += from->roundings;
    to->inexact += from->inexact;
    to->saturated += from->saturated;
    to->overflowed += from->overflowed;
    to->wrapped += from->wrapped;
    to->flushed += from->flushed;
    to->nan += from->nan;
    to->products += from->products;
    to->flipped += from->flipped;
}
