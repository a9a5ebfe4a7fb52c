/* Conformance vectors on which independent implementations agree (shared material; skipped where it is
 * absent). */
#include "tests/check.h"

#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/quant/quant.h"
#include "sim/scheme.h"
#include "tests/vectors.h"

static bool is_nan_code(const struct format *f, uint32_t code)
{
    return format_decode(f, code).class == NUMBER_NAN;
}

/* The comparison rule of the vectors: a NaN is matched by any NaN, everything else bit for bit. */
static bool same_code(const struct format *f, uint32_t got, uint32_t want)
{
    return got == want || (is_nan_code(f, want) && is_nan_code(f, got));
}

/* The published names, except that of MXINT8, which is a scheme. */
static struct format vector_format(const char *name)
{
    struct quant_spec q;
    struct error e = {{0}};
    if (scheme_parse(name, &q, &e))
        fail_msg("%s", e.text);
    return q.element;
}

/* Every table there is: binary32 patterns, or binary64 ones under the suffix .f64. */
static void decode(void **state)
{
    (void)state;
    size_t n, codes = 0, p3109 = 0;
    char **names = vector_names("decode", ".npy", &n);
    for (size_t i = 0; i < n; i++) {
        char *wide = strstr(names[i], ".f64");
        struct vector v = wide ? vector_load_u64("decode", names[i]) : vector_load("decode", names[i]);
        if (wide)
            *wide = '\0';
        struct format f = vector_format(names[i]);
        p3109 += strncmp(f.name, "p3109", 5) == 0;
        assert_int_equal(v.n, (size_t)format_code_mask(&f) + 1);
        for (size_t c = 0; c < v.n; c++, codes++) {
            double want = wide ? f64_from_bits(v.v[c]) : (double)f32_from_bits((uint32_t)v.v[c]);
            double got = format_value(&f, (uint32_t)c);
            if (isnan(want) ? !isnan(got) : bits_from_f64(got) != bits_from_f64(want))
                fail_msg("%s code 0x%zx: got %a, want %a", names[i], c, got, want);
        }
        vector_free(&v);
    }
    vector_names_free(names, n);
    printf("# covered decode vectors: %zu formats (%zu of P3109), %zu codes\n", n, p3109, codes);
}

/* "rne_nosat" -> a rounding. */
static struct rounding column_rounding(const char *column)
{
    struct rounding r = {.overflow = strstr(column, "_nosat") ? OVERFLOW_INFINITY : OVERFLOW_SATURATE};
    for (int m = 0; m < ROUND_MODES; m++)
        if (strncmp(column, round_mode_names[m], 3) == 0)
            r.mode = (enum round_mode)m;
    return r;
}

static size_t encode_format(const char *name)
{
    struct format f = vector_format(name);
    char path[64];
    snprintf(path, sizeof path, "vectors/encode/%s.cols.json", name);
    json_t *columns = json_load_file(shared_path(path), 0, NULL);
    assert_non_null(columns);
    snprintf(path, sizeof path, "%s.in", name);
    struct vector in = vector_load("encode", path);
    snprintf(path, sizeof path, "%s.codes", name);
    struct vector want = vector_load("encode", path);
    bool tf32 = strcmp(name, "tf32") == 0; /* stored as binary32 patterns */
    size_t compared = 0;
    for (size_t c = 0; c < want.columns; c++) {
        const char *column = json_string_value(json_array_get(columns, c));
        struct rounding r = column_rounding(column);
        for (size_t i = 0; i < in.n; i++) {
            struct number x = number_from_f32(f32_from_bits((uint32_t)in.v[i]));
            if (x.class == NUMBER_NAN && !format_has_nan(&f))
                continue; /* SKIP rule: no agreed answer */
            uint32_t expected = (uint32_t)want.v[i * want.columns + c] >> (tf32 ? 13 : 0);
            uint32_t got = format_round(&f, x, &r, 0).code;
            if (!same_code(&f, got, expected))
                fail_msg("%s %s: input 0x%08x: got 0x%x, want 0x%x", name, column, (uint32_t)in.v[i], got,
                         expected);
            compared++;
        }
    }
    json_decref(columns);
    vector_free(&in);
    vector_free(&want);
    return compared;
}

static void encode(void **state)
{
    (void)state;
    size_t n, compared = 0, p3109 = 0;
    char **names = vector_names("encode", ".codes.npy", &n);
    for (size_t i = 0; i < n; i++) {
        compared += encode_format(names[i]);
        p3109 += strncmp(names[i], "p3109", 5) == 0;
    }
    vector_names_free(names, n);
    printf("# covered encode vectors: %zu formats (%zu of P3109), %zu conversions\n", n, p3109, compared);
}

/* Quantizes float bit patterns and returns codes and scale codes. */
struct coded {
    uint32_t *codes, *scales;
    float *values;
};

static struct coded quantize_bits(const char *scheme, const uint64_t *bits, size_t rows, size_t columns)
{
    struct quant_spec q;
    struct error e = {{0}};
    if (scheme_parse(scheme, &q, &e))
        fail_msg("%s", e.text);
    size_t n = rows * columns;
    float *x = malloc(n * sizeof *x);
    for (size_t i = 0; i < n; i++)
        x[i] = f32_from_bits((uint32_t)bits[i]);
    struct quant_input in = {.x = x, .rank = 2, .shape = {rows, columns}, .axis = 1};
    struct coded out = {calloc(n, sizeof *out.codes), calloc(n, sizeof *out.scales),
                        calloc(n, sizeof *out.values)};
    struct quant_output to = {.values = out.values, .codes = out.codes, .scales = out.scales};
    struct quant_stats stats;
    if (quantize(&q, &in, &to, &stats, &e))
        fail_msg("%s", e.text);
    free(x);
    return out;
}

static void coded_free(struct coded *c)
{
    free(c->codes);
    free(c->scales);
    free(c->values);
}

static size_t mx_case(const char *file, const char *codes_file, const char *scheme, bool even)
{
    char path[64];
    struct vector in = vector_load("mx", "in");
    snprintf(path, sizeof path, "%s.scale", file);
    struct vector scale = vector_load("mx", path);
    snprintf(path, sizeof path, "%s.codes", codes_file);
    struct vector codes = vector_load("mx", path);
    struct coded got = quantize_bits(scheme, in.v, in.rows, 32);
    size_t compared = 0;
    for (size_t b = 0; b < in.rows; b++) {
        bool finite = true;
        for (size_t i = 0; i < 32; i++)
            finite &= isfinite(f32_from_bits((uint32_t)in.v[32 * b + i]));
        if (even && finite && scale.v[b] == 0xff)
            continue; /* SKIP rule: rounding amax overflowed */
        if (got.scales[b] != scale.v[b])
            fail_msg("%s block %zu: scale 0x%x, want 0x%x", scheme, b, got.scales[b], (uint32_t)scale.v[b]);
        if (scale.v[b] == 0xff)
            continue; /* SKIP rule: element codes under a NaN scale */
        for (size_t i = 0; i < 32; i++, compared++)
            if (got.codes[32 * b + i] != codes.v[32 * b + i])
                fail_msg("%s block %zu element %zu: code 0x%x, want 0x%x", scheme, b, i,
                         got.codes[32 * b + i], (uint32_t)codes.v[32 * b + i]);
    }
    coded_free(&got);
    vector_free(&in);
    vector_free(&scale);
    vector_free(&codes);
    return compared;
}

static void mx(void **state)
{
    (void)state;
    static const char *const formats[][2] = {{"mxfp8_e4m3", "mxfp8_e4m3"},
                                             {"mxfp8_e5m2", "mxfp8_e5m2"},
                                             {"mxfp6_e3m2", "mxfp6_e3m2"},
                                             {"mxfp6_e2m3", "mxfp6_e2m3"},
                                             {"mxfp4_e2m1", "mxfp4"}};
    static const char *const rules[][2] = {
        {"", "floor"}, {".RCEIL", "rceil"}, {".CEIL", "ceil-exp"}, {".EVEN", "even"}};
    size_t compared = 0;
    for (size_t f = 0; f < 5; f++)
        for (size_t r = 0; r < 4; r++) {
            char file[64], scheme[64];
            snprintf(file, sizeof file, "%s%s", formats[f][0], rules[r][0]);
            snprintf(scheme, sizeof scheme, "%s,scale_rule=%s", formats[f][1], rules[r][1]);
            compared += mx_case(file, file, scheme, r == 3);
        }
    compared += mx_case("mxint8", "mxint8", "mxint8", false);
    compared += mx_case("mxint8", "mxint8.sym", "mxint8-sym", false);
    printf("# covered mx vectors: 22 schemes, %zu elements\n", compared);
}

/* Tensor 22, `subnormal_small`, whose decode scale underflows to zero in torchao: the code of 0 * Inf has no
 * meaning. */
static bool skipped(const char *prefix, size_t tensor, uint64_t bits)
{
    return strcmp(prefix, "ao2") == 0 && tensor == 22 && (bits & 0x7fffffff) == 0;
}

/* 33 tensors of 16 x 256. Tiles of 16 x 16 have their scale written once for each of the 16 rows. */
static void nvfp4_case(const char *prefix, const char *scheme)
{
    char path[64];
    struct vector in = vector_load("nvfp4", "in");
    snprintf(path, sizeof path, "%s.scale", prefix);
    struct vector scale = vector_load("nvfp4", path);
    snprintf(path, sizeof path, "%s.codes", prefix);
    struct vector codes = vector_load("nvfp4", path);
    const struct format *e4m3 = format_find("e4m3");
    bool tiles = strcmp(prefix, "te_2d") == 0;
    size_t compared = 0;
    for (size_t t = 0; t < in.rows; t++) {
        struct coded got = quantize_bits(scheme, in.v + t * in.columns, 16, 256);
        for (size_t b = 0; b < 256; b++) {
            uint32_t want = (uint32_t)scale.v[t * 256 + b], found = got.scales[tiles ? b % 16 : b];
            if (!same_code(e4m3, found, want))
                fail_msg("%s tensor %zu block %zu: scale 0x%x, want 0x%x", scheme, t, b, found, want);
            if (is_nan_code(e4m3, want))
                continue; /* SKIP rule */
            for (size_t i = 16 * b; i < 16 * b + 16; i++) {
                if (skipped(prefix, t, in.v[t * in.columns + i]))
                    continue;
                compared++;
                if (got.codes[i] != codes.v[t * in.columns + i])
                    fail_msg("%s tensor %zu element %zu: code 0x%x, want 0x%x", scheme, t, i, got.codes[i],
                             (uint32_t)codes.v[t * in.columns + i]);
            }
        }
        coded_free(&got);
    }
    printf("# covered nvfp4 vectors: %s, %zu tensors, %zu elements\n", scheme, in.rows, compared);
    vector_free(&in);
    vector_free(&scale);
    vector_free(&codes);
}

static void nvfp4(void **state)
{
    (void)state;
    nvfp4_case("te", "nvfp4");
}

static void nvfp4_rows(void **state)
{
    (void)state;
    nvfp4_case("te_rows", "nvfp4,second=row");
}

static void nvfp4_2d(void **state)
{
    (void)state;
    nvfp4_case("te_2d", "nvfp4_2d");
}

static void nvfp4_four_over_six(void **state)
{
    (void)state;
    nvfp4_case("te_4o6", "nvfp4,peak=6+4,choose=mae");
}

#define TORCHAO "e2m1,block=16,scale=e4m3,scale_min=0.015625,quotient=reciprocal,via=fp32"

static void torchao(void **state)
{
    (void)state;
    nvfp4_case("ao1", TORCHAO);
    nvfp4_case("ao2", TORCHAO ",second=tensor,zero_tensor=nan");
}

/* ggml's blocks of 16, without a second level. */
static void nvfp4_ggml(void **state)
{
    (void)state;
    nvfp4_case("ggml", "nvfp4_ggml");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(decode),
        cmocka_unit_test(encode),
        cmocka_unit_test(mx),
        cmocka_unit_test(nvfp4),
        cmocka_unit_test(nvfp4_rows),
        cmocka_unit_test(nvfp4_2d),
        cmocka_unit_test(nvfp4_four_over_six),
        cmocka_unit_test(torchao),
        cmocka_unit_test(nvfp4_ggml),
    };
    return cmocka_run_group_tests_name("vectors", tests, NULL, NULL);
}
