/* Single elements under scales that stay: the values of quantize() on the tensor itself, neighbours on both
 * sides of a value, regions, and scales found again. */
#include "tests/check.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/base/rng.h"
#include "sim/quant/frozen.h"
#include "sim/scheme.h"

enum { ROWS = 24, COLUMNS = 56, ELEMENTS = ROWS * COLUMNS };

static const char *const schemes[] = {
    "int8,per=tensor",
    "int4,per=token",
    "int4,per=channel,scale=fp16",
    "int4,per=channel,axis=first",
    "int4,block=16,zero_point=yes,include_zero=yes",
    "int4,block=16,zero_point=unclamped",
    "int3,block=8,zero_point=float,scale=fp16",
    "int8,per=token,codes=twos,clip=0.9",
    "mxfp4",
    "mxfp6_e2m3",
    "mxfp8_e4m3,axis=first",
    "mxint8",
    "mx9",
    "mx4",
    "nvfp4",
    "nvfp4_2d",
    "if4",
    "e2m1,block=16,scale=e4m3,second=row",
    "e2m1,block=8,scale=e4m3,second=block,second_block=16",
    "e2m1,block=16,scale=e4m3,peak=4+6",
    "e2m1,block=16,scale=e4m3,search=2",
    "int4,block=16,or=e2m1,scale=e4m3",
    "int4,block=32,stat=mse",
    "e4m3,tile=8x16",
    "int4,tile=5x7",
    "nf4,block=64",
    "nf4,block=16,fit=lloyd",
    "binary,per=token",
    "deepshift_q5,per=token",
    "posit8,per=token",
    "e4m3",
    "bf16,round=rtz",
    "fp16,ftz=yes,daz=yes",
    "fp32,daz=yes",
    "e5m2,round=rna",
    "e2m1,block=16,scale=e4m3,quotient=reciprocal,via=bf16",
    "e2m1,block=16,scale=e8m0,out=bf16",
    "int8,per=token,quotient=divide,via=fp32,round=rna,half=fp32",
};

static void draw(float *x, uint64_t seed)
{
    for (uint64_t i = 0; i < ELEMENTS; i++) {
        x[i] = (float)(rng_u32(seed, 0, i) * 0x1p-32 - .5) * (i % 13 == 5 ? 9 : 1);
        if (i % 50 == 7)
            x[i] = i % 100 == 7 ? 0.0F : -0.0F;
        if (i % 50 == 9)
            x[i] = 0x1p-130F;
    }
}

static struct quant_input input_of(const float *x, const struct quant_spec *q)
{
    struct quant_input in = {.x = x, .rank = 2, .shape = {ROWS, COLUMNS}, .axis = 1, .seed = 3, .stream = 5};
    if (strcmp(q->scaling.axis, "first") == 0)
        in.axis = 0;
    return in;
}

static struct frozen *freeze(const struct quant_spec *q, const float *x)
{
    const struct quant_input in = input_of(x, q);
    struct frozen *f;
    struct error e = {{0}};
    if (frozen_open(q, &in, &f, &e))
        fail_msg("%s", e.text);
    return f;
}

static void values_of(const struct quant_spec *q, const float *x, float *y)
{
    const struct quant_input in = input_of(x, q);
    const struct quant_output out = {.values = y, .wants = QUANT_VALUES};
    struct quant_stats stats;
    struct error e = {{0}};
    if (quantize(q, &in, &out, &stats, &e))
        fail_msg("%s", e.text);
}

static void parse(const char *text, struct quant_spec *q)
{
    struct error e = {{0}};
    if (scheme_parse(text, q, &e))
        fail_msg("%s: %s", text, e.text);
}

/* Whether a scheme rounds to the nearer neighbour in one step: some codebooks decide otherwise. */
static bool is_nearest(const struct quant_spec *q)
{
    const bool plain = q->element.family == &family_float || q->element.family == &family_int;
    return plain && (q->rounding.mode == ROUND_RNE || q->rounding.mode == ROUND_RNA) &&
           !q->rounding.half_f32 && !q->rounding.ftz && !q->scaling.quotient;
}

static void check_element(const char *text, const struct quant_spec *q, const struct frozen *f, size_t i,
                          float x, float y)
{
    float below, above;
    frozen_neighbours(f, i, x, &below, &above);
    if (!(below <= above) || (y != below && y != above))
        fail_msg("%s: element %zu: %a became %a between %a and %a", text, i, (double)x, (double)y,
                 (double)below, (double)above);
    if (is_nearest(q) && below <= x && x <= above &&
        fabs((double)y - (double)x) > .5 * ((double)above - (double)below) * (1 + 0x1p-20))
        fail_msg("%s: element %zu: %a became %a, not the nearer of %a and %a", text, i, (double)x, (double)y,
                 (double)below, (double)above);
    for (int k = 1; k < 8 && isfinite(below) && isfinite(above); k++) { /* they are neighbours */
        const float m = (float)((double)below + k / 8.0 * ((double)above - (double)below));
        const float v = frozen_value(f, i, m);
        if (v != below && v != above)
            fail_msg("%s: element %zu: %a lies between %a and %a", text, i, (double)v, (double)below,
                     (double)above);
    }
}

static void test_values(void **state)
{
    (void)state;
    size_t elements = 0, between = 0, two = 0;
    static float x[ELEMENTS], y[ELEMENTS];
    for (size_t k = 0; k < sizeof schemes / sizeof *schemes; k++) {
        struct quant_spec q;
        parse(schemes[k], &q);
        draw(x, k);
        values_of(&q, x, y);
        struct frozen *f = freeze(&q, x);
        for (size_t i = 0; i < ELEMENTS; i++) {
            const float value = frozen_value(f, i, x[i]);
            if (bits_from_f32(value) != bits_from_f32(y[i]))
                fail_msg("%s: element %zu is %a, not %a", schemes[k], i, (double)value, (double)y[i]);
            check_element(schemes[k], &q, f, i, x[i], y[i]);
            float below, above;
            frozen_neighbours(f, i, x[i], &below, &above);
            between += below < x[i] && x[i] < above;
            two += below < above;
            elements++;
        }
        frozen_close(f);
    }
    printf("# covered: %zu schemes, %zu elements, %zu with two neighbours, %zu between them\n",
           sizeof schemes / sizeof *schemes, elements, two, between);
    assert_true(two > elements / 2 && between > elements / 2);
}

/* int4 under the scale 1 (absmax 7): by hand. */
static void test_neighbours(void **state)
{
    (void)state;
    static float x[ELEMENTS];
    for (size_t i = 0; i < ELEMENTS; i++)
        x[i] = i % COLUMNS == 0 ? 7 : 2.25F;
    struct quant_spec q;
    parse("int4,per=token", &q);
    struct frozen *f = freeze(&q, x);
    static const float cases[][4] = {/* x, value, below, above */
                                     {2.25F, 2, 2, 3},     {2.5F, 2, 2, 3},   {3.5F, 4, 3, 4},
                                     {-2.25F, -2, -3, -2}, {-.25F, 0, -1, 0}, {5, 5, 5, 5},
                                     {7.5F, 7, 7, 7},      {-99, -7, -7, -7}, {6.75F, 7, 6, 7}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        float below, above;
        frozen_neighbours(f, 3, cases[i][0], &below, &above);
        assert_true(frozen_value(f, 3, cases[i][0]) == cases[i][1]);
        assert_true(below == cases[i][2] && above == cases[i][3]);
    }
    frozen_close(f);
}

/* Under e2m1 the distance of neighbours grows with the value, and beyond the end both are the largest. */
static void test_infinite_end(void **state)
{
    (void)state;
    static float x[ELEMENTS];
    struct quant_spec q;
    float below, above;
    parse("e4m3ieee,overflow=infinity", &q);
    struct frozen *f = freeze(&q, x);
    assert_true(isinf(frozen_value(f, 0, 1000)));
    frozen_neighbours(f, 0, 1000, &below, &above);
    assert_true(below == 240 && above == 240);
    frozen_neighbours(f, 0, 17, &below, &above);
    assert_true(below == 16 && above == 18);
    frozen_close(f);
}

/* Regions are those that the scheme says. */
static void test_regions(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        size_t regions, with_first; /* elements that share the scale of the first */
    } cases[] = {{"int8,per=tensor", 1, ELEMENTS},
                 {"e4m3", 1, ELEMENTS},
                 {"int4,per=token", ROWS, COLUMNS},
                 {"int4,per=channel", COLUMNS, ROWS},
                 {"int4,block=16", ROWS * 4, 16},
                 {"int4,block=16,axis=first", 2 * COLUMNS, 16},
                 {"mx9", ROWS * 4, 16},
                 {"e4m3,tile=8x16", 3 * 4, 8 * 16}};
    static float x[ELEMENTS];
    draw(x, 1);
    for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
        struct quant_spec q;
        parse(cases[k].text, &q);
        struct frozen *f = freeze(&q, x);
        size_t with_first = 0;
        assert_int_equal(frozen_regions(f), cases[k].regions);
        for (size_t i = 0; i < ELEMENTS; i++) {
            assert_true(frozen_region(f, i) < cases[k].regions);
            with_first += frozen_region(f, i) == frozen_region(f, 0);
        }
        assert_int_equal(with_first, cases[k].with_first);
        frozen_close(f);
    }
}

/* Scales found again from the tensor as it was are as they were; from another, those of the other: all of
 * them where nothing lies above, else under the first tensor's second level. */
static void test_find(void **state)
{
    (void)state;
    static float x[ELEMENTS], other[ELEMENTS], y[ELEMENTS];
    size_t found = 0;
    struct error e = {{0}};
    for (size_t k = 0; k < sizeof schemes / sizeof *schemes; k++) {
        struct quant_spec q;
        parse(schemes[k], &q);
        draw(x, k);
        draw(other, k + 100);
        struct frozen *f = freeze(&q, x);
        values_of(&q, x, y);
        for (size_t r = 0; r < frozen_regions(f); r++)
            assert_int_equal(frozen_find(f, r, x, &e), STATUS_OK);
        for (size_t i = 0; i < ELEMENTS; i++)
            if (bits_from_f32(frozen_value(f, i, x[i])) != bits_from_f32(y[i]))
                fail_msg("%s: element %zu, found again", schemes[k], i);
        if (q.scaling.second == SECOND_NONE && !q.fit) {
            static float was[ELEMENTS];
            memcpy(was, y, sizeof was);
            values_of(&q, other, y);
            for (size_t r = 0; r < frozen_regions(f); r += 2)
                assert_int_equal(frozen_find(f, r, other, &e), STATUS_OK);
            for (size_t i = 0; i < ELEMENTS; i++)
                if (frozen_region(f, i) % 2 == 0 &&
                    bits_from_f32(frozen_value(f, i, other[i])) != bits_from_f32(y[i]))
                    fail_msg("%s: element %zu, found for another tensor", schemes[k], i);
            for (size_t i = 0; i < ELEMENTS; i++) /* other regions are as they were */
                if (frozen_region(f, i) % 2 &&
                    bits_from_f32(frozen_value(f, i, x[i])) != bits_from_f32(was[i]))
                    fail_msg("%s: element %zu, of a region not found again", schemes[k], i);
            found++;
        }
        frozen_close(f);
    }
    printf("# covered: %zu schemes found for another tensor\n", found);
    assert_true(found >= 20);
}

/* The second level stays the tensor's: blocks twice as large get scales twice as large, not the same. */
static void test_second_level(void **state)
{
    (void)state;
    static float x[ELEMENTS], twice[ELEMENTS], y[ELEMENTS];
    struct quant_spec q;
    struct error e = {{0}};
    parse("e2m1,block=16,scale=e4m3,second=tensor", &q);
    draw(x, 1);
    for (size_t i = 0; i < ELEMENTS; i++) {
        x[i] = i == 0 ? 100 : x[i];
        twice[i] = 2 * x[i];
    }
    struct frozen *f = freeze(&q, x);
    values_of(&q, x, y);
    assert_int_equal(frozen_find(f, frozen_region(f, 500), twice, &e), STATUS_OK);
    assert_true(frozen_value(f, 500, twice[500]) == 2 * y[500]); /* block scales in e4m3 double exactly */
    assert_int_equal(frozen_find(f, 0, twice, &e), STATUS_OK);
    assert_true(frozen_value(f, 0, twice[0]) == y[0]); /* that of the largest one is at its end already */
    frozen_close(f);
}

static void test_refusals(void **state)
{
    (void)state;
    static const char *const refused[][2] = {{"q4_0", "codec"},
                                             {"e4m3,round=sr", "stochastically"},
                                             {"mxfp4,scale_round=sr,scale_rule=absmax", "stochastically"},
                                             {"int8,per=token,flip=0.01", "stochastically"},
                                             {"int4,block=16,tail=refuse", "tail=refuse"}};
    static float x[ELEMENTS];
    for (size_t k = 0; k < sizeof refused / sizeof *refused; k++) {
        struct quant_spec q;
        struct error e = {{0}};
        struct frozen *f;
        parse(refused[k][0], &q);
        const struct quant_input in = input_of(x, &q);
        assert_int_equal(frozen_open(&q, &in, &f, &e), STATUS_INVALID);
        assert_null(f);
        if (!strstr(e.text, refused[k][1]))
            fail_msg("%s: '%s' does not say '%s'", refused[k][0], e.text, refused[k][1]);
    }
}

/* Specials: a NaN poisons its block, here as there. */
static void test_specials(void **state)
{
    (void)state;
    static const char *const texts[] = {"mxfp4", "e4m3,per=token", "e5m2", "nvfp4"};
    static float x[ELEMENTS], y[ELEMENTS];
    draw(x, 9);
    x[40] = NAN;
    x[200] = INFINITY;
    x[300] = -INFINITY;
    for (size_t k = 0; k < sizeof texts / sizeof *texts; k++) {
        struct quant_spec q;
        parse(texts[k], &q);
        values_of(&q, x, y);
        struct frozen *f = freeze(&q, x);
        for (size_t i = 0; i < ELEMENTS; i++)
            assert_true(bits_from_f32(frozen_value(f, i, x[i])) == bits_from_f32(y[i]) ||
                        (isnan(y[i]) && isnan(frozen_value(f, i, x[i]))));
        frozen_close(f);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_values),       cmocka_unit_test(test_neighbours),
        cmocka_unit_test(test_infinite_end), cmocka_unit_test(test_regions),
        cmocka_unit_test(test_find),         cmocka_unit_test(test_second_level),
        cmocka_unit_test(test_refusals),     cmocka_unit_test(test_specials),
    };
    return cmocka_run_group_tests_name("frozen", tests, NULL, NULL);
}
