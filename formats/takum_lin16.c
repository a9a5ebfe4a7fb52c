/* Linear takum of 16 bits. */
#include "formats/takum.h"

#include <math.h>

static const char *const aliases[] = {"takum_linear16", NULL};

static const struct golden golden[] = {
    {0x0000, 0.0},     {0x4000, 1.0},       {0xc000, -1.0},       {0x4400, 1.5},
    {0x2400, 0x1p-11}, {0x7fff, 0x1.fp254}, {0x0001, 0x1.1p-255}, {0x8000, (double)NAN},
};

const struct format format_takum_lin16 = {
    .name = "takum_lin16",
    .family = &family_takum,
    .bits = 16,
    .kind = TAKUM_LIN,
    .doc = "linear takum of 16 bits",
    .citation = "Hunhold, arXiv 2404.18603, definition 8",
    .aliases = aliases,
    .golden = golden,
    .goldens = sizeof golden / sizeof *golden,
    .golden_source =
        "Takums.jl (libtakum): one 0x4000, eps 0x2400 = 2^-11, NaR 0x8000; ends by the definition",
};
