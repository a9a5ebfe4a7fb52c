/* Powers of two and zero: 0 and +-2^i, i = 0 .. 2^(bits-1) - 2. ANT's "pot", and up to the scale APoT's PoT.
 * Nearest in value, as both do. Codes are ranks; the last one is unused. */
#include "formats/codebook.h"

static const char citation[] = "Guo et al., ANT, arXiv 2208.14286; Li et al., APoT, arXiv 1909.13144";

static const float pot3_values[] = {-4.0f, -2.0f, -1.0f, 0.0f, 1.0f, 2.0f, 4.0f};
static const struct golden pot3_golden[] = {{0x00, -4.0}, {0x01, -2.0}, {0x02, -1.0}, {0x03, 0.0},
                                            {0x04, 1.0},  {0x05, 2.0},  {0x06, 4.0}};
CODEBOOK_FORMAT(pot3, 3, BOUNDARY_MEAN, .doc = "zero and signed powers of two, 2^0 to 2^2",
                .citation = citation, .golden_source = "ANT quant_modules.py, pot_value");

static const float pot4_values[] = {-64.0f, -32.0f, -16.0f, -8.0f, -4.0f, -2.0f, -1.0f, 0.0f,
                                    1.0f,   2.0f,   4.0f,   8.0f,  16.0f, 32.0f, 64.0f};
static const struct golden pot4_golden[] = {{0x00, -64.0}, {0x01, -32.0}, {0x06, -1.0}, {0x07, 0.0},
                                            {0x08, 1.0},   {0x0d, 32.0},  {0x0e, 64.0}};
CODEBOOK_FORMAT(pot4, 4, BOUNDARY_MEAN, .doc = "zero and signed powers of two, 2^0 to 2^6",
                .citation = citation, .golden_source = "ANT quant_modules.py, pot_value");

static const float pot5_values[] = {
    -16384.0f, -8192.0f, -4096.0f, -2048.0f, -1024.0f, -512.0f, -256.0f, -128.0f, -64.0f,  -32.0f, -16.0f,
    -8.0f,     -4.0f,    -2.0f,    -1.0f,    0.0f,     1.0f,    2.0f,    4.0f,    8.0f,    16.0f,  32.0f,
    64.0f,     128.0f,   256.0f,   512.0f,   1024.0f,  2048.0f, 4096.0f, 8192.0f, 16384.0f};
static const struct golden pot5_golden[] = {{0x00, -16384.0}, {0x01, -8192.0}, {0x0e, -1.0},   {0x0f, 0.0},
                                            {0x10, 1.0},      {0x1d, 8192.0},  {0x1e, 16384.0}};
CODEBOOK_FORMAT(pot5, 5, BOUNDARY_MEAN, .doc = "zero and signed powers of two, 2^0 to 2^14",
                .citation = citation, .golden_source = "ANT quant_modules.py, pot_value");

static const float pot6_values[] = {-1.0737418e+09f,
                                    -5.368709e+08f,
                                    -2.6843546e+08f,
                                    -1.3421773e+08f,
                                    -67108864.0f,
                                    -33554432.0f,
                                    -16777216.0f,
                                    -8388608.0f,
                                    -4194304.0f,
                                    -2097152.0f,
                                    -1048576.0f,
                                    -524288.0f,
                                    -262144.0f,
                                    -131072.0f,
                                    -65536.0f,
                                    -32768.0f,
                                    -16384.0f,
                                    -8192.0f,
                                    -4096.0f,
                                    -2048.0f,
                                    -1024.0f,
                                    -512.0f,
                                    -256.0f,
                                    -128.0f,
                                    -64.0f,
                                    -32.0f,
                                    -16.0f,
                                    -8.0f,
                                    -4.0f,
                                    -2.0f,
                                    -1.0f,
                                    0.0f,
                                    1.0f,
                                    2.0f,
                                    4.0f,
                                    8.0f,
                                    16.0f,
                                    32.0f,
                                    64.0f,
                                    128.0f,
                                    256.0f,
                                    512.0f,
                                    1024.0f,
                                    2048.0f,
                                    4096.0f,
                                    8192.0f,
                                    16384.0f,
                                    32768.0f,
                                    65536.0f,
                                    131072.0f,
                                    262144.0f,
                                    524288.0f,
                                    1048576.0f,
                                    2097152.0f,
                                    4194304.0f,
                                    8388608.0f,
                                    16777216.0f,
                                    33554432.0f,
                                    67108864.0f,
                                    1.3421773e+08f,
                                    2.6843546e+08f,
                                    5.368709e+08f,
                                    1.0737418e+09f};
static const struct golden pot6_golden[] = {{0x00, -1073741824.0}, {0x01, -536870912.0}, {0x1e, -1.0},
                                            {0x1f, 0.0},           {0x20, 1.0},          {0x3d, 536870912.0},
                                            {0x3e, 1073741824.0}};
CODEBOOK_FORMAT(pot6, 6, BOUNDARY_MEAN, .doc = "zero and signed powers of two, 2^0 to 2^30",
                .citation = citation, .golden_source = "ANT quant_modules.py, pot_value");
