/* OCP MX FP6 E3M2. */
#include "formats/format.h"

static const char *const aliases[] = {"float6_e3m2fn", "fp6_e3m2", "float6e3m2fn", "ocp_e3m2", NULL};

static const struct golden golden[] = {
    {0x00, 0.0},  {0x20, -0.0}, {0x01, 0.0625}, {0x03, 0.1875},
    {0x04, 0.25}, {0x0c, 1.0},  {0x1f, 28.0},   {0x3f, -28.0},
};

const struct format format_e3m2 = {
    .name = "e3m2",
    .family = &family_float,
    .bits = 6,
    .exponent_bits = 3,
    .precision = 3,
    .bias = 3,
    .specials = SPECIALS_NONE,
    .doc = "MXFP6 element E3M2: every code a number, largest 28",
    .citation = "OCP Microscaling Formats (MX) v1.0, section 5.3.2",
    .aliases = aliases,
    .golden = golden,
    .goldens = sizeof golden / sizeof *golden,
    .golden_source = "OCP Microscaling Formats (MX) v1.0, section 5.3",
};
