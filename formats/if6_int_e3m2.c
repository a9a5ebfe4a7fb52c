/* The integers of IF6 (E3M2): -31 to 31 times 28/31, beside E3M2. */
#include "formats/format.h"

static const struct golden golden[] = {{0x00, 0.0},           {0x01, 0x1.ce739cp-1},  {0x02, 0x1.ce739cp0},
                                       {0x1f, 0x1.bfffff2p4}, {0x21, -0x1.ce739cp-1}, {0x3f, -0x1.bfffff2p4}};

const struct format format_if6_int_e3m2 = {
    .name = "if6_int_e3m2",
    .family = &family_int,
    .bits = 6,
    .codes = CODES_SIGNMAG,
    .stretch = 0.9032258065F,
    .doc = "the integers of IF6 (E3M2): -31 to 31 times 28/31, beside E3M2",
    .citation = "fouroversix, src/fouroversix/quantize/pytorch/reference.py, IF6 (E3M2)",
    .golden = golden,
    .goldens = sizeof golden / sizeof *golden,
    .golden_source = "fouroversix: integers up to 31 times float32(0.9032258065), sign-magnitude codes",
};
