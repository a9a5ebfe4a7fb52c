/* Formats small enough for brute force over all their codes. */
#ifndef TESTS_SMALL_H
#define TESTS_SMALL_H

#include "formats/format.h"

/* A format by name, of any size; fails the test where there is none. */
struct format small_named(const char *name);

enum { SMALL_FORMATS = 160 };
/* Formats of 8 bits or fewer: the registered ones and many by rule. Returns how many, at most
 * SMALL_FORMATS. */
size_t small_formats(struct format out[static SMALL_FORMATS]);

/* What a format holds, by codes alone: the binary64 patterns of values that rounding gives back, NaNs as one.
 */
struct small_values {
    size_t n;
    uint64_t *bits;
    uint32_t *codes;
};
struct small_values small_values(const struct format *f, bool specials);
void small_values_free(struct small_values *v);

#endif
