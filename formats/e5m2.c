/* OCP OFP8 E5M2. */
#include "formats/format.h"

#include <math.h>

static const char *const aliases[] = {"float8_e5m2", "fp8_e5m2", "float8e5m2", "ocp_e5m2",
                                      "fp8-e5m2",    "q52",      NULL};

static const struct golden golden[] = {
    {0x00, 0.0},
    {0x80, -0.0},
    {0x01, 0x1p-16},
    {0x03, 0x1.8p-15},
    {0x04, 0x1p-14},
    {0x3c, 1.0},
    {0x7b, 57344.0},
    {0xfb, -57344.0},
    {0x7c, (double)INFINITY},
    {0xfc, -(double)INFINITY},
    {0x7d, (double)NAN},
    {0x7e, (double)NAN},
    {0xff, (double)NAN},
};

const struct format format_e5m2 = {
    .name = "e5m2",
    .family = &family_float,
    .bits = 8,
    .exponent_bits = 5,
    .precision = 3,
    .bias = 15,
    .specials = SPECIALS_IEEE,
    .doc = "OCP FP8 E5M2, IEEE-like, largest 57344",
    .citation = "OCP 8-bit Floating Point Specification (OFP8) v1.0, section 5",
    .aliases = aliases,
    .golden = golden,
    .goldens = sizeof golden / sizeof *golden,
    .golden_source = "OCP 8-bit Floating Point Specification (OFP8) v1.0, section 5",
};
