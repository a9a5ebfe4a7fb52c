/* IEEE 754-2019 binary16. */
#include "formats/format.h"

#include <math.h>

static const char *const aliases[] = {"float16", "binary16", "f16", "half", NULL};

static const struct golden golden[] = {
    {0x00, 0.0},
    {0x8000, -0.0},
    {0x01, 0x1p-24},
    {0x400, 0x1p-14},
    {0x3c00, 1.0},
    {0x3555, 0x1.554p-2},
    {0x7bff, 65504.0},
    {0x7c00, (double)INFINITY},
    {0xfc00, -(double)INFINITY},
    {0x7e00, (double)NAN},
};

const struct format format_fp16 = {
    .name = "fp16",
    .family = &family_float,
    .bits = 16,
    .exponent_bits = 5,
    .precision = 11,
    .bias = 15,
    .specials = SPECIALS_IEEE,
    .doc = "IEEE binary16, half precision",
    .citation = "IEEE 754-2019 3.4, table 3.5",
    .aliases = aliases,
    .golden = golden,
    .goldens = sizeof golden / sizeof *golden,
    .golden_source = "IEEE 754-2019 table 3.5; 0x3555 is the binary16 nearest to 1/3",
};
