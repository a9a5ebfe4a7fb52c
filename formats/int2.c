/* Symmetric two's complement integer of 2 bits: the encoder leaves the most negative code unused. */
#include "formats/format.h"

static const struct golden golden[] = {
    {0x00, 0.0},
    {0x01, 1.0},
    {0x03, -1.0},
    {0x02, -2.0},
};

const struct format format_int2 = {
    .name = "int2",
    .family = &family_int,
    .bits = 2,
    .codes = CODES_SYM,
    .doc = "2-bit integer, codes -1 to 1",
    .citation = "Wu et al., arXiv 2004.09602, section 3.1.2",
    .golden = golden,
    .goldens = sizeof golden / sizeof *golden,
    .golden_source = "two's complement",
};
