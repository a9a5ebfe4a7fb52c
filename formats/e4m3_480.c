/* E4M3 with every code a number. */
#include "formats/format.h"

static const struct golden golden[] = {{0x00, 0.0},   {0x80, -0.0},  {0x01, 0x1p-9}, {0x38, 1.0},
                                       {0x7e, 448.0}, {0x7f, 480.0}, {0xff, -480.0}};

const struct format format_e4m3_480 = {
    .name = "e4m3_480",
    .family = &family_float,
    .bits = 8,
    .exponent_bits = 4,
    .precision = 4,
    .bias = 7,
    .specials = SPECIALS_NONE,
    .doc = "FP8 E4M3 without Inf and NaN, largest 480",
    .citation = "QPyTorch float_quantize(4, 3); DeepSpeed FP quantizer, range 480",
    .golden = golden,
    .goldens = sizeof golden / sizeof *golden,
    .golden_source = "DeepSpeed FP quantizer: E4M3 range 480 = 1.875 * 2^8",
};
