/* E3M0. With no fraction bit the even code is decided by the exponent field. */
#include "formats/format.h"

static const char *const aliases[] = {"fp4_e3m0", NULL};

static const struct golden golden[] = {
    {0x00, 0.0}, {0x08, -0.0}, {0x01, 0.25}, {0x02, 0.5},  {0x03, 1.0},
    {0x04, 2.0}, {0x05, 4.0},  {0x06, 8.0},  {0x07, 16.0}, {0x0f, -16.0},
};

const struct format format_e3m0 = {
    .name = "e3m0",
    .family = &family_float,
    .bits = 4,
    .exponent_bits = 3,
    .precision = 1,
    .bias = 3,
    .specials = SPECIALS_NONE,
    .doc = "FP4 E3M0: powers of two, 0 .25 .5 1 2 4 8 16",
    .citation = "Liu et al., LLM-FP4, arXiv 2310.16836",
    .aliases = aliases,
    .golden = golden,
    .goldens = sizeof golden / sizeof *golden,
    .golden_source = "LLM-FP4, arXiv 2310.16836: 0 and 2^-2 to 2^4",
};
