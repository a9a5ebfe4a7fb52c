/* Block codecs against their published steps, restated from the documents: codes, scales and values on bits.
 */
#include "tests/check.h"

#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/base/rng.h"
#include "sim/quant/quant.h"
#include "sim/scheme.h"
#include "sim/proof/oracle.h"

enum { LONGEST = 1000 };

struct result {
    uint32_t codes[LONGEST], scale;
    float values[LONGEST];
    bool undefined; /* the publication's C leaves the codes open; its scale stands */
};

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

static void hif4(const float *x, size_t n, struct result *r)
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

static void q_signed(const float *x, size_t n, int half, struct result *r)
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

static void q4_0(const float *x, size_t n, struct result *r)
{
    q_signed(x, n, 8, r);
}

static void q5_0(const float *x, size_t n, struct result *r)
{
    q_signed(x, n, 16, r);
}

static void q_affine(const float *x, size_t n, int top, bool clamp, struct result *r)
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

static void q4_1(const float *x, size_t n, struct result *r)
{
    q_affine(x, n, 15, true, r);
}

static void q5_1(const float *x, size_t n, struct result *r)
{
    q_affine(x, n, 31, false, r);
}

static void q8_0(const float *x, size_t n, struct result *r)
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

static void nvfp4_ggml(const float *x, size_t n, struct result *r)
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

static void olive(const float *x, size_t n, int bits, bool flint, struct result *r)
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
    float q[LONGEST], best = 0;
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

static void olive4(const float *x, size_t n, struct result *r)
{
    olive(x, n, 4, false, r);
}

static void olive4_flint(const float *x, size_t n, struct result *r)
{
    olive(x, n, 4, true, r);
}

static void olive8(const float *x, size_t n, struct result *r)
{
    olive(x, n, 8, false, r);
}

/* --- ternary and binary weights --- */

static void twn(const float *x, size_t n, struct result *r)
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

static void bwn(const float *x, size_t n, struct result *r)
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

/* --- comparison --- */

typedef void reference_fn(const float *x, size_t n, struct result *r);

static const struct {
    const char *name;
    reference_fn *steps;
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

static reference_fn *reference_of(const char *name)
{
    for (size_t i = 0; i < sizeof references / sizeof *references; i++)
        if (strcmp(references[i].name, name) == 0)
            return references[i].steps;
    fail_msg("codec %s has no restatement here", name);
    return NULL;
}

static bool same_value(float a, float b)
{
    return bits_from_f32(a) == bits_from_f32(b) || (isnan(a) && isnan(b));
}

static uint64_t blocks_compared, values_compared, open_blocks;

static void compare(const struct block_codec *c, const char *what, const float *x, size_t n)
{
    static uint32_t codes[LONGEST], events[LONGEST];
    static float values[LONGEST];
    static struct result want;
    struct codec_block b = {.x = x, .n = n, .codes = codes, .events = events, .values = values};
    memset(&want, 0, sizeof want);
    c->encode(&b);
    reference_of(c->name)(x, n, &want);
    if (b.scale != want.scale)
        fail_msg("%s, %s, %zu values: scale 0x%x, want 0x%x", c->name, what, n, b.scale, want.scale);
    blocks_compared++;
    open_blocks += want.undefined;
    for (size_t i = 0; i < n; i++) {
        if (codes[i] >> c->element_bits)
            fail_msg("%s, %s: code 0x%x is wider than %d bits", c->name, what, codes[i], c->element_bits);
        if (want.undefined)
            continue;
        if (codes[i] != want.codes[i] || !same_value(values[i], want.values[i]))
            fail_msg("%s, %s, element %zu of %zu, %a: code 0x%x, value %a; want 0x%x, %a", c->name, what, i,
                     n, (double)x[i], codes[i], (double)values[i], want.codes[i], (double)want.values[i]);
        if ((values[i] != x[i]) != (events[i] & EVENT_INEXACT))
            fail_msg("%s, %s, element %zu: events 0x%x", c->name, what, i, events[i]);
        values_compared++;
    }
}

/* --- data --- */

static float normal_of(uint64_t i) /* twelve uniforms: near enough to N(0, 1) */
{
    double sum = 0;
    for (int k = 0; k < 12; k++)
        sum += (double)rng_u32(31, i, (uint64_t)k) * 0x1p-32;
    return (float)(sum - 6);
}

enum pattern {
    ZEROS,
    NEGATIVE_ZEROS,
    ONE_HOT,
    EQUAL,
    TIED_MAXIMA,     /* +m and -m, in either order */
    HALF_STEPS,      /* k * step / 2 of a largest value that is k whole steps */
    BELOW_HALF_STEP, /* the same, a unit in the last place off */
    SUBNORMAL,
    HUGE_VALUES,
    ANY_BITS,
    POWERS,
    GAUSSIAN,
    HEAVY,
    SCALED, /* Gaussian times 2^k, k over the range of binary32 */
    POSITIVE,
    PATTERNS
};

static const char *const pattern_names[PATTERNS] = {
    "zeros",      "negative zeros",   "one-hot",   "equal",  "tied maxima",
    "half steps", "below half steps", "subnormal", "huge",   "any bits",
    "powers",     "gaussian",         "heavy",     "scaled", "positive"};

static float value_of(enum pattern p, uint64_t seed, size_t i, size_t n)
{
    uint32_t u = rng_u32(seed, 7, i);
    float g = normal_of(seed * 1009 + i), sign = u & 1 ? -1 : 1;
    static const float steps[] = {7, 8, 15, 16, 28, 31, 32, 127, 384};
    float top = steps[seed % 9];
    switch (p) {
    case ZEROS:
        return 0;
    case NEGATIVE_ZEROS:
        return -0.0F;
    case ONE_HOT:
        return i == seed % n ? g : i % 2 ? 0 : -0.0F;
    case EQUAL:
        return normal_of(seed);
    case TIED_MAXIMA:
        return i % 3 == seed % 3 ? sign * 3 : g / 3;
    case HALF_STEPS:
    case BELOW_HALF_STEP: {
        float v = i == seed % n                      ? top
                  : (float)(u >> 8) * 0x1p-24F < .5F ? (float)(u >> 4 & 15) / 2
                                                     : (float)((u >> 4) % (unsigned)(2 * top)) / 2;
        v = ldexpf(v, (int)(seed % 23) - 11);
        return p == HALF_STEPS || i == seed % n ? sign * v : sign * nextafterf(v, u & 2 ? INFINITY : 0);
    }
    case SUBNORMAL:
        return sign * f32_from_bits(u >> (9 + seed % 16));
    case HUGE_VALUES:
        return sign * ldexpf(1 + (float)(u >> 9) * 0x1p-23F, 127 - (int)(seed % 20));
    case ANY_BITS:
        return (u >> 23 & 255) == 255 ? g : f32_from_bits(u);
    case POWERS:
        return sign * ldexpf(1, (int)(u >> 8) % 12 - 6);
    case HEAVY:
        return g * g * g * (u % 40 ? 1 : 30);
    case SCALED:
        return ldexpf(g, (int)(seed % 250) - 140);
    case POSITIVE:
        return fabsf(g) + (seed % 2 ? 3 : 0);
    default:
        return g;
    }
}

static void published_steps(void **state)
{
    (void)state;
    static const size_t lengths[] = {1, 2, 3, 7, 8, 31, 32, 33, 64, 100, 257, LONGEST};
    static float x[LONGEST];
    for (size_t k = 0; k < codec_count(); k++) {
        const struct block_codec *c = codec_at(k);
        bool slow = c->element_bits == 8 && !c->block;
        for (int p = 0; p < PATTERNS; p++)
            for (size_t l = 0; l < sizeof lengths / sizeof *lengths; l++) {
                if (c->block && lengths[l] > c->block)
                    continue;
                size_t n = c->block && lengths[l] == c->block / 2 ? c->block : lengths[l];
                uint64_t seeds = (c->block ? 250
                                  : slow   ? 1 + 30 / n
                                           : 1 + 3000 / n) /
                                     (SANITIZED ? 10 : 1) +
                                 1;
                for (uint64_t seed = 0; seed < seeds; seed++) {
                    for (size_t i = 0; i < n; i++)
                        x[i] = value_of((enum pattern)p, seed * 17 + k, i, n);
                    compare(c, pattern_names[p], x, n);
                }
            }
    }
    printf("# covered codecs against their published steps: %zu codecs, %d patterns, %llu blocks (%llu with "
           "codes "
           "that C leaves open), %llu values\n",
           codec_count(), PATTERNS, (unsigned long long)blocks_compared, (unsigned long long)open_blocks,
           (unsigned long long)values_compared);
    assert_true(open_blocks > 0);
}

/* Values that lie, under the scale that the search finds, midway between the largest normal and the first
 * outlier: a value moves to the border of the scale found with it until both stand still. */
static void olive_borders(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        float border;
    } cases[] = {{"olive4", 38}, {"olive4_flint", 40}, {"olive8", 32.375F}};
    static struct result r;
    size_t hits[2] = {0};
    for (size_t k = 0; k < sizeof cases / sizeof *cases; k++)
        for (uint64_t seed = 0; seed < (k == 2 ? 4 : 60) / (SANITIZED ? 4 : 1); seed++) {
            float x[100], border = seed % 2 ? cases[k].border : -cases[k].border;
            for (size_t i = 0; i < 100; i++)
                x[i] = normal_of(seed * 100 + i) * (i % 30 ? 1 : 9);
            for (int step = 0; step < 12; step++) {
                reference_of(cases[k].name)(x, 100, &r);
                if (x[50] / f32_from_bits(r.scale) == border)
                    break;
                x[50] = border * f32_from_bits(r.scale);
            }
            hits[seed % 2] += x[50] / f32_from_bits(r.scale) == border;
            compare(codec_find(cases[k].name), "border", x, 100);
        }
    printf("# covered OliVe's border between normals and outliers: %zu ties below zero, %zu above\n", hits[0],
           hits[1]);
    assert_true(hits[0] > 0 && hits[1] > 0);
}

/* By hand: a largest value 7 gives the scale 1 (bf16(1/7) * 7 = 0.998, to E6M2) and the reciprocal 1. */
static void hif4_by_hand(void **state)
{
    (void)state;
    static const struct {
        float x, value;
        uint32_t code;
    } pairs[] = {{7, 7, 7},
                 {-6.4F, -6, 14},
                 {0.5F, 0.5F, 2},
                 {-0.25F, -0.25F, 9},
                 {0.125F, 0.25F, 1},
                 {0x1.fffffcp-4F, 0, 0},
                 {0x1.fffffep-4F, 0.25F, 1}, /* its sum with 1/2 is a tie of binary32 */
                 {1.86F, 1.75F, 7},
                 {1.999F, 1.75F, 7},
                 {-0.0F, -0.0F, 8}};
    float x[64] = {0}, values[64];
    uint32_t codes[64], events[64];
    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++)
        x[i < 2 ? i : 6 + i] = pairs[i].x; /* the first group of 8 has level 2 and 3, the others none */
    struct codec_block b = {.x = x, .n = 64, .codes = codes, .events = events, .values = values};
    codec_find("hifloat4")->encode(&b);
    assert_int_equal(b.scale, 0xc0 | 1 << 8 | 1 << 16);
    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) {
        size_t k = i < 2 ? i : 6 + i;
        if (codes[k] != pairs[i].code || bits_from_f32(values[k]) != bits_from_f32(pairs[i].value))
            fail_msg("%a: code 0x%x, value %a", (double)x[k], codes[k], (double)values[k]);
    }
}

/* --- through a scheme: rows, tails, poisoned blocks --- */

enum { ROWS = 5, COLUMNS = 150 };

static void in_a_tensor(const struct block_codec *c)
{
    static float x[ROWS * COLUMNS], values[ROWS * COLUMNS];
    static uint32_t codes[ROWS * COLUMNS], scales[ROWS * COLUMNS];
    static struct result want;
    size_t block = c->block ? c->block : 48, compared = 0, poisoned = 0;
    char text[64];
    snprintf(text, sizeof text, c->block ? "%s,tail=short" : "%s,block=48,tail=short", c->name);
    struct quant_spec q;
    struct error e = {{0}};
    if (scheme_parse(text, &q, &e))
        fail_msg("%s: %s", text, e.text);
    for (size_t i = 0; i < ROWS * COLUMNS; i++)
        x[i] = normal_of(i + 5000);
    x[1 * COLUMNS + 3] = NAN;
    x[2 * COLUMNS + 149] = -INFINITY;
    struct quant_input in = {.x = x, .rank = 2, .shape = {ROWS, COLUMNS}, .axis = 1};
    struct quant_output out = {.values = values, .codes = codes, .scales = scales};
    struct quant_stats stats;
    if (quantize(&q, &in, &out, &stats, &e))
        fail_msg("%s: %s", text, e.text);
    size_t blocks = (COLUMNS + block - 1) / block;
    assert_int_equal(stats.scales, ROWS * blocks);
    for (size_t r = 0; r < ROWS; r++)
        for (size_t b = 0; b < blocks; b++) {
            size_t first = r * COLUMNS + b * block, n = b == blocks - 1 ? COLUMNS - b * block : block;
            bool finite = true;
            for (size_t i = first; i < first + n; i++)
                finite &= isfinite(x[i]) != 0;
            memset(&want, 0, sizeof want);
            if (finite)
                reference_of(c->name)(x + first, n, &want);
            else
                poisoned++;
            if (finite && scales[r * blocks + b] != want.scale)
                fail_msg("%s row %zu block %zu: scale 0x%x, want 0x%x", text, r, b, scales[r * blocks + b],
                         want.scale);
            for (size_t i = 0; i < n; i++, compared++)
                if (finite
                        ? codes[first + i] != want.codes[i] || !same_value(values[first + i], want.values[i])
                        : codes[first + i] != 0 || !isnan(values[first + i]))
                    fail_msg("%s row %zu block %zu element %zu: code 0x%x, value %a", text, r, b, i,
                             codes[first + i], (double)values[first + i]);
        }
    assert_int_equal(compared, ROWS * COLUMNS);
    assert_int_equal(poisoned, 2);
    assert_int_equal(stats.scale_nan, 2);
}

static void rows_tails_and_specials(void **state)
{
    (void)state;
    for (size_t k = 0; k < codec_count(); k++)
        in_a_tensor(codec_at(k));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(published_steps),
        cmocka_unit_test(olive_borders),
        cmocka_unit_test(hif4_by_hand),
        cmocka_unit_test(rows_tails_and_specials),
    };
    return cmocka_run_group_tests_name("codec", tests, NULL, NULL);
}
