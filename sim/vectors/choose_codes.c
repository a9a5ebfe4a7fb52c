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
    size_t second = arity > 1 ? codes->n : 1, third = arity > 2 ? codes->n : 1;
    for (size_t a = 0; a < codes->n; a++)
        for (size_t b = 0; b < second; b++)
            for (size_t c = 0; c < third; c++)
                operands_line(v, lines, (uint64_t[]){codes->word[a], codes->word[b], codes->word[c]});
}

/* Whether the result is one of the operands: those near each other matter. */
static bool is_choice(const struct vectors *v)
{
    enum operation op = v->spec.operation;
    return v->spec.kind == VECTORS_COMPARE || op == OPERATION_MINIMUM || op == OPERATION_MAXIMUM ||
           op == OPERATION_MINIMUM_NUMBER || op == OPERATION_MAXIMUM_NUMBER;
}

/* The last operand that takes the result next to the middle between two neighbours. */
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
    case OPERATION_FMA:
        return number_fma(number_negate(a), b, middle);
    case OPERATION_SQRT:
        return number_mul(middle, middle);
    case OPERATION_RECIP:
        return number_div(number_pow2(0), middle);
    default:
        return middle;
    }
}

/* A code whose lowest nonzero bit is bit `last`. */
static uint64_t shortened(uint64_t code, int last)
{
    return (code >> last | 1) << last;
}

static uint64_t nearest_code(const struct format *f, struct number x)
{
    static const struct rounding nearest = {.mode = ROUND_RNE};
    return format_round(f, x, &nearest, 0).code;
}

/* Operands whose product often is the middle of two neighbours: fractions of a float that together have as
 * many bits as one of its own, so that the significands together have one bit more than its precision. What
 * is added is nothing, or the least there is, which decides such a tie. */
static void middle_product(const struct vectors *v, struct words *lines, uint64_t operand[3], uint64_t number)
{
    const struct format *f = vectors_operand_format(v);
    int m = f->family == &family_float ? f->precision - 1 : f->bits / 2;
    struct number least = format_min_positive(f), add = {.class = NUMBER_ZERO};
    operand[0] = shortened(operand[0], m - (m + 1) / 2);
    operand[1] = shortened(operand[1], m - m / 2);
    if (number % 3)
        add = number % 3 == 1 ? least : number_negate(least);
    operand[2] = nearest_code(f, add);
    operands_line(v, lines, operand);
}

/* Neighbours, equals and opposites of the first operand. */
static void near_codes(const struct vectors *v, struct words *lines, uint64_t operand[3], uint64_t number)
{
    const struct format *f = vectors_operand_format(v);
    uint32_t mask = format_code_mask(f), sign = (mask >> 1) + 1;
    operand[1] = ((operand[0] ^ (number % 4 == 3 ? sign : 0)) + number % 3 + mask) & mask;
    operands_line(v, lines, operand);
}

/* A power of two within the range of the format and just beyond: a logarithm, and a fraction. */
static void power_in_range(const struct vectors *v, struct words *lines, uint64_t operand[3],
                           uint32_t fraction)
{
    const struct format *f = &v->spec.scheme.element;
    int32_t low = number_exponent(format_min_positive(f)) - 2, high = number_exponent(format_max(f)) + 1;
    int32_t whole = low + (int32_t)(operand[0] % (uint64_t)(high - low + 1));
    struct number rest = number_make(false, fraction, -32);
    struct number x = number_make(whole < 0, (uint64_t)(whole < 0 ? -(int64_t)whole : whole), 0);
    operand[0] = nearest_code(vectors_operand_format(v), number_add(x, rest));
    operands_line(v, lines, operand);
}

/* Operands drawn so that the result is near the middle of two neighbours. */
static void middle_result(const struct vectors *v, struct words *lines, uint64_t operand[3], uint32_t code)
{
    const struct format *f = &v->spec.scheme.element, *g = vectors_operand_format(v);
    int arity = vectors_operands(v);
    code &= format_code_mask(f);
    struct number low = format_decode(f, code), high = format_decode(f, (code + 1) & format_code_mask(f));
    struct number a = format_decode(g, (uint32_t)operand[0]), b = format_decode(g, (uint32_t)operand[1]);
    struct number middle = number_mul(number_add(low, high), number_pow2(-1));
    middle.sticky = false;
    if (middle.class != NUMBER_FINITE || (arity > 1 && a.class != NUMBER_FINITE) ||
        (arity > 2 && b.class != NUMBER_FINITE))
        return;
    operand[arity - 1] = nearest_code(g, last_operand(v, a, b, middle));
    operands_line(v, lines, operand);
}

static void near_ties(const struct vectors *v, struct words *lines)
{
    uint32_t mask = format_code_mask(vectors_operand_format(v));
    bool product = v->spec.operation == OPERATION_MUL || v->spec.operation == OPERATION_FMA;
    for (uint64_t i = 0; i < v->spec.random; i++) {
        uint64_t operand[3] = {choose_draw(v, VECTORS_STREAM_TARGETS, 4 * i) & mask,
                               choose_draw(v, VECTORS_STREAM_TARGETS, 4 * i + 1) & mask};
        uint32_t code = choose_draw(v, VECTORS_STREAM_TARGETS, 4 * i + 2);
        if (is_choice(v))
            near_codes(v, lines, operand, i);
        else if (v->spec.operation == OPERATION_EXP2)
            power_in_range(v, lines, operand, code);
        else if (product && i % 2)
            middle_product(v, lines, operand, i / 2);
        else
            middle_result(v, lines, operand, code);
    }
}

/* Zeros, extremes, one, infinities, NaN of the operands' format. */
static void corner_codes(const struct format *f, bool powers, struct words *codes)
{
    static const struct rounding r = {.overflow = OVERFLOW_INFINITY};
    const struct number one = number_pow2(0), zero = {.class = NUMBER_ZERO}, inf = {.class = NUMBER_INF},
                        nan = {.class = NUMBER_NAN}, max = format_max(f), min = format_min_positive(f),
                        normal = format_has_normals(f) ? format_min_normal(f) : min;
    const struct number some[] = {zero, min, number_mul(min, number_pow2(1)), normal, one, number_pow2(1),
                                  max,  inf};
    for (size_t i = 0; i < sizeof some / sizeof *some; i++) {
        words_add(codes, format_round(f, some[i], &r, 0).code);
        words_add(codes, format_round(f, number_negate(some[i]), &r, 0).code);
    }
    words_add(codes, format_round(f, nan, &r, 0).code);
    for (int bit = 0; powers && bit < f->bits; bit++)
        for (int off = -1; off <= 1; off++)
            words_add(codes, ((UINT64_C(1) << bit) + (uint64_t)off) & format_code_mask(f));
    words_sort(codes);
}

/* What the middle part of the cases is for. */
static const char *purpose(const struct vectors *v)
{
    return is_choice(v)                          ? "of operands near each other"
           : v->spec.operation == OPERATION_EXP2 ? "that give results all over the range"
                                                 : "that give results near the middle of two values";
}

void choose_operands(const struct vectors *v, struct words *lines, char how[VECTORS_HOW_SIZE])
{
    static const char *const tuple_names[] = {"", "code", "pair", "triple"};
    const struct format *f = vectors_operand_format(v);
    int arity = vectors_operands(v);
    bool all = arity * f->bits <= FACTS_BITS;
    struct words codes = {0};
    for (uint64_t code = 0; all && code <= format_code_mask(f); code++)
        words_add(&codes, code);
    if (!all)
        corner_codes(f, arity < 3, &codes);
    tuples(v, lines, &codes, arity);
    if (all) {
        snprintf(how, VECTORS_HOW_SIZE, "every %s%s", tuple_names[arity], arity > 1 ? " of codes" : "");
    } else {
        size_t first = lines->n / v->words;
        near_ties(v, lines);
        size_t second = lines->n / v->words;
        for (uint64_t i = 0; i < v->spec.random; i++) {
            uint64_t operand[3];
            for (size_t j = 0; j < 3; j++)
                operand[j] = choose_draw(v, VECTORS_STREAM_INPUTS, 4 * i + j) & format_code_mask(f);
            operands_line(v, lines, operand);
        }
        snprintf(how, VECTORS_HOW_SIZE,
                 "%zu: every %s of %zu codes (zeros, extremes, one, infinities, NaN%s); then %zu %s; then "
                 "%llu random",
                 first, arity > 1 ? tuple_names[arity] : "one", codes.n,
                 arity < 3 ? ", around powers of two" : "", second - first, purpose(v),
                 (unsigned long long)v->spec.random);
    }
    lines->failed |= codes.failed;
    free(codes.word);
}
