/* E8M0 without its NaN, as ggml decodes it: code 255 is 2^128, which only products of it with less than 1
 * bring back into binary32. */
#include "formats/format.h"

static const struct golden golden[] = {
    {0x00, 0x1p-127}, {0x01, 0x1p-126}, {0x7f, 1.0}, {0xfe, 0x1p+127}, {0xff, 0x1p+128},
};

const struct format format_e8m0_finite = {
    .name = "e8m0_finite",
    .family = &family_float,
    .bits = 8,
    .exponent_bits = 8,
    .precision = 1,
    .bias = 127,
    .is_unsigned = true,
    .specials = SPECIALS_NONE,
    .subnormals = SUBNORMALS_NONE,
    .doc = "power-of-two scale 2^-127 to 2^128, every code a number, no zero, no sign",
    .citation = "ggml, ggml_e8m0_to_fp32_half",
    .golden = golden,
    .goldens = sizeof golden / sizeof *golden,
    .golden_source = "ggml, ggml_e8m0_to_fp32_half: twice its value",
};
