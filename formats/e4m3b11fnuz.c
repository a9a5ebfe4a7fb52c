/* E4M3B11FNUZ: E4M3FNUZ with bias 11. */
#include "formats/format.h"

#include <math.h>

static const char *const aliases[] = {"float8_e4m3b11fnuz", "float8_e4m3b11", "float8e4m3b11fnuz", NULL};

static const struct golden golden[] = {{0x00, 0.0}, {0x80, (double)NAN}, {0x01, 0x1p-13}, {0x08, 0x1p-10},
                                       {0x58, 1.0}, {0x7f, 30.0},        {0xff, -30.0}};

const struct format format_e4m3b11fnuz = {
    .name = "e4m3b11fnuz",
    .family = &family_float,
    .bits = 8,
    .exponent_bits = 4,
    .precision = 4,
    .bias = 11,
    .specials = SPECIALS_FNUZ,
    .doc = "FP8 E4M3 FNUZ with bias 11: one zero, one NaN, largest 30",
    .citation = "ml_dtypes float8_e4m3b11fnuz; LLVM APFloat Float8E4M3B11FNUZ",
    .aliases = aliases,
    .golden = golden,
    .goldens = sizeof golden / sizeof *golden,
    .golden_source = "ml_dtypes float8_e4m3b11fnuz finfo: max 30, smallest subnormal 2^-13",
};
