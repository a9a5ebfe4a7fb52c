/* Flint of ANT, signed: with V = bits - 1, the exponent -e (e = 1..V-1) has V-1-e fraction bits, 0 has V-2, e
 * (e = 1..V-2) has V-2-e, and 2^(V-1) is the largest value. Codes are ranks; the last one is unused and, as
 * in ANT, a second zero. */
#include "formats/codebook.h"

static const char citation[] =
    "Guo et al., ANT, MICRO 2022, arXiv 2208.14286; clevercool/ANT-Quantization quant_modules.py";

static const float flint3_values[] = {-2.0f, -1.0f, -0.5f, 0.0f, 0.5f, 1.0f, 2.0f};
static const char *const flint3_aliases[] = {"ant_flint3", NULL};
static const struct golden flint3_golden[] = {{0x00, -2.0}, {0x01, -1.0}, {0x02, -0.5}, {0x03, 0.0},
                                              {0x04, 0.5},  {0x05, 1.0},  {0x06, 2.0}};
CODEBOOK_FORMAT(flint3, 3, BOUNDARY_MEAN, .doc = "flint of ANT, 3 bits", .citation = citation,
                .golden_source = "the rule of ANT quant_modules.py", .aliases = flint3_aliases);

static const float flint4_values[] = {-4.0f, -2.0f, -1.5f, -1.0f, -0.75f, -0.5f, -0.25f, 0.0f,
                                      0.25f, 0.5f,  0.75f, 1.0f,  1.5f,   2.0f,  4.0f};
static const char *const flint4_aliases[] = {"ant_flint4", NULL};
static const struct golden flint4_golden[] = {{0x00, -4.0}, {0x01, -2.0}, {0x06, -0.25}, {0x07, 0.0},
                                              {0x08, 0.25}, {0x0d, 2.0},  {0x0e, 4.0}};
CODEBOOK_FORMAT(flint4, 4, BOUNDARY_MEAN, .doc = "flint of ANT, 4 bits: 0 1 2 3 4 6 8 16, over 4",
                .citation = citation,
                .golden_source = "ANT quant_modules.py; FLINT4 of BitMoD quant_weight.py",
                .aliases = flint4_aliases);

static const float flint5_values[] = {-8.0f,   -4.0f,  -3.0f,   -2.0f, -1.75f,  -1.5f,  -1.25f,  -1.0f,
                                      -0.875f, -0.75f, -0.625f, -0.5f, -0.375f, -0.25f, -0.125f, 0.0f,
                                      0.125f,  0.25f,  0.375f,  0.5f,  0.625f,  0.75f,  0.875f,  1.0f,
                                      1.25f,   1.5f,   1.75f,   2.0f,  3.0f,    4.0f,   8.0f};
static const char *const flint5_aliases[] = {"ant_flint5", NULL};
static const struct golden flint5_golden[] = {{0x00, -8.0},  {0x01, -4.0}, {0x0e, -0.125}, {0x0f, 0.0},
                                              {0x10, 0.125}, {0x1d, 4.0},  {0x1e, 8.0}};
CODEBOOK_FORMAT(flint5, 5, BOUNDARY_MEAN, .doc = "flint of ANT, 5 bits: float near the ends, int near 1",
                .citation = citation, .golden_source = "the rule of ANT quant_modules.py",
                .aliases = flint5_aliases);

static const float flint6_values[] = {
    -16.0f,   -8.0f,   -6.0f,    -4.0f,   -3.5f,    -3.0f,    -2.5f,    -2.0f,    -1.875f,  -1.75f,   -1.625f,
    -1.5f,    -1.375f, -1.25f,   -1.125f, -1.0f,    -0.9375f, -0.875f,  -0.8125f, -0.75f,   -0.6875f, -0.625f,
    -0.5625f, -0.5f,   -0.4375f, -0.375f, -0.3125f, -0.25f,   -0.1875f, -0.125f,  -0.0625f, 0.0f,     0.0625f,
    0.125f,   0.1875f, 0.25f,    0.3125f, 0.375f,   0.4375f,  0.5f,     0.5625f,  0.625f,   0.6875f,  0.75f,
    0.8125f,  0.875f,  0.9375f,  1.0f,    1.125f,   1.25f,    1.375f,   1.5f,     1.625f,   1.75f,    1.875f,
    2.0f,     2.5f,    3.0f,     3.5f,    4.0f,     6.0f,     8.0f,     16.0f};
static const char *const flint6_aliases[] = {"ant_flint6", NULL};
static const struct golden flint6_golden[] = {{0x00, -16.0},  {0x01, -8.0}, {0x1e, -0.0625}, {0x1f, 0.0},
                                              {0x20, 0.0625}, {0x3d, 8.0},  {0x3e, 16.0}};
CODEBOOK_FORMAT(flint6, 6, BOUNDARY_MEAN, .doc = "flint of ANT, 6 bits: float near the ends, int near 1",
                .citation = citation, .golden_source = "the rule of ANT quant_modules.py",
                .aliases = flint6_aliases);

static const float flint7_values[] = {
    -32.0f,    -16.0f,   -12.0f,    -8.0f,    -7.0f,     -6.0f,    -5.0f,     -4.0f,    -3.75f,    -3.5f,
    -3.25f,    -3.0f,    -2.75f,    -2.5f,    -2.25f,    -2.0f,    -1.9375f,  -1.875f,  -1.8125f,  -1.75f,
    -1.6875f,  -1.625f,  -1.5625f,  -1.5f,    -1.4375f,  -1.375f,  -1.3125f,  -1.25f,   -1.1875f,  -1.125f,
    -1.0625f,  -1.0f,    -0.96875f, -0.9375f, -0.90625f, -0.875f,  -0.84375f, -0.8125f, -0.78125f, -0.75f,
    -0.71875f, -0.6875f, -0.65625f, -0.625f,  -0.59375f, -0.5625f, -0.53125f, -0.5f,    -0.46875f, -0.4375f,
    -0.40625f, -0.375f,  -0.34375f, -0.3125f, -0.28125f, -0.25f,   -0.21875f, -0.1875f, -0.15625f, -0.125f,
    -0.09375f, -0.0625f, -0.03125f, 0.0f,     0.03125f,  0.0625f,  0.09375f,  0.125f,   0.15625f,  0.1875f,
    0.21875f,  0.25f,    0.28125f,  0.3125f,  0.34375f,  0.375f,   0.40625f,  0.4375f,  0.46875f,  0.5f,
    0.53125f,  0.5625f,  0.59375f,  0.625f,   0.65625f,  0.6875f,  0.71875f,  0.75f,    0.78125f,  0.8125f,
    0.84375f,  0.875f,   0.90625f,  0.9375f,  0.96875f,  1.0f,     1.0625f,   1.125f,   1.1875f,   1.25f,
    1.3125f,   1.375f,   1.4375f,   1.5f,     1.5625f,   1.625f,   1.6875f,   1.75f,    1.8125f,   1.875f,
    1.9375f,   2.0f,     2.25f,     2.5f,     2.75f,     3.0f,     3.25f,     3.5f,     3.75f,     4.0f,
    5.0f,      6.0f,     7.0f,      8.0f,     12.0f,     16.0f,    32.0f};
static const char *const flint7_aliases[] = {"ant_flint7", NULL};
static const struct golden flint7_golden[] = {{0x00, -32.0},   {0x01, -16.0}, {0x3e, -0.03125}, {0x3f, 0.0},
                                              {0x40, 0.03125}, {0x7d, 16.0},  {0x7e, 32.0}};
CODEBOOK_FORMAT(flint7, 7, BOUNDARY_MEAN, .doc = "flint of ANT, 7 bits: float near the ends, int near 1",
                .citation = citation, .golden_source = "the rule of ANT quant_modules.py",
                .aliases = flint7_aliases);

static const float flint8_values[] = {
    -64.0f,     -32.0f,    -24.0f,     -16.0f,   -14.0f,     -12.0f,    -1e+01f,    -8.0f,
    -7.5f,      -7.0f,     -6.5f,      -6.0f,    -5.5f,      -5.0f,     -4.5f,      -4.0f,
    -3.875f,    -3.75f,    -3.625f,    -3.5f,    -3.375f,    -3.25f,    -3.125f,    -3.0f,
    -2.875f,    -2.75f,    -2.625f,    -2.5f,    -2.375f,    -2.25f,    -2.125f,    -2.0f,
    -1.96875f,  -1.9375f,  -1.90625f,  -1.875f,  -1.84375f,  -1.8125f,  -1.78125f,  -1.75f,
    -1.71875f,  -1.6875f,  -1.65625f,  -1.625f,  -1.59375f,  -1.5625f,  -1.53125f,  -1.5f,
    -1.46875f,  -1.4375f,  -1.40625f,  -1.375f,  -1.34375f,  -1.3125f,  -1.28125f,  -1.25f,
    -1.21875f,  -1.1875f,  -1.15625f,  -1.125f,  -1.09375f,  -1.0625f,  -1.03125f,  -1.0f,
    -0.984375f, -0.96875f, -0.953125f, -0.9375f, -0.921875f, -0.90625f, -0.890625f, -0.875f,
    -0.859375f, -0.84375f, -0.828125f, -0.8125f, -0.796875f, -0.78125f, -0.765625f, -0.75f,
    -0.734375f, -0.71875f, -0.703125f, -0.6875f, -0.671875f, -0.65625f, -0.640625f, -0.625f,
    -0.609375f, -0.59375f, -0.578125f, -0.5625f, -0.546875f, -0.53125f, -0.515625f, -0.5f,
    -0.484375f, -0.46875f, -0.453125f, -0.4375f, -0.421875f, -0.40625f, -0.390625f, -0.375f,
    -0.359375f, -0.34375f, -0.328125f, -0.3125f, -0.296875f, -0.28125f, -0.265625f, -0.25f,
    -0.234375f, -0.21875f, -0.203125f, -0.1875f, -0.171875f, -0.15625f, -0.140625f, -0.125f,
    -0.109375f, -0.09375f, -0.078125f, -0.0625f, -0.046875f, -0.03125f, -0.015625f, 0.0f,
    0.015625f,  0.03125f,  0.046875f,  0.0625f,  0.078125f,  0.09375f,  0.109375f,  0.125f,
    0.140625f,  0.15625f,  0.171875f,  0.1875f,  0.203125f,  0.21875f,  0.234375f,  0.25f,
    0.265625f,  0.28125f,  0.296875f,  0.3125f,  0.328125f,  0.34375f,  0.359375f,  0.375f,
    0.390625f,  0.40625f,  0.421875f,  0.4375f,  0.453125f,  0.46875f,  0.484375f,  0.5f,
    0.515625f,  0.53125f,  0.546875f,  0.5625f,  0.578125f,  0.59375f,  0.609375f,  0.625f,
    0.640625f,  0.65625f,  0.671875f,  0.6875f,  0.703125f,  0.71875f,  0.734375f,  0.75f,
    0.765625f,  0.78125f,  0.796875f,  0.8125f,  0.828125f,  0.84375f,  0.859375f,  0.875f,
    0.890625f,  0.90625f,  0.921875f,  0.9375f,  0.953125f,  0.96875f,  0.984375f,  1.0f,
    1.03125f,   1.0625f,   1.09375f,   1.125f,   1.15625f,   1.1875f,   1.21875f,   1.25f,
    1.28125f,   1.3125f,   1.34375f,   1.375f,   1.40625f,   1.4375f,   1.46875f,   1.5f,
    1.53125f,   1.5625f,   1.59375f,   1.625f,   1.65625f,   1.6875f,   1.71875f,   1.75f,
    1.78125f,   1.8125f,   1.84375f,   1.875f,   1.90625f,   1.9375f,   1.96875f,   2.0f,
    2.125f,     2.25f,     2.375f,     2.5f,     2.625f,     2.75f,     2.875f,     3.0f,
    3.125f,     3.25f,     3.375f,     3.5f,     3.625f,     3.75f,     3.875f,     4.0f,
    4.5f,       5.0f,      5.5f,       6.0f,     6.5f,       7.0f,      7.5f,       8.0f,
    1e+01f,     12.0f,     14.0f,      16.0f,    24.0f,      32.0f,     64.0f};
static const char *const flint8_aliases[] = {"ant_flint8", NULL};
static const struct golden flint8_golden[] = {{0x00, -64.0},    {0x01, -32.0}, {0x7e, -0.015625}, {0x7f, 0.0},
                                              {0x80, 0.015625}, {0xfd, 32.0},  {0xfe, 64.0}};
CODEBOOK_FORMAT(flint8, 8, BOUNDARY_MEAN, .doc = "flint of ANT, 8 bits: float near the ends, int near 1",
                .citation = citation, .golden_source = "the rule of ANT quant_modules.py",
                .aliases = flint8_aliases);
