/* What holds products and sums of values without error. */
#include "formats/algebra.h"

enum { VALUE_BITS = 32, MOST_EXPONENT_BITS = 16 };

/* Some values of one kind, by their least and largest. */
struct span {
    bool any;
    struct number low, high;
};

static void span_add(struct span *s, struct number x)
{
    if (!s->any || number_compare(x, s->low) < 0)
        s->low = x;
    if (!s->any || number_compare(x, s->high) > 0)
        s->high = x;
    s->any = true;
}

/* A set of multiples of 2^lsb: the odd ones and the even ones, zero among these. */
struct set {
    int32_t lsb;
    int odd_part; /* the most bits between the highest and the lowest nonzero one of a member */
    struct span odd, even;
};

static int significant_bits(struct number x)
{
    return 64 - __builtin_ctzll(x.significand);
}

static int32_t lowest_bit(struct number x)
{
    return x.exponent + __builtin_ctzll(x.significand);
}

/* The finite values of f. Those that algebra_take leaves out of a wide float change nothing: fraction 1 of
 * the lowest field is an odd multiple of the smallest spacing and no value has a lower bit; its last
 * fraction, and that of the next field, whose spacing is the same, are the largest odd multiple of it; a last
 * fraction is all ones, the longest odd part there is; and the largest value is one of the last three. */
static bool set_of(const struct format *f, struct set *s)
{
    *s = (struct set){.lsb = INT32_MAX};
    for (int pass = 0; pass < 2; pass++) {
        uint64_t next = 0;
        uint32_t code;
        while (algebra_take(f, &next, &code)) {
            struct number x = format_decode(f, code);
            if (x.class > NUMBER_FINITE || !algebra_holds(f, x))
                continue;
            bool zero = x.class == NUMBER_ZERO;
            int bits = zero ? 0 : significant_bits(x);
            if (bits > VALUE_BITS)
                return false;
            if (pass)
                span_add(!zero && lowest_bit(x) == s->lsb ? &s->odd : &s->even, x);
            else if (!zero && lowest_bit(x) < s->lsb)
                s->lsb = lowest_bit(x);
            s->odd_part = bits > s->odd_part ? bits : s->odd_part;
        }
    }
    return s->odd.any;
}

/* The extremes of x * y over two spans are at their ends: for a fixed y it is monotone in x. */
static void span_products(struct span *out, const struct span *a, const struct span *b)
{
    if (!a->any || !b->any)
        return;
    span_add(out, number_mul(a->low, b->low));
    span_add(out, number_mul(a->low, b->high));
    span_add(out, number_mul(a->high, b->low));
    span_add(out, number_mul(a->high, b->high));
}

/* Products of two members, exact in 64 bits: odd times odd is odd, all others are even. The longest odd part
 * is that of the largest odd part squared; its own length does not tell, so it is looked for. */
static struct set set_squared(const struct set *s, uint64_t largest_odd_part)
{
    struct set p = {.lsb = 2 * s->lsb, .odd_part = 64 - __builtin_clzll(largest_odd_part * largest_odd_part)};
    span_products(&p.odd, &s->odd, &s->odd);
    span_products(&p.even, &s->odd, &s->even);
    span_products(&p.even, &s->even, &s->even);
    return p;
}

static uint64_t largest_odd_part(const struct format *f)
{
    uint64_t most = 1, next = 0;
    uint32_t code;
    while (algebra_take(f, &next, &code)) {
        struct number x = format_decode(f, code);
        if (x.class != NUMBER_FINITE || !algebra_holds(f, x))
            continue;
        uint64_t part = x.significand >> __builtin_ctzll(x.significand);
        most = part > most ? part : most;
    }
    return most;
}

/* --- sums --- */

/* n * 2^e, |n| < 2^97. */
struct wide {
    __int128 n;
    int32_t e;
};

static struct wide wide_multiple(uint32_t k, struct number x)
{
    if (x.class == NUMBER_ZERO || !k)
        return (struct wide){0, INT32_MAX};
    __int128 n = (__int128)(x.significand >> __builtin_ctzll(x.significand)) * k;
    return (struct wide){x.negative ? -n : n, lowest_bit(x)};
}

static int length_of(unsigned __int128 n)
{
    uint64_t high = (uint64_t)(n >> 64), low = (uint64_t)n;
    return high ? 128 - __builtin_clzll(high) : low ? 64 - __builtin_clzll(low) : 0;
}

/* 1 + floor(log2 |x + y|); INT32_MIN for zero. */
static int32_t length_of_sum(struct wide x, struct wide y)
{
    if (!x.n || !y.n) {
        struct wide one = x.n ? x : y;
        return one.n ? length_of((unsigned __int128)(one.n < 0 ? -one.n : one.n)) + one.e : INT32_MIN;
    }
    struct wide base = x.e >= y.e ? x : y, other = x.e >= y.e ? y : x;
    int64_t down = (int64_t)base.e - other.e;
    /* x + y = n * 2^base.e + rest, 0 <= rest < 2^base.e */
    __int128 floor = down > 126 ? -(other.n < 0) : other.n >> down, n = base.n + floor;
    if (n < 0)
        return length_of_sum((struct wide){-x.n, x.e}, (struct wide){-y.n, y.e});
    if (n > 0)
        return length_of((unsigned __int128)n) + base.e;
    /* other.n is far below 2^down where that exceeds 126, and negative there: the rest is just below 2^base.e
     */
    if (down > 126)
        return base.e;
    __int128 rest = other.n - floor * ((__int128)1 << down);
    return rest ? length_of((unsigned __int128)rest) + other.e : INT32_MIN;
}

/* The length of the largest sum of `terms` members that is an odd multiple of 2^lsb: j odd members and the
 * others even. On either side it is linear in j, so it is largest at the least j or the largest. */
static int32_t odd_length(const struct set *s, uint32_t terms)
{
    uint32_t last = terms % 2 ? terms : terms - 1, first = s->even.any ? 1 : terms;
    int32_t most = INT32_MIN;
    if (!s->even.any && terms % 2 == 0)
        return most; /* a sum of an even number of odd members is even */
    for (uint32_t j = first;; j = last) {
        struct wide high = wide_multiple(j, s->odd.high), low = wide_multiple(j, s->odd.low), none = {0, 0};
        uint32_t rest = terms - j;
        int32_t up = length_of_sum(high, rest ? wide_multiple(rest, s->even.high) : none);
        int32_t down = length_of_sum(low, rest ? wide_multiple(rest, s->even.low) : none);
        most = up > most ? up : most;
        most = down > most ? down : most;
        if (j == last)
            return most;
    }
}

/* 1 + floor(log2 |x|), minus 1 for a power of two if `below`: the length of |x| - 1 in units. */
static int32_t length(struct wide x, bool below)
{
    unsigned __int128 n = (unsigned __int128)(x.n < 0 ? -x.n : x.n);
    return n ? length_of(n) + x.e - (below && (n & (n - 1)) == 0) : INT32_MIN;
}

/* The float: a value of `precision` significant bits and multiples of 2^lsb below 2^(top+1) needs fraction
 * bits for its precision and for a smallest spacing 2^(1 - bias - fraction_bits) <= 2^lsb, and
 * 2^(exponent_bits - 1)
 * >= top, the largest exponent. */
static void find_float(struct exact_need *need)
{
    int best = INT32_MAX;
    for (int x = 1; need->precision && x <= MOST_EXPONENT_BITS; x++) {
        int bias = (1 << (x - 1)) - 1, fraction = 1 - bias - need->lsb;
        if (fraction < need->precision - 1)
            fraction = need->precision - 1;
        if (1 << (x - 1) < need->top || x + fraction >= best)
            continue;
        best = x + fraction;
        need->exponent_bits = x;
        need->fraction_bits = fraction;
    }
}

/* The significant bits that sums of two and more terms need. An even sum, 2^t times an odd number, t >= 1,
 * has the length of its largest less t: at most `all` - 1 bits, all being the length of the largest sum of
 * any kind. So where the largest odd sum has that many bits or more, it is the answer. */
static int sum_precision(const struct set *s, uint32_t terms, int32_t all)
{
    int32_t odd = odd_length(s, terms);
    return odd != INT32_MIN && odd >= all - 1 ? odd - s->lsb : 0;
}

enum verdict algebra_exact(const struct format *f, bool products, uint32_t terms, struct exact_need *need)
{
    struct set s;
    *need = (struct exact_need){.precision = 0};
    if (f->bits > ALGEBRA_BITS && !algebra_is_regular(f))
        return VERDICT_NOT_COVERED;
    if (!set_of(f, &s))
        return VERDICT_NOT_COVERED;
    if (products)
        s = set_squared(&s, largest_odd_part(f));
    struct span all = s.odd;
    if (s.even.any) {
        span_add(&all, s.even.low);
        span_add(&all, s.even.high);
    }
    struct wide high = wide_multiple(terms, all.high), low = wide_multiple(terms, all.low);
    int32_t up = length(high, false), down = length(low, false), most = up > down ? up : down;
    need->is_signed = low.n < 0;
    need->lsb = s.lsb;
    need->top = most - 1;
    if (need->is_signed) {
        down = length(low, true);
        most = high.n > 0 && up > down ? up : down;
    }
    need->integer_bits = most - s.lsb + need->is_signed;
    need->precision = terms == 1 ? s.odd_part : sum_precision(&s, terms, need->top + 1);
    find_float(need);
    return VERDICT_YES;
}
