/* Posit of 16 bits. */
#include "formats/format.h"

#include <math.h>

static const struct golden golden[] = {
    {0x0000, 0.0},    {0x4000, 1.0},     {0xc000, -1.0},   {0x4800, 2.0},     {0x4400, 1.5},
    {0x2000, 0x1p-4}, {0x0001, 0x1p-56}, {0x7fff, 0x1p56}, {0x8001, -0x1p56}, {0x8000, (double)NAN},
};

const struct format format_posit16 = {
    .name = "posit16",
    .family = &family_posit,
    .bits = 16,
    .exponent_bits = 2,
    .doc = "posit of 16 bits, es 2, largest 2^56",
    .citation = "Standard for Posit Arithmetic (2022): es = 2 at every width, largest 2^(4N-8)",
    .golden = golden,
    .goldens = sizeof golden / sizeof *golden,
    .golden_source = "the standard: 1 is 010..0, NaR 10..0, the ends 2^-56 and 2^56",
};
