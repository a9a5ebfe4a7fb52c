/* Logarithmic takum of 8 bits. */
#include "formats/takum.h"

#include <math.h>

static const struct golden golden[] = {
    {0x00, 0.0},
    {0x40, 1.0},
    {0xc0, -1.0},
    {0x4f, 0x1.fa3ff43d0eaf9p+1},
    {0x4a, 0x1.0ef9db467dcf8p+1},
    {0x48, 0x1.a61298e1e069cp+0},
    {0x38, 0x1.368b2fc6f960ap-1},
    {0x7f, 0x1.5246ada6fe687p+172},
    {0x01, 0x1.837871c944dacp-173},
    {0x80, (double)NAN},
};

const struct format format_takum_log8 = {
    .name = "takum_log8",
    .family = &family_takum,
    .bits = 8,
    .kind = TAKUM_LOG,
    .doc = "logarithmic takum of 8 bits",
    .citation = "Hunhold, arXiv 2404.18603, definition 2",
    .golden = golden,
    .goldens = sizeof golden / sizeof *golden,
    .golden_source = "Takums.jl: Takum8(4.0) is 3.955 = e^1.375, its root 2.117 = e^0.75; the others "
                     "sqrt(e)^l computed to 300 bits",
};
