/* The integers of IF6 (E2M3): -31 to 31 times 7.5/31, beside E2M3. */
#include "formats/format.h"

static const struct golden golden[] = {{0x00, 0.0},           {0x01, 0x1.ef7be2p-3},  {0x02, 0x1.ef7be2p-2},
                                       {0x1f, 0x1.e00002fp2}, {0x21, -0x1.ef7be2p-3}, {0x3f, -0x1.e00002fp2}};

const struct format format_if6_int_e2m3 = {
    .name = "if6_int_e2m3",
    .family = &family_int,
    .bits = 6,
    .codes = CODES_SIGNMAG,
    .stretch = 0.2419355F,
    .doc = "the integers of IF6 (E2M3): -31 to 31 times 7.5/31, beside E2M3",
    .citation = "fouroversix, src/fouroversix/quantize/pytorch/reference.py, IF6 (E2M3)",
    .golden = golden,
    .goldens = sizeof golden / sizeof *golden,
    .golden_source = "fouroversix: integers up to 31 times float32(0.2419355), sign-magnitude codes",
};
