/* E3M4 that reserves the all-ones code alone. */
#include "formats/format.h"

#include <math.h>

static const struct golden golden[] = {{0x00, 0.0},   {0x80, -0.0},        {0x01, 0x1p-6},
                                       {0x30, 1.0},   {0x70, 16.0},        {0x7e, 30.0},
                                       {0xfe, -30.0}, {0x7f, (double)NAN}, {0xff, (double)NAN}};

const struct format format_e3m4_30 = {
    .name = "e3m4_30",
    .family = &family_float,
    .bits = 8,
    .exponent_bits = 3,
    .precision = 5,
    .bias = 3,
    .specials = SPECIALS_NAN,
    .doc = "FP8 E3M4: no Inf, NaN S.111.1111, largest 30",
    .citation = "IntelLabs FP8 Emulation Toolkit, E3M4",
    .golden = golden,
    .goldens = sizeof golden / sizeof *golden,
    .golden_source = "IntelLabs FP8 Emulation Toolkit: E3M4 largest 30",
};
