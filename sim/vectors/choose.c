/* Which inputs matter: what all kinds share, and single values. */
#include "sim/vectors/choose.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "sim/base/rng.h"

const uint32_t choose_specials[CHOOSE_SPECIALS] = {0x00000000, 0x80000000, 0x00000001, 0x80000001, 0x007fffff,
                                                   0x807fffff, 0x00800000, 0x80800000, 0x3f800000, 0xbf800000,
                                                   0x7f7fffff, 0xff7fffff, 0x7f800000, 0xff800000, 0x7fc00000,
                                                   0xffc00000, 0x7f800001, 0xffffffff};
/* --- random numbers --- */

uint32_t choose_draw(const struct vectors *v, int stream, uint64_t i)
{
    return rng_u32(v->spec.seed, VECTORS_STREAM(stream), i);
}

float choose_float(uint32_t a, uint32_t b, int low, int high)
{
    int exponent = low + (int)(b % (uint32_t)(high - low + 1));
    float m = f32_from_bits((a & 0x807fffff) | 0x3f800000);
    return number_to_f32(number_mul(number_from_f32(m), number_pow2(exponent)));
}

/* --- inputs --- */

uint64_t choose_word(const struct vectors *v, float x)
{
    static const struct rounding r = {.overflow = OVERFLOW_SATURATE_KEEP_INF};
    if (!v->spec.from.family)
        return bits_from_f32(x);
    return format_round(&v->spec.from, number_from_f32(x), &r, 0).code;
}

float choose_value(const struct vectors *v, uint64_t word)
{
    return v->spec.from.family ? number_to_f32(format_decode(&v->spec.from, (uint32_t)word))
                               : f32_from_bits((uint32_t)word);
}

bool choose_is_refused(const struct vectors *v, float x)
{
    const struct quant_spec *q = &v->spec.scheme;
    return isnan(x) && !q->codec && q->rounding.nan == NAN_REFUSED && !format_has_nan(&q->element);
}

uint64_t *choose_line(const struct vectors *v, struct words *lines)
{
    uint64_t *line = words_grow(lines, v->words);
    const struct vectors_column *stream = vectors_find(v, "stream");
    if (line && stream)
        line[stream->first] = lines->n / v->words - 1;
    return line;
}

/* --- values one by one --- */

static int clamp_exponent(int x)
{
    return x < -149 ? -149 : x > 127 ? 127 : x;
}

static void plain_line(const struct vectors *v, struct words *lines, uint64_t word)
{
    uint64_t *line = choose_is_refused(v, choose_value(v, word)) ? NULL : choose_line(v, lines);
    if (line)
        line[vectors_find(v, "x")->first] = word;
}

static enum status choose_plain(const struct vectors *v, struct words *lines, char how[VECTORS_HOW_SIZE],
                                struct error *e)
{
    const struct format *f = &v->spec.scheme.element;
    if (v->spec.from.family) {
        for (uint64_t code = 0; code <= format_code_mask(&v->spec.from); code++)
            plain_line(v, lines, code);
        snprintf(how, VECTORS_HOW_SIZE, "every code of %s", v->spec.from.name);
        return STATUS_OK;
    }
    struct words points = {0};
    enum status s = points_of(&points, f, e);
    for (size_t i = 0; i < CHOOSE_SPECIALS; i++)
        words_add(&points, choose_specials[i]);
    words_sort(&points);
    for (size_t i = 0; i < points.n; i++)
        plain_line(v, lines, points.word[i]);
    size_t chosen = lines->n / v->words;
    struct number max = format_max(f), min = format_min_positive(f);
    int low = clamp_exponent(number_exponent(min) - 2), high = clamp_exponent(number_exponent(max) + 1);
    for (uint64_t i = 0; i < v->spec.random; i++) {
        uint32_t a = choose_draw(v, VECTORS_STREAM_INPUTS, 2 * i),
                 b = choose_draw(v, VECTORS_STREAM_INPUTS, 2 * i + 1);
        plain_line(v, lines, bits_from_f32(i % 2 ? choose_float(a, b, low, high) : f32_from_bits(a)));
    }
    snprintf(how, VECTORS_HOW_SIZE,
             "%zu: %s, the boundaries between them and beyond the ends, the binary32 neighbours of each, and "
             "zeros, "
             "subnormals, extremes, infinities and NaNs; then %llu random: any bits and numbers of the range "
             "in turn",
             chosen, f->bits <= 16 ? "every value" : "values spread over all and around powers of two",
             (unsigned long long)v->spec.random);
    lines->failed |= points.failed;
    free(points.word);
    return s;
}

enum status vectors_choose(const struct vectors *v, uint64_t **lines, size_t *n, char how[VECTORS_HOW_SIZE],
                           struct error *e)
{
    struct words l = {0};
    enum status s = STATUS_OK;
    if (v->spec.kind == VECTORS_DECODE)
        choose_codes(v, &l, how);
    else if (v->spec.kind != VECTORS_QUANTIZE)
        choose_operands(v, &l, how);
    else if (v->spec.scheme.codec || vectors_is_scaled(v))
        s = choose_blocks(v, &l, how, e);
    else
        s = choose_plain(v, &l, how, e);
    if (!s && l.failed)
        s = error_set(e, STATUS_INTERNAL, "out of memory");
    if (s) {
        free(l.word);
        l = (struct words){0};
    }
    *lines = l.word;
    *n = l.n / v->words;
    return s;
}
