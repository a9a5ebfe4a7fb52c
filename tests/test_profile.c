/* Profiles of vendors against what the vendors' own programs computed (shared vectors, skipped where they are
 * absent), and against rows of the documents typed in here. */
#include "tests/check.h"

#include <float.h>
#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/profile.h"
#include "sim/spec.h"
#include "tests/vectors.h"

static struct quant_spec parsed(const char *text)
{
    struct quant_spec q;
    struct error e = {{0}};
    if (scheme_parse(text, &q, &e))
        fail_msg("%s", e.text);
    return q;
}

/* --- the table --- */

static void says_something(const char *profile, const char *field, const char *text)
{
    if (!*text)
        fail_msg("%s has no %s", profile, field);
}

/* A profile is a scheme and no more: its text parses as it stands (no key without effect), and its name means
 * the same cell. */
static void table(void **state)
{
    (void)state;
    size_t families = 0, noted = 0;
    for (size_t i = 0; i < profile_count(); i++) {
        const struct profile *p = profile_at(i);
        const char *name = p->scheme.name, *colon = strchr(name, ':');
        char by_name[SCHEME_TEXT_SIZE], by_text[SCHEME_TEXT_SIZE], brief[SCHEME_TEXT_SIZE];
        if (!colon || colon == name || !colon[1] || strchr(colon + 1, ':'))
            fail_msg("%s is not VENDOR:NAME", name);
        says_something(name, "family", p->family);
        says_something(name, "doc", p->scheme.doc);
        says_something(name, "citation", p->scheme.citation);
        says_something(name, "checked", p->checked);
        noted += *p->note != '\0';
        assert_ptr_equal(profile_find(name), p); /* the only one of its name */
        assert_ptr_equal(scheme_alias_find(name), &p->scheme);
        struct quant_spec q = parsed(name), t = parsed(p->scheme.text);
        scheme_identity(&q, by_name);
        scheme_identity(&t, by_text);
        assert_string_equal(by_name, by_text);
        scheme_short(&q, brief);
        struct quant_spec back = parsed(brief);
        scheme_identity(&back, by_text);
        assert_string_equal(by_name, by_text);
        size_t keys = 0;
        for (const char *at = brief; (at = strchr(at, ',')); at++)
            keys++;
        assert_true(keys <= 3 || strlen(brief) <= strlen(name));
        bool first = true;
        for (size_t k = 0; k < i; k++)
            first &= strcmp(profile_at(k)->family, p->family) != 0;
        families += first;
    }
    struct quant_spec q;
    struct error e = {{0}};
    assert_int_equal(scheme_parse("torchao:mxpf4", &q, &e), STATUS_INVALID);
    assert_non_null(strstr(e.text, "torchao:mxfp4"));
    printf("# covered profiles: %zu of %zu families, %zu with notes\n", profile_count(), families, noted);
}

/* --- MX blocks --- */

enum mx_skip {
    ALL = 0,
    FINITE = 1,    /* blocks without NaN and Inf only */
    UNSIGNED = 2,  /* without the sign of zeros */
    LOG2 = 4,      /* a scale one higher is right where the logarithm is to blame */
    EVEN = 8,      /* not the blocks whose largest magnitude the even rule takes beyond binary32 */
    NO_ZEROS = 16, /* no blocks of zeros */
    NOT_TINY = 32, /* no blocks below 2^-120 */
    INF_254 = 64   /* blocks with Inf and no NaN have the scale code 254 */
};

static const struct {
    const char *profile, *keys, *scale, *codes;
    int skip;
} mx_cases[] = {
#define MX_FORMATS(M)             \
    M("mxfp4", "mxfp4_e2m1")      \
    M("mxfp6_e3m2", "mxfp6_e3m2") \
    M("mxfp6_e2m3", "mxfp6_e2m3") M("mxfp8_e4m3", "mxfp8_e4m3") M("mxfp8_e5m2", "mxfp8_e5m2")
#define MX_CASES(name, file)                                                    \
    {"ocp:" name, "", file, file, ALL}, {"torchao:" name, "", file, file, ALL}, \
        {"torchao:" name "_ceil", "", file ".CEIL", file ".CEIL", ALL},         \
        {"torchao:" name "_rceil", "", file ".RCEIL", file ".RCEIL", ALL},      \
        {"torchao:" name "_even", "", file ".EVEN", file ".EVEN", ALL},         \
        {"gfloat:" name, "", file, file, FINITE},                               \
        {"microxcaling:" name, ",round=rne,neg_zero=keep", file, file, LOG2},   \
        {"microxcaling:" name "_cpp", ",round=rne", file, file, UNSIGNED},
    MX_FORMATS(MX_CASES){"ocp:mxint8", "", "mxint8", "mxint8", ALL},
    {"gfloat:mxint8", "", "mxint8", "mxint8", FINITE},
    {"microxcaling:mxint8", ",round=rne", "mxint8", "mxint8.sym", LOG2 | NO_ZEROS},
    {"microxcaling:mxint8_cpp", ",round=rne", "mxint8", "mxint8.sym", ALL},
    {"te:mxfp4", "", "mxfp4_e2m1.TE_pow2", "mxfp4_e2m1.TE_pow2", FINITE | UNSIGNED | INF_254},
    {"te:mxfp8_e4m3", "", "mxfp8_e4m3.RCEIL", "mxfp8_e4m3.RCEIL", FINITE},
    {"te:mxfp8_e5m2", "", "mxfp8_e5m2.RCEIL", "mxfp8_e5m2.RCEIL", FINITE},
    {"quark:mxfp4", "", "mxfp4_e2m1.EVEN", "mxfp4_e2m1.EVEN", FINITE | EVEN},
    {"quark:mxfp8_e4m3", "", "mxfp8_e4m3.EVEN", "mxfp8_e4m3.EVEN", FINITE | EVEN},
    {"fouroversix:mxfp4", "", "mxfp4_e2m1.RCEIL", "mxfp4_e2m1.RCEIL", FINITE | UNSIGNED | NOT_TINY},
};

struct mx_block {
    bool nan, inf;
    float amax; /* of the finite values */
};

static struct mx_block mx_block(const uint64_t *bits)
{
    struct mx_block b = {false, false, 0};
    for (size_t i = 0; i < 32; i++) {
        float x = f32_from_bits((uint32_t)bits[i]);
        b.nan |= isnan(x) != 0;
        b.inf |= isinf(x) != 0;
        b.amax = isfinite(x) ? fmaxf(b.amax, fabsf(x)) : b.amax;
    }
    return b;
}

/* Blocks, scales that a logarithm moved, elements. */
struct mx_count {
    size_t blocks, moved, elements;
};

static void mx_case(size_t c, struct mx_count *count)
{
    const int skip = mx_cases[c].skip;
    char scheme[160];
    snprintf(scheme, sizeof scheme, "%s%s", mx_cases[c].profile, mx_cases[c].keys);
    struct vector in = vector_load("mx", "in"), scale = vector_load("mx", "%s.scale", mx_cases[c].scale),
                  codes = vector_load("mx", "%s.codes", mx_cases[c].codes);
    struct quant_spec q = parsed(scheme);
    struct vector_coded got = vector_quantize(scheme, in.v, in.rows, 32);
    for (size_t b = 0; b < in.rows; b++) {
        struct mx_block block = mx_block(in.v + 32 * b);
        bool finite = !block.nan && !block.inf;
        if ((skip & INF_254) && block.inf && !block.nan && got.scales[b] != 254)
            fail_msg("%s block %zu: an infinity gives the scale 0x%x, not 254", scheme, b, got.scales[b]);
        if (((skip & FINITE) && !finite) || ((skip & NO_ZEROS) && block.amax == 0) ||
            ((skip & NOT_TINY) && block.amax < 0x1p-120f) || ((skip & EVEN) && finite && scale.v[b] == 0xff))
            continue;
        count->blocks++;
        if ((skip & LOG2) && finite && got.scales[b] == scale.v[b] + 1) {
            int e;
            if (frexpf(block.amax, &e) < 0x1.fffep-1f) /* the last 2^-16 below a power of two */
                fail_msg("%s block %zu: scale 0x%x of %a", scheme, b, got.scales[b], (double)block.amax);
            count->moved++;
            continue;
        }
        if (got.scales[b] != scale.v[b])
            fail_msg("%s block %zu (amax %a): scale 0x%x, want 0x%x", scheme, b, (double)block.amax,
                     got.scales[b], (uint32_t)scale.v[b]);
        if (scale.v[b] == 0xff)
            continue; /* no codes under a NaN scale */
        uint32_t minus_zero = UINT32_C(1) << (q.element.bits - 1);
        for (size_t i = 0; i < 32; i++, count->elements++) {
            uint32_t want = (uint32_t)codes.v[32 * b + i], found = got.codes[32 * b + i];
            bool zeros = (skip & UNSIGNED) && want % minus_zero == 0 && found % minus_zero == 0;
            if (found != want && !zeros)
                fail_msg("%s block %zu element %zu: code 0x%x, want 0x%x", scheme, b, i, found, want);
        }
    }
    vector_coded_free(&got);
    vector_free(&in);
    vector_free(&scale);
    vector_free(&codes);
}

static void mx(void **state)
{
    (void)state;
    struct mx_count count = {0, 0, 0};
    for (size_t c = 0; c < sizeof mx_cases / sizeof *mx_cases; c++)
        mx_case(c, &count);
    assert_true(count.moved > 0);
    printf("# covered mx vectors: %zu profiles, %zu blocks (%zu scales moved by a logarithm), %zu elements\n",
           sizeof mx_cases / sizeof *mx_cases, count.blocks, count.moved, count.elements);
}

/* --- NVFP4 --- */

/* Tensor 22, `subnormal_small`, whose decode scale underflows to zero in torchao: the code of 0 * Inf has no
 * meaning. */
static bool skipped(const char *prefix, size_t tensor, uint64_t bits)
{
    return strcmp(prefix, "ao2") == 0 && tensor == 22 && (bits & 0x7fffffff) == 0;
}

/* 33 tensors of 16 x 256. Tiles of 16 x 16 have their scale written once for each of the 16 rows. */
static size_t nvfp4_case(const char *prefix, const char *profile)
{
    struct vector in = vector_load("nvfp4", "in"), scale = vector_load("nvfp4", "%s.scale", prefix),
                  codes = vector_load("nvfp4", "%s.codes", prefix);
    const struct format *e4m3 = format_find("e4m3");
    bool tiles = strcmp(prefix, "te_2d") == 0;
    size_t compared = 0;
    for (size_t t = 0; t < in.rows; t++) {
        struct vector_coded got = vector_quantize(profile, in.v + t * in.columns, 16, 256);
        for (size_t b = 0; b < 256; b++) {
            uint32_t want = (uint32_t)scale.v[t * 256 + b], found = got.scales[tiles ? b % 16 : b];
            if (!vector_same_code(e4m3, found, want))
                fail_msg("%s tensor %zu block %zu: scale 0x%x, want 0x%x", profile, t, b, found, want);
            if (format_decode(e4m3, want).class == NUMBER_NAN)
                continue; /* no codes under a NaN scale */
            for (size_t i = 16 * b; i < 16 * b + 16; i++) {
                if (skipped(prefix, t, in.v[t * in.columns + i]))
                    continue;
                compared++;
                if (got.codes[i] != codes.v[t * in.columns + i])
                    fail_msg("%s tensor %zu element %zu: code 0x%x, want 0x%x", profile, t, i, got.codes[i],
                             (uint32_t)codes.v[t * in.columns + i]);
            }
        }
        vector_coded_free(&got);
    }
    vector_free(&in);
    vector_free(&scale);
    vector_free(&codes);
    return compared;
}

static const struct {
    const char *prefix, *profile;
} nvfp4_cases[] = {{"te", "te:nvfp4"},
                   {"te_rows", "te:nvfp4_rows"},
                   {"te_2d", "te:nvfp4_16x16"},
                   {"te_4o6", "te:nvfp4_4over6"},
                   {"ao1", "torchao:nvfp4_one_level"},
                   {"ao2", "torchao:nvfp4"},
                   {"ggml", "ggml:nvfp4"}};
enum { NVFP4_CASES = sizeof nvfp4_cases / sizeof *nvfp4_cases };

static void nvfp4(void **state)
{
    (void)state;
    size_t compared = 0;
    for (size_t c = 0; c < NVFP4_CASES; c++)
        compared += nvfp4_case(nvfp4_cases[c].prefix, nvfp4_cases[c].profile);
    printf("# covered nvfp4 vectors: %d profiles, %zu elements\n", NVFP4_CASES, compared);
}

/* --- casts --- */

static const struct {
    const char *profile, *file, *column;
    double most;      /* inputs up to this magnitude; 0: all */
    bool without_inf; /* an infinite input has another answer */
} encode_cases[] = {
    {"ocp:e4m3", "float8_e4m3fn", "rne_sat", 0, false},
    {"ocp:e4m3_ovf", "float8_e4m3fn", "rne_nosat", 0, false},
    {"ocp:e5m2", "float8_e5m2", "rne_sat", 0, false},
    {"ocp:e5m2_ovf", "float8_e5m2", "rne_nosat", 0, false},
    {"te:e4m3", "float8_e4m3fn", "rne_sat", 0, false},
    {"gfloat:e4m3", "float8_e4m3fn", "rne_sat", 0, false},
    {"gfloat:e4m3_nosat", "float8_e4m3fn", "rne_nosat", 0, false},
    {"gfloat:e5m2", "float8_e5m2", "rne_sat", 0, false},
    {"gfloat:e5m2_nosat", "float8_e5m2", "rne_nosat", 0, false},
    {"gfloat:e8m0", "float8_e8m0fnu", "rne_nosat", 0, false},
    {"ml_dtypes:float8_e4m3fn", "float8_e4m3fn", "rne_nosat", 0, false},
    {"ml_dtypes:float8_e4m3fn_saturate", "float8_e4m3fn", "rne_sat", 0, true},
    {"ml_dtypes:float8_e5m2", "float8_e5m2", "rne_nosat", 0, false},
    {"ml_dtypes:float8_e5m2_saturate", "float8_e5m2", "rne_sat", 0, true},
    {"ml_dtypes:float8_e4m3", "float8_e4m3", "rne_nosat", 0, false},
    {"ml_dtypes:float8_e4m3fnuz", "float8_e4m3fnuz", "rne_nosat", 0, false},
    {"ml_dtypes:float8_e5m2fnuz", "float8_e5m2fnuz", "rne_nosat", 0, false},
    {"ml_dtypes:float6_e3m2fn", "float6_e3m2fn", "rne_sat", 0, false},
    {"ml_dtypes:float6_e2m3fn", "float6_e2m3fn", "rne_sat", 0, false},
    {"ml_dtypes:float4_e2m1fn", "float4_e2m1fn", "rne_sat", 0, false},
    {"ml_dtypes:float8_e8m0fnu", "float8_e8m0fnu", "rna_nosat", 0, false},
    {"cpfloat:e4m3", "float8_e4m3fn", "rne_sat", 448, false},
    {"cpfloat:e5m2", "float8_e5m2", "rne_nosat", 0, false},
    {"universal:e4m3", "float8_e4m3fn", "rne_nosat", 0, false},
    {"universal:e4m3_saturating", "float8_e4m3fn", "rne_sat", 0, false},
    {"universal:e5m2", "float8_e5m2", "rne_nosat", 0, false},
};

static size_t encode_case(size_t c)
{
    const char *profile = encode_cases[c].profile, *file = encode_cases[c].file;
    char path[64];
    struct quant_spec q = parsed(profile);
    struct vector in = vector_load("encode", "%s.in", file), want = vector_load("encode", "%s.codes", file);
    snprintf(path, sizeof path, "vectors/encode/%s.cols.json", file);
    json_t *columns = json_load_file(shared_path(path), 0, NULL);
    size_t column = 0, compared = 0;
    while (strcmp(json_string_value(json_array_get(columns, column)), encode_cases[c].column) != 0)
        column++;
    for (size_t i = 0; i < in.n; i++) {
        float x = f32_from_bits((uint32_t)in.v[i]);
        if ((isnan(x) && (!format_has_nan(&q.element) || encode_cases[c].most > 0)) ||
            (isinf(x) && encode_cases[c].without_inf) ||
            (encode_cases[c].most > 0 && !(fabs((double)x) <= encode_cases[c].most)))
            continue;
        uint32_t expected = (uint32_t)want.v[i * want.columns + column];
        uint32_t got = format_round(&q.element, number_from_f32(x), &q.rounding, 0).code;
        if (!vector_same_code(&q.element, got, expected))
            fail_msg("%s of %a: 0x%x, want 0x%x", profile, (double)x, got, expected);
        compared++;
    }
    json_decref(columns);
    vector_free(&in);
    vector_free(&want);
    return compared;
}

static void encode(void **state)
{
    (void)state;
    size_t compared = 0;
    for (size_t c = 0; c < sizeof encode_cases / sizeof *encode_cases; c++)
        compared += encode_case(c);
    printf("# covered encode vectors: %zu profiles, %zu conversions\n",
           sizeof encode_cases / sizeof *encode_cases, compared);
}

/* --- claims --- */

/* Whether `checked` is "vectors FOLDER" and as much of "/FILE" and ", COLUMN" as it says. */
static bool names_vectors(const char *checked, const char *folder, const char *file, const char *column)
{
    char folder_text[96], file_text[96], text[96];
    snprintf(folder_text, sizeof folder_text, "vectors %s", folder);
    snprintf(file_text, sizeof file_text, "%s/%s", folder_text, file);
    snprintf(text, sizeof text, "%s%s%s", file_text, *column ? ", " : "", column);
    const char *const wanted = checked[strlen(folder_text)] == '/' ? text : folder_text;
    size_t n = strlen(wanted);
    return strncmp(checked, wanted, n) == 0 && strchr(" ,;", checked[n]) != NULL;
}

static bool is_compared(const struct profile *p)
{
    const char *name = p->scheme.name;
    bool found = false;
    for (size_t c = 0; c < sizeof mx_cases / sizeof *mx_cases; c++)
        found |= strcmp(mx_cases[c].profile, name) == 0 &&
                 (names_vectors(p->checked, "mx", mx_cases[c].scale, "") ||
                  names_vectors(p->checked, "mx", mx_cases[c].codes, ""));
    for (size_t c = 0; c < NVFP4_CASES; c++)
        found |= strcmp(nvfp4_cases[c].profile, name) == 0 &&
                 names_vectors(p->checked, "nvfp4", nvfp4_cases[c].prefix, "");
    for (size_t c = 0; c < sizeof encode_cases / sizeof *encode_cases; c++)
        found |= strcmp(encode_cases[c].profile, name) == 0 &&
                 names_vectors(p->checked, "encode", encode_cases[c].file, encode_cases[c].column);
    return found;
}

/* A profile that says it was checked against vectors is compared with them here. */
static void claims(void **state)
{
    (void)state;
    size_t claimed = 0;
    for (size_t i = 0; i < profile_count(); i++) {
        const struct profile *p = profile_at(i);
        if (strncmp(p->checked, "vectors ", strlen("vectors ")) != 0)
            continue;
        claimed++;
        if (!is_compared(p))
            fail_msg("%s: no test compares with %s", p->scheme.name, p->checked);
    }
    assert_true(claimed > 0);
    printf("# covered claims of vectors: %zu profiles\n", claimed);
}

/* --- rows of the documents --- */

#define F13 "FORMATS 13"

static const struct {
    const char *profile;
    float x;
    float want; /* NAN matches any NaN; the sign of zero counts */
    const char *source;
} casts[] = {
    /* E4M3 and E5M2 at and beyond the top */
    {"ocp:e4m3", 464, 448, "FORMATS 3"},
    {"ocp:e4m3", 465, 448, "ADDENDA 1.6"},
    {"ocp:e4m3", INFINITY, 448, "ADDENDA 1.6"},
    {"ocp:e4m3_ovf", 464, 448, "ADDENDA 1.6"},
    {"ocp:e4m3_ovf", 465, NAN, "ADDENDA 1.6"},
    {"ocp:e4m3_ovf", 470, NAN, "ADDENDA 1.6"},
    {"ocp:e4m3_ovf", -INFINITY, NAN, "ADDENDA 1.6"},
    {"ocp:e5m2", 61440, 57344, "ADDENDA 1.6"},
    {"ocp:e5m2_ovf", 61439, 57344, "ADDENDA 1.6"},
    {"ocp:e5m2_ovf", 61440, INFINITY, "ADDENDA 1.6"},
    {"ml_dtypes:float8_e4m3fn", 464, 448, F13},
    {"ml_dtypes:float8_e4m3fn", 465, NAN, F13},
    {"ml_dtypes:float8_e4m3fn_saturate", 465, 448, F13},
    {"ml_dtypes:float8_e4m3fn_saturate", INFINITY, NAN, F13},
    {"ml_dtypes:float8_e5m2_saturate", 1e9F, 57344, F13},
    {"ml_dtypes:float8_e5m2_saturate", -INFINITY, -INFINITY, F13},
    {"gfloat:e4m3", INFINITY, 448, F13},
    {"gfloat:e4m3_nosat", 465, NAN, F13},
    {"te:e4m3", 1e9F, 448, F13},
    {"cpfloat:e4m3", 465, 480, F13},
    {"qpytorch:e4m3", 465, 480, F13},
    {"qpytorch:e5m2", 1e9F, 114688, F13},
    {"universal:e4m3", 465, NAN, "microfloat_impl.hpp"},
    {"universal:e4m3_saturating", 465, 448, "microfloat_impl.hpp"},
    /* a lost carry: 1.99 rounds up to 2 */
    {"mase:e4m3", 1.99F, 1, F13},
    {"mase:e4m3", 0.995F, 1, F13},
    {"ocp:e4m3", 1.99F, 2, F13},
    /* nearest, ties away; NaN lost */
    {"qpytorch:e4m3", 1.0625F, 1.125F, F13},
    {"ocp:e4m3", 1.0625F, 1, F13},
    {"qpytorch:e4m3", -2.625F, -2.75F, F13},
    {"qpytorch:e4m3", NAN, 480, F13},
    /* E8M0 */
    {"gfloat:e8m0", 1.5F, 2, F13},
    {"gfloat:e8m0", 3, 2, F13},
    {"ml_dtypes:float8_e8m0fnu", 3, 4, F13},
    {"ml_dtypes:float8_e8m0fnu", 0x1.8p127F, NAN, F13},
    {"ml_dtypes:float8_e8m0fnu", -1, NAN, F13},
    /* bfloat16 without subnormals */
    {"cpfloat:bf16", 0x1.4p-127F, 0x1p-126F, F13},
    {"cpfloat:bf16", 0x1.8p-128F, 0, F13},
    {"cpfloat:bf16", 0x1p-130F, 0, F13},
};

static void cast_rows(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof casts / sizeof *casts; i++) {
        uint64_t bits = bits_from_f32(casts[i].x);
        struct vector_coded got = vector_quantize(casts[i].profile, &bits, 1, 1);
        float y = got.values[0], want = casts[i].want;
        if (isnan(want) ? !isnan(y) : bits_from_f32(y) != bits_from_f32(want))
            fail_msg("%s of %a: %a, %s says %a", casts[i].profile, (double)casts[i].x, (double)y,
                     casts[i].source, (double)want);
        vector_coded_free(&got);
    }
    printf("# covered rows of casts: %zu\n", sizeof casts / sizeof *casts);
}

enum { SHOWN = 6, NO_CODE = 0xffff };

#define BELOW(k) (0x1.fffffep+0F * (float)(k) / 2) /* the binary32 number below a power of two k */
#define REST0    NO_CODE, NO_CODE, NO_CODE, NO_CODE, NO_CODE

/* The first values of a block, the rest zeros; its scale's code, and codes of the values. */
static const struct {
    const char *profile;
    float x[SHOWN];
    uint32_t scale, codes[SHOWN];
    const char *source;
} blocks[] = {
    /* the scale rules: amax 150 under E4M3 */
    {"ocp:mxfp8_e4m3", {150}, 126, {NO_CODE, REST0}, "FORMATS 6"},
    {"torchao:mxfp8_e4m3_ceil", {150}, 127, {NO_CODE, REST0}, "FORMATS 6"},
    {"torchao:mxfp8_e4m3_rceil", {150}, 126, {NO_CODE, REST0}, "FORMATS 6"},
    {"torchao:mxfp8_e4m3_even", {1.9375F}, 120, {NO_CODE, REST0}, "FORMATS 6"},
    {"torchao:mxfp8_e4m3_even", {1.9374F}, 119, {NO_CODE, REST0}, "FORMATS 6"},
    {"compressed-tensors:mxfp8_e4m3", {1.75F}, 120, {NO_CODE, REST0}, "FORMATS 6"},
    {"quark:mxfp4", {1.75F}, 126, {NO_CODE, REST0}, "ADDENDA 1.10"},
    {"quark:mxfp4", {1.7499F}, 125, {NO_CODE, REST0}, "ADDENDA 1.10"},
    {"brevitas:mxfp4_midmax", {7}, 127, {NO_CODE, REST0}, "FORMATS 6"},
    {"brevitas:mxfp4_midmax", {7.001F}, 128, {NO_CODE, REST0}, "FORMATS 6"},
    {"int_vs_fp:mxfp4", {6.5F}, 128, {NO_CODE, REST0}, "FORMATS 6"},
    {"int_vs_fp:mxfp4_round", {6.5F}, 127, {NO_CODE, REST0}, "FORMATS 6"},
    {"int_vs_fp:mxfp4_ocp", {6.5F}, 127, {NO_CODE, REST0}, "FORMATS 6"},
    /* floor(log2) one too high just below a power of two */
    {"ocp:mxfp4", {BELOW(1024)}, 134, {7, REST0}, F13},
    {"microxcaling:mxfp4", {BELOW(1024)}, 135, {6, REST0}, F13},
    {"microxcaling:mxfp4_cpp", {BELOW(1024)}, 134, {7, REST0}, F13},
    {"ggml:mxfp4", {BELOW(1024)}, 135, {6, REST0}, F13},
    {"universal:mxfp4", {BELOW(1024)}, 135, {6, REST0}, F13},
    {"int_vs_fp:mxfp4_ocp", {BELOW(1024)}, 135, {6, REST0}, F13},
    {"gfloat:mxfp4", {BELOW(1024)}, 134, {7, REST0}, F13},
    {"torchao:mxfp4", {BELOW(1024)}, 134, {7, REST0}, F13},
    {"microxcaling:mxfp4", {BELOW(1)}, 124, {7, REST0}, F13}, /* log2 is about -8.6e-8 there */
    /* ceil(log2) one too low just above one: 6 * 2^10 and the next number, whose sixth is 2^10 (1 + 2^-23) */
    {"torchao:mxfp4_rceil", {0x1.800002p12F}, 138, {5, REST0}, F13},
    {"modelopt:mxfp4", {0x1.800002p12F}, 137, {7, REST0}, F13},
    {"int_vs_fp:mxfp4", {0x1.800002p12F}, 137, {7, REST0}, F13},
    /* a scale above the largest one: log2 of the largest binary32 number is 128 */
    {"microxcaling:mxint8", {FLT_MAX}, 255, {NO_CODE, REST0}, F13},
    {"universal:mxint8", {FLT_MAX}, 248, {127, REST0}, "mxblock_impl.hpp: 127 - 7"},
    {"ocp:mxint8", {FLT_MAX}, 254, {127, REST0}, F13},
    /* tiny blocks */
    {"ggml:mxfp4", {0x1p-126F, -0x1p-126F}, 255, {0, 0, 0, 0, 0, 0}, F13},
    {"ggml:mxfp4", {0x1p-125F}, 0, {6, 0, 0, 0, 0, 0}, F13},
    {"ggml:mxfp4", {0x1p-149F}, 232, {0, 0, 0, 0, 0, 0}, F13},
    {"ocp:mxfp4", {0x1p-126F}, 0, {4, 0, 0, 0, 0, 0}, F13},
    {"int_vs_fp:mxfp4", {0x1p-100F}, 44, {0, 0, 0, 0, 0, 0}, F13},
    /* blocks of zeros */
    {"torchao:mxfp4", {0}, 0, {0, 0, 0, 0, 0, 0}, F13},
    {"gfloat:mxfp4", {0}, 0, {0, 0, 0, 0, 0, 0}, F13},
    {"ggml:mxfp4", {0}, 0, {0, 0, 0, 0, 0, 0}, F13},
    {"microxcaling:mxfp4", {0}, 0, {0, 0, 0, 0, 0, 0}, F13},
    {"microxcaling:mxint8", {0}, 1, {0, 0, 0, 0, 0, 0}, F13},
    {"universal:mxfp4", {0}, 125, {0, 0, 0, 0, 0, 0}, F13},
    {"universal:mxfp8_e4m3", {0}, 119, {0, 0, 0, 0, 0, 0}, F13},
    {"modelopt:nvfp4", {0}, 0x38, {0, 0, 0, 0, 0, 0}, F13},
    {"compressed-tensors:nvfp4", {0}, 0x20, {0, 0, 0, 0, 0, 0}, F13},
    {"te:nvfp4", {0}, 0, {0, 0, 0, 0, 0, 0}, F13},
    {"torchao:nvfp4", {0}, 0x7f, {NO_CODE, REST0}, F13},
    {"torchao:nvfp4_one_level", {0}, 8, {0, 0, 0, 0, 0, 0}, F13},
    {"universal:nvfp4", {0}, 0, {0, 0, 0, 0, 0, 0}, "nvblock_impl.hpp"},
    /* NaN and infinities */
    {"torchao:mxfp4", {1, INFINITY}, 255, {NO_CODE, REST0}, F13},
    {"microxcaling:mxfp4", {1, NAN}, 255, {NO_CODE, REST0}, F13},
    {"gfloat:mxfp4", {1, INFINITY}, 254, {0, 7, 0, 0, 0, 0}, F13},
    {"te:mxfp4", {1, -INFINITY}, 254, {0, 15, 0, 0, 0, 0}, F13},
    {"quark:mxfp4", {1, INFINITY}, 254, {0, 7, 0, 0, 0, 0}, "even_round: clamped to 127"},
    {"quark:mxfp4", {FLT_MAX}, 254, {4, 0, 0, 0, 0, 0}, "even_round: clamped to 127"},
    {"torchao:mxfp4_even", {FLT_MAX}, 255, {NO_CODE, REST0}, "vectors/mx/README.md"},
    {"universal:mxfp4", {6, NAN}, 127, {7, 0, 0, 0, 0, 0}, F13},
    {"ggml:mxfp4", {6, NAN}, 127, {7, 0, 0, 0, 0, 0}, F13},
    {"ml_dtypes:float4_e2m1fn", {1}, 0, {2, 0, 0, 0, 0, 0}, "no scale"},
    /* the sign of zero, of elements: 6 makes the scale 1; 0.1 rounds to zero */
    {"torchao:mxfp4", {6, -0.0F, -0.1F, 0.1F}, 127, {7, 8, 8, 0, 0, 0}, F13},
    {"microxcaling:mxfp4_cpp", {6, -0.0F, -0.1F, 0.1F}, 127, {7, 0, 0, 0, 0, 0}, F13},
    {"microxcaling:mxfp4", {6, -0.0F, -0.1F, 0.1F}, 127, {7, 0, 8, 0, 0, 0}, F13},
    {"te:mxfp4", {6, -0.0F, -0.1F, 0.1F}, 127, {7, 0, 8, 0, 0, 0}, "vectors/nvfp4/README.md"},
    {"ggml:mxfp4", {6, -0.0F, -0.1F, 0.1F}, 127, {7, 0, 0, 0, 0, 0}, F13},
    {"modelopt:mxfp4", {6, -0.0F, -0.1F, 0.1F}, 127, {7, 8, 8, 0, 8, 8}, "mxfp4_tensor.py: (2 - sign) / 2"},
    /* ties of E2M1 */
    {"ocp:mxfp4", {6, 0.75F, 1.75F, 2.5F, 3.5F, -5}, 127, {7, 2, 4, 4, 6, 14}, F13},
    {"ggml:mxfp4", {6, 0.75F, 1.75F, 2.5F, 3.5F, -5}, 127, {7, 1, 3, 4, 5, 14}, F13},
    {"modelopt:mxfp4", {6, 0.75F, 1.75F, 2.5F, 3.5F, -5}, 127, {7, 1, 3, 4, 5, 14}, F13},
    {"microxcaling:mxfp4", {6, 0.75F, 1.75F, 2.5F, 3.5F, -5}, 127, {7, 2, 4, 5, 6, 15}, F13},
    {"quark:mxfp4_triton", {6, 0.75F, 1.75F, 2.5F, 3.5F, -5}, 127, {7, 2, 4, 5, 6, 15}, "mx/triton.py"},
    /* just under half of the smallest subnormal */
    {"microxcaling:mxfp4", {6, 0x1.fffffep-3F, 0x1.fffffcp-3F, 0.25F}, 127, {7, 1, 0, 1, 0, 0}, F13},
    {"microxcaling:mxfp4_cpp", {6, 0x1.fffffep-3F, 0x1.fffffcp-3F, 0.25F}, 127, {7, 0, 0, 1, 0, 0}, F13},
    /* MXINT8 */
    {"gfloat:mxint8", {-1.9999F, 1.9999F}, 127, {0x80, 0x7f, 0, 0, 0, 0}, F13},
    {"microxcaling:mxint8", {-1.9999F, 1.9999F}, 127, {0x81, 0x7f, 0, 0, 0, 0}, F13},
    {"universal:mxint8", {1, 0.5F}, 120, {0x7f, 0x40, 0, 0, 0, 0}, F13},
    {"int_vs_fp:mxint8", {1}, 121, {64, 0, 0, 0, 0, 0}, "ceil(log2(1 / 127)) = -6"},
    /* the quotient passes bfloat16: 2.499 is 2.5 there, a tie */
    {"compressed-tensors:mxfp4", {6, 2.501F, 3.499F}, 127, {7, 4, 6, 0, 0, 0}, "FORMATS 7"},
    {"ocp:mxfp4", {6, 2.501F, 3.499F}, 127, {7, 5, 5, 0, 0, 0}, "FORMATS 7"},
};

static void block_rows(void **state)
{
    (void)state;
    size_t scales = 0, codes = 0;
    for (size_t i = 0; i < sizeof blocks / sizeof *blocks; i++) {
        uint64_t bits[32] = {0};
        for (size_t k = 0; k < SHOWN; k++)
            bits[k] = bits_from_f32(blocks[i].x[k]);
        struct quant_spec q = parsed(blocks[i].profile);
        size_t block = q.scaling.block ? q.scaling.block : 32;
        struct vector_coded got = vector_quantize(blocks[i].profile, bits, 1, block);
        if (got.scales[0] != blocks[i].scale)
            fail_msg("%s row %zu: scale 0x%x, %s says 0x%x", blocks[i].profile, i, got.scales[0],
                     blocks[i].source, blocks[i].scale);
        scales++;
        for (size_t k = 0; k < SHOWN; k++) {
            if (blocks[i].codes[k] == NO_CODE)
                continue;
            codes++;
            if (got.codes[k] != blocks[i].codes[k])
                fail_msg("%s row %zu of %a: code 0x%x, %s says 0x%x", blocks[i].profile, i,
                         (double)blocks[i].x[k], got.codes[k], blocks[i].source, blocks[i].codes[k]);
        }
        vector_coded_free(&got);
    }
    printf("# covered rows of blocks: %zu scales, %zu codes\n", scales, codes);
}

/* --- two levels --- */

/* The smallest block scales under a tensor of amax 2688, whose second level is 1: FORMATS 13. A block of
 * amax_b has amax_b / 6. */
static const struct {
    const char *profile;
    float amax;
    uint32_t scale;
} smallest[] = {
    {"torchao:nvfp4", 6 * 0x1p-8F, 0x08},  {"torchao:nvfp4", 6 * 0x1p-6F, 0x08},
    {"modelopt:nvfp4", 6 * 0x1p-8F, 0x02}, {"modelopt:nvfp4", 6 * 0x1p-11F, 0x01},
    {"te:nvfp4", 6 * 0x1p-8F, 0x02},       {"te:nvfp4", 6 * 0x1p-11F, 0x00},
    {"universal:nvfp4", 6 * 0x1p-11F, 1},  {"compressed-tensors:nvfp4", 6 * 0x1p-8F, 0x02},
    {"quark:nvfp4", 6 * 0x1p-11F, 0x00},   {"compressed-tensors:nvfp4", 6 * 0x1p-11F, 0x20},
    {"int_vs_fp:nvfp4", 6 * 0x1p-8F, 2},   {"fouroversix:nvfp4_static_6", 6 * 0x1p-8F, 0x02},
};

static void small_scales(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof smallest / sizeof *smallest; i++) {
        uint64_t bits[32] = {bits_from_f32(2688), [16] = bits_from_f32(smallest[i].amax)};
        struct vector_coded got = vector_quantize(smallest[i].profile, bits, 1, 32);
        if (got.scales[0] != 0x7e || got.scales[1] != smallest[i].scale)
            fail_msg("%s: scales 0x%x 0x%x, want 0x7e 0x%x", smallest[i].profile, got.scales[0],
                     got.scales[1], smallest[i].scale);
        vector_coded_free(&got);
    }
    printf("# covered rows of small scales: %zu\n", sizeof smallest / sizeof *smallest);
}

/* --- claims of rows --- */

/* A profile that says "rows of test_profile" has some above. */
static void rows_are_there(void **state)
{
    (void)state;
    size_t claimed = 0;
    for (size_t i = 0; i < profile_count(); i++) {
        const struct profile *p = profile_at(i);
        bool found = false;
        for (size_t k = 0; k < sizeof casts / sizeof *casts; k++)
            found |= !strcmp(casts[k].profile, p->scheme.name);
        for (size_t k = 0; k < sizeof blocks / sizeof *blocks; k++)
            found |= !strcmp(blocks[k].profile, p->scheme.name);
        for (size_t k = 0; k < sizeof smallest / sizeof *smallest; k++)
            found |= !strcmp(smallest[k].profile, p->scheme.name);
        bool claims = strstr(p->checked, "rows of test_profile") != NULL;
        claimed += claims;
        if (claims && !found)
            fail_msg("%s has no row", p->scheme.name);
    }
    assert_true(claimed > 0);
    printf("# covered claims of rows: %zu profiles\n", claimed);
}

/* Every order of steps, computed here in binary32 as its source does, over random tensors: the scales of 4
 * blocks and the codes, for amounts that meet ties. */
static float e4m3(float x)
{
    struct rounding r = {.mode = ROUND_RNE};
    return number_to_f32(format_decode(format_find("e4m3"),
                                       format_round(format_find("e4m3"), number_from_f32(x), &r, 0).code));
}

static float to_bf16(float x)
{
    struct rounding r = {.mode = ROUND_RNE, .overflow = OVERFLOW_INFINITY};
    return number_to_f32(format_decode(format_find("bf16"),
                                       format_round(format_find("bf16"), number_from_f32(x), &r, 0).code));
}

struct steps {
    float scale, quotient;
};

static struct steps torchao_steps(float amax, float amax_b, float x)
{
    float g = amax / 2688, s = e4m3(fmaxf(amax_b / 6 / g, 0x1p-6F));
    return (struct steps){s, x * (1 / g / s)};
}

static struct steps modelopt_steps(float amax, float amax_b, float x)
{
    float g = amax / 2688, s = e4m3(fmaxf(amax_b / (6 * g), 0x1p-9F));
    return (struct steps){s, x / (s * g)};
}

static struct steps compressed_steps(float amax, float amax_b, float x)
{
    float g = 2688 / amax, s = e4m3(g * (amax_b / 6));
    return (struct steps){s, to_bf16(x / (s / g))};
}

static struct steps quark_steps(float amax, float amax_b, float x)
{
    float g = 448 * (6 / amax), s = e4m3(amax_b / 6 * g);
    return (struct steps){s, x / (s / g)};
}

static struct steps universal_steps(float amax, float amax_b, float x)
{
    float g = amax / 2688, s = e4m3(amax_b / g / 6);
    return (struct steps){s, x / g * (1 / s)};
}

static struct steps int_vs_fp_steps(float amax, float amax_b, float x)
{
    float g = amax / 6 / 448, s = e4m3(amax_b / 6 / g);
    return (struct steps){s, x / (g * s)};
}

static struct steps fouroversix_steps(float amax, float amax_b, float x)
{
    float g = 2688 / amax, s = e4m3(amax_b / 6 * g);
    return (struct steps){s, x * (1 / (1 / g * s))};
}

static void orders_of_steps(void **state)
{
    (void)state;
    static const struct {
        const char *profile;
        struct steps (*steps)(float amax, float amax_b, float x);
    } orders[] = {
        {"torchao:nvfp4", torchao_steps},
        {"modelopt:nvfp4", modelopt_steps},
        {"compressed-tensors:nvfp4", compressed_steps},
        {"quark:nvfp4", quark_steps},
        {"universal:nvfp4", universal_steps},
        {"int_vs_fp:nvfp4", int_vs_fp_steps},
        {"fouroversix:nvfp4_static_6", fouroversix_steps},
    };
    enum { ROWS = 64, ORDERS = sizeof orders / sizeof *orders };
    /* Largest values of a tensor and of its blocks for which amax_b / (6 g) rounds to another E4M3 scale if
     * the product is not rounded (found by trying all below 6000). */
    static const int pairs[][2] = {{124, 93}, {156, 117}, {164, 123}, {248, 93}, {312, 117}};
    enum { PAIRS = sizeof pairs / sizeof *pairs };
    struct rounding nearest = {.mode = ROUND_RNE};
    size_t differ[ORDERS] = {0}, elements = 0;
    for (uint32_t seed = 0; seed < 40 + PAIRS; seed++) {
        static uint64_t bits[ROWS * 16];
        const int *pair = seed < 40 ? NULL : pairs[seed - 40];
        uint32_t draw = 12345 + seed;
        float amax = 0;
        for (size_t i = 0; i < ROWS * 16; i++) { /* short significands, as of bfloat16, meet ties */
            draw = draw * 1664525 + 1013904223;
            int n = (int)(draw >> 24) - 128;
            float x = to_bf16((float)n * (i / 16 % 4 == 0 ? 1.0F : 0.37F) * (float)(3 + seed));
            if (pair)
                x = (float)(i == 0 ? pair[0] : i % 16 == 0 ? pair[1] : n % pair[1]);
            bits[i] = bits_from_f32(x);
            amax = fmaxf(amax, fabsf(x));
        }
        uint32_t *first = NULL;
        for (size_t o = 0; o < ORDERS; o++) {
            struct vector_coded got = vector_quantize(orders[o].profile, bits, ROWS, 16);
            for (size_t i = 0; i < ROWS * 16; i++, elements++) {
                float amax_b = 0, x = f32_from_bits((uint32_t)bits[i]);
                for (size_t k = i / 16 * 16; k < i / 16 * 16 + 16; k++)
                    amax_b = fmaxf(amax_b, fabsf(f32_from_bits((uint32_t)bits[k])));
                struct steps want = orders[o].steps(amax, amax_b, x);
                float scale = number_to_f32(format_decode(format_find("e4m3"), got.scales[i / 16]));
                uint32_t code =
                    format_round(format_find("e2m1"), number_from_f32(want.quotient), &nearest, 0).code;
                bool signs = got.codes[i] == code || (code & 7) == 0; /* profiles differ in those of zeros */
                if (scale != want.scale || (got.codes[i] & 7) != (code & 7) || !signs)
                    fail_msg("%s: scale %a, want %a; code 0x%x, want 0x%x", orders[o].profile, (double)scale,
                             (double)want.scale, got.codes[i], code);
                differ[o] += first && first[i] != got.codes[i];
            }
            if (o == 0) {
                first = got.codes;
                got.codes = NULL;
            }
            vector_coded_free(&got);
        }
        free(first);
    }
    for (size_t o = 1; o < ORDERS; o++)
        if (!differ[o])
            fail_msg("%s never differs from torchao", orders[o].profile);
    printf("# covered orders of steps: %d profiles, %zu elements\n", ORDERS, elements);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(table),        cmocka_unit_test(cast_rows),      cmocka_unit_test(block_rows),
        cmocka_unit_test(small_scales), cmocka_unit_test(rows_are_there), cmocka_unit_test(orders_of_steps),
        cmocka_unit_test(mx),           cmocka_unit_test(nvfp4),          cmocka_unit_test(encode),
        cmocka_unit_test(claims),
    };
    return cmocka_run_group_tests_name("profile", tests, NULL, NULL);
}
