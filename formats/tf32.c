/* TensorFloat-32 as a 19-bit code: a binary32 pattern shifted right by 13. Tensor cores truncate their inputs
 * to it; rounding is software. */
#include "formats/format.h"

#include <math.h>

static const char *const aliases[] = {"tensorfloat32", "tensorfloat-32", NULL};

static const struct golden golden[] = {
    {0x00, 0.0},
    {0x40000, -0.0},
    {0x01, 0x1p-136},
    {0x400, 0x1p-126},
    {0x1fc00, 1.0},
    {0x3fbff, 0x1.ffcp+127},
    {0x3fc00, (double)INFINITY},
    {0x7fc00, -(double)INFINITY},
    {0x3fe00, (double)NAN},
};

const struct format format_tf32 = {
    .name = "tf32",
    .family = &family_float,
    .bits = 19,
    .exponent_bits = 8,
    .precision = 11,
    .bias = 127,
    .specials = SPECIALS_IEEE,
    .doc = "TensorFloat-32: 8 exponent and 10 fraction bits (19-bit code)",
    .citation = "NVIDIA A100 Tensor Core GPU Architecture whitepaper (2020)",
    .aliases = aliases,
    .golden = golden,
    .goldens = sizeof golden / sizeof *golden,
    .golden_source = "binary32 patterns without their 13 last bits",
};
