/* E5M2 with every code a number. */
#include "formats/format.h"

static const struct golden golden[] = {{0x00, 0.0},     {0x80, -0.0},     {0x01, 0x1p-16},  {0x3c, 1.0},
                                       {0x7b, 57344.0}, {0x7f, 114688.0}, {0xff, -114688.0}};

const struct format format_e5m2_114688 = {
    .name = "e5m2_114688",
    .family = &family_float,
    .bits = 8,
    .exponent_bits = 5,
    .precision = 3,
    .bias = 15,
    .specials = SPECIALS_NONE,
    .doc = "FP8 E5M2 without Inf and NaN, largest 114688",
    .citation = "QPyTorch float_quantize(5, 2); DeepSpeed FP quantizer, range 114688",
    .golden = golden,
    .goldens = sizeof golden / sizeof *golden,
    .golden_source = "DeepSpeed FP quantizer: E5M2 range 114688 = 1.75 * 2^16",
};
