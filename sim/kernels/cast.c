/* Making the table of a cast.
 *
 * Where the steps are, in magnitudes of one sign: at values of the format (exact there, inexact beside them);
 * where rounding to nearest changes over, with the near-ties around it, which lie within one unit in the last
 * place of binary32 (|x - b| <= 2^-24 b is at most a unit); where the mode at hand changes over; beyond the
 * largest value where saturation begins, to nearest and toward zero. Values are listed; the others are found
 * by bisection between neighbouring values. Around each, AROUND patterns on both sides are asked one by one;
 * of the patterns between, both ends and the middle, which must agree. */
#include "sim/kernels/cast.h"

#include <stdlib.h>
#include <string.h>

enum { AROUND = 2, FIRST = 1, LAST = 0x7f7fffff }; /* finite nonzero magnitudes */

struct builder {
    const struct format *f;
    const struct rounding *r;
    uint32_t *at; /* magnitudes of steps */
    size_t n, room;
    struct cast *cast;
    size_t interval_room;
    bool failed;
};

static struct encoded ask(const struct builder *b, const struct rounding *r, uint32_t bits)
{
    return format_round(b->f, number_from_f32(f32_from_bits(bits)), r, 0);
}

static bool same(struct encoded a, struct encoded b)
{
    return a.code == b.code && a.events == b.events;
}

static void add_step(struct builder *b, uint32_t magnitude)
{
    if (b->n == b->room) {
        size_t room = b->room ? 2 * b->room : 1024;
        uint32_t *at = realloc(b->at, room * sizeof *at);
        if (!at) {
            b->failed = true;
            return;
        }
        b->at = at;
        b->room = room;
    }
    b->at[b->n++] = magnitude;
}

/* --- where steps are --- */

static void add_values(struct builder *b)
{
    add_step(b, FIRST);
    add_step(b, LAST);
    for (uint32_t code = 0; code <= format_code_mask(b->f); code++) {
        struct number v = format_decode(b->f, code);
        uint32_t u = v.class == NUMBER_FINITE ? bits_from_f32(number_to_f32(v)) & 0x7fffffff : 0;
        if (u >= FIRST && u <= LAST)
            add_step(b, u);
    }
}

static int by_magnitude(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return (x > y) - (x < y);
}

static void sort(struct builder *b)
{
    size_t kept = 0;
    qsort(b->at, b->n, sizeof *b->at, by_magnitude);
    for (size_t i = 0; i < b->n; i++)
        if (!kept || b->at[kept - 1] != b->at[i])
            b->at[kept++] = b->at[i];
    b->n = kept;
}

/* Every change from low to high under r, taking each for the only one up to high: three at a tie. */
static void find_changes(struct builder *b, const struct rounding *r, uint32_t sign, uint32_t low,
                         uint32_t high)
{
    enum { GUESS = 4, MOST = 16 };
    struct encoded at_low = ask(b, r, sign | low), at_high = ask(b, r, sign | high);
    uint32_t middle = low + (high - low) / 2;
    if (!same(at_low, at_high) && high - low > 4 * GUESS &&
        same(at_low, ask(b, r, sign | (middle - GUESS))) &&
        same(at_high, ask(b, r, sign | (middle + GUESS)))) { /* mostly it is the mean */
        low = middle - GUESS;
        high = middle + GUESS;
    }
    for (int i = 0; i < MOST && !same(at_low, at_high); i++) {
        uint32_t before = low, after = high;
        while (after - before > 1) {
            middle = before + (after - before) / 2;
            if (same(at_low, ask(b, r, sign | middle)))
                before = middle;
            else
                after = middle;
        }
        add_step(b, after);
        low = after;
        at_low = ask(b, r, sign | low);
    }
}

static void find_steps(struct builder *b)
{
    add_values(b);
    sort(b);
    size_t values = b->n;
    const struct rounding nearest = {.mode = ROUND_RNE}, inward = {.mode = ROUND_RTZ};
    for (size_t i = 0; i + 1 < values; i++) {
        uint32_t low = b->at[i] + AROUND + 1, high = b->at[i + 1] - AROUND - 1;
        if (b->at[i + 1] - b->at[i] < 2 * AROUND + 3)
            continue;
        for (int negative = 0; negative < 2; negative++) {
            uint32_t sign = (uint32_t)negative << 31;
            find_changes(b, &nearest, sign, low, high);
            if (b->r->mode != ROUND_RNE || b->r->ftz || i + 2 == values)
                find_changes(b, b->r, sign, low, high);
            if (i + 2 == values)
                find_changes(b, &inward, sign, low, high);
        }
    }
    sort(b);
}

/* --- the table --- */

static void add_interval(struct builder *b, uint32_t first, struct encoded e)
{
    struct cast *c = b->cast;
    struct cast_interval *last = c->intervals ? &c->interval[c->intervals - 1] : NULL;
    if (last && last->code == e.code && last->events == e.events)
        return;
    if (c->intervals == b->interval_room) {
        size_t room = b->interval_room ? 2 * b->interval_room : 1024;
        struct cast_interval *interval = realloc(c->interval, room * sizeof *interval);
        if (!interval) {
            b->failed = true;
            return;
        }
        c->interval = interval;
        b->interval_room = room;
    }
    c->interval[c->intervals++] = (struct cast_interval){first, (uint16_t)e.code, (uint16_t)e.events};
}

static void add_one(struct builder *b, uint32_t bits)
{
    add_interval(b, bits, ask(b, b->r, bits));
}

/* Patterns between steps, one interval. */
static void add_between(struct builder *b, uint32_t first, uint32_t last)
{
    struct encoded e = ask(b, b->r, first);
    b->failed |= !same(e, ask(b, b->r, last)) || !same(e, ask(b, b->r, first + (last - first) / 2));
    add_interval(b, first, e);
}

static void add_sign(struct builder *b, uint32_t sign)
{
    uint32_t next = FIRST; /* magnitude to come */
    add_one(b, sign);
    for (size_t i = 0; i < b->n && !b->failed; i++) {
        uint32_t low = b->at[i] > FIRST + AROUND ? b->at[i] - AROUND : FIRST;
        uint32_t high = b->at[i] < LAST - AROUND ? b->at[i] + AROUND : LAST;
        if (next < low)
            add_between(b, sign | next, sign | (low - 1));
        for (next = next > low ? next : low; next <= high; next++)
            add_one(b, sign | next);
    }
    add_one(b, sign | 0x7f800000);
    add_one(b, sign | 0x7f800001); /* all NaN are one */
}

static void add_index(struct cast *c)
{
    uint32_t at = 0;
    for (uint32_t i = 0; i < CAST_BUCKETS; i++) {
        while (at + 1 < c->intervals && c->interval[at + 1].first <= i << 16)
            at++;
        c->index[i] = at;
    }
    c->index[CAST_BUCKETS] = (uint32_t)c->intervals - 1;
}

struct cast *cast_open(const struct format *f, const struct rounding *r)
{
    struct builder b = {.f = f, .r = r};
    if (f->bits > 16 || r->mode == ROUND_SR)
        return NULL;
    b.cast = calloc(1, sizeof *b.cast);
    if (!b.cast)
        return NULL;
    b.cast->index = malloc((CAST_BUCKETS + 1) * sizeof *b.cast->index);
    b.cast->value = malloc(((size_t)format_code_mask(f) + 1) * sizeof *b.cast->value);
    b.failed = !b.cast->index || !b.cast->value;
    if (!b.failed)
        find_steps(&b);
    for (uint32_t sign = 0; sign < 2 && !b.failed; sign++)
        add_sign(&b, sign << 31);
    free(b.at);
    if (b.failed) {
        cast_close(b.cast);
        return NULL;
    }
    add_index(b.cast);
    for (uint32_t code = 0; code <= format_code_mask(f); code++)
        b.cast->value[code] = number_to_f32(format_decode(f, code));
    return b.cast;
}

void cast_close(struct cast *c)
{
    if (!c)
        return;
    free(c->interval);
    free(c->index);
    free(c->value);
    free(c);
}

/* A table takes some sixty conversions a code. */
bool cast_pays(const struct format *f, size_t n)
{
    return f->bits <= 16 && n >= (size_t)128 << f->bits;
}

void cast_elements(const struct cast *c, const float *x, size_t n, uint32_t *codes, uint32_t *events,
                   float *values)
{
    for (size_t i = 0; i < n; i++) {
        struct encoded e = cast_pattern(c, bits_from_f32(x[i]));
        codes[i] = e.code;
        events[i] = e.events;
        values[i] = c->value[e.code];
    }
}
