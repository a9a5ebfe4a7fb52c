/* Cells of attention against sums and exponentials by MPFR: operands, codes, streams, keys, outputs. */
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
#include "tests/attention_oracle.h"
#include "tests/attention_cases.h"

static struct quant_stats quantized(const struct subject *s, const struct quant_spec *spec, float *y)
{
    struct cell_request r = {.subject = s, .spec = spec, .seed = 5};
    struct quant_input in;
    struct quant_stats stats = {.elements = 0};
    struct error e = {{0}};
    struct quant_output out = {.values = y, .wants = QUANT_COUNTS};
    assert_int_equal(pipeline_quant_input(&r, &in, &e), STATUS_OK);
    assert_int_equal(quantize(spec, &in, &out, &stats, &e), STATUS_OK);
    return stats;
}

/* Scores and outputs as binary32 of exact dot products, probabilities as the nearest binary32, all by MPFR,
 * from operands that the quantizer gives. The last bits of a probability may differ where binary64 is not
 * enough to tell: then nothing is compared (which is counted). */
static size_t compare(const struct attention_shape *s, const char *const text[7], size_t *left_out,
                      size_t *events)
{
    static float kept[3][ATTENTION_MOST], probs[ATTENTION_MOST], codes[ATTENTION_MOST];
    struct subject out = attention_attend(s, 0);
    struct asked a = attention_ask(&out, text);
    struct cell_result result = {.values = got};
    struct error e = {{0}};
    if (attention_run(&a, &result, &e))
        fail_msg("%s: %s", text[0], e.text);
    const struct attention *at = out.attention;
    memcpy(kept[0], q, sizeof q);
    memcpy(kept[1], k, sizeof k);
    memcpy(kept[2], v, sizeof v);
    struct quant_stats stats[4] = {quantized(&at->q, &a.spec, q),
                                   quantized(&at->k, &a.attention.scores.weight, k),
                                   quantized(&at->v, &a.attention.values.weight, v)};
    struct attention_oracle r;
    attention_oracle_open(&r);
    const size_t row = s->kv_heads * s->dim, group = s->heads / s->kv_heads;
    bool sure = true;
    memset(probs, 0, sizeof probs);
    for (size_t i = 0; i < s->heads * s->queries; i++) {
        const size_t t = i % s->queries, h = i / s->queries, n = t + 1 + s->keys - s->queries;
        for (size_t j = 0; j < n; j++) {
            attention_oracle_dot(&r, q + (t * s->heads + h) * s->dim, 1, k + j * row + h / group * s->dim, 1,
                                 s->dim, r.score[j]);
            mpfr_set_flt(r.score[j], mpfr_get_flt(r.score[j], MPFR_RNDN), MPFR_RNDN);
        }
        attention_oracle_exponentials(&r, n, s->dim);
        for (size_t j = 0; j < n; j++) {
            mpfr_div(r.y, r.score[j], r.sum, MPFR_RNDN);
            probs[i * s->keys + j] = mpfr_get_flt(r.y, MPFR_RNDN);
            mpfr_mul_d(r.weight, r.y, 1 - 0x1p-40, MPFR_RNDD);
            sure &= mpfr_get_flt(r.weight, MPFR_RNDN) == probs[i * s->keys + j];
            mpfr_mul_d(r.weight, r.y, 1 + 0x1p-40, MPFR_RNDU);
            sure &= mpfr_get_flt(r.weight, MPFR_RNDN) == probs[i * s->keys + j];
        }
    }
    struct subject p = attention_load(probs, "p", s->heads, s->queries, s->keys);
    stats[3] = quantized(&p, &a.attention.probs, codes);
    for (int i = 1; i < 4; i++) {
        stats[0].flushed += stats[i].flushed;
        stats[0].saturated += stats[i].saturated;
        stats[0].near_ties += stats[i].near_ties;
        stats[0].scales += i < 3 ? stats[i].scales : 0; /* probabilities are not stored */
    }
    assert_int_equal(result.stats.flushed, stats[0].flushed);
    assert_int_equal(result.stats.saturated, stats[0].saturated);
    assert_int_equal(result.stats.near_ties, stats[0].near_ties);
    assert_int_equal(result.stats.scales, stats[0].scales);
    *events += stats[0].flushed + stats[0].saturated;
    size_t n = 0;
    for (size_t i = 0; i < out.n && sure; i++, n++) {
        const size_t c = i % s->dim, h = i / s->dim % s->heads, t = i / s->dim / s->heads;
        attention_oracle_dot(&r, codes + (h * s->queries + t) * s->keys, 1, v + h / group * s->dim + c, row,
                             t + 1 + s->keys - s->queries, r.y);
        float want = mpfr_get_flt(r.y, MPFR_RNDN) + 0.0F;
        if (bits_from_f32(got[i] + 0.0F) != bits_from_f32(want))
            fail_msg("%s, element %zu: %a, want %a", text[0], i, (double)got[i], (double)want);
    }
    *left_out += !sure;
    assert_int_equal(result.stats.elements, attention_count(s, 0) + 2 * attention_count(s, 1));
    memcpy(q, kept[0], sizeof q);
    memcpy(k, kept[1], sizeof k);
    memcpy(v, kept[2], sizeof v);
    subject_free(&p);
    subject_free(&out);
    attention_oracle_close(&r);
    return n;
}

#define DEQUANTIZE "exact,scales=dequantize"

static void cells(void **state)
{
    static const char *const texts[][7] = {
        {"fp32", "fp32", "fp32", "fp32", "exact", "exact", NULL},
        {"e4m3", "e4m3", "e4m3", "e4m3", "exact", "exact", NULL},
        {"e4m3,per=token", "mxfp8_e4m3,block=4", "fp32", "int8,per=token", DEQUANTIZE, DEQUANTIZE, NULL},
        {"int8,per=token", "int8,per=channel,axis=head", "ue4m3,per=token", "int4,block=2,axis=token",
         DEQUANTIZE, DEQUANTIZE, NULL},
        {"nvfp4", "nvfp4", "e5m2", "q8_0", DEQUANTIZE, DEQUANTIZE, NULL},
    };
    static const struct attention_shape shapes[] = {{5, 5, 4, 2, 8}, {3, 7, 2, 1, 32}};
    (void)state;
    size_t n = 0, left_out = 0, events = 0;
    for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++)
        for (size_t j = 0; j < sizeof texts / sizeof *texts; j++) {
            if (!strcmp(texts[j][3], "q8_0") && shapes[i].dim % 32)
                continue;
            attention_fill(&shapes[i], DRAW_NORMAL, 100 * i + j);
            n += compare(&shapes[i], texts[j], &left_out, &events);
        }
    assert_int_equal(left_out, 0);
    assert_true(events > 0);
    printf("# covered cells: %zu elements, %zu values flushed or saturated\n", n, events);
}

/* Sums of codes with scales beside them: where powers of two are all that scales are, they are those of the
 * values, and the arrangement of heads is what is under test. */
static void codes(void **state)
{
    (void)state;
    static float values[ATTENTION_MOST];
    const struct attention_shape shapes[] = {{4, 4, 4, 2, 32}, {2, 5, 2, 2, 64}};
    for (size_t i = 0; i < 2; i++) {
        attention_fill(&shapes[i], DRAW_SHORT, 40 + i);
        struct subject out = attention_attend(&shapes[i], 0);
        static const char *const by_codes[] = {"mxfp4",
                                               "mxfp4",
                                               "fp32",
                                               "mxfp8_e5m2,axis=token,block=2",
                                               "exact,scales=partials",
                                               "exact,scales=partials",
                                               NULL},
                                 *const by_values[] = {
                                     "mxfp4",    "mxfp4",    "fp32", "mxfp8_e5m2,axis=token,block=2",
                                     DEQUANTIZE, DEQUANTIZE, NULL};
        struct asked a = attention_ask(&out, by_codes), b = attention_ask(&out, by_values);
        struct cell_result x = {.values = got}, y = {.values = values};
        struct error e = {{0}};
        if (attention_run(&a, &x, &e) || attention_run(&b, &y, &e))
            fail_msg("%s", e.text);
        for (size_t c = 0; c < out.n; c++)
            if (fabs((double)got[c] - (double)values[c]) > 1e-5)
                fail_msg("element %zu: %a, by values %a", c, (double)got[c], (double)values[c]);
        subject_free(&out);
    }
}

/* Which random numbers a dot product draws: those of its place, of scores first, then of outputs. Indices are
 * written out here once more, and dot products are those of the definition. */
static void streams(void **state)
{
    (void)state;
    const struct attention_shape *s = &plain;
    attention_fill(s, DRAW_NORMAL, 50);
    struct subject out = attention_attend(s, 0);
    static const char *const text[7] = {"fp32",
                                        "fp32",
                                        "e4m3,round=sr",
                                        "fp32",
                                        "sequential,acc=bf16,round=sr",
                                        "sequential,acc=fp16,round=sr",
                                        NULL};
    struct asked a = attention_ask(&out, text);
    struct cell_result result = {.values = got};
    struct error e = {{0}};
    assert_int_equal(attention_run(&a, &result, &e), STATUS_OK);
    const struct format *f = format_find("fp32");
    static float probs[ATTENTION_MOST], rounded[ATTENTION_MOST];
    uint32_t x[64], y[64];
    char first[17] = {0}, name[HASH_HEX_SIZE + 32];
    memcpy(first, out.hash, 16);
    const uint64_t stream = strtoull(first, NULL, 16);
    memset(probs, 0, sizeof probs);
    for (size_t h = 0, i = 0; h < s->heads; h++)
        for (size_t t = 0; t < s->queries; t++, i++) {
            double row[64];
            for (size_t j = 0; j <= t; j++) {
                for (size_t c = 0; c < s->dim; c++) {
                    x[c] = bits_from_f32(q[(t * s->heads + h) * s->dim + c]);
                    y[c] = bits_from_f32(k[(j * s->kv_heads + h / 2) * s->dim + c]);
                }
                struct dot_input in = {{f, x, NULL}, {f, y, NULL}, s->dim, NULL, 5, stream + i * s->keys + j};
                row[j] = format_value(&a.attention.scores.mac.out,
                                      dot_product(&a.attention.scores.mac, &in, NULL));
            }
            attention_softmax(t + 1, s->dim, row);
            for (size_t j = 0; j <= t; j++)
                probs[i * s->keys + j] = (float)row[j];
        }
    struct subject p = attention_load(probs, "p", s->heads, s->queries, s->keys);
    int n = snprintf(name, sizeof name, "probabilities of %s\n", out.hash);
    hash_bytes(name, (size_t)n, p.hash);
    quantized(&p, &a.attention.probs, rounded);
    for (size_t i = 0; i < out.n; i++) {
        const size_t c = i % s->dim, h = i / s->dim % s->heads, t = i / s->dim / s->heads;
        for (size_t j = 0; j <= t; j++) {
            x[j] = bits_from_f32(rounded[(h * s->queries + t) * s->keys + j]);
            y[j] = bits_from_f32(v[(j * s->kv_heads + h / 2) * s->dim + c]);
        }
        struct dot_input in = {
            {f, x, NULL}, {f, y, NULL}, t + 1, NULL, 5, stream + s->heads * s->queries * s->keys + i};
        const struct mac_spec *m = &a.attention.values.mac;
        assert_int_equal(bits_from_f32(got[i]),
                         bits_from_f32((float)format_value(&m->out, dot_product(m, &in, NULL))));
    }
    subject_free(&p);
    subject_free(&out);
}

/* --- keys, output schemes, errors --- */

static void key_of(struct asked *a, char hex[static HASH_HEX_SIZE])
{
    struct error e = {{0}};
    a->request.spec = &a->spec;
    a->request.attention = &a->attention;
    assert_int_equal(pipeline_cell_key(&a->request, hex, NULL, &e), STATUS_OK);
}

static void keys(void **state)
{
    (void)state;
    attention_fill(&plain, DRAW_NORMAL, 70);
    struct subject s = attention_attend(&plain, 0), turned = attention_attend(&plain, 10000),
                   other = attention_attend(&plain, 500);
    static const char *const base[7] = {"e4m3", "e4m3", "e4m3", "e4m3", "exact", "exact", NULL};
    static const char *const instead[7] = {"e5m2",           "e5m2",           "e5m2", "e5m2",
                                           "exact,out=bf16", "exact,out=bf16", "e4m3"};
    enum { N = 7 + 5 };
    char hex[N][HASH_HEX_SIZE];
    struct asked a;
    for (size_t i = 0; i < 7; i++) {
        const char *text[7];
        memcpy(text, base, sizeof base);
        text[i] = instead[i];
        a = attention_ask(&s, text);
        key_of(&a, hex[i]);
    }
    const char *const faults[7] = {"e4m3", "e4m3", "e4m3", "e4m3", "exact", "sequential,flip=0.1", NULL};
    a = attention_ask(&s, base);
    key_of(&a, hex[7]);
    a = attention_ask(&turned, base);
    key_of(&a, hex[8]);
    a = attention_ask(&other, base);
    key_of(&a, hex[9]);
    a = attention_ask(&s, faults);
    key_of(&a, hex[10]);
    a.request.seed++;
    key_of(&a, hex[11]);
    for (size_t i = 0; i < N; i++)
        for (size_t j = 0; j < i; j++)
            assert_string_not_equal(hex[i], hex[j]);
    a = attention_ask(&s, base); /* where nothing is drawn the seed is none of it */
    a.request.seed++;
    key_of(&a, hex[0]);
    assert_string_equal(hex[0], hex[7]);
    subject_free(&s);
    subject_free(&turned);
    subject_free(&other);
}

static void outputs(void **state)
{
    (void)state;
    attention_fill(&plain, DRAW_NORMAL, 60);
    struct subject s = attention_attend(&plain, 0);
    static float first[ATTENTION_MOST], want[ATTENTION_MOST];
    const char *text[7] = {"e4m3", "e4m3", "e4m3", "e4m3", "exact", "exact", NULL};
    struct asked a = attention_ask(&s, text);
    text[6] = "int4,per=token";
    struct asked b = attention_ask(&s, text);
    struct cell_result x = {.values = first}, y = {.values = got};
    struct error e = {{0}};
    assert_int_equal(attention_run(&a, &x, &e), STATUS_OK);
    assert_int_equal(attention_run(&b, &y, &e), STATUS_OK);
    struct subject t = attention_load(first, "y", plain.queries, plain.heads * plain.dim, 0);
    quantized(&t, &b.attention.values.output, want);
    assert_memory_equal(got, want, s.n * sizeof *want);
    subject_free(&t);
    /* faults: counted, and the seed's */
    text[4] = text[5] = "sequential,acc=fp32,flip=0.001";
    struct asked f = attention_ask(&s, text);
    struct metric const *const flipped[] = {metric_find("acc_flipped")};
    double counted = 0;
    struct cell_result z = {.values = want, .metrics = &counted}, again = {.values = first};
    f.request.metrics = flipped;
    f.request.n_metrics = 1;
    assert_int_equal(attention_run(&f, &z, &e), STATUS_OK);
    assert_true(counted > 0);
    f.request.n_metrics = 0;
    assert_int_equal(attention_run(&f, &again, &e), STATUS_OK);
    assert_string_equal(z.result_hash, again.result_hash);
    f.request.seed++;
    assert_int_equal(attention_run(&f, &again, &e), STATUS_OK);
    assert_string_not_equal(z.result_hash, again.result_hash);
    subject_free(&s);
}

static void refused(void **state)
{
    (void)state;
    attention_fill(&plain, DRAW_NORMAL, 80);
    struct subject s = attention_attend(&plain, 0);
    static const struct {
        const char *text[7], *message;
    } cases[] = {
        {{"q8_0", "e4m3", "fp32", "e4m3", "exact,scales=partials", "exact", NULL}, "a codec"},
        {{"e4m3", "e4m3,per=channel,axis=nowhere", "fp32", "e4m3", "exact", "exact", NULL}, "axis=nowhere"},
        {{"e4m3", "e4m3", "fp32,per=token,axis=token", "e4m3", "exact", "exact", NULL}, "axis=token"},
        {{"e4m3", "e4m3", "fp32", "e4m3", "exact", "exact", "int8,per=channel,axis=head"}, "axis=head"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct asked a = attention_ask(&s, cases[i].text);
        struct cell_result out = {.values = got};
        struct error e = {{0}};
        enum status status = attention_run(&a, &out, &e);
        if (status != STATUS_INVALID || !strstr(e.text, cases[i].message))
            fail_msg("%s: %d: %s", cases[i].message, (int)status, e.text);
    }
    subject_free(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cells), cmocka_unit_test(codes),   cmocka_unit_test(streams),
        cmocka_unit_test(keys),  cmocka_unit_test(outputs), cmocka_unit_test(refused),
    };
    return cmocka_run_group_tests_name("attention cells", tests, NULL, NULL);
}
