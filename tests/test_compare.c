/* sim/compare: differences against a count of its own, every cause by an example, all binary32 numbers. */
#include "tests/check.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "sim/base/rng.h"
#include "sim/compare.h"
#include "sim/profile.h"
#include "sim/scheme.h"

static struct quant_spec spec_of(const char *text)
{
    struct quant_spec q;
    struct error e = {{0}};
    if (scheme_parse(text, &q, &e))
        fail_msg("%s: %s", text, e.text);
    return q;
}

enum { ROWS = 7, COLUMNS = 100, N = ROWS * COLUMNS };

static void subject_of(float *x, size_t rows, size_t columns, struct subject *out)
{
    struct tensor_view t = {.name = "t", .data = x, .dtype = DTYPE_F32, .rank = 2, .shape = {rows, columns}};
    struct error e = {{0}};
    tensor_set_c_order(&t);
    assert_int_equal(subject_load(&t, NULL, out, &e), STATUS_OK);
}

/* Over many binades, with ties, specials, zeros of both signs and a row of zeros. */
static void draw(uint64_t seed, float *x)
{
    static const float odd[] = {0.0F, -0.0F, INFINITY, -INFINITY, NAN,   464,
                                448,  2.5F,  -1e-9F,   1e30F,     1.25F, 0.25F};
    for (size_t i = 0; i < N; i++) {
        uint32_t r = rng_u32(seed, 1, i);
        float u = (float)(int32_t)rng_u32(seed, 2, i) * 0x1p-31F;
        x[i] = r % 23 == 0 ? odd[r / 23 % (sizeof odd / sizeof *odd)] : ldexpf(u, (int)(r % 9) - 4);
        if (i / COLUMNS == 3)
            x[i] = 0;
    }
}

static void values_of(const struct quant_spec *q, const struct subject *s, float *y)
{
    struct cell_request r = {.subject = s, .spec = q};
    struct cell_result out = {.values = y};
    struct error e = {{0}};
    assert_int_equal(pipeline_cell(&r, &out, &e), STATUS_OK);
}

/* The counts for two schemes, regions being runs of `block` in a row (0: none). */
static void expect(const char *a, const char *b, size_t block, const struct subject *s)
{
    static float y[N], z[N];
    struct quant_spec p = spec_of(a), q = spec_of(b);
    struct comparison c;
    struct error e = {{0}};
    assert_int_equal(compare_subject(s, &p, &q, 0, &c, &e), STATUS_OK);
    values_of(&p, s, y);
    values_of(&q, s, z);
    uint64_t differ = 0, first = 0, causes = 0, regions = 0, regions_differ = 0;
    for (size_t row = 0; row < ROWS; row++)
        for (size_t k = 0; k < COLUMNS; k += block ? block : COLUMNS) {
            uint64_t before = differ;
            for (size_t i = k; i < COLUMNS && i < k + (block ? block : COLUMNS); i++) {
                size_t at = row * COLUMNS + i;
                bool other = memcmp(&y[at], &z[at], 4) && !(isnan(y[at]) && isnan(z[at]));
                first = other && !differ ? at : first;
                differ += other;
            }
            regions += block != 0;
            regions_differ += block && differ > before;
        }
    for (int i = 0; i < CAUSES; i++)
        causes += c.cause[i];
    if (c.elements != N || c.differ != differ || causes != differ || c.regions != regions ||
        c.regions_differ != regions_differ)
        fail_msg("%s, %s: %llu differ, %llu regions of %llu; want %llu, %llu of %llu", a, b,
                 (unsigned long long)c.differ, (unsigned long long)c.regions_differ,
                 (unsigned long long)c.regions, (unsigned long long)differ,
                 (unsigned long long)regions_differ, (unsigned long long)regions);
    if (differ) {
        assert_int_equal(c.first, first);
        assert_memory_equal(&c.a, &y[first], 4);
        assert_memory_equal(&c.b, &z[first], 4);
    }
}

static void counts(void **state)
{
    (void)state;
    static float x[N];
    size_t pairs = 0;
    for (uint64_t seed = 1; seed <= 4; seed++) {
        struct subject s;
        draw(seed, x);
        subject_of(x, ROWS, COLUMNS, &s);
        expect("e4m3", "e4m3", 0, &s);
        expect("e4m3", "e4m3,round=rna", 0, &s);
        expect("e4m3", "e5m2", 0, &s);
        expect("e4m3", "mxfp8_e4m3", 32, &s);
        expect("mxfp8_e4m3", "e4m3", 32, &s);
        expect("mxfp4", "mxfp4,scale_rule=rceil-f32", 32, &s);
        expect("mxfp4", "nvfp4", 32, &s);
        expect("nvfp4", "mxfp4", 16, &s);
        expect("int8,per=token", "int8,per=token,round=rtz", COLUMNS, &s);
        expect("nf4,block=64", "nf4,block=64,scale=fp16", 64, &s);
        for (size_t i = 0; i < profile_count(); i++)
            if (!strcmp(profile_at(i)->family, "mxfp4")) {
                expect("ocp:mxfp4", profile_at(i)->scheme.name, 32, &s);
                pairs++;
            }
        subject_free(&s);
    }
    print_message("# covered comparisons with profiles: %zu\n", pairs);
}

/* One element in a block of two. */
static void expect_cause(const char *a, const char *b, float x, float neighbour, enum cause cause)
{
    float pair[] = {x, neighbour};
    struct subject s;
    struct comparison c;
    struct error e = {{0}};
    struct quant_spec p = spec_of(a), q = spec_of(b);
    subject_of(pair, 1, 2, &s);
    assert_int_equal(compare_subject(&s, &p, &q, 0, &c, &e), STATUS_OK);
    if (!c.differ || c.first != 0 || !c.cause[cause])
        fail_msg("%s, %s, %g: %llu differ, %llu because of %s", a, b, (double)x, (unsigned long long)c.differ,
                 (unsigned long long)c.cause[cause], cause_names[cause]);
    subject_free(&s);
}

static void causes(void **state)
{
    (void)state;
    expect_cause("e4m3", "e4m3,overflow=nan", 1000, 0, CAUSE_NAN);
    expect_cause("e4m3", "e4m3,neg_zero=drop", -1e-9F, 0, CAUSE_ZERO_SIGN);
    expect_cause("mxfp4", "mxfp4,scale_rule=ceil-exp", 0.6F, 7, CAUSE_SCALE);
    expect_cause("e5m2", "e5m2,overflow=infinity", 1e6F, 0, CAUSE_SATURATED);
    expect_cause("e4m3", "e4m3,round=rna", 1.0625F, 0, CAUSE_TIE);
    expect_cause("e4m3", "e4m3,round=rtz", 1.1F, 0, CAUSE_OTHER);
    expect_cause("e4m3", "e5m2", 1.1F, 0, CAUSE_OTHER);
    for (int i = 0; i < CAUSES; i++)
        assert_true(*cause_names[i] && *cause_docs[i]);
}

/* What a search through all codes finds, in a range of bits. */
static void expect_all(const char *a, const char *b, uint64_t from, uint64_t to)
{
    struct quant_spec p = spec_of(a), q = spec_of(b);
    struct compare_all c = {.a = &p, .b = &q, .from = from, .to = to, .jobs = 2};
    struct comparison got, all = {.elements = 0};
    struct error e = {{0}};
    enum { TILE = 1 << 18 };
    static float x[TILE];
    assert_int_equal(compare_all_float32(&c, &got, &e), STATUS_OK);
    for (uint64_t tile = from; tile < to; tile += TILE) {
        struct comparison part;
        struct subject s;
        for (size_t i = 0; i < TILE; i++)
            x[i] = f32_from_bits((uint32_t)(tile + i));
        subject_of(x, TILE, 1, &s);
        assert_int_equal(compare_subject(&s, &p, &q, 0, &part, &e), STATUS_OK);
        part.first += tile;
        comparison_add(&all, &part);
        subject_free(&s);
    }
    assert_true(all.differ > 0);
    assert_int_equal(got.elements, to - from);
    assert_int_equal(got.differ, all.differ);
    assert_int_equal(got.first, all.first);
    assert_memory_equal(got.cause, all.cause, sizeof all.cause);
    assert_int_equal(got.regions, all.regions);
    assert_int_equal(got.regions_differ, all.regions_differ);
}

static void all_numbers(void **state)
{
    (void)state;
    const uint64_t one = 0x3f800000, most = 0x43e00000; /* 448 */
    expect_all("e4m3", "e4m3,round=rna", one + (1 << 18), one + (3 << 18));
    expect_all("e4m3", "e4m3,overflow=nan", most, most + (1 << 20));
    expect_all("e2m1", "e4m3", one + (1 << 21), one + (1 << 21) + (1 << 18)); /* 1.25 */
    expect_all("mxfp4", "mxfp4,scale_rule=rceil-f32", one + (3 << 21), one + (3 << 21) + (1 << 18));
    struct quant_spec p = spec_of("e4m3"), q = spec_of("nvfp4");
    struct compare_all c = {.a = &p, .b = &q, .to = 1 << 18, .jobs = 1};
    struct comparison out;
    struct error e = {{0}};
    assert_int_equal(compare_all_float32(&c, &out, &e), STATUS_INVALID);
    assert_non_null(strstr(e.text, "scales for more than a row"));
    q = spec_of("e4m3,round=sr");
    e = (struct error){{0}};
    assert_int_equal(compare_all_float32(&c, &out, &e), STATUS_INVALID);
    assert_non_null(strstr(e.text, "drawn or fitted"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(counts),
        cmocka_unit_test(causes),
        cmocka_unit_test(all_numbers),
    };
    return cmocka_run_group_tests_name("compare", tests, NULL, NULL);
}
