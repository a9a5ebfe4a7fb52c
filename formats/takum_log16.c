/* Logarithmic takum of 16 bits. */
#include "formats/takum.h"

#include <math.h>

static const struct golden golden[] = {
    {0x0000, 0.0},
    {0x4000, 1.0},
    {0xc000, -1.0},
    {0x4800, 0x1.a61298e1e069cp+0},
    {0x3800, 0x1.368b2fc6f960ap-1},
    {0x7fff, 0x1.dd3a401e23774p+183},
    {0x0001, 0x1.12a72e5588880p-184},
    {0x8000, (double)NAN},
};

const struct format format_takum_log16 = {
    .name = "takum_log16",
    .family = &family_takum,
    .bits = 16,
    .kind = TAKUM_LOG,
    .doc = "logarithmic takum of 16 bits",
    .citation = "Hunhold, arXiv 2404.18603, definition 2",
    .golden = golden,
    .goldens = sizeof golden / sizeof *golden,
    .golden_source =
        "Takums.jl (libtakum): one 0x4000, NaR 0x8000; the others sqrt(e)^l computed to 300 bits",
};
