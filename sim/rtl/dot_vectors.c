/* What a dot unit is checked with: steps of the emulator. */
#include <stdlib.h>
#include <string.h>

#include "sim/base/rng.h"
#include "sim/rtl/dot.h"

enum {
    LINES = 4096,      /* that are drawn; */
    LINES_ONE = 16384, /* of one lane; */
    LINES_WIDE = 2048, /* of more than WIDE */
    WIDE = 8,
    EVERY_BITS = 17,  /* of inputs, up to which all of them are taken */
    PAIRS_BITS = 16,  /* the same of one lane's two codes; */
    PAIRS_FLOAT = 12, /* with a float accumulator */
    LANES_MAX = MAC_GROUP_MAX,
    STREAM = 1
};

/* A line under way. c and flags are DOT_REGISTER's, else c.low is the accumulator's code. */
struct line {
    uint32_t a[LANES_MAX], b[LANES_MAX], scale_a[LANES_MAX], scale_b[LANES_MAX];
    uint64_t low, high;
    unsigned flags;
};

/* Codes in the order of their magnitude; those from `finite` on are none. */
struct pool {
    const struct format *format;
    int n, finite;
    uint32_t code[256];
};

struct drawing {
    const struct dot_plan *p;
    struct rtl_vectors *v;
    struct pool a, b, scale_a, scale_b;
    uint64_t seed, count;
};

static uint32_t draw(struct drawing *d, uint32_t below)
{
    return (uint32_t)((uint64_t)rng_u32(d->seed, STREAM, d->count++) * below >> 32);
}

/* --- codes --- */

static bool precedes(const struct format *f, uint32_t x, uint32_t y)
{
    struct number a = format_decode(f, x), b = format_decode(f, y);
    bool special = a.class > NUMBER_FINITE || b.class > NUMBER_FINITE;
    return special ? a.class < b.class : number_compare_magnitude(a, b) < 0;
}

static void pool_of(const struct format *f, struct pool *p)
{
    *p = (struct pool){.format = f};
    if (!f)
        return;
    for (uint32_t code = 0; code <= format_code_mask(f); code++) {
        int at = p->n++;
        for (; at && precedes(f, code, p->code[at - 1]); at--)
            p->code[at] = p->code[at - 1];
        p->code[at] = code;
        p->finite += format_decode(f, code).class <= NUMBER_FINITE;
    }
}

enum choice { ANY, FINITE, SMALL, LARGE, MIDDLE, ZERO, SPECIAL };

static uint32_t choose(struct drawing *d, const struct pool *p, enum choice from)
{
    int part = p->finite / 8 + 1;
    uint32_t n = (uint32_t)p->finite, first = 0;
    switch (from) {
    case ANY:
        n = (uint32_t)p->n;
        break;
    case SMALL:
        n = (uint32_t)part;
        break;
    case LARGE:
        first = (uint32_t)(p->finite - part);
        n = (uint32_t)part;
        break;
    case MIDDLE:
        first = (uint32_t)(p->finite / 2 - part / 2);
        n = (uint32_t)part;
        break;
    case ZERO:
        n = p->finite > 2 ? 2 : 1;
        break;
    case SPECIAL:
        first = p->n > p->finite ? (uint32_t)p->finite : 0;
        n = (uint32_t)p->n - first;
        break;
    default:
        break;
    }
    return p->code[first + draw(d, n)];
}

/* The code of the value with the other sign, where there is one. */
static uint32_t negated(const struct format *f, uint32_t code)
{
    const struct rounding r = {.overflow = OVERFLOW_INFINITY};
    struct number x = format_decode(f, code);
    return x.class <= NUMBER_FINITE ? format_round(f, number_negate(x), &r, 0).code : code;
}

/* --- the emulator's step --- */

static uint32_t step(const struct dot_plan *p, const struct line *l, uint32_t c)
{
    struct dot_scales sa = {p->a.scale, l->scale_a, p->a.block, 1},
                      sb = {p->b.scale, l->scale_b, p->b.block, 1};
    struct dot_input in = {.a = {p->a.format, l->a, p->a.scale ? &sa : NULL},
                           .b = {p->b.format, l->b, p->b.scale ? &sb : NULL},
                           .n = (size_t)p->lanes,
                           .c = &c};
    return dot_product(&p->step, &in, NULL);
}

/* A product in units of 2^q: below 2^127, for the register has fewer bits. */
static __int128 in_units(struct number x, int32_t q)
{
    if (x.class != NUMBER_FINITE)
        return 0;
    int32_t up = x.exponent - q;
    __int128 n = up >= 0 ? (__int128)x.significand << up : (__int128)(x.significand >> -up);
    return x.negative ? -n : n;
}

/* What a product with a NaN or an infinity adds, though nobody looks at it: the digits of its fields. */
static __int128 digits_of(const struct dot_plan *p, struct rtl_code a, struct rtl_code b)
{
    int up = (int)a.exp + (int)b.exp - p->a.least - p->b.least;
    unsigned __int128 n = (unsigned __int128)((uint64_t)a.sig * b.sig);
    n = up < 0 ? n >> -up : n << up;
    n &= ((unsigned __int128)1 << p->product_bits) - 1;
    return a.sign != b.sign ? -(__int128)n : (__int128)n;
}

/* The products of a line in the register's units; adds to its flags. */
static __int128 register_sum(const struct dot_plan *p, const struct line *l, unsigned *flags)
{
    __int128 sum = 0;
    for (int i = 0; i < p->lanes; i++) {
        uint32_t events = 0;
        struct number x =
            p->step.product->multiply(&p->step.args, p->a.format, l->a[i], p->b.format, l->b[i], &events)
                .value;
        *flags |= x.class == NUMBER_NAN ? 4U : x.class == NUMBER_INF ? (x.negative ? 1U : 2U) : 0;
        sum += x.class > NUMBER_FINITE
                   ? digits_of(p, rtl_code_of(p->a.format, l->a[i]), rtl_code_of(p->b.format, l->b[i]))
                   : in_units(x, p->product_q);
    }
    return sum;
}

/* --- a line --- */

static void put_codes(struct rtl_vectors *v, const uint32_t *codes, int n, const struct format *f)
{
    for (int i = n - 1; i >= 0; i--)
        rtl_put(v, codes[i], f->bits);
}

static void put_wide(struct rtl_vectors *v, uint64_t high, uint64_t low, int bits)
{
    if (bits > 64)
        rtl_put(v, high, bits - 64);
    rtl_put(v, low, bits > 64 ? 64 : bits);
}

static void put(struct drawing *d, const struct line *l)
{
    const struct dot_plan *p = d->p;
    const int acc = dot_acc_bits(p), flags = dot_flag_bits(p);
    put_codes(d->v, l->a, p->lanes, p->a.format);
    put_codes(d->v, l->b, p->lanes, p->b.format);
    if (p->a.scale) {
        put_codes(d->v, l->scale_a, p->a.scales, p->a.scale);
        put_codes(d->v, l->scale_b, p->b.scales, p->b.scale);
    }
    if (flags)
        rtl_put(d->v, l->flags, flags);
    put_wide(d->v, l->high, l->low, acc);
    if (p->kind == DOT_REGISTER) {
        unsigned out = l->flags;
        unsigned __int128 c = (unsigned __int128)l->high << 64 | l->low;
        c += (unsigned __int128)register_sum(p, l, &out);
        if (flags)
            rtl_put(d->v, out, flags);
        put_wide(d->v, (uint64_t)(c >> 64), (uint64_t)c, acc);
    } else {
        rtl_put(d->v, step(p, l, (uint32_t)l->low), acc);
    }
    rtl_end(d->v);
}

/* --- drawn lines --- */

static void lanes(struct drawing *d, struct line *l, enum choice from)
{
    for (int i = 0; i < d->p->lanes; i++) {
        l->a[i] = choose(d, &d->a, from);
        l->b[i] = choose(d, &d->b, from);
    }
}

/* A code of lane i, of either operand. */
static void set_one(struct drawing *d, struct line *l, int i, enum choice from)
{
    if (draw(d, 2))
        l->a[i] = choose(d, &d->a, from);
    else
        l->b[i] = choose(d, &d->b, from);
}

/* Of `of` lanes about one is left, the others have a zero. */
static void thin(struct drawing *d, struct line *l, uint32_t of)
{
    for (int i = 0; i < d->p->lanes; i++)
        if (draw(d, of))
            set_one(d, l, i, ZERO);
}

/* Lanes in pairs that cancel, all but the last of an odd number. */
static void cancel(struct drawing *d, struct line *l)
{
    for (int i = 0; i + 1 < d->p->lanes; i += 2) {
        l->a[i + 1] = l->a[i];
        l->b[i + 1] = negated(d->p->b.format, l->b[i]);
        if (l->b[i + 1] == l->b[i])
            l->a[i + 1] = negated(d->p->a.format, l->a[i]);
    }
}

static void scales(struct drawing *d, struct line *l)
{
    static const enum choice from[] = {MIDDLE, MIDDLE, FINITE, SMALL, LARGE, MIDDLE, FINITE, ANY};
    if (!d->p->a.scale)
        return;
    enum choice a = from[draw(d, 8)], b = draw(d, 2) ? a : from[draw(d, 8)];
    for (int i = 0; i < d->p->a.scales; i++)
        l->scale_a[i] = choose(d, &d->scale_a, a);
    for (int i = 0; i < d->p->b.scales; i++)
        l->scale_b[i] = choose(d, &d->scale_b, b);
    if (draw(d, 16))
        return;
    if (draw(d, 2))
        l->scale_a[draw(d, (uint32_t)d->p->a.scales)] = choose(d, &d->scale_a, SPECIAL);
    else
        l->scale_b[draw(d, (uint32_t)d->p->b.scales)] = choose(d, &d->scale_b, SPECIAL);
}

static uint32_t any_code(struct drawing *d, const struct format *f)
{
    return rng_u32(d->seed, STREAM, d->count++) & format_code_mask(f);
}

/* An accumulator near what the lanes sum to, with the other sign or, rarely, the same: off by a few codes or
 * by some binades. */
static uint32_t near_sum(struct drawing *d, const struct line *l)
{
    const struct format *f = &d->p->step.acc;
    uint32_t c = negated(f, step(d->p, l, 0));
    if (!draw(d, 4))
        c = negated(f, c);
    int m = f->family == &family_float ? f->precision - 1 : 0;
    uint32_t kind = draw(d, 3);
    if (kind == 1)
        c += draw(d, 5) - 2;
    if (kind == 2)
        c = (c ^ (any_code(d, f) & ((UINT32_C(1) << m) - 1))) +
            ((draw(d, 2U * (uint32_t)d->p->step.fraction + 8) - (uint32_t)d->p->step.fraction - 4) << m);
    return c & format_code_mask(f);
}

/* Zeros, the ends of the subnormal and the normal numbers, infinities, NaN. */
static uint32_t special_code(struct drawing *d)
{
    const struct format *f = &d->p->step.acc;
    const struct rounding r = {.overflow = OVERFLOW_INFINITY};
    static const enum number_class classes[] = {NUMBER_ZERO, NUMBER_INF, NUMBER_NAN};
    bool negative = draw(d, 2);
    uint32_t which = draw(d, 6);
    struct number x = which < 3               ? (struct number){.class = classes[which]}
                      : which == 3            ? format_max(f)
                      : which == 4            ? format_min_positive(f)
                      : format_has_normals(f) ? format_min_normal(f)
                                              : format_max(f);
    x.negative = negative;
    uint32_t code = format_round(f, x, &r, 0).code;
    return which < 3 ? code : (code + draw(d, 3) - 1) & format_code_mask(f);
}

static void one_special(struct drawing *d, struct line *l)
{
    int i = (int)draw(d, (uint32_t)d->p->lanes);
    set_one(d, l, i, SPECIAL);
    if (!draw(d, 4))
        set_one(d, l, i, ZERO);
    if (!draw(d, 4))
        set_one(d, l, (int)draw(d, (uint32_t)d->p->lanes), SPECIAL);
}

static void drawn_lanes(struct drawing *d, struct line *l, int kind)
{
    static const enum choice from[] = {ANY,    FINITE, FINITE, FINITE, FINITE, FINITE, SMALL, LARGE,
                                       FINITE, FINITE, ZERO,   MIDDLE, FINITE, SMALL,  LARGE, FINITE};
    lanes(d, l, from[kind]);
    if (kind == 4 || kind == 12)
        thin(d, l, 8);
    if (kind == 5)
        thin(d, l, (uint32_t)d->p->lanes);
    if (kind == 3 || kind == 14)
        cancel(d, l);
    if (kind == 9)
        one_special(d, l);
}

static void register_start(struct drawing *d, struct line *l)
{
    const int bits = dot_acc_bits(d->p);
    unsigned ignored = 0;
    unsigned __int128 c = -(unsigned __int128)register_sum(d->p, l, &ignored);
    uint32_t kind = draw(d, 4);
    if (kind) {
        c = 0;
        for (int i = 0; i < 4; i++)
            c = c << 32 | rng_u32(d->seed, STREAM, d->count++);
        c >>= kind > 1 ? draw(d, 127) : 0;
    }
    c &= ((unsigned __int128)1 << bits) - 1;
    l->low = (uint64_t)c;
    l->high = (uint64_t)(c >> 64);
    l->flags = dot_flag_bits(d->p) && !draw(d, 4) ? draw(d, 8) : 0;
}

static void start(struct drawing *d, struct line *l, int kind)
{
    const struct format *f = &d->p->step.acc;
    if (d->p->kind == DOT_REGISTER)
        register_start(d, l);
    else if (kind == 8 || kind == 10 || kind == 14)
        l->low = special_code(d);
    else if (kind == 0 || kind == 1 || kind == 6)
        l->low = draw(d, 2) ? any_code(d, f) : any_code(d, f) >> draw(d, (uint32_t)f->bits);
    else
        l->low = near_sum(d, l);
}

static void drawn(struct drawing *d, struct line *l, int kind)
{
    drawn_lanes(d, l, kind);
    scales(d, l);
    start(d, l, kind);
    put(d, l);
}

/* Every pair of codes of one lane, each with an accumulator of another kind. */
static void pairs(struct drawing *d, struct line *l)
{
    const struct dot_plan *p = d->p;
    const int rounds = p->a.format->bits + p->b.format->bits > PAIRS_FLOAT ? 1 : 16;
    int kind = 0;
    for (uint32_t a = 0; a <= format_code_mask(p->a.format); a++)
        for (uint32_t b = 0; b <= format_code_mask(p->b.format); b++)
            for (int i = 0; i < rounds; i++) {
                l->a[0] = a;
                l->b[0] = b;
                scales(d, l);
                start(d, l, kind++ % 16);
                put(d, l);
            }
}

/* The inputs with the bits of n, the first port highest. */
static void every(struct drawing *d, struct line *l, uint32_t n)
{
    const struct dot_plan *p = d->p;
    const int acc = dot_acc_bits(p), b = p->b.format->bits;
    l->low = n & ((UINT32_C(1) << acc) - 1);
    for (int i = 0; i < p->lanes; i++) {
        l->b[i] = n >> (acc + i * b) & format_code_mask(p->b.format);
        l->a[i] = n >> (acc + p->lanes * b + i * p->a.format->bits) & format_code_mask(p->a.format);
    }
    put(d, l);
}

static void fill(struct drawing *d, struct line *l)
{
    const struct dot_plan *p = d->p;
    const int pair = p->a.format->bits + p->b.format->bits, bits = p->lanes * pair + dot_acc_bits(p);
    if (bits <= EVERY_BITS && !p->a.scale && !dot_flag_bits(p)) {
        for (uint32_t n = 0; n < UINT32_C(1) << bits; n++)
            every(d, l, n);
        return;
    }
    const bool rounds = p->kind == DOT_ALIGNED || p->kind == DOT_ONCE;
    const int lines = p->lanes == 1 ? LINES_ONE : p->lanes > WIDE ? LINES_WIDE : LINES;
    if (p->lanes == 1 && pair <= (rounds ? PAIRS_FLOAT : PAIRS_BITS))
        pairs(d, l);
    for (int i = 0; i < lines; i++)
        drawn(d, l, i % 16);
}

void dot_vectors(const struct rtl_spec *s, struct rtl_vectors *v)
{
    struct dot_plan p;
    dot_plan(s, &p);
    struct drawing d = {.p = &p, .v = v, .seed = s->seed};
    struct line l = {.low = 0};
    pool_of(p.a.format, &d.a);
    pool_of(p.b.format, &d.b);
    pool_of(p.a.scale, &d.scale_a);
    pool_of(p.b.scale, &d.scale_b);
    fill(&d, &l);
}
