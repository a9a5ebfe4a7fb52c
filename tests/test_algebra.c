/* Containment, double rounding and exact accumulators against brute force and theorems. */
#include "tests/check.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "formats/algebra.h"
#include "formats/arith.h"
#include "formats/codebook.h"

static struct format named(const char *name)
{
    struct format f;
    if (!format_by_name(name, &f, NULL))
        fail_msg("no format %s", name);
    return f;
}

/* --- containment --- */

/* What a format holds, by codes alone: the binary64 patterns of values that rounding gives back, NaNs as one.
 */
struct values {
    size_t n;
    uint64_t *bits;
    uint32_t *codes;
};

static struct values values_of(const struct format *f, bool specials)
{
    static const struct rounding r = {.overflow = OVERFLOW_SATURATE_KEEP_INF};
    size_t codes = (size_t)format_code_mask(f) + 1;
    struct values v = {.bits = calloc(codes, sizeof *v.bits), .codes = calloc(codes, sizeof *v.codes)};
    for (uint32_t code = 0; code < codes; code++) {
        double x = format_value(f, code);
        double y = format_value(f, format_round(f, format_decode(f, code), &r, 0).code);
        if (!isnan(x) && x != y)
            continue;
        if (!specials && !isfinite(x))
            continue;
        v.bits[v.n] = isnan(x) ? 1 : bits_from_f64(specials ? x : x + 0.0);
        v.codes[v.n++] = code;
    }
    return v;
}

static void values_free(struct values *v)
{
    free(v->bits);
    free(v->codes);
}

static bool has(const struct values *v, uint64_t bits)
{
    for (size_t i = 0; i < v->n; i++)
        if (v->bits[i] == bits)
            return true;
    return false;
}

/* Formats of 8 bits or fewer: the registered ones and many by rule. */
static size_t small_formats(struct format *out)
{
    static const char *const by_rule[] = {
        "e3m1",         "e2m2",   "e5m1",         "e4m2",         "e6m1",         "e1m6,",
        "ue4m4",        "ue3m2",  "int3",         "int5",         "int7",         "posit5",
        "posit8es0",    "posit6", "p3109_k6p3se", "p3109_k8p4sf", "p3109_k8p5ue", "p3109_k4p2sf",
        "p3109_k8p1uf", "nf3",    "lns2f3"};
    size_t n = 0;
    for (size_t i = 0; i < format_count(); i++)
        if (format_at(i)->bits <= 8)
            out[n++] = *format_at(i);
    for (size_t i = 0; i < sizeof by_rule / sizeof *by_rule; i++)
        if (format_by_name(by_rule[i], &out[n], NULL))
            n++;
    return n;
}

enum { MOST_FORMATS = 160 };

static void containment(void **state)
{
    (void)state;
    static struct format f[MOST_FORMATS];
    struct values v[MOST_FORMATS];
    size_t n = small_formats(f), contained = 0, pairs = 0;
    assert_true(n >= 60 && n <= MOST_FORMATS);
    for (int specials = 0; specials < 2; specials++) {
        for (size_t i = 0; i < n; i++)
            v[i] = values_of(&f[i], specials);
        for (size_t a = 0; a < n; a++)
            for (size_t b = 0; b < n; b++, pairs++) {
                uint32_t code = 0;
                size_t first = 0;
                while (first < v[b].n && has(&v[a], v[b].bits[first]))
                    first++;
                enum verdict got = algebra_contains(&f[a], &f[b], specials, &code);
                if (got != (first == v[b].n ? VERDICT_YES : VERDICT_NO) ||
                    (got == VERDICT_NO && code != v[b].codes[first]))
                    fail_msg("%s in %s%s: got %d at 0x%x", f[b].name, f[a].name, specials ? ", specials" : "",
                             (int)got, (unsigned)code);
                contained += got == VERDICT_YES;
            }
        for (size_t i = 0; i < n; i++)
            values_free(&v[i]);
    }
    assert_true(contained > 2 * n); /* not only every format in itself */
    printf("# covered containment: %zu pairs of %zu formats, %zu contained\n", pairs, n, contained);
}

/* Wide floats decided binade by binade, beside every code of theirs. */
static void containment_of_wide(void **state)
{
    (void)state;
    static const char *const wide[] = {"e5m15", "e8m12", "e4m17", "ue5m16", "e2m19"};
    static const char *const in[] = {"fp32",  "fp16",  "bf16", "e8m20", "e5m14", "e5m16", "e6m15",
                                     "e4m16", "int16", "e4m3", "e2m20", "e8m13", "posit8"};
    size_t no = 0, yes = 0;
    for (size_t i = 0; i < sizeof wide / sizeof *wide; i++)
        for (size_t j = 0; j < sizeof in / sizeof *in; j++)
            for (int specials = 0; specials < 2; specials++) {
                struct format b = named(wide[i]), a = named(in[j]);
                uint32_t code = 0, first = 0;
                enum verdict want = VERDICT_YES;
                for (uint64_t c = 0; c <= format_code_mask(&b) && want == VERDICT_YES; c++) {
                    struct number x = format_decode(&b, (uint32_t)c);
                    if (!specials && x.class >= NUMBER_INF)
                        continue;
                    x.negative = x.negative && (specials || x.class != NUMBER_ZERO);
                    if (algebra_holds(&a, x))
                        continue;
                    want = VERDICT_NO;
                    first = (uint32_t)c;
                }
                if (algebra_contains(&a, &b, specials, &code) != want ||
                    (want == VERDICT_NO && code != first))
                    fail_msg("%s in %s: code 0x%x, brute force 0x%x", b.name, a.name, (unsigned)code,
                             (unsigned)first);
                *(want == VERDICT_YES ? &yes : &no) += 1;
            }
    assert_true(yes >= 5 && no >= 5);
    printf("# covered containment of wide floats: %zu contained, %zu not\n", yes, no);
    /* No exponent field: one run of multiples, whose last value alone the other lacks. */
    struct format fixed = named("e0m21"), floating = named("e3m20");
    floating.bias = 7;
    floating.specials = SPECIALS_NAN;
    uint32_t last;
    assert_int_equal(algebra_contains(&floating, &fixed, false, &last), VERDICT_NO);
    assert_int_equal(last, 0x1fffff);
    floating.specials = SPECIALS_NONE;
    assert_int_equal(algebra_contains(&floating, &fixed, false, &last), VERDICT_YES);
    struct format posit32 = named("posit32"), fp32 = named("fp32"), posit16 = named("posit16"),
                  bf16 = named("bf16"), takum = named("takum_lin32");
    uint32_t code;
    assert_int_equal(algebra_contains(&fp32, &posit32, false, &code), VERDICT_NOT_COVERED);
    assert_int_equal(algebra_contains(&takum, &fp32, false, &code), VERDICT_NOT_COVERED);
    assert_int_equal(algebra_contains(&posit16, &fp32, false, &code), VERDICT_NO);
    assert_int_equal(algebra_contains(&posit32, &posit16, true, &code), VERDICT_YES);
    assert_int_equal(algebra_contains(&bf16, &posit32, false, &code), VERDICT_NO);
    assert_int_equal(algebra_contains(&fp32, &bf16, true, &code), VERDICT_YES);
}

/* --- double rounding --- */

static bool agree(const struct format *f, uint32_t a, uint32_t b)
{
    double x = format_value(f, a), y = format_value(f, b);
    return a == b || (isnan(x) && isnan(y));
}

/* Whether the magnitude of x lies below that of y, or is equal with x positive. */
static bool earlier(double x, double y)
{
    if (isnan(y))
        return true; /* NaN last; x is none */
    return fabs(x) < fabs(y) || (fabs(x) == fabs(y) && !signbit(x) && signbit(y));
}

/* Every code of a; format values fit binary64 here. */
static enum verdict brute_via(const struct format *a, const struct conversion *via,
                              const struct conversion *to, uint32_t *first)
{
    enum verdict v = VERDICT_YES;
    for (uint64_t c = 0; c <= format_code_mask(a); c++) {
        struct number x = format_decode(a, (uint32_t)c);
        uint32_t middle = format_round(via->to, x, &via->rounding, 0).code;
        uint32_t twice = format_round(to->to, format_decode(via->to, middle), &to->rounding, 0).code;
        uint32_t once = format_round(to->to, x, &to->rounding, 0).code;
        if (agree(to->to, twice, once))
            continue;
        if (v == VERDICT_YES || (!isnan(format_value(a, (uint32_t)c)) &&
                                 earlier(format_value(a, (uint32_t)c), format_value(a, *first))))
            *first = (uint32_t)c;
        v = VERDICT_NO;
    }
    return v;
}

static void expect_via(const struct format *a, const struct format *b, struct rounding rb,
                       const struct format *c, struct rounding rc, size_t count[2])
{
    struct conversion via = {b, rb}, to = {c, rc};
    struct detour d = {0};
    uint32_t first = 0;
    enum verdict want = brute_via(a, &via, &to, &first), got = algebra_via(a, &via, &to, &d);
    if (got != want || (got == VERDICT_NO && !agree(a, d.source, first)))
        fail_msg("%s via %s (%s, %s) to %s (%s, %s): got %d at 0x%x, brute force %d at 0x%x", a->name,
                 b->name, round_mode_names[rb.mode], overflow_mode_names[rb.overflow], c->name,
                 round_mode_names[rc.mode], overflow_mode_names[rc.overflow], (int)got, (unsigned)d.source,
                 (int)want, (unsigned)first);
    if (got == VERDICT_NO) {
        assert_int_equal(d.via, format_round(b, format_decode(a, d.source), &rb, 0).code);
        assert_int_equal(d.once, format_round(c, format_decode(a, d.source), &rc, 0).code);
        assert_false(agree(c, d.once, d.twice));
    }
    count[want == VERDICT_YES]++;
}

/* All triples of formats of 8 bits or fewer would take long: every format is each of the three often. */
static void detours(void **state)
{
    (void)state;
    static struct format f[MOST_FORMATS];
    size_t n = small_formats(f), count[2] = {0};
    for (size_t a = 0; a < n; a++)
        for (size_t b = 0; b < n; b += 7)
            for (size_t c = b % 5; c < n; c += 5) {
                struct rounding rb = {.mode = (enum round_mode)((a + b) % ROUND_SR),
                                      .overflow = (enum overflow_mode)((b + c) % OVERFLOW_MODES)};
                struct rounding rc = {.mode = (enum round_mode)((b + 2 * c) % ROUND_SR),
                                      .overflow = (enum overflow_mode)((a + c) % OVERFLOW_MODES)};
                rb.mode = a % 2 ? rb.mode : rc.mode;
                expect_via(&f[a], &f[(b + a) % n], rb, &f[c], rc, count);
            }
    assert_true(count[0] > 1000 && count[1] > 1000);
    printf("# covered double rounding: %zu chains safe, %zu not\n", count[1], count[0]);
}

static void detours_of_wide(void **state)
{
    (void)state;
    static const struct {
        const char *a, *b, *c;
    } chains[] = {
        {"e5m15", "fp16", "e4m3"},  {"e8m12", "e8m11", "fp16"},     {"e4m16", "posit16", "hif8"},
        {"e5m15", "int8", "e2m1"},  {"posit21", "fp16", "posit8"},  {"ue5m16", "e4m3fnuz", "e5m2fnuz"},
        {"e2m18", "ue4m3", "e8m0"}, {"takum_lin21", "e5m2", "nf4"},
    };
    size_t count[2] = {0}, n = 0;
    for (size_t i = 0; i < sizeof chains / sizeof *chains; i++) {
        struct format a = named(chains[i].a), b = named(chains[i].b), c = named(chains[i].c);
        /* One mode that composes with itself where the range agrees, and two of any kind. */
        for (int k = 0; k < 2; k++, n++) {
            static const enum round_mode composes[] = {ROUND_RTZ, ROUND_RUP, ROUND_RDN, ROUND_RAZ};
            struct rounding rb = {.mode = (enum round_mode)(n % ROUND_SR),
                                  .overflow = (enum overflow_mode)(n % OVERFLOW_MODES)};
            struct rounding rc = {.mode = (enum round_mode)((n + i) % ROUND_SR),
                                  .overflow = (enum overflow_mode)((n + i) % OVERFLOW_MODES),
                                  .nan = i % 2 ? NAN_TO_MAX : NAN_TO_ZERO};
            if (!k)
                rb = rc = (struct rounding){.mode = composes[i % 4]};
            expect_via(&a, &b, rb, &c, rc, count);
        }
    }
    /* Odd in between is innocent: the shortest way to the verdict "safe" with a range that agrees. */
    struct format a = named("e5m15"), b = named("e5m6"), c = named("e4m3");
    struct rounding odd = {.mode = ROUND_ODD}, rne = {.mode = ROUND_RNE};
    expect_via(&a, &b, odd, &c, rne, count);
    expect_via(&a, &b, rne, &c, rne, count);
    if (count[0] < 4 || count[1] < 4)
        fail_msg("%zu safe, %zu not", count[1], count[0]);
    printf("# covered double rounding of wide formats: %zu chains safe, %zu not\n", count[1], count[0]);
}

static enum verdict chain(const char *a, const char *b, enum round_mode mb, const char *c, enum round_mode mc,
                          struct detour *d)
{
    struct format fa = named(a), fb = named(b), fc = named(c);
    struct conversion via = {&fb, {.mode = mb}}, to = {&fc, {.mode = mc}};
    return algebra_via(&fa, &via, &to, d);
}

/* What is known: truncation composes; rounding to odd with two bits more composes with every mode (Boldo and
 * Melquiond, "Emulation of FMA and correctly rounded sums", IEEE TC 2008); an exact first step is none. */
static void theorems_of_detours(void **state)
{
    (void)state;
    struct detour d;
    /* The midpoint of 1 and 1.125 is 1.0625; bf16 keeps 7 fraction bits, so what exceeds it by less than 2^-8
     * falls on it, and the tie goes down to the even 1. The least case is the same between 0 and 2^-9. */
    assert_int_equal(chain("fp32", "bf16", ROUND_RNE, "e4m3", ROUND_RNE, &d), VERDICT_NO);
    assert_int_equal(d.source, 0x3a800001); /* 2^-10 and one ulp: once to 2^-9, by way of 2^-10 to 0 */
    assert_int_equal(d.via, 0x3a80);
    assert_int_equal(d.twice, 0);
    assert_int_equal(d.once, 1);
    assert_int_equal(chain("fp32", "fp16", ROUND_RNE, "e4m3", ROUND_RNE, &d), VERDICT_NO);
    assert_int_equal(chain("fp16", "fp32", ROUND_RNE, "e4m3", ROUND_RNE, &d), VERDICT_YES);
    assert_int_equal(chain("bf16", "fp32", ROUND_RNE, "e5m2", ROUND_RNA, &d), VERDICT_YES);
    assert_int_equal(chain("fp32", "tf32", ROUND_RTZ, "bf16", ROUND_RTZ, &d), VERDICT_YES);
    assert_int_equal(chain("fp32", "bf16", ROUND_RTZ, "e4m3", ROUND_RTZ, &d), VERDICT_YES);
    assert_int_equal(chain("fp32", "bf16", ROUND_RUP, "e4m3", ROUND_RUP, &d), VERDICT_YES);
    for (enum round_mode m = 0; m < ROUND_SR; m++) {
        if (chain("fp32", "bf16", ROUND_ODD, "e4m3", m, &d) != VERDICT_YES)
            fail_msg("odd, then %s: differs at 0x%x", round_mode_names[m], (unsigned)d.source);
        if (chain("fp32", "fp16", ROUND_ODD, "e4m3", m, &d) != VERDICT_YES)
            fail_msg("odd fp16, then %s: differs at 0x%x", round_mode_names[m], (unsigned)d.source);
    }
    /* One bit more is not enough. */
    assert_int_equal(chain("fp32", "e8m4", ROUND_ODD, "e4m3", ROUND_RNE, &d), VERDICT_NO);
    assert_int_equal(chain("posit32", "posit16", ROUND_RNE, "posit8", ROUND_RNE, &d), VERDICT_NO);
    assert_int_equal(chain("fp32", "bf16", ROUND_RNE, "fp32", ROUND_RNE, &d), VERDICT_NOT_COVERED);
    assert_int_equal(chain("bf16", "fp16", ROUND_RNE, "fp32", ROUND_RNE, &d), VERDICT_NO);
}

/* Sums, products and quotients of precision p rounded first to 2p + 2 bits of an ample range are those
 * rounded once (Figueroa, "When is Double Rounding Innocuous?", SIGNUM 1995); with p + 1 bits they are not.
 */
static void theorem_of_operations(void **state)
{
    (void)state;
    static const char *const narrow[] = {"e4m3", "e5m2", "e3m2", "e2m3", "e3m4", "e2m1"};
    size_t cases = 0, guilty = 0;
    for (size_t i = 0; i < sizeof narrow / sizeof *narrow; i++)
        for (int extra = 0; extra < 2; extra++) {
            struct format c = named(narrow[i]), b;
            char name[32];
            int p = extra ? c.precision + 1 : 2 * c.precision + 2;
            snprintf(name, sizeof name, "e8m%d", p - 1);
            b = named(name);
            size_t differ = 0;
            for (enum operation op = OPERATION_ADD; op <= OPERATION_DIV; op++)
                for (uint32_t x = 0; x <= format_code_mask(&c); x++)
                    for (uint32_t y = 0; y <= format_code_mask(&c); y++) {
                        static const struct rounding r = {.mode = ROUND_RNE, .overflow = OVERFLOW_INFINITY};
                        struct number u = format_decode(&c, x), v = format_decode(&c, y), zero = {0};
                        if ((op == OPERATION_DIV && number_div(u, v).class != NUMBER_FINITE) ||
                            u.class > NUMBER_FINITE || v.class > NUMBER_FINITE)
                            continue;
                        struct encoded wide = format_operate(&b, op, u, v, zero, &r, 0);
                        uint32_t twice = format_round(&c, format_decode(&b, wide.code), &r, 0).code;
                        uint32_t once = format_operate(&c, op, u, v, zero, &r, 0).code;
                        differ += !agree(&c, twice, once);
                        cases++;
                    }
            if (extra)
                guilty += differ > 0;
            else
                assert_int_equal(differ, 0);
        }
    assert_true(guilty >= 4);
    printf("# covered innocuous double rounding: %zu operations\n", cases);
}

/* --- exact products and sums --- */

/* The finite values of a format as multiples of its smallest bit. */
struct units {
    int lsb, n;
    long long v[256];
};

static bool units_of(const struct format *f, struct units *u)
{
    struct values v = values_of(f, false);
    bool fits = true;
    *u = (struct units){.lsb = 1 << 20};
    for (size_t i = 0; i < v.n; i++) {
        double x = f64_from_bits(v.bits[i]);
        int e;
        if (x == 0)
            continue;
        double m = frexp(x, &e);
        while (m != floor(m)) {
            m *= 2;
            e--;
        }
        while (floor(m / 2) == m / 2) {
            m /= 2;
            e++;
        }
        u->lsb = e < u->lsb ? e : u->lsb;
    }
    for (size_t i = 0; i < v.n && fits; i++) {
        double x = ldexp(f64_from_bits(v.bits[i]), -u->lsb);
        fits = fabs(x) < 0x1p30;
        if (fits)
            u->v[u->n++] = (long long)x;
    }
    values_free(&v);
    return fits;
}

static int bits_of(unsigned long long x)
{
    return x ? 64 - __builtin_clzll(x) : 0;
}

/* What a set of integers needs, member by member. */
struct brute_need {
    long long low, high;
    int precision, all_even; /* all_even: how many low bits no member has */
};

static void need_add(struct brute_need *b, long long x)
{
    unsigned long long m = (unsigned long long)(x < 0 ? -x : x);
    b->low = x < b->low ? x : b->low;
    b->high = x > b->high ? x : b->high;
    if (!x)
        return;
    int zeros = __builtin_ctzll(m), p = bits_of(m) - zeros;
    b->precision = p > b->precision ? p : b->precision;
    b->all_even = zeros < b->all_even ? zeros : b->all_even;
}

static int integer_bits(const struct brute_need *b)
{
    for (int w = 1; w < 63; w++)
        if (b->low >= 0 ? b->high < 1LL << w : b->low >= -(1LL << (w - 1)) && b->high < 1LL << (w - 1))
            return w;
    return 0;
}

/* Whether a float of x exponent and y fraction bits, every code a number, holds m * 2^lsb. */
static bool float_holds(int x, int y, long long m, int lsb)
{
    struct format f = {.family = &family_float,
                       .bits = 1 + x + y,
                       .exponent_bits = x,
                       .precision = y + 1,
                       .bias = (1 << (x - 1)) - 1,
                       .specials = SPECIALS_NONE};
    return algebra_holds(&f, number_make(m < 0, (uint64_t)(m < 0 ? -m : m), lsb));
}

static void check_need(const struct format *f, bool products, uint32_t terms, const struct brute_need *b,
                       int lsb, const long long *members, size_t n)
{
    struct exact_need need;
    assert_int_equal(algebra_exact(f, products, terms, &need), VERDICT_YES);
    bool right = need.lsb == lsb && need.integer_bits == integer_bits(b) && need.is_signed == (b->low < 0) &&
                 (need.precision == 0 || need.precision == b->precision) &&
                 need.top == lsb + bits_of((unsigned long long)(b->high > -b->low ? b->high : -b->low)) - 1;
    if (!right)
        fail_msg("%s%s x %u: lsb %d, top %d, %d integer bits, precision %d; brute force %d, %d, %d", f->name,
                 products ? " products" : "", (unsigned)terms, need.lsb, need.top, need.integer_bits,
                 need.precision, lsb, integer_bits(b), b->precision);
    if (!need.precision) { /* only sums of an even number of odd values */
        assert_true(terms % 2 == 0);
        return;
    }
    if (need.exponent_bits + need.fraction_bits > 26 || !members)
        return;
    /* It holds all of them, and no smaller one does. */
    for (size_t i = 0; i < n; i++)
        if (!float_holds(need.exponent_bits, need.fraction_bits, members[i], lsb))
            fail_msg("%s: e%dm%d lacks %lld", f->name, need.exponent_bits, need.fraction_bits, members[i]);
    int smaller = need.exponent_bits + need.fraction_bits - 1;
    for (int x = 1; x <= smaller && x <= 10; x++) {
        size_t i = 0;
        while (i < n && float_holds(x, smaller - x, members[i], lsb))
            i++;
        if (i == n)
            fail_msg("%s: e%dm%d is smaller and holds all", f->name, x, smaller - x);
    }
}

static void exact_products(void **state)
{
    (void)state;
    static struct format f[MOST_FORMATS];
    static long long members[65536];
    size_t n = small_formats(f), done = 0;
    for (size_t i = 0; i < n; i++) {
        struct units u;
        struct exact_need need;
        if (algebra_exact(&f[i], true, 1, &need) == VERDICT_NOT_COVERED || !units_of(&f[i], &u))
            continue;
        struct brute_need b = {.all_even = 64};
        size_t count = 0;
        for (int x = 0; x < u.n; x++)
            for (int y = 0; y <= x; y++) {
                members[count] = u.v[x] * u.v[y];
                need_add(&b, members[count++]);
            }
        assert_int_equal(b.all_even, 0);
        check_need(&f[i], true, 1, &b, 2 * u.lsb, members, count);
        done++;
    }
    assert_true(done >= 45);
    printf("# covered exact products: %zu formats, all pairs\n", done);
}

/* All sums of k members of a set, as a bitmap: reach[i] means that i - offset can be reached. */
static void exact_sums(void **state)
{
    (void)state;
    static struct format f[MOST_FORMATS];
    enum { ROOM = 1 << 21 };
    unsigned char *reach = malloc(ROOM), *next = malloc(ROOM);
    size_t n = small_formats(f), done = 0, undecided = 0;
    for (size_t i = 0; i < n; i++)
        for (int products = 0; products < 2; products++) {
            struct units u;
            struct exact_need need;
            if (algebra_exact(&f[i], products, 1, &need) == VERDICT_NOT_COVERED || !units_of(&f[i], &u))
                continue;
            static long long members[65536];
            size_t count = 0;
            long long most = 0;
            for (int x = 0; x < u.n; x++)
                for (int y = 0; y <= (products ? x : 0); y++) {
                    long long v = products ? u.v[x] * u.v[y] : u.v[x];
                    most = llabs(v) > most ? llabs(v) : most;
                    members[count++] = v;
                }
            memset(reach, 0, ROOM);
            reach[ROOM / 2] = 1;
            for (uint32_t k = 1; k <= 5 && (k + 1) * most < ROOM / 2; k++) {
                if ((double)count * (double)(2 * k) * (double)most > 3e8)
                    break;
                memset(next, 0, ROOM);
                long long span = (k - 1) * most;
                for (long long s = -span; s <= span; s++)
                    if (reach[ROOM / 2 + s])
                        for (size_t m = 0; m < count; m++)
                            next[ROOM / 2 + s + members[m]] = 1;
                struct brute_need b = {.all_even = 64, .low = INT64_MAX, .high = INT64_MIN};
                for (long long s = -span - most; s <= span + most; s++)
                    if (next[ROOM / 2 + s])
                        need_add(&b, s);
                check_need(&f[i], products, k, &b, (products ? 2 : 1) * u.lsb, NULL, 0);
                algebra_exact(&f[i], products, k, &need);
                undecided += need.precision == 0;
                done++;
                unsigned char *swap = reach;
                reach = next;
                next = swap;
            }
        }
    free(reach);
    free(next);
    assert_true(done >= 200);
    printf("# covered exact sums: %zu sums of formats and of products, by all sums; %zu floats undecided\n",
           done, undecided);
}

/* Known accumulators. */
static void known_accumulators(void **state)
{
    (void)state;
    struct exact_need need;
    struct format fp32 = named("fp32"), fp16 = named("fp16"), int8 = named("int8"), e4m3 = named("e4m3"),
                  bf16 = named("bf16"), lns = named("lns4f3"), posit32 = named("posit32"),
                  p16 = named("posit16");
    /* +-127 * 127 = 16129 in 15 bits; 2^16 of them in 31: the int32 accumulator of int8. */
    assert_int_equal(algebra_exact(&int8, true, 1, &need), VERDICT_YES);
    assert_int_equal(need.integer_bits, 15);
    assert_int_equal(algebra_exact(&int8, true, 1 << 16, &need), VERDICT_YES);
    assert_int_equal(need.integer_bits, 31);
    assert_int_equal(need.lsb, 0);
    /* binary64 holds products of binary32 but for their range: 48 bits of 2^-298 .. 2^256. */
    assert_int_equal(algebra_exact(&fp32, true, 1, &need), VERDICT_YES);
    assert_int_equal(need.precision, 48);
    assert_int_equal(need.lsb, -298);
    assert_int_equal(need.top, 255);
    assert_int_equal(need.integer_bits, 255 + 298 + 1 + 1); /* Kulisch without carry guard */
    assert_int_equal(algebra_exact(&fp16, true, 1, &need), VERDICT_YES);
    assert_int_equal(need.precision, 22);
    assert_int_equal(need.lsb, -48);
    assert_int_equal(need.integer_bits, 31 + 48 + 1 + 1);
    assert_int_equal(algebra_exact(&e4m3, true, 32, &need), VERDICT_YES);
    assert_int_equal(need.lsb, -18);
    assert_int_equal(need.integer_bits, 18 + 18 + 4 + 1 + 1); /* 32 * 448^2 = 1.53 * 2^22 */
    assert_int_equal(algebra_exact(&bf16, false, 1, &need), VERDICT_YES);
    assert_int_equal(need.precision, 8);
    assert_int_equal(need.lsb, -133);
    /* posit16: the quire of the standard has 16 * 16 bits, its least bit minpos^2 = 2^-112. */
    assert_int_equal(algebra_exact(&p16, true, 1, &need), VERDICT_YES);
    assert_int_equal(need.lsb, -112);
    assert_int_equal(need.integer_bits, 112 + 112 + 1 + 1);
    assert_int_equal(algebra_exact(&lns, true, 1, &need), VERDICT_NOT_COVERED);
    assert_int_equal(algebra_exact(&posit32, true, 1, &need), VERDICT_NOT_COVERED);
    /* Of -2, 1 and 3 two make 6 at most, and as odd sums 1 and -1: that says nothing of 6, which has two
     * bits. */
    static const float three[] = {-2, 1, 3};
    static const struct codebook book = {.n = 3, .values = three};
    struct format odd = {.name = "three", .family = &family_codebook, .bits = 2, .book = &book};
    assert_int_equal(algebra_exact(&odd, false, 2, &need), VERDICT_YES);
    assert_int_equal(need.precision, 0);
    assert_int_equal(need.exponent_bits, 0);
    assert_int_equal(need.integer_bits, 4);
    struct format fixed = named("e0m24");
    assert_int_equal(algebra_exact(&fixed, false, 1, &need), VERDICT_YES);
    assert_int_equal(need.precision, 24);
    assert_int_equal(algebra_exact(&fp32, true, ALGEBRA_TERMS_MAX, &need), VERDICT_YES);
    assert_int_equal(need.integer_bits, 255 + 298 + 1 + 1 + 32);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(containment),
        cmocka_unit_test(containment_of_wide),
        cmocka_unit_test(detours),
        cmocka_unit_test(detours_of_wide),
        cmocka_unit_test(theorems_of_detours),
        cmocka_unit_test(theorem_of_operations),
        cmocka_unit_test(exact_products),
        cmocka_unit_test(exact_sums),
        cmocka_unit_test(known_accumulators),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
