/* Recoding "booth4": radix-4 Booth on the two's complement code. Digit i is x_(2i-1) + x_2i - 2 x_(2i+1),
 * with x_-1 = 0 and the sign bit repeated. */
#include "sim/recoding.h"

static int bit(int32_t x, int i)
{
    return i < 0 ? 0 : (int)((uint32_t)x >> i & 1);
}

static int digits(int32_t x, int bits, struct digit out[RECODING_BITS + 1])
{
    int n = 0;
    for (int i = 0; i < bits; i += 2) {
        int value = bit(x, i - 1) + bit(x, i) - 2 * bit(x, i + 1);
        if (value)
            out[n++] = (struct digit){value, i};
    }
    return n;
}

static int slots(int bits)
{
    return (bits + 1) / 2;
}

const struct recoding recoding_booth4 = {
    .name = "booth4",
    .doc = "radix-4 Booth on two's complement; also BitMoD's integers [unverified]",
    .citation = "MacSorley, Proc. IRE 49 (1961)",
    .least = -2,
    .most = 2,
    .digits = digits,
    .slots = slots,
};
