/* DenseShift: sign * 2^S without zero, S = 0 .. 2^(bits-1) - 1. Three bits are those of the authors' code;
 * the other widths follow the rule of the paper. Codes are ranks. */
#include "formats/codebook.h"

static const char citation[] = "Li et al., DenseShift, ICCV 2023, arXiv 2208.09708";

static const float denseshift2_values[] = {-2.0f, -1.0f, 1.0f, 2.0f};
static const struct golden denseshift2_golden[] = {{0x00, -2.0}, {0x01, -1.0}, {0x02, 1.0}, {0x03, 2.0}};
CODEBOOK_FORMAT(denseshift2, 2, BOUNDARY_MEAN, .doc = "zero-free signed powers of two, 2^0 to 2^1",
                .citation = citation,
                .golden_source = "the rule of DenseShift: 2^bits values, S = 0 .. 2^(bits-1) - 1");

static const float denseshift3_values[] = {-8.0f, -4.0f, -2.0f, -1.0f, 1.0f, 2.0f, 4.0f, 8.0f};
static const struct golden denseshift3_golden[] = {{0x00, -8.0}, {0x01, -4.0}, {0x03, -1.0}, {0x04, 1.0},
                                                   {0x05, 2.0},  {0x06, 4.0},  {0x07, 8.0}};
CODEBOOK_FORMAT(denseshift3, 3, BOUNDARY_MEAN, .doc = "zero-free signed powers of two, 2^0 to 2^3",
                .citation = citation,
                .golden_source = "DenseShift code of Huawei: S1 = b1, S2 = (S1 + 1) b2, S3 = (S2 + 1) b3");

static const float denseshift4_values[] = {-128.0f, -64.0f, -32.0f, -16.0f, -8.0f, -4.0f, -2.0f, -1.0f,
                                           1.0f,    2.0f,   4.0f,   8.0f,   16.0f, 32.0f, 64.0f, 128.0f};
static const struct golden denseshift4_golden[] = {{0x00, -128.0}, {0x01, -64.0}, {0x07, -1.0}, {0x08, 1.0},
                                                   {0x09, 2.0},    {0x0e, 64.0},  {0x0f, 128.0}};
CODEBOOK_FORMAT(denseshift4, 4, BOUNDARY_MEAN, .doc = "zero-free signed powers of two, 2^0 to 2^7",
                .citation = citation,
                .golden_source = "the rule of DenseShift: 2^bits values, S = 0 .. 2^(bits-1) - 1");

static const float denseshift5_values[] = {
    -32768.0f, -16384.0f, -8192.0f, -4096.0f, -2048.0f, -1024.0f, -512.0f, -256.0f, -128.0f,  -64.0f,  -32.0f,
    -16.0f,    -8.0f,     -4.0f,    -2.0f,    -1.0f,    1.0f,     2.0f,    4.0f,    8.0f,     16.0f,   32.0f,
    64.0f,     128.0f,    256.0f,   512.0f,   1024.0f,  2048.0f,  4096.0f, 8192.0f, 16384.0f, 32768.0f};
static const struct golden denseshift5_golden[] = {{0x00, -32768.0}, {0x01, -16384.0}, {0x0f, -1.0},
                                                   {0x10, 1.0},      {0x11, 2.0},      {0x1e, 16384.0},
                                                   {0x1f, 32768.0}};
CODEBOOK_FORMAT(denseshift5, 5, BOUNDARY_MEAN, .doc = "zero-free signed powers of two, 2^0 to 2^15",
                .citation = citation,
                .golden_source = "the rule of DenseShift: 2^bits values, S = 0 .. 2^(bits-1) - 1");
