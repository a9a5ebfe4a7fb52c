/* bfloat16. Subnormals are kept: flushing is a property of some hardware, not of the format. */
#include "formats/format.h"

#include <math.h>

static const char *const aliases[] = {"bfloat16", NULL};

static const struct golden golden[] = {
    {0x00, 0.0},
    {0x8000, -0.0},
    {0x01, 0x1p-133},
    {0x80, 0x1p-126},
    {0x3f80, 1.0},
    {0x4049, 0x1.92p+1},
    {0x7f7f, 0x1.fep+127},
    {0x7f80, (double)INFINITY},
    {0xff80, -(double)INFINITY},
    {0x7fc0, (double)NAN},
};

const struct format format_bf16 = {
    .name = "bf16",
    .family = &family_float,
    .bits = 16,
    .exponent_bits = 8,
    .precision = 8,
    .bias = 127,
    .specials = SPECIALS_IEEE,
    .doc = "bfloat16: binary32 with 8 significand bits",
    .citation = "Intel BFLOAT16 Hardware Numerics Definition, rev. 1.0 (2018)",
    .aliases = aliases,
    .golden = golden,
    .goldens = sizeof golden / sizeof *golden,
    .golden_source = "the upper half of a binary32 pattern",
};
