/* Recodings: an integer weight as a sum of signed powers of two (or of 2 times one), so that a bit-serial
 * unit multiplies by shifts and takes one cycle for each digit that is not zero. One file in sim/arith/ and
 * one line in sim/recodings.def each. */
#ifndef SIM_RECODING_H
#define SIM_RECODING_H

#include <stddef.h>
#include <stdint.h>

/* value * 2^shift; value is not zero. */
struct digit {
    int value, shift;
};

#define RECODING_BITS 16 /* of weights: two's complement of 1 to 16 bits */

struct recoding {
    const char *name, *doc, *citation;
    int least, most; /* values of digits */
    /* The digits of x, lowest shift first, as many as it returns: the cycles of a unit that skips zeros. x
     * fits in `bits` bits of two's complement. */
    int (*digits)(int32_t x, int bits, struct digit out[RECODING_BITS + 1]);
    /* The cycles of a unit that skips nothing: digits that a weight of `bits` bits may need. */
    int (*slots)(int bits);
};

size_t recoding_count(void);
const struct recoding *recoding_at(size_t i);
const struct recoding *recoding_find(const char *name); /* NULL if unknown */

/* The dot product of n weights of `bits` bits with activations, digit by digit. Equal to the plain one while
 * n * 2^bits * max |a| < 2^62. Adds the digits that are not zero to *cycles. */
int64_t recoding_dot(const struct recoding *r, const int32_t *w, int bits, const int32_t *a, size_t n,
                     uint64_t *cycles);

#endif
