/* HiFloat8: Luo et al., "Ascend HiFloat8 Format for Deep Learning", arXiv 2409.16626. A sign and a payload of
 * 7 bits: a prefix code ("dot") tells how many of them are the exponent, which is sign and magnitude with a
 * hidden leading 1.
 *
 *   0000mmm  2^(m - 23), m = 1..7      001e mmm  |E| = 1      10eee mm  |E| = 4..7
 *   0001mmm  E = 0                     01ee mmm  |E| = 2..3   11eeee m  |E| = 8..15
 *
 * The value is 2^E * 1.m. 0x00 is zero, 0x80 NaN, 0x6F and 0xEF (which would be 1.5 * 2^15) are infinities.
 *
 * The published rounding is to nearest with ties away and overflow to infinity from 40960 on (round=rna,
 * overflow=infinity). Published converters differ in one tie, +-2^-23 between zero and the smallest value:
 *   hif8       it goes to zero: the CUDA kernel of global-computing-consortium/HiFloat4
 *   hif8_cann  it goes away from zero as every other: CANN (ge hif8_t.cc, opdev hifloat8.cpp), en_dtypes, the
 * CUDA, torch and NPU kernels of ddddwee1/HiFloat8 The other modes are ours. Under them hif8 takes 2^-23 to
 * zero whenever the mode is one to nearest. */
#include "formats/ladder.h"

#include <math.h>
#include <stdio.h>

/* The exponents of positive values with as many fraction bits, upward. */
static const struct {
    int8_t first, last, fraction_bits;
} bands[] = {{-22, -16, 0}, {-15, -8, 1}, {-7, -4, 2}, {-3, 3, 3}, {4, 7, 2}, {8, 15, 1}};

enum hif8_kind { TIE_TO_ZERO, TIES_AWAY };

enum { SIGN = 0x80, INF = 0x6f, POSITIVE = 126, MAX_EXPONENT = 15 }; /* 126: 127 payloads, less Inf */

/* The payload of 2^exponent * (1 + fraction * 2^-fraction_bits). */
static uint32_t payload(int exponent, uint32_t fraction, int fraction_bits)
{
    static const uint8_t dots[] = {0x08, 0x10, 0x20, 0x40, 0x60}; /* by the width of the exponent */
    if (exponent < -15)
        return (uint32_t)(exponent + 23);
    uint32_t magnitude = (uint32_t)(exponent < 0 ? -exponent : exponent);
    int width = magnitude ? 32 - __builtin_clz(magnitude) : 0;
    uint32_t hidden = magnitude ? 1u << (width - 1) : 0; /* its place takes the sign */
    uint32_t field = magnitude - hidden + (exponent < 0 ? hidden : 0);
    return dots[width] | field << fraction_bits | fraction;
}

/* The step-th positive value, from 1. */
static uint32_t payload_at(uint32_t step)
{
    uint32_t i = step - 1;
    for (size_t b = 0;; b++) {
        int m = bands[b].fraction_bits;
        uint32_t values = (uint32_t)(bands[b].last - bands[b].first + 1) << m;
        if (i < values)
            return payload(bands[b].first + (int)(i >> m), i & ((1u << m) - 1), m);
        i -= values;
    }
}

static struct number decode(const struct format *f, uint32_t code)
{
    (void)f;
    bool negative = code & SIGN;
    uint32_t p = code & (SIGN - 1);
    if (p == 0)
        return (struct number){.class = negative ? NUMBER_NAN : NUMBER_ZERO};
    if (p == INF)
        return (struct number){.class = NUMBER_INF, .negative = negative};
    if (p < 0x08)
        return number_make(negative, 1, (int32_t)p - 23);
    int width = p < 0x10 ? 0 : p < 0x20 ? 1 : p < 0x40 ? 2 : p < 0x60 ? 3 : 4;
    int m = width < 3 ? 3 : 5 - width;
    uint32_t hidden = width ? 1u << (width - 1) : 0;
    uint32_t field = p >> m & (2 * hidden - (width > 0));
    int exponent = (int)(field | hidden);
    if (field & hidden)
        exponent = -exponent;
    return number_make(negative, (1u << m) | (p & ((1u << m) - 1)), exponent - m);
}

/* Ranks: the negative values from the largest magnitude, zero, the positive ones. */
static uint32_t count(const struct format *f)
{
    (void)f;
    return 2 * POSITIVE + 1;
}

static uint32_t code(const struct format *f, uint32_t rank)
{
    (void)f;
    if (rank == POSITIVE)
        return 0;
    return rank < POSITIVE ? payload_at(POSITIVE - rank) | SIGN : payload_at(rank - POSITIVE);
}

static struct number value(const struct format *f, uint32_t rank)
{
    return decode(f, code(f, rank));
}

/* The mean; next to zero what lies just beyond it, where the tie goes to zero. */
static struct number boundary(const struct format *f, uint32_t rank)
{
    struct number x = number_add(value(f, rank), value(f, rank + 1));
    x.exponent--;
    x.sticky = f->kind == TIE_TO_ZERO && (rank == POSITIVE || rank + 1 == POSITIVE);
    return x;
}

/* What the code of infinity would be. */
static struct number beyond(const struct format *f)
{
    (void)f;
    return number_make(false, 3, MAX_EXPONENT - 1);
}

static uint32_t inf_code(const struct format *f, bool negative)
{
    (void)f;
    return INF | (negative ? SIGN : 0);
}

static const struct ladder ladder = {.count = count,
                                     .value = value,
                                     .code = code,
                                     .boundary = boundary,
                                     .beyond = beyond,
                                     .inf_code = inf_code};

static const char *problem(const struct format *f)
{
    return f->bits == 8 ? NULL : "HiFloat8 has 8 bits";
}

static bool yes(const struct format *f)
{
    (void)f;
    return true;
}

static bool no(const struct format *f)
{
    (void)f;
    return false;
}

static uint32_t nan_code(const struct format *f)
{
    (void)f;
    return SIGN;
}

static void layout(const struct format *f, char *out, size_t size)
{
    (void)f;
    snprintf(out, size, "s1 dot, e0-4, m3-0");
}

const struct format_family family_hif8 = {
    .name = "hif8",
    .doc = "tapered precision: sign, dot, exponent, mantissa",
    .decode = decode,
    .encode = ladder_encode,
    .max = ladder_max,
    .min_positive = ladder_min_positive,
    .problem = problem,
    .has_inf = yes,
    .has_nan = yes,
    .has_neg_zero = no,
    .nan_code = nan_code,
    .layout = layout,
    .ladder = &ladder,
};

static const char *const aliases[] = {"hifloat8", NULL};

static const char golden_source[] =
    "en_dtypes hifloat8: least 0x01 = 2^-22, min 0x7e = 2^-15, eps 0x38, max 0x6e; CANN: NaN 0x80, Inf 0x6f";

static const struct golden golden[] = {
    {0x00, 0.0},     {0x80, (double)NAN}, {0x01, 0x1p-22},          {0x07, 0x1p-16},
    {0x08, 1.0},     {0x0f, 1.875},       {0x7e, 0x1p-15},          {0x38, 0.125},
    {0x6e, 32768.0}, {0xee, -32768.0},    {0x6f, (double)INFINITY}, {0xef, -(double)INFINITY},
};

const struct format format_hif8 = {
    .name = "hif8",
    .family = &family_hif8,
    .bits = 8,
    .kind = TIE_TO_ZERO,
    .doc = "HiFloat8, the tie at 2^-23 to zero",
    .citation = "Luo et al., arXiv 2409.16626; kernel of global-computing-consortium/HiFloat4",
    .aliases = aliases,
    .golden = golden,
    .goldens = sizeof golden / sizeof *golden,
    .golden_source = golden_source,
};

const struct format format_hif8_cann = {
    .name = "hif8_cann",
    .family = &family_hif8,
    .bits = 8,
    .kind = TIES_AWAY,
    .doc = "HiFloat8, the tie at 2^-23 away from zero",
    .citation = "Luo et al., arXiv 2409.16626; CANN, ge hif8_t.cc",
    .golden = golden,
    .goldens = sizeof golden / sizeof *golden,
    .golden_source = golden_source,
};
