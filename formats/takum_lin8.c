/* Linear takum of 8 bits. */
#include "formats/takum.h"

#include <math.h>

static const char *const aliases[] = {"takum_linear8", NULL};

static const struct golden golden[] = {
    {0x00, 0.0}, {0x40, 1.0},    {0xc0, -1.0},    {0x41, 1.125},    {0x44, 1.5},
    {0x48, 2.0}, {0x30, 0x1p-3}, {0x7f, 0x1p239}, {0x01, 0x1p-239}, {0x80, (double)NAN},
};

const struct format format_takum_lin8 = {
    .name = "takum_lin8",
    .family = &family_takum,
    .bits = 8,
    .kind = TAKUM_LIN,
    .doc = "linear takum of 8 bits",
    .citation = "Hunhold, arXiv 2404.18603, definition 8",
    .aliases = aliases,
    .golden = golden,
    .goldens = sizeof golden / sizeof *golden,
    .golden_source = "Takums.jl (libtakum): one 0x40, eps 0x30 = 2^-3, NaR 0x80; ends by the definition",
};
