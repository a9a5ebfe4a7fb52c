/* Logarithmic number of 8 bits, steps of 2^(1/8). */
#include "formats/format.h"

#include <math.h>

static const struct golden golden[] = {
    {0x40, 0.0},
    {0x00, 1.0},
    {0x80, -1.0},
    {0x08, 2.0},
    {0x78, 0.5},
    {0x04, 0x1.6a09e667f3bcdp+0},
    {0x7c, 0x1.6a09e667f3bcdp-1},
    {0x41, 0x1.172b83c7d517bp-8},
    {0x3f, 0x1.d5818dcfba487p+7},
    {0xbf, -0x1.d5818dcfba487p+7},
    {0xc0, (double)NAN},
};

const struct format format_lns4f3 = {
    .name = "lns4f3",
    .family = &family_lns,
    .bits = 8,
    .exponent_bits = 4,
    .fraction_bits = 3,
    .doc = "logarithmic number of 8 bits: 4 integer, 3 fraction bits",
    .citation = "stillwater-sc/universal, lns<8, 3>",
    .golden = golden,
    .goldens = sizeof golden / sizeof *golden,
    .golden_source =
        "lns_impl.hpp: zero 0.10..0, NaN 1.10..0, ends 0.10..01 and 0.01..1; roots computed to 300 bits",
};
