/* Units of dot products, quantizers and dequantizers without a simulator: what their vectors say, which cases
 * they reach, and what is refused. tests/check_rtl.sh runs them. */
#include "tests/check.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/arith/kulisch.h"
#include "sim/mac.h"
#include "sim/rtl/rtl.h"
#include "sim/scheme.h"

static struct quant_spec scheme_of(const char *text)
{
    struct quant_spec q;
    struct error e = {{0}};
    if (scheme_parse(text, &q, &e))
        fail_msg("%s", e.text);
    return q;
}

static struct rtl_spec spec_of(const char *mac, const char *a, const char *b)
{
    const struct quant_spec side[2] = {scheme_of(a), scheme_of(b ? b : a)};
    struct mac_spec m;
    struct rtl_spec s;
    struct error e = {{0}};
    if (mac ? mac_parse(mac, &m, &e) : rtl_spec_of_scheme(&side[0], &side[1], &s, &e))
        fail_msg("%s", e.text);
    if (mac)
        rtl_spec_of_mac(&m, &side[0], &side[1], &s);
    return s;
}

static const struct rtl_design *named(const char *name)
{
    const struct rtl_design *d = rtl_design_find(name);
    if (!d)
        fail_msg("no design %s", name);
    return d;
}

/* --- vectors, a line at a time --- */

struct reader {
    struct rtl_texts t;
    struct rtl_ports p;
    int bits;
    const char *line; /* before the first of its digits that bits has */
    uint64_t next;
};

static struct reader reader_of(const char *design, const struct rtl_spec *s)
{
    struct reader r = {.bits = 0};
    struct error e = {{0}};
    if (rtl_texts(named(design), s, "unit", &r.t, &e))
        fail_msg("%s", e.text);
    named(design)->ports(s, &r.p);
    for (int i = 0; i < r.p.n; i++)
        r.bits += r.p.port[i].bits;
    return r;
}

static bool take(struct reader *r)
{
    const size_t digits = (size_t)(r->bits + 3) / 4;
    if (r->next == r->t.lines) {
        rtl_texts_free(&r->t);
        return false;
    }
    r->line = r->t.vectors.text + r->next++ * (digits + 1);
    assert_int_equal(r->line[digits], '\n');
    return true;
}

/* Bits hi..hi-n+1 of the line, counted from its end. */
static uint64_t bits_at(const struct reader *r, int hi, int n)
{
    const int digits = (r->bits + 3) / 4;
    uint64_t value = 0;
    for (int i = hi; i > hi - n; i--) {
        const int c = (unsigned char)r->line[digits - 1 - i / 4];
        value = value << 1 | ((unsigned)(isdigit(c) ? c - '0' : c - 'a' + 10) >> (i % 4) & 1);
    }
    return value;
}

/* Element i, of n bits, of a port. */
static uint64_t element(const struct reader *r, const char *port, int i, int n)
{
    int hi = r->bits - 1;
    for (int k = 0; k < r->p.n; hi -= r->p.port[k++].bits)
        if (strcmp(r->p.port[k].name, port) == 0)
            return bits_at(r, hi - r->p.port[k].bits + n * (i + 1), n);
    fail_msg("no port %s", port);
    return 0;
}

static int port_bits(const struct reader *r, const char *port)
{
    for (int k = 0; k < r->p.n; k++)
        if (strcmp(r->p.port[k].name, port) == 0)
            return r->p.port[k].bits;
    return 0;
}

/* --- dot units --- */

/* What results of a unit were seen. */
struct seen {
    size_t nan, inf[2], zero[2], subnormal, largest, finite, like_c;
};

static void look(struct seen *seen, const struct format *f, uint32_t c, uint32_t d)
{
    struct number x = format_decode(f, d);
    seen->nan += x.class == NUMBER_NAN;
    seen->like_c += c == d;
    if (x.class == NUMBER_INF)
        seen->inf[x.negative]++;
    if (x.class == NUMBER_ZERO)
        seen->zero[x.negative]++;
    if (x.class != NUMBER_FINITE)
        return;
    seen->finite++;
    seen->subnormal += number_compare_magnitude(x, format_min_normal(f)) < 0;
    seen->largest += number_compare_magnitude(x, format_max(f)) == 0;
}

/* Vectors of float accumulators reach what a result can be. */
static void dot_vectors_reach_every_result(void **state)
{
    (void)state;
    static const struct {
        const char *mac, *a, *b;
        bool minus_zero; /* is among the results */
    } units[] = {
        {"h100_wgmma_fp8", "e5m2", NULL, false},
        {"tcgen05_mxf8", "mxfp8_e4m3", NULL, true},
        {"fused,group=4,fraction=10,acc=fp16,round=rne", "e4m3", "e5m2", false},
        {"fused,group=4,fraction=exact,acc=bf16,round=rdn", "e5m2", NULL, true},
        {"fused,group=16,presum=16,fraction=25,scales=unit,round=rne", "e2m1,block=16,scale=e4m3", NULL,
         false},
        {"sequential,acc=fp16", "e2m1", NULL, true},
    };
    size_t lines = 0;
    for (size_t i = WATCHED ? 2 : 0; i < sizeof units / sizeof *units; i++) {
        const struct rtl_spec s = spec_of(units[i].mac, units[i].a, units[i].b);
        const struct format *acc = &s.mac.acc;
        struct reader r = reader_of("dot", &s);
        struct seen seen = {0};
        lines += r.t.lines;
        while (take(&r))
            look(&seen, acc, (uint32_t)element(&r, "c", 0, acc->bits),
                 (uint32_t)element(&r, "d", 0, acc->bits));
        if (!seen.nan || !seen.inf[0] || !seen.inf[1] || !seen.zero[0] || !seen.subnormal || !seen.like_c ||
            !seen.largest || (units[i].minus_zero && !seen.zero[1]) || seen.finite < r.next / 3)
            fail_msg(
                "%s: of %zu lines %zu NaN, %zu and %zu Inf, %zu and %zu zero, %zu subnormal, %zu finite, "
                "%zu the largest, %zu the accumulator again",
                units[i].mac, (size_t)r.next, seen.nan, seen.inf[0], seen.inf[1], seen.zero[0], seen.zero[1],
                seen.subnormal, seen.finite, seen.largest, seen.like_c);
    }
    printf("# covered lines: %zu\n", lines);
}

/* Integers, by C's own. */
static void integer_units_add_and_wrap_or_saturate(void **state)
{
    (void)state;
    size_t lines = 0;
    for (int saturate = 0; saturate < 2; saturate++) {
        const struct rtl_spec s =
            spec_of(saturate ? "pairwise,acc=int9,overflow=saturate" : "sequential,acc=int9",
                    "int3,codes=twos,block=1", NULL);
        struct reader r = reader_of("dot", &s);
        while (take(&r)) {
            int a = (int)element(&r, "a", 0, 3), b = (int)element(&r, "b", 0, 3),
                c = (int)element(&r, "c", 0, 9);
            a -= a > 3 ? 8 : 0;
            b -= b > 3 ? 8 : 0;
            c -= c > 255 ? 512 : 0;
            int d = c + a * b;
            if (saturate)
                d = d > 255 ? 255 : d < -256 ? -256 : d;
            assert_int_equal(element(&r, "d", 0, 9), d & 511);
            lines++;
        }
    }
    assert_int_equal(lines, 2 << 15);
    printf("# covered lines: %zu\n", lines);
}

/* The text's "two's complement numbers times 2^q". */
static int register_unit(const char *text)
{
    const char *p = strstr(text, "times 2^");
    assert_non_null(p);
    return atoi(p + strlen("times 2^"));
}

static struct number register_value(const struct reader *r, const char *port, int q)
{
    const int bits = port_bits(r, port), low = bits > 64 ? 64 : bits;
    unsigned __int128 n = bits > 64 ? element(r, port, 0, bits) : element(r, port, 0, low);
    if (bits > 64) { /* its halves */
        int hi = r->bits - 1;
        for (int k = 0; strcmp(r->p.port[k].name, port) != 0; k++)
            hi -= r->p.port[k].bits;
        n = (unsigned __int128)bits_at(r, hi, bits - 64) << 64 | bits_at(r, hi - (bits - 64), 64);
    }
    if (n >> (bits - 1))
        n |= ~(unsigned __int128)0 << bits;
    return number_from_i128((__int128)n, q);
}

/* d is c and the product; of two registers so near their ends that the sum leaves them nothing is said. */
static void registers_hold_sums_exactly(void **state)
{
    (void)state;
    static const char *const pairs[][2] = {
        {"e4m3", "e4m3"}, {"int4", "int4"}, {"e2m1", "e3m2"}, {"e2m1", "int4"}};
    size_t lines = 0, left_out = 0;
    for (size_t i = WATCHED ? 1 : 0; i < sizeof pairs / sizeof *pairs; i++) {
        const struct rtl_spec s = spec_of("exact", pairs[i][0], pairs[i][1]);
        const struct format *fa = &s.scheme.element, *fb = &s.other.element;
        struct reader r = reader_of("dot", &s);
        const int q = register_unit(r.t.unit.text), top = port_bits(&r, "c") - 1;
        for (; take(&r); lines++) {
            struct number x = number_mul(format_decode(fa, (uint32_t)element(&r, "a", 0, fa->bits)),
                                         format_decode(fb, (uint32_t)element(&r, "b", 0, fb->bits)));
            struct number c = register_value(&r, "c", q), d = register_value(&r, "d", q),
                          sum = number_add(c, x);
            const bool leaves = sum.class == NUMBER_FINITE && number_exponent(sum) >= top + q;
            if (x.class == NUMBER_NAN) {
                assert_int_equal(element(&r, "d_flags", 0, 3) & 4, 4);
                continue;
            }
            left_out += leaves;
            if (!leaves && number_compare(sum, d) != 0)
                fail_msg("%s x %s: line %zu", pairs[i][0], pairs[i][1], (size_t)r.next);
        }
    }
    assert_true(left_out * 20 < lines);
    printf("# covered lines: %zu, left out at the ends: %zu\n", lines, left_out);
}

/* --- one value --- */

/* Codes are quotients rounded once; every code that rounding gives is seen, and every place where one code
 * changes into the next has both its sides under some scale. */
static void quantizers_change_codes_where_rounding_does(void **state)
{
    (void)state;
    static const char *const schemes[] = {"e4m3",
                                          "e2m1,block=32,scale=e8m0",
                                          "e2m3,round=rup,block=16,scale=ue4m3",
                                          "int4,block=16,scale=e4m3,round=rna",
                                          "nf4",
                                          "flint4,block=32,scale=e8m0,round=rdn",
                                          "posit8,block=32,scale=e8m0"};
    size_t lines = 0, changes = 0;
    for (size_t i = 0; i < sizeof schemes / sizeof *schemes; i++) {
        const struct rtl_spec s = spec_of(NULL, schemes[i], NULL);
        const struct format *f = &s.scheme.element, *scale = &s.scheme.scaling.scale;
        const bool scaled = s.scheme.scaling.per != PER_NONE;
        struct reader r = reader_of("quantizer", &s);
        bool seen[256] = {false}, beside[256] = {false};
        uint32_t last_x = 0, last_code = 0;
        for (; take(&r); lines++) {
            const uint32_t x = (uint32_t)element(&r, "x", 0, 32),
                           code = (uint32_t)element(&r, "code", 0, f->bits);
            struct number y = number_from_f32(f32_from_bits(x)), v = number_pow2(0);
            if (scaled)
                v = format_decode(scale, (uint32_t)element(&r, "scale", 0, scale->bits));
            if (v.class == NUMBER_FINITE)
                assert_int_equal(code, format_round(f, number_div(y, v), &s.scheme.rounding, 0).code);
            seen[code] = true;
            const bool neighbours = x + 1 == last_x || x - 1 == last_x || x - 2 == last_x;
            beside[code] |= neighbours && code != last_code;
            beside[last_code] |= neighbours && code != last_code;
            last_x = x;
            last_code = code;
        }
        for (uint32_t code = 0; code <= format_code_mask(f); code++) {
            const struct number y = format_decode(f, code);
            const bool made =
                y.class <= NUMBER_FINITE && format_round(f, y, &s.scheme.rounding, 0).code == code;
            if (made && y.class == NUMBER_FINITE && !(seen[code] && beside[code]))
                fail_msg("%s: code %x is not seen beside another", schemes[i], (unsigned)code);
            changes += made;
        }
    }
    printf("# covered lines: %zu, codes: %zu\n", lines, changes);
}

static void dequantizers_multiply(void **state)
{
    (void)state;
    static const char *const schemes[] = {"e5m2",   "e2m1,block=32,scale=e8m0", "int4,block=16,scale=e4m3",
                                          "lns4f3", "nf4,block=64,scale=ue4m3", "if4_int"};
    size_t lines = 0;
    for (size_t i = 0; i < sizeof schemes / sizeof *schemes; i++) {
        const struct rtl_spec s = spec_of(NULL, schemes[i], NULL);
        const struct format *f = &s.scheme.element, *scale = &s.scheme.scaling.scale;
        struct reader r = reader_of("dequantizer", &s);
        for (; take(&r); lines++) {
            struct number y = format_decode(f, (uint32_t)element(&r, "code", 0, f->bits));
            if (s.scheme.scaling.per != PER_NONE)
                y = number_mul(y, format_decode(scale, (uint32_t)element(&r, "scale", 0, scale->bits)));
            assert_int_equal(element(&r, "y", 0, 32), bits_from_f32(number_to_f32(y)));
        }
    }
    printf("# covered lines: %zu\n", lines);
}

/* --- what is refused --- */

static void refusals_say_why(void **state)
{
    (void)state;
    static const struct {
        const char *design, *mac, *a, *b, *why;
    } cases[] = {
        {"dot", "mi300_fp8", "e4m3fnuz", NULL, "lanes=2 and join="},
        {"dot", "fused,fraction=20,join=24", "e4m3", NULL, "lanes=2 and join="},
        {"dot", "fused,round=sr", "e4m3", NULL, "no random numbers"},
        {"dot", "fused,flip=0.1", "e4m3", NULL, "no random numbers"},
        {"dot", "fused,daz=yes", "e4m3", NULL, "daz=no"},
        {"dot", "fused,product=lmul_bits", "e4m3", NULL, "product=exact"},
        {"dot", "tcgen05", "int8", NULL, "do not have: presum=group"},
        {"dot", "fused,scales=unit", "e4m3", NULL, "scales of blocks"},
        {"dot", "fused,scales=unit,group=16,presum=16", "e4m3,block=8,scale=e8m0", NULL, "whole presums"},
        {"dot", "fused,scales=unit", "e4m3,block=16,scale=f32", NULL, "at most 8 bits"},
        {"dot", "fused,scales=unit", "e4m3,block=16,scale=e5m2", NULL, "without infinities"},
        {"dot", "fused,scales=dequantize", "e4m3,block=16,scale=e8m0", NULL, "scales=unit or none"},
        {"dot", "fused,scales=unit,fraction=exact", "e4m3,block=16,scale=e8m0", NULL, "have no unit"},
        {"dot", "sequential", "e4m3,block=16", NULL, "one lane and fma"},
        {"dot", "pairwise", "e4m3", NULL, "one lane and fma"},
        {"dot", "sequential,acc=int32", "e4m3", NULL, "takes integers"},
        {"dot", "sequential,acc=int32", "mxint8", NULL, "with its own point"},
        {"dot", "sequential,acc=int32,overflow=saturate", "int8,block=16", NULL, "in the order pairwise"},
        {"dot", "pairwise,acc=int16,overflow=saturate", "int8,block=16", NULL, "holds the sum"},
        {"dot", "exact", "takum_lin8", NULL, "at most 120 bits"},
        {"dot", "fused", "if4_int", NULL, "grid of powers of two"},
        {"quantizer", NULL, "nvfp4", NULL, "order=exact"},
        {"quantizer", NULL, "nvint4", NULL, "second level"},
        {"quantizer", NULL, "e4m3,round=sr", NULL, "no random numbers"},
        {"quantizer", NULL, "int4,block=32,zero_point=yes", NULL, "no zero point"},
        {"quantizer", NULL, "int8,per=tensor", NULL, "at most 8 bits"},
        {"quantizer", NULL, "nf4,block=32,scale=ue4m3", NULL, "powers of two"},
        {"quantizer", NULL, "e2m1,nan=max", NULL, NULL},
        {"dequantizer", NULL, "lns4f3,block=32,scale=e8m0", NULL, "take no scale"},
        {"dequantizer", NULL, "q4_0", NULL, "one element format"},
    };
    size_t n = 0;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const struct rtl_spec s = spec_of(cases[i].mac, cases[i].a, cases[i].b);
        const char *why = named(cases[i].design)->refuses(&s);
        if (!cases[i].why ? why != NULL : !why || !strstr(why, cases[i].why))
            fail_msg("%s of %s, %s: %s", cases[i].design, cases[i].mac ? cases[i].mac : "", cases[i].a,
                     why ? why : "not refused");
        n++;
    }
    printf("# covered cases: %zu\n", n);
}

/* A clocked unit keeps its accumulator: the register of appendix B is 12 bits wider than a product. */
static void accumulators_are_counted(void **state)
{
    (void)state;
    const struct rtl_spec fp8 = spec_of("exact", "e2m1", NULL), ada = spec_of("ada_fp8", "e4m3", NULL),
                          flags = spec_of("exact", "e4m3", NULL);
    const struct rtl_design *d = named("dot");
    /* 6 * 6 = 144 quarters have 8 bits, and a sign */
    assert_int_equal(d->register_bits(&fp8), 8 + 1 + 12);
    assert_int_equal(d->register_bits(&ada), 22);
    /* 448^2 = 200704 = 2^-18 times what has 36 bits; a sign; three flags */
    assert_int_equal(d->register_bits(&flags), 36 + 1 + 12 + 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(dot_vectors_reach_every_result),
        cmocka_unit_test(integer_units_add_and_wrap_or_saturate),
        cmocka_unit_test(registers_hold_sums_exactly),
        cmocka_unit_test(quantizers_change_codes_where_rounding_does),
        cmocka_unit_test(dequantizers_multiply),
        cmocka_unit_test(refusals_say_why),
        cmocka_unit_test(accumulators_are_counted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
