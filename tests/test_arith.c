/* Operations of formats against MPFR, and against the conformance vectors of independent programs. */
#include "tests/check.h"

#include <mpfr.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "formats/arith.h"
#include "sim/base/rng.h"
#include "sim/proof/oracle.h"
#include "tests/vectors.h"

/* --- against MPFR --- */

/* Exact sums of products of binary32's range lie within 2^-300 .. 2^260. The oracle holds ORACLE_PRECISION
 * bits: of more, the first and a mark that there is more. */
enum { EXACT = 1200, MARKED = ORACLE_PRECISION, KEPT = MARKED - 2 };

struct bench {
    mpfr_t value[3], whole, result;
    struct oracle_case number;
    size_t done;
};

static void bench_init(struct bench *b)
{
    for (int i = 0; i < 3; i++)
        mpfr_init2(b->value[i], 64);
    mpfr_init2(b->whole, EXACT);
    mpfr_init2(b->result, MARKED);
    oracle_case_init(&b->number);
}

static void bench_clear(struct bench *b)
{
    for (int i = 0; i < 3; i++)
        mpfr_clear(b->value[i]);
    mpfr_clears(b->whole, b->result, (mpfr_ptr)0);
    oracle_case_clear(&b->number);
}

/* MPFR's own rules for zeros and infinities are IEEE's. A quotient of EXACT bits, cut, lies on the same side
 * of every boundary of the format as the quotient. */
static void operate(struct bench *b, enum operation op, mpfr_rnd_t zero)
{
    bool cut = false;
    switch (op) {
    case OPERATION_ADD:
        mpfr_add(b->whole, b->value[0], b->value[1], zero);
        break;
    case OPERATION_SUB:
        mpfr_sub(b->whole, b->value[0], b->value[1], zero);
        break;
    case OPERATION_MUL:
        mpfr_mul(b->whole, b->value[0], b->value[1], zero);
        break;
    case OPERATION_DIV:
        cut = mpfr_div(b->whole, b->value[0], b->value[1], MPFR_RNDZ) != 0;
        break;
    default:
        mpfr_fma(b->whole, b->value[0], b->value[1], b->value[2], zero);
    }
    mpfr_t kept;
    mpfr_init2(kept, KEPT);
    cut |= mpfr_set(kept, b->whole, MPFR_RNDZ) != 0;
    mpfr_set(b->result, kept, MPFR_RNDN);
    if (cut)
        mpfr_signbit(kept) ? mpfr_nextbelow(b->result) : mpfr_nextabove(b->result);
    mpfr_clear(kept);
}

static bool is_nan(const struct format *f, uint32_t code)
{
    return format_decode(f, code).class == NUMBER_NAN;
}

static void check(struct bench *b, const struct format *f, enum operation op, const uint32_t code[3],
                  const struct rounding *r, uint32_t random)
{
    struct number x[3];
    for (int i = 0; i < 3; i++) {
        x[i] = format_decode(f, code[i]);
        oracle_decode(b->value[i], f, code[i]);
    }
    operate(b, op, r->mode == ROUND_RDN ? MPFR_RNDD : MPFR_RNDN);
    uint32_t want;
    bool negative = mpfr_signbit(b->result) != 0;
    if (mpfr_regular_p(b->result)) {
        oracle_case_set(&b->number, f, b->result);
        want = oracle_encode(&b->number, oracle_rounds_up(&b->number, r, random), f, r);
    } else {
        enum number_class class = mpfr_nan_p(b->result)   ? NUMBER_NAN
                                  : mpfr_inf_p(b->result) ? NUMBER_INF
                                                          : NUMBER_ZERO;
        want = oracle_encode_special(class, negative, f, r);
    }
    uint32_t got = format_operate(f, op, x[0], x[1], x[2], r, random).code;
    b->done++;
    if (got != want && !(is_nan(f, got) && is_nan(f, want)))
        fail_msg("%s %s %s overflow=%s: 0x%x, 0x%x, 0x%x: got 0x%x, want 0x%x", f->name, operation_names[op],
                 round_mode_names[r->mode], overflow_mode_names[r->overflow], code[0], code[1], code[2], got,
                 want);
}

/* Every mode and overflow policy in turn. */
static struct rounding turn(size_t i)
{
    return (struct rounding){.mode = (enum round_mode)(i % ROUND_MODES),
                             .overflow = (enum overflow_mode)(i / ROUND_MODES % OVERFLOW_MODES)};
}

/* All pairs of codes under all modes; third operands at random. */
static void all_pairs(void **state)
{
    (void)state;
    static const char *const names[] = {"e2m1", "e3m2", "e4m3", "e5m2", "e4m3fnuz", "p3109_k6p3se"};
    struct bench b = {.done = 0};
    bench_init(&b);
    for (size_t n = 0; n < sizeof names / sizeof *names; n++) {
        struct format f;
        assert_true(format_by_name(names[n], &f, NULL));
        uint32_t mask = format_code_mask(&f);
        size_t i = 0, all = mask < 64 ? ROUND_MODES : 1;
        for (size_t pass = 0; pass < all; pass++)
            for (uint32_t a = 0; a <= mask; a++)
                for (uint32_t c = 0; c <= mask; c++)
                    for (int op = 0; op < OPERATIONS; op++, i++) {
                        uint32_t random = rng_u32(5, n, i), code[] = {a, c, random >> 3 & mask};
                        struct rounding r = turn(i / OPERATIONS + pass);
                        check(&b, &f, (enum operation)op, code, &r, random);
                    }
    }
    printf("# covered operations of small formats against MPFR: %zu\n", b.done);
    bench_clear(&b);
}

/* Codes that lie near each other, cancel, or are drawn at random. */
static void wide_formats(void **state)
{
    (void)state;
    static const char *const names[] = {"fp16", "bf16", "tf32"};
    struct bench b = {.done = 0};
    bench_init(&b);
    for (size_t n = 0; n < sizeof names / sizeof *names; n++) {
        const struct format *f = format_find(names[n]);
        assert_non_null(f);
        uint32_t mask = format_code_mask(f), sign = (mask >> 1) + 1;
        for (size_t i = 0; i < 60000; i++) {
            uint32_t r[4];
            rng_u32x4(9, n, i, r);
            uint32_t code[3] = {r[0] & mask, r[1] & mask, r[2] & mask};
            struct rounding rounding = turn(r[3] >> 8);
            enum operation op = (enum operation)(i % OPERATIONS);
            if (i / OPERATIONS % 3 == 1)
                code[1] = (code[0] ^ (r[3] & 1 ? sign : 0)) + r[1] % 64;
            if (i / OPERATIONS % 3 == 2) { /* c = -round(a * b), which fma cancels */
                struct number x = format_decode(f, code[0]), y = format_decode(f, code[1]);
                code[2] =
                    format_operate(f, OPERATION_MUL, x, y, x, &(struct rounding){.mode = ROUND_RTZ}, 0).code ^
                    sign;
            }
            code[1] &= mask;
            check(&b, f, op, code, &rounding, r[3]);
        }
    }
    printf("# covered operations of wide formats against MPFR: %zu\n", b.done);
    bench_clear(&b);
}

/* --- the conformance vectors --- */

static struct rounding suffix_rounding(const char *suffix)
{
    struct rounding r = {.overflow = strstr(suffix, ".sat") ? OVERFLOW_SATURATE : OVERFLOW_INFINITY};
    for (int m = 0; m < ROUND_MODES; m++)
        if (strncmp(suffix, round_mode_names[m], 3) == 0)
            r.mode = (enum round_mode)m;
    return r;
}

struct operands {
    uint32_t a, b, c;
};

/* Operands of each result: pairs of all codes, or as stored. */
static struct operands *operands_of(const struct format *f, const char *name, enum operation op,
                                    const struct vector *want)
{
    struct operands *x = calloc(want->n, sizeof *x);
    assert_non_null(x);
    if (op != OPERATION_FMA && f->bits <= 8) { /* row = code of a, column = code of b */
        for (size_t i = 0; i < want->n; i++)
            x[i] = (struct operands){.a = (uint32_t)(i / want->columns), .b = (uint32_t)(i % want->columns)};
        return x;
    }
    size_t width = op == OPERATION_FMA ? 3 : 1;
    static const char *const files[][2] = {{"a", "b"}, {"fma.abc", "fma.abc"}};
    for (size_t k = 0; k < 2; k++) {
        struct vector v = vector_load("arith", "%s.%s", name, files[op == OPERATION_FMA][k]);
        assert_int_equal(v.n, width * want->n);
        for (size_t i = 0; i < want->n; i++) {
            *(k ? &x[i].b : &x[i].a) = (uint32_t)v.v[width * i + (op == OPERATION_FMA ? k : 0)];
            x[i].c = (uint32_t)v.v[width * i + width - 1];
        }
        vector_free(&v);
    }
    return x;
}

/* "float8_e4m3fn.add.rne.sat" */
static size_t compare(const char *file)
{
    char name[64], op_name[8], suffix[16];
    struct format f;
    int op = 0;
    assert_int_equal(sscanf(file, "%63[^.].%7[^.].%15s", name, op_name, suffix), 3);
    assert_true(format_by_name(name, &f, NULL));
    while (op < OPERATIONS && strcmp(op_name, operation_names[op]) != 0)
        op++;
    assert_true(op < OPERATIONS);
    struct rounding r = suffix_rounding(suffix);
    struct vector want = vector_load("arith", "%s", file);
    struct operands *x = operands_of(&f, name, (enum operation)op, &want);
    size_t compared = 0;
    for (size_t i = 0; i < want.n; i++) {
        struct number a = format_decode(&f, x[i].a), b = format_decode(&f, x[i].b),
                      c = format_decode(&f, x[i].c);
        if (op == OPERATION_DIV && a.class == NUMBER_ZERO && b.class == NUMBER_ZERO && !format_has_nan(&f))
            continue; /* SKIP rule */
        uint32_t got = format_operate(&f, (enum operation)op, a, b, c, &r, 0).code,
                 expected = (uint32_t)want.v[i];
        if (got != expected && !(is_nan(&f, got) && is_nan(&f, expected)))
            fail_msg("%s 0x%x, 0x%x, 0x%x: got 0x%x, want 0x%x", file, x[i].a, x[i].b, x[i].c, got, expected);
        compared++;
    }
    free(x);
    vector_free(&want);
    return compared;
}

/* Every table there is: FORMAT.OPERATION.MODE, or .MODE.sat. */
static void vectors(void **state)
{
    (void)state;
    size_t n, tables = 0, compared = 0;
    char **names = vector_names("arith", ".npy", &n);
    for (size_t i = 0; i < n; i++)
        if (strstr(names[i], ".r")) {
            compared += compare(names[i]);
            tables++;
        }
    vector_names_free(names, n);
    printf("# covered arith vectors: %zu tables, %zu operations\n", tables, compared);
    assert_true(tables > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_pairs),
        cmocka_unit_test(wide_formats),
        cmocka_unit_test(vectors),
    };
    return cmocka_run_group_tests_name("arith", tests, NULL, NULL);
}
