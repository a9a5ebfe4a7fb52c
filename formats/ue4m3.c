/* E4M3 without its sign: the block scale of NVFP4. */
#include "formats/format.h"

#include <math.h>

static const char *const aliases[] = {"float_ue4m3_t", NULL};

static const struct golden golden[] = {{0x00, 0.0}, {0x01, 0x1p-9}, {0x08, 0x1p-6},
                                       {0x38, 1.0}, {0x7e, 448.0},  {0x7f, (double)NAN}};

const struct format format_ue4m3 = {
    .name = "ue4m3",
    .family = &family_float,
    .bits = 7,
    .exponent_bits = 4,
    .precision = 4,
    .bias = 7,
    .is_unsigned = true,
    .specials = SPECIALS_NAN,
    .doc = "unsigned E4M3 scale: no Inf, NaN 0x7F, largest 448",
    .citation = "NVIDIA PTX ISA, scale type ue4m3; CUTLASS float_ue4m3_t",
    .aliases = aliases,
    .golden = golden,
    .goldens = sizeof golden / sizeof *golden,
    .golden_source = "OCP OFP8 v1.0, section 5: the non-negative codes of E4M3",
};
