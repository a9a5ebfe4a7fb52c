/* Ladders: formats given by the list of their finite values. The definition behind codebooks and the tapered
 * formats (posit, takum, HiFloat8, logarithmic numbers): the neighbours of x are found by searching the list,
 * and the rounding mode chooses between them.
 *
 * Rungs are ranked from 0, the lowest value, upward; two rungs never have the same value. Between two rungs
 * lies the boundary at which rounding to nearest changes over: the arithmetic mean unless the format says
 * otherwise (posits and takums round their bit strings). */
#ifndef FORMATS_LADDER_H
#define FORMATS_LADDER_H

#include "formats/format.h"

struct ladder {
    uint32_t (*count)(const struct format *f);
    struct number (*value)(const struct format *f, uint32_t rank); /* strictly increasing; not sticky */
    uint32_t (*code)(const struct format *f, uint32_t rank);
    /* Between rank and rank + 1; NULL: the mean. A boundary equal to the value of a rung leaves that rung to
     * that value alone (posits never round a nonzero value to zero under a nearest mode). It is sticky where
     * the real boundary has more than 64 significant bits; no x is on such a boundary, and one of which
     * only the sticky part decides counts as beyond it. */
    struct number (*boundary)(const struct format *f, uint32_t rank);
    /* The magnitude of an imagined rung beyond the outermost ones: a value that rounds to it overflows under
     * overflow=infinity and nan. NULL: finite values always end at the outermost rungs. */
    struct number (*beyond)(const struct format *f);
    uint32_t (*inf_code)(const struct format *f, bool negative); /* NULL: the type has no Inf */
};

/* The encode of such a family: total, every mode and policy.
 *   up, down        the neighbour above or below
 *   rtz, raz        the neighbour of smaller or larger magnitude; without a zero between two rungs of
 *                   opposite sign, the one of the sign of x
 *   nearest         by the boundary; a tie goes to the even or odd code, and away from or toward zero
 *   odd             inexact values to the odd code
 * Where the two codes have the same last bit, even and odd mean the larger magnitude. Stochastic rounding
 * goes to the rung of larger magnitude (of two equal ones the upper) with the probability of the fraction of
 * the distance, whatever the boundary. Zero goes to the rung of value zero; without one, up, down, odd and
 * stochastic go as above and every other mode to the nearest, a tie upward. A value is counted as saturated
 * when rounding to nearest would take it past the outermost rung by half the last gap. Values must fit
 * binary64. */
struct encoded ladder_encode(const struct format *f, struct number x, const struct rounding *r,
                             uint32_t random);

/* For families: the largest magnitude of both ends of the list, and the smallest positive value. */
struct number ladder_max(const struct format *f);
struct number ladder_min_positive(const struct format *f);
/* The number of rungs with a value <= x, which is no NaN and not infinite. */
uint32_t ladder_rungs_up_to(const struct format *f, struct number x);
/* The boundary between rank and rank + 1, mean or not. */
struct number ladder_boundary(const struct format *f, uint32_t rank);

#endif
