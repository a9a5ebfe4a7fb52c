/* Making the table of an element: from the pieces of its rounding, the coarsest buckets that separate its
 * steps, and its near ties. */
#include <stdlib.h>

#include "sim/kernels/kernels.h"
#include "sim/kernels/pieces.h"

enum { MOST_INDEX_BITS = 20, INF_MAGNITUDE = KEY_INF };

struct range {
    int32_t first, last;
};

/* Magnitudes of one sign: where the value changes, and the near ties. */
struct half {
    size_t pieces, steps, nears;
    struct piece *piece; /* in order of magnitude */
    int32_t *step;       /* the first of a new value */
    struct range *near;
};

struct buckets {
    int shift;
    int32_t low, high; /* leading bits */
};

static bool same_value(const struct piece *a, const struct piece *b)
{
    return bits_from_f32(a->value) == bits_from_f32(b->value);
}

static void add_piece(struct half *h, struct piece next)
{
    struct piece *last = h->pieces ? &h->piece[h->pieces - 1] : NULL;
    if (last && !same_value(last, &next))
        h->step[h->steps++] = next.first;
    if (next.events & EVENT_NEAR_TIE) {
        if (last && last->events & EVENT_NEAR_TIE)
            h->near[h->nears - 1].last = next.last;
        else
            h->near[h->nears++] = (struct range){next.first, next.last};
    }
    h->piece[h->pieces++] = next;
}

static bool half_open(struct half *h, const struct pieces *p, bool negative)
{
    *h = (struct half){.piece = malloc(p->n * sizeof *h->piece),
                       .step = malloc(p->n * sizeof *h->step),
                       .near = malloc(p->n * sizeof *h->near)};
    if (!h->piece || !h->step || !h->near)
        return false;
    for (size_t i = 0; i < p->n; i++) {
        struct piece a = p->piece[negative ? p->n - 1 - i : i];
        if (negative && a.first < 0)
            add_piece(h, (struct piece){a.last < 0 ? -1 - a.last : 0, -1 - a.first, a.value, a.events});
        if (!negative && a.last >= 0)
            add_piece(h, (struct piece){a.first < 0 ? 0 : a.first, a.last, a.value, a.events});
    }
    return true;
}

static void half_close(struct half *h)
{
    free(h->piece);
    free(h->step);
    free(h->near);
}

/* --- buckets --- */

static int32_t at_most(int32_t a, int32_t b)
{
    return a < b ? a : b;
}

static int32_t at_least(int32_t a, int32_t b)
{
    return a > b ? a : b;
}

static int32_t bucket_of(const struct buckets *b, int32_t magnitude)
{
    return at_most(at_least(magnitude >> b->shift, b->low), b->high);
}

/* The first bucket reaches up to before the second step and the second near tie, the last one down to behind
 * the last but one. */
static struct buckets buckets_of(const struct half half[2], int shift)
{
    struct buckets b = {shift, INF_MAGNITUDE >> shift, 0};
    for (const struct half *h = half; h < half + 2; h++) {
        if (h->steps > 1) {
            b.low = at_most(b.low, (h->step[1] >> shift) - 1);
            b.high = at_least(b.high, (h->step[h->steps - 2] >> shift) + 1);
        }
        if (h->nears > 1) {
            b.low = at_most(b.low, (h->near[1].first >> shift) - 1);
            b.high = at_least(b.high, (h->near[h->nears - 2].last >> shift) + 1);
        }
    }
    b.low = at_least(b.low, 0);
    b.high = at_least(b.high, b.low);
    return b;
}

/* Whether no bucket has two steps or two near ties. */
static bool separates(const struct buckets *b, const struct half *h)
{
    for (size_t i = 1; i < h->steps; i++)
        if (bucket_of(b, h->step[i - 1]) == bucket_of(b, h->step[i]))
            return false;
    for (size_t i = 1; i < h->nears; i++)
        if (bucket_of(b, h->near[i - 1].last) == bucket_of(b, h->near[i].first))
            return false;
    return true;
}

static int index_bits_of(const struct buckets *b)
{
    int bits = KERNEL_TABLE_SHORT;
    while ((int64_t)b->high - b->low >= INT64_C(1) << bits)
        bits++;
    return bits;
}

/* Pieces that begin so near to each other that doubt about one is doubt about both. */
static bool is_close(const struct half *h, size_t i)
{
    return h->piece[i].first - h->piece[i - 1].first <= 4 * KERNEL_DOUBT;
}

/* As above, of all that changes. */
static struct buckets buckets_apart(const struct half half[2], int shift)
{
    struct buckets b = {shift, INF_MAGNITUDE >> shift, 0};
    for (const struct half *h = half; h < half + 2; h++) {
        size_t second = 2, last = h->pieces;
        while (second < h->pieces && is_close(h, second))
            second++;
        do
            last--;
        while (last > 1 && is_close(h, last));
        if (second < h->pieces) {
            b.low = at_most(b.low, ((h->piece[second].first - KERNEL_DOUBT - 1) >> shift) - 1);
            b.high = at_least(b.high, ((h->piece[last - 1].first + KERNEL_DOUBT) >> shift) + 1);
        }
    }
    b.low = at_least(b.low, 0);
    b.high = at_least(b.high, b.low);
    return b;
}

/* Whether no bucket has doubts about two places. */
static bool doubts_apart(const struct buckets *b, const struct half *h)
{
    for (size_t i = 2; i < h->pieces; i++)
        if (!is_close(h, i) && bucket_of(b, h->piece[i - 1].first + KERNEL_DOUBT) >=
                                   bucket_of(b, h->piece[i].first - KERNEL_DOUBT - 1))
            return false;
    return true;
}

/* Short, with doubts apart; or else the fewest. */
static bool find_buckets(struct buckets *b, const struct half half[2])
{
    for (int shift = 23; shift >= 0; shift--) {
        *b = buckets_apart(half, shift);
        if (index_bits_of(b) == KERNEL_TABLE_SHORT && separates(b, &half[0]) && separates(b, &half[1]) &&
            doubts_apart(b, &half[0]) && doubts_apart(b, &half[1]))
            return true;
    }
    for (int shift = 23; shift >= 0; shift--) {
        *b = buckets_of(half, shift);
        if (index_bits_of(b) > MOST_INDEX_BITS)
            return false;
        if (separates(b, &half[0]) && separates(b, &half[1]))
            return true;
    }
    return false;
}

/* --- the table --- */

static void fill_half(struct kernel_table *k, const struct buckets *b, const struct half *h, size_t offset)
{
    size_t piece = 0, step = 0, mask = ((size_t)1 << k->index_bits) - 1;
    for (int32_t i = b->low; i <= b->high; i++) {
        size_t at = offset + ((size_t)i & mask);
        int32_t first = i == b->low ? 0 : i << b->shift;
        while (h->piece[piece].last < first)
            piece++;
        while (step < h->steps && h->step[step] <= first)
            step++;
        bool steps = step < h->steps && bucket_of(b, h->step[step]) == i;
        size_t next = piece;
        while (steps && h->piece[next].first < h->step[step])
            next++;
        k->step[at] = steps ? h->step[step] : INT32_MAX;
        k->value[2 * at] = h->piece[piece].value;
        k->value[2 * at + 1] = h->piece[next].value;
        k->near_before[at] = INT32_MAX;
        k->near_after[at] = INT32_MIN;
    }
    for (size_t i = 0; i < h->nears; i++)
        for (int32_t j = bucket_of(b, h->near[i].first); j <= bucket_of(b, h->near[i].last); j++) {
            size_t at = offset + ((size_t)j & mask);
            k->near_before[at] = h->near[i].first - 1;
            k->near_after[at] = h->near[i].last + 1;
        }
}

/* Around the last magnitude of each piece and the first of the next, none of them zero. */
static void add_doubts(struct kernel_table *k, const struct buckets *b, const struct half *h, size_t offset)
{
    size_t mask = ((size_t)1 << k->index_bits) - 1;
    for (size_t i = 0; i <= mask; i++) {
        k->doubt_before[offset + i] = INT32_MAX;
        k->doubt_after[offset + i] = INT32_MIN;
    }
    for (size_t i = 1; i < h->pieces; i++) {
        int32_t at = h->piece[i].first, before = at_least(at - KERNEL_DOUBT - 1, 0),
                after = at + KERNEL_DOUBT;
        for (int32_t j = bucket_of(b, before + 1); j <= bucket_of(b, after - 1); j++) {
            size_t to = offset + ((size_t)j & mask);
            k->doubt_before[to] = at_most(k->doubt_before[to], before);
            k->doubt_after[to] = at_least(k->doubt_after[to], after);
        }
    }
}

/* Buckets that no number falls into are zeros. */
static bool fill(struct kernel_table *k, const struct buckets *b, const struct half half[2])
{
    k->shift = b->shift;
    k->index_bits = index_bits_of(b);
    k->low = b->low << b->shift;
    k->high = b->high << b->shift;
    size_t n = (size_t)2 << k->index_bits;
    k->step = calloc(n, sizeof *k->step);
    k->value = calloc(n, 2 * sizeof *k->value);
    k->near_before = calloc(n, sizeof *k->near_before);
    k->near_after = calloc(n, sizeof *k->near_after);
    if (!k->step || !k->value || !k->near_before || !k->near_after)
        return false;
    for (int negative = 0; negative < 2; negative++) {
        fill_half(k, b, &half[negative], negative ? n / 2 : 0);
        if (k->index_bits == KERNEL_TABLE_SHORT)
            add_doubts(k, b, &half[negative], negative ? n / 2 : 0);
    }
    return true;
}

/* At most one range of magnitudes of either sign. */
static bool add_saturation(struct kernel_table *k, const struct half half[2])
{
    k->simple = true;
    for (int negative = 0; negative < 2; negative++) {
        const struct half *h = &half[negative];
        int32_t before = INT32_MAX, after = INT32_MIN;
        for (size_t i = 0; i < h->pieces; i++) {
            const struct piece *a = &h->piece[i];
            bool saturates = (a->events & EVENT_SATURATED) != 0;
            if (saturates && after != INT32_MIN && after != a->first)
                return false;
            if (saturates && after == INT32_MIN)
                before = a->first - 1;
            if (saturates)
                after = a->last + 1;
            k->simple &= a->value == a->value;
        }
        k->simple &= h->piece[0].events == 0 && (after == INT32_MIN || after == KEY_INF + 1);
        k->saturates_before[negative] = before;
        k->saturates_after[negative] = after;
    }
    return true;
}

/* q = x * 2^-k may underflow to a subnormal number that is not quite q: if a scale is to be served, no step
 * lies there but beside zero. */
static void add_scale_facts(struct kernel_table *k, const struct pieces *p)
{
    for (size_t i = 1; i < p->n; i++) {
        int32_t at = p->piece[i].first, magnitude = at < 0 ? -at : at; /* the first or last magnitude */
        k->plain_only |= magnitude > 1 && magnitude < KERNEL_LEAST_STEP;
    }
    k->plain_only |= !p->exact;
    k->inf_is_apart = p->piece[0].last == KEY_MINUS_INF || p->piece[p->n - 1].first == KEY_INF;
}

bool kernel_table_open(struct kernel_table *k, const struct format *f, const struct rounding *r)
{
    *k = (struct kernel_table){.f = *f, .r = *r};
    struct pieces p = pieces_open(f, r);
    struct half half[2] = {{0}, {0}};
    struct buckets b;
    bool open = !rounding_is_peculiar(r) && p.piece && half_open(&half[0], &p, false) &&
                half_open(&half[1], &p, true) && find_buckets(&b, half) && add_saturation(k, half) &&
                fill(k, &b, half);
    if (open)
        add_scale_facts(k, &p);
    else
        kernel_table_close(k);
    half_close(&half[0]);
    half_close(&half[1]);
    pieces_close(&p);
    return open;
}

void kernel_table_close(struct kernel_table *k)
{
    free(k->step);
    free(k->value);
    free(k->near_before);
    free(k->near_after);
}

bool kernel_table_serves_blocks(const struct kernel_table *k)
{
    return k->index_bits == KERNEL_TABLE_SHORT && !k->plain_only && !k->inf_is_apart;
}
