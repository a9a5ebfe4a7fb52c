/* Recoding "bitmod": sign * 2^exp for each one bit of the magnitude, as a leading-one detector finds them.
 * Every value of BitMoD's FP3 and FP4, as an integer, has at most two. The publication's integers are radix-4
 * Booth
 * ("booth4") [unverified: its processing element was not seen]. */
#include "sim/recoding.h"

static int digits(int32_t x, int bits, struct digit out[RECODING_BITS + 1])
{
    (void)bits;
    int n = 0;
    uint32_t magnitude = x < 0 ? -(uint32_t)x : (uint32_t)x;
    for (int shift = 0; magnitude >> shift; shift++)
        if (magnitude >> shift & 1)
            out[n++] = (struct digit){x < 0 ? -1 : 1, shift};
    return n;
}

static int slots(int bits)
{
    return bits > 1 ? bits - 1 : 1;
}

const struct recoding recoding_bitmod = {
    .name = "bitmod",
    .doc = "BitMoD's terms: sign * 2^exp for each one bit of the magnitude",
    .citation = "Chen et al., BitMoD, HPCA 2025, arXiv 2411.11745",
    .least = -1,
    .most = 1,
    .digits = digits,
    .slots = slots,
};
