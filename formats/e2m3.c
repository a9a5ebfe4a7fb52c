/* OCP MX FP6 E2M3. */
#include "formats/format.h"

static const char *const aliases[] = {"float6_e2m3fn", "fp6_e2m3", "float6e2m3fn", "ocp_e2m3", NULL};

static const struct golden golden[] = {
    {0x00, 0.0}, {0x20, -0.0}, {0x01, 0.125}, {0x07, 0.875}, {0x08, 1.0}, {0x1f, 7.5}, {0x3f, -7.5},
};

const struct format format_e2m3 = {
    .name = "e2m3",
    .family = &family_float,
    .bits = 6,
    .exponent_bits = 2,
    .precision = 4,
    .bias = 1,
    .specials = SPECIALS_NONE,
    .doc = "MXFP6 element E2M3: every code a number, largest 7.5",
    .citation = "OCP Microscaling Formats (MX) v1.0, section 5.3.2",
    .aliases = aliases,
    .golden = golden,
    .goldens = sizeof golden / sizeof *golden,
    .golden_source = "OCP Microscaling Formats (MX) v1.0, section 5.3",
};
