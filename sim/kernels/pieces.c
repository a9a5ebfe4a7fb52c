/* Pieces of the number line, from the table of the definition (cast.h). */
#include "sim/kernels/pieces.h"

#include <stdlib.h>

#include "sim/kernels/cast.h"

static bool same(const struct piece *a, const struct piece *b)
{
    return bits_from_f32(a->value) == bits_from_f32(b->value) && a->events == b->events;
}

static uint32_t counted(uint32_t events)
{
    bool beyond = (events & (EVENT_SATURATED | EVENT_OVERFLOW)) != 0;
    return (beyond ? EVENT_SATURATED : 0) | (events & EVENT_NEAR_TIE);
}

static void add(struct pieces *p, struct piece next)
{
    if (p->n && same(&p->piece[p->n - 1], &next))
        p->piece[p->n - 1].last = next.last;
    else
        p->piece[p->n++] = next;
}

/* What interval i has of the patterns from low to high, which are of one sign. */
static void add_interval(struct pieces *p, const struct format *f, const struct cast *c, size_t i,
                         uint32_t low, uint32_t high)
{
    uint32_t first = c->interval[i].first,
             last = i + 1 < c->intervals ? c->interval[i + 1].first - 1 : UINT32_MAX;
    first = first < low ? low : first;
    last = last > high ? high : last;
    if (first > last)
        return;
    struct number v = format_decode(f, c->interval[i].code);
    float value = c->value[c->interval[i].code];
    p->exact &= v.class != NUMBER_FINITE || number_compare(v, number_from_f32(value)) == 0;
    int32_t a = key_from_bits(first), b = key_from_bits(last);
    add(p, (struct piece){a < b ? a : b, a < b ? b : a, value, counted(c->interval[i].events)});
}

struct pieces pieces_open(const struct format *f, const struct rounding *r)
{
    struct pieces p = {.exact = true};
    struct cast *c = cast_open(f, r);
    p.piece = c ? malloc(2 * (c->intervals + 1) * sizeof *p.piece) : NULL;
    if (p.piece) {
        for (size_t i = c->intervals; i-- > 0;)
            add_interval(&p, f, c, i, 0x80000000, 0xff800000);
        for (size_t i = 0; i < c->intervals; i++)
            add_interval(&p, f, c, i, 0, 0x7f800000);
    }
    cast_close(c);
    return p;
}

void pieces_close(struct pieces *p)
{
    free(p->piece);
}
