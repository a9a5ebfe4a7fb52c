/* The family of formats given by a list of values. Neither Inf nor NaN nor -0: every overflow policy clamps.
 */
#include "formats/codebook.h"

#include <stdio.h>
#include <string.h>

#include "formats/ladder.h"

static uint32_t count(const struct format *f)
{
    return (uint32_t)f->book->n;
}

static struct number value(const struct format *f, uint32_t rank)
{
    return number_from_f32(f->book->values[rank]);
}

static uint32_t code(const struct format *f, uint32_t rank)
{
    return f->book->codes ? f->book->codes[rank] : rank;
}

/* floor(sqrt(2) * 2^63), OEIS A002193; times 2^exponent. */
static struct number sqrt2_times(int32_t exponent, bool negative)
{
    struct number x = number_make(negative, UINT64_C(0xB504F333F9DE6484), -63);
    x.exponent += exponent;
    return x;
}

static struct number boundary(const struct format *f, uint32_t rank)
{
    struct number low = value(f, rank), high = value(f, rank + 1);
    struct number mean = number_add(low, high);
    mean.exponent--;
    if (f->book->boundary == BOUNDARY_MEAN)
        return mean;
    bool straddles = low.class == NUMBER_FINITE && low.negative && !high.negative;
    if (straddles)
        return mean;
    bool down = low.class == NUMBER_ZERO || (high.class != NUMBER_ZERO && !low.negative);
    struct number large = down ? high : low; /* sqrt(1/2) times the larger magnitude */
    return sqrt2_times(number_exponent(large) - 1, large.negative);
}

static const struct ladder ladder = {.count = count, .value = value, .code = code, .boundary = boundary};

static struct number decode(const struct format *f, uint32_t c)
{
    const struct codebook *b = f->book;
    c &= format_code_mask(f);
    if (!b->codes)
        return number_from_f32(c < (uint32_t)b->n ? b->values[c] : b->unused);
    const uint8_t *at = c > UINT8_MAX ? NULL : memchr(b->codes, (int)c, (size_t)b->n);
    return number_from_f32(at ? b->values[at - b->codes] : b->unused);
}

int codebook_bits(int n)
{
    int bits = 1;
    while (n > 1 << bits)
        bits++;
    return bits;
}

/* Magnitudes of binary32 as ordered integers; the class and the ratio are read from them. */
static uint32_t magnitude(float x)
{
    return bits_from_f32(x) & 0x7fffffff;
}

static const char *values_problem(const struct codebook *b)
{
    float least = 0, most = 0; /* of the nonzero magnitudes */
    for (int i = 0; i < b->n; i++) {
        float v = b->values[i], m = f32_from_bits(magnitude(v));
        if (magnitude(v) >= 0x7f800000)
            return "codebook values are finite";
        if (bits_from_f32(v) == 0x80000000)
            return "a codebook has no -0";
        if (i && !(b->values[i - 1] < v))
            return "codebook values ascend, each once";
        if (m > 0 && (least == 0 || m < least))
            least = m;
        most = m > most ? m : most;
    }
    if (!(b->values[b->n - 1] > 0))
        return "a codebook has a positive value";
    if ((double)most >= 0x1p32 * (double)least)
        return "the largest magnitude of a codebook is below 2^32 times the smallest nonzero one";
    return NULL;
}

static const char *codes_problem(const struct codebook *b)
{
    bool seen[CODEBOOK_MAX] = {false};
    for (int i = 0; i < b->n && b->codes; i++) {
        if (seen[b->codes[i]])
            return "the codes of a codebook differ";
        seen[b->codes[i]] = true;
    }
    return NULL;
}

/* Under BOUNDARY_LOG, neighbours of one sign are a power of two and its double. */
static const char *log_problem(const struct codebook *b)
{
    for (int i = 0; i < b->n && b->boundary == BOUNDARY_LOG; i++) {
        float v = b->values[i], next = i + 1 < b->n ? b->values[i + 1] : 0;
        bool doubles = v > 0 ? next == 2 * v : v == 2 * next;
        bool apart = v == 0 || next == 0 || (v < 0) != (next < 0);
        if (magnitude(v) & 0x7fffff || !(doubles || apart))
            return "logarithmic boundaries need consecutive powers of two";
    }
    return NULL;
}

const char *codebook_problem(const struct codebook *b)
{
    if (b->n < 2 || b->n > CODEBOOK_MAX)
        return "a codebook has 2 to 256 values";
    const char *why = values_problem(b);
    if (!why)
        why = codes_problem(b);
    return why ? why : log_problem(b);
}

static const char *problem(const struct format *f)
{
    if (!f->book)
        return "a codebook format needs a codebook";
    const char *why = codebook_problem(f->book);
    if (why)
        return why;
    if (f->bits < 1 || f->bits > 8)
        return "codebooks have 1 to 8 bits";
    for (int i = 0; i < f->book->n; i++)
        if (code(f, (uint32_t)i) > format_code_mask(f))
            return "a code of the codebook exceeds its bits";
    return NULL;
}

static bool never(const struct format *f)
{
    (void)f;
    return false;
}

static void layout(const struct format *f, char *out, size_t size)
{
    snprintf(out, size, "%d values", f->book->n);
}

const struct format_family family_codebook = {
    .name = "codebook",
    .doc = "list of values",
    .decode = decode,
    .encode = ladder_encode,
    .max = ladder_max,
    .min_positive = ladder_min_positive,
    .problem = problem,
    .has_inf = never,
    .has_nan = never,
    .has_neg_zero = never,
    .layout = layout,
    .ladder = &ladder,
};
