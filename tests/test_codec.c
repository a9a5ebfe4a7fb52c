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
#include "tests/codec_oracle.h"

/* --- comparison --- */

static bool same_value(float a, float b)
{
    return bits_from_f32(a) == bits_from_f32(b) || (isnan(a) && isnan(b));
}

static uint64_t blocks_compared, values_compared, open_blocks;

static void compare(const struct block_codec *c, const char *what, const float *x, size_t n)
{
    static uint32_t codes[CODEC_LONGEST], events[CODEC_LONGEST];
    static float values[CODEC_LONGEST];
    static struct codec_result want;
    struct codec_block b = {.x = x, .n = n, .codes = codes, .events = events, .values = values};
    memset(&want, 0, sizeof want);
    c->encode(&b);
    codec_reference_of(c->name)(x, n, &want);
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
    static const size_t lengths[] = {1, 2, 3, 7, 8, 31, 32, 33, 64, 100, 257, CODEC_LONGEST};
    static float x[CODEC_LONGEST];
    for (size_t k = 0; k < codec_count(); k++) {
        const struct block_codec *c = codec_at(k);
        bool slow = c->element_bits == 8 && !c->block;
        for (int p = 0; p < PATTERNS; p++)
            for (size_t l = 0; l < sizeof lengths / sizeof *lengths; l++) {
                if (c->block && lengths[l] > c->block)
                    continue;
                size_t n = c->block && lengths[l] == c->block / 2 ? c->block : lengths[l];
                uint64_t seeds = (c->block ? 250 : slow ? 1 + 30 / n : 1 + 3000 / n) / (WATCHED ? 10 : 1) + 1;
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
    static struct codec_result r;
    size_t hits[2] = {0};
    for (size_t k = 0; k < sizeof cases / sizeof *cases; k++)
        for (uint64_t seed = 0; seed < (k == 2 ? 4 : 60) / (WATCHED ? 4 : 1); seed++) {
            float x[100], border = seed % 2 ? cases[k].border : -cases[k].border;
            for (size_t i = 0; i < 100; i++)
                x[i] = normal_of(seed * 100 + i) * (i % 30 ? 1 : 9);
            for (int step = 0; step < 12; step++) {
                codec_reference_of(cases[k].name)(x, 100, &r);
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
    static struct codec_result want;
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
                codec_reference_of(c->name)(x + first, n, &want);
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
