/* How far costs may move before the front of schemes changes. A scheme has an SQNR and a cost, the sum of its
 * parts. The front is that of v_pareto: in order of cost, then of falling SQNR, then of place, the schemes
 * that are better than all before them. Parts are whole numbers of a unit, so that costs under rational
 * factors compare exactly. */
#ifndef EXPERIMENTS_TRADEOFF_H
#define EXPERIMENTS_TRADEOFF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sim/base/status.h"

struct tradeoff {
    size_t n, n_parts;
    double *sqnr_db;  /* [n] */
    int64_t *part;    /* [n][n_parts], in units; the parts of a scheme sum to less than 2^40 */
    int64_t *cost;    /* [n], their sum */
    double unit;      /* a power of two */
    size_t *possible; /* the n_possible schemes that are on the front under some factors above 0 */
    size_t n_possible;
};

/* Takes n > 0 schemes with n_parts > 0 parts of 0 or more each (part[i * n_parts + p]), finite, and rounds
 * parts to 2^-39 of the largest cost or finer. STATUS_INVALID: a part is negative or not finite. */
enum status tradeoff_open(size_t n, size_t n_parts, const double *sqnr_db, const double *part,
                          struct tradeoff *out, struct error *e) MUST_CHECK;
void tradeoff_close(struct tradeoff *t);

/* Which schemes are on the front: front[n]. */
enum status tradeoff_front(const struct tradeoff *t, bool *front, struct error *e) MUST_CHECK;

/* Where the front changes first as one part is multiplied by a factor that leaves 1, the others staying. */
struct tradeoff_move {
    bool changes;  /* at some factor above 0 */
    double factor; /* 1 where schemes of equal cost part at once */
};
/* after[n] gets the front just beyond the factor, or the present one. */
enum status tradeoff_move(const struct tradeoff *t, size_t part, bool up, struct tradeoff_move *out,
                          bool *after, struct error *e) MUST_CHECK;

/* What happens when every part gets a factor of its own, uniform in 1 - within .. 1 + within. */
struct tradeoff_share {
    double unchanged; /* share of draws with the same front */
    double kept;      /* mean share of the front that stays on it */
    double entered;   /* mean number of schemes that come to it */
};
/* 0 < within < 1, draws > 0. Draw d of part p depends on (seed, p, d) alone. */
enum status tradeoff_draw(const struct tradeoff *t, double within, uint64_t draws, uint64_t seed,
                          struct tradeoff_share *out, struct error *e) MUST_CHECK;

/* The factor on the cost of scheme i alone below which it is on the front and above which it is not; INFINITY
 * where none has its SQNR or more, NAN where it costs nothing. *rival gets the cheapest that has, or n. */
double tradeoff_margin(const struct tradeoff *t, size_t i, size_t *rival);

#endif
