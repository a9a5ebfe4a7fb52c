/* OCP MX FP4 E2M1. */
#include "formats/format.h"

static const char *const aliases[] = {"float4_e2m1fn", "fp4",      "fp4_e2m1", "float4e2m1",
                                      "float4e2m1fn",  "ocp_e2m1", NULL};

static const struct golden golden[] = {
    {0x00, 0.0}, {0x08, -0.0}, {0x01, 0.5}, {0x02, 1.0}, {0x03, 1.5},
    {0x04, 2.0}, {0x05, 3.0},  {0x06, 4.0}, {0x07, 6.0}, {0x0f, -6.0},
};

const struct format format_e2m1 = {
    .name = "e2m1",
    .family = &family_float,
    .bits = 4,
    .exponent_bits = 2,
    .precision = 2,
    .bias = 1,
    .specials = SPECIALS_NONE,
    .doc = "MXFP4 and NVFP4 element E2M1: 0 .5 1 1.5 2 3 4 6",
    .citation = "OCP Microscaling Formats (MX) v1.0, section 5.3.3",
    .aliases = aliases,
    .golden = golden,
    .goldens = sizeof golden / sizeof *golden,
    .golden_source = "OCP Microscaling Formats (MX) v1.0, section 5.3",
};
