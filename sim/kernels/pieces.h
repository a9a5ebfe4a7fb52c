/* A deterministic rounding as kernels see it: pieces of the number line, in order, on which value and counted
 * events do not change. Numbers are keys, which order all but NaN, -0 below +0: the bits of binary32, those
 * below the sign inverted if it is set. */
#ifndef SIM_KERNELS_PIECES_H
#define SIM_KERNELS_PIECES_H

#include "formats/format.h"

enum { KEY_INF = 0x7f800000, KEY_MINUS_INF = -0x7f800001 };

static inline int32_t key_from_bits(uint32_t bits)
{
    return (int32_t)(bits >> 31 ? bits ^ 0x7fffffff : bits);
}

struct piece {
    int32_t first, last; /* keys */
    float value;
    uint32_t events; /* EVENT_SATURATED if saturated or overflown, EVENT_NEAR_TIE */
};

struct pieces {
    size_t n;
    struct piece *piece; /* from KEY_MINUS_INF to KEY_INF; neighbours differ */
    bool exact;          /* values that are numbers are values of the format */
};

/* As cast_open: NULL pieces if there is no table. */
struct pieces pieces_open(const struct format *f, const struct rounding *r);
void pieces_close(struct pieces *p);

#endif
