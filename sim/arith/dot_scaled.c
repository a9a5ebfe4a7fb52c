/* Scales of blocks in dot products. */
#include "sim/arith/dot_parts.h"

static struct number scale_at(const struct dot_scales *s, size_t k)
{
    return format_decode(s->format, s->codes[k / s->block]);
}

struct term dot_unit_scale(const struct dot_run *d, size_t k)
{
    struct term t = {.value = number_pow2(0)};
    const struct dot_scales *sides[2] = {d->in->a.scales, d->in->b.scales};
    for (int i = 0; i < 2 && d->spec->scales == MAC_SCALES_UNIT; i++) {
        struct term s = dot_term(sides[i]->format, sides[i]->codes[k / sides[i]->block]);
        s.value.negative = false;
        t.value = number_mul(t.value, s.value);
        t.exponent += s.exponent;
    }
    return t;
}

uint32_t dot_dequantized(const struct dot_side *side, size_t k)
{
    /* Elements and scales of 11 bits or fewer with a second level of 24 fit 64 bits; of more, what is cut is
     * sticky. */
    struct number x = number_mul(format_decode(side->format, side->codes[k]), scale_at(side->scales, k));
    x = number_mul(x, number_from_f32(side->scales->second));
    return bits_from_f32(number_to_f32(x));
}

static size_t least(size_t x, size_t y)
{
    return x < y ? x : y;
}

static const struct rounding nearest = {.mode = ROUND_RNE};

struct mac_spec dot_partial_spec(const struct dot_run *d)
{
    struct mac_spec inner = *d->spec;
    inner.scales = MAC_SCALES_NONE;
    inner.out = inner.order == MAC_EXACT ? *d->f32 : inner.promote ? inner.outer : inner.acc;
    inner.out_round = inner.order == MAC_EXACT ? nearest : inner.promote ? inner.outer_round : inner.round;
    inner.nan_ones = false;
    return inner;
}

/* The partial sum of a block: all that the spec says of accumulators, from zero and without an addend. */
static struct number partial(struct dot_run *d, size_t first, size_t n)
{
    struct mac_spec inner = dot_partial_spec(d);
    struct dot_input part = *d->in;
    part.a = (struct dot_side){part.a.format, part.a.codes + first, NULL};
    part.b = (struct dot_side){part.b.format, part.b.codes + first, NULL};
    part.n = n;
    part.c = NULL;
    /* Each block draws from a stream of its own under the row's, so that no two roundings share a number. */
    part.row = d->in->row + ((uint64_t)(first + 1) << 40);
    return format_decode(&inner.out, dot_product(&inner, &part, d->stats));
}

struct term dot_partials(struct dot_run *d, const struct term *c)
{
    const struct dot_scales *a = d->in->a.scales, *b = d->in->b.scales;
    bool fma = d->spec->scales == MAC_SCALES_PARTIALS_FMA;
    size_t block = least(a->block, b->block);
    struct term sum = dot_zero();
    for (size_t first = 0; first < d->in->n; first += block) {
        struct number p = partial(d, first, least(block, d->in->n - first));
        struct number scale =
            dot_round(d, d->f32, &nearest, number_mul(scale_at(a, first), scale_at(b, first))).value;
        struct number scaled = number_mul(p, scale);
        if (!fma)
            scaled = dot_round(d, d->f32, &nearest, scaled).value;
        sum = dot_add(d, d->f32, &nearest, sum.value, scaled);
    }
    struct number second = number_mul(number_from_f32(a->second), number_from_f32(b->second));
    if (a->second != 1 || b->second != 1) {
        second = dot_round(d, d->f32, &nearest, second).value;
        sum = dot_round(d, d->f32, &nearest, number_mul(sum.value, second));
    }
    return c ? dot_add(d, d->f32, &nearest, sum.value, c->value) : sum;
}
