/* Which codes and which operands matter. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "formats/facts.h"
#include "sim/vectors/choose.h"

/* --- codes --- */

void choose_codes(const struct vectors *v, struct words *lines, char how[VECTORS_HOW_SIZE])
{
    const struct format *f = &v->spec.scheme.element;
    struct words codes = {0};
    if (f->bits <= FACTS_BITS) {
        for (uint64_t code = 0; code <= format_code_mask(f); code++)
            words_add(&codes, code);
        snprintf(how, VECTORS_HOW_SIZE, "every code");
    } else {
        points_codes(&codes, f);
        snprintf(how, VECTORS_HOW_SIZE,
                 "%zu codes spread over all and around powers of two; then %llu random", codes.n,
                 (unsigned long long)v->spec.random);
        for (uint64_t i = 0; i < v->spec.random; i++)
            words_add(&codes, choose_draw(v, VECTORS_STREAM_INPUTS, i) & format_code_mask(f));
    }
    for (size_t i = 0; i < codes.n; i++) {
        uint64_t *line = choose_line(v, lines);
        if (line)
            line[0] = codes.word[i];
    }
    lines->failed |= codes.failed;
    free(codes.word);
}

/* --- operations --- */

/* A line with these operands, and random bits where the rounding takes some. */
static void operands_line(const struct vectors *v, struct words *lines, const uint64_t operand[3])
{
    bool random = vectors_find(v, "random") != NULL;
    size_t arity = v->words - 1 - random;
    uint64_t number = lines->n / v->words, *line = choose_line(v, lines);
    if (!line)
        return;
    if (random)
        line[0] = choose_draw(v, VECTORS_STREAM_ROUNDING, number);
    memcpy(line + random, operand, arity * sizeof *operand);
}

/* Every tuple of codes out of a list. */
static void tuples(const struct vectors *v, struct words *lines, const struct words *codes, int arity)
{
    size_t third = arity == 3 ? codes->n : 1;
    for (size_t a = 0; a < codes->n; a++)
        for (size_t b = 0; b < codes->n; b++)
            for (size_t c = 0; c < third; c++)
                operands_line(v, lines, (uint64_t[]){codes->word[a], codes->word[b], codes->word[c]});
}

/* The last operand that takes the result next to the middle between two neighbours: a + b, a - b, a * b, a /
 * b or a * b + c near `middle`. */
static struct number last_operand(const struct vectors *v, struct number a, struct number b,
                                  struct number middle)
{
    switch (v->spec.operation) {
    case OPERATION_ADD:
        return number_add(middle, number_negate(a));
    case OPERATION_SUB:
        return number_add(a, number_negate(middle));
    case OPERATION_MUL:
        return number_div(middle, a);
    case OPERATION_DIV:
        return number_div(a, middle);
    default:
        return number_add(middle, number_negate(number_mul(a, b)));
    }
}

/* A code whose lowest nonzero bit is bit `last`. */
static uint64_t shortened(uint64_t code, int last)
{
    return (code >> last | 1) << last;
}

/* Operands whose product often is the middle of two neighbours: fractions of a float that together have as
 * many bits as one of its own, so that the significands together have one bit more than its precision. What
 * is added is nothing, or the least there is, which decides such a tie. */
static void middle_product(const struct vectors *v, struct words *lines, uint64_t operand[3], uint64_t number)
{
    static const struct rounding nearest = {.mode = ROUND_RNE};
    const struct format *f = &v->spec.scheme.element;
    int m = f->family == &family_float ? f->precision - 1 : f->bits / 2;
    struct number least = format_min_positive(f), add = {.class = NUMBER_ZERO};
    operand[0] = shortened(operand[0], m - (m + 1) / 2);
    operand[1] = shortened(operand[1], m - m / 2);
    if (number % 3)
        add = number % 3 == 1 ? least : number_negate(least);
    operand[2] = format_round(f, add, &nearest, 0).code;
    operands_line(v, lines, operand);
}

static void near_ties(const struct vectors *v, struct words *lines, int arity)
{
    static const struct rounding nearest = {.mode = ROUND_RNE};
    const struct format *f = &v->spec.scheme.element;
    uint32_t mask = format_code_mask(f);
    for (uint64_t i = 0; i < v->spec.random; i++) {
        uint64_t operand[3] = {choose_draw(v, VECTORS_STREAM_TARGETS, 4 * i) & mask,
                               choose_draw(v, VECTORS_STREAM_TARGETS, 4 * i + 1) & mask};
        uint32_t code = choose_draw(v, VECTORS_STREAM_TARGETS, 4 * i + 2) & mask;
        if ((v->spec.operation == OPERATION_MUL || v->spec.operation == OPERATION_FMA) && i % 2) {
            middle_product(v, lines, operand, i / 2);
            continue;
        }
        struct number low = format_decode(f, code), high = format_decode(f, (code + 1) & mask);
        struct number a = format_decode(f, (uint32_t)operand[0]), b = format_decode(f, (uint32_t)operand[1]);
        struct number middle = number_mul(number_add(low, high), number_pow2(-1));
        middle.sticky = false;
        if (middle.class != NUMBER_FINITE || a.class != NUMBER_FINITE || b.class != NUMBER_FINITE)
            continue;
        struct number last = last_operand(v, a, b, middle);
        operand[arity - 1] = format_round(f, last, &nearest, 0).code;
        operands_line(v, lines, operand);
    }
}

void choose_operands(const struct vectors *v, struct words *lines, char how[VECTORS_HOW_SIZE])
{
    const struct format *f = &v->spec.scheme.element;
    int arity = v->spec.operation == OPERATION_FMA ? 3 : 2;
    bool all = arity * f->bits <= FACTS_BITS;
    struct words codes = {0};
    if (all) {
        for (uint64_t code = 0; code <= format_code_mask(f); code++)
            words_add(&codes, code);
    } else {
        static const struct rounding r = {.overflow = OVERFLOW_INFINITY};
        const struct number one = number_pow2(0), zero = {.class = NUMBER_ZERO}, inf = {.class = NUMBER_INF},
                            nan = {.class = NUMBER_NAN}, max = format_max(f), min = format_min_positive(f),
                            normal = format_has_normals(f) ? format_min_normal(f) : min;
        const struct number some[] = {zero, min, number_mul(min, number_pow2(1)), normal, one, number_pow2(1),
                                      max,  inf};
        for (size_t i = 0; i < sizeof some / sizeof *some; i++) {
            words_add(&codes, format_round(f, some[i], &r, 0).code);
            words_add(&codes, format_round(f, number_negate(some[i]), &r, 0).code);
        }
        words_add(&codes, format_round(f, nan, &r, 0).code);
        for (int bit = 0; arity == 2 && bit < f->bits; bit++)
            for (int off = -1; off <= 1; off++)
                words_add(&codes, ((UINT64_C(1) << bit) + (uint64_t)off) & format_code_mask(f));
        words_sort(&codes);
    }
    tuples(v, lines, &codes, arity);
    if (all) {
        snprintf(how, VECTORS_HOW_SIZE, "every %s of codes", arity == 3 ? "triple" : "pair");
    } else {
        size_t first = lines->n / v->words;
        near_ties(v, lines, arity);
        size_t second = lines->n / v->words;
        for (uint64_t i = 0; i < v->spec.random; i++) {
            uint64_t operand[3];
            for (size_t j = 0; j < 3; j++)
                operand[j] = choose_draw(v, VECTORS_STREAM_INPUTS, 4 * i + j) & format_code_mask(f);
            operands_line(v, lines, operand);
        }
        snprintf(how, VECTORS_HOW_SIZE,
                 "%zu: every %s of %zu codes (zeros, extremes, one, infinities, NaN%s); then %zu that give "
                 "results "
                 "near the middle of two values; then %llu random",
                 first, arity == 3 ? "triple" : "pair", codes.n, arity == 2 ? ", around powers of two" : "",
                 second - first, (unsigned long long)v->spec.random);
    }
    lines->failed |= codes.failed;
    free(codes.word);
}
