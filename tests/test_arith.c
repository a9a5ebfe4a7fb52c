/* Operations of formats and what they raise against MPFR, and against the conformance vectors of independent
 * programs. With the argument `all` nothing is thinned: every pair of codes of every format of 8 bits or
 * fewer under every mode. */
#include "tests/check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/base/rng.h"
#include "sim/scheme.h"
#include "tests/arith_oracle.h"
#include "tests/vectors.h"
#include "tests/word.h"

enum { SPARSER = WATCHED ? 8 : 1 };
enum { THIN = 37 * SPARSER }; /* of pairs of 8 bits */

/* --- against MPFR --- */

struct covered {
    size_t operations, relations, unsure, raised[5], in_mode[ROUND_MODES], of_operation[OPERATIONS];
};

static bool everything; /* not thinned */

static bool is_nan(const struct format *f, uint32_t code)
{
    return format_decode(f, code).class == NUMBER_NAN;
}

static void expect(struct arith_oracle *o, enum operation op, const struct format *const from[3],
                   const uint32_t code[3], const struct rounding *r, uint32_t random, struct covered *n)
{
    struct arith_want want = arith_oracle_want(o, r, random);
    struct operation_counts counts = {0};
    struct number x[3];
    for (int i = 0; i < 3; i++)
        x[i] = format_decode(from[i], code[i]);
    uint32_t got = format_operate_counted(o->f, op, x[0], x[1], x[2], r, random, &counts).code;
    uint32_t raised = arith_raised(&counts);
    n->unsure += o->beyond_64_bits;
    bool same = got == want.code || (is_nan(o->f, got) && is_nan(o->f, want.code));
    if (!same || raised != want.raised || counts.operations != 1)
        fail_msg("%s %s round=%s overflow=%s ftz=%d random=%08x: %s 0x%x, %s 0x%x, %s 0x%x: got 0x%x raised "
                 "%x, want 0x%x raised %x",
                 o->f->name, operation_names[op], round_mode_names[r->mode], overflow_mode_names[r->overflow],
                 r->ftz, random, from[0]->name, code[0], from[1]->name, code[1], from[2]->name, code[2], got,
                 raised, want.code, want.raised);
    if (format_operate(o->f, op, x[0], x[1], x[2], r, random).code != got)
        fail_msg("%s %s: counting changes the result", o->f->name, operation_names[op]);
    n->operations++;
    n->in_mode[r->mode]++;
    n->of_operation[op]++;
    for (int i = 0; i < 5; i++)
        n->raised[i] += raised >> i & 1;
}

/* One mode, or all of them, each with policies in turn. */
static void expect_modes(struct arith_oracle *o, enum operation op, const struct format *const from[3],
                         const uint32_t code[3], bool all, size_t turn, struct covered *n)
{
    arith_oracle_set(o, op, from, code);
    for (size_t m = 0; m < (all ? ROUND_MODES : 1); m++) {
        size_t t = turn + m;
        uint32_t random = rng_u32(7, turn, m);
        struct rounding r = {.mode = (enum round_mode)(t % ROUND_MODES),
                             .overflow = (enum overflow_mode)(random % OVERFLOW_MODES),
                             .nan = random >> 8 & 1 ? NAN_TO_MAX : NAN_TO_ZERO,
                             .neg_zero = random >> 9 & 7 ? NEG_ZERO_KEEP : NEG_ZERO_DROP,
                             .sr_kind = (enum sr_kind)(random >> 12 & 3),
                             .sr_bits = random >> 14 & 1 ? 0 : 1 + (int)(random >> 15 & 7),
                             .ftz = (random >> 18 & 7) == 0};
        expect(o, op, from, code, &r, rng_u32(8, turn, m), n);
    }
}

static void expect_relation(struct arith_oracle *o, const struct format *const from[3],
                            const uint32_t code[3], struct covered *n)
{
    arith_oracle_set(o, OPERATION_ADD, from, code);
    enum relation want = arith_oracle_relation(o);
    enum relation got = number_relation(format_decode(from[0], code[0]), format_decode(from[1], code[1]));
    if (got != want)
        fail_msg("%s 0x%x, %s 0x%x: %s, want %s", from[0]->name, code[0], from[1]->name, code[1],
                 relation_names[got], relation_names[want]);
    n->relations++;
}

static void tell(const char *what, const struct covered *n)
{
    printf("# covered %s: %zu operations, %zu relations; raised: invalid %zu, division by zero %zu, overflow "
           "%zu, underflow %zu, inexact %zu\n",
           what, n->operations, n->relations, n->raised[0], n->raised[1], n->raised[2], n->raised[3],
           n->raised[4]);
    for (int i = 0; i < 5; i++)
        assert_true(n->raised[i] > 0);
    for (int m = 0; m < ROUND_MODES; m++)
        assert_true(n->in_mode[m] > 0);
    for (int op = 0; op < OPERATIONS; op++)
        assert_true(n->of_operation[op] > 0);
}

/* All operands, or pairs, of a format: one in `stride` of them. Third operands of fma at random. */
static void cross(struct arith_oracle *o, bool all_modes, size_t stride, struct covered *n)
{
    const struct format *f = o->f, *const from[3] = {f, f, f};
    uint32_t mask = format_code_mask(f);
    for (int i = 0; i < OPERATIONS; i++) {
        enum operation op = (enum operation)i;
        bool unary = operation_operands(op) == 1;
        size_t cases = unary ? (size_t)mask + 1 : ((size_t)mask + 1) << f->bits, step = unary ? 1 : stride;
        for (size_t k = step > 1 ? rng_u32(3, (uint64_t)i, f->name[0]) % step : 0; k < cases; k += step) {
            uint32_t a = (uint32_t)k & mask, b = unary ? 0 : (uint32_t)(k >> f->bits);
            uint32_t code[3] = {a, b, rng_u32(5, (uint64_t)i, k) & mask};
            expect_modes(o, op, from, code, all_modes || unary, k / step, n);
            if (op == OPERATION_ADD)
                expect_relation(o, from, code, n);
        }
    }
}

static struct format format_of(const char *text)
{
    struct quant_spec q;
    struct error e = {{0}};
    if (scheme_parse(text, &q, &e))
        fail_msg("%s", e.text);
    return q.element;
}

/* Corners that no registered format has: a real-valued bias, a lowest field of other meaning, one bit of
 * precision, no exponent. */
static const char *const corners[] = {"e4m2,bias=6.3",
                                      "e5m2,bias=14.3",
                                      "e4m3,subnormals=off",
                                      "e3m2,subnormals=none",
                                      "e4m0,specials=ieee",
                                      "e3m0,specials=nan",
                                      "e0m5",
                                      "ue3m2,subnormals=off",
                                      "p3109_k6p3ue",
                                      "p3109_k6p1sf",
                                      "e3m2,specials=ieee",
                                      "posit6es0",
                                      "lns7f0",
                                      "lns3f2",
                                      "int5,codes=twos",
                                      "int5,codes=signmag"};

static void corner_formats(void **state)
{
    (void)state;
    struct covered n = {0};
    for (size_t i = 0; i < sizeof corners / sizeof *corners; i++) {
        struct format f = format_of(corners[i]);
        struct arith_oracle o;
        arith_oracle_open(&o, &f);
        cross(&o, everything, everything ? 1 : f.bits <= 6 ? SPARSER : 7 * SPARSER, &n);
        arith_oracle_close(&o);
    }
    tell("operations of corners of families against MPFR", &n);
}

/* Every registered format of 8 bits or fewer. */
static void small_formats(void **state)
{
    (void)state;
    struct covered n = {0};
    size_t formats = 0;
    for (size_t i = 0; i < format_count(); i++) {
        const struct format *f = format_at(i);
        if (f->bits > 8)
            continue;
        struct arith_oracle o;
        arith_oracle_open(&o, f);
        size_t stride = everything || f->bits <= 4 ? 1 : f->bits <= 6 ? 3 : THIN;
        cross(&o, everything || f->bits <= 3, stride, &n);
        arith_oracle_close(&o);
        formats++;
    }
    printf("# covered formats of 8 bits or fewer: %zu\n", formats);
    tell("operations of small formats against MPFR", &n);
}

/* Codes around the specials, the boundaries of exponents and of the subnormal range. */
static size_t boundary_codes(const struct format *f, uint32_t *codes)
{
    static const int32_t fields[] = {0, 1, 2, 12, -12, 13, -1, -2, -3}; /* from below, or from the top */
    int fraction = f->precision - 1;
    uint32_t top = (1u << f->exponent_bits) - 1, bias = (uint32_t)f->bias;
    size_t n = 0;
    for (size_t i = 0; i < sizeof fields / sizeof *fields + 3; i++) {
        uint32_t field = i < 9 ? (fields[i] >= 0 ? (uint32_t)fields[i] : top + 1 + (uint32_t)fields[i])
                               : bias - 1 + (uint32_t)(i - 9);
        static const int32_t offsets[] = {-1, 0, 1, 5};
        for (size_t k = 0; k < 4; k++)
            codes[n++] = ((field << fraction) + (uint32_t)offsets[k]) & (format_code_mask(f) >> 1);
    }
    for (size_t i = 0, half = n; i < half; i++) /* both signs */
        codes[n++] = codes[i] | ((format_code_mask(f) >> 1) + 1);
    return n;
}

/* Boundaries crossed with each other, in modes in turn, and with random codes. */
static void boundaries(struct arith_oracle *o, struct covered *n)
{
    const struct format *f = o->f, *const from[3] = {f, f, f};
    uint32_t codes[128];
    size_t count = boundary_codes(f, codes), turn = 0, step = everything ? 1 : 7 * SPARSER;
    for (int op = 0; op < OPERATIONS; op++)
        for (size_t k = (size_t)op % step; k < count * count; k += step, turn++) {
            uint32_t third = turn % 2 ? codes[rng_u32(11, 0, turn) % count] : rng_u32(12, 0, turn);
            uint32_t code[3] = {codes[k / count], codes[k % count], third & format_code_mask(f)};
            expect_modes(o, (enum operation)op, from, code, everything, turn, n);
            if (op == OPERATION_ADD)
                expect_relation(o, from, code, n);
        }
}

/* Codes that lie near each other, cancel, or are drawn at random. */
static void near_and_random(struct arith_oracle *o, size_t cases, struct covered *n)
{
    const struct format *f = o->f, *const from[3] = {f, f, f};
    uint32_t mask = format_code_mask(f), sign = (mask >> 1) + 1;
    for (size_t i = 0; i < cases; i++) {
        uint32_t r[4];
        rng_u32x4(9, (uint64_t)f->bits, i, r);
        uint32_t code[3] = {r[0] & mask, r[1] & mask, r[2] & mask};
        enum operation op = (enum operation)(i % OPERATIONS);
        if (i / OPERATIONS % 3 == 1)
            code[1] = (code[0] ^ (r[3] & 1 ? sign : 0)) + r[1] % 64;
        if (i / OPERATIONS % 3 == 2) { /* c = -round(a * b), which fma cancels */
            struct number x = format_decode(f, code[0]), y = format_decode(f, code[1]);
            static const struct rounding cut = {.mode = ROUND_RTZ};
            code[2] = format_operate(f, OPERATION_MUL, x, y, x, &cut, 0).code ^ sign;
        }
        code[1] &= mask;
        expect_modes(o, op, from, code, false, r[3] >> 8, n);
    }
}

static void wide_formats(void **state)
{
    (void)state;
    static const char *const names[] = {"fp16", "bf16", "tf32", "fp32"};
    struct covered n = {0};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        struct arith_oracle o;
        arith_oracle_open(&o, format_find(names[i]));
        boundaries(&o, &n);
        near_and_random(&o, (everything ? 1000000 : 30000) / SPARSER, &n);
        arith_oracle_close(&o);
    }
    tell("operations of wide formats against MPFR", &n);
}

/* Operations on one operand at every code of 16 bits, or one in many. */
static void unary_operations(void **state)
{
    (void)state;
    static const char *const names[] = {"fp16",          "bf16",        "posit16", "takum_lin16",
                                        "takum_log16",   "lns5f10",     "lns7f0",  "e5m2,bias=14.3",
                                        "p3109_k16p9ue", "e8m7,bias=3", "int16",   "e1m14"};
    static const enum operation unary[] = {OPERATION_SQRT, OPERATION_RECIP, OPERATION_EXP2,
                                           OPERATION_CONVERT};
    struct covered n = {0};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        struct format by_name = format_of(names[i]);
        const struct format *f = &by_name, *const from[3] = {f, f, f};
        struct arith_oracle o;
        arith_oracle_open(&o, f);
        uint32_t step = everything || f->bits <= 8 ? 1 : 61 * SPARSER;
        for (size_t k = 0; k < 4; k++)
            for (uint32_t code = step > 1 ? (uint32_t)(7 * k) : 0; code <= format_code_mask(f); code += step)
                expect_modes(&o, unary[k], from, (uint32_t[3]){code, 0, 0}, everything, code / step, &n);
        arith_oracle_close(&o);
    }
    printf("# covered operations on one operand of up to 16 bits against MPFR: %zu, %zu of them by "
           "the 64 bits of an irrational boundary\n",
           n.operations, n.unsure);
}

/* Operands of any formats, into a third. */
static void mixed_formats(void **state)
{
    (void)state;
    struct covered n = {0};
    size_t each = (everything ? 20000 : 700) / SPARSER;
    for (size_t i = 0; i < format_count(); i++) {
        const struct format *f = format_at(i);
        if (f->bits > 8 && f->family != &family_float)
            continue; /* the list of a wide format takes long to make */
        struct arith_oracle o;
        arith_oracle_open(&o, f);
        for (size_t k = 0; k < each; k++) {
            const struct format *from[3];
            uint32_t code[3];
            for (size_t j = 0; j < 3; j++) {
                uint32_t r[4];
                rng_u32x4(21 + j, i, k, r);
                from[j] = format_at(r[0] % format_count());
                code[j] = r[1] & format_code_mask(from[j]);
            }
            expect_modes(&o, (enum operation)(k % OPERATIONS), from, code, false, i + k / OPERATIONS, &n);
            expect_relation(&o, from, code, &n);
        }
        arith_oracle_close(&o);
    }
    tell("operations of mixed formats against MPFR", &n);
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
    everything = test_word && strcmp(test_word, "all") == 0;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(small_formats),    cmocka_unit_test(corner_formats), cmocka_unit_test(wide_formats),
        cmocka_unit_test(unary_operations), cmocka_unit_test(mixed_formats),  cmocka_unit_test(vectors),
    };
    return cmocka_run_group_tests_name("arith", tests, NULL, NULL);
}
