/* Published schemes against their steps, restated from the documents: shared exponents with and without
 * micro-exponents, and the elements that four-over-six, IF4 and IF6 choose. */
#include "tests/check.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/base/rng.h"
#include "tests/sample.h"

enum { ROWS = 400, COLUMNS = 150 };

/* Standard normal values times 2^(-spread .. spread), whole grid steps among them, zeros, and blocks of
 * subnormals. */
static float *values_of(uint64_t seed, int spread, bool subnormals)
{
    float *x = malloc(sizeof *x * ROWS * COLUMNS);
    for (size_t i = 0; i < (size_t)ROWS * COLUMNS; i++) {
        uint32_t u = rng_u32(seed, 1, i), block = rng_u32(seed, 2, i / 8);
        double sum = 0;
        for (int k = 0; k < 12; k++)
            sum += (double)rng_u32(seed, 3 + (uint64_t)k, i) * 0x1p-32;
        float v = (float)(sum - 6);
        if (block % 5 == 0)
            v = rintf(v * 16) / 32; /* ties */
        if (block % 7 == 0 && u % 3)
            v = u & 8 ? 0 : -0.0F;
        v = ldexpf(v, spread ? (int)(block >> 8) % (2 * spread) - spread : 0);
        x[i] = subnormals && block % 11 == 0
                   ? f32_from_bits((u & 0x80000000) | (u & 0x7fffff) >> (block >> 8) % 23)
                   : v;
    }
    return x;
}

static bool same_value(float a, float b)
{
    return bits_from_f32(a) == bits_from_f32(b) || (isnan(a) && isnan(b));
}

/* --- one exponent a block: e = the largest exponent, shift = 1 in a pair whose members all lie below it; q =
 * x / 2^(e - (m - 1) - shift) to an integer of magnitude 2^m - 1 at most --- */

struct shared {
    const char *scheme;
    size_t block; /* 0: the tensor */
    int m;
    bool shifts, truncates, twos;
};

static const struct shared shared[] = {
    {"mx9", 16, 7, true, false, false},    {"mx6", 16, 4, true, false, false},
    {"mx4", 16, 2, true, false, false},    {"msfp16", 16, 7, false, true, false},
    {"msfp15", 16, 6, false, true, false}, {"msfp14", 16, 5, false, true, false},
    {"msfp13", 16, 4, false, true, false}, {"msfp12", 16, 3, false, true, false},
    {"msfp11", 16, 2, false, true, false}, {"bfp16", 8, 7, false, false, false},
    {"dfp16", 0, 15, false, false, true},  {"mxint8-sym", 32, 7, false, false, true},
    {"mxint6", 32, 5, false, false, true}, {"mxint4", 32, 3, false, false, true},
    {"mxint2", 32, 1, false, false, true},
};

static int exponent_of(const float *x, size_t n)
{
    float m = 0;
    for (size_t i = 0; i < n; i++)
        m = fmaxf(m, fabsf(x[i]));
    return m > 0 ? ilogbf(m) : INT32_MIN / 2;
}

static size_t shared_block(const struct shared *c, struct sample *s, size_t first, size_t n, uint32_t scale)
{
    const float *x = s->subject.x + first;
    int e = exponent_of(x, n), top = (1 << c->m) - 1;
    int stored = e < -127 ? -127 : e, fraction = c->block ? 0 : c->m - 1;
    if (stored - fraction < -127) /* of dfp16: the scale is that of integers */
        stored = -127 + fraction;
    if (scale != (uint32_t)(stored - fraction + 127))
        fail_msg("%s at %zu: scale code %u, want %d", c->scheme, first, scale, stored - fraction + 127);
    for (size_t i = 0; i < n; i++) {
        size_t pair = i - i % 2;
        int shift = c->shifts && exponent_of(x + pair, n - pair < 2 ? 1 : 2) < e;
        if (e < -1000)
            shift = c->shifts; /* a block of zeros */
        int unit = stored - (c->m - 1) - shift;
        double y = ldexp((double)x[i], -unit), q = c->truncates ? trunc(y) : rint(y);
        q = fabs(q) > top ? copysign(top, q) : q;
        uint32_t magnitude = (uint32_t)fabs(q), code = magnitude | (signbit(x[i]) ? UINT32_C(1) << c->m : 0);
        if (c->twos) {
            code = (uint32_t)(int)q & ((UINT32_C(2) << c->m) - 1);
            q += 0.0; /* no -0 */
        }
        float want = (float)ldexp(q, unit), got = s->values[first + i];
        if (s->codes[first + i] != code || !same_value(got, want))
            fail_msg("%s at %zu, element %zu = %a: code 0x%x, value %a; want 0x%x, %a", c->scheme, first, i,
                     (double)x[i], s->codes[first + i], (double)got, code, (double)want);
    }
    return n;
}

static void shared_exponents(void **state)
{
    (void)state;
    size_t compared = 0;
    for (size_t k = 0; k < sizeof shared / sizeof *shared; k++)
        for (int spread = 0; spread <= 12; spread += 4) {
            const struct shared *c = &shared[k];
            float *x = values_of(k * 10 + (uint64_t)spread, spread, true);
            struct sample s = sample_of(x, ROWS, COLUMNS);
            sample_sqnr(&s, c->scheme);
            size_t blocks = c->block ? (COLUMNS + c->block - 1) / c->block : 1;
            if (!c->block)
                compared += shared_block(c, &s, 0, s.n, s.scales[0]);
            for (size_t b = 0; c->block && b < ROWS * blocks; b++) {
                size_t at = b % blocks * c->block, n = COLUMNS - at < c->block ? COLUMNS - at : c->block;
                compared += shared_block(c, &s, b / blocks * COLUMNS + at, n, s.scales[b]);
            }
            sample_free(&s);
            free(x);
        }
    printf("# covered shared exponents: %zu schemes, %zu elements\n", sizeof shared / sizeof *shared,
           compared);
}

/* --- one of two elements, or one of two scales: fouroversix, all in binary32 --- */

struct chosen {
    const char *scheme;
    float q, s;             /* largest element and block scale */
    float to_int, from_int; /* its literals; 0: four-over-six */
    int bits, fraction;     /* of the float; the integer has as many bits */
};

static const struct chosen chosen[] = {
    {"four_over_six", 6, 256, 0, 0, 4, 1},
    {"if4", 6, 448, 1.16666666F, 0.8571428571F, 4, 1},
    {"if6_e2m3", 7.5F, 448, 4.1333333333F, 0.2419355F, 6, 3},
    {"if6_e3m2", 28, 448, 1.1071428571F, 0.9032258065F, 6, 2},
};

/* To a grid of m fraction bits with the least normal 2^low and the largest value top; ties to even. */
static float to_float(float y, int m, int low, float top)
{
    int e = y != 0 ? ilogbf(y) : low;
    float unit = ldexpf(1, (e < low ? low : e) - m), q = rintf(y / unit) * unit;
    return fabsf(q) > top ? copysignf(top, q) : q;
}

struct candidate_block {
    long double q[16]; /* element values, exact */
    bool close[16];    /* the integer lies where its literal's rounding decides */
    float scale;
    double error;
};

static struct candidate_block attempt(const struct chosen *c, const float *x, size_t n, float amax,
                                      bool second)
{
    struct candidate_block b = {.error = 0};
    float enc = c->q * c->s / amax, block = 0;
    for (size_t i = 0; i < n; i++)
        block = fmaxf(block, fabsf(x[i]));
    float hp = block / c->q * enc;
    if (second && c->to_int == 0)
        hp *= 1.5F;
    b.scale = to_float(hp, 3, -6, 448);
    float dec = 1 / enc, multiplier = 1 / (dec * b.scale);
    int low = c->bits == 4 || c->fraction == 3 ? 0 : -2;
    for (size_t i = 0; i < n; i++) {
        float y = b.scale > 0 ? x[i] * multiplier : 0, d;
        if (second && c->to_int != 0) {
            float top = (float)((1 << (c->bits - 1)) - 1), v = y * c->to_int,
                  n_i = rintf(fmaxf(-top, fminf(v, top)));
            b.close[i] = fabsf(fabsf(v - truncf(v)) - .5F) < 1e-5F * fmaxf(1, fabsf(v));
            b.q[i] = (long double)n_i * (long double)c->from_int;
            d = n_i * b.scale * amax * c->from_int / (c->q * c->s);
        } else {
            float q = to_float(y, c->fraction, low, c->q);
            b.q[i] = (long double)q;
            d = q * b.scale * amax / (c->q * c->s);
        }
        d = (d - x[i]) * (d - x[i]);
        b.error += (double)d;
    }
    return b;
}

static struct {
    size_t blocks, second, draws, close, zero_scales;
} seen;

static void chosen_block(const struct chosen *c, struct sample *s, size_t first, size_t n, float amax,
                         uint32_t scale)
{
    const float *x = s->subject.x + first;
    struct candidate_block one = attempt(c, x, n, amax, false), two = attempt(c, x, n, amax, true);
    const struct format *e4m3 = format_find("e4m3");
    float stored = (float)format_value(e4m3, scale & 0x7f);
    bool second = c->to_int != 0 ? scale >> 7 : stored != one.scale;
    bool draw =
        fabs(one.error - two.error) <= 2e-6 * (one.error + two.error); /* the order of a sum decides */
    if (second != (two.error < one.error) && !draw)
        fail_msg("%s at %zu: chose %d with errors %g and %g", c->scheme, first, second, one.error, two.error);
    struct candidate_block *b = second ? &two : &one;
    if (stored != b->scale)
        fail_msg("%s at %zu: scale %g, want %g", c->scheme, first, (double)stored, (double)b->scale);
    long double dec = (long double)(1 / (c->q * c->s / amax));
    for (size_t i = 0; i < n; i++) {
        float want = (float)(b->q[i] * (long double)stored * dec), got = s->values[first + i];
        bool close = second && b->close[i];
        seen.close += close;
        if (!close && got != want)
            fail_msg("%s at %zu, element %zu = %a: %a, want %a", c->scheme, first, i, (double)x[i],
                     (double)got, (double)want);
    }
    seen.blocks++;
    seen.second += second;
    seen.draws += draw;
    seen.zero_scales += stored == 0;
}

/* An encode scale of 1, and largest values midway between two that have E4M3 scales: where the order of the
 * division and the product decides. */
static void put_scale_ties(const struct chosen *c, float *x)
{
    for (size_t r = 0; r < ROWS; r++)
        for (size_t at = 0; at < COLUMNS; at += 48) {
            uint32_t u = rng_u32(5, r, at);
            x[r * COLUMNS + at] = c->q * ldexpf((float)(17 + 2 * (u % 8)), (int)(u >> 8) % 3 - 2);
        }
    x[0] = c->q * c->s;
}

static void chosen_elements(void **state)
{
    (void)state;
    for (size_t k = 0; k < sizeof chosen / sizeof *chosen; k++) {
        memset(&seen, 0, sizeof seen);
        for (int spread = 0; spread <= 12; spread += 4) {
            float *x = values_of(900 + k * 10 + (uint64_t)spread, spread, false), amax = 0;
            if (spread == 0)
                put_scale_ties(&chosen[k], x);
            struct sample s = sample_of(x, ROWS, COLUMNS);
            sample_sqnr(&s, chosen[k].scheme);
            for (size_t i = 0; i < s.n; i++)
                amax = fmaxf(amax, fabsf(x[i]));
            size_t blocks = (COLUMNS + 15) / 16;
            for (size_t b = 0; b < ROWS * blocks; b++) {
                size_t at = b % blocks * 16, n = COLUMNS - at < 16 ? COLUMNS - at : 16;
                chosen_block(&chosen[k], &s, b / blocks * COLUMNS + at, n, amax, s.scales[b]);
            }
            sample_free(&s);
            free(x);
        }
        printf("# covered %s: %zu blocks (%zu of the second kind, %zu draws, %zu zero scales), %zu elements "
               "that a "
               "literal's rounding decides\n",
               chosen[k].scheme, seen.blocks, seen.second, seen.draws, seen.zero_scales, seen.close);
        assert_true(seen.second > 0 && seen.second < seen.blocks);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(shared_exponents),
        cmocka_unit_test(chosen_elements),
    };
    return cmocka_run_group_tests_name("scheme_steps", tests, NULL, NULL);
}
