/* E1M2 with bias 0, one of two in circulation. */
#include "formats/format.h"

static const struct golden golden[] = {{0x0, 0.0}, {0x8, -0.0}, {0x1, 0.5}, {0x3, 1.5},
                                       {0x4, 2.0}, {0x7, 3.5},  {0xf, -3.5}};

const struct format format_e1m2b0 = {
    .name = "e1m2b0",
    .family = &family_float,
    .bits = 4,
    .exponent_bits = 1,
    .precision = 3,
    .bias = 0,
    .specials = SPECIALS_NONE,
    .doc = "FP4 E1M2, bias 0: 0 .5 1 1.5 2 2.5 3 3.5",
    .citation = "HALO, E1M2",
    .golden = golden,
    .goldens = sizeof golden / sizeof *golden,
    .golden_source = "HALO: E1M2 values 0 to 3.5",
};
