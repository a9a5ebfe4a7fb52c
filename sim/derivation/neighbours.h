/* The values of a format around a number, and where rounding to nearest changes over between them. */
#ifndef SIM_DERIVATION_NEIGHBOURS_H
#define SIM_DERIVATION_NEIGHBOURS_H

#include "formats/format.h"

struct neighbours {
    bool has_below, has_above; /* false beyond the range */
    bool exact;                /* the number is a value, which then is both */
    struct number below, above;
    bool has_codes; /* false for integers under a zero point */
    uint32_t below_code, above_code;
    struct number tie;      /* between two neighbours: the boundary of rounding to nearest */
    bool on_tie;            /* the number is on it */
    struct number distance; /* |number - tie|; sticky where it goes on */
    struct number steps;    /* distance / (above - below) */
    struct number fraction; /* |number - smaller| / (above - below), smaller and larger by magnitude */
    bool larger_is_above;
};

/* x is finite or zero. */
struct neighbours neighbours_of(const struct format *f, struct number x);
struct neighbours neighbours_integer(struct number x);
/* The neighbour that is nearer; on the tie, and where there is one only, that or the lower one. */
struct number neighbours_nearest(const struct neighbours *n, struct number x);

#endif
