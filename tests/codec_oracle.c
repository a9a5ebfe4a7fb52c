#include "tests/codec_oracle.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "formats/format.h"
#include "sim/proof/oracle.h"
#include "tests/check.h"

/* --- roundings, each by other means than formats/ --- */

static uint32_t fp16_code(float x)
{
    struct rounding r = {.mode = ROUND_RNE, .overflow = OVERFLOW_INFINITY};
    const struct format *f = format_find("fp16");
    if (!isfinite(x) || x == 0)
        return oracle_encode_special(x == 0     ? NUMBER_ZERO
                                     : isnan(x) ? NUMBER_NAN
                                                : NUMBER_INF,
                                     signbit(x), f, &r);
    struct oracle_case c;
    mpfr_t v;
    oracle_case_init(&c);
    mpfr_init2(v, 24);
    mpfr_set_flt(v, x, MPFR_RNDN);
    oracle_case_set(&c, f, v);
    uint32_t code = oracle_encode(&c, oracle_rounds_up(&c, &r, 0), f, &r);
    mpfr_clear(v);
    oracle_case_clear(&c);
    return code;
}

static float fp16_value(uint32_t code)
{
    int field = code >> 10 & 31, t = code & 1023;
    float v = field == 31 ? (t ? NAN : INFINITY)
              : field     ? ldexpf((float)(1024 + t), field - 25)
                          : ldexpf((float)t, -24);
    return code & 0x8000 ? -v : v;
}

static float bf16(float x) /* nearest even, of a finite positive number */
{
    uint32_t u = bits_from_f32(x);
    return f32_from_bits((u + 0x7fff + (u >> 16 & 1)) & 0xffff0000);
}

/* --- HiFloat4: 64 values, groups of 8 and 4 --- */

static float largest(const float *x, size_t first, size_t end, size_t n)
{
    float m = 0;
    for (size_t i = first; i < end && i < n; i++)
        m = fabsf(x[i]) > m ? fabsf(x[i]) : m;
    return m;
}

static void hif4(const float *x, size_t n, struct codec_result *r)
{
    float s = largest(x, 0, 64, n) * bf16(1.0F / 7);
    s = s < 0x1p-48F ? 0x1p-48F : s > 49152 ? 49152 : s;
    s = bf16(s);
    int e;
    double m = 2 * frexp((double)s, &e); /* s = m * 2^(e - 1), m in [1, 2) */
    double quarters = rint(4 * m);       /* nearest even */
    float e6m2 = (float)ldexp(quarters / 4, e - 1), inverse = bf16(1 / e6m2);
    r->scale = (uint32_t)(4 * (e - 1 + 48) + (int)quarters - 4);
    for (size_t i = 0; i < n; i++) {
        size_t eight = i / 8, four = i / 4;
        int level2 = largest(x, 8 * eight, 8 * eight + 8, n) * inverse >= 4;
        int level3 = largest(x, 4 * four, 4 * four + 4, n) / (level2 ? 2 : 1) * inverse >= 2;
        if (level2)
            r->scale |= UINT32_C(1) << (8 + eight);
        if (level3)
            r->scale |= UINT32_C(1) << (16 + four);
        float up = floorf(4 * (fabsf(x[i]) / (float)(1 << (level2 + level3))) * inverse + 0.5F) / 4;
        float magnitude = up > 1.75F ? 1.75F : up;
        float value = magnitude * (float)(1 << (level2 + level3)) * e6m2;
        r->codes[i] = (uint32_t)(4 * magnitude) + (signbit(x[i]) ? 8 : 0);
        r->values[i] = signbit(x[i]) ? -value : value;
    }
}

/* --- ggml --- */

static void q_signed(const float *x, size_t n, int half, struct codec_result *r)
{
    float amax = 0, most = 0;
    for (size_t i = 0; i < n; i++)
        if (amax < fabsf(x[i])) {
            amax = fabsf(x[i]);
            most = x[i];
        }
    float d = most / (float)-half, id = d != 0 ? 1.0F / d : 0.0F,
          stored = fp16_value(r->scale = fp16_code(d));
    r->undefined = !isfinite(id);
    for (size_t i = 0; i < n && !r->undefined; i++) {
        int q = (int8_t)(x[i] * id + ((float)half + 0.5F));
        q = q < 2 * half - 1 ? q : 2 * half - 1;
        r->codes[i] = (uint32_t)q;
        r->values[i] = (float)(q - half) * stored;
    }
}

static void q4_0(const float *x, size_t n, struct codec_result *r)
{
    q_signed(x, n, 8, r);
}

static void q5_0(const float *x, size_t n, struct codec_result *r)
{
    q_signed(x, n, 16, r);
}

static void q_affine(const float *x, size_t n, int top, bool clamp, struct codec_result *r)
{
    float min = FLT_MAX, max = -FLT_MAX;
    for (size_t i = 0; i < n; i++) {
        min = x[i] < min ? x[i] : min;
        max = x[i] > max ? x[i] : max;
    }
    float d = (max - min) / (float)top, id = d != 0 ? 1.0F / d : 0.0F;
    uint32_t scale = fp16_code(d), offset = fp16_code(min);
    r->scale = offset << 16 | scale;
    r->undefined = !isfinite(id);
    for (size_t i = 0; i < n && !r->undefined; i++) {
        float v = (x[i] - min) * id + 0.5F;
        if (isnan(v)) { /* Inf * 0 */
            r->undefined = true;
            break;
        }
        int q = (uint8_t)v;
        assert_true(clamp || q <= top);
        r->codes[i] = (uint32_t)(q > top ? top : q);
        r->values[i] = (float)r->codes[i] * fp16_value(scale) + fp16_value(offset);
    }
}

static void q4_1(const float *x, size_t n, struct codec_result *r)
{
    q_affine(x, n, 15, true, r);
}

static void q5_1(const float *x, size_t n, struct codec_result *r)
{
    q_affine(x, n, 31, false, r);
}

static void q8_0(const float *x, size_t n, struct codec_result *r)
{
    float d = largest(x, 0, n, n) / 127, id = d != 0 ? 1.0F / d : 0.0F;
    r->scale = fp16_code(d);
    r->undefined = !isfinite(id);
    for (size_t i = 0; i < n && !r->undefined; i++) {
        int8_t q = (int8_t)roundf(x[i] * id);
        r->codes[i] = (uint8_t)q;
        r->values[i] = (float)q * fp16_value(r->scale);
    }
}

static uint32_t ue4m3(float x)
{
    if (!(x > 0))
        return 0;
    int exponent = ilogbf(x) + 7;
    if (exponent <= 0) {
        int n = (int)(x * 512 + 0.5F);
        return n > 7 ? 7 : (uint32_t)n;
    }
    double fraction = ldexp((double)x, 7 - exponent) - 1; /* in [0, 1): three bits, half up on the fourth */
    int eighths = (int)floor(16 * fraction) / 2 + (int)floor(16 * fraction) % 2;
    if (eighths == 8) {
        eighths = 0;
        exponent++;
    }
    return exponent >= 15 ? 0x7e : (uint32_t)(8 * exponent + eighths);
}

static void nvfp4_ggml(const float *x, size_t n, struct codec_result *r)
{
    static const float kvalues[16] = {0, 1, 2, 3, 4, 6, 8, 12, 0, -1, -2, -3, -4, -6, -8, -12};
    r->scale = ue4m3(largest(x, 0, n, n) / 6);
    int e = (int)(r->scale >> 3), m = (int)(r->scale & 7);
    float d = (e ? ldexpf((float)(8 + m), e - 10) : ldexpf((float)m, -9)) * 0.5F;
    for (size_t i = 0; i < n; i++) {
        float least = INFINITY;
        for (uint32_t k = 0; k < 16; k++)
            if (fabsf(kvalues[k] * d - x[i]) < least) {
                least = fabsf(kvalues[k] * d - x[i]);
                r->codes[i] = k;
            }
        r->values[i] = kvalues[r->codes[i]] * d;
    }
}

/* --- OliVe: a linear scan of two sorted grids, later entries winning ties --- */

static int ascending(const void *a, const void *b)
{
    float x = *(const float *)a, y = *(const float *)b;
    return (x > y) - (x < y);
}

struct olive {
    int bits;
    bool flint;
    float normal[256], outlier[256], alpha_to;
    int normals, outliers;
};

static struct olive olive_grids(int bits, bool flint)
{
    struct olive o = {.bits = bits, .flint = flint};
    int b = bits - 1, mant = b - 2;
    static const int flint4[] = {0, 1, 2, 3, 4, 6, 8, 16};
    for (int i = 0; i < 1 << b; i++) {
        float v = flint ? 2 * (float)flint4[i] : (float)i * 32 / (float)(1 << b);
        o.normal[o.normals++] = v;
        if (i)
            o.normal[o.normals++] = -v;
        o.alpha_to = v;
    }
    for (int i = 5; i <= 8; i++)
        for (int j = 0; j < 1 << mant; j++)
            if (i > 5 || j > 0) {
                float v = ldexpf(1 + (float)j * ldexpf(1, -mant), i);
                o.outlier[o.outliers++] = v;
                o.outlier[o.outliers++] = -v;
            }
    qsort(o.normal, (size_t)o.normals, sizeof *o.normal, ascending);
    qsort(o.outlier, (size_t)o.outliers, sizeof *o.outlier, ascending);
    return o;
}

static float olive_nearest(const struct olive *o, float y)
{
    float best = 0, least = INFINITY;
    for (int i = 0; i < o->normals + o->outliers; i++) {
        float v = i < o->normals ? o->normal[i] : o->outlier[i - o->normals];
        if (fabsf(y - v) <= least) {
            least = fabsf(y - v);
            best = v;
        }
    }
    return best;
}

/* Grid values under a scale with victims as NaN; the sum of squared errors. */
static double olive_at(const struct olive *o, const float *x, size_t n, float scale, float *q)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        q[i] = olive_nearest(o, x[i] / scale);
    for (size_t i = 0; i + 1 < n; i += 2) {
        if (fabsf(q[i]) > 32)
            q[i + 1] = NAN;
        else if (fabsf(q[i + 1]) > 32)
            q[i] = NAN;
    }
    for (size_t i = 0; i < n; i++) {
        double e = (double)((isnan(q[i]) ? 0.0F : q[i]) * scale) - (double)x[i];
        sum += e * e;
    }
    return sum;
}

static uint32_t olive_code(const struct olive *o, float q)
{
    uint32_t sign = UINT32_C(1) << (o->bits - 1), index = 0;
    if (isnan(q))
        return sign;
    if (fabsf(q) > 32) {
        for (int i = 0; i < o->outliers; i++)
            index += o->outlier[i] > 0 && o->outlier[i] <= fabsf(q);
    } else
        for (int i = 0; i < o->normals; i++)
            index += o->normal[i] > 0 && o->normal[i] <= fabsf(q);
    return index | (q < 0 ? sign : 0);
}

static void olive(const float *x, size_t n, int bits, bool flint, struct codec_result *r)
{
    struct olive o = olive_grids(bits, flint);
    double sum = 0, squares = 0;
    for (size_t i = 0; i < n; i++)
        sum += (double)x[i];
    double mean = sum / (double)n;
    for (size_t i = 0; i < n; i++)
        squares += ((double)x[i] - mean) * ((double)x[i] - mean);
    double sigma = n > 1 ? sqrt(squares / (double)(n - 1)) : 0;
    double alpha = fmax(fabs(mean + 3 * sigma), fabs(mean - 3 * sigma)), least = HUGE_VAL;
    float q[CODEC_LONGEST], best = 0;
    for (int percent = 75; percent < 150; percent += 2) {
        float scale = (float)(alpha * percent * 0.01) / o.alpha_to;
        if (scale == 0)
            continue;
        double error = olive_at(&o, x, n, scale, q);
        if (error < least) {
            least = error;
            best = scale;
        }
    }
    r->scale = bits_from_f32(best);
    if (best > 0)
        olive_at(&o, x, n, best, q);
    for (size_t i = 0; i < n; i++) {
        if (best == 0)
            q[i] = 0;
        r->codes[i] = olive_code(&o, q[i]);
        r->values[i] = isnan(q[i]) || q[i] == 0 ? 0 : q[i] * best;
    }
}

static void olive4(const float *x, size_t n, struct codec_result *r)
{
    olive(x, n, 4, false, r);
}

static void olive4_flint(const float *x, size_t n, struct codec_result *r)
{
    olive(x, n, 4, true, r);
}

static void olive8(const float *x, size_t n, struct codec_result *r)
{
    olive(x, n, 8, false, r);
}

/* --- ternary and binary weights --- */

static void twn(const float *x, size_t n, struct codec_result *r)
{
    double mean = 0, alpha = 0, survivors = 0;
    for (size_t i = 0; i < n; i++)
        mean += fabs((double)x[i]);
    mean /= (double)n;
    for (size_t i = 0; i < n; i++) {
        bool zero = fabs((double)x[i]) <= .7 * mean;
        r->codes[i] = zero ? 0 : x[i] < 0 ? 3 : 1;
        survivors += !zero;
        alpha += zero ? 0 : fabs((double)x[i]);
    }
    float a = survivors > 0 ? (float)(alpha / survivors) : 0;
    r->scale = bits_from_f32(a);
    for (size_t i = 0; i < n; i++)
        r->values[i] = r->codes[i] == 0 ? 0 : r->codes[i] == 1 ? a : -a;
}

static void bwn(const float *x, size_t n, struct codec_result *r)
{
    double mean = 0, alpha = 0;
    for (size_t i = 0; i < n; i++) {
        mean += (double)x[i];
        alpha += fabs((double)x[i]);
    }
    mean /= (double)n;
    float a = (float)(alpha / (double)n);
    r->scale = bits_from_f32(a);
    for (size_t i = 0; i < n; i++) {
        r->codes[i] = (double)x[i] - mean < 0;
        r->values[i] = r->codes[i] ? -a : a;
    }
}

/* --- all --- */

static const struct {
    const char *name;
    codec_reference *steps;
} references[] = {{"hifloat4", hif4},
                  {"q4_0", q4_0},
                  {"q4_1", q4_1},
                  {"q5_0", q5_0},
                  {"q5_1", q5_1},
                  {"q8_0", q8_0},
                  {"nvfp4_ggml", nvfp4_ggml},
                  {"olive4", olive4},
                  {"olive4_flint", olive4_flint},
                  {"olive8", olive8},
                  {"twn", twn},
                  {"bwn", bwn}};

codec_reference *codec_reference_of(const char *name)
{
    for (size_t i = 0; i < sizeof references / sizeof *references; i++)
        if (strcmp(references[i].name, name) == 0)
            return references[i].steps;
    fail_msg("codec %s has no restatement here", name);
    return NULL;
}
