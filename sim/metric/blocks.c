/* Crest factors of the blocks of 16 and 32 elements along the last axis. */
#include <string.h>

#include "sim/metric/parts.h"

enum { BLOCK = 16, PAIR = 32 };
_Static_assert(BLOCK == SUM_LANES, "a block fills the lanes of a sum once, a pair twice");

struct block {
    double square[BLOCK], top;
};

static void square(const float *x, struct block *b)
{
    b->top = 0.0;
    for (size_t i = 0; i < BLOCK; i++) {
        double v = fabs((double)x[i]);
        b->square[i] = v * v;
        b->top = v > b->top ? v : b->top;
    }
}

/* The sum of squares of n finite elements is finite, and one that is not stays in it. */
static void add(struct sum *s, uint64_t *blocks, const double square[static BLOCK], double top, double n)
{
    double sum = sum_tree(square);
    if (!(top > 0.0 && sum <= DBL_MAX))
        return;
    sum_add(s, top / sqrt(sum / n));
    ++*blocks;
}

/* n <= PAIR elements, all that the row has from a multiple of PAIR on if fewer. */
static void add_pair(struct metric_blocks *b, const float *x, size_t n)
{
    struct block first, second;
    if (n < BLOCK)
        return;
    square(x, &first);
    add(&b->crest16, &b->n16, first.square, first.top, BLOCK);
    if (n < PAIR)
        return;
    square(x + BLOCK, &second);
    add(&b->crest16, &b->n16, second.square, second.top, BLOCK);
    for (size_t i = 0; i < BLOCK; i++)
        first.square[i] += second.square[i];
    add(&b->crest32, &b->n32, first.square, first.top > second.top ? first.top : second.top, PAIR);
}

void parts_blocks_add(struct metric_blocks *b, const float *x, size_t n)
{
    if (b->row < BLOCK)
        return;
    for (size_t take; n; x += take, n -= take) {
        size_t held = b->at % PAIR, left = PAIR - held, rest = b->row - b->at;
        left = rest < left ? rest : left;
        take = n < left ? n : left;
        if (take == PAIR) {
            add_pair(b, x, PAIR);
        } else {
            memcpy(b->held + held, x, take * sizeof *x);
            if (take == left)
                add_pair(b, b->held, held + take);
        }
        b->at = take == rest ? 0 : b->at + take;
    }
}
