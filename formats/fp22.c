/* What tensor cores of the Ada and Hopper generations keep of sums of eight-bit products: binary32 without
 * its 10 last fraction bits. */
#include "formats/format.h"

#include <math.h>

static const struct golden golden[] = {
    {0x00, 0.0},
    {0x200000, -0.0},
    {0x01, 0x1p-139},
    {0x2000, 0x1p-126},
    {0xfe000, 1.0},
    {0x1fdfff, 0x1.fff8p+127},
    {0x1fe000, (double)INFINITY},
    {0x3fe000, -(double)INFINITY},
    {0x1ff000, (double)NAN},
};

const struct format format_fp22 = {
    .name = "fp22",
    .family = &family_float,
    .bits = 22,
    .exponent_bits = 8,
    .precision = 14,
    .bias = 127,
    .specials = SPECIALS_IEEE,
    .doc = "binary32 with 13 fraction bits, an accumulator of tensor cores",
    .citation = "SageAttention2 (arXiv 2411.10958); DeepSeek-V3 (arXiv 2412.19437), section 3.3.2",
    .golden = golden,
    .goldens = sizeof golden / sizeof *golden,
    .golden_source = "binary32 patterns without their 10 last bits",
};
