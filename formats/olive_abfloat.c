/* The outlier half of OliVe: abfloat with 2 exponent bits and exponent base 5, 2^i (1 + j 2^-m), i = 5..8,
 * without its first value 32, which is the threshold below which a value is no outlier. Codes are ranks. */
#include "formats/codebook.h"

static const char citation[] = "Guo et al., OliVe, ISCA 2023, arXiv 2304.07493; clevercool/ANT-Quantization "
                               "olive_quantization quant_modules.py";

static const float olive_abfloat4_values[] = {-384.0f, -256.0f, -192.0f, -128.0f, -96.0f, -64.0f, -48.0f,
                                              48.0f,   64.0f,   96.0f,   128.0f,  192.0f, 256.0f, 384.0f};
static const struct golden olive_abfloat4_golden[] = {
    {0x00, -384.0}, {0x01, -256.0}, {0x06, -48.0}, {0x07, 48.0}, {0x08, 64.0}, {0x0c, 256.0}, {0x0d, 384.0}};
CODEBOOK_FORMAT(olive_abfloat4, 4, BOUNDARY_MEAN, .doc = "outliers of OliVe, 4 bits: magnitudes 48 to 384",
                .citation = citation, .golden_source = "OliVe quant_modules.py, outlier_value");

static const float olive_abfloat8_values[] = {
    -504.0f,   -496.0f,  -488.0f,   -4.8e+02f, -472.0f, -464.0f,   -456.0f,  -448.0f,   -4.4e+02f, -432.0f,
    -424.0f,   -416.0f,  -408.0f,   -4e+02f,   -392.0f, -384.0f,   -376.0f,  -368.0f,   -3.6e+02f, -352.0f,
    -344.0f,   -336.0f,  -328.0f,   -3.2e+02f, -312.0f, -304.0f,   -296.0f,  -288.0f,   -2.8e+02f, -272.0f,
    -264.0f,   -256.0f,  -252.0f,   -248.0f,   -244.0f, -2.4e+02f, -236.0f,  -232.0f,   -228.0f,   -224.0f,
    -2.2e+02f, -216.0f,  -212.0f,   -208.0f,   -204.0f, -2e+02f,   -196.0f,  -192.0f,   -188.0f,   -184.0f,
    -1.8e+02f, -176.0f,  -172.0f,   -168.0f,   -164.0f, -1.6e+02f, -156.0f,  -152.0f,   -148.0f,   -144.0f,
    -1.4e+02f, -136.0f,  -132.0f,   -128.0f,   -126.0f, -124.0f,   -122.0f,  -1.2e+02f, -118.0f,   -116.0f,
    -114.0f,   -112.0f,  -1.1e+02f, -108.0f,   -106.0f, -104.0f,   -102.0f,  -1e+02f,   -98.0f,    -96.0f,
    -94.0f,    -92.0f,   -9e+01f,   -88.0f,    -86.0f,  -84.0f,    -82.0f,   -8e+01f,   -78.0f,    -76.0f,
    -74.0f,    -72.0f,   -7e+01f,   -68.0f,    -66.0f,  -64.0f,    -63.0f,   -62.0f,    -61.0f,    -6e+01f,
    -59.0f,    -58.0f,   -57.0f,    -56.0f,    -55.0f,  -54.0f,    -53.0f,   -52.0f,    -51.0f,    -5e+01f,
    -49.0f,    -48.0f,   -47.0f,    -46.0f,    -45.0f,  -44.0f,    -43.0f,   -42.0f,    -41.0f,    -4e+01f,
    -39.0f,    -38.0f,   -37.0f,    -36.0f,    -35.0f,  -34.0f,    -33.0f,   33.0f,     34.0f,     35.0f,
    36.0f,     37.0f,    38.0f,     39.0f,     4e+01f,  41.0f,     42.0f,    43.0f,     44.0f,     45.0f,
    46.0f,     47.0f,    48.0f,     49.0f,     5e+01f,  51.0f,     52.0f,    53.0f,     54.0f,     55.0f,
    56.0f,     57.0f,    58.0f,     59.0f,     6e+01f,  61.0f,     62.0f,    63.0f,     64.0f,     66.0f,
    68.0f,     7e+01f,   72.0f,     74.0f,     76.0f,   78.0f,     8e+01f,   82.0f,     84.0f,     86.0f,
    88.0f,     9e+01f,   92.0f,     94.0f,     96.0f,   98.0f,     1e+02f,   102.0f,    104.0f,    106.0f,
    108.0f,    1.1e+02f, 112.0f,    114.0f,    116.0f,  118.0f,    1.2e+02f, 122.0f,    124.0f,    126.0f,
    128.0f,    132.0f,   136.0f,    1.4e+02f,  144.0f,  148.0f,    152.0f,   156.0f,    1.6e+02f,  164.0f,
    168.0f,    172.0f,   176.0f,    1.8e+02f,  184.0f,  188.0f,    192.0f,   196.0f,    2e+02f,    204.0f,
    208.0f,    212.0f,   216.0f,    2.2e+02f,  224.0f,  228.0f,    232.0f,   236.0f,    2.4e+02f,  244.0f,
    248.0f,    252.0f,   256.0f,    264.0f,    272.0f,  2.8e+02f,  288.0f,   296.0f,    304.0f,    312.0f,
    3.2e+02f,  328.0f,   336.0f,    344.0f,    352.0f,  3.6e+02f,  368.0f,   376.0f,    384.0f,    392.0f,
    4e+02f,    408.0f,   416.0f,    424.0f,    432.0f,  4.4e+02f,  448.0f,   456.0f,    464.0f,    472.0f,
    4.8e+02f,  488.0f,   496.0f,    504.0f};
static const struct golden olive_abfloat8_golden[] = {
    {0x00, -504.0}, {0x01, -496.0}, {0x7e, -33.0}, {0x7f, 33.0}, {0x80, 34.0}, {0xfc, 496.0}, {0xfd, 504.0}};
CODEBOOK_FORMAT(olive_abfloat8, 8, BOUNDARY_MEAN, .doc = "outliers of OliVe, 8 bits: magnitudes 33 to 504",
                .citation = citation, .golden_source = "OliVe quant_modules.py, outlier_value");
