/* Quantization of whole tensors against MPFR: scale, code and value of every element, with the groups found
 * by index arithmetic instead of the walk. */
#include "tests/check.h"

#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/base/rng.h"
#include "sim/quant/quant.h"
#include "sim/scheme.h"
#include "tests/oracle.h"

struct tensor {
    int rank, axis;
    size_t shape[TENSOR_MAX_RANK], n;
    float *x;
};

static size_t group_of(const struct scaling *s, const struct tensor *t, size_t k, size_t *groups)
{
    size_t outer = 1, axis = t->shape[t->axis], inner = 1;
    for (int d = 0; d < t->rank; d++) {
        outer *= d < t->axis ? t->shape[d] : 1;
        inner *= d > t->axis ? t->shape[d] : 1;
    }
    size_t i = k % inner, a = k / inner % axis, o = k / inner / axis;
    size_t blocks = s->per == PER_BLOCK ? (axis + s->block - 1) / s->block : 1;
    switch (s->per) {
    case PER_CHANNEL:
        *groups = axis;
        return a;
    case PER_TOKEN:
        *groups = outer * inner;
        return o * inner + i;
    case PER_BLOCK:
        *groups = outer * blocks * inner;
        return (o * blocks + a / s->block) * inner + i;
    default:
        *groups = 1;
        return 0;
    }
}

/* Largest magnitude of each group, NaN if one is inside. */
static float *group_amax(const struct scaling *s, const struct tensor *t, size_t *groups)
{
    group_of(s, t, 0, groups);
    float *amax = calloc(*groups, sizeof *amax);
    for (size_t k = 0; k < t->n; k++) {
        size_t ignored, g = group_of(s, t, k, &ignored);
        float v = fabsf(t->x[k]);
        if (isnan(v) || isnan(amax[g]))
            amax[g] = NAN;
        else if (v > amax[g])
            amax[g] = v;
    }
    return amax;
}

static void expected_scale(mpfr_ptr out, const struct scaling *s, const struct format *element, float amax)
{
    mpfr_t top;
    mpfr_init2(top, 64);
    mpfr_set_d(top, number_to_f64(format_max(element)), MPFR_RNDN); /* checked by test_formats */
    mpfr_set_flt(out, amax, MPFR_RNDN);
    mpfr_exp_t emax = mpfr_get_exp(top) - 1;
    if (strcmp(s->rule->name, "floor") == 0)
        mpfr_set_ui_2exp(out, 1, mpfr_get_exp(out) - 1 - emax, MPFR_RNDN);
    else if (strcmp(s->rule->name, "rceil") == 0) {
        mpfr_div(out, out, top, MPFR_RNDU);
        mpfr_exp_t e = mpfr_get_exp(out) - 1;
        mpfr_t p;
        mpfr_init2(p, 64);
        mpfr_set_ui_2exp(p, 1, e, MPFR_RNDN);
        mpfr_set_ui_2exp(out, 1, e + (mpfr_cmp(out, p) > 0), MPFR_RNDN);
        mpfr_clear(p);
    } else
        mpfr_div(out, out, top, MPFR_RNDN);
    mpfr_clear(top);
}

static uint32_t encode_by_mpfr(struct oracle_case *c, const struct format *f, mpfr_srcptr v,
                               const struct rounding *r, uint32_t random)
{
    if (mpfr_nan_p(v))
        return oracle_encode_special(NUMBER_NAN, false, f, r);
    if (mpfr_inf_p(v))
        return oracle_encode_special(NUMBER_INF, mpfr_signbit(v), f, r);
    if (mpfr_zero_p(v))
        return oracle_encode_special(NUMBER_ZERO, mpfr_signbit(v), f, r);
    oracle_case_set(c, f, v);
    return oracle_encode(c, oracle_rounds_up(c, r, random), f, r);
}

/* The scale of each group: code and exact value. */
static void expected_scales(const struct quant_spec *q, const struct tensor *t, float *amax, size_t groups,
                            uint32_t *codes, mpfr_t *values, struct oracle_case *c)
{
    const struct scaling *s = &q->scaling;
    struct rounding r = {.mode = s->scale_round};
    bool poisoned = false;
    mpfr_t outer, v;
    mpfr_inits2(ORACLE_PRECISION, outer, v, (mpfr_ptr)0);
    mpfr_set_ui(outer, 1, MPFR_RNDN);
    if (s->second == SECOND_TENSOR) { /* amax / (Xmax * Smax) in binary32 */
        float most = 0;
        for (size_t g = 0; g < groups; g++)
            if (isfinite(amax[g]))
                most = fmaxf(most, amax[g]);
            else
                poisoned = true; /* no binary32 scale: the whole tensor is NaN */
        mpfr_set_flt(outer, most, MPFR_RNDN);
        mpfr_div_d(outer, outer, number_to_f64(format_max(&q->element)), MPFR_RNDN);
        mpfr_div_d(outer, outer, number_to_f64(format_max(&s->scale)), MPFR_RNDN);
        mpfr_set_flt(outer, mpfr_get_flt(outer, MPFR_RNDN), MPFR_RNDN);
    }
    for (size_t g = 0; g < groups; g++) {
        mpfr_init2(values[g], ORACLE_PRECISION);
        if (poisoned || !isfinite(amax[g]))
            mpfr_set_nan(v);
        else if (amax[g] == 0)
            mpfr_set_zero(v, 1);
        else if (s->second == SECOND_NONE)
            expected_scale(v, s, &q->element, amax[g]);
        else { /* absmax only */
            mpfr_set_flt(v, amax[g], MPFR_RNDN);
            mpfr_div(v, v, outer, MPFR_RNDN);
            mpfr_div_d(v, v, number_to_f64(format_max(&q->element)), MPFR_RNDN);
        }
        codes[g] = encode_by_mpfr(c, &s->scale, v, &r, 0);
        oracle_decode(values[g], &s->scale, codes[g]);
        if (mpfr_nan_p(v))
            mpfr_set_nan(values[g]);
        mpfr_mul(values[g], values[g], outer, MPFR_RNDN);
    }
    (void)t;
    mpfr_clears(outer, v, (mpfr_ptr)0);
}

static size_t elements_checked;

static void check_elements(const struct quant_spec *q, const struct tensor *t, const struct quant_output *got,
                           mpfr_t *scales, const struct quant_input *in, const char *scheme,
                           struct oracle_case *c)
{
    const struct format *fp32 = format_find("fp32");
    struct rounding carrier = {.mode = ROUND_RNE, .overflow = OVERFLOW_INFINITY};
    mpfr_t v;
    mpfr_init2(v, ORACLE_PRECISION);
    for (size_t k = 0; k < t->n; k++, elements_checked++) {
        size_t groups, g = group_of(&q->scaling, t, k, &groups);
        uint32_t random = q->rounding.mode == ROUND_SR ? rng_u32(in->seed, in->stream, k) : 0, want = 0;
        bool poisoned = mpfr_nan_p(scales[g]);
        mpfr_set_flt(v, t->x[k], MPFR_RNDN);
        if (!poisoned && mpfr_zero_p(scales[g]))
            mpfr_set_zero(v, mpfr_signbit(v) ? -1 : 1);
        else if (!poisoned)
            mpfr_div(v, v, scales[g],
                     MPFR_RNDN); /* 400 bits: no quotient of 24 by 48 bits is that near a midpoint */
        if (!poisoned)
            want = encode_by_mpfr(c, &q->element, v, &q->rounding, random);
        if (got->codes[k] != want)
            fail_msg("%s element %zu (%a): code 0x%x, MPFR says 0x%x", scheme, k, (double)t->x[k],
                     got->codes[k], want);
        oracle_decode(v, &q->element, want);
        mpfr_mul(v, v, scales[g], MPFR_RNDN);
        uint32_t value = encode_by_mpfr(c, fp32, v, &carrier, 0), mine = bits_from_f32(got->values[k]);
        if (mpfr_nan_p(v) ? !isnan(got->values[k]) : mine != value)
            fail_msg("%s element %zu: value 0x%08x, MPFR says 0x%08x", scheme, k, mine, value);
    }
    mpfr_clear(v);
}

static void check_scheme(const char *scheme, const struct tensor *t, uint64_t seed)
{
    struct quant_spec q;
    struct error e = {{0}};
    if (scheme_parse(scheme, &q, &e))
        fail_msg("%s", e.text);
    struct quant_input in = {.x = t->x, .rank = t->rank, .axis = t->axis, .seed = seed, .stream = 77};
    memcpy(in.shape, t->shape, sizeof in.shape);
    int rank;
    size_t scale_shape[TENSOR_MAX_RANK], scales = quant_scale_shape(&q, &in, &rank, scale_shape), groups;
    struct quant_output out = {calloc(t->n, sizeof(float)), calloc(t->n, sizeof(uint32_t)),
                               calloc(scales + 1, sizeof(uint32_t))};
    struct quant_stats stats;
    if (quantize(&q, &in, &out, &stats, &e))
        fail_msg("%s", e.text);
    float *amax = group_amax(&q.scaling, t, &groups);
    uint32_t *codes = calloc(groups, sizeof *codes);
    mpfr_t *values = calloc(groups, sizeof *values);
    struct oracle_case c;
    oracle_case_init(&c);
    if (q.scaling.per == PER_NONE) {
        mpfr_init2(values[0], 64);
        mpfr_set_ui(values[0], 1, MPFR_RNDN);
    } else {
        assert_int_equal(groups, scales);
        assert_int_equal(stats.scales, scales);
        expected_scales(&q, t, amax, groups, codes, values, &c);
        for (size_t g = 0; g < groups; g++)
            if (out.scales[g] != codes[g])
                fail_msg("%s group %zu (amax %a): scale 0x%x, MPFR says 0x%x", scheme, g, (double)amax[g],
                         out.scales[g], codes[g]);
    }
    check_elements(&q, t, &out, values, &in, scheme, &c);
    oracle_case_clear(&c);
    for (size_t g = 0; g < groups; g++)
        mpfr_clear(values[g]);
    free(values);
    free(codes);
    free(amax);
    free(out.values);
    free(out.codes);
    free(out.scales);
}

enum data { NORMAL, WIDE, BITS, SPECIAL, DATA_KINDS };

static struct tensor make(int rank, const size_t *shape, int axis, enum data data, uint64_t seed)
{
    struct tensor t = {.rank = rank, .axis = axis, .n = 1};
    for (int d = 0; d < rank; d++)
        t.n *= t.shape[d] = shape[d];
    t.x = malloc(t.n * sizeof *t.x);
    for (size_t k = 0; k < t.n; k++) {
        uint32_t r[4];
        rng_u32x4(seed, 1, k, r);
        float u = (float)r[0] * 0x1p-32f + (float)r[1] * 0x1p-32f + (float)r[2] * 0x1p-32f - 1.5f;
        t.x[k] = u;
        if (data == WIDE)
            t.x[k] = ldexpf(u, (int)(r[3] % 120) - 60);
        if (data == BITS) {
            t.x[k] = f32_from_bits(r[3]);
            if (!isfinite(t.x[k]))
                t.x[k] = r[3] & 1 ? 0.0f : -0.0f;
        }
        if (data == SPECIAL) {
            static const float specials[] = {0.0f,    -0.0f,     INFINITY,   NAN,
                                             FLT_MAX, 0x1p-149f, -0x1p-126f, 1.0f};
            t.x[k] = r[3] % 40 == 0 ? specials[r[3] / 40 % 8] : r[3] % 3 ? 0 : u;
        }
    }
    return t;
}

static const char *const schemes[] = {"e4m3",
                                      "fp16,overflow=infinity",
                                      "bf16,round=rtz",
                                      "int8,per=tensor",
                                      "int4,per=channel,scale=fp16",
                                      "int8,per=token,codes=twos",
                                      "e4m3,per=channel",
                                      "e5m2,per=token,scale=bf16",
                                      "e2m1,block=16,scale=e4m3",
                                      "e2m1,block=7,scale=e5m2,scale_round=rup",
                                      "int4,block=5,scale=e8m0,codes=signmag",
                                      "mxfp4",
                                      "mxfp8_e4m3",
                                      "mxfp8_e5m2,round=sr,sr_bits=9",
                                      "mxfp6_e2m3,scale_rule=rceil",
                                      "mxint8",
                                      "e3m0,block=8",
                                      "e2m1,block=16,scale=e4m3,second=tensor",
                                      "int4,block=16,scale=e5m2,second=tensor,round=rna",
                                      "e3m4,block=3,overflow=saturate-keep-inf,round=odd",
                                      "e4m3fnuz,per=tensor,overflow=nan",
                                      "e2m1,per=tensor,nan=max,neg_zero=drop",
                                      "int2,block=4,round=rno",
                                      "e8m0",
                                      "e3m2,per=token,round=rup",
                                      "e2m1,bias=1.3,per=tensor",
                                      "e4m3,bias=7.77,block=8,scale=e8m0,round=rna",
                                      "e3m2,bias=-0.4,block=16,scale=e5m2,second=tensor,round=rup",
                                      "ue4m3,per=token,subnormals=off",
                                      "p3109_k8p3se,block=16,overflow=infinity,round=odd",
                                      "p3109_k6p2ue,per=channel,scale=ue5m3,overflow=nan"};

static void equals_mpfr(void **state)
{
    (void)state;
    static const size_t shapes[][3] = {{37, 1, 1}, {6, 19, 1}, {3, 5, 11}, {1, 64, 1}};
    for (size_t i = 0; i < sizeof schemes / sizeof *schemes; i++)
        for (int rank = 1; rank <= 3; rank++)
            for (int axis = 0; axis < rank; axis++)
                for (int data = 0; data < DATA_KINDS; data++) {
                    struct tensor t =
                        make(rank, shapes[rank - 1], axis, (enum data)data, 100 * i + (size_t)data);
                    check_scheme(schemes[i], &t, i);
                    free(t.x);
                }
    printf("# covered quantize against MPFR: %zu schemes, %zu elements\n", sizeof schemes / sizeof *schemes,
           elements_checked);
}

/* TransformerEngine's NVFP4 steps, restated in binary32 (arXiv 2509.25149 appendix B; its Python reference).
 */
static void te_order(void **state)
{
    (void)state;
    const struct format *e2m1 = format_find("e2m1"), *e4m3 = format_find("e4m3");
    struct rounding rne = {.mode = ROUND_RNE};
    for (int data = NORMAL; data <= BITS; data++) {
        struct tensor t = make(2, (size_t[]){8, 48}, 1, (enum data)data, 5);
        struct quant_spec q;
        struct error e = {{0}};
        assert_int_equal(scheme_parse("nvfp4", &q, &e), STATUS_OK);
        struct quant_input in = {.x = t.x, .rank = 2, .shape = {8, 48}, .axis = 1};
        uint32_t codes[8 * 48], scales[8 * 3];
        struct quant_output out = {.codes = codes, .scales = scales};
        struct quant_stats stats;
        assert_int_equal(quantize(&q, &in, &out, &stats, &e), STATUS_OK);
        float most = 0;
        for (size_t k = 0; k < t.n; k++)
            most = fmaxf(most, fabsf(t.x[k]));
        float g = fminf(2688.0f / most, FLT_MAX), d = 1.0f / g, m = g * (1.0f / 6.0f);
        for (size_t b = 0; b < 24; b++) {
            float amax = 0;
            for (size_t i = 0; i < 16; i++)
                amax = fmaxf(amax, fabsf(t.x[16 * b + i]));
            uint32_t code = format_round(e4m3, number_from_f32(fminf(amax * m, 448.0f)), &rne, 0).code;
            assert_int_equal(scales[b], code);
            float r = fminf(1.0f / ((float)format_value(e4m3, code) * d), FLT_MAX);
            for (size_t i = 16 * b; i < 16 * b + 16; i++) {
                float y = fmaxf(-6.0f, fminf(6.0f, t.x[i] * r));
                uint32_t want = y == 0 ? 0 : format_round(e2m1, number_from_f32(y), &rne, 0).code;
                assert_int_equal(codes[i], want);
            }
        }
        free(t.x);
    }
}

/* In place, empty, rank 0; rows do not feel each other; scaling by a power of two moves nothing. */
static void properties(void **state)
{
    (void)state;
    struct tensor t = make(2, (size_t[]){4, 48}, 1, NORMAL, 3);
    float whole[4 * 48], row[48], again[4 * 48];
    for (size_t i = 0; i < sizeof schemes / sizeof *schemes; i++) {
        struct quant_spec q;
        struct error e = {{0}};
        struct quant_stats s;
        assert_int_equal(scheme_parse(schemes[i], &q, &e), STATUS_OK);
        struct quant_input in = {.x = t.x, .rank = 2, .shape = {4, 48}, .axis = 1};
        assert_int_equal(quantize(&q, &in, &(struct quant_output){.values = whole}, &s, &e), STATUS_OK);
        memcpy(again, t.x, sizeof again);
        in.x = again;
        assert_int_equal(quantize(&q, &in, &(struct quant_output){.values = again}, &s, &e), STATUS_OK);
        assert_memory_equal(again, whole, sizeof whole);
        bool by_row = q.scaling.per != PER_CHANNEL && q.scaling.per != PER_TENSOR &&
                      q.scaling.second == SECOND_NONE && q.rounding.mode != ROUND_SR;
        if (by_row) {
            struct quant_input one = {.x = t.x + 48, .rank = 1, .shape = {48}, .axis = 0};
            assert_int_equal(quantize(&q, &one, &(struct quant_output){.values = row}, &s, &e), STATUS_OK);
            assert_memory_equal(row, whole + 48, sizeof row);
        }
        if (q.scaling.scale.precision == 1 && q.scaling.per != PER_NONE) { /* power-of-two scales */
            for (size_t k = 0; k < t.n; k++)
                again[k] = ldexpf(t.x[k], 9);
            in.x = again;
            if (q.rounding.mode != ROUND_SR) {
                assert_int_equal(quantize(&q, &in, &(struct quant_output){.values = again}, &s, &e),
                                 STATUS_OK);
                for (size_t k = 0; k < t.n; k++)
                    assert_true(again[k] == ldexpf(whole[k], 9));
            }
        }
        struct quant_input none = {.x = t.x, .rank = 2, .shape = {0, 48}, .axis = 1};
        assert_int_equal(quantize(&q, &none, &(struct quant_output){0}, &s, &e), STATUS_OK);
        assert_int_equal(s.elements, 0);
    }
    free(t.x);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(equals_mpfr),
        cmocka_unit_test(te_order),
        cmocka_unit_test(properties),
    };
    return cmocka_run_group_tests_name("quant", tests, NULL, NULL);
}
