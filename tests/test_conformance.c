/* Conformance vectors: what they hold, against the door, the quantizer of a tensor laid out here, and
 * binary64; the check of somebody's file. */
#include "tests/check.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "formats/facts.h"
#include "sim/base/rng.h"
#include "sim/quant/quant.h"
#include "sim/scheme.h"
#include "sim/vectors/vectors.h"

enum { FEW = 20 };

static struct vectors_spec spec_of(const char *text)
{
    struct vectors_spec s = {.random = FEW};
    struct error e = {{0}};
    if (vectors_parse(text, &s, &e))
        fail_msg("%s", e.text);
    return s;
}

static struct vectors *open_spec(const struct vectors_spec *s)
{
    struct vectors *v;
    struct error e = {{0}};
    if (vectors_open(s, &v, &e))
        fail_msg("%s", e.text);
    return v;
}

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
    struct cases c = {.v = open_spec(s)};
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

static char *text_of(const struct vectors_spec *s)
{
    struct vectors *v = open_spec(s);
    struct strbuf b = {0};
    struct error e = {{0}};
    if (vectors_write(v, &b, &e))
        fail_msg("%s", e.text);
    vectors_close(v);
    return strbuf_take(&b);
}

static const char *file_of(const char *text)
{
    static char path[128];
    snprintf(path, sizeof path, "%s/v.txt", test_dir());
    FILE *f = fopen(path, "w");
    fputs(text, f);
    fclose(f);
    return path;
}

static enum status check_text(const char *text, struct vectors_report *r, struct error *e)
{
    *e = (struct error){{0}};
    return vectors_check(file_of(text), r, e);
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
        struct vectors_spec s = spec_of(schemes[k]);
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
    struct vectors_spec s = spec_of("e4m3,overflow=nan");
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
        struct vectors_spec s = spec_of(all[i].text);
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
    struct vectors_spec s = spec_of("fma:fp16");
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
        struct vectors_spec a = spec_of(even), b = spec_of(away);
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
        struct vectors_spec s = spec_of(texts[k]);
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
    struct vectors_spec compare = spec_of("compare:e5m2");
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
        struct vectors_spec s = spec_of(text);
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
        struct vectors_spec s = spec_of(k < aliases ? scheme_alias_at(k)->name : more[k - aliases]);
        if (s.scheme.scaling.per == PER_NONE || s.scheme.fit != FIT_NONE ||
            s.scheme.rounding.mode == ROUND_SR)
            continue;
        struct vectors *v = open_spec(&s);
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
    struct vectors_spec s = spec_of("nvfp4");
    struct vectors *v = open_spec(&s);
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
        struct vectors_spec s = spec_of(schemes[k]);
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
    struct vectors_spec s = spec_of("e4m3,round=sr,sr_bits=5");
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
    s = spec_of("mul:e4m3,round=sr");
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

/* --- the text --- */

static const struct {
    const char *text, *from;
    size_t length;
    int pack;
} texts[] = {
    {"e4m3", NULL, 0, -1},
    {"e2m1,round=rna", NULL, 0, PACK_HIGH_FIRST},
    {"mxfp4", NULL, 0, PACK_LOW_FIRST},
    {"mxfp4", NULL, 8, PACK_HALVES},
    {"mxfp6_e3m2", NULL, 0, PACK_SPLIT},
    {"mxfp8_e4m3", "bf16", 5, -1},
    {"nvfp4", NULL, 0, PACK_LOW_FIRST},
    {"nvfp4", "fp16", 3, -1},
    {"mx9", NULL, 0, -1},
    {"int4,block=8,zero_point=yes", NULL, 0, -1},
    {"int8,per=token", NULL, 3, -1},
    {"q4_0", NULL, 0, PACK_HALVES},
    {"e4m3", "bf16", 0, -1},
    {"int4,nan=error", NULL, 0, -1},
    {"mxfp4,round=sr", NULL, 4, -1},
    {"e5m2,round=sr", "fp16", 0, -1},
    {"add:e3m2", NULL, 0, -1},
    {"fma:fp16,round=sr", NULL, 0, -1},
    {"div:fp32", NULL, 0, -1},
    {"mul:posit32", NULL, 0, -1},
    {"sqrt:fp32", NULL, 0, -1},
    {"recip:posit8", NULL, 0, -1},
    {"exp2:fp32,round=odd", NULL, 0, -1},
    {"exp2:lns4f3", NULL, 0, -1},
    {"minimum:e3m2", NULL, 0, -1},
    {"maximum-number:e2m3", NULL, 0, -1},
    {"convert:e4m3,overflow=nan", "fp32", 0, -1},
    {"convert:int4,round=sr", "e5m2", 0, -1},
    {"fma:fp16", "e4m3", 0, -1},
    {"compare:fp16", NULL, 0, -1},
    {"decode:ue5m3", NULL, 0, -1},
    {"decode:posit32", NULL, 0, -1},
    {"decode:e11m3,specials=ieee", NULL, 0, -1},
    {"nf4,block=16", NULL, 0, -1},
    {"if4", NULL, 0, -1},
    {"e4m3,neg_zero=made,carry=clamp", NULL, 0, -1},
    {"add:e4m3,neg_zero=rounded,carry=or", NULL, 0, -1},
    {"e2m1,round=rna,half=fp32,cast=bf16", NULL, 0, -1},
    {"fouroversix:nvfp4_static_6", NULL, 0, -1},
    {"quark:nvfp4", NULL, 0, -1},
};
enum { TEXTS = sizeof texts / sizeof *texts };

static struct vectors_spec text_spec(size_t i)
{
    struct vectors_spec s = spec_of(texts[i].text);
    s.length = texts[i].length;
    s.packed = texts[i].pack >= 0;
    s.pack = s.packed ? (enum pack_order)texts[i].pack : PACK_LOW_FIRST;
    if (texts[i].from)
        assert_true(format_by_name(texts[i].from, &s.from, NULL));
    s.seed = 5;
    s.random = 6;
    return s;
}

static void round_trips(void **state)
{
    (void)state;
    size_t lines = 0;
    for (size_t i = 0; i < TEXTS; i += WATCHED ? 2 : 1) {
        struct vectors_spec s = text_spec(i);
        char *a = text_of(&s), *b = text_of(&s);
        assert_string_equal(a, b);
        assert_null(strstr(a, "(null)")); /* every enumerator has a meaning */
        const char *body = strstr(a, "\n// sha256: ");
        assert_non_null(body);
        char hash[HASH_HEX_SIZE];
        const char *start = strchr(body + 1, '\n') + 1;
        hash_bytes(start, strlen(start), hash);
        assert_memory_equal(body + strlen("\n// sha256: "), hash, HASH_HEX_SIZE - 1);
        for (const char *p = a; p < start; p = strchr(p, '\n') + 1)
            assert_memory_equal(p, "// ", 3); /* the header first, and nothing else before the cases */
        for (const char *p = start; *p; p++)
            assert_true(strchr("0123456789abcdef \n", *p));
        struct vectors_report r;
        struct error e;
        if (check_text(a, &r, &e))
            fail_msg("%s: %s\n%s", texts[i].text, e.text, r.first);
        assert_true(r.lines > 0 && !r.different);
        lines += r.lines;
        free(a);
        free(b);
    }
    struct vectors_spec s = text_spec(0);
    char *a = text_of(&s);
    s.seed++;
    char *b = text_of(&s);
    assert_true(strcmp(a, b) != 0);
    free(a);
    free(b);
    printf("# covered vectors as texts: %d kinds, %zu lines\n", TEXTS, lines);
}

/* One digit of one derived word changed is found, named and counted. */
static void changes(void **state)
{
    (void)state;
    size_t found = 0;
    for (size_t i = 0; i < TEXTS; i += WATCHED ? 4 : 1) {
        struct vectors_spec s = text_spec(i);
        struct vectors *v = open_spec(&s);
        char *text = text_of(&s), *start = strchr(strstr(text, "\n// sha256: ") + 1, '\n') + 1;
        size_t lines = 1, header = 0;
        for (char *p = text; p < start; p++)
            header += *p == '\n';
        for (char *p = start; *p; p++)
            lines += *p == '\n';
        lines--;
        size_t target = lines * 2 / 3; /* an ordinary case */
        char *line = start;
        for (size_t k = 0; k < target; k++)
            line = strchr(line, '\n') + 1;
        for (size_t k = 0; k < vectors_columns(v); k++) {
            const struct vectors_column *c = vectors_column(v, k);
            char *word_at = line;
            for (size_t w = 0; w < c->first + c->words - 1; w++)
                word_at = strchr(word_at, ' ') + 1;
            char *digit = word_at + (c->bits + 3) / 4 - 1, kept = *digit;
            if (c->given)
                continue;
            *digit = kept == '0' ? '1' : '0';
            struct vectors_report r;
            struct error e;
            enum status st = check_text(text, &r, &e);
            *digit = kept;
            char where[64];
            snprintf(where, sizeof where, ":%zu: %s", header + target + 1, c->name);
            if (st != STATUS_DIFFERENT || r.different != 1 || r.lines != lines || !strstr(r.first, where) ||
                !strstr(r.first, "\n  expected  ") || !strstr(r.first, "\n  found     "))
                fail_msg("%s, %s: status %d, %zu of %zu, wanted %s: %s", texts[i].text, c->name, (int)st,
                         r.different, r.lines, where, r.first);
            assert_non_null(strstr(e.text, "1 of "));
            found++;
        }
        free(text);
        vectors_close(v);
    }
    printf("# covered changed vectors: %zu columns of %d kinds\n", found, TEXTS);
}

/* What agrees although the digits differ, and what does not. */
static void agreement(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        size_t different;
        const char *first;
    } cases[] = {
        {"// vectors: e5m2\n7fc00000 7d ffffffff\n", 0, ""},             /* another NaN */
        {"// vectors: e5m2\n7fc00000 7c 7f800000\n", 1, "code differs"}, /* Inf is none */
        {"// vectors: e5m2\r\n3F800000 3c   3f800000 \r\n\n// a comment: of theirs\n", 0, ""},
        {"// vectors: e5m2\n80000000 00 00000000\n", 1,
         "given     x 80000000 (-0)\n  expected  code 80 (-0), y 80000000 (-0)\n"
         "  found     code 00 (0), y 00000000 (0)\n"},
        {"// vectors: e4m3\n3f800000 38 3f800000\n40000000 41 40000000\n40800000 48 40800001\n", 2,
         ":3: code differs\n  given     x 40000000 (2)\n  expected  code 40 (2), y 40000000 (2)\n  found     "
         "code 41 (2.25), "},
        {"// vectors: add:e4m3\n38 38 40\n38 38 39\n", 1,
         ":3: result differs\n  given     a 38 (1), b 38 (1)\n"},
        {"// vectors: compare:e4m3\n38 40 0\n80 00 1\n40 38 2\n7f 7f 3\n7f 38 1\n", 1,
         ":6: relation differs\n  given     a 7f (NaN), b 38 (1)\n  expected  relation 3\n  found     "
         "relation 1\n"},
        {"// vectors: minimum:e4m3\n00 80 80\n80 00 00\n7f 38 ff\n", 1, ":3: result differs"},
        {"// vectors: minimum-number:e4m3\n7f 38 38\n7f ff 7f\n38 7f 7f\n", 1, ":4: result differs"},
        {"// vectors: convert:e4m3\n// from: fp32\n43e80000 7e\n43e80001 7e\n3f880000 38\n3f880001 38\n", 1,
         ":6: result differs\n  given     a 3f880001 (1.0625001192"},
        {"// vectors: decode:e4m3\n7f 7fc00000\nff ffc12345\n00 80000000\n", 1, ":4: value differs"},
        /* under a NaN scale codes mean nothing, but its scale and values count */
        {"// vectors: e4m3,block=2,scale=e8m0\n7fc00000 3f800000 ff 12 34 7fc00000 ffffffff\n", 0, ""},
        {"// vectors: e4m3,block=2,scale=e8m0\n7fc00000 3f800000 fe 12 34 7fc00000 ffffffff\n", 1,
         "scale differs"},
        {"// vectors: e4m3,block=2,scale=e8m0\n7fc00000 3f800000 ff 12 34 7fc00000 3f800000\n", 1,
         "y[1] differs"},
        {"// vectors: e2m1,block=4,scale=e8m0\n// pack: low-first\n"
         "3f800000 00000000 40c00000 bf800000 7f 02 a7 3f800000 00000000 40c00000 bf800000\n",
         0, ""},
        {"// vectors: e2m1,block=4,scale=e8m0\n// pack: high-first\n"
         "3f800000 00000000 40c00000 bf800000 7f 20 7a 3f800000 00000000 40c00000 bf800000\n",
         0, ""},
        {"// vectors: e4m3,block=4,scale=e8m0\n// pack: low-first\n// length: 1\n7f800000 ff 12 ffffffff\n",
         0, ""},
        {"// vectors: e4m3\n// pack: low-first\n7fc00000 ff 7fc00000\n7fc00000 7e 7fc00000\n", 1,
         ":4: bytes: code[0] differs\n"},
        {"// vectors: e2m1\n// pack: high-first\n3f800000 20 3f800000\n3f800000 21 3f800000\n", 1,
         ":4: bytes: code[0] differs\n"},
        {"// vectors: e2m1,block=4,scale=e8m0\n// pack: low-first\n"
         "3f800000 00000000 40c00000 bf800000 7f 02 a6 3f800000 00000000 40c00000 bf800000\n",
         1,
         ":3: bytes: code[2] differs\n  given     x[2] 40c00000 (6)\n  expected  scale 7f (1), code[2] 7 "
         "(6), y[2] "},
        {"// vectors: e2m1,block=4,scale=e8m0\n// pack: halves\n"
         "3f800000 00000000 40c00000 bf800000 7f 72 a0 3f800000 00000000 40c00000 bf800000\n",
         0, ""},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct vectors_report r;
        struct error e;
        enum status s = check_text(cases[i].text, &r, &e);
        if (s != (cases[i].different ? STATUS_DIFFERENT : STATUS_OK) || r.different != cases[i].different ||
            !strstr(r.first, cases[i].first))
            fail_msg("%s: status %d, %zu differ\n%s%s", cases[i].text, (int)s, r.different, r.first, e.text);
    }
}

static void wrong_files(void **state)
{
    (void)state;
    static const struct {
        const char *text, *message;
        enum status status;
    } cases[] = {
        {"", ": holds no vectors: no line '// vectors: SCHEME'", STATUS_INVALID},
        {"3f800000\n", ":1: found a case before a line '// vectors: SCHEME'", STATUS_INVALID},
        {"// vectors: e9m99\n", ":1: scheme 'e9m99'", STATUS_INVALID},
        {"// vectors: ad:e4m3\n",
         ":1: 'ad:e4m3': unknown operation 'ad'; did you mean 'add'?; allowed: decode, compare, add, sub, "
         "mul, div, fma, sqrt",
         STATUS_INVALID},
        {"// vectors: add:mxfp4\n", ":1: 'add:mxfp4': add takes an element without a scale", STATUS_INVALID},
        {"// vectors: decode:e4m3,round=rtz\n", ":1: 'decode:e4m3,round=rtz': decode rounds nothing",
         STATUS_INVALID},
        {"// vectors: compare:e4m3,round=rtz\n", ":1: 'compare:e4m3,round=rtz': compare rounds nothing",
         STATUS_INVALID},
        {"// vectors: minimum-numer:e4m3\n", ":1: 'minimum-numer:e4m3': unknown operation 'minimum-numer'",
         STATUS_INVALID},
        {"// vectors: decode:e4m3,carry=or\n", ":1: 'decode:e4m3,carry=or': decode rounds nothing",
         STATUS_INVALID},
        {"// vectors: add:e4m3,cast=bf16\n",
         ":1: 'add:e4m3,cast=bf16': add takes no keys but those of the element", STATUS_INVALID},
        {"// vectors: e4m3\n// vectors: e5m2\n", ":2: 'vectors' is said twice, first in line 1",
         STATUS_INVALID},
        {"// vectors: e4m3\n3f800000 38\n", ":2: found fewer words; a case has 3", STATUS_INVALID},
        {"// vectors: e4m3\n3f800000 38 3f800000 1\n", ":2: found more words; a case has 3", STATUS_INVALID},
        {"// vectors: e4m3\n3f800000 zz 3f800000\n",
         ":2: word 2, code[0]: found 'zz'; allowed: hexadecimal digits of at most 8 bits", STATUS_INVALID},
        {"// vectors: e4m3\n3f800000 138 3f800000\n", ":2: word 2, code[0]: found '138'", STATUS_INVALID},
        {"// vectors: e4m3\n3f800000 0x38 3f800000\n", ":2: word 2, code[0]: found '0x38'", STATUS_INVALID},
        {"// vectors: e4m3\n3f800000 00000000000000038 3f800000\n", ":2: word 2, code[0]", STATUS_INVALID},
        {"// vectors: e4m3\n3f800000 38 3f800000\n// from: bf16\n", ":3: 'from' stands behind the first case",
         STATUS_INVALID},
        {"// vectors: e4m3\n// from: fp31\n", ":2: from: found 'fp31'; allowed: a format by name",
         STATUS_INVALID},
        {"// vectors: e4m3\n// from: posit32\n0\n", ":1: no vectors: --from takes formats of at most 20 bits",
         STATUS_INVALID},
        {"// vectors: e4m3\n// length: 0\n", ":2: length: found '0'; allowed: 1..4096", STATUS_INVALID},
        {"// vectors: e4m3\n// length: 1x\n", ":2: length: found '1x'; allowed: a whole number",
         STATUS_INVALID},
        {"// vectors: e4m3\n// pack: low\n",
         ":2: pack: found 'low'; allowed: low-first, high-first, halves, split", STATUS_INVALID},
        {"// vectors: e4m3\n// seed: -1\n", ":2: seed: found '-1'", STATUS_INVALID},
        {"// vectors: e4m3\n// seed: 18446744073709551616\n", ":2: seed: found", STATUS_INVALID},
        {"// vectors: e4m3\n// sha256: 12\n", ":2: sha256: found '12'; allowed: 64 lower-case",
         STATUS_INVALID},
        {"// vectors: e4m3\n// lines: 2\n3f800000 38 3f800000\n", ": holds 1 cases; its header says 2",
         STATUS_INVALID},
        {"// vectors: e4m3\n// lines: 1\n", ": holds 0 cases; its header says 1", STATUS_INVALID},
        {"// vectors: e4m3\n\n", ": holds no case below its header", STATUS_INVALID},
        {"// vectors: mxfp4\n// length: 33\n0\n", ":1: --length: a case of this scheme has 32 elements",
         STATUS_INVALID},
        {"// vectors: int4,nan=error\n7fc00000 0 0\n", ":2: nan=error", STATUS_INVALID},
        {"// vectors: nvfp4\n// length: 1\n3f800000 0 40000000 0 0 0\n",
         ":3: amax: found 3f800000 (1), which is not the largest", STATUS_INVALID},
        {"// vectors: e4m3\n// sha256: "
         "0000000000000000000000000000000000000000000000000000000000000000\n3f800000 38 3f800000\n",
         ": every case agrees, but these are not the lines that the header hashed", STATUS_DIFFERENT},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct vectors_report r;
        struct error e;
        enum status s = check_text(cases[i].text, &r, &e);
        if (s != cases[i].status || !strstr(e.text, cases[i].message) ||
            strncmp(e.text, test_dir(), strlen(test_dir())) != 0)
            fail_msg("%s: status %d: %s\nwanted %s", cases[i].text, (int)s, e.text, cases[i].message);
    }
    struct vectors_report r;
    struct error e = {{0}};
    assert_int_equal(vectors_check("/nonexistent", &r, &e), STATUS_MISSING);
    e = (struct error){{0}};
    assert_int_equal(vectors_check(test_dir(), &r, &e), STATUS_IO);
    FILE *f = fopen(file_of(""), "w");
    fwrite("// vectors: e4m3\n\0\n", 1, 19, f);
    fclose(f);
    char path[128];
    snprintf(path, sizeof path, "%s/v.txt", test_dir());
    e = (struct error){{0}};
    assert_int_equal(vectors_check(path, &r, &e), STATUS_INVALID);
    assert_non_null(strstr(e.text, ":2: found a NUL byte"));
    assert_int_equal(check_text("// vectors: e4m3\n// semantics: 1\n3f800000 38 3f800000\n", &r, &e),
                     STATUS_OK);
    assert_non_null(strstr(r.note, "written under semantics 1; this is "));
}

static void refused(void **state)
{
    (void)state;
    static const struct {
        const char *text, *from, *message;
        size_t length;
        int pack;
    } cases[] = {
        {"e4m3,flip=0.1", NULL, "flip= makes faults", 0, -1},
        {"nf4,block=64,fit=lloyd", NULL, "fit= fits a codebook", 0, -1},
        {"e4m3,block=32,scale_round=sr", NULL, "scale_round=sr", 0, -1},
        {"mxfp4", NULL, "a case of this scheme has 32 elements or, as a tail, fewer; found 33", 33, -1},
        {"mxfp4,tail=refuse", NULL, "a case of this scheme has 32 elements; found 31", 31, -1},
        {"e4m3", NULL, "a case of this scheme has 1 elements; found 2", 2, -1},
        {"mxfp4", NULL, "split packs codes of 6 bits; a case has 32 of 4 bits", 0, PACK_SPLIT},
        {"e4m3", "posit32", "--from takes formats of at most 20 bits", 0, -1},
        {"e4m3", "e11m4", "--from takes formats whose values are binary32 numbers", 0, -1},
        {"compare:e4m3", "bf16", "--from, --length and --pack are for vectors of a scheme", 0, -1},
        {"add:e4m3", "bf16", "--length and --pack are for vectors of a scheme", 3, -1},
        {"decode:e4m3", NULL, "--from, --length and --pack are for vectors of a scheme", 2, -1},
        {"decode:p3109_k16p1se", NULL, "do not fit binary64", 0, -1},
        {"int8,block=8192", NULL, "a case of 8192 elements is too long; allowed: 4096", 0, -1},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct vectors_spec s = spec_of(cases[i].text);
        struct vectors *v;
        struct error e = {{0}};
        s.length = cases[i].length;
        s.packed = cases[i].pack >= 0;
        s.pack = s.packed ? (enum pack_order)cases[i].pack : PACK_LOW_FIRST;
        if (cases[i].from)
            assert_true(format_by_name(cases[i].from, &s.from, NULL));
        enum status st = vectors_open(&s, &v, &e);
        if (st != STATUS_INVALID || !strstr(e.text, cases[i].message))
            fail_msg("%s: status %d: %s", cases[i].text, (int)st, e.text);
        vectors_close(v);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values),      cmocka_unit_test(counts),     cmocka_unit_test(ties),
        cmocka_unit_test(operations),  cmocka_unit_test(blocks),     cmocka_unit_test(second_level),
        cmocka_unit_test(zero_points), cmocka_unit_test(stochastic), cmocka_unit_test(round_trips),
        cmocka_unit_test(changes),     cmocka_unit_test(agreement),  cmocka_unit_test(wrong_files),
        cmocka_unit_test(refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
