/* APoT: sums of one term from each of several sets, each term 0 or one of three powers of two (one power in
 * the set that makes an odd width). With magnitude bits B and all terms over 2: B = 2  {0, 1, 2^-1, 2^-2} B =
 * 3  {0, 1, 2^-1, 2^-3} + {0, 2^-2} B = 4  {0, 1, 2^-2, 2^-4} + {0, 2^-1, 2^-3, 2^-5} B = 5  {0, 1, 2^-2,
 * 2^-5} + {0, 2^-1, 2^-3, 2^-6} + {0, 2^-4} B = 6  {0, 1, 2^-3, 2^-6} + {0, 2^-1, 2^-4, 2^-7} + {0, 2^-2,
 * 2^-5, 2^-8} Weights are signed (apotN, N = B + 1), activations are not (apotB_u). The authors divide by the
 * largest sum; here the least is 1, so that all are integers: the scale takes the factor. Codes are ranks. */
#include "formats/codebook.h"

static const char citation[] = "Li et al., Additive Powers-of-Two Quantization, ICLR 2020, arXiv 1909.13144; "
                               "yhhhli/APoT_Quantization quant_layer.py";

static const float apot3_values[] = {-4.0f, -2.0f, -1.0f, 0.0f, 1.0f, 2.0f, 4.0f};
static const struct golden apot3_golden[] = {{0x00, -4.0}, {0x01, -2.0}, {0x02, -1.0}, {0x03, 0.0},
                                             {0x04, 1.0},  {0x05, 2.0},  {0x06, 4.0}};
CODEBOOK_FORMAT(apot3, 3, BOUNDARY_MEAN,
                .doc = "additive powers of two, sign and 2 bits, in units of the least", .citation = citation,
                .golden_source = "APoT quant_layer.py, build_power_value");

static const float apot4_values[] = {-1e+01f, -8.0f, -6.0f, -4.0f, -3.0f, -2.0f, -1.0f, 0.0f,
                                     1.0f,    2.0f,  3.0f,  4.0f,  6.0f,  8.0f,  1e+01f};
static const struct golden apot4_golden[] = {{0x00, -10.0}, {0x01, -8.0}, {0x06, -1.0}, {0x07, 0.0},
                                             {0x08, 1.0},   {0x0d, 8.0},  {0x0e, 10.0}};
CODEBOOK_FORMAT(apot4, 4, BOUNDARY_MEAN,
                .doc = "additive powers of two, sign and 3 bits, in units of the least", .citation = citation,
                .golden_source = "APoT quant_layer.py, build_power_value");

static const float apot5_values[] = {-48.0f, -36.0f, -33.0f, -32.0f, -24.0f, -18.0f, -16.0f, -12.0f,
                                     -9.0f,  -8.0f,  -6.0f,  -4.0f,  -3.0f,  -2.0f,  -1.0f,  0.0f,
                                     1.0f,   2.0f,   3.0f,   4.0f,   6.0f,   8.0f,   9.0f,   12.0f,
                                     16.0f,  18.0f,  24.0f,  32.0f,  33.0f,  36.0f,  48.0f};
static const struct golden apot5_golden[] = {{0x00, -48.0}, {0x01, -36.0}, {0x0e, -1.0}, {0x0f, 0.0},
                                             {0x10, 1.0},   {0x1d, 36.0},  {0x1e, 48.0}};
CODEBOOK_FORMAT(apot5, 5, BOUNDARY_MEAN,
                .doc = "additive powers of two, sign and 4 bits, in units of the least", .citation = citation,
                .golden_source = "APoT quant_layer.py, build_power_value");

static const float apot6_values[] = {
    -1e+02f, -96.0f, -76.0f, -72.0f, -69.0f,  -68.0f, -65.0f, -64.0f, -52.0f, -48.0f,  -38.0f, -36.0f, -34.0f,
    -32.0f,  -28.0f, -24.0f, -21.0f, -2e+01f, -17.0f, -16.0f, -14.0f, -12.0f, -1e+01f, -8.0f,  -7.0f,  -6.0f,
    -5.0f,   -4.0f,  -3.0f,  -2.0f,  -1.0f,   0.0f,   1.0f,   2.0f,   3.0f,   4.0f,    5.0f,   6.0f,   7.0f,
    8.0f,    1e+01f, 12.0f,  14.0f,  16.0f,   17.0f,  2e+01f, 21.0f,  24.0f,  28.0f,   32.0f,  34.0f,  36.0f,
    38.0f,   48.0f,  52.0f,  64.0f,  65.0f,   68.0f,  69.0f,  72.0f,  76.0f,  96.0f,   1e+02f};
static const struct golden apot6_golden[] = {{0x00, -100.0}, {0x01, -96.0}, {0x1e, -1.0}, {0x1f, 0.0},
                                             {0x20, 1.0},    {0x3d, 96.0},  {0x3e, 100.0}};
CODEBOOK_FORMAT(apot6, 6, BOUNDARY_MEAN,
                .doc = "additive powers of two, sign and 5 bits, in units of the least", .citation = citation,
                .golden_source = "APoT quant_layer.py, build_power_value");

static const float apot7_values[] = {
    -448.0f,  -392.0f,   -385.0f,   -384.0f, -336.0f,  -322.0f,  -3.2e+02f, -2.8e+02f, -273.0f, -272.0f,
    -266.0f,  -264.0f,   -259.0f,   -258.0f, -257.0f,  -256.0f,  -224.0f,   -196.0f,   -192.0f, -168.0f,
    -161.0f,  -1.6e+02f, -1.4e+02f, -136.0f, -133.0f,  -132.0f,  -129.0f,   -128.0f,   -112.0f, -98.0f,
    -96.0f,   -84.0f,    -8e+01f,   -7e+01f, -68.0f,   -66.0f,   -64.0f,    -56.0f,    -49.0f,  -48.0f,
    -42.0f,   -4e+01f,   -35.0f,    -34.0f,  -33.0f,   -32.0f,   -28.0f,    -24.0f,    -21.0f,  -2e+01f,
    -17.0f,   -16.0f,    -14.0f,    -12.0f,  -1e+01f,  -8.0f,    -7.0f,     -6.0f,     -5.0f,   -4.0f,
    -3.0f,    -2.0f,     -1.0f,     0.0f,    1.0f,     2.0f,     3.0f,      4.0f,      5.0f,    6.0f,
    7.0f,     8.0f,      1e+01f,    12.0f,   14.0f,    16.0f,    17.0f,     2e+01f,    21.0f,   24.0f,
    28.0f,    32.0f,     33.0f,     34.0f,   35.0f,    4e+01f,   42.0f,     48.0f,     49.0f,   56.0f,
    64.0f,    66.0f,     68.0f,     7e+01f,  8e+01f,   84.0f,    96.0f,     98.0f,     112.0f,  128.0f,
    129.0f,   132.0f,    133.0f,    136.0f,  1.4e+02f, 1.6e+02f, 161.0f,    168.0f,    192.0f,  196.0f,
    224.0f,   256.0f,    257.0f,    258.0f,  259.0f,   264.0f,   266.0f,    272.0f,    273.0f,  2.8e+02f,
    3.2e+02f, 322.0f,    336.0f,    384.0f,  385.0f,   392.0f,   448.0f};
static const struct golden apot7_golden[] = {{0x00, -448.0}, {0x01, -392.0}, {0x3e, -1.0}, {0x3f, 0.0},
                                             {0x40, 1.0},    {0x7d, 392.0},  {0x7e, 448.0}};
CODEBOOK_FORMAT(apot7, 7, BOUNDARY_MEAN,
                .doc = "additive powers of two, sign and 6 bits, in units of the least", .citation = citation,
                .golden_source = "APoT quant_layer.py, build_power_value");

static const float apot2_u_values[] = {0.0f, 1.0f, 2.0f, 4.0f};
static const struct golden apot2_u_golden[] = {{0x00, 0.0}, {0x01, 1.0}, {0x02, 2.0}, {0x03, 4.0}};
CODEBOOK_FORMAT(apot2_u, 2, BOUNDARY_MEAN,
                .doc = "additive powers of two without sign, 2 bits, in units of the least",
                .citation = citation, .golden_source = "APoT quant_layer.py, build_power_value",
                .is_unsigned = true);

static const float apot3_u_values[] = {0.0f, 1.0f, 2.0f, 3.0f, 4.0f, 6.0f, 8.0f, 1e+01f};
static const struct golden apot3_u_golden[] = {{0x00, 0.0}, {0x01, 1.0}, {0x03, 3.0}, {0x04, 4.0},
                                               {0x05, 6.0}, {0x06, 8.0}, {0x07, 10.0}};
CODEBOOK_FORMAT(apot3_u, 3, BOUNDARY_MEAN,
                .doc = "additive powers of two without sign, 3 bits, in units of the least",
                .citation = citation, .golden_source = "APoT quant_layer.py, build_power_value",
                .is_unsigned = true);

static const float apot4_u_values[] = {0.0f,  1.0f,  2.0f,  3.0f,  4.0f,  6.0f,  8.0f,  9.0f,
                                       12.0f, 16.0f, 18.0f, 24.0f, 32.0f, 33.0f, 36.0f, 48.0f};
static const struct golden apot4_u_golden[] = {{0x00, 0.0},  {0x01, 1.0},  {0x07, 9.0}, {0x08, 12.0},
                                               {0x09, 16.0}, {0x0e, 36.0}, {0x0f, 48.0}};
CODEBOOK_FORMAT(apot4_u, 4, BOUNDARY_MEAN,
                .doc = "additive powers of two without sign, 4 bits, in units of the least",
                .citation = citation, .golden_source = "APoT quant_layer.py, build_power_value",
                .is_unsigned = true);

static const float apot5_u_values[] = {0.0f,  1.0f,   2.0f,  3.0f,  4.0f,  5.0f,  6.0f,   7.0f,
                                       8.0f,  1e+01f, 12.0f, 14.0f, 16.0f, 17.0f, 2e+01f, 21.0f,
                                       24.0f, 28.0f,  32.0f, 34.0f, 36.0f, 38.0f, 48.0f,  52.0f,
                                       64.0f, 65.0f,  68.0f, 69.0f, 72.0f, 76.0f, 96.0f,  1e+02f};
static const struct golden apot5_u_golden[] = {{0x00, 0.0},  {0x01, 1.0},  {0x0f, 21.0}, {0x10, 24.0},
                                               {0x11, 28.0}, {0x1e, 96.0}, {0x1f, 100.0}};
CODEBOOK_FORMAT(apot5_u, 5, BOUNDARY_MEAN,
                .doc = "additive powers of two without sign, 5 bits, in units of the least",
                .citation = citation, .golden_source = "APoT quant_layer.py, build_power_value",
                .is_unsigned = true);

static const float apot6_u_values[] = {
    0.0f,   1.0f,     2.0f,     3.0f,   4.0f,   5.0f,   6.0f,   7.0f,   8.0f,     1e+01f,   12.0f,
    14.0f,  16.0f,    17.0f,    2e+01f, 21.0f,  24.0f,  28.0f,  32.0f,  33.0f,    34.0f,    35.0f,
    4e+01f, 42.0f,    48.0f,    49.0f,  56.0f,  64.0f,  66.0f,  68.0f,  7e+01f,   8e+01f,   84.0f,
    96.0f,  98.0f,    112.0f,   128.0f, 129.0f, 132.0f, 133.0f, 136.0f, 1.4e+02f, 1.6e+02f, 161.0f,
    168.0f, 192.0f,   196.0f,   224.0f, 256.0f, 257.0f, 258.0f, 259.0f, 264.0f,   266.0f,   272.0f,
    273.0f, 2.8e+02f, 3.2e+02f, 322.0f, 336.0f, 384.0f, 385.0f, 392.0f, 448.0f};
static const struct golden apot6_u_golden[] = {{0x00, 0.0},  {0x01, 1.0},   {0x1f, 80.0}, {0x20, 84.0},
                                               {0x21, 96.0}, {0x3e, 392.0}, {0x3f, 448.0}};
CODEBOOK_FORMAT(apot6_u, 6, BOUNDARY_MEAN,
                .doc = "additive powers of two without sign, 6 bits, in units of the least",
                .citation = citation, .golden_source = "APoT quant_layer.py, build_power_value",
                .is_unsigned = true);
