/* Logarithmic number of 16 bits, steps of 2^(1/1024). */
#include "formats/format.h"

#include <math.h>

static const struct golden golden[] = {
    {0x4000, 0.0},
    {0x0000, 1.0},
    {0x8000, -1.0},
    {0x0400, 2.0},
    {0x0200, 0x1.6a09e667f3bcdp+0},
    {0x4001, 0x1.002c605e2e8cfp-16},
    {0x3fff, 0x1.ffa74ea381efcp+15},
    {0xc000, (double)NAN},
};

const struct format format_lns5f10 = {
    .name = "lns5f10",
    .family = &family_lns,
    .bits = 16,
    .exponent_bits = 5,
    .fraction_bits = 10,
    .doc = "logarithmic number of 16 bits: 5 integer, 10 fraction bits",
    .citation = "stillwater-sc/universal, lns<16, 10>",
    .golden = golden,
    .goldens = sizeof golden / sizeof *golden,
    .golden_source =
        "lns_impl.hpp: zero 0.10..0, NaN 1.10..0, ends 0.10..01 and 0.01..1; roots computed to 300 bits",
};
