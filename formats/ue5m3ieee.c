/* UE5M3 whose top exponent is reserved as IEEE 754 does. */
#include "formats/format.h"

#include <math.h>

static const char *const aliases[] = {"uf8e5m3", NULL};

static const struct golden golden[] = {{0x00, 0.0},         {0x01, 0x1p-17},    {0x08, 0x1p-14},
                                       {0x78, 1.0},         {0xf7, 61440.0},    {0xf8, (double)INFINITY},
                                       {0xf9, (double)NAN}, {0xff, (double)NAN}};

const struct format format_ue5m3ieee = {
    .name = "ue5m3ieee",
    .family = &family_float,
    .bits = 8,
    .exponent_bits = 5,
    .precision = 4,
    .bias = 15,
    .is_unsigned = true,
    .specials = SPECIALS_IEEE,
    .doc = "unsigned E5M3 with IEEE specials, largest 61440",
    .citation = "unsigned-float (Rust crate), Uf8E5M3; IEEE 754-2019 3.4 without a sign",
    .aliases = aliases,
    .golden = golden,
    .goldens = sizeof golden / sizeof *golden,
    .golden_source = "unsigned-float Uf8E5M3: all-ones exponent for Inf and NaN, so 1.875 * 2^15 = 61440",
};
