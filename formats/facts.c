#include "formats/facts.h"

#include <stdlib.h>

static const struct rounding nearest = {.mode = ROUND_RNE}, up = {.mode = ROUND_RUP};
static const struct number no_number = {.class = NUMBER_NAN};

static int order(const void *a, const void *b)
{
    const struct coded *x = a, *y = b;
    int group_x = x->value.class == NUMBER_NAN ? 2 : x->value.class == NUMBER_INF;
    int group_y = y->value.class == NUMBER_NAN ? 2 : y->value.class == NUMBER_INF;
    int c = group_x != group_y ? group_x - group_y : group_x == 2 ? 0 : number_compare(x->value, y->value);
    if (c == 0 && x->value.class == NUMBER_ZERO)
        c = (int)x->value.negative - (int)y->value.negative;
    return c ? c : (x->code > y->code) - (x->code < y->code);
}

size_t facts_decode(const struct format *f, struct coded *all)
{
    size_t finite = 0, n = (size_t)format_code_mask(f) + 1;
    for (uint32_t code = 0; code < n; code++) {
        all[code] = (struct coded){format_decode(f, code), code};
        finite += all[code].value.class <= NUMBER_FINITE;
    }
    qsort(all, n, sizeof *all, order);
    return finite;
}

static struct number rounded(const struct format *f, struct number x, const struct rounding *r)
{
    return format_decode(f, format_round(f, x, r, 0).code);
}

static bool is_value(const struct format *f, struct number x)
{
    struct number v = rounded(f, x, &nearest);
    return v.class == x.class && number_compare(v, x) == 0;
}

static bool is_integer_value(const struct format *f, uint64_t n)
{
    return is_value(f, number_make(false, n, 0));
}

/* Up to `surely` every integer is tried. Beyond, gaps between neighbours are taken for powers of two that do
 * not shrink upward, as in floats, posits and integers, so that a binade holds its integers if it holds the
 * first and the last; families of other grids fail before. */
static uint64_t consecutive_integers(const struct format *f, struct number max)
{
    const uint64_t surely = 4096, highest = UINT64_C(1) << 62;
    uint64_t n = 0;
    while (n < surely && is_integer_value(f, n + 1))
        n++;
    while (n >= surely && n < highest && is_integer_value(f, n + 1)) {
        uint64_t last = 2 * n - 1;
        if (number_compare(number_make(false, last, 0), max) > 0)
            last = max.significand >> -max.exponent; /* floor: n < max < 2^63 */
        if (!is_integer_value(f, last))
            return n + 1;
        n = is_integer_value(f, last + 1) ? last + 1 : last;
    }
    return n;
}

static struct number least_above_one(const struct format *f)
{
    struct number one = number_pow2(0), nudged = number_make(false, (UINT64_C(1) << 62) + 1, -62);
    struct number v = rounded(f, nudged, &up);
    bool above = v.class == NUMBER_FINITE && number_compare(v, one) > 0;
    return above && is_value(f, one) ? v : no_number;
}

static void count(const struct format *f, const struct coded *all, size_t finite, struct facts *out)
{
    out->counted = true;
    out->codes = format_code_mask(f) + 1;
    for (size_t i = 0; i < finite; i++) {
        const struct number v = all[i].value;
        if (i && number_compare(all[i - 1].value, v) == 0) {
            bool neg_zero = v.class == NUMBER_ZERO && v.negative && !all[i - 1].value.negative;
            out->neg_zeros += neg_zero;
            out->repeated += !neg_zero;
        } else {
            out->values++;
            out->unused += !is_value(f, v);
        }
    }
    for (size_t i = finite; i < out->codes; i++) {
        out->infinities += all[i].value.class == NUMBER_INF;
        out->nans += all[i].value.class == NUMBER_NAN;
    }
}

struct facts facts_of(const struct format *f, const struct coded *all, size_t finite)
{
    struct number inf = {.class = NUMBER_INF};
    struct facts out = {
        .max = rounded(f, inf, &nearest),
        .lowest = rounded(f, number_negate(inf), &nearest),
        .min_positive = format_min_positive(f),
        .min_normal = format_has_normals(f) ? format_min_normal(f) : no_number,
        .above_one = least_above_one(f),
        .zero = is_value(f, number_make(false, 0, 0)),
    };
    if (out.lowest.class == NUMBER_NAN) /* an unsigned format, and -Inf is invalid there */
        out.lowest = out.zero ? number_make(false, 0, 0) : out.min_positive;
    out.integers = consecutive_integers(f, out.max);
    if (all)
        count(f, all, finite, &out);
    return out;
}

uint32_t facts_wasted(const struct facts *facts)
{
    return (facts->nans > 1 ? facts->nans - 1 : 0) + facts->neg_zeros + facts->repeated + facts->unused;
}
