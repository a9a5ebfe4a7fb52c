/* E3M4 whose top exponent is reserved as IEEE 754 does. */
#include "formats/format.h"

#include <math.h>

static const char *const aliases[] = {"float8_e3m4", "float8e3m4", NULL};

static const struct golden golden[] = {
    {0x00, 0.0},
    {0x80, -0.0},
    {0x01, 0x1p-6},
    {0x10, 0x1p-2},
    {0x30, 1.0},
    {0x6f, 15.5},
    {0xef, -15.5},
    {0x70, (double)INFINITY},
    {0xf0, -(double)INFINITY},
    {0x71, (double)NAN},
    {0x78, (double)NAN},
};

const struct format format_e3m4 = {
    .name = "e3m4",
    .family = &family_float,
    .bits = 8,
    .exponent_bits = 3,
    .precision = 5,
    .bias = 3,
    .specials = SPECIALS_IEEE,
    .doc = "FP8 E3M4 with IEEE specials, largest 15.5",
    .citation = "ml_dtypes float8_e3m4; LLVM APFloat Float8E3M4",
    .aliases = aliases,
    .golden = golden,
    .goldens = sizeof golden / sizeof *golden,
    .golden_source = "ml_dtypes float8_e3m4 finfo: max 15.5, smallest subnormal 2^-6",
};
