/* Kernels of elements under any scale, of every instruction set, against the definition, by memcmp: values
 * and counts. */
#include "tests/check.h"

#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/base/rng.h"
#include "sim/kernels/kernels.h"
#include "sim/quant/block.h"
#include "sim/scheme.h"
#include "tests/room.h"

enum { MOST = 33, BATCH = 1024 }; /* lengths to try one by one: two vectors and one; elements at a time */

static struct room from, to;

static int open_rooms(void **state)
{
    (void)state;
    from = room_open(2 * BATCH);
    to = room_open(2 * BATCH);
    return 0;
}

static int close_rooms(void **state)
{
    (void)state;
    room_close(&from);
    room_close(&to);
    return 0;
}

static void expect_counts(const char *what, const struct kernel_counts *got, const struct kernel_counts *want)
{
    static const char *const names[] = {"saturated",     "flushed",   "nan_in", "nan_out",
                                        "nan_lost",      "near_ties", "scales", "scale_saturated",
                                        "scale_flushed", "scale_nan"};
    uint64_t g[sizeof names / sizeof *names], w[sizeof names / sizeof *names];
    _Static_assert(sizeof g == sizeof *got, "every count has a name");
    memcpy(g, got, sizeof g);
    memcpy(w, want, sizeof w);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (g[i] != w[i])
            fail_msg("%s: %s: got %llu, want %llu", what, names[i], (unsigned long long)g[i],
                     (unsigned long long)w[i]);
}

static void expect_values(const char *what, const float *x, const float *got, const float *want, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (bits_from_f32(got[i]) != bits_from_f32(want[i]))
            fail_msg("%s: element %zu of %zu, %a: got %a, want %a", what, i, n, (double)x[i], (double)got[i],
                     (double)want[i]);
}

/* --- elements under one scale --- */

struct element_want {
    float y[BATCH];
    uint8_t saturated[BATCH], flushed[BATCH], near_tie[BATCH], nan_lost[BATCH];
};

static void define(const struct kernel_scaled *k, const struct block_scale *b, const float *x, size_t n,
                   struct element_want *w)
{
    const struct scaling s = {.per = PER_TENSOR};
    for (size_t i = 0; i < n; i++) {
        struct encoded e = scaling_encode(&s, &k->grid.r, b, x[i], 0);
        w->y[i] = scaling_decode(&s, b, e.code);
        w->saturated[i] = (e.events & (EVENT_SATURATED | EVENT_OVERFLOW)) != 0;
        w->flushed[i] = w->y[i] == 0 && x[i] != 0 && !isnan(x[i]);
        w->near_tie[i] = (e.events & EVENT_NEAR_TIE) != 0;
        w->nan_lost[i] = (e.events & EVENT_NAN_LOST) != 0;
    }
}

/* n elements from `first` that end at the guard page, with and without counts, and in place. */
static void try_scaled(const struct kernels *s, const struct kernel_scaled *k, const struct block_scale *b,
                       const float *x, const struct element_want *w, size_t first, size_t n)
{
    char what[200];
    float *in = from.end - n, *out = to.end - n;
    struct kernel_counts counts = {0}, want = {0};
    snprintf(what, sizeof what, "%s %s scale %a%s", s->isa, k->grid.f.name, number_to_f64(b->value),
             k->grid.r.nan == NAN_TO_MAX ? " nan=max" : "");
    for (size_t i = first; i < first + n; i++) {
        want.saturated += w->saturated[i];
        want.flushed += w->flushed[i];
        want.near_ties += w->near_tie[i];
        want.nan_lost += w->nan_lost[i];
        want.nan_in += isnan(x[i]) != 0;
        want.nan_out += isnan(w->y[i]) != 0;
    }
    memcpy(in, x + first, n * sizeof *x);
    s->scaled(k, b, in, out, n, &counts);
    expect_values(what, x + first, out, w->y + first, n);
    expect_counts(what, &counts, &want);
    memset(out, 0xa5, n * sizeof *out);
    s->scaled(k, b, in, out, n, NULL);
    expect_values(what, x + first, out, w->y + first, n);
    s->scaled(k, b, in, in, n, NULL);
    expect_values(what, x + first, in, w->y + first, n);
}

static bool a_format(size_t i, struct format *f)
{
    static const struct {
        const char *name;
        enum int_codes codes;
    } more[] = {{"e0m3", 0},
                {"e3m7", 0},
                {"e5m6", 0},
                {"e4m11", 0},
                {"e2m15", 0},
                {"e6m2", 0},
                {"int2", CODES_SYM},
                {"int3", CODES_SYM},
                {"int12", CODES_SYM},
                {"int16", CODES_SYM},
                {"int4", CODES_TWOS},
                {"int8", CODES_TWOS},
                {"int4", CODES_SIGNMAG},
                {"p3109_k8p4se", 0},
                {"p3109_k6p2sf", 0}};
    if (i < format_count()) {
        *f = *format_at(i);
        return true;
    }
    i -= format_count();
    if (i >= sizeof more / sizeof *more)
        return false;
    assert_true(format_by_name(more[i].name, f, NULL));
    if (f->family == &family_int)
        f->codes = more[i].codes;
    return true;
}

/* Scales of few bits (ties are common), of 24 and of 28 bits, powers of two, and those that no kernel serves.
 */
static bool a_scale(size_t i, struct number *s)
{
    static const float plain[] = {
        1.5F,       0x1.8p-7F,   0x1.cp3F,   0x1.ap-1F,   0x1.02p-11F,   0x1.fep5F,       0x1p-3F,
        0x1p99F,    0x1p-99F,    0x1.8p99F,  0x1.8p-99F,  0x1.fffffep0F, 0x1.000002p-20F, 0x1.555556p-9F,
        0x1.8p100F, 0x1.8p-101F, 0x1.8p126F, 0x1.4p-140F, 0x1p-149F,     FLT_MAX,         0,
        INFINITY,   NAN,         -1.5F};
    enum { PLAIN = sizeof plain / sizeof *plain, DRAWN = 6 };
    if (i < PLAIN) {
        *s = number_from_f32(plain[i]);
        return true;
    }
    i -= PLAIN;
    uint32_t r[4];
    rng_u32x4(77, 3, i, r);
    uint32_t field = 117 + r[0] % 20;
    *s = number_from_f32(f32_from_bits(field << 23 | r[1] >> 9));
    if (i >= DRAWN / 2)
        *s = number_mul(*s, number_make(false, 9 + r[2] % 7, -10));
    if (i == DRAWN)
        *s = number_mul(number_pow2(-97),
                        number_from_f64(0x1.fffffffp0)); /* a rest near the end of binary32 */
    if (i == DRAWN + 1)
        *s = number_make(false, (UINT64_C(1) << 40) + 1, -40); /* more bits than are served */
    return i < DRAWN + 2;
}

/* Numbers of the format and midpoints, with neighbours, times the scale; a half of them of 8 bits. */
static void scaled_inputs(const struct format *f, struct number scale, float *x, uint64_t seed)
{
    kernel_inputs(f, x, BATCH, seed);
    float s = number_to_f32(scale);
    for (size_t i = 0; i < BATCH && s > 0 && s <= FLT_MAX; i++) {
        uint32_t r = rng_u32(5, seed, i), bits = bits_from_f32(x[i] * s);
        if (isnan(x[i]) || r % 16 == 0)
            continue;
        if ((bits & 0x7fffffff) > 2 && (bits & 0x7fffffff) < 0x7f000000)
            bits += r % 4 == 1 ? (r >> 8) % 5 - 2 : 0;
        x[i] = f32_from_bits(r % 4 > 1 ? bits & 0xffff0000 : bits);
    }
    /* A stretch without NaN, so that whole vectors are served. */
    for (size_t i = BATCH / 2; i < BATCH; i++)
        if (isnan(x[i]))
            x[i] = 1;
}

static void elements(void **state)
{
    (void)state;
    static float x[BATCH];
    static struct element_want w;
    struct format f;
    struct number scale;
    size_t served = 0, scales = 0, n_elements = 0, near = 0;
    for (size_t i = 0; a_format(i, &f); i++)
        for (int policy = 0; policy < 3; policy++) {
            struct rounding r = {.nan = policy == 1 ? NAN_TO_MAX : NAN_TO_ZERO,
                                 .neg_zero = policy == 2 ? NEG_ZERO_DROP : NEG_ZERO_KEEP};
            struct kernel_scaled k;
            if (!kernel_scaled_open(&k, &f, &r))
                continue;
            served++;
            for (size_t c = 0; a_scale(c, &scale); c++, scales++) {
                const struct block_scale b = {.element = &k.grid.f, .value = scale};
                scaled_inputs(&f, scale, x, served * 64 + c);
                define(&k, &b, x, BATCH, &w);
                for (size_t j = 0; j < BATCH; j++)
                    near += w.near_tie[j];
                for (size_t set = 0; set < kernels_count(); set++) {
                    for (size_t n = 0; n <= MOST; n++, n_elements += n)
                        try_scaled(kernels_at(set), &k, &b, x, &w, n * 7 + BATCH / 2 * (n & 1), n);
                    try_scaled(kernels_at(set), &k, &b, x, &w, 0, BATCH);
                    n_elements += BATCH;
                }
            }
        }
    assert_true(served > 60 && near > 10000);
    printf("# covered scaled kernels: %zu sets, %zu formats with policies, %zu scales, %zu elements, %zu "
           "near ties\n",
           kernels_count(), served, scales, n_elements, near);
}

/* Quotients b (1 +- 2^-24 (1 + e)), b a midpoint, |e| about 2^-24: x = m 2^24 over S = m (2^24 -+ 1) / b. */
static void edge(const struct kernel_scaled *k, int32_t m, int64_t s, size_t *found, size_t *near)
{
    enum { N = 80 };
    static float x[N];
    static struct element_want w;
    const struct block_scale scale = {.element = &k->grid.f, .value = number_make(false, (uint64_t)s, 0)};
    float v = (float)m * 0x1p23F; /* the midpoint is b / 2 */
    for (size_t i = 0; i < N; i++)
        x[i] = i % 37 == 3 ? v : i % 37 == 20 ? -v : (float)i;
    define(k, &scale, x, N, &w);
    *near += w.near_tie[3];
    ++*found;
    for (size_t set = 0; set < kernels_count(); set++)
        try_scaled(kernels_at(set), k, &scale, x, &w, 0, N);
}

static void at_the_edge(void **state)
{
    (void)state;
    size_t found = 0, near = 0;
    struct format f = *format_find("int8");
    struct kernel_scaled k;
    assert_true(kernel_scaled_open(&k, &f, &(struct rounding){.mode = ROUND_RNE}));
    for (int32_t all = (1 << 24) - 1; all <= (1 << 24) + 1; all += 2)
        for (int32_t wide = 1; wide <= 16; wide *= 16) /* scales of 24 and of 28 bits */
            for (int32_t b = 3; b < 255; b += 2)
                for (int32_t m = b * wide / 2; m < b * wide; m++) {
                    int64_t s = (int64_t)m * all / b;
                    if (s * b == (int64_t)m * all && s < (int64_t)wide << 24)
                        edge(&k, m, s, &found, &near);
                }
    assert_true(found > 1000 && near > 100 && near < found);
    printf("# covered quotients at the edge of a near tie: %zu, %zu of them within\n", found, near);
}

/* Scales are served up to the bits with which a value of the format times what is behind 24 of them is a
 * number of binary32, and not one bit beyond. */
static void longest_scale(void **state)
{
    (void)state;
    static const char *const names[] = {"e2m1", "e4m3", "int8"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        struct kernel_scaled k;
        struct kernel_scale s;
        assert_true(kernel_scaled_open(&k, format_find(names[i]), &(struct rounding){.mode = ROUND_RNE}));
        const uint64_t last = UINT64_C(1) << (k.precision + 16), all = UINT64_MAX - (last - 1);
        assert_true(kernel_scale_split(&k, number_make(false, all, -63), &s));
        const float most = (float)((1 << k.precision) - 1);
        assert_true((double)(most * s.rest) == (double)most * (double)s.rest);
        assert_false(kernel_scale_split(&k, number_make(false, all | last / 2, -63), &s));
    }
}

/* --- blocks --- */

enum { ZEROS = 4, KINDS };

/* Numbers of a magnitude of their block's own, some of 8 bits, and blocks of zeros, tiny, huge and special
 * ones. `kind` 0: ordinary numbers alone; ZEROS: nothing but zeros. */
static void block_inputs(const struct quant_spec *q, int kind, float *x, size_t n, uint64_t seed)
{
    const size_t block = q->scaling.block;
    const float top = number_to_f32(format_max(&q->element));
    for (size_t i = 0; i < n && kind == ZEROS; i++)
        x[i] = rng_u32(15, seed, i) & 1 ? 0.0F : -0.0F;
    for (size_t i = 0; i < n && kind != ZEROS; i++) {
        uint32_t b[4], r[4];
        rng_u32x4(13, seed, i / block, b);
        rng_u32x4(14, seed, i, r);
        int spread = kind == 0 ? 3 : 9;
        float unit = ldexpf((float)(8 + b[0] % 8), (int)(b[1] % (uint32_t)spread) - 8),
              v = (float)(r[0] >> 8) * 0x1p-23F - 1;
        if (r[1] % 3 ==
            0) /* a midpoint or a value, if a neighbour of magnitude `top` makes `unit` the scale */
            v = ldexpf((float)(int)(r[2] % 33) - 16, -(int)(r[3] % 5)) / top;
        x[i] = i % block == b[2] % block ? top * unit : v * top * unit;
        if (b[3] % 4 == 0)
            x[i] = f32_from_bits(bits_from_f32(x[i]) & 0xffff0000);
        if (kind < 2)
            continue;
        switch (b[2] / 256 % 16) {
        case 0:
            x[i] = r[0] & 1 ? 0.0F : -0.0F;
            break;
        case 1:
            x[i] = ldexpf(x[i], kind == 2 ? -20 : -70 - (int)(b[1] / 64 % 60));
            break;
        case 2:
            x[i] = ldexpf(x[i], kind == 2 ? -9 : 80 + (int)(b[1] / 64 % 40));
            break;
        case 3:
            x[i] = r[0] % 16 == 0 ? NAN : x[i];
            break;
        case 4:
            x[i] = r[0] % 16 == 0 ? (r[1] & 1 ? INFINITY : -INFINITY) : x[i];
            break;
        case 5:
            x[i] = f32_from_bits(r[0]);
            break;
        case 6:
            x[i] = r[0] % 32 ? 0 : x[i];
            break;
        default:
            break;
        }
        if (kind == 2 && !isfinite(x[i])) /* so that a second level is in order */
            x[i] = 1;
    }
}

static void try_blocks(const struct kernels *s, const struct kernel_float_blocks *k, const char *text,
                       const struct outer_scale *outer, const float *x, const float *y,
                       const struct kernel_counts *want, size_t n)
{
    char what[200];
    float *in = from.end - n, *out = to.end - n;
    struct kernel_counts counts = {0};
    snprintf(what, sizeof what, "%s %s", s->isa, text);
    memcpy(in, x, n * sizeof *x);
    s->float_blocks(k, outer, in, out, n, &counts);
    expect_values(what, x, out, y, n);
    expect_counts(what, &counts, want);
    memset(out, 0xa5, n * sizeof *out);
    s->float_blocks(k, outer, in, out, n, NULL);
    expect_values(what, x, out, y, n);
    s->float_blocks(k, outer, in, in, n, NULL);
    expect_values(what, x, in, y, n);
}

static struct kernel_counts counts_of(const struct quant_stats *s)
{
    return (struct kernel_counts){s->saturated,     s->flushed,   s->nan_in, s->nan_out,
                                  s->nan_lost,      s->near_ties, s->scales, s->scale_saturated,
                                  s->scale_flushed, s->scale_nan};
}

static void one_length(const char *text, const struct quant_spec *q, const struct kernel_float_blocks *k,
                       int kind, size_t n, uint64_t seed)
{
    static float x[2 * BATCH], y[2 * BATCH];
    block_inputs(q, kind, x, n, seed);
    struct quant_input in = {.x = x, .rank = 2, .shape = {1, n}, .axis = 1};
    struct quant_stats stats;
    struct error e = {{0}};
    assert_int_equal(quantize(q, &in, &(struct quant_output){.values = y}, &stats, &e), STATUS_OK);
    const struct kernel_counts want = counts_of(&stats);
    struct quant_range range = {.finite = false};
    quant_range_add(&range, x, n);
    const struct outer_scale outer =
        scaling_outer(&q->scaling, &q->element, block_range(q, &range, true).amax);
    for (size_t set = 0; set < kernels_count(); set++)
        try_blocks(kernels_at(set), k, text, &outer, x, y, &want, n);
}

static void blocks(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "nvfp4",
        "e2m1,block=32,scale=ue4m3,second=row,order=te,neg_zero=drop",
        "e4m3,block=16,scale=e5m2,second=tensor,order=te",
        "e2m1,block=16,scale=e4m3",
        "e2m1,block=16,scale=e4m3,second=tensor",
        "e3m2,block=16,scale=e4m3,second=row,second_scale=bf16",
        "int4,block=16,scale=e4m3,second=tensor",
        "int8,block=32,scale=fp32",
        "int4,block=32,scale=fp16",
        "int4,block=64,scale=bf16",
        "int8,block=24,scale=bf16",
        "int4,codes=twos,block=32,scale=e4m3",
        "int4,codes=signmag,block=16,scale=e5m2",
        "int16,block=16,scale=fp32",
        "e4m3,block=128,scale=fp32",
        "e5m2,block=16,scale=ue5m3",
        "e4m3fnuz,block=16,scale=e4m3fnuz",
        "e3m2,block=5,scale=fp16,nan=max",
        "e2m3,block=1,scale=fp32",
        "e2m1,block=2,scale=tf32",
        "e2m1,block=8,scale=fp32,neg_zero=drop",
        "e2m1,block=16,scale=e4m3,zero_block=one",
        "int4,block=16,scale=e4m3,zero_block=min",
        "e2m1,block=16,scale=e4m3,block_nan=element,block_inf=element,second=tensor",
        "e2m1,block=16,scale=e4m3,block_inf=max",
        "e2m1,block=16,scale=e4m3,scale_overflow=nan",
        "e2m1,block=16,scale=e4m3,peak=4",
        "e2m1,block=16,scale=e4m3,second=tensor,zero_tensor=nan,second_top=256",
        "int8,block=1000,scale=fp32",
        "int6,fraction=4,block=16,scale=e5m6",
    };
    size_t elements_seen = 0;
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        struct quant_spec q;
        struct kernel_float_blocks k;
        struct error e = {{0}};
        if (scheme_parse(texts[i], &q, &e))
            fail_msg("%s: %s", texts[i], e.text);
        if (!kernel_float_blocks_open(&k, &q.element, &q.rounding, &q.scaling))
            fail_msg("%s: not served", texts[i]);
        for (int kind = 0; kind < KINDS; kind++) {
            for (size_t n = 0; n <= MOST; n++, elements_seen += n)
                one_length(texts[i], &q, &k, kind, n, 1000 * i + n);
            size_t long_ones[] = {16 * q.scaling.block, 17 * q.scaling.block - 1, 9 * q.scaling.block + 1,
                                  2 * BATCH};
            for (size_t j = 0; j < sizeof long_ones / sizeof *long_ones; j++)
                if (long_ones[j] <= 2 * BATCH) {
                    one_length(texts[i], &q, &k, kind, long_ones[j], 1000 * i + 500 + j);
                    elements_seen += long_ones[j];
                }
        }
    }
    printf("# covered blocks with float scales: %zu schemes, %zu elements\n", sizeof texts / sizeof *texts,
           elements_seen);
}

/* What the kernels do not serve is refused. */
static void refused(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "e2m1,block=32,scale=e8m0,scale_rule=floor", "int4,block=32,scale=fp32,zero_point=yes",
        "e2m1,block=16,scale=fp32,second=tensor",    "e2m1,block=16,scale=e4m3,peak=4+6",
        "e2m1,block=16,scale=e4m3,clip=0.9",         "e2m1,block=16,scale=fp32,quotient=divide,via=fp32",
        "e2m1,block=16,scale=fp32,round=sr",         "e2m1,block=16,scale=fp32,scale_round=rup",
        "e2m1,block=16,scale=fp32,scale_min=1",      "nf4,block=64,scale=fp32",
    };
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        struct quant_spec q;
        struct kernel_float_blocks k;
        struct error e = {{0}};
        if (scheme_parse(texts[i], &q, &e))
            fail_msg("%s: %s", texts[i], e.text);
        if (kernel_float_blocks_open(&k, &q.element, &q.rounding, &q.scaling))
            fail_msg("%s: served", texts[i]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(elements), cmocka_unit_test(at_the_edge), cmocka_unit_test(longest_scale),
        cmocka_unit_test(blocks),   cmocka_unit_test(refused),
    };
    return cmocka_run_group_tests_name("kernels of scaled elements", tests, open_rooms, close_rooms);
}
