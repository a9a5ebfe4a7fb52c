/* FP4 of bitsandbytes, which is not E2M1: twelfths of 0 1/16 2 3 4 6 8 12, the codes out of order. Code 8 is
 * -0; the encoder here has one zero, code 0. The pivots of bitsandbytes' encoder are the means, rounded. */
#include "formats/codebook.h"

static const float fp4_bnb_values[] = {-1.0f,        -0.6666667f,    -0.5f, -0.33333334f,  -0.25f,
                                       -0.16666667f, -0.0052083335f, 0.0f,  0.0052083335f, 0.16666667f,
                                       0.25f,        0.33333334f,    0.5f,  0.6666667f,    1.0f};
static const uint8_t fp4_bnb_codes[] = {11, 10, 13, 12, 15, 14, 9, 0, 1, 6, 7, 4, 5, 2, 3};
static const char *const fp4_bnb_aliases[] = {"bnb_fp4", NULL};
static const struct golden fp4_bnb_golden[] = {{0x00, 0.0},
                                               {0x01, 0.0052083334885537624},
                                               {0x02, 0.6666666865348816},
                                               {0x03, 1.0},
                                               {0x04, 0.3333333432674408},
                                               {0x05, 0.5},
                                               {0x06, 0.1666666716337204},
                                               {0x07, 0.25},
                                               {0x09, -0.0052083334885537624},
                                               {0x0a, -0.6666666865348816},
                                               {0x0b, -1.0},
                                               {0x0c, -0.3333333432674408},
                                               {0x0d, -0.5},
                                               {0x0e, -0.1666666716337204},
                                               {0x0f, -0.25}};

static const struct codebook fp4_bnb_book = {.n = sizeof fp4_bnb_values / sizeof *fp4_bnb_values,
                                             .values = fp4_bnb_values,
                                             .codes = fp4_bnb_codes,
                                             .unused = -0.0f};

const struct format format_fp4_bnb = {
    .name = "fp4_bnb",
    .family = &family_codebook,
    .bits = 4,
    .book = &fp4_bnb_book,
    .doc = "FP4 of bitsandbytes: 0 1/192 1/6 1/4 1/3 1/2 2/3 1 and their negatives",
    .citation = "bitsandbytes csrc/kernels.cu, dDequantizeFP4Tree",
    .aliases = fp4_bnb_aliases,
    .golden = fp4_bnb_golden,
    .goldens = sizeof fp4_bnb_golden / sizeof *fp4_bnb_golden,
    .golden_source =
        "bitsandbytes csrc/kernels.cu, dDequantizeFP4Tree; ONNX Runtime blockwise_quant_block_bnb4.h",
};
