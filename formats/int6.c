/* Symmetric two's complement integer of 6 bits: the encoder leaves the most negative code unused. */
#include "formats/format.h"

static const struct golden golden[] = {
    {0x00, 0.0}, {0x01, 1.0}, {0x1f, 31.0}, {0x21, -31.0}, {0x20, -32.0}, {0x3f, -1.0},
};

const struct format format_int6 = {
    .name = "int6",
    .family = &family_int,
    .bits = 6,
    .codes = CODES_SYM,
    .doc = "6-bit integer, codes -31 to 31",
    .citation = "Wu et al., arXiv 2004.09602, section 3.1.2",
    .golden = golden,
    .goldens = sizeof golden / sizeof *golden,
    .golden_source = "two's complement",
};
