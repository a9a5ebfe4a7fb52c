/* Posit of 8 bits. */
#include "formats/format.h"

#include <math.h>

static const struct golden golden[] = {
    {0x00, 0.0},     {0x40, 1.0},      {0xc0, -1.0},    {0x48, 2.0},    {0x44, 1.5},     {0x20, 0x1p-4},
    {0x7c, 65536.0}, {0x7d, 262144.0}, {0x01, 0x1p-24}, {0x7f, 0x1p24}, {0x81, -0x1p24}, {0x80, (double)NAN},
};

const struct format format_posit8 = {
    .name = "posit8",
    .family = &family_posit,
    .bits = 8,
    .exponent_bits = 2,
    .doc = "posit of 8 bits, es 2, largest 2^24",
    .citation = "Standard for Posit Arithmetic (2022): es = 2 at every width, largest 2^(4N-8)",
    .golden = golden,
    .goldens = sizeof golden / sizeof *golden,
    .golden_source =
        "the standard: 1 is 010..0, NaR 10..0, the ends 2^-24 and 2^24; SoftPosit.jl: largest 16777216",
};
