/* Matrix products by kernels against the definition: codes and counts by memcmp, for every instruction set.
 */
#include "tests/check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/arith/gemm.h"
#include "sim/base/rng.h"
#include "sim/kernels/kernels.h"
#include "sim/mac.h"

enum { ROWS = 6, COLUMNS = 35, TERMS = WATCHED ? 45 : 77, BLOCKS = TERMS };

/* What operands are like. */
enum kind { TAME, CODES, SPECIAL, TINY, EXTREME, ZEROS, FINITE, KINDS };
static const char *const kind_names[KINDS] = {"tame",    "any code", "special", "subnormal",
                                              "extreme", "zeros",    "finite"};

static uint64_t drawn, products, dots, cases, pairs;

static uint32_t draw(void)
{
    return rng_u32(1, 2, drawn++);
}

static uint32_t round_to(const struct format *f, double x)
{
    return format_round(f, number_from_f64(x), &(struct rounding){.mode = ROUND_RNE}, 0).code;
}

static double uniform(void)
{
    return (double)(int32_t)draw() * 0x1p-31;
}

static uint32_t special(const struct format *f)
{
    struct number inf = {.class = NUMBER_INF, .negative = draw() & 1};
    if (format_has_inf(f) && draw() % 2)
        return format_round(f, inf, &(struct rounding){.overflow = OVERFLOW_INFINITY}, 0).code;
    return format_has_nan(f) ? format_nan_code(f) : draw() & format_code_mask(f);
}

static uint32_t code(const struct format *f, enum kind kind)
{
    double sign = draw() & 1 ? 1 : -1;
    switch (kind) {
    case TAME:
        return round_to(f, 3 * uniform());
    case SPECIAL:
        return draw() % 8 ? round_to(f, uniform()) : special(f);
    case TINY:
        return draw() % 4 ? round_to(f, sign * number_to_f64(format_min_positive(f)) * (draw() % 8))
                          : round_to(f, uniform());
    case EXTREME:
        return draw() % 2 ? round_to(f, sign * number_to_f64(format_max(f)))
                          : round_to(f, sign * number_to_f64(format_min_positive(f)) * (1 + draw() % 3));
    case FINITE:
        for (uint32_t c;;)
            if (format_decode(f, c = draw() & format_code_mask(f)).class <= NUMBER_FINITE)
                return c;
    case ZEROS:
        return draw() % 3 ? round_to(f, sign * 0.0) : round_to(f, uniform() * 3);
    default:
        return draw() & format_code_mask(f);
    }
}

static void compare(const struct mac_spec *m, const char *text, const struct gemm_input *in, enum kind kind,
                    bool must_be_fast)
{
    static uint32_t want[ROWS * COLUMNS], got[ROWS * COLUMNS];
    struct dot_stats want_stats = {0};
    dot_gemm(m, in, want, &want_stats);
    cases++;
    dots += in->rows * in->columns;
    products += in->rows * in->columns * in->n;
    for (size_t set = 0; set < kernels_count(); set++) {
        const struct kernels *k = kernels_at(set);
        struct dot_stats stats = {0};
        struct gemm *g = gemm_open(m, in, k);
        assert_non_null(g);
        if (must_be_fast && in->rows && in->columns && !gemm_is_fast(g))
            fail_msg("%s of %s and %s is not served", text, in->a.format->name, in->b.format->name);
        memset(got, 0xa5, sizeof got);
        /* In two runs, of which the second may start within a tile. */
        size_t first = in->rows / 2;
        gemm_rows(g, 0, first, got, &stats);
        gemm_rows(g, first, in->rows - first, got + first * in->columns, &stats);
        gemm_close(g);
        for (size_t i = 0; i < in->rows * in->columns; i++)
            if (got[i] != want[i])
                fail_msg("%s, %s x %s, %s, %s: %zux%zux%zu, c %d: element %zu is %08x, not %08x", k->isa,
                         in->a.format->name, in->b.format->name, text, kind_names[kind], in->rows,
                         in->columns, in->n, in->c != NULL, i, got[i], want[i]);
        if (memcmp(&stats, &want_stats, sizeof stats))
            fail_msg("%s, %s x %s, %s, %s: %zux%zux%zu, c %d: counts roundings %llu %llu inexact %llu %llu "
                     "saturated %llu %llu "
                     "wrapped %llu %llu flushed %llu %llu products %llu %llu",
                     k->isa, in->a.format->name, in->b.format->name, text, kind_names[kind], in->rows,
                     in->columns, in->n, in->c != NULL, (unsigned long long)stats.roundings,
                     (unsigned long long)want_stats.roundings, (unsigned long long)stats.inexact,
                     (unsigned long long)want_stats.inexact, (unsigned long long)stats.saturated,
                     (unsigned long long)want_stats.saturated, (unsigned long long)stats.wrapped,
                     (unsigned long long)want_stats.wrapped, (unsigned long long)stats.flushed,
                     (unsigned long long)want_stats.flushed, (unsigned long long)stats.products,
                     (unsigned long long)want_stats.products);
    }
}

/* Makes the second half of each row the first one, negated on the side `negative`: sums of what is left, the
 * last term of an odd number, show every digit that was lost. */
static void cancel(const struct format *f, uint32_t *codes, size_t rows, size_t n, bool negative)
{
    for (size_t i = 0; i < rows; i++)
        for (size_t k = 0; k < n / 2; k++) {
            struct number x = format_decode(f, codes[i * n + k]);
            x.negative ^= negative;
            codes[i * n + n / 2 + k] = format_round(f, x, &(struct rounding){.mode = ROUND_RNE}, 0).code;
        }
}

/* One product: formats, a size, operands of a kind, and an addend or none. */
static void try_one(const struct mac_spec *m, const char *text, const struct format *fa,
                    const struct format *fb, const struct format *scale, size_t block, const size_t size[3],
                    enum kind kind, bool has_c, bool fast)
{
    static uint32_t a[ROWS * TERMS], b[COLUMNS * TERMS], c[ROWS * COLUMNS], sa[ROWS * BLOCKS],
        sb[COLUMNS * BLOCKS];
    size_t n = size[2];
    /* Specials in some rows and columns alone, so that others are left. */
    for (size_t i = 0; i < size[0] * n; i++)
        a[i] = code(fa, kind != TAME && i / n % 4 == 1 ? TAME : kind);
    for (size_t i = 0; i < size[1] * n; i++)
        b[i] = code(fb, kind != TAME && i / n % 3 == 1 ? TAME : kind);
    if (kind == FINITE) {
        cancel(fa, a, size[0], n, true);
        cancel(fb, b, size[1], n, false);
    }
    for (size_t i = 0; i < size[0] * size[1]; i++)
        c[i] = code(&m->out, i % 3 ? TAME : kind);
    for (size_t i = 0; scale && i < ROWS * BLOCKS; i++)
        sa[i] = code(scale, i % 5 ? TAME : kind);
    for (size_t i = 0; scale && i < COLUMNS * BLOCKS; i++)
        sb[i] = code(scale, i % 7 ? TAME : kind);
    bool seconds = m->scales != MAC_SCALES_UNIT && kind % 2;
    struct dot_scales x = {scale, sa, block, seconds ? 0.75f : 1}, y = {scale, sb, block, 1};
    struct gemm_input in = {.a = {fa, a, scale ? &x : NULL},
                            .b = {fb, b, scale ? &y : NULL},
                            .rows = size[0],
                            .columns = size[1],
                            .n = n,
                            .c = has_c ? c : NULL,
                            .seed = 3,
                            .first_row = 5};
    struct dot_input one = {.a = in.a, .b = in.b, .n = n};
    if (!dot_input_problem(m, &one))
        compare(m, text, &in, kind, fast);
}

/* Every number of terms up to two steps and one more, then some larger ones. */
static void try_all(const char *text, const char *name_a, const char *name_b, const char *scale_name,
                    size_t block, bool fast)
{
    struct mac_spec m;
    struct error e = {{0}};
    struct format fa, fb, scale;
    if (mac_parse(text, &m, &e))
        fail_msg("%s: %s", text, e.text);
    assert_true(format_by_name(name_a, &fa, NULL) && format_by_name(name_b, &fb, NULL));
    assert_true(!scale_name || format_by_name(scale_name, &scale, NULL));
    const struct format *s = scale_name ? &scale : NULL;
    size_t group = m.order == MAC_FUSED ? m.group : 4, most = 2 * group + 1;
    most = most < TERMS ? most : TERMS;
    /* Each product that is not exact makes a table of all pairs of codes. */
    const bool dear = m.product != product_find("exact");
    pairs++;
    for (size_t n = 0; n <= most; n += WATCHED || dear ? 9 : most > 40 ? 3 : 1) {
        const size_t size[] = {1 + n % 3, 1 + n * 7 % (n % 4 ? 5 : 19), n};
        try_one(&m, text, &fa, &fb, s, block, size, (enum kind)(n % KINDS), n / KINDS % 2, fast);
    }
    for (size_t i = 0; i < 4 * KINDS && !dear;
         i += WATCHED ? 3 : 1) { /* where one term decides, and the addend's sign */
        const size_t size[] = {2, 5, 1 + i % 2};
        try_one(&m, text, &fa, &fb, s, block, size, (enum kind)(i / 4), i / 2 % 2, fast);
    }
    for (enum kind kind = 0; kind < KINDS; kind += WATCHED || dear ? 2 : 1) {
        const size_t size[] = {kind, 14 + kind, 35 + kind}, large[] = {ROWS, COLUMNS, TERMS};
        try_one(&m, text, &fa, &fb, s, block, size, kind, kind % 2, fast);
        if (!dear)
            try_one(&m, text, &fa, &fb, s, block, size, kind, kind % 2 == 0, fast);
        if (kind == TAME || (kind == FINITE && !dear))
            try_one(&m, text, &fa, &fb, s, block, large, kind, false, fast);
    }
}

/* Units that steps with lanes, joins, presums or trees leave to the definition. */
static bool is_slow(const char *name)
{
    static const char *const slow[] = {"tcgen05_mxf4", "mi250x",     "mi250x_bf16",
                                       "mi300",        "mi300_xf32", "mi300_fp8"};
    for (size_t i = 0; i < sizeof slow / sizeof *slow; i++)
        if (!strcmp(slow[i], name))
            return true;
    return false;
}

static void units(void **state)
{
    (void)state;
    size_t served = 0;
    for (size_t u = 0; u < unit_count(); u++) {
        char formats[128], *rest = formats;
        const struct unit *unit = unit_at(u);
        struct mac_spec m;
        struct error e = {{0}};
        assert_int_equal(mac_parse(unit->name, &m, &e), STATUS_OK);
        snprintf(formats, sizeof formats, "%s", unit->formats);
        const char *first = NULL, *scale = m.scales == MAC_SCALES_NONE   ? NULL
                                           : m.scales == MAC_SCALES_UNIT ? "e8m0"
                                                                         : "e4m3";
        for (char *name; (name = strsep(&rest, "+"));) {
            served += !is_slow(unit->name);
            try_all(unit->name, name, name, scale, 16, !is_slow(unit->name));
            if (first)
                try_all(unit->name, first, name, scale, 16, !is_slow(unit->name));
            first = first ? first : name;
        }
    }
    printf("# covered matrix units: %zu, %zu of their formats by kernels\n", unit_count(), served);
}

struct tried {
    const char *text, *a, *b, *scale;
    size_t block;
};

static void try_list(const struct tried *list, size_t n, const char *what)
{
    for (size_t i = 0; i < n; i++)
        try_all(list[i].text, list[i].a, list[i].b, list[i].scale, list[i].block, true);
    printf("# covered %s: %zu MACs with formats\n", what, n);
}

static void orders(void **state)
{
    (void)state;
    static const struct tried list[] = {
        {"exact", "e4m3", "e4m3", NULL, 0},
        {"exact", "e5m2", "e4m3", NULL, 0},
        {"exact", "fp16", "fp16", NULL, 0},
        {"exact", "bf16", "int8", NULL, 0},
        {"exact", "fp32", "fp32", NULL, 0},
        {"exact", "posit8", "posit8", NULL, 0},
        {"exact", "posit32", "posit32", NULL, 0},
        {"exact,out=fp16", "e4m3", "e5m2", NULL, 0},
        {"exact,out=bf16,out_round=rtz", "int8", "int8", NULL, 0},
        {"sequential,acc=fp32", "fp32", "fp32", NULL, 0},
        {"sequential,acc=fp32,c=last", "bf16", "bf16", NULL, 0},
        {"sequential,acc=fp32,fma=no", "fp32", "fp32", NULL, 0},
        {"sequential,acc=fp32,round=rtz", "fp16", "fp16", NULL, 0},
        {"sequential,acc=fp32,round=rtz", "e5m2", "e5m2", NULL, 0},
        {"sequential,acc=fp16", "fp16", "fp16", NULL, 0},
        {"sequential,acc=fp16,fma=no,overflow=saturate", "e5m2", "e5m2", NULL, 0},
        {"sequential,acc=bf16,ftz=yes,daz=yes", "bf16", "bf16", NULL, 0},
        {"sequential,acc=e4m3,overflow=saturate", "e2m1", "e2m1", NULL, 0},
        {"sequential,acc=e5m10,promote=8,outer=fp32", "e4m3", "e4m3", NULL, 0},
        {"sequential,acc=fp32,promote=5,outer=fp16,c=last", "fp16", "fp16", NULL, 0},
        {"split,acc=fp32,parts=4,layout=interleaved", "fp32", "fp32", NULL, 0},
        {"split,acc=fp16,parts=3,layout=contiguous", "e4m3", "e4m3", NULL, 0},
        {"fused,group=4,fraction=exact,acc=fp32", "e4m3", "e4m3", NULL, 0},
        {"fused,group=4,fraction=3,acc=fp32", "e4m3", "e4m3", NULL, 0},
        {"fused,group=8,fraction=12,acc=bf16,round=rtz", "e3m2", "e2m3", NULL, 0},
        {"fused,group=8,fraction=12,acc=fp16,promote=16,outer=fp32", "bf16", "fp16", NULL, 0},
        {"sequential,acc=int32", "int8", "int8", NULL, 0},
        {"sequential,acc=int16,overflow=wrap", "int8", "int8", NULL, 0},
        {"sequential,acc=int16,overflow=saturate", "int8", "int8", NULL, 0},
        {"sequential,acc=int12,overflow=saturate,c=last", "int8", "int4", NULL, 0},
        {"sequential,acc=int12,overflow=wrap,fma=no", "int8", "int8", NULL, 0},
        {"sequential,acc=int24,overflow=saturate", "e4m3", "e4m3", NULL, 0},
        {"sequential,acc=int8,overflow=wrap,round=rtz", "e4m3", "e2m1", NULL, 0},
        {"sequential,acc=int16,overflow=wrap,promote=16", "int8", "int8", NULL, 0},
        {"split,acc=int10,parts=3,overflow=saturate", "int4", "int4", NULL, 0},
        {"sequential,acc=fp32,product=lmul_bits", "e4m3", "e4m3", NULL, 0},
        {"sequential,acc=fp32,product=lmul_bits,normalise=yes", "e5m2", "e5m2", NULL, 0},
        {"sequential,acc=fp32,product=lmul_real", "e4m3", "e4m3", NULL, 0},
        {"sequential,acc=fp16,product=lmul_real,l=2,fma=no", "e4m3", "e5m2", NULL, 0},
        {"exact,product=lmul_real", "e4m3", "e4m3", NULL, 0},
        {"exact,product=lmul_bits", "e5m2", "e5m2", NULL, 0},
        {"exact,product=lmul_fpga", "e4m3", "e4m3", NULL, 0},
        {"sequential,acc=int32,product=truncated,dropped=3", "int8", "int8", NULL, 0},
        {"sequential,acc=fp32,product=rounded,into=e4m3", "e4m3", "e4m3", NULL, 0},
        {"fused,group=4,fraction=exact,acc=fp32,product=lmul_bits", "e3m2", "e3m2", NULL, 0},
    };
    try_list(list, sizeof list / sizeof *list, "orders");
}

static void scaled(void **state)
{
    (void)state;
    static const struct tried list[] = {
        {"sequential,acc=fp32,scales=partials", "e2m1", "e2m1", "e4m3", 16},
        {"sequential,acc=fp16,scales=partials-fma", "e4m3", "e4m3", "e8m0", 8},
        {"sequential,acc=int32,scales=partials", "int8", "int8", "fp32", 32},
        {"sequential,acc=int16,overflow=wrap,scales=partials", "int8", "int8", "fp16", 32},
        {"sequential,acc=int32,scales=partials-fma", "int4", "int4", "fp16", 7},
        {"exact,scales=partials", "e4m3", "e5m2", "e8m0", 32},
        {"exact,scales=partials-fma,out=bf16", "e4m3", "e4m3", "fp32", 24},
        {"exact,scales=dequantize", "e4m3", "e4m3", "e8m0", 32},
        {"sequential,acc=fp32,scales=dequantize", "int8", "e4m3", "fp16", 16},
        {"h100_wgmma_fp8,scales=partials", "e4m3", "e4m3", "fp32", 64},
        {"h100_mma_fp8,scales=partials-fma", "e5m2", "e4m3", "e8m0", 40},
        {"sequential,acc=fp32,product=lmul_bits,scales=partials", "e4m3", "e4m3", "e8m0", 32},
        {"tcgen05_mxf8", "e4m3", "e2m1", "ue4m3", 32},
    };
    try_list(list, sizeof list / sizeof *list, "scales");
}

/* --- where binary64 is one digit short --- */

/* One dot product of these values; what comes of it as the definition has it. */
static double of_values(const char *text, const char *name, size_t n, const double *a, const double *b,
                        double scale)
{
    struct mac_spec m;
    struct format f;
    struct error e = {{0}};
    uint32_t code_a[4], code_b[4], one = bits_from_f32(1), other = bits_from_f32((float)scale), d;
    assert_int_equal(mac_parse(text, &m, &e), STATUS_OK);
    assert_true(n <= 4 && format_by_name(name, &f, NULL));
    for (size_t i = 0; i < n; i++) {
        code_a[i] = round_to(&f, a[i]);
        code_b[i] = round_to(&f, b[i]);
        assert_true(format_value(&f, code_a[i]) == a[i] && format_value(&f, code_b[i]) == b[i]);
    }
    struct dot_scales x = {format_find("fp32"), &other, n, 1}, y = {x.format, &one, n, 1};
    bool scales = m.scales != MAC_SCALES_NONE;
    struct gemm_input in = {.a = {&f, code_a, scales ? &x : NULL},
                            .b = {&f, code_b, scales ? &y : NULL},
                            .rows = 1,
                            .columns = 1,
                            .n = n};
    struct dot_input row = {.a = in.a, .b = in.b, .n = n};
    assert_null(dot_input_problem(&m, &row));
    compare(&m, text, &in, FINITE, true);
    dot_gemm(&m, &in, &d, NULL);
    return format_value(&m.out, d);
}

/* Operands of 27 and 28 bits, whose products have 54 and more: the last bit is left, and a larger number, as
 * the definition itself would tell of a sum of zero. */
static void operands_of_many_bits(void **state)
{
    (void)state;
    static const double x = 2 - 0x1p-26, y = 1 + 0x1p-27, rest = 0x1p-40;
    static const double a[] = {x, -4, 0x1p-24, rest}, b[] = {x, 1, 1, 1};  /* x^2 = 4 - 2^-24 + 2^-52 */
    static const double c[] = {y, -1, -0x1p-26, rest}, d[] = {y, 1, 1, 1}; /* y^2 = 1 + 2^-26 + 2^-54 */
    assert_true(of_values("exact", "posit32", 4, a, b, 1) == rest + 0x1p-52);
    assert_true(of_values("exact", "posit32", 4, c, d, 1) == rest + 0x1p-54);
}

/* A partial sum of 31 bits times a scale of 24: 1 above halfway between two numbers of binary32, of which
 * the lower one is even. In 53 bits that 1 is lost, and the tie goes down. */
static void partials_of_many_bits(void **state)
{
    (void)state;
    enum { SCALE = 16777213, PARTIAL = 1549096277, MOST = 32767 };
    const int64_t product = (int64_t)SCALE * PARTIAL, unit = INT64_C(1) << 31;
    assert_true(product % unit == unit / 2 + 1 && product / unit % 2 == 0 && product >> 54 == 1);
    enum { REST = PARTIAL - MOST * MOST };
    static const double a[] = {MOST, REST / MOST, REST % MOST}, b[] = {MOST, MOST, 1};
    assert_true(of_values("sequential,acc=int32,scales=partials", "int16", 3, a, b, SCALE) ==
                (double)((product / unit + 1) * unit));
}

static void refuses(void **state)
{
    (void)state;
    static const char *const tried[] = {"sequential,acc=fp16,round=sr", "pairwise,acc=fp32",
                                        "sequential,acc=fp32,round=rup",
                                        "fused,group=4,fraction=10,acc=fp32,product=lmul_bits"};
    for (size_t i = 0; i < sizeof tried / sizeof *tried; i++)
        try_all(tried[i], "e4m3", "e4m3", NULL, 0, false);
    printf("# covered products: %llu pairs of MAC and formats, %llu products of matrices, %llu elements, "
           "%llu terms, "
           "%zu sets\n",
           (unsigned long long)pairs, (unsigned long long)cases, (unsigned long long)dots,
           (unsigned long long)products, kernels_count());
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(orders),
                                       cmocka_unit_test(scaled),
                                       cmocka_unit_test(units),
                                       cmocka_unit_test(operands_of_many_bits),
                                       cmocka_unit_test(partials_of_many_bits),
                                       cmocka_unit_test(refuses)};
    return cmocka_run_group_tests_name("kernel_gemm", tests, NULL, NULL);
}
