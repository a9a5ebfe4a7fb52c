/* OCP OFP8 E4M3 ("fn": finite, with NaN). */
#include "formats/format.h"

#include <math.h>

static const char *const aliases[] = {"float8_e4m3fn", "e4m3fn",   "fp8_e4m3",
                                      "float8e4m3fn",  "ocp_e4m3", NULL};

static const struct golden golden[] = {
    {0x00, 0.0},   {0x80, -0.0},  {0x01, 0x1p-9}, {0x07, 0x1.cp-7},    {0x08, 0x1p-6},      {0x38, 1.0},
    {0x77, 240.0}, {0x7e, 448.0}, {0xfe, -448.0}, {0x7f, (double)NAN}, {0xff, (double)NAN},
};

const struct format format_e4m3 = {
    .name = "e4m3",
    .family = &family_float,
    .bits = 8,
    .exponent_bits = 4,
    .precision = 4,
    .bias = 7,
    .specials = SPECIALS_NAN,
    .doc = "OCP FP8 E4M3: no Inf, NaN S.1111.111, largest 448",
    .citation = "OCP 8-bit Floating Point Specification (OFP8) v1.0, section 5",
    .aliases = aliases,
    .golden = golden,
    .goldens = sizeof golden / sizeof *golden,
    .golden_source = "OCP 8-bit Floating Point Specification (OFP8) v1.0, section 5",
};
