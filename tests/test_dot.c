/* Dot products against integers: every order, rounding and overflow, on small random formats. */
#include "tests/check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/arith/dot.h"
#include "sim/base/rng.h"
#include "sim/mac.h"
#include "tests/small.h"

/* --- the oracle: values are integers in units of 2^-POINT, sums of them exact --- */

enum { POINT = 64, TERMS = 40 };
typedef __int128 wide;

enum kind { FINITE, INFINITE, NOT_A_NUMBER };
struct value {
    enum kind kind;
    bool negative; /* also of zeros and infinities */
    wide n;        /* magnitude */
    int e;         /* binade, subnormal numbers at the least one */
};

/* The nonnegative finite values of a format in order, and the one that would come next. */
struct grid {
    const struct format *f;
    size_t n;
    wide *v;
    uint32_t *code;
    int least; /* exponent of the smallest normal */
};

static int binade(wide n)
{
    int e = -1;
    while (n) {
        n >>= 1;
        e++;
    }
    return e - POINT;
}

static wide units(double x)
{
    return (wide)(x * 0x1p40) * ((wide)1 << (POINT - 40));
}

static int by_value(const void *x, const void *y)
{
    const struct {
        wide v;
        uint32_t code;
    } *a = x, *b = y;
    return (a->v > b->v) - (a->v < b->v);
}

static struct grid grid_of(const struct format *f)
{
    struct {
        wide v;
        uint32_t code;
    } *all = calloc((size_t)format_code_mask(f) + 2, sizeof *all);
    struct grid g = {.f = f};
    for (uint32_t c = 0; c <= format_code_mask(f); c++) {
        struct number x = format_decode(f, c);
        if (x.class > NUMBER_FINITE || x.negative)
            continue;
        all[g.n].v = units(number_to_f64(x));
        all[g.n++].code = c;
    }
    qsort(all, g.n, sizeof *all, by_value);
    g.v = calloc(g.n + 1, sizeof *g.v);
    g.code = calloc(g.n + 1, sizeof *g.code);
    assert_true(all && g.v && g.code);
    for (size_t i = 0; i < g.n; i++) {
        g.v[i] = all[i].v;
        g.code[i] = all[i].code;
    }
    g.v[g.n] = 2 * g.v[g.n - 1] - g.v[g.n - 2];
    g.code[g.n] = g.code[g.n - 1] + 1;
    g.least = binade(units(number_to_f64(format_min_normal(f))));
    free(all);
    return g;
}

static void grid_free(struct grid *g)
{
    free(g->v);
    free(g->code);
}

static struct value value_of(const struct format *f, uint32_t code)
{
    struct number x = format_decode(f, code);
    struct value v = {.negative = x.negative};
    if (x.class > NUMBER_FINITE) {
        v.kind = x.class == NUMBER_INF ? INFINITE : NOT_A_NUMBER;
        return v;
    }
    v.n = units(number_to_f64(x));
    v.n = v.n < 0 ? -v.n : v.n;
    int least = binade(units(number_to_f64(format_min_normal(f)))), e = binade(v.n);
    v.e = e < least ? least : e;
    return v;
}

static struct value product(struct value x, struct value y)
{
    struct value p = {.negative = x.negative != y.negative};
    if (x.kind == NOT_A_NUMBER || y.kind == NOT_A_NUMBER)
        p.kind = NOT_A_NUMBER;
    else if (x.kind == INFINITE || y.kind == INFINITE)
        p.kind = (x.kind == FINITE && !x.n) || (y.kind == FINITE && !y.n) ? NOT_A_NUMBER : INFINITE;
    /* operands are multiples of 2^-20 */
    p.n = (x.n >> (POINT - 20)) * (y.n >> (POINT - 20)) * ((wide)1 << (POINT - 40));
    p.e = x.e + y.e;
    return p;
}

static wide signed_n(struct value x)
{
    return x.negative ? -x.n : x.n;
}

static struct value from(wide n)
{
    return (struct value){.n = n < 0 ? -n : n, .negative = n < 0};
}

static struct value add(struct value x, struct value y, enum round_mode mode)
{
    if (x.kind == NOT_A_NUMBER || y.kind == NOT_A_NUMBER)
        return (struct value){.kind = NOT_A_NUMBER};
    if (x.kind == INFINITE || y.kind == INFINITE) {
        struct value inf = x.kind == INFINITE ? x : y;
        if (x.kind == y.kind && x.negative != y.negative)
            inf.kind = NOT_A_NUMBER;
        return inf;
    }
    struct value s = from(signed_n(x) + signed_n(y));
    if (!s.n)
        s.negative = x.negative == y.negative ? x.negative : mode == ROUND_RDN;
    return s;
}

/* One accumulator under test. */
struct bench {
    const struct grid *g;
    enum round_mode mode;
    const char *overflow;
    bool fma;
    uint64_t seed, row, step;
};

static struct value special(const struct bench *b, enum kind kind, bool negative)
{
    const struct format *f = b->g->f;
    if (kind == INFINITE && format_has_inf(f))
        return (struct value){.kind = INFINITE, .negative = negative};
    if (kind == INFINITE && (!strcmp(b->overflow, "saturate") || !format_has_nan(f)))
        return (struct value){
            .n = b->g->v[b->g->n - 1], .negative = negative, .e = binade(b->g->v[b->g->n - 1])};
    return (struct value){.kind = format_has_nan(f) ? NOT_A_NUMBER : FINITE};
}

/* Whether the upper of two neighbours is taken, `low` of them `below` units away and `gap` apart. */
static bool upward(const struct bench *b, wide below, wide gap, bool odd, bool negative, uint32_t random)
{
    switch (b->mode) {
    case ROUND_RNE:
        return 2 * below > gap || (2 * below == gap && odd);
    case ROUND_RNA:
        return 2 * below >= gap;
    case ROUND_RNZ:
        return 2 * below > gap;
    case ROUND_RNO:
        return 2 * below > gap || (2 * below == gap && !odd);
    case ROUND_RUP:
        return below && !negative;
    case ROUND_RDN:
        return below && negative;
    case ROUND_RTZ:
        return false;
    case ROUND_RAZ:
        return below;
    case ROUND_ODD:
        return below && !odd;
    default: { /* gap is a power of two */
        int shift = binade(gap) + POINT - 32;
        wide part = shift >= 0 ? below >> shift : below * ((wide)1 << -shift);
        return part + random >= (wide)1 << 32;
    }
    }
}

/* The place of the largest value up to n; n may lie beyond the last. */
static size_t at_most(const struct grid *g, wide n)
{
    size_t low = 0, high = g->n;
    while (high - low > 1) {
        size_t middle = (low + high) / 2;
        if (g->v[middle] <= n)
            low = middle;
        else
            high = middle;
    }
    return low;
}

static struct value rounded(struct bench *b, struct value x)
{
    const struct grid *g = b->g;
    uint32_t random = b->mode == ROUND_SR ? rng_u32(b->seed, b->row, b->step) : 0;
    b->step++;
    if (x.kind != FINITE)
        return special(b, x.kind, x.negative);
    size_t low = at_most(g, x.n);
    bool beyond = x.n >= g->v[g->n];
    if (!beyond &&
        upward(b, x.n - g->v[low], g->v[low + 1] - g->v[low], g->code[low] & 1, x.negative, random))
        low++;
    beyond |= low == g->n;
    struct value r = {.n = g->v[low < g->n ? low : g->n - 1], .negative = x.negative};
    r.e = binade(r.n) < g->least ? g->least : binade(r.n);
    if (!beyond || !strcmp(b->overflow, "saturate"))
        return r;
    bool stays = b->mode == ROUND_RTZ || b->mode == ROUND_ODD || (b->mode == ROUND_RUP && x.negative) ||
                 (b->mode == ROUND_RDN && !x.negative);
    return stays && !strcmp(b->overflow, "ieee") ? r : special(b, INFINITE, x.negative);
}

static uint32_t code_of(const struct grid *g, struct value x)
{
    if (x.kind == NOT_A_NUMBER)
        return format_nan_code(g->f);
    uint32_t sign = x.negative ? UINT32_C(1) << (g->f->bits - 1) : 0;
    if (x.kind == INFINITE) /* the next code after the largest value's, in formats that have it */
        return sign | (g->code[g->n - 1] + 1);
    size_t low = at_most(g, x.n);
    assert_true(g->v[low] == x.n);
    return sign | g->code[low];
}

/* --- orders, straightforwardly --- */

static struct value plus(struct bench *b, struct value x, struct value y)
{
    return rounded(b, add(x, y, b->mode));
}

static struct value in_sequence(struct bench *b, const struct value *p, size_t n, size_t stride,
                                struct value s)
{
    for (size_t i = 0; i < n; i += stride) {
        struct value x = b->fma ? p[i] : rounded(b, p[i]);
        s = plus(b, s, x);
    }
    return s;
}

/* Level by level. Random numbers are drawn in another order there, so this is not for ROUND_SR. */
static struct value in_pairs(struct bench *b, const struct value *p, size_t n, struct value s)
{
    struct value level[TERMS];
    for (size_t i = 0; i < n; i++)
        level[i] = b->fma ? p[i] : rounded(b, p[i]);
    for (size_t m = n; m > 1; m = (m + 1) / 2)
        for (size_t i = 0; i < m; i += 2)
            level[i / 2] = i + 1 < m ? plus(b, level[i], level[i + 1]) : level[i];
    return n ? plus(b, s, level[0]) : s;
}

static wide cut(wide n, int shift, enum round_mode mode)
{
    if (shift <= 0)
        return n;
    wide unit = (wide)1 << shift, q = n / unit, rest = n % unit;
    if (mode == ROUND_RDN && rest < 0)
        q--;
    if (mode == ROUND_RNE && 2 * (rest < 0 ? -rest : rest) + (q & 1) > unit)
        q += rest < 0 ? -1 : 1;
    return q * unit;
}

static int top_of(const struct value *t, size_t n, size_t first, size_t stride)
{
    int e = -1000;
    for (size_t i = first; i < n; i += stride)
        e = t[i].n && t[i].e > e ? t[i].e : e;
    return e;
}

static wide aligned(const struct value *t, size_t n, size_t first, size_t stride, int e, int fraction,
                    enum round_mode mode)
{
    wide sum = 0;
    for (size_t i = first; i < n; i += stride)
        sum += cut(signed_n(t[i]), POINT + e - fraction, mode);
    return sum;
}

static int larger(int x, int y)
{
    return x > y ? x : y;
}

/* t[0 .. n-1] are products, t[n] is the accumulator. */
static struct value fused_sum(const struct mac_spec *m, const struct value *t, size_t n)
{
    struct value all = t[n];
    bool finite = t[n].kind == FINITE;
    for (size_t i = 0; i < n; i++) {
        finite &= t[i].kind == FINITE;
        all = add(all, t[i], ROUND_RNE);
    }
    if (!finite || !m->fraction)
        return all;
    int F = m->fraction;
    if (m->lanes == 1 && !m->join_fraction)
        return from(aligned(t, n + 1, 0, 1, top_of(t, n + 1, 0, 1), F, m->align));
    int e, ec = top_of(t, n + 1, n, 1);
    wide sum;
    if (m->lanes == 2) {
        int e0 = top_of(t, n, 0, 2), e1 = top_of(t, n, 1, 2);
        e = larger(e0, e1);
        sum = cut(aligned(t, n, 0, 2, e0, F, m->align), POINT + e - F, m->join_round) +
              cut(aligned(t, n, 1, 2, e1, F, m->align), POINT + e - F, m->join_round);
    } else {
        e = top_of(t, n, 0, 1);
        sum = aligned(t, n, 0, 1, e, F, m->align);
    }
    int E = larger(e, ec), F2 = m->join_fraction ? m->join_fraction : F;
    wide c = cut(signed_n(t[n]), POINT + E - F, m->join_fraction ? m->join_round : m->align);
    return from(cut(sum, POINT + E - F2, m->join_round) +
                (m->join_fraction ? c : cut(c, POINT + E - F, m->join_round)));
}

static struct value in_groups(struct bench *b, const struct mac_spec *m, const struct value *p, size_t n,
                              struct value s)
{
    bool used[TERMS] = {false};
    for (size_t done = 0; done < n;) {
        struct value t[TERMS + 1];
        size_t k = 0, span = m->take == MAC_TAKE_PAIRS ? 2 * m->group : m->group;
        /* the terms of the first span that is not used up, by the rule of their place */
        size_t base = done / span * span;
        bool second = m->take == MAC_TAKE_PAIRS;
        for (size_t i = base; i < base + span && i < n && second; i++)
            second = used[i] || i % 4 >= 2;
        for (size_t i = base; i < base + span && i < n; i++)
            if (!used[i] && (m->take == MAC_TAKE_CONSECUTIVE || (i % 4 >= 2) == second)) {
                used[i] = true;
                t[k++] = p[i];
            }
        done += k;
        t[k] = s;
        s = rounded(b, fused_sum(m, t, k));
    }
    return s;
}

static struct value in_order(struct bench *b, const struct mac_spec *m, const struct value *p, size_t n,
                             struct value s)
{
    if (!n)
        return s;
    if (m->order == MAC_PAIRWISE)
        return in_pairs(b, p, n, s);
    if (m->order == MAC_FUSED)
        return in_groups(b, m, p, n, s);
    if (m->order == MAC_SEQUENTIAL)
        return in_sequence(b, p, n, 1, s);
    size_t length = (n + m->parts - 1) / m->parts;
    for (size_t part = 0; part < m->parts; part++) {
        struct value zero = {.kind = FINITE}, sum = zero;
        if (m->layout == MAC_INTERLEAVED && part < n)
            sum = in_sequence(b, p + part, n - part, m->parts, zero);
        else if (m->layout == MAC_CONTIGUOUS && part * length < n)
            sum = in_sequence(b, p + part * length,
                              larger(0, (int)(n - part * length)) < (int)length ? n - part * length : length,
                              1, zero);
        else
            continue;
        s = plus(b, s, sum);
    }
    return s;
}

static struct value plus_outer(struct bench *b, const struct mac_spec *m, struct value x, struct value y)
{
    enum round_mode inner = b->mode;
    b->mode = m->outer_round.mode;
    struct value s = plus(b, x, y);
    b->mode = inner;
    return s;
}

static struct value expected(struct bench *b, const struct mac_spec *m, const struct value *p, size_t n,
                             const struct value *c)
{
    struct value zero = {.kind = FINITE}, s = c && m->c == MAC_C_FIRST ? *c : zero;
    if (m->order == MAC_EXACT) {
        struct value sum = c ? *c : (struct value){.negative = true};
        bool any = c != NULL;
        for (size_t i = 0; i < n; i++, any = true)
            sum = add(sum, p[i], ROUND_RNE);
        return any ? sum : zero;
    }
    if (m->promote)
        for (size_t i = 0; i < n; i += m->promote)
            s = plus_outer(b, m, s, in_order(b, m, p + i, n - i < m->promote ? n - i : m->promote, zero));
    else
        s = in_order(b, m, p, n, s);
    if (!c || m->c != MAC_C_LAST)
        return s;
    return m->promote ? plus_outer(b, m, s, *c) : plus(b, s, *c);
}

/* --- comparing --- */

static const char *const orders[] = {
    "exact",
    "sequential",
    "sequential,c=last",
    "sequential,fma=no",
    "pairwise,fma=no,promote=4",
    "sequential,promote=3",
    "sequential,promote=8,c=last",
    "blocked,promote=4",
    "sequential,promote=5,outer_round=rtz",
    "odd-even,promote=6,outer_round=rup,c=last",
    "pairwise",
    "pairwise,promote=4",
    "pairwise,promote=7,c=last",
    "odd-even",
    "odd-even,c=last",
    "split,parts=3",
    "split,parts=5,layout=interleaved",
    "split,parts=4,promote=11",
    "fused,group=4,fraction=3",
    "fused,group=8,fraction=6,align=rdn",
    "fused,group=8,fraction=5,align=rne,c=last",
    "fused,group=5,fraction=exact",
    "fused,group=1,fraction=2",
    "fused,group=4,fraction=4,take=pairs",
    "fused,group=4,fraction=4,take=pairs,promote=8",
    "fused,group=8,fraction=4,lanes=2",
    "fused,group=8,fraction=4,lanes=2,join=7,join_round=rdn",
    "fused,group=8,fraction=5,join=5",
    "fused,group=4,fraction=4,join=9,join_round=rdn",
};
enum { ORDERS = sizeof orders / sizeof *orders };

static const char *const accumulators[] = {"e5m2", "e4m3", "e4m3ieee", "e5m4", "e4m6", "fp16", "e5m7"};
enum { ACCUMULATORS = sizeof accumulators / sizeof *accumulators };
static const char *const overflows[] = {"ieee", "infinity", "saturate"};
static const char *const operands[] = {"e4m3", "e5m2", "e2m1", "e3m2", "e4m3ieee"};
enum { OPERANDS = sizeof operands / sizeof *operands };

struct draw {
    uint64_t seed, at;
};

static uint32_t draw(struct draw *d, uint32_t below)
{
    return (uint32_t)((uint64_t)rng_u32(d->seed, 77, d->at++) * below >> 32);
}

/* A code; most of them finite and moderate, so that sums cancel. */
static uint32_t draw_code(struct draw *d, const struct format *f)
{
    uint32_t c = draw(d, format_code_mask(f) + 1);
    if (draw(d, 60) == 0)
        return c;
    while (format_decode(f, c).class > NUMBER_FINITE)
        c = draw(d, format_code_mask(f) + 1);
    return c;
}

static void one_row(struct draw *d, const struct mac_spec *m, struct bench *b, const struct format *fa,
                    const struct format *fb, const char *text)
{
    uint32_t x[TERMS], y[TERMS], c = draw_code(d, b->g->f);
    struct value p[TERMS], addend = value_of(b->g->f, c);
    size_t n = draw(d, 4) ? draw(d, TERMS + 1) : draw(d, 5);
    bool has_c = draw(d, 3) != 0;
    for (size_t i = 0; i < n; i++) {
        x[i] = draw_code(d, fa);
        y[i] = draw_code(d, fb);
        p[i] = product(value_of(fa, x[i]), value_of(fb, y[i]));
    }
    b->seed = d->seed;
    b->row = d->at;
    b->step = 0;
    struct value sum = expected(b, m, p, n, has_c ? &addend : NULL);
    uint32_t want = code_of(b->g, rounded(b, sum));
    struct dot_stats stats = {0};
    struct dot_input in = {{fa, x, NULL}, {fb, y, NULL}, n, has_c ? &c : NULL, b->seed, b->row};
    uint32_t got = dot_product(m, &in, &stats);
    if (got != want)
        fail_msg("%s: %s x %s, seed %llu at %llu, n %zu, c %d: got %x, expected %x", text, fa->name, fb->name,
                 (unsigned long long)d->seed, (unsigned long long)b->row, n, has_c, got, want);
    assert_int_equal(stats.roundings, b->step);
}

static void orders_by_integers(void **state)
{
    (void)state;
    size_t rows = 0, specs = 0, mode_rows[ROUND_MODES] = {0};
    struct draw d = {.seed = 20};
    for (size_t a = 0; a < ACCUMULATORS; a++) {
        struct format f = small_named(accumulators[a]);
        struct grid g = grid_of(&f);
        for (size_t o = 0; o < ORDERS; o++)
            for (int mode = 0; mode < ROUND_MODES; mode++, specs++) {
                bool exact = !strcmp(orders[o], "exact");
                if (mode == ROUND_SR && strstr(orders[o], "pairwise"))
                    continue;
                const char *overflow = overflows[draw(&d, 3)], *r = round_mode_names[mode];
                char text[200];
                snprintf(text, sizeof text, "%s,overflow=%s,%s=%s,%s=%s", orders[o], overflow,
                         exact ? "out" : "acc", f.name, exact ? "out_round" : "round", r);
                struct mac_spec m;
                struct error e = {{0}};
                if (mac_parse(text, &m, &e))
                    fail_msg("%s", e.text);
                struct bench b = {.g = &g, .mode = (enum round_mode)mode, .overflow = overflow, .fma = m.fma};
                for (int i = 0; i < (WATCHED ? 4 : 20); i++, rows++, mode_rows[mode]++) {
                    struct format fa = small_named(operands[draw(&d, OPERANDS)]);
                    struct format fb = small_named(operands[draw(&d, OPERANDS)]);
                    one_row(&d, &m, &b, &fa, &fb, text);
                }
            }
        grid_free(&g);
    }
    printf("# covered specs: %zu, rows: %zu; orders: %d, accumulators: %d\n", specs, rows, ORDERS,
           ACCUMULATORS);
    for (int mode = 0; mode < ROUND_MODES; mode++) {
        printf("# covered round=%s: %zu rows\n", round_mode_names[mode], mode_rows[mode]);
        assert_true(mode_rows[mode]);
    }
}

/* Integer accumulators: sums modulo 2^w, or clamped at each step. */
static void integers(void **state)
{
    (void)state;
    struct draw d = {.seed = 5};
    struct format f = small_named("int8");
    size_t rows = 0, overflows_seen = 0;
    for (int w = 8; w <= 32; w += 3)
        for (int saturate = 0; saturate < 2; saturate++)
            for (int row = 0; row < (WATCHED ? 20 : 300); row++, rows++) {
                char text[64];
                snprintf(text, sizeof text, "sequential,acc=int%d,overflow=%s", w,
                         saturate ? "saturate" : "wrap");
                struct mac_spec m;
                assert_int_equal(mac_parse(text, &m, NULL), STATUS_OK);
                uint32_t a[TERMS], b[TERMS], c = rng_u32(1, 2, rows) & (uint32_t)((UINT64_C(1) << w) - 1);
                int64_t low = -(INT64_C(1) << (w - 1)), high = -low - 1, sum = c, beyond = 0;
                sum = sum > high ? sum + 2 * low : sum;
                for (int i = 0; i < TERMS; i++) {
                    a[i] = draw(&d, 256);
                    b[i] = draw(&d, 256);
                    sum += (int64_t)(int8_t)a[i] * (int8_t)b[i];
                    beyond += sum < low || sum > high;
                    if (saturate)
                        sum = sum < low ? low : sum > high ? high : sum;
                    while (sum < low || sum > high)
                        sum += sum < low ? -2 * low : 2 * low;
                }
                struct dot_stats stats = {0};
                struct dot_input in = {{&f, a, NULL}, {&f, b, NULL}, TERMS, &c, 0, 0};
                uint32_t got = dot_product(&m, &in, &stats);
                assert_int_equal(got, (uint32_t)sum & (uint32_t)((UINT64_C(1) << w) - 1));
                assert_int_equal(saturate ? stats.saturated : stats.wrapped, (uint64_t)beyond);
                assert_int_equal(saturate ? stats.wrapped : stats.saturated, 0);
                overflows_seen += (size_t)beyond;
            }
    printf("# covered integer rows: %zu, overflows: %zu\n", rows, overflows_seen);
    assert_true(overflows_seen);
}

/* A fixed-point accumulator of floats: point= fraction bits, multiples of which are rounded. */
static void fixed_point(void **state)
{
    (void)state;
    struct draw d = {.seed = 6};
    struct format f = small_named("e4m3");
    struct mac_spec m;
    assert_int_equal(mac_parse("sequential,acc=int12,point=4,round=rdn", &m, NULL), STATUS_OK);
    for (int row = 0; row < 500; row++) {
        uint32_t a[TERMS], b[TERMS];
        int64_t sum = 0;
        for (int i = 0; i < TERMS; i++) {
            do
                a[i] = draw(&d, 256);
            while (format_decode(&f, a[i]).class > NUMBER_FINITE);
            do
                b[i] = draw(&d, 256);
            while (format_decode(&f, b[i]).class > NUMBER_FINITE);
            int64_t p = (int64_t)(format_value(&f, a[i]) * format_value(&f, b[i]) * 0x1p18); /* exact */
            sum += p >> 14;                                                                  /* floor */
        }
        struct dot_input in = {{&f, a, NULL}, {&f, b, NULL}, TERMS, NULL, 0, 0};
        assert_int_equal(dot_product(&m, &in, NULL), (uint32_t)sum & 0xfff);
    }
    printf("# covered fixed-point rows: 500\n");
}

/* A product far above an accumulator that wraps leaves its low bits alone. */
static void far_products(void **state)
{
    (void)state;
    const struct format *f = format_find("fp32");
    uint32_t a[3] = {0x40400000, 0x71800000, 0x40000000},
             b[3] = {0x40a00000, 0x71800001, 0x40400000}; /* 3, 2^100, 2 */
    struct mac_spec m;
    assert_int_equal(mac_parse("sequential,acc=int16", &m, NULL), STATUS_OK);
    struct dot_stats stats = {0};
    struct dot_input in = {{f, a, NULL}, {f, b, NULL}, 3, NULL, 0, 0};
    assert_int_equal(dot_product(&m, &in, &stats), 3 * 5 + 2 * 3);
    assert_int_equal(stats.wrapped, 1);
    assert_int_equal(mac_parse("sequential,acc=int16,overflow=saturate", &m, NULL), STATUS_OK);
    assert_int_equal(dot_product(&m, &in, &stats), 0x7fff);
    /* and one that lies within: 2^40 + 5 */
    uint32_t c[2] = {0x53800000, 0x40a00000}, one[2] = {0x3f800000, 0x3f800000};
    assert_int_equal(mac_parse("sequential,acc=int20", &m, NULL), STATUS_OK);
    in = (struct dot_input){{f, c, NULL}, {f, one, NULL}, 2, NULL, 0, 0};
    assert_int_equal(dot_product(&m, &in, NULL), 5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(orders_by_integers),
        cmocka_unit_test(integers),
        cmocka_unit_test(fixed_point),
        cmocka_unit_test(far_products),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
