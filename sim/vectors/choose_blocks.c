/* Which blocks matter. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "sim/vectors/choose.h"

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

static void block_line(const struct vectors *v, struct words *lines, struct block *b)
{
    const struct vectors_column *x = vectors_find(v, "x"), *amax = vectors_find(v, "amax");
    for (size_t i = 0; i < b->n; i++) {
        b->x[i] = choose_value(v, choose_word(v, b->x[i]));
        if (choose_is_refused(v, b->x[i]))
            return;
    }
    uint64_t *line = choose_line(v, lines);
    if (!line)
        return;
    for (size_t i = 0; i < b->n; i++)
        line[x->first + i] = choose_word(v, b->x[i]);
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
static enum status element_blocks(const struct vectors *v, struct words *lines, struct block *b,
                                  struct error *e)
{
    const struct quant_spec *q = &v->spec.scheme;
    if (q->codec)
        return STATUS_OK;
    struct words points = {0};
    enum status s = points_of(&points, &q->element, e);
    float top = element_max(v), range = product(top, q->scaling.second == SECOND_NONE ? 1 : scale_max(v));
    uint64_t taken = 0;
    for (size_t next = 0; next < points.n; taken++) {
        int shift = taken % 4 == 3 ? (int)(choose_draw(v, VECTORS_STREAM_SCALES, taken) % 41) - 20 : 0;
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
        uint32_t r = choose_draw(v, VECTORS_STREAM_SCALES, (UINT64_C(1) << 40) + number * b->n + i);
        float part = (float)(int32_t)(r & 0xffffff00) * 0x1p-31f;
        b->x[i] = r % 8 ? product(amax, part) : 0;
    }
    b->x[number % b->n] = number % 2 ? -amax : amax;
}

/* Magnitudes at which the scale changes over: the largest element times every point of the scale's format,
 * and what rules of powers of two look at, in a few binades. */
static enum status scale_blocks(const struct vectors *v, struct words *lines, struct block *b,
                                struct error *e)
{
    enum { SCALE_POINTS = 4096 };
    static const float starts[] = {1, 1.5f, 1.75f, 1.875f, 1.9375f};
    static const int binades[] = {-149, -127, -126, -125, -20, -1, 0, 1, 20, 100, 126, 127};
    const struct quant_spec *q = &v->spec.scheme;
    struct words points = {0}, amaxes = {0};
    enum status s = q->codec ? STATUS_OK : points_of(&points, &q->scaling.scale, e);
    size_t step = points.n / SCALE_POINTS + 1;
    for (size_t i = 0; i < points.n; i += step) {
        float amax = product(element_max(v), f32_from_bits((uint32_t)points.word[i]));
        if (amax > 0 && isfinite(amax))
            points_add(&amaxes, number_from_f32(amax));
    }
    for (size_t i = 0; i < sizeof starts / sizeof *starts; i++)
        for (size_t j = 0; j < sizeof binades / sizeof *binades; j++) {
            struct number start = number_from_f32(starts[i]), at = number_pow2(binades[j]);
            points_add(&amaxes, number_mul(start, at));
            points_add(&amaxes, number_mul(number_mul(start, at), number_from_f32(element_max(v))));
        }
    words_sort(&amaxes);
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

static void special_blocks(const struct vectors *v, struct words *lines, struct block *b)
{
    static const float regions[] = {NAN, 0x1p-149f, 1, 448, 0x1.fffffep127f};
    size_t n_regions = vectors_find(v, "amax") ? sizeof regions / sizeof *regions : 1;
    for (size_t k = 0; k < n_regions; k++) {
        for (size_t i = 0; i < CHOOSE_SPECIALS;
             i++) { /* all alike, and one among zeros, ones and its opposites */
            float x = f32_from_bits(choose_specials[i]);
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
static void random_blocks(const struct vectors *v, struct words *lines, struct block *b)
{
    for (uint64_t k = 0; k < v->spec.random; k++) {
        uint64_t at = 2 * k * (b->n + 1);
        uint32_t a = choose_draw(v, VECTORS_STREAM_INPUTS, at),
                 c = choose_draw(v, VECTORS_STREAM_INPUTS, at + 1);
        int top = k % 4 == 3 ? -149 + (int)(a % 277) : -30 + (int)(a % 61);
        for (size_t i = 0; i < b->n; i++) {
            uint32_t p = choose_draw(v, VECTORS_STREAM_INPUTS, at + 2 * i + 2),
                     r = choose_draw(v, VECTORS_STREAM_INPUTS, at + 2 * i + 3);
            int below = __builtin_ctz(r | 1U << 12); /* each binade half as often */
            b->x[i] = r >> 26 ? choose_float(p, 0, top - below, top - below) : 0;
        }
        float own = magnitude_of(b);
        b->amax = c % 4 ? product(own, fabsf(choose_float(c, c >> 8, 0, 12))) : NAN;
        b->amax = isfinite(b->amax) ? b->amax : NAN;
        block_line(v, lines, b);
    }
}

enum status choose_blocks(const struct vectors *v, struct words *lines, char how[VECTORS_HOW_SIZE],
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
