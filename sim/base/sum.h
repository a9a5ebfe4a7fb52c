/* Sums of a fixed shape. The order of additions depends on the number of terms alone, so the result has the
 * same bits for any instruction set, --jobs or machine (binary64, round to nearest, no contraction).
 *
 * Shape: terms go round robin into SUM_LANES lanes (term i into lane i mod SUM_LANES). Every SUM_CHUNK terms
 * the lanes are added as a balanced tree and the chunk's sum joins a binary counter of partial sums, which
 * makes the sum of chunks pairwise too. The error grows with the logarithm of the number of terms. */
#ifndef SIM_BASE_SUM_H
#define SIM_BASE_SUM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SUM_LANES  16
#define SUM_CHUNK  4096 /* terms; a multiple of SUM_LANES */
#define SUM_LEVELS 48

struct sum {
    double lane[SUM_LANES];
    double level[SUM_LEVELS]; /* level[i] holds a sum of 2^i chunks when bit i of chunks is set */
    uint64_t chunks;
    uint32_t pending; /* terms in the lanes, < SUM_CHUNK */
};

/* A zero-initialised struct sum is empty. */
void sum_fold(struct sum *s);

static inline void sum_add(struct sum *s, double term)
{
    s->lane[s->pending % SUM_LANES] += term;
    if (++s->pending == SUM_CHUNK)
        sum_fold(s);
}

/* Adds n terms in order: the same bits as n calls of sum_add, several times faster. */
void sum_add_n(struct sum *s, const double *terms, size_t n);

/* Adds the terms of t after those of s: the same bits as one sum of all. s holds whole chunks alone, as many
 * as a multiple of the largest power of two that is not above the chunks of t: parts of 2^k chunks each, the
 * last one shorter, join in order. */
void sum_join(struct sum *s, const struct sum *t);

/* For code that adds whole groups of SUM_LANES terms to the lanes itself. While sum_is_even(s): add at most
 * sum_room(s) terms, a multiple of SUM_LANES, to sum_lanes(s), lane j the terms j mod SUM_LANES in order;
 * then say their number to sum_advance. The same bits as sum_add_n. */
static inline bool sum_is_even(const struct sum *s)
{
    return s->pending % SUM_LANES == 0;
}

static inline size_t sum_room(const struct sum *s)
{
    return SUM_CHUNK - s->pending;
}

static inline double *sum_lanes(struct sum *s)
{
    return s->lane;
}

static inline void sum_advance(struct sum *s, size_t n)
{
    s->pending += (uint32_t)n;
    if (s->pending == SUM_CHUNK)
        sum_fold(s);
}

/* The lanes added as a balanced tree: lane i to lane i + SUM_LANES / 2, then the halves likewise. */
double sum_tree(const double lane[static SUM_LANES]);

/* The value of the sum so far; s is unchanged. */
double sum_value(const struct sum *s);

#endif
