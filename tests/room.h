/* For tests of kernels: memory that ends at a page which may not be touched, and inputs that meet every step
 * of a format. */
#ifndef TESTS_ROOM_H
#define TESTS_ROOM_H

#include <stddef.h>
#include <stdint.h>

#include "formats/format.h"
#include "sim/kernels/kernels.h"

struct room {
    float *end; /* n elements lie before it */
    char *pages;
    size_t bytes;
};

struct room room_open(size_t n);
void room_close(struct room *r);

/* Any patterns, values of f with their binary32 neighbours, midpoints with theirs, specials, zeros of both
 * signs, and for the most part numbers of the format's size. */
void kernel_inputs(const struct format *f, float *x, size_t n, uint64_t seed);

/* What the definition says of n elements: y = value(code(x / scale)) * scale and the counts. `random` holds
 * the bits of ROUND_SR of each; NULL: none. */
void kernel_want(const struct format *f, const struct rounding *r, float scale, const uint32_t *random,
                 const float *x, float *y, size_t n, struct kernel_counts *counts);

/* Fails where y differs from want by a bit, or the counts (may be NULL) differ. */
void kernel_compare(const char *what, const struct format *f, const struct rounding *r, float scale,
                    const float *x, const float *y, const struct kernel_counts *counts, const float *want,
                    const struct kernel_counts *want_counts, size_t n);

#endif
