/* The base-2 logarithmic quantizer of softmax outputs in Agile-Quant and FQ-ViT: q = round(-log2 p) of 0..15,
 * and 0 where it would be 16 or more: the 4-bit quantizer has 17 outputs, so a code takes 5 bits here. Code q
 * is 2^-q, code 16 is 0. */
#include "formats/codebook.h"

static const float log2_softmax4_values[] = {0.0f,
                                             3.0517578e-05f,
                                             6.1035156e-05f,
                                             0.00012207031f,
                                             0.00024414062f,
                                             0.00048828125f,
                                             0.0009765625f,
                                             0.001953125f,
                                             0.00390625f,
                                             0.0078125f,
                                             0.015625f,
                                             0.03125f,
                                             0.0625f,
                                             0.125f,
                                             0.25f,
                                             0.5f,
                                             1.0f};
static const uint8_t log2_softmax4_codes[] = {16, 15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0};
static const struct golden log2_softmax4_golden[] = {{0x10, 0.0},         {0x0f, 3.0517578125e-05},
                                                     {0x09, 0.001953125}, {0x08, 0.00390625},
                                                     {0x07, 0.0078125},   {0x01, 0.5},
                                                     {0x00, 1.0}};

static const struct codebook log2_softmax4_book = {.n = sizeof log2_softmax4_values /
                                                        sizeof *log2_softmax4_values,
                                                   .values = log2_softmax4_values,
                                                   .codes = log2_softmax4_codes,
                                                   .boundary = BOUNDARY_LOG};

const struct format format_log2_softmax4 = {
    .name = "log2_softmax4",
    .family = &family_codebook,
    .bits = 5,
    .is_unsigned = true,
    .book = &log2_softmax4_book,
    .doc = "logarithmic quantizer of probabilities: 0 and 2^-15 to 1, nearest exponent",
    .citation = "Shen et al., Agile-Quant, AAAI 2024, arXiv 2312.05693; Lin et al., FQ-ViT, arXiv 2111.13824",
    .golden = log2_softmax4_golden,
    .goldens = sizeof log2_softmax4_golden / sizeof *log2_softmax4_golden,
    .golden_source = "Agile-Quant code: the nearest exponent, 0 to 15, and zero beyond",
};
