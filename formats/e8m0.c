/* OCP MX E8M0. Code 0 is 2^-127, not zero; there is no infinity. Zero and values below the range become code
 * 0. */
#include "formats/format.h"

#include <math.h>

static const char *const aliases[] = {"float8_e8m0fnu", "ue8m0",    "float8e8m0",
                                      "float8e8m0fnu",  "ocp_e8m0", NULL};

static const struct golden golden[] = {
    {0x00, 0x1p-127}, {0x01, 0x1p-126}, {0x7e, 0.5},         {0x7f, 1.0},
    {0x80, 2.0},      {0xfe, 0x1p+127}, {0xff, (double)NAN},
};

const struct format format_e8m0 = {
    .name = "e8m0",
    .family = &family_float,
    .bits = 8,
    .exponent_bits = 8,
    .precision = 1,
    .bias = 127,
    .is_unsigned = true,
    .specials = SPECIALS_NAN,
    .subnormals = SUBNORMALS_NONE,
    .doc = "power-of-two scale 2^-127 to 2^127, NaN 0xFF, no zero, no sign",
    .citation = "OCP Microscaling Formats (MX) v1.0, section 5.4.1",
    .aliases = aliases,
    .golden = golden,
    .goldens = sizeof golden / sizeof *golden,
    .golden_source = "OCP Microscaling Formats (MX) v1.0, section 5.4.1",
};
