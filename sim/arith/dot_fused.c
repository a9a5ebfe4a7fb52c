/* The fused step of matrix units: terms aligned to the largest exponent, cut, and added exactly.
 *
 * A product is below 4 * 2^exponent; aligned to F <= 48 bits it is an integer below 2^50. Of presums
 * dot_problem knows that they stay below 2^62. So number_round_to does not saturate, and 2^10 terms fit 128
 * bits. */
#include "sim/arith/dot_parts.h"
#include "sim/arith/kulisch.h"

/* No term that is not zero was seen. */
#define NO_EXPONENT INT32_MIN

/* A sum n * 2^(exponent - fraction bits). */
struct aligned {
    __int128 n;
    int32_t exponent;
};

/* --- which terms --- */

size_t dot_fused_steps(const struct mac_spec *m, size_t n)
{
    size_t pair = m->take == MAC_TAKE_PAIRS ? 2 * m->group : m->group;
    return (n + pair - 1) / pair * (pair / m->group);
}

size_t dot_fused_place(const struct mac_spec *m, size_t step, size_t i)
{
    if (m->take == MAC_TAKE_CONSECUTIVE)
        return step * m->group + i;
    size_t half = step % 2;
    return (step - half) * m->group + i / 2 * 4 + 2 * half + i % 2;
}

/* --- aligning --- */

/* x as an integer multiple of 2^q. */
static __int128 align(struct number x, int32_t q, enum round_mode mode)
{
    uint32_t ignored = 0;
    if (x.class != NUMBER_FINITE)
        return 0;
    struct rounding r = {.mode = mode};
    __int128 n = (__int128)number_round_to(x, q, &r, 0, number_is_odd, NULL, &ignored);
    return x.negative ? -n : n;
}

/* n / 2^shift toward zero or down; a negative shift multiplies. */
static __int128 shifted(__int128 n, int32_t shift, enum round_mode mode)
{
    if (shift <= 0)
        return n * ((__int128)1 << -shift);
    __int128 down = shift > 126 ? (n < 0 ? -1 : 0) : n >> shift;
    bool lost = shift > 126 ? n != 0 : (n & (((__int128)1 << shift) - 1)) != 0;
    return down + (mode == ROUND_RTZ && n < 0 && lost);
}

static int32_t largest(int32_t e, const struct term *t)
{
    return t->value.class == NUMBER_FINITE && t->exponent > e ? t->exponent : e;
}

/* Terms first, first + stride, ... of n, each aligned to the largest exponent of them and of *also. */
static struct aligned sum_of(const struct mac_spec *m, const struct term *t, size_t n, size_t first,
                             size_t stride, const struct term *also)
{
    struct aligned sum = {0, NO_EXPONENT};
    for (size_t i = first; i < n; i += stride)
        sum.exponent = largest(sum.exponent, &t[i]);
    if (also)
        sum.exponent = largest(sum.exponent, also);
    if (sum.exponent == NO_EXPONENT)
        return sum;
    for (size_t i = first; i < n; i += stride)
        sum.n += align(t[i].value, sum.exponent - m->fraction, m->align);
    if (also)
        sum.n += align(also->value, sum.exponent - m->fraction, m->align);
    return sum;
}

/* Two sums, each cut to its fraction bits below the larger exponent. */
static struct aligned both(const struct mac_spec *m, struct aligned x, struct aligned y)
{
    if (x.exponent == NO_EXPONENT || y.exponent == NO_EXPONENT)
        return x.exponent == NO_EXPONENT ? y : x;
    int32_t e = x.exponent > y.exponent ? x.exponent : y.exponent;
    return (struct aligned){
        shifted(x.n, e - x.exponent, m->join_round) + shifted(y.n, e - y.exponent, m->join_round), e};
}

/* The sum of products with join_fraction bits and the accumulator with its own, at the larger exponent. */
static struct number joined(const struct mac_spec *m, struct aligned products, const struct term *sum)
{
    int32_t e = largest(products.exponent, sum), more = m->join_fraction - m->fraction;
    if (e == NO_EXPONENT)
        return number_from_i128(0, 0);
    __int128 n = align(sum->value, e - m->fraction, m->join_round) * ((__int128)1 << more);
    if (products.exponent != NO_EXPONENT)
        n += shifted(products.n, e - products.exponent - more, m->join_round);
    return number_from_i128(n, e - m->join_fraction);
}

static struct number added(const struct mac_spec *m, const struct term *t, size_t n, const struct term *sum)
{
    struct aligned all;
    if (m->lanes == 2)
        all = both(m, sum_of(m, t, n, 0, 2, NULL), sum_of(m, t, n, 1, 2, NULL));
    else
        all = sum_of(m, t, n, 0, 1, m->join_fraction ? NULL : sum);
    if (m->join_fraction)
        return joined(m, all, sum);
    if (m->lanes == 2)
        all = both(m, all, sum_of(m, sum, 1, 0, 1, NULL));
    return all.exponent == NO_EXPONENT ? number_from_i128(0, 0)
                                       : number_from_i128(all.n, all.exponent - m->fraction);
}

/* --- steps --- */

/* NaN or infinity where a term or the accumulator is one; the exact sum otherwise. */
static struct number whole(const struct term *t, size_t n, const struct term *sum)
{
    struct kulisch k;
    kulisch_clear(&k);
    kulisch_add(&k, sum->value);
    for (size_t i = 0; i < n; i++)
        kulisch_add(&k, t[i].value);
    return kulisch_sum(&k);
}

static bool special(const struct term *t, size_t n, const struct term *sum)
{
    bool any = sum->value.class > NUMBER_FINITE;
    for (size_t i = 0; i < n; i++)
        any |= t[i].value.class > NUMBER_FINITE;
    return any;
}

/* Products k[0 .. n-1], added exactly and then multiplied by their scales: their exponent is the scales'
 * alone. */
static struct term presum(struct dot_run *d, const size_t *k, size_t n)
{
    struct kulisch sum;
    kulisch_clear(&sum);
    for (size_t i = 0; i < n; i++)
        kulisch_add(&sum, dot_multiply(d, k[i]).value);
    struct term scale = dot_unit_scale(d, k[0]);
    return (struct term){number_mul(kulisch_sum(&sum), scale.value), scale.exponent};
}

static struct term scaled_product(struct dot_run *d, size_t k)
{
    struct term t = dot_multiply(d, k), scale = dot_unit_scale(d, k);
    return (struct term){number_mul(t.value, scale.value), t.exponent + scale.exponent};
}

static struct term step(struct dot_run *d, const size_t *k, size_t n, struct term sum)
{
    const struct mac_spec *m = d->spec;
    struct term t[MAC_GROUP_MAX];
    size_t terms = 0;
    for (size_t i = 0; i < n; i += m->presum)
        t[terms++] = m->presum == 1 ? scaled_product(d, k[i])
                                    : presum(d, k + i, n - i < m->presum ? n - i : m->presum);
    bool plain = m->fraction && !special(t, terms, &sum);
    return dot_round_sum(d, &m->acc, &m->round, plain ? added(m, t, terms, &sum) : whole(t, terms, &sum));
}

struct term dot_fused(struct dot_run *d, struct dot_range range, struct term sum)
{
    const struct mac_spec *m = d->spec;
    const size_t steps = dot_fused_steps(m, range.n);
    size_t k[MAC_GROUP_MAX];
    for (size_t s = 0; s < steps; s++) {
        size_t n = 0;
        for (size_t i = 0; i < m->group; i++) {
            size_t at = dot_fused_place(m, s, i);
            if (at < range.n)
                k[n++] = range.first + at * range.stride;
        }
        if (n)
            sum = step(d, k, n, sum);
    }
    return sum;
}
