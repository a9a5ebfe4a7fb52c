/* E1M2 with bias 1, one of two in circulation: INT4 / 4 with sign and magnitude. */
#include "formats/format.h"

static const char *const aliases[] = {"s1p2", NULL};

static const struct golden golden[] = {{0x0, 0.0}, {0x8, -0.0}, {0x1, 0.25}, {0x3, 0.75},
                                       {0x4, 1.0}, {0x7, 1.75}, {0xf, -1.75}};

const struct format format_e1m2b1 = {
    .name = "e1m2b1",
    .family = &family_float,
    .bits = 4,
    .exponent_bits = 1,
    .precision = 3,
    .bias = 1,
    .specials = SPECIALS_NONE,
    .doc = "FP4 E1M2, bias 1: 0 .25 .5 .75 1 1.25 1.5 1.75",
    .citation = "Ascend CANN fp4x2_e1m2; the S1P2 of HiFloat4, arXiv 2602.11287",
    .aliases = aliases,
    .golden = golden,
    .goldens = sizeof golden / sizeof *golden,
    .golden_source = "Ascend CANN: E1M2 values 0 to 1.75",
};
