/* Decision points of formats. */
#include <stdlib.h>
#include <string.h>

#include "formats/facts.h"
#include "formats/ladder.h"
#include "sim/vectors/choose.h"

/* --- words --- */

uint64_t *words_grow(struct words *l, size_t more)
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

void words_add(struct words *l, uint64_t word)
{
    uint64_t *place = words_grow(l, 1);
    if (place)
        *place = word;
}

static int by_word(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

void words_sort(struct words *l)
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

void points_add(struct words *l, struct number x)
{
    uint32_t bits = bits_from_f32(number_to_f32(x)), magnitude = bits & 0x7fffffff;
    if (x.class == NUMBER_NAN)
        return;
    words_add(l, bits);
    if (magnitude < 0x7f800000)
        words_add(l, bits + 1);
    if (magnitude)
        words_add(l, bits - 1);
}

/* A value and where rounding changes over between it and the next one. */
static void add_step(struct words *l, const struct number *boundary, struct number low, struct number high)
{
    points_add(l, low);
    points_add(l, boundary ? *boundary : number_mul(number_add(low, high), number_pow2(-1)));
}

/* Beyond the end of the range: half a gap, where rounding to nearest overflows, and a whole one. */
static void add_end(struct words *l, struct number before, struct number end)
{
    struct number gap = number_add(end, number_negate(before));
    points_add(l, end);
    points_add(l, number_add(end, number_mul(gap, number_pow2(-1))));
    points_add(l, number_add(end, gap));
}

static enum status narrow_points(struct words *l, const struct format *f, struct error *e)
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

void points_codes(struct words *codes, const struct format *f)
{
    enum { SPREAD_BITS = 10 };
    uint64_t mask = format_code_mask(f);
    for (uint64_t i = 0; i < UINT64_C(1) << SPREAD_BITS; i++)
        words_add(codes, i << (f->bits - SPREAD_BITS));
    for (int bit = 0; bit < f->bits; bit++)
        for (int off = -1; off <= 1; off++) {
            words_add(codes, ((UINT64_C(1) << bit) + (uint64_t)off) & mask);
            words_add(codes, mask - (((UINT64_C(1) << bit) + (uint64_t)off) & mask));
        }
    for (int class = NUMBER_INF; class <= NUMBER_NAN; class ++)
        for (int negative = 0; negative < 2; negative++) {
            static const struct rounding r = {.overflow = OVERFLOW_INFINITY};
            struct number x = {.class = (enum number_class) class, .negative = negative};
            words_add(codes, format_round(f, x, &r, 0).code);
        }
    struct rounding down = {.mode = ROUND_RTZ};
    words_add(codes, format_round(f, format_max(f), &down, 0).code);
    words_add(codes, format_round(f, number_negate(format_max(f)), &down, 0).code);
    words_sort(codes);
}

static void wide_points(struct words *l, const struct format *f)
{
    struct words codes = {0};
    points_codes(&codes, f);
    l->failed |= codes.failed;
    for (size_t i = 0; i < codes.n; i++) {
        struct number x = format_decode(f, (uint32_t)codes.word[i]);
        struct number next = format_decode(f, (uint32_t)(codes.word[i] + 1) & format_code_mask(f));
        if (x.class <= NUMBER_FINITE && next.class <= NUMBER_FINITE && x.negative == next.negative)
            add_step(l, NULL, x, next);
    }
    points_add(l, number_mul(format_max(f), number_pow2(1)));
    free(codes.word);
}

enum status points_of(struct words *l, const struct format *f, struct error *e)
{
    enum status s = STATUS_OK;
    if (f->bits <= 16)
        s = narrow_points(l, f, e);
    else
        wide_points(l, f);
    words_sort(l);
    return s;
}
