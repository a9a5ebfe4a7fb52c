/* Posit of 32 bits. */
#include "formats/format.h"

#include <math.h>

static const struct golden golden[] = {
    {0x00000000, 0.0},      {0x40000000, 1.0},         {0xc0000000, -1.0},     {0x48000000, 2.0},
    {0x44000000, 1.5},      {0x20000000, 0x1p-4},      {0x00000001, 0x1p-120}, {0x7fffffff, 0x1p120},
    {0x80000001, -0x1p120}, {0x80000000, (double)NAN},
};

const struct format format_posit32 = {
    .name = "posit32",
    .family = &family_posit,
    .bits = 32,
    .exponent_bits = 2,
    .doc = "posit of 32 bits, es 2, largest 2^120",
    .citation = "Standard for Posit Arithmetic (2022): es = 2 at every width, largest 2^(4N-8)",
    .golden = golden,
    .goldens = sizeof golden / sizeof *golden,
    .golden_source = "the standard: 1 is 010..0, NaR 10..0, the ends 2^-120 and 2^120",
};
