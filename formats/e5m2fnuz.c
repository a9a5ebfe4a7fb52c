/* E5M2FNUZ: the code of -0 is the only NaN, every other code a number. */
#include "formats/format.h"

#include <math.h>

static const char *const aliases[] = {"float8_e5m2fnuz", "float8e5m2fnuz", NULL};

static const struct golden golden[] = {
    {0x00, 0.0}, {0x80, (double)NAN}, {0x01, 0x1p-17},  {0x04, 0x1p-15},
    {0x40, 1.0}, {0x7f, 57344.0},     {0xff, -57344.0},
};

const struct format format_e5m2fnuz = {
    .name = "e5m2fnuz",
    .family = &family_float,
    .bits = 8,
    .exponent_bits = 5,
    .precision = 3,
    .bias = 16,
    .specials = SPECIALS_FNUZ,
    .doc = "FP8 E5M2 FNUZ: one zero, one NaN, largest 57344",
    .citation = "Noune et al., arXiv 2206.02915; ONNX float8 operators",
    .aliases = aliases,
    .golden = golden,
    .goldens = sizeof golden / sizeof *golden,
    .golden_source = "ONNX float8 documentation: bias 16, max 57344, NaN 0x80",
};
