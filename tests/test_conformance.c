/* Conformance vectors: what they hold, against the door, the quantizer of a tensor laid out here, and
 * binary64. */
#include "tests/check.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "formats/facts.h"
#include "sim/base/rng.h"
#include "sim/quant/quant.h"
#include "sim/scheme.h"
#include "tests/conformance.h"

/* Cases with their outputs. */
struct cases {
    struct vectors *v;
    uint64_t *line;
    size_t n, words;
    char how[VECTORS_HOW_SIZE];
};

static struct cases cases_of(const struct vectors_spec *s)
{
    struct error e = {{0}};
    struct cases c = {.v = conformance_open(s)};
    c.words = vectors_words(c.v);
    if (vectors_choose(c.v, &c.line, &c.n, c.how, &e) || vectors_fill(c.v, c.line, c.n, &e))
        fail_msg("%s", e.text);
    return c;
}

static void cases_free(struct cases *c)
{
    vectors_close(c->v);
    free(c->line);
}

static uint64_t word(const struct cases *c, size_t line, const char *column, size_t i)
{
    const struct vectors_column *col = vectors_find(c->v, column);
    assert_non_null(col);
    assert_true(i < col->words);
    return c->line[line * c->words + col->first + i];
}

static bool is_nan_bits(uint64_t bits)
{
    return isnan(f32_from_bits((uint32_t)bits));
}

/* --- single values --- */

static bool has_input(const struct cases *c, uint32_t bits)
{
    for (size_t i = 0; i < c->n; i++)
        if (word(c, i, "x", 0) == bits)
            return true;
    return false;
}

/* Every value and every boundary with its neighbours is there, and each output is that of the door. */
static void values(void **state)
{
    (void)state;
    static const char *const schemes[] = {"e4m3",           "e5m2,overflow=infinity",
                                          "e2m1,round=rna", "int4",
                                          "e3m2,round=odd", "hif8",
                                          "posit8",         "nf4",
                                          "e8m0",           "p3109_k6p3ue,overflow=nan"};
    size_t points = 0;
    for (size_t k = 0; k < sizeof schemes / sizeof *schemes; k++) {
        struct vectors_spec s = conformance_spec(schemes[k]);
        struct cases c = cases_of(&s);
        const struct format *f = &s.scheme.element;
        for (size_t i = 0; i < c.n; i++) {
            uint32_t x = (uint32_t)word(&c, i, "x", 0);
            struct encoded e = format_round(f, number_from_f32(f32_from_bits(x)), &s.scheme.rounding, 0);
            assert_int_equal(word(&c, i, "code", 0), e.code);
            uint32_t y = bits_from_f32(number_to_f32(format_decode(f, e.code)));
            assert_int_equal(word(&c, i, "y", 0), y);
        }
        struct coded all[256];
        size_t finite = facts_decode(f, all);
        for (size_t i = 0; i + 1 < finite; i++) {
            if (number_compare(all[i].value, all[i + 1].value) == 0)
                continue;
            struct number middle = number_mul(number_add(all[i].value, all[i + 1].value), number_pow2(-1));
            uint32_t m = bits_from_f32(number_to_f32(middle)), v = bits_from_f32(number_to_f32(all[i].value));
            bool mean =
                f->family == &family_float || f->family == &family_int || f->family == &family_codebook;
            for (uint32_t d = 0; d < 3; d++) {
                if ((m & 0x7fffffff) && mean && !has_input(&c, m + d - 1))
                    fail_msg("%s: 0x%08x is missing", schemes[k], (unsigned)(m + d - 1));
                if ((v & 0x7fffffff) && !has_input(&c, v + d - 1))
                    fail_msg("%s: 0x%08x is missing", schemes[k], (unsigned)(v + d - 1));
                points++;
            }
        }
        static const uint32_t specials[] = {0,          0x80000000, 1,          0x7f7fffff,
                                            0x7f800000, 0xff800000, 0x7fc00000, 0x7f800001};
        for (size_t i = 0; i < sizeof specials / sizeof *specials; i++)
            assert_true(has_input(&c, specials[i]));
        cases_free(&c);
    }
    struct vectors_spec s = conformance_spec("e4m3,overflow=nan");
    struct cases c = cases_of(&s);
    assert_true(has_input(&c, bits_from_f32(464)) &&
                has_input(&c, bits_from_f32(464) + 1)); /* the tie beyond 448 */
    cases_free(&c);
    printf("# covered vectors of values: %zu points\n", points);
}

/* In the order of their words, given ones first. */
static bool comes_before(const uint64_t *a, const uint64_t *b, size_t words)
{
    size_t i = 0;
    while (i + 1 < words && a[i] == b[i])
        i++;
    return a[i] < b[i];
}

static void counts(void **state)
{
    (void)state;
    static const struct {
        const char *text, *from, *how;
        size_t n;
    } all[] = {
        {"decode:e4m3", NULL, "every code", 256},
        {"decode:fp16", NULL, "every code", 65536},
        {"add:e4m3", NULL, "every pair of codes", 65536},
        {"div:e2m1", NULL, "every pair of codes", 256},
        {"compare:e4m3", NULL, "every pair of codes", 65536},
        {"maximum-number:e3m2", NULL, "every pair of codes", 4096},
        {"sqrt:fp16", NULL, "every code", 65536},
        {"convert:e4m3", "fp16", "every code", 65536},
        {"add:fp16", "e4m3", "every pair of codes", 65536},
        {"fma:fp32", "e2m1", "every triple of codes", 4096},
        {"fma:e2m1", NULL, "every triple of codes", 4096},
        {"fma:e3m2", NULL, "every triple of codes", 1 << 18},
        {"mul:e4m5", NULL, "every pair of codes", 1 << 20},
        {"e4m3", "fp16", "every code of fp16", 65536},
        {"fp16", "e5m2", "every code of e5m2", 256},
    };
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        struct vectors_spec s = conformance_spec(all[i].text);
        if (all[i].from)
            assert_true(format_by_name(all[i].from, &s.from, NULL));
        struct cases c = cases_of(&s);
        assert_int_equal(c.n, all[i].n);
        assert_string_equal(c.how, all[i].how);
        if (s.kind != VECTORS_QUANTIZE || s.from.family) /* each code or tuple once, counting up */
            for (size_t j = 1; j < c.n; j++)
                assert_true(comes_before(&c.line[(j - 1) * c.words], &c.line[j * c.words], c.words));
        cases_free(&c);
    }
    /* Above 2^20 cases --count adds as many as it says. */
    struct vectors_spec s = conformance_spec("fma:fp16");
    size_t n[2];
    for (int k = 0; k < 2; k++) {
        s.random = k ? 100 : 0;
        struct cases c = cases_of(&s);
        n[k] = c.n;
        cases_free(&c);
    }
    assert_true(n[1] > n[0] + 100 && n[1] <= n[0] + 200);
}

/* Results near the middle of two values are what distinguishes roundings: some are exact ties. */
static void ties(void **state)
{
    (void)state;
    for (int op = 0; op <= OPERATION_FMA; op++) { /* of the others no result of fp16 is a tie */
        char even[32], away[32];
        snprintf(even, sizeof even, "%s:fp16", operation_names[op]);
        snprintf(away, sizeof away, "%s:fp16,round=rna", operation_names[op]);
        struct vectors_spec a = conformance_spec(even), b = conformance_spec(away);
        a.random = b.random = 2000;
        struct cases x = cases_of(&a), y = cases_of(&b);
        size_t differ = 0;
        assert_int_equal(x.n, y.n);
        for (size_t i = 0; i < x.n; i++)
            differ += word(&x, i, "result", 0) != word(&y, i, "result", 0);
        /* A quotient is never the middle of two normal values. */
        if (differ < 40 && op != OPERATION_DIV)
            fail_msg("%s: %zu ties", operation_names[op], differ);
        cases_free(&x);
        cases_free(&y);
    }
}

/* --- operations and codes --- */

static double operand(const struct cases *c, size_t line, const char *column)
{
    return format_value(vectors_find(c->v, column)->format, (uint32_t)word(c, line, column, 0));
}

static double by_machine(enum operation op, double a, double b, double c)
{
    switch (op) {
    case OPERATION_ADD:
        return a + b;
    case OPERATION_SUB:
        return a - b;
    case OPERATION_MUL:
        return a * b;
    case OPERATION_FMA:
        return a * b + c;
    case OPERATION_MINIMUM:
        return isnan(a) ? a : isnan(b) ? b : fmin(a, b);
    case OPERATION_MAXIMUM_NUMBER:
        return fmax(a, b);
    case OPERATION_CONVERT:
        return a;
    case OPERATION_SQRT: /* rounded once more: harmless from 53 bits to at most 25 */
        return sqrt(a);
    default:
        fail();
        return 0;
    }
}

/* By the machine's binary64, which holds these results exactly, or closely enough. */
static void operations(void **state)
{
    (void)state;
    static const char *const texts[] = {"add:e4m3",           "sub:e5m2,round=rtz", "mul:e4m3,overflow=nan",
                                        "fma:e2m1,round=rup", "fma:e3m2",           "mul:int4",
                                        "add:posit8",         "sqrt:e4m3",          "sqrt:bf16,round=rup",
                                        "sqrt:fp32",          "minimum:int8",       "maximum-number:posit8"};
    size_t n = 0;
    for (size_t k = 0; k < sizeof texts / sizeof *texts; k++) {
        struct vectors_spec s = conformance_spec(texts[k]);
        struct cases c = cases_of(&s);
        const struct format *f = &s.scheme.element;
        for (size_t i = 0; i < c.n; i++, n++) {
            double a = operand(&c, i, "a"), b = vectors_find(c.v, "b") ? operand(&c, i, "b") : 0;
            double third = s.operation == OPERATION_FMA ? operand(&c, i, "c") : 0;
            double x = by_machine(s.operation, a, b, third);
            uint32_t want = format_round(f, number_from_f64(x), &s.scheme.rounding, 0).code;
            uint32_t got = (uint32_t)word(&c, i, "result", 0);
            if (got != want && !(isnan(format_value(f, got)) && isnan(format_value(f, want))))
                fail_msg("%s: case %zu: 0x%x, want 0x%x", texts[k], i, (unsigned)got, (unsigned)want);
        }
        cases_free(&c);
    }
    struct vectors_spec compare = conformance_spec("compare:e5m2");
    struct cases pairs = cases_of(&compare);
    for (size_t i = 0; i < pairs.n; i++, n++) {
        double a = operand(&pairs, i, "a"), b = operand(&pairs, i, "b");
        assert_int_equal(word(&pairs, i, "relation", 0), a < b ? 0 : a == b ? 1 : a > b ? 2 : 3);
    }
    cases_free(&pairs);
    static const char *const decoded[] = {"e4m3", "fp16", "posit16",       "takum_log16",
                                          "nf4",  "fp32", "p3109_k16p8se", "int8"};
    for (size_t k = 0; k < sizeof decoded / sizeof *decoded; k++) {
        char text[64];
        snprintf(text, sizeof text, "decode:%s", decoded[k]);
        struct vectors_spec s = conformance_spec(text);
        struct cases c = cases_of(&s);
        int bits = vectors_find(c.v, "value")->bits;
        for (size_t i = 0; i < c.n; i++, n++) {
            double want = format_value(&s.scheme.element, (uint32_t)word(&c, i, "code", 0));
            uint64_t v = word(&c, i, "value", 0);
            double got = bits == 32 ? (double)f32_from_bits((uint32_t)v) : f64_from_bits(v);
            assert_true(isnan(want) ? isnan(got) : bits_from_f64(got) == bits_from_f64(want));
        }
        cases_free(&c);
    }
    printf("# covered vectors of operations and codes: %zu cases\n", n);
}

/* --- blocks --- */

/* The case as a tensor of its own, made here from what the columns say: the block first, then, under a second
 * level, a block whose last element is the region's largest magnitude. */
static void expect_block(const struct cases *c, size_t line, const struct vectors_spec *s)
{
    const struct scaling *sc = &s->scheme.scaling;
    size_t n = vectors_find(c->v, "x")->words;
    bool two = vectors_find(c->v, "amax") != NULL;
    static float x[1 << 14], y[1 << 14];
    static uint32_t codes[1 << 14], scales[2];
    struct quant_input in = {.x = x, .rank = 2, .shape = {1, two ? 2 * n : n}, .axis = 1};
    size_t step = 1, row = n;
    if (sc->per == PER_CHANNEL) { /* a channel is a column */
        in.shape[0] = n;
        in.shape[1] = step = two ? 2 : 1;
    } else if (sc->per == PER_TOKEN && two) {
        in.shape[0] = 2;
        in.shape[1] = n;
    } else if (sc->per == PER_TILE) {
        in.shape[0] = sc->tile[0];
        row = sc->tile[1];
        in.shape[1] = row * (two ? 2 : 1);
    }
    size_t total = in.shape[0] * in.shape[1];
    memset(x, 0, sizeof x);
    for (size_t i = 0; i < n; i++)
        x[sc->per == PER_TILE ? i / row * in.shape[1] + i % row : i * step] =
            f32_from_bits((uint32_t)word(c, line, "x", i));
    if (two)
        x[total - 1] = f32_from_bits((uint32_t)word(c, line, "amax", 0));
    struct quant_output out = {.values = y, .codes = codes, .scales = scales};
    struct quant_stats stats;
    struct error e = {{0}};
    if (quantize(&s->scheme, &in, &out, &stats, &e))
        fail_msg("%s", e.text);
    assert_int_equal(word(c, line, "scale", 0), scales[0]);
    for (size_t i = 0; i < n; i++) {
        size_t at = sc->per == PER_TILE ? i / row * in.shape[1] + i % row : i * step;
        assert_int_equal(word(c, line, "code", i), codes[at]);
        assert_int_equal(word(c, line, "y", i), bits_from_f32(y[at]));
    }
}

static void blocks(void **state)
{
    (void)state;
    static const char *const more[] = {"int8,per=channel",
                                       "int8,per=channel,second=tensor",
                                       "int8,per=token",
                                       "int8,per=token,second=tensor",
                                       "e4m3,per=tensor,scale=e8m0",
                                       "e2m1,block=16,scale=e4m3,second=row",
                                       "e2m1,block=16,scale=e4m3,second=block,second_block=32",
                                       "e2m1,block=16,scale=e4m3,second=block,second_block=16",
                                       "int4,block=8,zero_point=yes",
                                       "olive4,per=token",
                                       "q4_1",
                                       "e2m1,tile=2x3,scale=ue4m3,second=tensor"};
    size_t aliases = scheme_alias_count(), done = 0, schemes = 0;
    for (size_t k = 0; k < aliases + sizeof more / sizeof *more; k++) {
        struct vectors_spec s = conformance_spec(k < aliases ? scheme_alias_at(k)->name : more[k - aliases]);
        if (s.scheme.scaling.per == PER_NONE || s.scheme.fit != FIT_NONE ||
            s.scheme.rounding.mode == ROUND_SR)
            continue;
        struct vectors *v = conformance_open(&s);
        struct cases c = {.v = v, .words = vectors_words(v)};
        struct error e = {{0}};
        assert_int_equal(vectors_choose(v, &c.line, &c.n, c.how, &e), STATUS_OK);
        size_t kinds[3] = {0}, stride = c.n / 40 + 1; /* zero, poisoned and ordinary blocks */
        for (size_t i = 0; i < c.n; i += stride, done++) {
            if (vectors_fill(v, c.line + i * c.words, 1, &e))
                fail_msg("%s: %s", s.scheme.element.name, e.text);
            expect_block(&c, i, &s);
            uint64_t y = word(&c, i, "y", 0);
            kinds[is_nan_bits(y) ? 1 : (y & 0x7fffffff) ? 2 : 0]++;
        }
        assert_true(kinds[2] > 0);
        schemes++;
        cases_free(&c);
    }
    assert_true(schemes > 35);
    printf("# covered vectors of blocks: %zu cases of %zu schemes\n", done, schemes);
}

/* The second level shows: the same block under a larger region has another scale. */
static void second_level(void **state)
{
    (void)state;
    struct vectors_spec s = conformance_spec("nvfp4");
    struct vectors *v = conformance_open(&s);
    uint64_t *line = calloc(vectors_words(v), sizeof *line);
    struct error e = {{0}};
    struct cases c = {.v = v, .line = line, .n = 1, .words = vectors_words(v)};
    line[vectors_find(v, "x")->first] = bits_from_f32(6);
    line[vectors_find(v, "amax")->first] = bits_from_f32(2688); /* 6 * 448: the outer scale is 1 */
    assert_int_equal(vectors_fill(v, line, 1, &e), STATUS_OK);
    assert_int_equal(word(&c, 0, "outer", 0), bits_from_f32(1));
    assert_int_equal(word(&c, 0, "scale", 0), 0x38); /* 1 */
    assert_int_equal(word(&c, 0, "code", 0), 7);
    line[vectors_find(v, "amax")->first] = bits_from_f32(6);
    assert_int_equal(vectors_fill(v, line, 1, &e), STATUS_OK);
    assert_int_equal(word(&c, 0, "scale", 0), 0x7e); /* 448 */
    line[vectors_find(v, "amax")->first] = bits_from_f32(5.5f);
    assert_int_equal(vectors_fill(v, line, 1, &e), STATUS_INVALID);
    assert_string_equal(e.text,
                        "amax: found 40b00000 (5.5), which is not the largest magnitude: the block holds 6");
    free(line);
    vectors_close(v);
}

/* The zero that is listed leads from codes to values. */
static void zero_points(void **state)
{
    (void)state;
    static const char *const schemes[] = {"int4,block=16,zero_point=yes",
                                          "int8,block=16,scale=bf16,zero_point=unclamped",
                                          "int4,block=16,scale=fp16,zero_point=float",
                                          "int8,per=token,zero_point=yes,include_zero=yes",
                                          "int4,block=16,zero_point=yes,second=tensor,scale=e4m3",
                                          "int4,block=16,zero_point=yes,block_inf=max,block_nan=element"};
    size_t n = 0, moved = 0;
    for (size_t k = 0; k < sizeof schemes / sizeof *schemes; k++) {
        struct vectors_spec s = conformance_spec(schemes[k]);
        struct cases c = cases_of(&s);
        bool two = vectors_find(c.v, "amax") != NULL;
        for (size_t i = 0; i < c.n; i++)
            for (size_t j = 0; j < vectors_find(c.v, "x")->words; j++) {
                uint32_t y = (uint32_t)word(&c, i, "y", j), zero = (uint32_t)word(&c, i, "zero", 0);
                struct number scale =
                    format_decode(&s.scheme.scaling.scale, (uint32_t)word(&c, i, "scale", 0));
                int64_t code = (int64_t)word(&c, i, "code", j);
                if (two)
                    scale =
                        number_mul(scale, number_from_f32(f32_from_bits((uint32_t)word(&c, i, "outer", 0))));
                if (is_nan_bits(y) || scale.class != NUMBER_FINITE)
                    continue;
                bool is_float = s.scheme.scaling.zero_point == ZERO_FLOAT;
                code -= is_float ? 0 : (int32_t)zero;
                struct number x = number_mul(number_make(code < 0, (uint64_t)llabs(code), 0), scale);
                if (is_float)
                    x = number_add(x, number_from_f32(f32_from_bits(zero)));
                uint32_t want = bits_from_f32(number_to_f32(x));
                if (want != y && ((want | y) & 0x7fffffff))
                    fail_msg("%s: case %zu, element %zu: 0x%08x, want 0x%08x", schemes[k], i, j, (unsigned)y,
                             (unsigned)want);
                n++;
                moved += zero != 0;
            }
        cases_free(&c);
    }
    assert_true(n > 100000 && moved > 50000);
}

/* Random bits are listed, and they are those that round. */
static void stochastic(void **state)
{
    (void)state;
    struct vectors_spec s = conformance_spec("e4m3,round=sr,sr_bits=5");
    s.seed = 77;
    struct cases c = cases_of(&s);
    for (size_t i = 0; i < c.n; i++) {
        uint32_t r = (uint32_t)word(&c, i, "random", 0);
        assert_int_equal(word(&c, i, "stream", 0), i);
        assert_int_equal(r, rng_u32(77, i, 0));
        float x = f32_from_bits((uint32_t)word(&c, i, "x", 0));
        assert_int_equal(word(&c, i, "code", 0),
                         format_round(&s.scheme.element, number_from_f32(x), &s.scheme.rounding, r).code);
    }
    cases_free(&c);
    s = conformance_spec("mul:e4m3,round=sr");
    c = cases_of(&s);
    size_t other = 0;
    for (size_t i = 0; i < c.n; i++) {
        double x = format_value(&s.scheme.element, (uint32_t)word(&c, i, "a", 0)) *
                   format_value(&s.scheme.element, (uint32_t)word(&c, i, "b", 0));
        uint32_t got = (uint32_t)word(&c, i, "result", 0), r = (uint32_t)word(&c, i, "random", 0);
        uint32_t want = format_round(&s.scheme.element, number_from_f64(x), &s.scheme.rounding, r).code;
        assert_true(got == want || isnan(x));
        struct rounding rne = s.scheme.rounding;
        rne.mode = ROUND_RNE;
        other += got != format_round(&s.scheme.element, number_from_f64(x), &rne, 0).code;
    }
    assert_true(other > 1000);
    cases_free(&c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values),      cmocka_unit_test(counts),     cmocka_unit_test(ties),
        cmocka_unit_test(operations),  cmocka_unit_test(blocks),     cmocka_unit_test(second_level),
        cmocka_unit_test(zero_points), cmocka_unit_test(stochastic),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
