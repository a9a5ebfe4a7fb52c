/* Which inputs matter. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "formats/facts.h"
#include "formats/ladder.h"
#include "sim/base/rng.h"
#include "sim/vectors/parts.h"

/* A growing array of words. Without memory it stays as it is and remembers. */
struct list {
    uint64_t *word;
    size_t n, room;
    bool failed;
};

static uint64_t *list_grow(struct list *l, size_t more)
{
    if (l->n + more > l->room) {
        size_t room = 2 * (l->n + more);
        uint64_t *grown = l->failed ? NULL : realloc(l->word, room * sizeof *grown);
        if (!grown) {
            l->failed = true;
            return NULL;
        }
        l->word = grown;
        l->room = room;
    }
    memset(l->word + l->n, 0, more * sizeof *l->word);
    l->n += more;
    return l->word + l->n - more;
}

static void list_add(struct list *l, uint64_t word)
{
    uint64_t *place = list_grow(l, 1);
    if (place)
        *place = word;
}

static int by_word(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

static void list_sort(struct list *l)
{
    size_t n = 0;
    if (!l->n)
        return;
    qsort(l->word, l->n, sizeof *l->word, by_word);
    for (size_t i = 0; i < l->n; i++)
        if (!n || l->word[n - 1] != l->word[i])
            l->word[n++] = l->word[i];
    l->n = n;
}

/* --- decision points --- */

/* x as binary32, and the binary32 numbers beside it. */
static void add_point(struct list *l, struct number x)
{
    uint32_t bits = bits_from_f32(number_to_f32(x)), magnitude = bits & 0x7fffffff;
    if (x.class == NUMBER_NAN)
        return;
    list_add(l, bits);
    if (magnitude < 0x7f800000)
        list_add(l, bits + 1);
    if (magnitude)
        list_add(l, bits - 1);
}

/* A value and where rounding changes over between it and the next one. */
static void add_step(struct list *l, const struct number *boundary, struct number low, struct number high)
{
    add_point(l, low);
    add_point(l, boundary ? *boundary : number_mul(number_add(low, high), number_pow2(-1)));
}

/* Beyond the end of the range: half a gap, where rounding to nearest overflows, and a whole one. */
static void add_end(struct list *l, struct number before, struct number end)
{
    struct number gap = number_add(end, number_negate(before));
    add_point(l, end);
    add_point(l, number_add(end, number_mul(gap, number_pow2(-1))));
    add_point(l, number_add(end, gap));
}

static enum status narrow_points(struct list *l, const struct format *f, struct error *e)
{
    struct coded *all = calloc((size_t)format_code_mask(f) + 1, sizeof *all);
    if (!all)
        return error_set(e, STATUS_INTERNAL, "out of memory");
    size_t finite = facts_decode(f, all), n = 0;
    for (size_t i = 0; i < finite; i++)
        if (!n || number_compare(all[i].value, all[n - 1].value) != 0)
            all[n++] = all[i];
    bool ranked = f->family->ladder && f->family->ladder->count(f) == n;
    for (size_t i = 0; i + 1 < n; i++) {
        struct number boundary = {.class = NUMBER_ZERO};
        if (ranked)
            boundary = ladder_boundary(f, (uint32_t)i);
        add_step(l, ranked ? &boundary : NULL, all[i].value, all[i + 1].value);
    }
    if (n > 1) {
        add_end(l, all[1].value, all[0].value);
        add_end(l, all[n - 2].value, all[n - 1].value);
    }
    free(all);
    return STATUS_OK;
}

/* Codes of a format of many bits: spread over all, and around powers of two. */
static void wide_codes(struct list *codes, const struct format *f)
{
    enum { SPREAD_BITS = 10 };
    uint64_t mask = format_code_mask(f);
    for (uint64_t i = 0; i < UINT64_C(1) << SPREAD_BITS; i++)
        list_add(codes, i << (f->bits - SPREAD_BITS));
    for (int bit = 0; bit < f->bits; bit++)
        for (int off = -1; off <= 1; off++) {
            list_add(codes, ((UINT64_C(1) << bit) + (uint64_t)off) & mask);
            list_add(codes, mask - (((UINT64_C(1) << bit) + (uint64_t)off) & mask));
        }
    for (int class = NUMBER_INF; class <= NUMBER_NAN; class ++)
        for (int negative = 0; negative < 2; negative++) {
            static const struct rounding r = {.overflow = OVERFLOW_INFINITY};
            struct number x = {.class = (enum number_class) class, .negative = negative};
            list_add(codes, format_round(f, x, &r, 0).code);
        }
    struct rounding down = {.mode = ROUND_RTZ};
    list_add(codes, format_round(f, format_max(f), &down, 0).code);
    list_add(codes, format_round(f, number_negate(format_max(f)), &down, 0).code);
    list_sort(codes);
}

static void wide_points(struct list *l, const struct format *f)
{
    struct list codes = {0};
    wide_codes(&codes, f);
    l->failed |= codes.failed;
    for (size_t i = 0; i < codes.n; i++) {
        struct number x = format_decode(f, (uint32_t)codes.word[i]);
        struct number next = format_decode(f, (uint32_t)(codes.word[i] + 1) & format_code_mask(f));
        if (x.class <= NUMBER_FINITE && next.class <= NUMBER_FINITE && x.negative == next.negative)
            add_step(l, NULL, x, next);
    }
    add_point(l, number_mul(format_max(f), number_pow2(1)));
    free(codes.word);
}

/* The values of a format, the boundaries between them, their neighbours, sorted. */
static enum status points_of(struct list *l, const struct format *f, struct error *e)
{
    enum status s = STATUS_OK;
    if (f->bits <= 16)
        s = narrow_points(l, f, e);
    else
        wide_points(l, f);
    list_sort(l);
    return s;
}

static const uint32_t special_patterns[] = {0x00000000, 0x80000000, 0x00000001, 0x80000001, 0x007fffff,
                                            0x807fffff, 0x00800000, 0x80800000, 0x3f800000, 0xbf800000,
                                            0x7f7fffff, 0xff7fffff, 0x7f800000, 0xff800000, 0x7fc00000,
                                            0xffc00000, 0x7f800001, 0xffffffff};
enum { SPECIALS = sizeof special_patterns / sizeof *special_patterns };

/* --- random numbers --- */

static uint32_t draw(const struct vectors *v, int stream, uint64_t i)
{
    return rng_u32(v->spec.seed, VECTORS_STREAM(stream), i);
}

/* A sign, an exponent from low to high, and a fraction, from 64 random bits. */
static float float_between(uint32_t a, uint32_t b, int low, int high)
{
    int exponent = low + (int)(b % (uint32_t)(high - low + 1));
    float m = f32_from_bits((a & 0x807fffff) | 0x3f800000);
    return number_to_f32(number_mul(number_from_f32(m), number_pow2(exponent)));
}

static int clamp_exponent(int x)
{
    return x < -149 ? -149 : x > 127 ? 127 : x;
}

/* --- inputs --- */

/* An input as a word of the column: its pattern, or the code of the source nearest to it. */
static uint64_t input_word(const struct vectors *v, float x)
{
    static const struct rounding r = {.overflow = OVERFLOW_SATURATE_KEEP_INF};
    if (!v->spec.from.family)
        return bits_from_f32(x);
    return format_round(&v->spec.from, number_from_f32(x), &r, 0).code;
}

static float word_input(const struct vectors *v, uint64_t word)
{
    return v->spec.from.family ? number_to_f32(format_decode(&v->spec.from, (uint32_t)word))
                               : f32_from_bits((uint32_t)word);
}

/* nan=error makes an error of NaN, not a case. */
static bool is_refused(const struct vectors *v, float x)
{
    const struct quant_spec *q = &v->spec.scheme;
    return isnan(x) && !q->codec && q->rounding.nan == NAN_REFUSED && !format_has_nan(&q->element);
}

static uint64_t *new_line(const struct vectors *v, struct list *lines)
{
    uint64_t *line = list_grow(lines, v->words);
    const struct vectors_column *stream = vectors_find(v, "stream");
    if (line && stream)
        line[stream->first] = lines->n / v->words - 1;
    return line;
}

/* --- values one by one --- */

static void plain_line(const struct vectors *v, struct list *lines, uint64_t word)
{
    uint64_t *line = is_refused(v, word_input(v, word)) ? NULL : new_line(v, lines);
    if (line)
        line[vectors_find(v, "x")->first] = word;
}

static enum status choose_plain(const struct vectors *v, struct list *lines, char how[VECTORS_HOW_SIZE],
                                struct error *e)
{
    const struct format *f = &v->spec.scheme.element;
    if (v->spec.from.family) {
        for (uint64_t code = 0; code <= format_code_mask(&v->spec.from); code++)
            plain_line(v, lines, code);
        snprintf(how, VECTORS_HOW_SIZE, "every code of %s", v->spec.from.name);
        return STATUS_OK;
    }
    struct list points = {0};
    enum status s = points_of(&points, f, e);
    for (size_t i = 0; i < SPECIALS; i++)
        list_add(&points, special_patterns[i]);
    list_sort(&points);
    for (size_t i = 0; i < points.n; i++)
        plain_line(v, lines, points.word[i]);
    size_t chosen = lines->n / v->words;
    struct number max = format_max(f), min = format_min_positive(f);
    int low = clamp_exponent(number_exponent(min) - 2), high = clamp_exponent(number_exponent(max) + 1);
    for (uint64_t i = 0; i < v->spec.random; i++) {
        uint32_t a = draw(v, VECTORS_STREAM_INPUTS, 2 * i), b = draw(v, VECTORS_STREAM_INPUTS, 2 * i + 1);
        plain_line(v, lines, bits_from_f32(i % 2 ? float_between(a, b, low, high) : f32_from_bits(a)));
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

/* --- blocks --- */

/* A block under way: its elements and what its region holds at most besides. */
struct block {
    float *x;
    size_t n;
    float amax; /* NaN: that of the elements alone */
};

static float magnitude_of(const struct block *b)
{
    float most = 0;
    for (size_t i = 0; i < b->n; i++)
        most = isfinite(b->x[i]) ? fmaxf(most, fabsf(b->x[i])) : most;
    return most;
}

/* The amax of a block's region: at least its own. */
static float region_amax(const struct vectors *v, const struct block *b)
{
    const struct scaling *s = &v->spec.scheme.scaling;
    float most = magnitude_of(b);
    for (size_t i = 0; i < b->n; i++)
        if (isnan(b->x[i]) && s->block_nan == SPECIAL_POISON)
            return NAN;
    for (size_t i = 0; i < b->n; i++)
        if (isinf(b->x[i]) && s->block_inf == SPECIAL_POISON)
            return INFINITY;
    return b->amax > most ? b->amax : most;
}

static void block_line(const struct vectors *v, struct list *lines, struct block *b)
{
    const struct vectors_column *x = vectors_find(v, "x"), *amax = vectors_find(v, "amax");
    for (size_t i = 0; i < b->n; i++) {
        b->x[i] = word_input(v, input_word(v, b->x[i]));
        if (is_refused(v, b->x[i]))
            return;
    }
    uint64_t *line = new_line(v, lines);
    if (!line)
        return;
    for (size_t i = 0; i < b->n; i++)
        line[x->first + i] = input_word(v, b->x[i]);
    if (amax)
        line[amax->first] = bits_from_f32(region_amax(v, b));
}

static void block_fill(struct block *b, float x)
{
    for (size_t i = 0; i < b->n; i++)
        b->x[i] = x;
    b->amax = NAN;
}

/* The largest value of the first element of a scheme, and the largest one of its scales: 1 where these mean
 * nothing. */
static float element_max(const struct vectors *v)
{
    const struct quant_spec *q = &v->spec.scheme;
    return q->codec ? 1 : number_to_f32(format_max(&q->element));
}

static float scale_max(const struct vectors *v)
{
    const struct scaling *s = &v->spec.scheme.scaling;
    return s->second_top > 0 ? s->second_top : number_to_f32(format_max(&s->scale));
}

static float product(float a, float b)
{
    return number_to_f32(number_mul(number_from_f32(a), number_from_f32(b)));
}

/* The element's points, several a block, under a scale that is 1 or a power of two: the largest value stands
 * among them. */
static enum status element_blocks(const struct vectors *v, struct list *lines, struct block *b,
                                  struct error *e)
{
    const struct quant_spec *q = &v->spec.scheme;
    if (q->codec)
        return STATUS_OK;
    struct list points = {0};
    enum status s = points_of(&points, &q->element, e);
    float top = element_max(v), range = product(top, q->scaling.second == SECOND_NONE ? 1 : scale_max(v));
    uint64_t taken = 0;
    for (size_t next = 0; next < points.n; taken++) {
        int shift = taken % 4 == 3 ? (int)(draw(v, VECTORS_STREAM_SCALES, taken) % 41) - 20 : 0;
        float factor = number_to_f32(number_pow2(shift));
        size_t peak = b->n > 1 ? taken % b->n : b->n;
        block_fill(b, 0);
        for (size_t i = 0; i < b->n; i++) {
            while (next < points.n && fabsf(f32_from_bits((uint32_t)points.word[next])) > top)
                next++;
            if (i == peak)
                b->x[i] = product(taken % 2 ? -top : top, factor);
            else if (next < points.n)
                b->x[i] = product(f32_from_bits((uint32_t)points.word[next++]), factor);
        }
        b->amax = product(range, factor);
        block_line(v, lines, b);
    }
    lines->failed |= points.failed;
    free(points.word);
    return s;
}

/* Elements that are random parts of amax, which stands at `peak`. */
static void fill_below(const struct vectors *v, struct block *b, float amax, uint64_t number)
{
    for (size_t i = 0; i < b->n; i++) {
        uint32_t r = draw(v, VECTORS_STREAM_SCALES, (UINT64_C(1) << 40) + number * b->n + i);
        float part = (float)(int32_t)(r & 0xffffff00) * 0x1p-31f;
        b->x[i] = r % 8 ? product(amax, part) : 0;
    }
    b->x[number % b->n] = number % 2 ? -amax : amax;
}

/* Magnitudes at which the scale changes over: the largest element times every point of the scale's format,
 * and what rules of powers of two look at, in a few binades. */
static enum status scale_blocks(const struct vectors *v, struct list *lines, struct block *b, struct error *e)
{
    enum { SCALE_POINTS = 4096 };
    static const float starts[] = {1, 1.5f, 1.75f, 1.875f, 1.9375f};
    static const int binades[] = {-149, -127, -126, -125, -20, -1, 0, 1, 20, 100, 126, 127};
    const struct quant_spec *q = &v->spec.scheme;
    struct list points = {0}, amaxes = {0};
    enum status s = q->codec ? STATUS_OK : points_of(&points, &q->scaling.scale, e);
    size_t step = points.n / SCALE_POINTS + 1;
    for (size_t i = 0; i < points.n; i += step) {
        float amax = product(element_max(v), f32_from_bits((uint32_t)points.word[i]));
        if (amax > 0 && isfinite(amax))
            add_point(&amaxes, number_from_f32(amax));
    }
    for (size_t i = 0; i < sizeof starts / sizeof *starts; i++)
        for (size_t j = 0; j < sizeof binades / sizeof *binades; j++) {
            struct number start = number_from_f32(starts[i]), at = number_pow2(binades[j]);
            add_point(&amaxes, number_mul(start, at));
            add_point(&amaxes, number_mul(number_mul(start, at), number_from_f32(element_max(v))));
        }
    list_sort(&amaxes);
    float range = product(element_max(v), q->scaling.second == SECOND_NONE ? 1 : scale_max(v));
    for (size_t i = 0; i < amaxes.n; i++) {
        float amax = f32_from_bits((uint32_t)amaxes.word[i]);
        if (!(amax > 0) || !isfinite(amax))
            continue;
        fill_below(v, b, amax, i);
        b->amax = range;
        block_line(v, lines, b);
    }
    lines->failed |= points.failed | amaxes.failed;
    free(points.word);
    free(amaxes.word);
    return s;
}

static void special_blocks(const struct vectors *v, struct list *lines, struct block *b)
{
    static const float regions[] = {NAN, 0x1p-149f, 1, 448, 0x1.fffffep127f};
    size_t n_regions = vectors_find(v, "amax") ? sizeof regions / sizeof *regions : 1;
    for (size_t k = 0; k < n_regions; k++) {
        for (size_t i = 0; i < SPECIALS; i++) { /* all alike, and one among zeros, ones and its opposites */
            float x = f32_from_bits(special_patterns[i]);
            const float others[] = {x, 0, 1, -x};
            for (size_t j = 0; j < sizeof others / sizeof *others; j++) {
                block_fill(b, others[j]);
                b->x[(i + j) % b->n] = x;
                b->amax = regions[k];
                block_line(v, lines, b);
            }
        }
        block_fill(b, 0);
        for (size_t i = 0; i < b->n; i++) /* a ramp, then powers of two */
            b->x[i] = (float)i * (i % 2 ? -1.0f : 1.0f);
        b->amax = regions[k];
        block_line(v, lines, b);
        for (size_t i = 0; i < b->n; i++)
            b->x[i] = number_to_f32(number_pow2(-(int)(i % 140)));
        block_line(v, lines, b);
    }
}

/* Ordinary blocks: most magnitudes within a few binades of the largest. */
static void random_blocks(const struct vectors *v, struct list *lines, struct block *b)
{
    for (uint64_t k = 0; k < v->spec.random; k++) {
        uint64_t at = 2 * k * (b->n + 1);
        uint32_t a = draw(v, VECTORS_STREAM_INPUTS, at), c = draw(v, VECTORS_STREAM_INPUTS, at + 1);
        int top = k % 4 == 3 ? -149 + (int)(a % 277) : -30 + (int)(a % 61);
        for (size_t i = 0; i < b->n; i++) {
            uint32_t p = draw(v, VECTORS_STREAM_INPUTS, at + 2 * i + 2),
                     r = draw(v, VECTORS_STREAM_INPUTS, at + 2 * i + 3);
            int below = __builtin_ctz(r | 1U << 12); /* each binade half as often */
            b->x[i] = r >> 26 ? float_between(p, 0, top - below, top - below) : 0;
        }
        float own = magnitude_of(b);
        b->amax = c % 4 ? product(own, fabsf(float_between(c, c >> 8, 0, 12))) : NAN;
        b->amax = isfinite(b->amax) ? b->amax : NAN;
        block_line(v, lines, b);
    }
}

static enum status choose_blocks(const struct vectors *v, struct list *lines, char how[VECTORS_HOW_SIZE],
                                 struct error *e)
{
    struct block b = {.n = v->spec.length};
    size_t end[4];
    b.x = calloc(b.n + 1, sizeof *b.x);
    if (!b.x)
        return error_set(e, STATUS_INTERNAL, "out of memory");
    enum status s = element_blocks(v, lines, &b, e);
    end[0] = lines->n / v->words;
    if (!s)
        s = scale_blocks(v, lines, &b, e);
    end[1] = lines->n / v->words;
    special_blocks(v, lines, &b);
    end[2] = lines->n / v->words;
    random_blocks(v, lines, &b);
    end[3] = lines->n / v->words;
    snprintf(
        how, VECTORS_HOW_SIZE,
        "%zu of the element's values, the boundaries between them and the binary32 neighbours of each, under "
        "scales that are powers of two; %zu of magnitudes at which the scale changes over, with neighbours; "
        "%zu "
        "of zeros, subnormals, extremes, infinities and NaNs, alone and among others; %zu random",
        end[0], end[1] - end[0], end[2] - end[1], end[3] - end[2]);
    free(b.x);
    return s;
}

/* --- codes --- */

static void choose_codes(const struct vectors *v, struct list *lines, char how[VECTORS_HOW_SIZE])
{
    const struct format *f = &v->spec.scheme.element;
    struct list codes = {0};
    if (f->bits <= FACTS_BITS) {
        for (uint64_t code = 0; code <= format_code_mask(f); code++)
            list_add(&codes, code);
        snprintf(how, VECTORS_HOW_SIZE, "every code");
    } else {
        wide_codes(&codes, f);
        snprintf(how, VECTORS_HOW_SIZE,
                 "%zu codes spread over all and around powers of two; then %llu random", codes.n,
                 (unsigned long long)v->spec.random);
        for (uint64_t i = 0; i < v->spec.random; i++)
            list_add(&codes, draw(v, VECTORS_STREAM_INPUTS, i) & format_code_mask(f));
    }
    for (size_t i = 0; i < codes.n; i++) {
        uint64_t *line = new_line(v, lines);
        if (line)
            line[0] = codes.word[i];
    }
    lines->failed |= codes.failed;
    free(codes.word);
}

/* --- operations --- */

/* A line with these operands, and random bits where the rounding takes some. */
static void operands_line(const struct vectors *v, struct list *lines, const uint64_t operand[3])
{
    bool random = vectors_find(v, "random") != NULL;
    size_t arity = v->words - 1 - random;
    uint64_t number = lines->n / v->words, *line = new_line(v, lines);
    if (!line)
        return;
    if (random)
        line[0] = draw(v, VECTORS_STREAM_ROUNDING, number);
    memcpy(line + random, operand, arity * sizeof *operand);
}

/* Every tuple of codes out of a list. */
static void tuples(const struct vectors *v, struct list *lines, const struct list *codes, int arity)
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
static void middle_product(const struct vectors *v, struct list *lines, uint64_t operand[3], uint64_t number)
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

static void near_ties(const struct vectors *v, struct list *lines, int arity)
{
    static const struct rounding nearest = {.mode = ROUND_RNE};
    const struct format *f = &v->spec.scheme.element;
    uint32_t mask = format_code_mask(f);
    for (uint64_t i = 0; i < v->spec.random; i++) {
        uint64_t operand[3] = {draw(v, VECTORS_STREAM_TARGETS, 4 * i) & mask,
                               draw(v, VECTORS_STREAM_TARGETS, 4 * i + 1) & mask};
        uint32_t code = draw(v, VECTORS_STREAM_TARGETS, 4 * i + 2) & mask;
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

static void choose_operands(const struct vectors *v, struct list *lines, char how[VECTORS_HOW_SIZE])
{
    const struct format *f = &v->spec.scheme.element;
    int arity = v->spec.operation == OPERATION_FMA ? 3 : 2;
    bool all = arity * f->bits <= FACTS_BITS;
    struct list codes = {0};
    if (all) {
        for (uint64_t code = 0; code <= format_code_mask(f); code++)
            list_add(&codes, code);
    } else {
        static const struct rounding r = {.overflow = OVERFLOW_INFINITY};
        const struct number one = number_pow2(0), zero = {.class = NUMBER_ZERO}, inf = {.class = NUMBER_INF},
                            nan = {.class = NUMBER_NAN}, max = format_max(f), min = format_min_positive(f),
                            normal = format_has_normals(f) ? format_min_normal(f) : min;
        const struct number some[] = {zero, min, number_mul(min, number_pow2(1)), normal, one, number_pow2(1),
                                      max,  inf};
        for (size_t i = 0; i < sizeof some / sizeof *some; i++) {
            list_add(&codes, format_round(f, some[i], &r, 0).code);
            list_add(&codes, format_round(f, number_negate(some[i]), &r, 0).code);
        }
        list_add(&codes, format_round(f, nan, &r, 0).code);
        for (int bit = 0; arity == 2 && bit < f->bits; bit++)
            for (int off = -1; off <= 1; off++)
                list_add(&codes, ((UINT64_C(1) << bit) + (uint64_t)off) & format_code_mask(f));
        list_sort(&codes);
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
                operand[j] = draw(v, VECTORS_STREAM_INPUTS, 4 * i + j) & format_code_mask(f);
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

enum status vectors_choose(const struct vectors *v, uint64_t **lines, size_t *n, char how[VECTORS_HOW_SIZE],
                           struct error *e)
{
    struct list l = {0};
    enum status s = STATUS_OK;
    if (v->spec.kind == VECTORS_DECODE)
        choose_codes(v, &l, how);
    else if (v->spec.kind == VECTORS_OPERATE)
        choose_operands(v, &l, how);
    else if (v->spec.scheme.codec || vectors_is_scaled(v))
        s = choose_blocks(v, &l, how, e);
    else
        s = choose_plain(v, &l, how, e);
    if (!s && l.failed)
        s = error_set(e, STATUS_INTERNAL, "out of memory");
    if (s) {
        free(l.word);
        l = (struct list){0};
    }
    *lines = l.word;
    *n = l.n / v->words;
    return s;
}
