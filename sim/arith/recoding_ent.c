/* Recoding "ent": the magnitude in radix 4 with digits -1, 0, 1, 2: of 0..4, which a digit and the carry into
 * it make, 3 is -1 and 4 is 0, with a carry. A negative number has the digits of its magnitude, negated. */
#include "sim/recoding.h"

static int digits(int32_t x, int bits, struct digit out[RECODING_BITS + 1])
{
    (void)bits;
    int n = 0, sign = x < 0 ? -1 : 1;
    uint32_t rest = x < 0 ? -(uint32_t)x : (uint32_t)x;
    for (int shift = 0; rest; shift += 2) {
        int value = (int)(rest & 3) == 3 ? -1 : (int)(rest & 3);
        rest = (rest >> 2) + (value < 0);
        if (value)
            out[n++] = (struct digit){sign * value, shift};
    }
    return n;
}

/* The largest magnitude 2^(bits-1) has its digit there, and 2^(bits-1) - 1 carries no further. */
static int slots(int bits)
{
    return (bits + 1) / 2;
}

const struct recoding recoding_ent = {
    .name = "ent",
    .doc = "EN-T: the magnitude in radix 4 with digits -1, 0, 1, 2",
    .citation = "EN-T recoding as in the TPE repository",
    .least = -2, /* the negated 2 */
    .most = 2,
    .digits = digits,
    .slots = slots,
};
