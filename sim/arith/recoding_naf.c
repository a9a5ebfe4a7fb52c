/* Recoding "naf": the non-adjacent form, the one with the fewest signed powers of two. */
#include "sim/recoding.h"

static int digits(int32_t x, int bits, struct digit out[RECODING_BITS + 1])
{
    (void)bits;
    int n = 0;
    for (int shift = 0; x; shift++, x /= 2)
        if (x % 2) {
            int value = (x % 4 + 4) % 4 == 1 ? 1 : -1;
            x -= value;
            out[n++] = (struct digit){value, shift};
        }
    return n;
}

/* No two neighbours, and one place above the sign bit's for a carry. */
static int slots(int bits)
{
    return (bits + 1) / 2;
}

const struct recoding recoding_naf = {
    .name = "naf",
    .doc = "non-adjacent form: the fewest signed powers of two",
    .citation = "Reitwiesner, Advances in Computers 1 (1960)",
    .least = -1,
    .most = 1,
    .digits = digits,
    .slots = slots,
};
