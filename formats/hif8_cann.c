/* HiFloat8 with the rounding of CANN: formats/hif8.c. */
#include "formats/format.h"

#include <math.h>

static const struct golden golden[] = {
    {0x00, 0.0},     {0x80, (double)NAN}, {0x01, 0x1p-22},          {0x07, 0x1p-16},
    {0x08, 1.0},     {0x0f, 1.875},       {0x7e, 0x1p-15},          {0x38, 0.125},
    {0x6e, 32768.0}, {0xee, -32768.0},    {0x6f, (double)INFINITY}, {0xef, -(double)INFINITY},
};

const struct format format_hif8_cann = {
    .name = "hif8_cann",
    .family = &family_hif8_cann,
    .bits = 8,
    .doc = "HiFloat8, the tie at 2^-23 away from zero",
    .citation = "Luo et al., arXiv 2409.16626; CANN, ge hif8_t.cc",
    .golden = golden,
    .goldens = sizeof golden / sizeof *golden,
    .golden_source = "en_dtypes hifloat8: least 0x01 = 2^-22, min 0x7e = 2^-15, eps 0x38, max 0x6e; CANN: "
                     "NaN 0x80, Inf 0x6f",
};
