/* Operations of formats and what they raise against the processor's own: binary32 by SSE and FMA, conversions
 * of binary16 by F16C, binary16 by AVX512-FP16, bfloat16 by AVX512-BF16; each where the processor has it. */
#include "tests/check.h"

#include <fenv.h>
#include <math.h>
#include <stdio.h>

#include "sim/base/rng.h"
#include "tests/arith_oracle.h"

#ifdef __x86_64__
#include <immintrin.h>

extern const struct format format_fp32, format_fp16, format_bf16;

enum { CASES = 400000 };

/* Patterns whose results meet every corner: any bits, near each other, few bits, subnormal and huge. */
static uint32_t draw(uint64_t stream, uint64_t i)
{
    static const uint32_t some[] = {0,          0x80000000, 1,          0x80000001, 0x007fffff, 0x00800000,
                                    0x00800001, 0x3f800000, 0xbf800000, 0x7f7fffff, 0xff7fffff, 0x7f800000,
                                    0xff800000, 0x7fc00000, 0x3f7fffff, 0x3f800001, 0x00ffffff, 0x40000000};
    uint32_t r[4];
    rng_u32x4(41, stream, i, r);
    switch (r[1] % 6) {
    case 0:
        return some[r[0] % (sizeof some / sizeof *some)];
    case 1: /* around 1 */
        return 0x3f000000 + (r[0] & 0x81ffffff);
    case 2: /* near the subnormal range */
        return r[0] & 0x81ffffff;
    case 3: /* few bits */
        return r[0] & 0xfff80000;
    case 4:
        return (r[0] & 0x80ffffff) + 0x20000000;
    default:
        return r[0];
    }
}

static bool is_nan_bits(uint32_t bits)
{
    return (bits & 0x7fffffff) > 0x7f800000;
}

static bool is_signalling(uint32_t bits)
{
    return is_nan_bits(bits) && !(bits & 0x00400000);
}

static uint32_t raised_by_machine(void)
{
    int e = fetestexcept(FE_ALL_EXCEPT);
    return (e & FE_INVALID ? RAISED_INVALID : 0) | (e & FE_DIVBYZERO ? RAISED_DIVISION : 0) |
           (e & FE_OVERFLOW ? RAISED_OVERFLOW : 0) | (e & FE_UNDERFLOW ? RAISED_UNDERFLOW : 0) |
           (e & FE_INEXACT ? RAISED_INEXACT : 0);
}

/* What emulates a processor, as valgrind does, may tell of no exceptions. */
static void need_exceptions(void)
{
    volatile float three = 3, third;
    feclearexcept(FE_ALL_EXCEPT);
    third = 1 / three;
    if (third > 0 && raised_by_machine() == RAISED_INEXACT)
        return;
    printf("# skipped: this processor tells of no exceptions; it is emulated\n");
    skip();
}

__attribute__((target("fma"))) static float machine_fma(float a, float b, float c)
{
    return _mm_cvtss_f32(_mm_fmadd_ss(_mm_set_ss(a), _mm_set_ss(b), _mm_set_ss(c)));
}

static bool machine_has(enum operation op)
{
    return op <= OPERATION_DIV || op == OPERATION_SQRT ||
           (op == OPERATION_FMA && __builtin_cpu_supports("fma"));
}

static float machine(enum operation op, float a, float b, float c)
{
    switch (op) {
    case OPERATION_ADD:
        return a + b;
    case OPERATION_SUB:
        return a - b;
    case OPERATION_MUL:
        return a * b;
    case OPERATION_DIV:
        return a / b;
    case OPERATION_SQRT:
        return _mm_cvtss_f32(_mm_sqrt_ss(_mm_set_ss(a)));
    default:
        return machine_fma(a, b, c);
    }
}

/* Restores the environment, so that nothing else runs under another mode. */
static uint32_t run_machine(enum operation op, int mode, const uint32_t bits[3], uint32_t *raised)
{
    volatile float a = f32_from_bits(bits[0]), b = f32_from_bits(bits[1]), c = f32_from_bits(bits[2]), out;
    fesetround(mode);
    feclearexcept(FE_ALL_EXCEPT);
    out = machine(op, a, b, c);
    *raised = raised_by_machine();
    fesetround(FE_TONEAREST);
    return bits_from_f32(out);
}

static const struct {
    int machine;
    enum round_mode mode;
} modes[] = {
    {FE_TONEAREST, ROUND_RNE}, {FE_UPWARD, ROUND_RUP}, {FE_DOWNWARD, ROUND_RDN}, {FE_TOWARDZERO, ROUND_RTZ}};
enum { MODES = sizeof modes / sizeof *modes };

/* binary32: results and exceptions, which SSE detects after rounding as we do. */
static void binary32(void **state)
{
    (void)state;
    need_exceptions();
    size_t of[OPERATIONS] = {0}, done = 0;
    for (uint64_t i = 0; i < CASES; i++) {
        uint32_t bits[3] = {draw(0, i), draw(1, i), draw(2, i)};
        if (i % 5 == 0)
            bits[1] = bits[0] ^ (uint32_t)(i % 7) ^ 0x80000000;
        enum operation op = (enum operation)(i % (OPERATION_SQRT + 1));
        size_t m = i / 7 % MODES;
        if (!machine_has(op) || is_signalling(bits[0]) || is_signalling(bits[1]) || is_signalling(bits[2]))
            continue;
        struct rounding r = {.mode = modes[m].mode, .overflow = OVERFLOW_INFINITY};
        struct operation_counts counts = {0};
        uint32_t raised, want = run_machine(op, modes[m].machine, bits, &raised);
        uint32_t got = format_operate_counted(&format_fp32, op, number_from_f32(f32_from_bits(bits[0])),
                                              number_from_f32(f32_from_bits(bits[1])),
                                              number_from_f32(f32_from_bits(bits[2])), &r, 0, &counts)
                           .code;
        bool same = got == want || (is_nan_bits(got) && is_nan_bits(want));
        if (!same || arith_raised(&counts) != raised)
            fail_msg("%s %s 0x%08x 0x%08x 0x%08x: got 0x%08x raised %x; the processor 0x%08x raised %x",
                     operation_names[op], round_mode_names[r.mode], bits[0], bits[1], bits[2], got,
                     arith_raised(&counts), want, raised);
        of[op]++;
        done++;
    }
    printf("# covered binary32 against the processor, results and exceptions in four modes: %zu (fma %zu)\n",
           done, of[OPERATION_FMA]);
    assert_true(done > CASES / 2);
}

/* --- binary16 --- */

/* As volatile, so that only the conversion asked for is made: each raises flags of its own. */
#define TO_HALF(mode)                                   \
    do {                                                \
        volatile __m128i h = _mm_cvtps_ph(v, mode);     \
        return (uint32_t)_mm_cvtsi128_si32(h) & 0xffff; \
    } while (0)

__attribute__((target("f16c"))) static uint32_t to_half(float x, int mode)
{
    __m128 v = _mm_set_ss(x);
    if (mode == FE_UPWARD)
        TO_HALF(_MM_FROUND_TO_POS_INF);
    if (mode == FE_DOWNWARD)
        TO_HALF(_MM_FROUND_TO_NEG_INF);
    if (mode == FE_TOWARDZERO)
        TO_HALF(_MM_FROUND_TO_ZERO);
    TO_HALF(_MM_FROUND_TO_NEAREST_INT);
}

__attribute__((target("f16c"))) static uint32_t from_half(uint32_t h)
{
    return bits_from_f32(_mm_cvtss_f32(_mm_cvtph_ps(_mm_cvtsi32_si128((int)h))));
}

static bool is_nan_half(uint32_t h)
{
    return (h & 0x7fff) > 0x7c00;
}

/* A binary32 number, boundaries of binary16 and their neighbours among them. */
static uint32_t draw_for_half(uint64_t i)
{
    uint32_t u = rng_u32(43, 0, i);
    if (i % 4 == 0)
        return u;
    uint32_t exponent = 127 - 26 + (u >> 8) % 44, tie = (i % 8 < 4 ? 0x1000u : 0) + (u % 3) - 1;
    return (u & 0x80000000) | (exponent << 23) | (((u & 0x7fe000) + tie) & 0x7fffff);
}

static void conversions(void **state)
{
    (void)state;
    if (!__builtin_cpu_supports(
            "avx2")) { /* every processor with AVX2 has F16C, which clang 14 cannot ask for */
        printf("# skipped: F16C is not available\n");
        skip();
    }
    need_exceptions();
    struct operation_counts counts = {0};
    struct number none = {.class = NUMBER_ZERO};
    const struct rounding nearest = {.overflow = OVERFLOW_INFINITY};
    for (uint32_t h = 0; h < 65536; h++) {
        uint32_t want = from_half(h);
        uint32_t got = format_operate(&format_fp32, OPERATION_CONVERT, format_decode(&format_fp16, h), none,
                                      none, &nearest, 0)
                           .code;
        if (got != want && !(is_nan_bits(got) && is_nan_bits(want)))
            fail_msg("0x%04x: got 0x%08x, want 0x%08x", h, got, want);
    }
    for (uint64_t i = 0; i < CASES; i++) {
        uint32_t bits = draw_for_half(i);
        size_t m = i % MODES;
        if (is_signalling(bits))
            continue;
        struct rounding r = {.mode = modes[m].mode, .overflow = OVERFLOW_INFINITY};
        struct operation_counts one = {0};
        volatile float x = f32_from_bits(bits); /* in order with the flags */
        feclearexcept(FE_ALL_EXCEPT);
        volatile uint32_t half = to_half(x, modes[m].machine);
        uint32_t raised = raised_by_machine(), want = half;
        uint32_t got = format_operate_counted(&format_fp16, OPERATION_CONVERT,
                                              number_from_f32(f32_from_bits(bits)), none, none, &r, 0, &one)
                           .code;
        bool same = got == want || (is_nan_half(got) && is_nan_half(want));
        if (!same || arith_raised(&one) != raised)
            fail_msg("%s 0x%08x: got 0x%04x raised %x; the processor 0x%04x raised %x",
                     round_mode_names[r.mode], bits, got, arith_raised(&one), want, raised);
        operation_counts_add(&counts, &one);
    }
    printf("# covered conversions to binary16 and all from it against F16C: %llu, overflow %llu, underflow "
           "%llu, "
           "inexact %llu\n",
           (unsigned long long)counts.operations, (unsigned long long)counts.overflow,
           (unsigned long long)counts.underflow, (unsigned long long)counts.inexact);
    assert_true(counts.overflow && counts.underflow && counts.inexact);
}

#ifndef __clang__ /* clang 14 does not know the instructions */
__attribute__((target("avx512fp16,avx512vl"))) static uint32_t half_operate(enum operation op,
                                                                            const uint32_t x[3])
{
    __m128h a = _mm_castsi128_ph(_mm_cvtsi32_si128((int)x[0])),
            b = _mm_castsi128_ph(_mm_cvtsi32_si128((int)x[1])),
            c = _mm_castsi128_ph(_mm_cvtsi32_si128((int)x[2])), y;
    switch (op) {
    case OPERATION_ADD:
        y = _mm_add_sh(a, b);
        break;
    case OPERATION_SUB:
        y = _mm_sub_sh(a, b);
        break;
    case OPERATION_MUL:
        y = _mm_mul_sh(a, b);
        break;
    case OPERATION_DIV:
        y = _mm_div_sh(a, b);
        break;
    case OPERATION_SQRT:
        y = _mm_sqrt_sh(a, a);
        break;
    default:
        y = _mm_fmadd_sh(a, b, c);
    }
    return (uint32_t)_mm_cvtsi128_si32(_mm_castph_si128(y)) & 0xffff;
}

static void binary16(void **state)
{
    (void)state;
    if (!__builtin_cpu_supports("avx512fp16")) {
        printf("# skipped: AVX512-FP16 is not available\n");
        skip();
    }
    size_t done = 0;
    for (uint64_t i = 0; i < CASES; i++) {
        uint32_t r[4];
        rng_u32x4(44, 0, i, r);
        uint32_t x[3] = {r[0] & 0xffff, r[1] & 0xffff, r[2] & 0xffff};
        if (i % 3 == 0)
            x[1] = (x[0] ^ 0x8000) + r[1] % 64;
        x[1] &= 0xffff;
        enum operation op = (enum operation)(i % (OPERATION_SQRT + 1));
        size_t m = i / 7 % MODES;
        struct rounding mode = {.mode = modes[m].mode, .overflow = OVERFLOW_INFINITY};
        volatile uint32_t first = x[0];
        fesetround(modes[m].machine);
        volatile uint32_t want = half_operate(op, (uint32_t[]){first, x[1], x[2]});
        fesetround(FE_TONEAREST);
        uint32_t got =
            format_operate(&format_fp16, op, format_decode(&format_fp16, x[0]),
                           format_decode(&format_fp16, x[1]), format_decode(&format_fp16, x[2]), &mode, 0)
                .code;
        if (got != want && !(is_nan_half(got) && is_nan_half(want)))
            fail_msg("%s %s 0x%04x 0x%04x 0x%04x: got 0x%04x, the processor 0x%04x", operation_names[op],
                     round_mode_names[mode.mode], x[0], x[1], x[2], got, want);
        done++;
    }
    printf("# covered binary16 against AVX512-FP16 in four modes: %zu\n", done);
}

#else
static void binary16(void **state)
{
    (void)state;
    printf("# skipped: the compiler does not know AVX512-FP16\n");
    skip();
}
#endif

/* --- bfloat16 --- */

__attribute__((target("avx512bf16,avx512vl"))) static uint32_t to_bf16(float x)
{
    union {
        __m128bh v;
        uint16_t code[8];
    } u = {.v = _mm_cvtneps_pbh(_mm_set_ss(x))};
    return u.code[0];
}

/* The instruction takes subnormal numbers for zeros, so they are left out. */
static void bfloat16(void **state)
{
    (void)state;
    if (!__builtin_cpu_supports("avx512bf16") || !__builtin_cpu_supports("avx512vl")) {
        printf("# skipped: AVX512-BF16 is not available\n");
        skip();
    }
    size_t done = 0;
    struct number none = {.class = NUMBER_ZERO};
    const struct rounding nearest = {.overflow = OVERFLOW_INFINITY};
    for (uint64_t i = 0; i < CASES; i++) {
        uint32_t bits = rng_u32(45, 0, i);
        if (i % 2)
            bits = (bits & 0xffff0000) | (0x8000 + bits % 3 - 1);
        if (!(bits & 0x7f800000))
            continue;
        uint32_t want = to_bf16(f32_from_bits(bits));
        uint32_t got = format_operate(&format_bf16, OPERATION_CONVERT, number_from_f32(f32_from_bits(bits)),
                                      none, none, &nearest, 0)
                           .code;
        if (got != want && !(is_nan_bits(got << 16) && is_nan_bits(want << 16)))
            fail_msg("0x%08x: got 0x%04x, want 0x%04x", bits, got, want);
        done++;
    }
    printf("# covered conversions to bfloat16 against AVX512-BF16: %zu\n", done);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(binary32),
        cmocka_unit_test(conversions),
        cmocka_unit_test(binary16),
        cmocka_unit_test(bfloat16),
    };
    return cmocka_run_group_tests_name("arith_hardware", tests, NULL, NULL);
}
#else
int main(void)
{
    printf("1..0 # skipped: instructions of x86-64\n");
    return 0;
}
#endif
