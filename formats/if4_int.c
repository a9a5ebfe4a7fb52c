/* The integers of IF4: -7 to 7 times 6/7, beside E2M1. */
#include "formats/format.h"

static const struct golden golden[] = {{0x00, 0.0},           {0x01, 0x1.b6db6ep-1},  {0x02, 0x1.b6db6ep0},
                                       {0x07, 0x1.8000004p2}, {0x0f, -0x1.b6db6ep-1}, {0x09, -0x1.8000004p2}};

const struct format format_if4_int = {
    .name = "if4_int",
    .family = &family_int,
    .bits = 4,
    .codes = CODES_SYM,
    .stretch = 0.8571428571F,
    .doc = "the integers of IF4: -7 to 7 times 6/7, beside E2M1",
    .citation = "fouroversix, src/fouroversix/quantize/pytorch/reference.py, IF4",
    .golden = golden,
    .goldens = sizeof golden / sizeof *golden,
    .golden_source = "fouroversix: integers up to 7 times float32(0.8571428571), two's complement codes",
};
