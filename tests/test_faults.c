/* Faults of accumulators: which bits flip, how often, and that nothing else changes. */
#include "tests/check.h"

#include <stdio.h>
#include <string.h>

#include "sim/arith/dot.h"
#include "sim/base/rng.h"
#include "sim/mac.h"
#include "tests/small.h"

static struct mac_spec parsed(const char *text)
{
    struct mac_spec m;
    struct error e = {{0}};
    if (mac_parse(text, &m, &e))
        fail_msg("%s", e.text);
    return m;
}

enum { N = 24 };

static struct {
    uint32_t a[N], b[N];
} row;

static struct dot_input input(const struct format *f, uint64_t seed, uint64_t stream)
{
    for (uint32_t i = 0; i < N; i++) {
        row.a[i] = rng_u32(9, 1, i) % 0x7f;
        row.b[i] = rng_u32(9, 2, i) % 0x7f;
    }
    return (struct dot_input){{f, row.a, NULL}, {f, row.b, NULL}, N, NULL, seed, stream};
}

/* The definition again, from numbers alone: which bits of rounding `step` flip. */
static uint32_t mask_of(double p, int bits, uint64_t seed, uint64_t stream, uint64_t step)
{
    uint32_t mask = 0;
    for (int bit = 0; bit < bits; bit++) {
        uint64_t at = 4 * (16 * step + (uint64_t)bit / 2) + 2 * ((uint64_t)bit % 2);
        double high = rng_u32(seed, stream ^ DOT_STREAM_FAULTS, at);
        double low = rng_u32(seed, stream ^ DOT_STREAM_FAULTS, at + 1);
        /* 64 bits are not all held here; p is a multiple of 2^-8, so the first ones decide */
        mask |= (uint32_t)((high + low * 0x1p-32) * 0x1p-32 < p) << bit;
    }
    return mask;
}

static void none(void **state)
{
    static const char *const texts[] = {"sequential,acc=fp16", "pairwise", "split,parts=3,acc=int20",
                                        "fused,group=4",       "exact",    "sequential,promote=4,outer=bf16"};
    (void)state;
    struct format e4m3 = small_named("e4m3"), int8 = small_named("int8");
    for (size_t t = 0; t < sizeof texts / sizeof *texts; t++) {
        char with[128], one[MAC_TEXT_SIZE], two[MAC_TEXT_SIZE];
        snprintf(with, sizeof with, "%s,flip=0", texts[t]);
        struct mac_spec m = parsed(texts[t]), zero = parsed(with);
        mac_identity(&m, one);
        mac_identity(&zero, two);
        assert_string_equal(one, two);
        assert_true(!mac_spec_is_stochastic(&zero));
        const struct format *f = strstr(texts[t], "int20") ? &int8 : &e4m3;
        for (uint64_t s = 0; s < 8; s++) {
            struct dot_stats stats = {0};
            struct dot_input in = input(f, s, s), fixed = input(f, 0, 0);
            assert_int_equal(dot_product(&zero, &in, &stats), dot_product(&m, &fixed, NULL));
            assert_int_equal(stats.flipped, 0);
        }
    }
}

/* Accumulators that are integers and floats, one term after the other. */
static void replayed(void **state)
{
    static const struct {
        const char *acc;
        double p;
    } cases[] = {{"int20", 0.125},   {"int31", 0.0078125}, {"int32", 0.5}, {"fp16", 0.015625},
                 {"fp32", 0.015625}, {"e5m2", 0.25},       {"bf16", 1}};
    (void)state;
    size_t n = 0, masks = 0;
    for (size_t c = 0; c < sizeof cases / sizeof *cases; c++) {
        char text[96];
        snprintf(text, sizeof text, "sequential,acc=%s,flip=%g", cases[c].acc, cases[c].p);
        struct mac_spec m = parsed(text);
        struct format f = small_named(m.acc.family == &family_int ? "int8" : "e4m3");
        for (uint64_t s = 0; s < 20; s++, n++) {
            struct dot_input in = input(&f, 3 + s, s << 33);
            struct dot_stats stats = {0};
            const uint32_t all = format_code_mask(&m.acc);
            uint32_t code = 0;
            uint64_t flips = 0;
            for (uint64_t k = 0; k < N; k++) {
                struct number p = number_mul(format_decode(&f, row.a[k]), format_decode(&f, row.b[k]));
                struct number sum = number_add(format_decode(&m.acc, code), p);
                if (m.acc.family == &family_int) { /* |products| < 2^14: binary64 holds the sum */
                    code = (uint32_t)(int64_t)number_to_f64(sum) & all;
                } else {
                    struct rounding r = {.overflow = OVERFLOW_INFINITY};
                    code = format_round(&m.acc, sum, &r, 0).code;
                }
                uint32_t mask = mask_of(cases[c].p, m.acc.bits, in.seed, in.row, k);
                code ^= mask;
                flips += (uint64_t)__builtin_popcount(mask);
                masks += mask != 0;
            }
            uint32_t got = dot_product(&m, &in, &stats);
            bool nan = format_decode(&m.acc, code).class == NUMBER_NAN &&
                       format_decode(&m.acc, got).class == NUMBER_NAN;
            if (got != code && !nan)
                fail_msg("%s, seed %d: %x, want %x", text, (int)in.seed, got, code);
            assert_int_equal(stats.flipped, flips);
        }
    }
    assert_true(masks > 1000);
    printf("# covered replayed dot products: %zu, roundings with a fault: %zu\n", n, masks);
}

/* Under flip=1 every bit of every rounding into an accumulator flips: their number by order. */
static void which_roundings(void **state)
{
    static const struct {
        const char *text;
        unsigned roundings, bits;
    } cases[] = {{"sequential,acc=fp16", N, 16},
                 {"sequential,acc=fp16,fma=no", N, 16}, /* products are not accumulators */
                 {"sequential,acc=fp16,out=fp32", N, 16},
                 {"pairwise,acc=bf16", N, 16},
                 {"split,parts=2,acc=fp16", N + 2, 16},
                 {"fused,group=4,acc=fp32", N / 4, 32},
                 {"sequential,acc=fp16,promote=6,outer=bf16", N + N / 6, 16}};
    (void)state;
    struct format f = small_named("e4m3");
    for (size_t c = 0; c < sizeof cases / sizeof *cases; c++) {
        char text[96];
        snprintf(text, sizeof text, "%s,flip=1", cases[c].text);
        struct mac_spec m = parsed(text);
        struct dot_input in = input(&f, 0, 0);
        struct dot_stats stats = {0};
        dot_product(&m, &in, &stats);
        if (stats.flipped != (uint64_t)cases[c].roundings * cases[c].bits)
            fail_msg("%s: %d bits", text, (int)stats.flipped);
    }
    /* partials: the accumulator of each block, and the binary32 sum over blocks, not scales and products */
    struct format e8m0 = small_named("e8m0");
    const uint32_t ones[N / 8] = {127, 127, 127};
    const struct dot_scales scales = {&e8m0, ones, 8, 1};
    static const char *const partials[] = {"exact,scales=partials,flip=1",
                                           "sequential,acc=fp16,scales=partials,flip=1"};
    for (size_t c = 0; c < 2; c++) {
        struct mac_spec m = parsed(partials[c]);
        struct dot_input in = input(&f, 0, 0);
        struct dot_stats stats = {0};
        in.a.scales = in.b.scales = &scales;
        dot_product(&m, &in, &stats);
        assert_int_equal(stats.flipped, N / 8 * 32 + (c ? N * 16 : 0));
    }
}

/* Each bit by itself: a sum of one zero product holds nothing but its faults. */
static void rates(void **state)
{
    static const double p[] = {0.5, 0.1, 0.01, 0x1p-10};
    (void)state;
    enum { ROWS = 20000 };
    struct format f = small_named("int8");
    const uint32_t zero = 0;
    for (size_t i = 0; i < sizeof p / sizeof *p; i++) {
        char text[64];
        snprintf(text, sizeof text, "sequential,acc=int32,flip=%a", p[i]);
        struct mac_spec m = parsed(text);
        size_t count[32] = {0}, total = 0;
        struct dot_stats stats = {0};
        for (uint64_t r = 0; r < ROWS; r++) {
            struct dot_input in = {{&f, &zero, NULL}, {&f, &zero, NULL}, 1, NULL, 1, r};
            uint32_t code = dot_product(&m, &in, &stats);
            for (int bit = 0; bit < 32; bit++) {
                count[bit] += code >> bit & 1;
                total += code >> bit & 1;
            }
        }
        assert_int_equal(stats.flipped, total);
        /* within five standard deviations, squared to do without roots */
        for (int bit = 0; bit <= 32; bit++) {
            double n = bit < 32 ? ROWS : 32 * ROWS, got = (double)(bit < 32 ? count[bit] : total);
            double off = got - n * p[i];
            if (off * off > 25 * n * p[i] * (1 - p[i]))
                fail_msg("flip=%g, bit %d: %g of %g", p[i], bit, got, n);
        }
    }
    printf("# covered faults: %zu probabilities, 32 bits, %d roundings\n", sizeof p / sizeof *p, ROWS);
}

/* The low half of the random bits decides where the high half is that of the probability. */
static void low_bits(void **state)
{
    (void)state;
    struct format f = small_named("int8");
    struct mac_spec m = parsed("sequential,acc=int8");
    const uint32_t zero = 0;
    size_t below = 0, n = 0;
    for (uint64_t r = 0; r < 300000; r++) {
        uint32_t high = rng_u32(1, r ^ DOT_STREAM_FAULTS, 0), low = rng_u32(1, r ^ DOT_STREAM_FAULTS, 1);
        if (high >= 1 << 16)
            continue;
        m.flip = (float)((double)high + 0.5) * 0x1p-32F; /* 17 bits */
        struct dot_input in = {{&f, &zero, NULL}, {&f, &zero, NULL}, 1, NULL, 1, r};
        assert_int_equal(dot_product(&m, &in, NULL) & 1, low < UINT32_C(1) << 31);
        below += low < UINT32_C(1) << 31;
        n++;
    }
    assert_true(below > 0 && below < n);
}

/* A fault belongs to (seed, row, rounding, bit), wherever its row is computed. */
static void deterministic(void **state)
{
    (void)state;
    enum { ROWS = 4, COLUMNS = 3 };
    struct format f = small_named("e4m3");
    struct mac_spec m = parsed("sequential,acc=fp16,flip=0.05");
    uint32_t a[ROWS * N], b[COLUMNS * N], d[ROWS * COLUMNS], other[ROWS * COLUMNS];
    for (uint32_t i = 0; i < ROWS * N; i++)
        a[i] = rng_u32(1, 1, i) % 0x7f;
    for (uint32_t i = 0; i < COLUMNS * N; i++)
        b[i] = rng_u32(1, 2, i) % 0x7f;
    struct gemm_input in = {{&f, a, NULL}, {&f, b, NULL}, ROWS, COLUMNS, N, NULL, 7, 100};
    struct dot_stats stats = {0};
    dot_gemm(&m, &in, d, &stats);
    assert_true(stats.flipped > 0);
    for (size_t i = ROWS * COLUMNS; i-- > 0;) { /* backwards */
        struct dot_input one = {
            {&f, a + i / COLUMNS * N, NULL}, {&f, b + i % COLUMNS * N, NULL}, N, NULL, 7, 100 + i};
        assert_int_equal(dot_product(&m, &one, NULL), d[i]);
    }
    in.seed = 8;
    dot_gemm(&m, &in, other, NULL);
    assert_memory_not_equal(d, other, sizeof d);
    assert_true(mac_spec_is_stochastic(&m));
}

static void texts(void **state)
{
    (void)state;
    static const struct {
        const char *text, *words;
    } wrong[] = {
        {"sequential,flip=2", "flip: '2' is not one of none, 0 or a probability of 2^-64..1"},
        {"sequential,flip=-0.5", "flip: '-0.5'"},
        {"sequential,flip=1e-30", "flip: '1e-30'"},
        {"sequential,flip=nan", "flip: 'nan'"},
        {"sequential,flip=1x", "flip: '1x'"},
        {"exact,flip=0.1", "flip=0.1 has no effect: the order exact rounds the result alone"},
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        struct mac_spec m;
        struct error e = {{0}};
        assert_int_equal(mac_parse(wrong[i].text, &m, &e), STATUS_INVALID);
        if (!strstr(e.text, wrong[i].words))
            fail_msg("%s: %s", wrong[i].text, e.text);
    }
    struct mac_spec m = parsed("exact,scales=partials,flip=1e-6"), n;
    char text[MAC_TEXT_SIZE], again[MAC_TEXT_SIZE];
    mac_identity(&m, text);
    assert_non_null(strstr(text, ",flip=1e-06,"));
    n = parsed(text);
    mac_identity(&n, again);
    assert_string_equal(text, again);
    mac_short(&m, text);
    assert_string_equal(text, "exact,flip=1e-06,scales=partials");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(none),  cmocka_unit_test(replayed),      cmocka_unit_test(which_roundings),
        cmocka_unit_test(rates), cmocka_unit_test(deterministic), cmocka_unit_test(low_bits),
        cmocka_unit_test(texts),
    };
    return cmocka_run_group_tests_name("faults", tests, NULL, NULL);
}
