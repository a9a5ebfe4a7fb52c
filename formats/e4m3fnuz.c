/* E4M3FNUZ: the code of -0 is the only NaN, every other code a number. */
#include "formats/format.h"

#include <math.h>

static const char *const aliases[] = {"float8_e4m3fnuz", "float8e4m3fnuz", NULL};

static const struct golden golden[] = {
    {0x00, 0.0}, {0x80, (double)NAN}, {0x01, 0x1p-10}, {0x08, 0x1p-7},
    {0x40, 1.0}, {0x7f, 240.0},       {0xff, -240.0},  {0x81, -0x1p-10},
};

const struct format format_e4m3fnuz = {
    .name = "e4m3fnuz",
    .family = &family_float,
    .bits = 8,
    .exponent_bits = 4,
    .precision = 4,
    .bias = 8,
    .specials = SPECIALS_FNUZ,
    .doc = "FP8 E4M3 FNUZ: one zero, one NaN, largest 240",
    .citation = "Noune et al., arXiv 2206.02915; ONNX float8 operators",
    .aliases = aliases,
    .golden = golden,
    .goldens = sizeof golden / sizeof *golden,
    .golden_source = "ONNX float8 documentation: bias 8, max 240, NaN 0x80",
};
