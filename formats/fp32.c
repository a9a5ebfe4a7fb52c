/* IEEE 754-2019 binary32. */
#include "formats/format.h"

#include <math.h>

static const char *const aliases[] = {"float32", "binary32", "f32", "single", NULL};

static const struct golden golden[] = {
    {0x00, 0.0},
    {0x80000000, -0.0},
    {0x01, 0x1p-149},
    {0x800000, 0x1p-126},
    {0x3f800000, 1.0},
    {0x40490fdb, 0x1.921fb6p+1},
    {0x7f7fffff, 0x1.fffffep+127},
    {0x7f800000, (double)INFINITY},
    {0xff800000, -(double)INFINITY},
    {0x7fc00000, (double)NAN},
};

const struct format format_fp32 = {
    .name = "fp32",
    .family = &family_float,
    .bits = 32,
    .exponent_bits = 8,
    .precision = 24,
    .bias = 127,
    .specials = SPECIALS_IEEE,
    .doc = "IEEE binary32: the carrier of stored values",
    .citation = "IEEE 754-2019 3.4, table 3.5",
    .aliases = aliases,
    .golden = golden,
    .goldens = sizeof golden / sizeof *golden,
    .golden_source = "IEEE 754-2019 table 3.5: bias 127, emin -126; pi by GNU MPFR",
};
