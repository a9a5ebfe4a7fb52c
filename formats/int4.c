/* Symmetric two's complement integer of 4 bits: the encoder leaves the most negative code unused. */
#include "formats/format.h"

static const struct golden golden[] = {
    {0x00, 0.0}, {0x01, 1.0}, {0x07, 7.0}, {0x09, -7.0}, {0x08, -8.0}, {0x0f, -1.0},
};

const struct format format_int4 = {
    .name = "int4",
    .family = &family_int,
    .bits = 4,
    .codes = CODES_SYM,
    .doc = "4-bit integer, codes -7 to 7",
    .citation = "Wu et al., arXiv 2004.09602, section 3.1.2",
    .golden = golden,
    .goldens = sizeof golden / sizeof *golden,
    .golden_source = "two's complement",
};
