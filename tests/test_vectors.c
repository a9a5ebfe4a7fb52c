/* Conformance vectors on which independent implementations agree (shared material; skipped where it is
 * absent). */
#include "tests/check.h"

#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/scheme.h"
#include "tests/vectors.h"

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
        struct vector v = wide ? vector_load_u64("decode", names[i]) : vector_load("decode", "%s", names[i]);
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
    struct vector in = vector_load("encode", "%s.in", name), want = vector_load("encode", "%s.codes", name);
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
            if (!vector_same_code(&f, got, expected))
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

static size_t mx_case(const char *file, const char *codes_file, const char *scheme, bool even)
{
    struct vector in = vector_load("mx", "in"), scale = vector_load("mx", "%s.scale", file),
                  codes = vector_load("mx", "%s.codes", codes_file);
    struct vector_coded got = vector_quantize(scheme, in.v, in.rows, 32);
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
    vector_coded_free(&got);
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(decode),
        cmocka_unit_test(encode),
        cmocka_unit_test(mx),
    };
    return cmocka_run_group_tests_name("vectors", tests, NULL, NULL);
}
