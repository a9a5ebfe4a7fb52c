/* The scale of HiFloat4. */
#include <math.h>

#include "formats/format.h"

static const struct golden golden[] = {
    {0x00, 0x1p-48}, {0x01, 0x1.4p-48}, {0x04, 0x1p-47}, {0xc0, 1.0}, {0xfe, 49152.0}, {0xff, (double)NAN},
};

const struct format format_hif4_e6m2 = {
    .name = "hif4_e6m2",
    .family = &family_float,
    .bits = 8,
    .exponent_bits = 6,
    .precision = 3,
    .bias = 48,
    .is_unsigned = true,
    .specials = SPECIALS_NAN,
    .subnormals = SUBNORMALS_NONE,
    .doc = "HiFloat4's scale: unsigned E6M2 with bias 48, no zero, NaN at all ones",
    .citation = "HiFloat4, arXiv 2602.11287",
    .golden = golden,
    .goldens = sizeof golden / sizeof *golden,
    .golden_source = "by hand from the definition: 1.T * 2^(E - 48)",
};
