/* E4M3 whose top exponent is reserved as IEEE 754 does. */
#include "formats/format.h"

#include <math.h>

static const char *const aliases[] = {"float8_e4m3", "float8e4m3", NULL};

static const struct golden golden[] = {
    {0x00, 0.0},         {0x80, -0.0},        {0x01, 0x1p-9},           {0x08, 0x1p-6},
    {0x38, 1.0},         {0x77, 240.0},       {0x78, (double)INFINITY}, {0xf8, -(double)INFINITY},
    {0x79, (double)NAN}, {0x7c, (double)NAN},
};

const struct format format_e4m3ieee = {
    .name = "e4m3ieee",
    .family = &family_float,
    .bits = 8,
    .exponent_bits = 4,
    .precision = 4,
    .bias = 7,
    .specials = SPECIALS_IEEE,
    .doc = "FP8 E4M3 with IEEE specials, largest 240",
    .citation = "ml_dtypes float8_e4m3; LLVM APFloat Float8E4M3",
    .aliases = aliases,
    .golden = golden,
    .goldens = sizeof golden / sizeof *golden,
    .golden_source = "ml_dtypes float8_e4m3 finfo: max 240, smallest subnormal 2^-9",
};
