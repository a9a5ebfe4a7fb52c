/* Cells of a divided subject against the same cells undivided: metrics, counts and values, by memcmp. */
#include "tests/check.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "sim/base/rng.h"
#include "sim/pipeline.h"
#include "sim/scheme.h"

enum { PART = SUM_CHUNK, MOST = 5 * PART, METRICS = 64 };

static const char *const schemes[] = {
    /* one scale */
    "e4m3",
    "bf16",
    "posit8",
    "int8,per=tensor",
    "int4,per=tensor,scale=e8m0",
    "bf16,round=sr",
    "e4m3,per=tensor,round=sr",
    "e2m1,daz=yes",
    "bf16,out=e5m2",
    "e4m3ieee,overflow=infinity",
    "int4,flip=0.01",
    /* rows */
    "int8,per=token",
    "nf4,per=token",
    "e3m2,per=token,round=sr",
    /* blocks, which rows may cut */
    "mxfp4",
    "mxint8",
    "e2m1,block=24,scale=fp16",
    "nf4,block=64",
    "mxfp4,round=sr",
    "mxfp6_e2m3,tail=zero-pad",
    "nvfp4",
    "nvfp4,second=row",
    "e2m1,block=16,scale=ue4m3,second=block,second_block=96",
    "int4,block=32,scale=fp16,zero_point=yes",
    "int4,block=32,scale=fp16,scale_round=sr",
    "mx9",
    "q4_0",
    "four_over_six",
    "int4,block=16,scale=fp32,stat=percentile",
    /* not divided */
    "int8,per=channel,axis=first",
    "e2m1,tile=16x16,scale=e4m3",
    "int4,per=tensor,stat=percentile",
    "nf4,block=16,fit=mse",
    /* refused */
    "e2m1,nan=error",
    "mxfp4,tail=refuse",
};
enum { SCHEMES = sizeof schemes / sizeof *schemes };

/* What metrics need: values alone, counts, all. */
static const char *const few[] = {"mse", "max_abs_error", "saturated"};
enum { ASKED = 3 };

/* Rows and columns: parts that end with rows and within, with blocks and within, a last part of one element,
 * rows that are too long to be shared by parts. */
static const size_t shapes[][2] = {{37, 503}, {PART + 1, 1}, {PART, 1},         {248, 33}, {2 * PART + 1, 1},
                                   {17, 512}, {17, 513},     {1, 2 * PART + 5}, {31, 0}};
enum { SHAPES = sizeof shapes / sizeof *shapes };

/* Rows that are longer than a chunk of a sum. */
enum { LONG_PART = 16 * SUM_CHUNK, LONG_ROWS = 17, LONG_ROW = 8000 };

static float x[LONG_ROWS * LONG_ROW];

/* Every scale of magnitudes, subnormal numbers, and few that are not finite. */
static void draw(size_t n)
{
    for (size_t i = 0; i < n; i++) {
        uint32_t random = rng_u32(11, n, i);
        x[i] = ldexpf((float)(int32_t)random * 0x1p-31F, (int)(rng_u32(12, n, i) % 24) - 12);
        if (random % 1009 == 0)
            x[i] *= 0x1p-130F;
        if (random % 4001 == 0)
            x[i] = random % 2 ? INFINITY : NAN;
    }
}

struct measured {
    struct cell_job job;
    struct cell_result result;
    double metrics[METRICS];
    size_t parts;
};

static struct cell_request request_of(const struct subject *s, const struct quant_spec *q, size_t asked)
{
    static const struct metric *all[METRICS], *some[ASKED];
    for (size_t i = 0; i < metric_count(); i++)
        all[i] = metric_at(i);
    for (size_t i = 0; i < ASKED; i++)
        some[i] = metric_find(few[i]);
    return (struct cell_request){.subject = s,
                                 .spec = q,
                                 .seed = 5,
                                 .metrics = asked == 2 ? all : some,
                                 .n_metrics = asked == 2 ? metric_count() : asked + 2};
}

/* Parts of `part` elements, computed from the last to the first. */
static void measure(const struct cell_request *r, size_t part, float *values, struct measured *m)
{
    struct error e = {{0}};
    struct cells *c;
    struct cells_part *parts[MOST / PART + 1];
    *m = (struct measured){.job = {.request = r}};
    m->job.result = &m->result;
    m->result = (struct cell_result){.metrics = m->metrics, .values = values};
    assert_int_equal(pipeline_open(&m->job, 1, part, &c, &e), STATUS_OK);
    m->parts = pipeline_open_parts(c);
    assert_in_range(m->parts, 1, MOST / PART + 1);
    for (size_t i = m->parts; i-- > 0;)
        assert_int_equal(pipeline_part(c, i, NULL, &parts[i], &e), STATUS_OK);
    for (size_t i = 0; i < m->parts; i++)
        pipeline_join(c, parts[i]);
    pipeline_end(c);
    pipeline_close(c);
}

/* The definition of result_hash. */
static void hash_of(const float *y, size_t n, char *hex)
{
    unsigned char of_part[HASH128_SIZE], whole[HASH128_SIZE];
    struct hash128 *outer = hash128_open();
    for (size_t first = 0; first < n || !n; first += PART) {
        struct hash128 *h = hash128_open();
        hash128_add(h, y + first, (n - first < PART ? n - first : PART) * sizeof *y);
        hash128_close(h, of_part);
        hash128_add(outer, of_part, sizeof of_part);
        if (!n)
            break;
    }
    hash128_close(outer, whole);
    hash128_hex(n > PART ? whole : of_part, hex);
}

static void expect_same(const char *scheme, const struct measured *got, const struct measured *want,
                        size_t asked)
{
    const struct quant_stats *a = &got->result.stats, *b = &want->result.stats;
    size_t n = want->job.request->n_metrics, elements = want->job.request->subject->n;
    if (got->job.status != want->job.status || strcmp(got->job.error.text, want->job.error.text))
        fail_msg("%s: %zu elements, asked %zu: %s, want %s", scheme, elements, asked, got->job.error.text,
                 want->job.error.text);
    for (size_t i = 0; i < n && !want->job.status; i++)
        if (memcmp(&got->metrics[i], &want->metrics[i], sizeof got->metrics[i]))
            fail_msg("%s: %zu elements: %s is %a, want %a", scheme, elements,
                     want->job.request->metrics[i]->name, got->metrics[i], want->metrics[i]);
    bool same = asked || want->job.status
                    ? !memcmp(a, b, sizeof *a)
                    : a->elements == b->elements && a->stored == b->stored && a->scales == b->scales &&
                          a->outer_scales == b->outer_scales && a->side_bits == b->side_bits;
    if (!same)
        fail_msg("%s: %zu elements: other counts", scheme, elements);
}

static struct subject load(size_t rows, size_t columns, bool streamed)
{
    struct tensor_view t = {.name = "x", .data = x, .dtype = DTYPE_F32, .rank = 2, .shape = {rows, columns}};
    struct subject s;
    struct error e = {{0}};
    tensor_set_c_order(&t);
    assert_int_equal(subject_load(&t, NULL, &s, &e), STATUS_OK);
    if (streamed) {
        subject_free(&s);
        s.view.data = x;
    }
    return s;
}

static void parts_equal_whole(void **state)
{
    (void)state;
    static struct measured whole, filled, parts;
    static float y[MOST];
    size_t divided = 0, cells = 0, refused = 0;
    for (size_t k = 0; k < SHAPES; k++) {
        size_t n = shapes[k][0] * shapes[k][1];
        draw(n);
        struct subject s = load(shapes[k][0], shapes[k][1], k % 2);
        for (size_t i = 0; i < SCHEMES; i++)
            for (size_t asked = 0; asked < ASKED; asked++) {
                struct quant_spec q;
                struct error e = {{0}};
                if (WATCHED && (i + k + asked) % 2)
                    continue;
                char hex[HASH128_HEX_SIZE];
                if (scheme_parse(schemes[i], &q, &e))
                    fail_msg("%s: %s", schemes[i], e.text);
                struct cell_request r = request_of(&s, &q, asked);
                measure(&r, (size_t)1 << 40, NULL, &whole);
                measure(&r, PART, y, &filled);
                measure(&r, PART, NULL, &parts);
                assert_int_equal(whole.parts, 1);
                assert_int_equal(filled.parts, 1);
                assert_int_equal(parts.parts, pipeline_parts(&r, PART));
                expect_same(schemes[i], &parts, &whole, asked);
                if (q.rounding.nan == NAN_REFUSED && s.facts.nan)
                    assert_int_equal(parts.job.status, STATUS_INVALID);
                cells++;
                divided += parts.parts > 1;
                refused += parts.job.status != STATUS_OK;
                if (parts.job.status)
                    continue;
                hash_of(y, n, hex);
                assert_string_equal(filled.result.result_hash, hex);
                assert_string_equal(parts.result.result_hash, hex);
            }
        subject_free(&s);
    }
    printf("# covered parts: %zu schemes, %d shapes: %zu of %zu cells divided, %zu refused\n",
           (size_t)SCHEMES, (int)SHAPES, divided, cells, refused);
    assert_true(divided > cells / 3 && refused > 0);
}

static void long_rows(void **state)
{
    (void)state;
    static struct measured whole, parts;
    struct quant_spec q;
    struct error e = {{0}};
    draw(LONG_ROWS * LONG_ROW);
    for (size_t i = 0; i < LONG_ROWS * LONG_ROW; i++) /* else rows have no scale */
        x[i] = isfinite(x[i]) ? x[i] : 1;
    struct subject s = load(LONG_ROWS, LONG_ROW, true);
    assert_int_equal(scheme_parse("e3m2,per=token,round=sr", &q, &e), STATUS_OK);
    struct cell_request r = request_of(&s, &q, 2);
    measure(&r, (size_t)1 << 40, NULL, &whole);
    measure(&r, LONG_PART, NULL, &parts);
    assert_int_equal(parts.parts, 3);
    expect_same("long rows", &parts, &whole, 2);
    subject_free(&s);
}

/* A part that is stopped comes to nothing, and what has been done may be dropped at any time. */
static void stopped(void **state)
{
    (void)state;
    struct quant_spec q;
    struct error e = {{0}};
    draw(MOST);
    struct subject s = load(5, PART, false);
    assert_int_equal(scheme_parse("mxfp4", &q, &e), STATUS_OK);
    struct cell_request r = request_of(&s, &q, 2);
    struct measured m = {.result = {.metrics = m.metrics}};
    m.job = (struct cell_job){.request = &r, .result = &m.result};
    struct cells *c;
    struct cells_part *first, *second, *none = NULL;
    const atomic_int stop = 1;
    assert_int_equal(pipeline_open(&m.job, 1, PART, &c, &e), STATUS_OK);
    assert_int_equal(pipeline_open_parts(c), 5);
    assert_int_equal(pipeline_part(c, 0, NULL, &first, &e), STATUS_OK);
    assert_int_equal(pipeline_part(c, 1, NULL, &second, &e), STATUS_OK);
    assert_int_equal(pipeline_part(c, 2, &stop, &none, &e), STATUS_INTERRUPTED);
    assert_null(none);
    pipeline_join(c, first);
    pipeline_part_free(second);
    pipeline_part_free(none);
    pipeline_close(c);
    subject_free(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(parts_equal_whole), cmocka_unit_test(long_rows),
                                       cmocka_unit_test(stopped)};
    return cmocka_run_group_tests_name("parts", tests, NULL, NULL);
}
