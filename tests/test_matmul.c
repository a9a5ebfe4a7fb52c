/* Sites: outputs, their cells, keys and errors, against dot products by MPFR. */
#include "tests/check.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <mpfr.h>

#include "sim/base/rng.h"
#include "sim/mac.h"
#include "sim/pipeline.h"
#include "sim/scheme.h"
#include "tests/draws.h"

enum { ROWS = 6, COLUMNS = 5, INNER = 64 };

static float input[ROWS * INNER], weight[COLUMNS * INNER];

static struct subject load(const float *x, const char *name, const char *axes, size_t rows, size_t inner)
{
    struct tensor_view t = {
        .name = name, .data = x, .dtype = DTYPE_F32, .rank = 2, .shape = {rows, inner}, .axes = axes};
    tensor_set_c_order(&t);
    struct subject s;
    struct error e = {{0}};
    assert_int_equal(subject_load(&t, NULL, &s, &e), STATUS_OK);
    return s;
}

static struct subject site(void)
{
    struct subject x = load(input, "a.input", "token,channel", ROWS, INNER),
                   w = load(weight, "a.weight", "out,in", COLUMNS, INNER), out;
    struct error e = {{0}};
    if (subject_multiply(&x, &w, "a", &out, &e))
        fail_msg("%s", e.text);
    return out;
}

/* What a cell is asked for. */
struct asked {
    struct quant_spec spec;
    struct matmul_spec matmul;
    struct cell_request request;
};

static struct asked ask(const struct subject *s, const char *scheme, const char *of_weight, const char *mac,
                        const char *output)
{
    struct asked a = {.matmul = {.has_output = output != NULL}};
    struct error e = {{0}};
    if (scheme_parse(scheme, &a.spec, &e) || scheme_parse(of_weight, &a.matmul.weight, &e) ||
        mac_parse(mac, &a.matmul.mac, &e) || (output && scheme_parse(output, &a.matmul.output, &e)))
        fail_msg("%s", e.text);
    a.request = (struct cell_request){.subject = s, .seed = 5};
    return a;
}

static enum status run(struct asked *a, struct cell_result *out, struct error *e)
{
    a->request.spec = &a->spec;
    a->request.matmul = &a->matmul;
    return pipeline_cell(&a->request, out, e);
}

/* Row i of x times row j of w, exactly, rounded once. */
static float dot(const float *x, const float *w, size_t first, size_t n, size_t i, size_t j)
{
    mpfr_t sum, term;
    mpfr_init2(sum, 1200);
    mpfr_init2(term, 48);
    mpfr_set_zero(sum, 1);
    for (size_t k = first; k < first + n; k++) {
        mpfr_set_flt(term, x[i * INNER + k], MPFR_RNDN);
        mpfr_mul_d(term, term, (double)w[j * INNER + k], MPFR_RNDN);
        assert_int_equal(mpfr_add(sum, sum, term, MPFR_RNDN), 0);
    }
    float y = mpfr_get_flt(sum, MPFR_RNDN);
    mpfr_clear(sum);
    mpfr_clear(term);
    return y + 0.0F;
}

static void fill(enum draw kind, uint64_t seed)
{
    draw_fill(input, ROWS * INNER, kind, seed);
    draw_fill(weight, COLUMNS * INNER, kind, seed + 1);
}

static void same(const char *what, size_t at, float got, float want)
{
    if (!(isnan(got) && isnan(want)) && bits_from_f32(got + 0.0F) != bits_from_f32(want))
        fail_msg("%s, element %zu: %a, want %a", what, at, (double)got, (double)want);
}

static void references(void **state)
{
    static const enum draw kinds[] = {DRAW_NORMAL, DRAW_SHORT, DRAW_WIDE,
                                      DRAW_TINY,   DRAW_ZEROS, DRAW_CONSTANT};
    (void)state;
    size_t n = 0;
    for (size_t k = 0; k < sizeof kinds / sizeof *kinds; k++) {
        fill(kinds[k], k);
        for (size_t i = 0; i < INNER / 2; i++) /* cancellation down to a small rest */
            input[INNER + i] = -input[INNER + INNER / 2 + i], weight[i] = weight[INNER / 2 + i];
        struct subject s = site();
        assert_int_equal(s.n, ROWS * COLUMNS);
        for (size_t i = 0; i < s.n; i++, n++)
            same("output", i, s.x[i], dot(input, weight, 0, INNER, i / COLUMNS, i % COLUMNS));
        assert_true(s.facts.n == s.n && s.view.shape[0] == ROWS && s.view.shape[1] == COLUMNS);
        subject_free(&s);
    }
    printf("# covered outputs: %zu elements\n", n);
}

static void quantized(const struct subject *s, const struct quant_spec *q, float *y, uint32_t *codes,
                      uint32_t *scales)
{
    struct cell_request r = {.subject = s, .spec = q, .seed = 5};
    struct quant_input in;
    struct quant_stats stats;
    struct error e = {{0}};
    struct quant_output out = {.values = y, .codes = codes, .scales = scales};
    assert_int_equal(pipeline_quant_input(&r, &in, &e), STATUS_OK);
    assert_int_equal(quantize(q, &in, &out, &stats, &e), STATUS_OK);
}

static struct {
    float x[ROWS * INNER], w[COLUMNS * INNER], y[ROWS * COLUMNS];
    uint32_t codes_x[ROWS * INNER], codes_w[COLUMNS * INNER], scales_x[ROWS * INNER],
        scales_w[COLUMNS * INNER];
} room;

/* Every kind of scheme on both sides, its values multiplied exactly. */
static void dequantized(void **state)
{
    static const char *const schemes[] = {"e4m3",
                                          "int8,per=tensor",
                                          "mxfp8_e4m3",
                                          "nvfp4",
                                          "q8_0",
                                          "nf4,block=16",
                                          "int4,block=8,zero_point=yes",
                                          "e2m1,per=channel",
                                          "int6,tile=2x8",
                                          "e5m2,round=sr",
                                          "bf16,out=fp16",
                                          "nvfp4_2d",
                                          "if4,block=16",
                                          "te:nvfp4_rows"};
    (void)state;
    size_t n = 0, count = sizeof schemes / sizeof *schemes;
    for (size_t i = 0; i < count; i++) {
        fill(i % 3 ? DRAW_NORMAL : DRAW_WIDE, 10 + i);
        struct subject s = site();
        struct asked a = ask(&s, schemes[i], schemes[(i + 1) % count], "exact,scales=dequantize", NULL);
        struct cell_result out = {.values = room.y};
        struct error e = {{0}};
        if (run(&a, &out, &e))
            fail_msg("%s: %s", schemes[i], e.text);
        quantized(&s.site->input, &a.spec, room.x, NULL, NULL);
        quantized(&s.site->weight, &a.matmul.weight, room.w, NULL, NULL);
        for (size_t k = 0; k < s.n; k++, n++)
            same(schemes[i], k, room.y[k], dot(room.x, room.w, 0, INNER, k / COLUMNS, k % COLUMNS));
        assert_int_equal(out.stats.elements, (ROWS + COLUMNS) * INNER);
        subject_free(&s);
    }
    printf("# covered outputs of values: %zu schemes, %zu elements\n", count, n);
}

/* Sums of codes, block by block, times both scales and the second levels, each step in binary32. */
static void partials(void **state)
{
    static const struct {
        const char *scheme, *weight;
        size_t block, block_x, block_w; /* of sums, and of scales */
    } cases[] = {{"mxfp8_e4m3", "mxfp4", 32, 32, 32},
                 {"int8,per=token", "int8,per=token", INNER, INNER, INNER},
                 {"e4m3,per=tensor", "e2m1,block=8,scale=e4m3", 8, INNER, 8},
                 {"e4m3,per=token", "e4m3", INNER, INNER, INNER},
                 {"int4,block=24,scale=fp16", "mxint8,block=8", 8, 24, 8}};
    (void)state;
    size_t n = 0;
    for (size_t c = 0; c < sizeof cases / sizeof *cases; c++) {
        fill(c % 2 ? DRAW_SHORT : DRAW_NORMAL, 40 + c);
        struct subject s = site();
        struct asked a = ask(&s, cases[c].scheme, cases[c].weight, "exact,scales=partials", NULL);
        struct cell_result out = {.values = room.y};
        struct error e = {{0}};
        if (run(&a, &out, &e))
            fail_msg("%s: %s", cases[c].scheme, e.text);
        quantized(&s.site->input, &a.spec, NULL, room.codes_x, room.scales_x);
        quantized(&s.site->weight, &a.matmul.weight, NULL, room.codes_w, room.scales_w);
        for (size_t i = 0; i < ROWS * INNER; i++)
            room.x[i] = (float)format_value(&a.spec.element, room.codes_x[i]);
        for (size_t i = 0; i < COLUMNS * INNER; i++)
            room.w[i] = (float)format_value(&a.matmul.weight.element, room.codes_w[i]);
        for (size_t k = 0; k < s.n; k++, n++) {
            size_t i = k / COLUMNS, j = k % COLUMNS;
            float sum = 0;
            for (size_t first = 0; first < INNER; first += cases[c].block) {
                size_t length = INNER - first < cases[c].block ? INNER - first : cases[c].block;
                size_t per_x = (INNER - 1) / cases[c].block_x + 1, per_w = (INNER - 1) / cases[c].block_w + 1;
                const struct scaling *x = &a.spec.scaling, *w = &a.matmul.weight.scaling;
                size_t at_x = x->per == PER_TENSOR ? 0 : i * per_x + first / cases[c].block_x;
                double scale_x = x->per == PER_NONE ? 1 : format_value(&x->scale, room.scales_x[at_x]);
                double scale_w =
                    w->per == PER_NONE
                        ? 1
                        : format_value(&w->scale, room.scales_w[j * per_w + first / cases[c].block_w]);
                float scale = (float)(scale_x * scale_w);
                float part = dot(room.x, room.w, first, length, i, j);
                sum = sum + (float)((double)part * (double)scale);
            }
            same(cases[c].scheme, k, room.y[k], sum + 0.0F);
        }
        subject_free(&s);
    }
    printf("# covered outputs of codes: %zu elements\n", n);
}

/* The output under a scheme is what quantizing the output gives. */
static void outputs(void **state)
{
    (void)state;
    fill(DRAW_NORMAL, 60);
    struct subject s = site();
    static float plain[ROWS * COLUMNS], want[ROWS * COLUMNS];
    struct asked a = ask(&s, "e4m3", "e4m3", "exact", NULL),
                 b = ask(&s, "e4m3", "e4m3", "exact", "int4,per=token");
    struct cell_result out = {.values = plain}, coded = {.values = room.y};
    struct error e = {{0}};
    assert_int_equal(run(&a, &out, &e), STATUS_OK);
    assert_int_equal(run(&b, &coded, &e), STATUS_OK);
    struct subject y = load(plain, "y", "token,out", ROWS, COLUMNS);
    quantized(&y, &b.matmul.output, want, NULL, NULL);
    assert_memory_equal(room.y, want, sizeof want);
    assert_int_equal(out.stats.elements, coded.stats.elements);
    assert_string_not_equal(out.result_hash, coded.result_hash);
    subject_free(&y);
    subject_free(&s);
}

/* result_hash of an output of several parts is of their hashes, as that of a tensor. */
static void hashes(void **state)
{
    (void)state;
    enum { N = ROWS * COLUMNS, PART = 8 };
    fill(DRAW_NORMAL, 65);
    struct subject s = site();
    struct asked a = ask(&s, "e4m3", "e4m3", "exact", NULL);
    struct cell_result out = {.values = room.y};
    struct cell_job job = {.request = &a.request, .result = &out};
    struct error e = {{0}};
    struct cells *c;
    struct cells_part *p;
    a.request.spec = &a.spec;
    a.request.matmul = &a.matmul;
    assert_int_equal(pipeline_open(&job, 1, PART, &c, &e), STATUS_OK);
    assert_int_equal(pipeline_open_parts(c), 1);
    assert_int_equal(pipeline_part(c, 0, NULL, &p, &e), STATUS_OK);
    pipeline_join(c, p);
    pipeline_end(c);
    pipeline_close(c);
    unsigned char hash[HASH128_SIZE];
    char hex[HASH128_HEX_SIZE];
    struct hash128 *outer = hash128_open();
    for (size_t first = 0; first < N; first += PART) {
        struct hash128 *h = hash128_open();
        hash128_add(h, room.y + first, (N - first < PART ? N - first : PART) * sizeof *room.y);
        hash128_close(h, hash);
        hash128_add(outer, hash, sizeof hash);
    }
    hash128_close(outer, hash);
    hash128_hex(hash, hex);
    assert_string_equal(out.result_hash, hex);
    subject_free(&s);
}

static void key_of(struct asked *a, char hex[static HASH_HEX_SIZE])
{
    struct error e = {{0}};
    a->request.spec = &a->spec;
    a->request.matmul = &a->matmul;
    assert_int_equal(pipeline_cell_key(&a->request, hex, NULL, &e), STATUS_OK);
}

static void keys(void **state)
{
    (void)state;
    fill(DRAW_NORMAL, 70);
    struct subject s = site();
    struct asked asked[] = {
        ask(&s, "e4m3", "e4m3", "exact", NULL),     ask(&s, "e4m3", "e5m2", "exact", NULL),
        ask(&s, "e5m2", "e4m3", "exact", NULL),     ask(&s, "e4m3", "e4m3", "exact,out=bf16", NULL),
        ask(&s, "e4m3", "e4m3", "exact", "bf16"),   ask(&s, "e4m3", "e4m3", "exact", "e4m3"),
        ask(&s, "e4m3", "e4m3", "sequential", NULL)};
    enum { N = sizeof asked / sizeof *asked };
    char hex[N + 2][HASH_HEX_SIZE];
    for (size_t i = 0; i < N; i++)
        key_of(&asked[i], hex[i]);
    weight[0] += 1;
    struct subject other = site();
    struct asked of_other = ask(&other, "e4m3", "e4m3", "exact", NULL);
    key_of(&of_other, hex[N]);
    struct asked tensor = {.request = {.subject = &s.site->input, .spec = &asked[0].spec}};
    struct error e = {{0}};
    assert_int_equal(pipeline_cell_key(&tensor.request, hex[N + 1], NULL, &e), STATUS_OK);
    for (size_t i = 0; i < N + 2; i++)
        for (size_t j = 0; j < i; j++)
            assert_string_not_equal(hex[i], hex[j]);
    struct asked again = ask(&s, "e4m3", "e4m3", "exact", NULL);
    key_of(&again, hex[1]);
    assert_string_equal(hex[0], hex[1]);
    subject_free(&s);
    subject_free(&other);
}

static void refused(void **state)
{
    (void)state;
    fill(DRAW_NORMAL, 80);
    struct subject x = load(input, "a.input", NULL, ROWS, INNER),
                   w = load(weight, "a.weight", NULL, INNER, COLUMNS), s;
    struct error e = {{0}};
    assert_int_equal(subject_multiply(&x, &w, "a", &s, &e), STATUS_INVALID);
    assert_non_null(strstr(e.text, "site a: input a.input has shape [6,64], weight a.weight [64,5]"));
    static const struct {
        const char *scheme, *weight, *mac, *message;
    } cases[] = {
        {"q8_0", "q8_0", "exact,scales=partials", "a codec"},
        {"int8,per=token", "int4,block=8,zero_point=yes", "exact,scales=partials", "zero_point="},
        {"e2m1,block=12,scale=e8m0", "e2m1,block=8,scale=e8m0", "exact,scales=partials", "divide"},
        {"e4m3,per=channel,axis=nowhere", "e4m3", "exact", "axis=nowhere"},
    };
    s = site();
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct asked a = ask(&s, cases[i].scheme, cases[i].weight, cases[i].mac, NULL);
        struct cell_result out = {.values = room.y};
        e.text[0] = '\0';
        enum status status = run(&a, &out, &e);
        if (status != STATUS_INVALID || !strstr(e.text, cases[i].message))
            fail_msg("%s: %d: %s", cases[i].scheme, (int)status, e.text);
    }
    subject_free(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(references), cmocka_unit_test(dequantized), cmocka_unit_test(partials),
        cmocka_unit_test(outputs),    cmocka_unit_test(hashes),      cmocka_unit_test(keys),
        cmocka_unit_test(refused),
    };
    return cmocka_run_group_tests_name("matmul", tests, NULL, NULL);
}
