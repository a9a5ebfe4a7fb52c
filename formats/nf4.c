/* NormalFloat-4 of QLoRA, as the published constants: quantiles of the normal distribution, scaled to [-1,
 * 1]. bitsandbytes computed them partly in binary32, so its recipe evaluated exactly (the rule of nfB names)
 * agrees to 1.1e-7, not to the bit. Codes are ranks, as in bitsandbytes and ONNX Runtime. */
#include "formats/codebook.h"

static const float nf4_values[] = {
    -1.0f,      -0.6961928f, -0.52507305f, -0.3949175f, -0.28444138f, -0.18477343f, -0.091050036f, 0.0f,
    0.0795803f, 0.1609302f,  0.2461123f,   0.33791524f, 0.44070983f,  0.562617f,    0.72295684f,   1.0f};
static const char *const nf4_aliases[] = {"normalfloat4", "bnb_nf4", NULL};
static const struct golden nf4_golden[] = {{0x00, -1.0},
                                           {0x01, -0.6961928009986877},
                                           {0x02, -0.5250730514526367},
                                           {0x03, -0.39491748809814453},
                                           {0x04, -0.28444138169288635},
                                           {0x05, -0.18477343022823334},
                                           {0x06, -0.09105003625154495},
                                           {0x07, 0.0},
                                           {0x08, 0.07958029955625534},
                                           {0x09, 0.16093020141124725},
                                           {0x0a, 0.24611230194568634},
                                           {0x0b, 0.33791524171829224},
                                           {0x0c, 0.44070982933044434},
                                           {0x0d, 0.5626170039176941},
                                           {0x0e, 0.7229568362236023},
                                           {0x0f, 1.0}};

static const struct codebook nf4_book = {.n = sizeof nf4_values / sizeof *nf4_values, .values = nf4_values};

const struct format format_nf4 = {
    .name = "nf4",
    .family = &family_codebook,
    .bits = 4,
    .book = &nf4_book,
    .doc = "NormalFloat of QLoRA: 16 normal quantiles in [-1, 1]",
    .citation = "Dettmers et al., QLoRA, arXiv 2305.14314, appendix E",
    .aliases = nf4_aliases,
    .golden = nf4_golden,
    .goldens = sizeof nf4_golden / sizeof *nf4_golden,
    .golden_source = "bitsandbytes csrc/kernels.cu, dDequantizeNF4",
};
