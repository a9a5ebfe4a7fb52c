/* UE5M3 as NVIDIA has it: only the all-ones code is reserved. */
#include "formats/format.h"

#include <math.h>

static const char *const aliases[] = {"__nv_fp8_ue5m3", NULL};

static const struct golden golden[] = {{0x00, 0.0},     {0x01, 0x1p-17},  {0x08, 0x1p-14},    {0x78, 1.0},
                                       {0xf7, 61440.0}, {0xfe, 114688.0}, {0xff, (double)NAN}};

const struct format format_ue5m3 = {
    .name = "ue5m3",
    .family = &family_float,
    .bits = 8,
    .exponent_bits = 5,
    .precision = 4,
    .bias = 15,
    .is_unsigned = true,
    .specials = SPECIALS_NAN,
    .doc = "unsigned E5M3 scale: no Inf, NaN 0xFF, largest 114688",
    .citation = "CUDA Math API, __nv_fp8_ue5m3; arXiv 2601.19026",
    .aliases = aliases,
    .golden = golden,
    .goldens = sizeof golden / sizeof *golden,
    .golden_source = "CUDA Math API: NaN only 0xFF; with bias 15 the largest is 1.75 * 2^16 = 114688",
};
