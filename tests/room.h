/* For tests of kernels: memory that ends at a page which may not be touched, and inputs that meet every step
 * of a format. */
#ifndef TESTS_ROOM_H
#define TESTS_ROOM_H

#include <stddef.h>
#include <stdint.h>

#include "formats/format.h"

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

#endif
