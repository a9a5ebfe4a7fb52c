/* The codebooks of BitMoD: FP3 is 0 1 2 4, FP4 is E2M1 times 2, both signs, and the code of -0 holds a
 * special value: +-3 or +-6, +-10 or +-16, chosen for each group of weights. Codes are ranks. */
#include "formats/codebook.h"

static const char citation[] =
    "Chen et al., BitMoD, HPCA 2025, arXiv 2411.11745; abdelfattah-lab/BitMoD-HPCA-25 quant_weight.py";

static const float bitmod3_p3_values[] = {-4.0f, -2.0f, -1.0f, 0.0f, 1.0f, 2.0f, 3.0f, 4.0f};
static const struct golden bitmod3_p3_golden[] = {{0x00, -4.0}, {0x01, -2.0}, {0x02, -1.0}, {0x03, 0.0},
                                                  {0x04, 1.0},  {0x05, 2.0},  {0x06, 3.0},  {0x07, 4.0}};
CODEBOOK_FORMAT(bitmod3_p3, 3, BOUNDARY_MEAN, .doc = "BitMoD FP3 with the special value 3",
                .citation = citation, .golden_source = "BitMoD quant_weight.py, FP3_ER_POS");

static const float bitmod3_m3_values[] = {-4.0f, -3.0f, -2.0f, -1.0f, 0.0f, 1.0f, 2.0f, 4.0f};
static const struct golden bitmod3_m3_golden[] = {{0x00, -4.0}, {0x01, -3.0}, {0x02, -2.0}, {0x03, -1.0},
                                                  {0x04, 0.0},  {0x05, 1.0},  {0x06, 2.0},  {0x07, 4.0}};
CODEBOOK_FORMAT(bitmod3_m3, 3, BOUNDARY_MEAN, .doc = "BitMoD FP3 with the special value -3",
                .citation = citation, .golden_source = "BitMoD quant_weight.py, FP3_ER_NEG");

static const float bitmod3_p6_values[] = {-4.0f, -2.0f, -1.0f, 0.0f, 1.0f, 2.0f, 4.0f, 6.0f};
static const struct golden bitmod3_p6_golden[] = {{0x00, -4.0}, {0x01, -2.0}, {0x02, -1.0}, {0x03, 0.0},
                                                  {0x04, 1.0},  {0x05, 2.0},  {0x06, 4.0},  {0x07, 6.0}};
CODEBOOK_FORMAT(bitmod3_p6, 3, BOUNDARY_MEAN, .doc = "BitMoD FP3 with the special value 6",
                .citation = citation, .golden_source = "BitMoD quant_weight.py, FP3_EA_POS");

static const float bitmod3_m6_values[] = {-6.0f, -4.0f, -2.0f, -1.0f, 0.0f, 1.0f, 2.0f, 4.0f};
static const struct golden bitmod3_m6_golden[] = {{0x00, -6.0}, {0x01, -4.0}, {0x02, -2.0}, {0x03, -1.0},
                                                  {0x04, 0.0},  {0x05, 1.0},  {0x06, 2.0},  {0x07, 4.0}};
CODEBOOK_FORMAT(bitmod3_m6, 3, BOUNDARY_MEAN, .doc = "BitMoD FP3 with the special value -6",
                .citation = citation, .golden_source = "BitMoD quant_weight.py, FP3_EA_NEG");

static const float bitmod4_p10_values[] = {-12.0f, -8.0f, -6.0f, -4.0f, -3.0f, -2.0f, -1.0f,  0.0f,
                                           1.0f,   2.0f,  3.0f,  4.0f,  6.0f,  8.0f,  1e+01f, 12.0f};
static const struct golden bitmod4_p10_golden[] = {{0x00, -12.0}, {0x01, -8.0}, {0x02, -6.0}, {0x03, -4.0},
                                                   {0x04, -3.0},  {0x05, -2.0}, {0x06, -1.0}, {0x07, 0.0},
                                                   {0x08, 1.0},   {0x09, 2.0},  {0x0a, 3.0},  {0x0b, 4.0},
                                                   {0x0c, 6.0},   {0x0d, 8.0},  {0x0e, 10.0}, {0x0f, 12.0}};
CODEBOOK_FORMAT(bitmod4_p10, 4, BOUNDARY_MEAN, .doc = "BitMoD FP4 with the special value 10",
                .citation = citation, .golden_source = "BitMoD quant_weight.py, FP4_ER_POS");

static const float bitmod4_m10_values[] = {-12.0f, -1e+01f, -8.0f, -6.0f, -4.0f, -3.0f, -2.0f, -1.0f,
                                           0.0f,   1.0f,    2.0f,  3.0f,  4.0f,  6.0f,  8.0f,  12.0f};
static const struct golden bitmod4_m10_golden[] = {{0x00, -12.0}, {0x01, -10.0}, {0x02, -8.0}, {0x03, -6.0},
                                                   {0x04, -4.0},  {0x05, -3.0},  {0x06, -2.0}, {0x07, -1.0},
                                                   {0x08, 0.0},   {0x09, 1.0},   {0x0a, 2.0},  {0x0b, 3.0},
                                                   {0x0c, 4.0},   {0x0d, 6.0},   {0x0e, 8.0},  {0x0f, 12.0}};
CODEBOOK_FORMAT(bitmod4_m10, 4, BOUNDARY_MEAN, .doc = "BitMoD FP4 with the special value -10",
                .citation = citation, .golden_source = "BitMoD quant_weight.py, FP4_ER_NEG");

static const float bitmod4_p16_values[] = {-12.0f, -8.0f, -6.0f, -4.0f, -3.0f, -2.0f, -1.0f, 0.0f,
                                           1.0f,   2.0f,  3.0f,  4.0f,  6.0f,  8.0f,  12.0f, 16.0f};
static const struct golden bitmod4_p16_golden[] = {{0x00, -12.0}, {0x01, -8.0}, {0x02, -6.0}, {0x03, -4.0},
                                                   {0x04, -3.0},  {0x05, -2.0}, {0x06, -1.0}, {0x07, 0.0},
                                                   {0x08, 1.0},   {0x09, 2.0},  {0x0a, 3.0},  {0x0b, 4.0},
                                                   {0x0c, 6.0},   {0x0d, 8.0},  {0x0e, 12.0}, {0x0f, 16.0}};
CODEBOOK_FORMAT(bitmod4_p16, 4, BOUNDARY_MEAN, .doc = "BitMoD FP4 with the special value 16",
                .citation = citation, .golden_source = "BitMoD quant_weight.py, FP4_EA_POS");

static const float bitmod4_m16_values[] = {-16.0f, -12.0f, -8.0f, -6.0f, -4.0f, -3.0f, -2.0f, -1.0f,
                                           0.0f,   1.0f,   2.0f,  3.0f,  4.0f,  6.0f,  8.0f,  12.0f};
static const struct golden bitmod4_m16_golden[] = {{0x00, -16.0}, {0x01, -12.0}, {0x02, -8.0}, {0x03, -6.0},
                                                   {0x04, -4.0},  {0x05, -3.0},  {0x06, -2.0}, {0x07, -1.0},
                                                   {0x08, 0.0},   {0x09, 1.0},   {0x0a, 2.0},  {0x0b, 3.0},
                                                   {0x0c, 4.0},   {0x0d, 6.0},   {0x0e, 8.0},  {0x0f, 12.0}};
CODEBOOK_FORMAT(bitmod4_m16, 4, BOUNDARY_MEAN, .doc = "BitMoD FP4 with the special value -16",
                .citation = citation, .golden_source = "BitMoD quant_weight.py, FP4_EA_NEG");
