/* Containment and double rounding against brute force and theorems. */
#include "tests/check.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "formats/algebra.h"
#include "formats/arith.h"
#include "tests/small.h"

/* --- containment --- */

static bool has(const struct small_values *v, uint64_t bits)
{
    for (size_t i = 0; i < v->n; i++)
        if (v->bits[i] == bits)
            return true;
    return false;
}

static void containment(void **state)
{
    (void)state;
    static struct format f[SMALL_FORMATS];
    struct small_values v[SMALL_FORMATS];
    size_t n = small_formats(f), contained = 0, pairs = 0;
    assert_true(n >= 60 && n <= SMALL_FORMATS);
    for (int specials = 0; specials < 2; specials++) {
        for (size_t i = 0; i < n; i++)
            v[i] = small_values(&f[i], specials);
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
            small_values_free(&v[i]);
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
    for (size_t i = 0; i < sizeof wide / sizeof *wide; i += WATCHED ? 4 : 1)
        for (size_t j = 0; j < sizeof in / sizeof *in; j++)
            for (int specials = WATCHED ? j % 2 : 0; specials < 2; specials += WATCHED ? 2 : 1) {
                struct format b = small_named(wide[i]), a = small_named(in[j]);
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
    struct format fixed = small_named("e0m21"), floating = small_named("e3m20");
    floating.bias = 7;
    floating.specials = SPECIALS_NAN;
    uint32_t last;
    assert_int_equal(algebra_contains(&floating, &fixed, false, &last), VERDICT_NO);
    assert_int_equal(last, 0x1fffff);
    floating.specials = SPECIALS_NONE;
    assert_int_equal(algebra_contains(&floating, &fixed, false, &last), VERDICT_YES);
    struct format posit32 = small_named("posit32"), fp32 = small_named("fp32"),
                  posit16 = small_named("posit16"), bf16 = small_named("bf16"),
                  takum = small_named("takum_lin32");
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
    static struct format f[SMALL_FORMATS];
    size_t n = small_formats(f), count[2] = {0};
    for (size_t a = 0; a < n; a++)
        for (size_t b = 0; b < n; b += WATCHED ? 21 : 7)
            for (size_t c = b % 5; c < n; c += 5) {
                struct rounding rb = {.mode = (enum round_mode)((a + b) % ROUND_SR),
                                      .overflow = (enum overflow_mode)((b + c) % OVERFLOW_MODES)};
                struct rounding rc = {.mode = (enum round_mode)((b + 2 * c) % ROUND_SR),
                                      .overflow = (enum overflow_mode)((a + c) % OVERFLOW_MODES)};
                rb.mode = a % 2 ? rb.mode : rc.mode;
                expect_via(&f[a], &f[(b + a) % n], rb, &f[c], rc, count);
            }
    const size_t least = WATCHED ? 300 : 1000;
    assert_true(count[0] > least && count[1] > least);
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
    for (size_t i = WATCHED ? 7 : 0; i < sizeof chains / sizeof *chains; i++) {
        struct format a = small_named(chains[i].a), b = small_named(chains[i].b),
                      c = small_named(chains[i].c);
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
    struct format a = small_named("e5m15"), b = small_named("e5m6"), c = small_named("e4m3");
    struct rounding odd = {.mode = ROUND_ODD}, rne = {.mode = ROUND_RNE};
    expect_via(&a, &b, odd, &c, rne, count);
    expect_via(&a, &b, rne, &c, rne, count);
    const size_t least = WATCHED ? 1 : 4;
    if (count[0] < least || count[1] < least)
        fail_msg("%zu safe, %zu not", count[1], count[0]);
    printf("# covered double rounding of wide formats: %zu chains safe, %zu not\n", count[1], count[0]);
}

static enum verdict chain(const char *a, const char *b, enum round_mode mb, const char *c, enum round_mode mc,
                          struct detour *d)
{
    struct format fa = small_named(a), fb = small_named(b), fc = small_named(c);
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
            struct format c = small_named(narrow[i]), b;
            char name[32];
            int p = extra ? c.precision + 1 : 2 * c.precision + 2;
            snprintf(name, sizeof name, "e8m%d", p - 1);
            b = small_named(name);
            size_t differ = 0;
            for (enum operation op = OPERATION_ADD; op <= OPERATION_DIV; op++)
                for (uint32_t x = 0; x <= format_code_mask(&c); x += WATCHED && c.bits > 7 ? 5 : 1)
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(containment),
        cmocka_unit_test(containment_of_wide),
        cmocka_unit_test(detours),
        cmocka_unit_test(detours_of_wide),
        cmocka_unit_test(theorems_of_detours),
        cmocka_unit_test(theorem_of_operations),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
