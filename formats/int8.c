/* Symmetric two's complement integer of 8 bits: the encoder leaves the most negative code unused. */
#include "formats/format.h"

static const struct golden golden[] = {
    {0x00, 0.0}, {0x01, 1.0}, {0x7f, 127.0}, {0x81, -127.0}, {0x80, -128.0}, {0xff, -1.0},
};

const struct format format_int8 = {
    .name = "int8",
    .family = &family_int,
    .bits = 8,
    .codes = CODES_SYM,
    .doc = "8-bit integer, codes -127 to 127",
    .citation = "Wu et al., arXiv 2004.09602, section 3.1.2",
    .golden = golden,
    .goldens = sizeof golden / sizeof *golden,
    .golden_source = "two's complement",
};
